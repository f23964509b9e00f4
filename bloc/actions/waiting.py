"""What waits for the secretary: without a person's act the year stands still there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Row, bindparam, func
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from bloc.actions.objection_window import left_unanswered
from bloc.actions.scoring import Scoring, scoring_of
from bloc.enums import AggregationState, IncomingState, NoticeState, ObligationState, ResultState
from bloc.language import Message, say
from bloc.rules.deadlines import last_day_of
from models import Aggregation, Cycle, ExtensionRequest, Incoming, Notice, Objection, Obligation


class Waits(StrEnum):
    """For which act it waits: a page knows where that is done."""

    PUBLISH = "publish"
    CLOSE = "close"
    AGGREGATE = "aggregate"
    DECIDE_MAIL = "decide-mail"
    ANSWER_EXTENSION = "answer-extension"
    SETTLE_NOTICE = "settle-notice"
    SEE_OBJECTIONS = "see-objections"


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
    takes_an_act = not known.is_made and known.may_close(now)
    claimed, held, asked, uncertain, contested = _counts(session, cycle, known.digest if takes_an_act else "")
    yield from _result(known)
    if takes_an_act and not claimed:
        yield _sheets(known)
    if asked and (count := _extensions_asked(session, cycle)):
        yield Waiting(Waits.ANSWER_EXTENSION, say("Later deadlines that units ask for: {count}.", count=count))
    if held:
        yield Waiting(Waits.DECIDE_MAIL, say("Mails that came in and wait for your decision: {count}.", count=held))
    if contested and (left := left_unanswered(session, cycle, now)):
        yield Waiting(Waits.SEE_OBJECTIONS, say("Objections that were not answered in time: {count}.", count=left))
    if uncertain:
        told = say("Mails of which it is not known whether they arrived: {count}.", count=uncertain)
        yield Waiting(Waits.SETTLE_NOTICE, told)


def _counts(session: Session, cycle: Cycle, digest: str) -> Row[Any]:
    """Return counts, in one query: claims by ``digest``, mails held, extensions asked, notices in doubt, objections open."""
    return session.execute(_counted(), {"cycle": cycle.id, "digest": digest}).one()


@cache  # made once: to put it together takes as long as to have it answered
def _counted() -> Any:
    number = select(func.count())
    mine: BindParameter[Any] = bindparam("cycle")
    claims = number.where(col(Aggregation.cycle_id) == mine, Aggregation.state == AggregationState.DUE)
    claims = claims.where(col(Aggregation.sheets_hash) == bindparam("digest"))
    held = number.where(col(Incoming.cycle_id) == mine, Incoming.state == IncomingState.HELD)
    asked = number.join_from(ExtensionRequest, Obligation, col(ExtensionRequest.obligation_id) == Obligation.id)
    asked = asked.where(col(ExtensionRequest.cycle_id) == mine, col(ExtensionRequest.answer).is_(None))
    asked = asked.where(col(Obligation.state) == ObligationState.OPEN)
    uncertain = number.where(col(Notice.cycle_id) == mine, Notice.state == NoticeState.UNCERTAIN)
    contested = number.where(col(Objection.cycle_id) == mine, col(Objection.answer).is_(None))
    return sql_select(*(each.scalar_subquery() for each in (claims, held, asked, uncertain, contested)))


def _extensions_asked(session: Session, cycle: Cycle) -> int:
    """Return how many units ask for a later day than they have by now: the plan may have given it to them."""
    open_ = (col(ExtensionRequest.answer).is_(None), col(Obligation.state) == ObligationState.OPEN)
    asked = select(ExtensionRequest, Obligation).join(Obligation)
    rows = session.exec(asked.where(ExtensionRequest.cycle_id == cycle.id, *open_)).all()
    return sum(last_day_of(obligation.due_at) < request.until for request, obligation in rows)


def _result(scoring: Scoring) -> Iterator[Waiting]:
    newest = scoring.newest
    if newest is None or newest.state is not ResultState.FINAL or newest.published_at is not None or not scoring.holds:
        return
    told = say("Version {version} of the result is final and waits to be published.", version=newest.version)
    yield Waiting(Waits.PUBLISH, told)


def _sheets(scoring: Scoring) -> Waiting:
    if missing := scoring.arrivals.missing:
        names = {unit.code: unit.name for unit in scoring.plan.units}
        listed = "; ".join(names[code] for code in missing)
        return Waiting(Waits.CLOSE, say("The scoring can be closed without the score sheets of: {units}.", units=listed))
    told = say("All score sheets are in, and no result has been made of the newest ones: it takes your act.")
    return Waiting(Waits.AGGREGATE, told)
