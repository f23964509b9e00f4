"""What units send is received here: kept whole, checked, acknowledged, and counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from unicodedata import normalize

from sqlalchemy import func
from sqlmodel import select

from bloc import files, queries
from bloc.actions.aggregation import claim_if_due
from bloc.actions.audit import record
from bloc.actions.notices import Post, unlisted
from bloc.actions.reading import Checked, check_file
from bloc.actions.result_inputs import hash_of_sheet
from bloc.actions.stages import new_obligation
from bloc.actions.thanks import thank_if_all_are_done
from bloc.actions.workbooks import to_correct
from bloc.db import Work
from bloc.enums import Act, ActivityKind, ActivityState, ContactRole, DepositState, ObligationState
from bloc.errors import Fault, NotAllowed
from bloc.language import say
from bloc.queries import Owed
from bloc.rules.deadlines import is_late
from bloc.sheets.form import Points, totals_of
from models import Activity, Criterion, Cycle, Deposit, Obligation, Point, Unit
from notifications import messages

TAKE_FILES = (ActivityKind.REPORT, ActivityKind.SCORE_SHEETS, ActivityKind.SIGNATURE)
NAME_LENGTH = 200  # characters of a file name that are kept


@dataclass(frozen=True)
class Incoming:
    """A file as it came: whose, for what, under which name; and since when it lay here, if it waited to be looked at.

    ``corrects``: it answers, in time, an objection to the unit's score sheet, and so is not late for that.
    """

    unit: str
    activity: str
    file_name: str
    data: bytes
    came_at: datetime | None = None
    corrects: bool = False


def receive_deposit(work: Work, cycle: Cycle, incoming: Incoming, *, now: datetime, limit: int) -> Deposit:
    """Keep a file and say what became of it; whoever sent it gets a receipt or every fault by its place.

    A report, a score sheet, or the scan of what was signed, which has no deadline: the signature has.
    The same bytes as the last version again: the same deposit, and nothing else happens. A refused file is kept as well.
    The deposit that completes the score sheets makes, in this transaction, the claim that aggregation is due.

    Args:
        limit: the largest file taken, in bytes.

    Raises:
        NotFound: there is no such unit or activity, or it asks nothing of the unit.
        NotAllowed: the activity takes no file or is not dated, or the file is empty or larger than ``limit``.

    Source: plan, section II.2.2, II.2.4 and III.3.
    """
    _check_size(incoming.data, limit)
    cycle = queries.locked(work.session, cycle.id)  # versions and receipts are counted, and so are the sheets
    owed = _owed(work, cycle, incoming)
    last = queries.last_deposit(work.session, owed.obligation)
    sha256 = files.put(work.session, incoming.data)
    if last and last.sha256 == sha256 and last.state is not DepositState.RETURNED:
        return last
    checked = _returned(work, owed, sha256) or check_file(queries.plan_of(cycle), cycle, owed, incoming.data)
    deposit = _deposit(work, owed, incoming, sha256, checked, last, now)
    work.session.add(deposit)
    work.session.flush()
    what = {"version": deposit.version, "state": deposit.state, "sha256": sha256, "late_seconds": deposit.late_seconds}
    record(work, cycle, Act.DEPOSIT, f"{incoming.activity}/{incoming.unit}", now=now, after=what)
    if deposit.state is DepositState.ACCEPTED:
        _accept(work, cycle, owed, deposit, checked.points)
    post = Post(work, cycle, now)
    _answer(post, owed, deposit, checked)
    if deposit.state is DepositState.ACCEPTED:
        thank_if_all_are_done(post, owed.activity)
    return deposit


def _check_size(data: bytes, limit: int) -> None:
    if not data:
        raise NotAllowed(say("The file is empty. Please send it again."))
    files.check_size(data, limit)


def _owed(work: Work, cycle: Cycle, incoming: Incoming) -> Owed:
    unit = queries.unit_by_code(work.session, cycle, incoming.unit)
    activity = queries.activity_by_code(work.session, cycle, incoming.activity)
    if activity.kind not in TAKE_FILES:
        raise NotAllowed(say('"{title}" takes no file.', title=activity.name))
    if activity.state is ActivityState.UNDATED:
        raise NotAllowed(say('"{title}" has no date yet; it takes nothing so far.', title=activity.name))
    if activity.state in (ActivityState.PLANNED, ActivityState.PAST):
        _open_early(work, cycle, activity, unit)
    owed = queries.obligation_of(work.session, cycle, incoming.activity, unit)
    if activity.kind is ActivityKind.SIGNATURE and owed.obligation.state is not ObligationState.ACCEPTED:
        raise NotAllowed(say("Confirm first who has signed it; the scan of what was signed goes with that, or follows it."))
    return owed


def _open_early(work: Work, cycle: Cycle, activity: Activity, unit: Unit) -> None:
    """Let who sends before the activity opens, or what was over when the plan came, do so: nothing is turned away."""
    plan = queries.plan_of(cycle)
    if unit.code in plan.actors(plan.activity(activity.code)) and queries.obligation_for(work.session, activity, unit) is None:
        work.session.add(new_obligation(cycle, activity, unit))
        work.session.flush()


def _returned(work: Work, owed: Owed, sha256: str) -> Checked | None:
    """Return the fault of a report that comes back as it was when it was returned; of anything else None."""
    same = select(Deposit).where(Deposit.obligation_id == owed.obligation.id, Deposit.sha256 == sha256)
    before = work.session.exec(same.where(Deposit.state == DepositState.RETURNED)).first()
    if before is None or owed.activity.kind is not ActivityKind.REPORT:
        return None
    why = say("This is the file that was returned, unchanged. The reason was: {because}", because=before.returned_because)
    return Checked((Fault("", why),))


def _deposit(
    work: Work, owed: Owed, incoming: Incoming, sha256: str, checked: Checked, last: Deposit | None, now: datetime
) -> Deposit:
    due, came_at = owed.obligation.due_at, min(incoming.came_at or now, now)  # who sent in time is in time
    has_deadline = owed.activity.kind is not ActivityKind.SIGNATURE and not incoming.corrects  # of a signature, no scan
    late = has_deadline and is_late(came_at, due)
    return Deposit(
        cycle_id=owed.obligation.cycle_id,
        obligation_id=owed.obligation.id,
        version=last.version + 1 if last else 1,
        state=DepositState.REFUSED if checked.faults else DepositState.ACCEPTED,
        sha256=sha256,
        file_name=_kept_name(incoming.file_name),
        received_at=came_at,
        late_seconds=int((came_at - due).total_seconds()) + 1 if late else 0,
        receipt=None if checked.faults else _next_receipt(work, owed.obligation),
        faults=[fault.to_json() for fault in checked.faults],
        remarks=[remark.to_json() for remark in checked.remarks],
        marked=files.put(work.session, checked.marked) if checked.marked else None,
    )


def _kept_name(name: str) -> str:
    """Return a file's name on one line, composed (a Mac's is not), without the signs that no database or mail takes."""
    return "".join(sign if sign.isprintable() else " " for sign in normalize("NFC", name))[-NAME_LENGTH:]


def _next_receipt(work: Work, obligation: Obligation) -> int:
    highest = select(func.max(Deposit.receipt)).where(Deposit.cycle_id == obligation.cycle_id)
    return (work.session.exec(highest).one() or 0) + 1


def _accept(work: Work, cycle: Cycle, owed: Owed, deposit: Deposit, points: Points) -> None:
    obligation = owed.obligation
    if obligation.state is not ObligationState.ACCEPTED:  # also what was waived: what has come is there
        obligation.state, obligation.accepted_at = ObligationState.ACCEPTED, deposit.received_at
    if owed.activity.kind is ActivityKind.SCORE_SHEETS:
        deposit.points_hash = hash_of_sheet(points)
        work.session.add_all(_points(work, cycle, deposit, points))
        work.session.flush()
        claim_if_due(work, cycle, deposit.received_at, late=bool(deposit.late_seconds))


def _points(work: Work, cycle: Cycle, deposit: Deposit, points: Points) -> list[Point]:
    units = {unit.code: unit.id for unit in queries.members(work.session, cycle.id)}
    criteria: Mapping[str, Criterion] = {criterion.code: criterion for criterion in queries.criteria(work.session, cycle.id)}
    return [
        Point(deposit_id=deposit.id, unit_id=units[unit], criterion_id=criteria[code].id, thousandths=value)
        for (unit, code), value in points.items()
    ]


def _answer(post: Post, owed: Owed, deposit: Deposit, checked: Checked) -> None:
    about = post.about(owed)
    faults, remarks = (_readable(post, owed, found) for found in (checked.faults, checked.remarks))
    if deposit.state is DepositState.REFUSED:
        counts = owed.obligation.state is ObligationState.ACCEPTED
        marked = deposit.marked if post.reaches(owed.unit) else None
        draft = messages.refusal(
            about=about, file_name=deposit.file_name, faults=faults, count=len(checked.faults), still_counts=counts,
            marked=marked,
        )  # fmt: skip
    else:
        draft = messages.receipt(
            about=about, number=deposit.receipt or 0, received_at=deposit.received_at, file_name=deposit.file_name,
            sha256=deposit.sha256, version=deposit.version, late_seconds=deposit.late_seconds, remarks=remarks,
            totals=_totals(post, owed, checked.points),
        )  # fmt: skip
    identity = f"{owed.activity.code}/{owed.unit.code}/{draft.kind}/{deposit.version}"
    to = post.audience(owed.unit, [ContactRole.CONTACT])
    post.queue(draft, owed.unit, to, identity, owed, attachments=to_correct(post, owed, deposit))


def _totals(post: Post, owed: Owed, points: Points) -> list[tuple[str, int]]:
    """Return what the sheet gives each unit in all, its own first, if the mail goes to the unit: nobody else reads it."""
    if not points or not post.reaches(owed.unit):
        return []
    names = {unit.code: unit.name for unit in post.plan.units}
    return [(names[unit], total) for unit, total in totals_of(points, (owed.unit.code, *names)).items()]


def _readable(post: Post, owed: Owed, found: Sequence[Fault]) -> Sequence[Fault]:
    """Return faults as whoever gets the mail may read them: they quote points, and those are the unit's own alone."""
    if not found or post.reaches(owed.unit):
        return found
    return [unlisted(len(found))]
