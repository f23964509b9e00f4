"""What waits for the secretary: without a person's act the year stands still there."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, select

from bloc import queries
from bloc.actions.aggregation import waiting_sheets
from bloc.actions.extension_requests import open_requests
from bloc.enums import IncomingState, ResultState
from bloc.language import Message, say
from models import Cycle, Incoming


def waits_for_secretary(session: Session, cycle: Cycle, now: datetime) -> Iterator[Message]:
    """Yield what the secretary alone can do next, each in a sentence."""
    yield from _result(session, cycle)
    yield from _sheets(session, cycle, now)
    if asked := open_requests(session, cycle):
        yield say("Requests for a later deadline that wait for your answer: {count}.", count=len(asked))
    held = select(func.count()).where(Incoming.cycle_id == cycle.id, Incoming.state == IncomingState.HELD)
    if count := session.exec(held).one():
        yield say("Mails that came in and wait for your decision: {count}.", count=count)


def _result(session: Session, cycle: Cycle) -> Iterator[Message]:
    newest = queries.latest_result(session, cycle.id)
    if newest is None or newest.state is not ResultState.FINAL or newest.published_at is not None:
        return
    same = queries.plan_at(session, cycle.id, newest.plan_version).scored() == queries.plan_of(cycle).scored()
    if same and queries.still_stands(session, newest):
        yield say("Version {version} of the result is final and waits to be published.", version=newest.version)


def _sheets(session: Session, cycle: Cycle, now: datetime) -> Iterator[Message]:
    sheets = waiting_sheets(session, cycle, now)
    if sheets is None:
        return
    names = {unit.code: unit.name for unit in queries.members(session, cycle.id)}
    if sheets.missing:
        missing = "; ".join(names[code] for code in sheets.missing)
        yield say("The scoring can be closed without the score sheets of: {units}.", units=missing)
    else:
        yield say("All score sheets are in, and no result has been made of the newest ones: it takes your act.")
