"""The mail desk: what is to come, what was sent, and what the secretary decides about one mail."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from bloc import queries
from bloc.actions import notice_changes, settling
from bloc.actions.audit import trail
from bloc.actions.forecast import Foreseen, forecast
from bloc.actions.inbox import mails as incoming_mails
from bloc.actions.notice_records import Record, Wanted, companions, record_of, records
from bloc.actions.read_letters import ReadLetter, letter_of, told
from bloc.actions.record_words import acts_on_notices
from bloc.clock import local_day
from bloc.db import Work
from bloc.enums import NoticeKind, NoticeState, Settled
from bloc.errors import NotAllowed, NotFound
from bloc.language import say
from bloc.portal.access import Here
from bloc.portal.door import Visit, nothing_here
from bloc.portal.downloads import download
from bloc.portal.forms import Faults, Posted, line
from bloc.portal.mail_words import TAGS
from bloc.portal.pages import page, to
from notifications.states import MAILS, STATES, kind_said

router = APIRouter()
TITLE = say("Mail desk")
PAGE = 50  # notices on a page of the ledger
DOUBTFUL = (NoticeState.UNCERTAIN, NoticeState.FAILED)
Decide = Callable[[Work, Visit, str, str, str], object]


@router.get("/years/{cycle}/mails")
def desk(visit: Here) -> Response:
    """Show what waits for the secretary, and the calendar of the mails that are to come."""
    with visit.work() as work:
        coming = forecast(work, visit.cycle, visit.now)
        doubtful = _mine(visit, records(work.session, visit.cycle, Wanted(states=DOUBTFUL)))
        held = [one for one in incoming_mails(work.session, every=False) if one.cycle_id == visit.cycle.id]
    days = [
        (day, [list(mail) for _, mail in groupby(ones, key=lambda one: (one.moment, one.mail))])
        for day, ones in groupby(coming, key=lambda one: local_day(one.moment))
    ]
    return page(visit, "mails", days=days, said=_foreseen, doubtful=doubtful, record_said=_said, tags=TAGS, held=held)


def _mine(visit: Visit, found: list[Record]) -> list[Record]:
    """Return the notices of the year; those about the installation are its operator's."""
    return [one for one in found if one.notice.cycle_id == visit.cycle.id]


def _foreseen(one: Foreseen) -> object:
    return kind_said(one.which.kind, one.which.step, one.activity)


def _said(record: Record) -> object:
    return kind_said(record.notice.kind, record.which.step, record.activity.name if record.activity else None)


