"""Objections: a unit contests a published cross-score that it got; who gave it confirms it, or corrects it, for a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from sqlalchemy import func
from sqlmodel import Session, col, select

from bloc import files, queries
from bloc.actions import objection_mails
from bloc.actions.audit import record
from bloc.actions.contested import Contested, contested, contested_by
from bloc.actions.deposits import Incoming, receive_deposit
from bloc.actions.notices import Post
from bloc.actions.objection_window import set_next_step, steps_of, window_of
from bloc.actions.publishing import seen_by
from bloc.actions.reading import form_of, is_evidence
from bloc.db import Work
from bloc.enums import Act, CrossScoresSeen, DepositState, ObjectionAnswer
from bloc.errors import NotAllowed, NotFound
from bloc.language import on_one_line, say, short_day
from bloc.rules.criteria import Criterion as Leaf
from bloc.rules.objections import Window
from bloc.rules.reminders import Step, step_due
from bloc.sheets.apart import read_apart
from bloc.sheets.typed import NotPoints, breaks, points_in
from bloc.sheets.write import make_sheet
from models import Activity, CountedSheet, Criterion, Cycle, Deposit, Objection, Obligation, Point, Unit
from notifications import ledger

LONGEST_REASON = 2_000  # characters
NAME_LENGTH = 200  # characters of a file's name that are kept


@dataclass(frozen=True)
class Evidence:
    """A file that shows why."""

    name: str
    data: bytes


def raise_objection(
    work: Work, cycle: Cycle, *, unit: str, scorer: str, criterion: str, because: str, now: datetime, limit: int,
    evidence: Evidence | None = None,
) -> Objection:  # fmt: skip
    """Contest what ``scorer`` gave ``unit`` for a criterion, as published; the scorer is told who asks, and asked to answer.

    Args:
        limit: the largest file taken, in bytes.

    Raises:
        NotFound: there is no such unit.
        NotAllowed: no window is open, or the unit does not see what it contests; or no reason is given, or the file cannot be
            taken; or nothing was given so, or it is contested already.

    Source: plan, section I.2: public, transparent, accurate, fair.
    """
    cycle = queries.locked(work.session, cycle.id)
    mine, giver = (queries.unit_by_code(work.session, cycle, code) for code in (unit, scorer))
    window = _open_window(work.session, cycle, mine, now)
    _check_reason(because)
    given, leaf = _given(work.session, cycle, mine, giver, criterion)
    if any(_is_same(each, mine, giver, leaf, window) for each in contested(work.session, cycle)):
        raise NotAllowed(say("Your unit has contested this already. Its answer stands with the objection."))
    objection = Objection(
        cycle_id=cycle.id, number=_next_number(work.session, cycle), unit_id=mine.id, giver_id=giver.id, criterion_id=leaf.id,
        sheet=given.deposit_id, thousandths=given.thousandths, because=because.strip(), raised_by=work.by, raised_at=now,
    )  # fmt: skip
    if evidence is not None:
        _keep(work.session, objection, evidence, limit)
    set_next_step(objection, steps_of(queries.plan_of(cycle), window))
    work.session.add(objection)
    work.session.flush()
    said = {"number": objection.number} | ({"evidence": objection.evidence} if objection.evidence else {})
    record(work, cycle, Act.OBJECTION, f"{unit}/{scorer}/{criterion}", now=now, after=said, because=objection.because)
    objection_mails.tell_giver(Post(work, cycle, now), Contested(objection, mine, giver, leaf), window)
    return objection


def _open_window(session: Session, cycle: Cycle, unit: Unit, now: datetime) -> Window:
    found = window_of(session, cycle)
    if found is None or seen_by(session, cycle, unit) is not CrossScoresSeen.MATRIX:
        raise NotAllowed(say("No objection window is open: it opens when a final result is published, if the plan has one."))
    if not found.is_open(now):
        raise NotAllowed(say("The objection window ended with {day}.", day=short_day(found.last_day)))
    return found


def _check_reason(because: str) -> None:
    if not because.strip():
        raise NotAllowed(say("Give the reason."))
    if len(because) > LONGEST_REASON:
        raise NotAllowed(say("The reason is longer than {most} characters.", most=LONGEST_REASON))


def _given(session: Session, cycle: Cycle, unit: Unit, giver: Unit, criterion: str) -> tuple[Point, Criterion]:
    """Return the point that is contested, of the newest published version, with its criterion."""
    published = queries.published_result(session, cycle.id)
    row = session.exec(
        select(Point, Criterion)
        .join(Criterion, col(Point.criterion_id) == Criterion.id)
        .join(CountedSheet, col(CountedSheet.deposit_id) == Point.deposit_id)
        .join(Deposit, col(Point.deposit_id) == Deposit.id)
        .join(Obligation, col(Deposit.obligation_id) == Obligation.id)
        .where(CountedSheet.result_id == (published.id if published else None), Obligation.unit_id == giver.id)
        .where(Point.unit_id == unit.id, Criterion.code == criterion)
    ).first()
    if row is None or unit.id == giver.id:
        raise NotAllowed(say("Choose a criterion, and another unit that gave yours points for it."))
    return row


def _is_same(each: Contested, unit: Unit, giver: Unit, leaf: Criterion, window: Window) -> bool:
    same = (each.unit.id, each.giver.id, each.criterion.id) == (unit.id, giver.id, leaf.id)
    return same and each.objection.raised_at >= window.opened_at


def _next_number(session: Session, cycle: Cycle) -> int:
    return (session.exec(select(func.max(Objection.number)).where(Objection.cycle_id == cycle.id)).one() or 0) + 1


def _keep(session: Session, objection: Objection, evidence: Evidence, limit: int) -> None:
    files.check_size(evidence.data, limit)
    if not is_evidence(evidence.data):
        raise NotAllowed(say("The file is neither a .pdf, nor a picture (.jpg, .png, .tif), nor a .docx."))
    name = on_one_line(PurePath(evidence.name.replace("\\", "/")).name)[-NAME_LENGTH:] or "-"
    objection.evidence, objection.evidence_name = files.put(session, evidence.data), name


def answer(
    work: Work, cycle: Cycle, number: int, *, unit: str, because: str, now: datetime, limit: int, to: int | None = None
) -> Objection:
    """Answer an objection as the unit that gave the points: confirm them, or correct them ``to`` others; its raiser is told.

    A correction is a new version of the unit's score sheet, which makes a new version of the result, to be published again.
    An answer after the window's end is taken as late: a correction then waits for the secretary's act, as a late sheet does.

    Args:
        to: in thousandths of a point; None: what was given is confirmed.
        limit: the largest file taken, in bytes.

    Raises:
        NotFound: there is no such objection that the unit is asked to answer.
        NotAllowed: it is answered; or no reason is given, or the points are what stands, or not what the criterion takes; or
            the sheets have been issued again since.
    """
    cycle = queries.locked(work.session, cycle.id)
    giver = queries.unit_by_code(work.session, cycle, unit)
    each = contested_by(work.session, cycle, number, giver)
    objection, window = each.objection, window_of(work.session, cycle)
    if each.giver.id != giver.id:
        raise NotFound(say("There is no such objection of your unit."))
    if objection.answer is not None:
        raise NotAllowed(say("This objection has been answered."))
    if window is None or objection.raised_at < window.opened_at:
        raise NotAllowed(say("The score sheets have been issued again since: what was contested counts no more."))
    _check_reason(because)
    if to is not None:
        objection.correction = _correct(work, cycle, each, to, now, limit, in_time=window.is_open(now)).id
    objection.answer = ObjectionAnswer.CONFIRMED if to is None else ObjectionAnswer.CORRECTED
    objection.corrected_to, objection.next_step_at = to, None
    objection.answered_because, objection.answered_by, objection.answered_at = because.strip(), work.by, now
    work.session.add(objection)
    work.session.flush()
    said = {"number": number, "answer": objection.answer}
    about = f"{each.unit.code}/{giver.code}/{each.criterion.code}"
    record(work, cycle, Act.OBJECTION_ANSWER, about, now=now, after=said, because=objection.answered_because)
    if not any(other.giver.id == giver.id and other.objection.answer is None for other in contested(work.session, cycle)):
        ledger.lapse_answered(work.session, cycle_id=cycle.id, unit_id=giver.id)
    objection_mails.tell_raiser(Post(work, cycle, now), each)
    return objection


def points_typed(cycle: Cycle, leaf: Criterion, text: str) -> int:
    """Return points that somebody typed for a criterion, in thousandths, as a score sheet is read.

    Raises:
        NotAllowed: it is no number, or not one that the criterion takes.
    """
    try:
        return points_in(text, _rule(leaf), queries.plan_of(cycle).criteria.step)
    except NotPoints as wrong:
        raise NotAllowed(wrong.message) from wrong


def _rule(leaf: Criterion) -> Leaf:
    return Leaf(leaf.code, leaf.title, leaf.minimum, leaf.maximum)


def _correct(work: Work, cycle: Cycle, each: Contested, to: int, now: datetime, limit: int, *, in_time: bool) -> Deposit:
    """Hand in the giver's sheet with one cell changed, through the action that takes every sheet."""
    session, giver = work.session, each.giver
    fault = breaks(to, _rule(each.criterion), queries.plan_of(cycle).criteria.step)
    counted = queries.counted_sheets(session, cycle.id).get(giver.id)
    if fault is not None:
        raise NotAllowed(fault)
    if counted is None:
        raise NotAllowed(say("The score sheets have been issued again since: what was contested counts no more."))
    form = form_of(queries.plan_of(cycle), cycle, giver.code)
    reading, cell = read_apart(files.read(session, counted.sha256), form), (each.unit.code, each.criterion.code)
    if reading.points.get(cell) == to:
        raise NotAllowed(say("These are the points that stand: confirm them, or give others."))
    data = make_sheet(form, {**reading.points, cell: to}, reading.notes)
    asked = select(Activity.code).join(Obligation).where(Obligation.id == counted.obligation_id)
    name = f"bang-cham-diem-{giver.code}-{cycle.year}-kien-nghi-{each.objection.number}.xlsx"
    incoming = Incoming(giver.code, session.exec(asked).one(), name, data, corrects=in_time)
    deposit = receive_deposit(work, cycle, incoming, now=now, limit=limit)
    if deposit.state is not DepositState.ACCEPTED:
        raise NotAllowed(say("The score sheet of {unit} cannot be corrected so: send it anew as a file.", unit=giver.name))
    return deposit


