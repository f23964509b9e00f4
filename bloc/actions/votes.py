"""The votes on titles: a round is recorded once its totals agree; among equals the chair decides where no rule does."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from bloc import queries
from bloc.actions.audit import reason_of, record
from bloc.actions.title_changes import refuse_answered
from bloc.actions.title_words import mismatch_said
from bloc.actions.titles import TitleBoard, board_of
from bloc.db import Work
from bloc.enums import Act, TitlesBy
from bloc.errors import Fault, InputRefused, NotAllowed
from bloc.language import say
from bloc.rules.voting import Count, Finding, Slips, check_hands, check_slips
from models import ChairChoice, Cycle, Hand, VoteCount, VoteRound


class CountRefused(InputRefused):
    """The totals of a round cannot be true, or it does not count; all that is wrong is named."""


@dataclass(frozen=True)
class Room:
    """What the committee reports of a round: who was there, what became of the slips (None: hands), votes by candidate.

    ``hands``: in an open vote, the units that voted for each candidate; the votes are then their number.
    """

    present: int
    slips: Slips | None = None
    votes: Mapping[str, int] | None = None
    hands: Mapping[str, Collection[str]] | None = None


def record_round(work: Work, cycle: Cycle, *, title: str, room: Room, now: datetime) -> VoteRound:
    """Record the next round of the vote on a title; who is elected and whether there is another round follows from it.

    Raises:
        NotFound: there is no such title.
        NotAllowed: there is no result yet; the city has answered; it is decided by rank; no round is to be held.
        CountRefused: the totals do not agree, a vote is for somebody who does not stand, or there is no quorum.
    """
    cycle = queries.locked(work.session, cycle.id)
    board = board_of(work.session, cycle, title, now)
    refuse_answered(board)
    if board.how is TitlesBy.RANK:
        raise NotAllowed(say("Nobody votes on this title: it is decided by rank."))
    if not board.candidates:
        raise NotAllowed(say("No round of this vote is to be held."))
    hands = {unit: sorted(set(voters)) for unit, voters in (room.hands or {}).items()}
    votes = _votes(board, room, hands)
    count = Count(board.members, room.present, board.next_places, votes, len(board.rounds) + 1)
    slips = room.slips or Slips(room.present, room.present, 0, 0)
    if board.how is TitlesBy.OPEN_VOTE:
        found = check_hands(count, hands, board.rule)
        slips = Slips(room.present, room.present, 0, 0)
    else:
        found = check_slips(count, slips, board.rule)
    _refuse_wrong(work.session, cycle, board, found, votes, hands)
    row = VoteRound(
        cycle_id=cycle.id, title=title, number=count.round, held_by=board.how, members=count.members, present=count.present,
        issued=slips.issued, valid=slips.valid, invalid=slips.invalid, not_returned=slips.not_returned, places=count.places,
        recorded_at=now, recorded_by=work.by,
    )  # fmt: skip
    _keep(work.session, cycle, row, votes, hands)
    told = {"round": row.number, "members": row.members, "present": row.present, "places": row.places, "votes": dict(votes)}
    record(work, cycle, Act.VOTE, title, now=now, after=told)
    return row


def drop_round(work: Work, cycle: Cycle, *, title: str, because: str, now: datetime) -> None:
    """Drop the record of the last round, for a reason, so that it can be recorded anew.

    Raises:
        NotFound: there is no such title.
        NotAllowed: there is no round; the city has answered; no reason is given.
    """
    cycle = queries.locked(work.session, cycle.id)
    board = board_of(work.session, cycle, title, now)
    refuse_answered(board)
    if not board.rounds:
        raise NotAllowed(say("No round of this vote is recorded."))
    reason, last = reason_of(because), board.rounds[-1]
    for table in (VoteCount, Hand, ChairChoice):
        for row in work.session.exec(select(table).where(table.round_id == last.row.id)):
            work.session.delete(row)
    work.session.flush()
    work.session.delete(last.row)
    work.session.flush()
    before = {"round": last.row.number, "votes": dict(last.votes)}
    record(work, cycle, Act.VOTE, title, now=now, before=before, after={"round": None}, because=reason)


def decide(work: Work, cycle: Cycle, *, title: str, units: Collection[str], because: str, now: datetime) -> None:
    """Record whom the chair chose among equals of whom not all have a place, and why.

    Raises:
        NotFound: there is no such title.
        NotAllowed: there are no equals to decide among; the city has answered; no reason is given; it is not exactly as many
            of them as there are places.
    """
    cycle = queries.locked(work.session, cycle.id)
    board = board_of(work.session, cycle, title, now)
    refuse_answered(board)
    if board.how is TitlesBy.RANK or not board.tied:
        raise NotAllowed(say("There are no equals here among whom somebody has to decide."))
    reason, last, chosen = reason_of(because), board.rounds[-1], sorted(set(units))
    left = last.outcome.places_left
    if len(chosen) != left or not set(chosen) <= set(board.tied):
        names = "; ".join(board.line(unit).name for unit in board.tied)
        raise NotAllowed(say("Choose exactly {count} of these: {units}.", count=left, units=names))
    known = queries.units_by_code(work.session, cycle)
    for unit in chosen:
        choice = ChairChoice(round_id=last.row.id, unit_id=known[unit].id, because=reason, by=work.by, at=now)
        work.session.add(choice)
    work.session.flush()
    told = {"round": last.row.number, "chosen": chosen, "of": list(board.tied)}
    record(work, cycle, Act.CHAIR, title, now=now, after=told, because=reason)


def _votes(board: TitleBoard, room: Room, hands: Mapping[str, Collection[str]]) -> dict[str, int]:
    """Return the votes of each candidate; one of whom nothing is reported has none. Strangers stay in, to be refused."""
    given = {unit: len(voters) for unit, voters in hands.items()} if room.votes is None else room.votes
    return {**dict.fromkeys(board.candidates, 0), **given}


def _refuse_wrong(
    session: Session, cycle: Cycle, board: TitleBoard, found: list[Finding], votes: Mapping[str, int],
    hands: Mapping[str, Collection[str]],
) -> None:  # fmt: skip
    names = {unit.code: unit.name for unit in queries.members(session, cycle.id)}
    faults = [Fault("", say("{unit} is no candidate of this round", unit=names.get(unit, unit))) for unit in votes
              if unit not in board.candidates]  # fmt: skip
    voters = sorted({voter for each in hands.values() for voter in each})
    faults += [Fault("", say("{unit} is no member: it has no vote", unit=unit)) for unit in voters if unit not in names]
    faults += [Fault(names.get(each.unit or "", each.unit or ""), mismatch_said(each)) for each in found]
    if faults:
        raise CountRefused(say("This count cannot be recorded:"), faults)


def _keep(
    session: Session, cycle: Cycle, row: VoteRound, votes: Mapping[str, int], hands: Mapping[str, Collection[str]]
) -> None:
    known = queries.units_by_code(session, cycle)
    session.add(row)
    session.flush()
    session.add_all(VoteCount(round_id=row.id, unit_id=known[unit].id, votes=given) for unit, given in votes.items())
    session.add_all(
        Hand(round_id=row.id, voter_id=known[voter].id, unit_id=known[unit].id)
        for unit, voters in hands.items()
        for voter in voters
    )
    session.flush()
