"""Later deadlines that units ask for: asked with a reason, granted by the action that extends, or refused with a reason."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.audit import record
from bloc.actions.deadlines import check_extension, extend
from bloc.actions.notices import Post
from bloc.db import Work
from bloc.enums import Act, Answer, ContactRole, ObligationState
from bloc.errors import NotAllowed, NotFound
from bloc.language import say
from bloc.queries import Owed
from bloc.rules.deadlines import last_day_of
from models import Cycle, ExtensionRequest, Obligation
from notifications import messages


@dataclass(frozen=True)
class Asked:
    """A request with what it is about."""

    request: ExtensionRequest
    owed: Owed


def ask(work: Work, cycle: Cycle, owed: Owed, *, until: date, because: str, now: datetime) -> ExtensionRequest:
    """Ask for the end of ``until`` as the last day; a request that is still open is replaced by this one.

    Raises:
        NotAllowed: the secretary could not grant it either (``bloc.actions.deadlines.extend`` says when).
    """
    cycle = queries.locked(work.session, cycle.id)
    check_extension(cycle, owed.obligation, until, because, now)
    before = [row for row in requests_of(work.session, owed.obligation) if row.answer is None]
    request = before[0] if before else ExtensionRequest(
        cycle_id=cycle.id, obligation_id=owed.obligation.id, until=until, because=because, by=work.by, asked_at=now
    )  # fmt: skip
    request.until, request.because, request.by, request.asked_at = until, because.strip(), work.by, now
    work.session.add(request)
    work.session.flush()
    return request


def requests_of(session: Session, obligation: Obligation) -> Sequence[ExtensionRequest]:
    """Return what was asked for an obligation, the last request first."""
    mine = select(ExtensionRequest).where(ExtensionRequest.obligation_id == obligation.id)
    return session.exec(mine.order_by(col(ExtensionRequest.asked_at).desc())).all()


def open_requests(session: Session, cycle: Cycle) -> list[Asked]:
    """Return the requests that wait for the secretary; one whose work is done, or that has its day anyway, waits no more."""
    waiting = select(ExtensionRequest).where(ExtensionRequest.cycle_id == cycle.id, col(ExtensionRequest.answer).is_(None))
    rows = session.exec(waiting.order_by(col(ExtensionRequest.asked_at))).all()
    owed = {each.obligation.id: each for each in queries.owed(session, cycle.id)} if rows else {}
    asked = [Asked(row, owed[row.obligation_id]) for row in rows if row.obligation_id in owed]
    return [one for one in asked if is_open(one.request, one.owed.obligation)]


def is_open(request: ExtensionRequest, obligation: Obligation) -> bool:
    """Return whether a request still waits for an answer."""
    owes = obligation.state is ObligationState.OPEN and last_day_of(obligation.due_at) < request.until
    return request.answer is None and owes


def grant(work: Work, cycle: Cycle, request_id: uuid.UUID, *, now: datetime) -> ExtensionRequest:
    """Give the unit the day that it asked for, for the reason that it gave; it is told by the mail of every extension.

    Raises:
        NotFound, NotAllowed: as ``bloc.actions.deadlines.extend``; or there is no such request, or it waits no more.
    """
    asked = _waiting(work, cycle, request_id)
    owed, request = asked.owed, asked.request
    extend(work, cycle, unit=owed.unit.code, activity=owed.activity.code, until=request.until, because=request.because, now=now)
    work.session.refresh(request)  # ``extend`` has answered it
    return request


def refuse(work: Work, cycle: Cycle, request_id: uuid.UUID, *, because: str, now: datetime) -> ExtensionRequest:
    """Let the deadline stand, for a reason, of which the unit is told by mail, and which it reads on the obligation's page.

    Raises:
        NotFound: there is no such request in this year.
        NotAllowed: no reason is given, or it waits no more.
    """
    asked = _waiting(work, cycle, request_id)
    if not because.strip():
        raise NotAllowed(say("A refusal needs its reason."))
    request, owed = asked.request, asked.owed
    request.answer, request.answered_because = Answer.REFUSED, because.strip()
    request.answered_by, request.answered_at = work.by, now
    work.session.flush()
    days = {"last_day": last_day_of(owed.obligation.due_at).isoformat()}, {"asked": request.until.isoformat()}
    about = f"{owed.activity.code}/{owed.unit.code}"
    record(work, cycle, Act.DECLINED, about, now=now, before=days[0], after=days[1], because=request.answered_because)
    _tell(Post(work, cycle, now), asked)
    return request


def _tell(post: Post, asked: Asked) -> None:
    owed, request = asked.owed, asked.request
    draft = messages.declined(about=post.about(owed), until=request.until, because=request.answered_because or "")
    identity = f"{owed.activity.code}/{owed.unit.code}/{draft.kind}/{request.id}"
    post.queue(draft, owed.unit, post.audience(owed.unit, [ContactRole.CONTACT]), identity, owed)


def _waiting(work: Work, cycle: Cycle, request_id: uuid.UUID) -> Asked:
    cycle = queries.locked(work.session, cycle.id)
    found = next((one for one in open_requests(work.session, cycle) if one.request.id == request_id), None)
    if found is None:
        raise NotFound(say("This request waits for no answer any more."))
    return found