def queue_objection_reminders(work: Work, cycle: Cycle, now: datetime) -> int:
    """Queue the reminders that are owed to those who have not answered objections; return how many notices are new.

    They are the steps of the plan's ladder up to the window's last day; a missed day is caught up, once.
    """
    due = select(Objection.id).where(Objection.cycle_id == cycle.id, col(Objection.next_step_at) <= now)
    if not (owed := set(work.session.exec(due).all())):
        return 0
    post, window = Post(work, cycle, now), window_of(work.session, cycle)
    rows = [each for each in contested(work.session, cycle) if each.objection.answer is None]
    givers = {each.giver.id: each.giver for each in rows if each.objection.id in owed}
    return sum(_remind(post, giver, [each for each in rows if each.giver.id == giver.id], window) for giver in givers.values())


def _remind(post: Post, giver: Unit, rows: Sequence[Contested], window: Window | None) -> int:
    steps = steps_of(post.plan, window) if window else []
    mine = [each for each in rows if window and each.objection.raised_at >= window.opened_at]
    found = [step for each in mine if window and (step := _step(each.objection, steps, post.now, window))]
    for each in rows:
        each.objection.reminded_until = post.now
        set_next_step(each.objection, steps if each in mine else ())
        post.work.session.add(each.objection)
    if not found or window is None:
        return 0
    return objection_mails.remind(post, giver, mine, window, max(found, key=lambda step: step.day))


def _step(objection: Objection, steps: Sequence[Step], now: datetime, window: Window) -> Step | None:
    return step_due(steps, objection.reminded_until or objection.raised_at, now, window.due_at)
