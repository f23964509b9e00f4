"""One obligation as the secretary sees it: what came, what was mailed, who did what; and the acts on it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from fastapi import APIRouter, Response
from sqlmodel import Session, col, select
from starlette.datastructures import FormData

from bloc import files, queries
from bloc.actions import deadlines, deposits, responses, returns, urging
from bloc.actions.notice_records import joined
from bloc.actions.record_words import ACTS, details
from bloc.enums import ActivityKind, MissingSheet, ObligationState, ResponseKind
from bloc.errors import BlocError, Fault
from bloc.language import Message, say
from bloc.portal import words
from bloc.portal.access import Here
from bloc.portal.door import Visit
from bloc.portal.downloads import download
from bloc.portal.forms import LONGEST, Faults, Posted, file, line, text, too_long
from bloc.portal.pages import page, to
from models import AuditEntry, Deposit, Notice
from models import Response as Answer
from notifications.states import MAILS, STATES

router = APIRouter()


@router.get("/obligations/{obligation}/case")
def case(visit: Here) -> Response:
    """Show an obligation to the secretary, with what can be done about it."""
    return _show(visit)


def _show(visit: Visit, *, faults: Faults | None = None, typed: Mapping[str, str] | None = None) -> Response:
    policy = queries.plan_of(visit.cycle).policies.missing_sheet
    owed, due, now = visit.owed, visit.owed.obligation.due_at, visit.now
    with visit.read() as session:
        versions = session.exec(
            select(Deposit).where(Deposit.obligation_id == owed.obligation.id).order_by(col(Deposit.version).desc())
        ).all()
        answers = session.exec(
            select(Answer).where(Answer.obligation_id == owed.obligation.id).order_by(col(Answer.responded_at).desc())
        ).all()
        mails = _mails(session, visit)
        history = _history(session, visit)
    kinds, is_open = responses.ANSWERS.get(owed.activity.kind, ()), owed.obligation.state is ObligationState.OPEN
    return page(
        visit, "case", status=422 if faults else 200, faults=faults or Faults(), typed=typed or {}, owed=owed, is_open=is_open,
        state=words.state_of(owed, now), until=words.until(due), left=words.left(due, now),
        versions=versions, tags=words.DEPOSITS, answers=answers, said=words.ANSWERS, mails=mails, history=history,
        kinds=[(kind, words.ANSWERS[kind], "") for kind in kinds],
        asks_text=ResponseKind.COMMENTED in kinds, asks_office=ResponseKind.SIGNED in kinds,
        shelf={ActivityKind.REPORT: "reports", ActivityKind.SIGNATURE: "scans"}.get(owed.activity.kind),
        scannable=owed.activity.kind is ActivityKind.SIGNATURE and owed.obligation.state is ObligationState.ACCEPTED,
        waivable=is_open and not (owed.activity.kind is ActivityKind.SCORE_SHEETS and policy is MissingSheet.WAIT),
        returnable=owed.activity.kind is ActivityKind.REPORT and owed.obligation.state is ObligationState.ACCEPTED,
    )  # fmt: skip


def _mails(session: Session, visit: Visit) -> Sequence[tuple[Notice, str, Message, Message]]:
    """Return the notices about it, the newest first: each with its reader's address, its kind and its state in words."""
    mine = joined().where(Notice.obligation_id == visit.owed.obligation.id)
    rows = session.exec(mine.order_by(col(Notice.queued_at).desc(), col(Notice.identity)))
    return [(notice, address, MAILS[notice.kind], STATES[notice.state]) for notice, address, _, _ in rows]


def _history(session: Session, visit: Visit) -> Sequence[tuple[AuditEntry, Message, list[Message]]]:
    """Return the acts on record about it, the newest first, each in words with its details."""
    about = f"{visit.owed.activity.code}/{visit.owed.unit.code}"
    mine = select(AuditEntry).where(AuditEntry.cycle_id == visit.cycle.id, AuditEntry.about == about)
    return [
        (each, ACTS[each.act], list(details(each, {}))) for each in session.exec(mine.order_by(col(AuditEntry.number).desc()))
    ]


def _home(visit: Visit) -> str:
    return f"/obligations/{visit.owed.obligation.id}/case"


def _which(visit: Visit) -> dict[str, str]:
    return {"unit": visit.owed.unit.code, "activity": visit.owed.activity.code}


