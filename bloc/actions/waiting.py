"""What waits for the secretary: without a person's act the year stands still there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from bloc.actions.scoring import Scoring, scoring_of
from bloc.enums import AggregationState, IncomingState, NoticeState, ResultState
from bloc.language import Message, say
from models import Aggregation, Cycle, ExtensionRequest, Incoming, Notice


class Waits(StrEnum):
    """For which act it waits: a page knows where that is done."""

    PUBLISH = "publish"
    CLOSE = "close"
    AGGREGATE = "aggregate"
    DECIDE_MAIL = "decide-mail"
    ANSWER_EXTENSION = "answer-extension"
    SETTLE_NOTICE = "settle-notice"


@dataclass(frozen=True)
class Waiting:
    """One thing that waits, in a sentence, and for which act."""

    act: Waits
    said: Message


def waits_for_secretary(session: Session, cycle: Cycle, now: datetime) -> Iterator[Message]:
    """Yield what the secretary alone can do next, each in a sentence, for the weekly digest.

    What it tells in a part of its own is left out: notices of which nobody knows whether they arrived.
    """
    for each in waiting(session, cycle, now):
        if each.act is not Waits.SETTLE_NOTICE:
            yield each.said


def waiting(session: Session, cycle: Cycle, now: datetime, scoring: Scoring | None = None) -> Iterator[Waiting]:
    """Yield what the secretary alone can do next; of ``scoring`` what is known of it already."""
    known = scoring or scoring_of(session, cycle)
    claimed, held, asked, uncertain = _counts(session, cycle, known)
    yield from _result(known)
    if not claimed:
        yield from _sheets(known, now)
    if asked:
        yield Waiting(Waits.ANSWER_EXTENSION, say("Later deadlines that units ask for: {count}.", count=asked))
    if held:
        yield Waiting(Waits.DECIDE_MAIL, say("Mails that came in and wait for your decision: {count}.", count=held))
    if uncertain:
        told = say("Mails of which it is not known whether they arrived: {count}.", count=uncertain)
        yield Waiting(Waits.SETTLE_NOTICE, told)


def _counts(session: Session, cycle: Cycle, scoring: Scoring) -> tuple[int, int, int, int]:
    """Return how many claims of these very sheets, held mails, extensions asked for, uncertain notices there are: one query."""
    due = (Aggregation.sheets_hash == scoring.digest, Aggregation.state == AggregationState.DUE)
    number = select(func.count())
    claims = number.where(Aggregation.cycle_id == cycle.id, *due)
    held = number.where(Incoming.cycle_id == cycle.id, Incoming.state == IncomingState.HELD)
    asked = number.where(ExtensionRequest.cycle_id == cycle.id, col(ExtensionRequest.answer).is_(None))
    uncertain = number.where(Notice.cycle_id == cycle.id, Notice.state == NoticeState.UNCERTAIN)
    counts = (each.scalar_subquery() for each in (claims, held, asked, uncertain))
    one, two, three, four = session.execute(sql_select(*counts)).one()
    return one, two, three, four


def _result(scoring: Scoring) -> Iterator[Waiting]:
    newest = scoring.newest
    if newest is None or newest.state is not ResultState.FINAL or newest.published_at is not None or not scoring.holds:
        return
    told = say("Version {version} of the result is final and waits to be published.", version=newest.version)
    yield Waiting(Waits.PUBLISH, told)


def _sheets(scoring: Scoring, now: datetime) -> Iterator[Waiting]:
    if scoring.is_made or not scoring.may_close(now):
        return
    if missing := scoring.arrivals.missing:
        names = {unit.code: unit.name for unit in scoring.plan.units}
        listed = "; ".join(names[code] for code in missing)
        yield Waiting(Waits.CLOSE, say("The scoring can be closed without the score sheets of: {units}.", units=listed))
    else:
        told = say("All score sheets are in, and no result has been made of the newest ones: it takes your act.")
        yield Waiting(Waits.AGGREGATE, told)