@router.get("/years/{cycle}/mails/ledger")
def ledger(visit: Here, state: str = "", kind: str = "", unit: str = "", activity: str = "", number: str = "1") -> Response:
    """Show the ledger, the newest first, a page at a time; what is asked for stands in the query."""
    asked = {"state": state, "kind": kind, "unit": unit, "activity": activity}
    wanted = Wanted(
        [NoticeState(state)] if state in set(NoticeState) else (),
        [NoticeKind(kind)] if kind in set(NoticeKind) else (),
        unit or None,
        activity or None,
    )
    with visit.read() as session:
        found = _mine(visit, records(session, visit.cycle, wanted))
        units, plan = queries.members(session, visit.cycle.id), queries.plan_of(visit.cycle)
    last = max(1, -(-len(found) // PAGE))
    shown = min(max(1, int(number) if number.isdecimal() and len(number) < 6 else 1), last)
    return page(
        visit, "mail-ledger", records=found[PAGE * (shown - 1) : PAGE * shown], count=len(found), number=shown, last=last,
        asked=asked, query=urlencode({key: value for key, value in asked.items() if value}), record_said=_said, tags=TAGS,
        states=STATES.items(), kinds=MAILS.items(), units=[(each.code, each.name) for each in units],
        activities=[(each.code, each.name) for each in plan.activities],
    )  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A notice that a reference stands for: in the ledger, or to come; and its letter, where it is in the ledger."""

    record: Record | None = None
    coming: Foreseen | None = None
    letter: ReadLetter | None = None
    together: tuple[Record, ...] = ()
    decided: tuple[object, ...] = ()


def _find(visit: Visit, ref: str) -> Found:
    try:
        with visit.read() as session:
            record = record_of(session, visit.cycle, ref)
            if record.notice.cycle_id != visit.cycle.id:
                raise nothing_here()
            reader = queries.leading_unit(session, visit.cycle.id)
            together = tuple(one for one in companions(session, record) if one.which.ref != record.which.ref)
            decided = tuple(acts_on_notices(trail(session, visit.cycle), record.which.ref))
    except NotFound:
        return Found(coming=_coming(visit, ref))
    letter = letter_of(visit.portal.base, record, visit.portal.settings, visit.now, reader=reader)
    return Found(record, None, letter, together, decided)


def _coming(visit: Visit, ref: str) -> Foreseen:
    with visit.work() as work:
        found = next((one for one in forecast(work, visit.cycle, visit.now) if one.which.ref == ref), None)
    if found is None:
        raise nothing_here()
    return found


@router.get("/years/{cycle}/mails/notices/{ref}")
def notice(visit: Here, ref: str) -> Response:
    """Show one mail: what became of it, what was decided about it, and its text as it was sent."""
    return _notice(visit, ref)


def _notice(visit: Visit, ref: str, *, status: int = 200, faults: Faults | None = None, typed: str = "") -> Response:
    found = _find(visit, ref)
    if found.record is not None:
        said, state = _said(found.record), found.record.notice.state
        suppressed = state is NoticeState.CANCELLED
    else:
        assert found.coming is not None
        said, state, suppressed = _foreseen(found.coming), None, found.coming.suppressed
    readable = found.letter is not None and found.letter.missing is None
    return page(
        visit, "mail-notice", status=status, ref=ref, found=found, said=said, state=state, suppressed=suppressed, tags=TAGS,
        letter_told=told(found.letter) if found.letter else None, readable=readable, typed=typed, faults=faults or Faults(),
        has_html=readable and found.letter is not None and found.letter.mail.get_body(("html",)) is not None,
    )  # fmt: skip


@router.get("/years/{cycle}/mails/notices/{ref}/file")
def letter_file(visit: Here, ref: str, part: str = "message") -> Response:
    """Give a mail to be saved: whole, or its part for browsers. It is not shown in the portal: it may hold anything."""
    letter = _find(visit, ref).letter
    if letter is None:
        raise nothing_here()
    if letter.missing is not None:
        raise NotAllowed(told(letter))
    if part == "html":
        return download(letter.body("html").encode(), f"{ref}.html")
    return download(letter.data, f"{ref}.eml")


def _settled(fate: Settled) -> Decide:
    return lambda work, visit, ref, because, _: settling.settle(
        work, visit.cycle, ref=ref, fate=fate, because=because, now=visit.now
    )


DECISIONS: Mapping[str, Decide] = {
    "suppress": lambda work, visit, ref, because, _: notice_changes.suppress(
        work, visit.cycle, ref=ref, because=because, now=visit.now
    ),
    "edit": lambda work, visit, ref, because, text: notice_changes.edit(
        work, visit.cycle, ref=ref, text=text, because=because, now=visit.now
    ),
    "restore": lambda work, visit, ref, because, _: notice_changes.restore(
        work, visit.cycle, ref=ref, because=because, now=visit.now
    ),
    "resend": lambda work, visit, ref, because, _: settling.resend(work, visit.cycle, ref=ref, because=because, now=visit.now),
    "arrived": _settled(Settled.ARRIVED),
    "lost": _settled(Settled.LOST),
}


@router.post("/years/{cycle}/mails/notices/{ref}")
def decide(visit: Here, ref: str, form: Posted) -> Response:
    """Decide about one mail, with a reason: not to send it, to add words, to take that back, to send it again, to settle it."""
    act, because, text = line(form, "act"), line(form, "because"), line(form, "text")
    if act not in DECISIONS or not because:
        return _notice(visit, ref, status=422, faults=Faults({"because": say("Say why: it stands on record.")}), typed=text)
    if act == "edit" and not text:
        return _notice(visit, ref, status=422, faults=Faults({"text": say("Write what is to stand in the mail.")}))
    _find(visit, ref)
    with visit.work() as work:
        DECISIONS[act](work, visit, ref, because, text)
    return to(f"/years/{visit.cycle.key}/mails/notices/{ref}", note="decided")