def _done(
    visit: Visit, act: Callable[..., object], note: str, *, field: str, typed: Mapping[str, str], **values: object
) -> Response:
    """Carry out an act with its ``values`` and say so; what is refused is told at its form's ``field``, with what was typed."""
    try:
        with visit.work() as work:
            act(work, visit.cycle, **_which(visit), **values, now=visit.now)
    except BlocError as refusal:
        return _show(visit, faults=Faults({field: refusal.message}), typed=typed)
    return to(_home(visit), note=note)


@router.post("/obligations/{obligation}/case/remind")
def remind(visit: Here) -> Response:
    """Remind the unit now, if it still owes it and has not been reminded by hand today."""
    with visit.work() as work:
        new = urging.urge(work, queries.locked(work.session, visit.cycle.id), **_which(visit), now=visit.now)
    return to(_home(visit), note="reminded" if new else "reminded-today")


@router.post("/obligations/{obligation}/case/extend")
def extend(visit: Here, form: Posted) -> Response:
    """Give the unit a later deadline, for a reason."""
    day, reason = line(form, "until"), line(form, "extend_because")
    typed = {"until": day, "extend_because": reason}
    try:
        until = date.fromisoformat(day)
    except ValueError:
        return _show(visit, faults=Faults({"until": say("Enter the new last day.")}), typed=typed)
    field = "until" if reason else "extend_because"
    return _done(visit, deadlines.extend, "extended", field=field, typed=typed, until=until, because=reason)


@router.post("/obligations/{obligation}/case/waive")
def waive(visit: Here, form: Posted) -> Response:
    """Release the unit from it, for a reason."""
    return _for_a_reason(visit, form, deadlines.waive, "waived", "waive_because")


@router.post("/obligations/{obligation}/case/return")
def give_back(visit: Here, form: Posted) -> Response:
    """Give the unit's report back to it, for a reason."""
    return _for_a_reason(visit, form, returns.return_report, "returned", "return_because")


def _for_a_reason(visit: Visit, form: FormData, act: Callable[..., object], note: str, field: str) -> Response:
    reason = line(form, field)
    return _done(visit, act, note, field=field, typed={field: reason}, because=reason)


@router.post("/obligations/{obligation}/case/scan")
def keep_scan(visit: Here, form: Posted) -> Response:
    """Keep a scan of what the unit has signed on paper, on its behalf; it gets the receipt."""
    chosen = file(form, "scan")
    if chosen is None:
        return _show(visit, faults=Faults({"scan": say("Choose a file to send.")}))
    sent = deposits.Incoming(
        visit.unit.code, visit.owed.activity.code, file_name=chosen.filename or "", data=chosen.file.read()
    )
    try:
        with visit.work() as work:
            limit = visit.portal.settings.upload_limit
            kept = deposits.receive_deposit(work, visit.cycle, sent, now=visit.now, limit=limit)
    except BlocError as refusal:
        return _show(visit, faults=Faults({"scan": refusal.message}))
    if kept.faults:
        return _show(visit, faults=Faults({"scan": Fault.from_json(kept.faults[0]).message}))
    return to(_home(visit), note="scan-kept")


@router.get("/scans/{scan}/file")
def scan_file(visit: Here) -> Response:
    """Give a scan of what a unit has signed."""
    with visit.read() as session:
        return download(files.read(session, visit.deposit.sha256), visit.deposit.file_name)


@router.post("/obligations/{obligation}/case/answer")
def answer(visit: Here, form: Posted) -> Response:
    """Record on the unit's behalf how it met an obligation that asks for no file."""
    kind, said, signatory = line(form, "kind"), text(form, "text"), line(form, "signatory")
    if kind not in {each.value for each in responses.ANSWERS.get(visit.owed.activity.kind, ())}:
        return _show(visit, faults=Faults({"kind": say("Choose what the unit has answered.")}))
    field = {ResponseKind.COMMENTED: "text", ResponseKind.SIGNED: "signatory"}.get(ResponseKind(kind), "kind")
    typed = {"kind": kind, "text": said, "signatory": signatory}
    if (over := too_long(said, LONGEST)) is not None:
        return _show(visit, faults=Faults({"text": over}), typed=typed)
    return _done(
        visit, responses.respond, "recorded", field=field, typed=typed,
        kind=ResponseKind(kind), text=said or None, signatory=signatory or None,
    )  # fmt: skip
