"""The objection window: opened by the publication of a final result; all units are told until when it lasts."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.notices import Post
from bloc.enums import ContactRole, ResultState
from bloc.plan import Plan
from bloc.rules.objections import Window, window
from bloc.rules.reminders import Rung, Step, next_step_at, reminder_steps
from models import Cycle, Objection, PlanVersion, Result, Unit
from notifications import messages


def window_of(session: Session, cycle: Cycle) -> Window | None:
    """Return when cross-scores can be contested; None before a final result is published, or where the plan has no window.

    It opens once: the versions that corrections bring about, published again, open none. Where the score sheets are issued
    again, since members or criteria change, the result that is made of those opens one of its own.

    Source: plan, section I.2 ("công khai, minh bạch ... chính xác, công bằng").
    """
    found = _opened(session, cycle)
    return found[0] if found else None


def left_unanswered(session: Session, cycle: Cycle, now: datetime) -> int:
    """Return how many objections of the present window nobody has answered, once that is over."""
    found = _opened(session, cycle)
    return found[1] if found and not found[0].is_open(now) else 0


def _opened(session: Session, cycle: Cycle) -> tuple[Window, int] | None:
    """Return the window, and how many objections raised since it opened have no answer."""
    plan = queries.plan_of(cycle)
    if plan.objections is None:
        return None
    form = plan.form()
    for published_at, text, unanswered in session.execute(_published(), {"cycle": cycle.id}):
        if queries.plan_from(text).form() == form:
            return window(published_at, plan.objections.days, plan.work_calendar), unanswered
    return None


@cache  # made once: to put it together takes as long as to have it answered
def _published() -> Any:
    """Return the query for the final versions that are published: when, by which plan, objections since without an answer."""
    since = select(func.count()).where(queries.mine(Objection), col(Objection.answer).is_(None))
    since = since.where(col(Objection.raised_at) >= Result.published_at).correlate(Result)
    published = select(Result.published_at, PlanVersion.plan, since.scalar_subquery()).join(PlanVersion, queries.its_plan())
    published = published.where(queries.mine(Result), Result.state == ResultState.FINAL)
    return published.where(col(Result.published_at).is_not(None)).order_by(col(Result.version))


def page_of(cycle: Cycle, unit: Unit) -> str:
    """Return the path of the portal's page where a unit contests and answers."""
    return f"/years/{cycle.key}/units/{unit.code}/objections"


def tell_of_window(post: Post, result: Result) -> None:
    """Tell all units that the window is open, if it is ``result`` that opens it; done twice, it tells nobody twice."""
    session, cycle = post.work.session, post.cycle
    found = window_of(session, cycle)
    if found is None or found.opened_at != result.published_at:
        return
    for unit in queries.members(session, cycle.id):
        draft = messages.objections_open(
            about=post.about_cycle(unit), version=result.version, last_day=found.last_day, page=page_of(cycle, unit)
        )
        to = post.audience(unit, [ContactRole.CONTACT])
        post.queue(draft, unit, to, f"{unit.code}/{draft.kind}/{result.version}", expires_at=found.due_at)


def steps_of(plan: Plan, found: Window) -> list[Step]:
    """Return the steps of the plan's ladder up to the window's last day: after it nobody is reminded any more."""
    rungs = [Rung(step.days, step.to, step.tone) for step in plan.reminders.ladder if step.days <= 0]
    return reminder_steps(found.last_day, rungs, plan.work_calendar, plan.reminders.at)


def set_next_step(objection: Objection, steps: Sequence[Step]) -> None:
    """Keep the column that a sweep reads in step; who has answered is reminded no more."""
    looked_at = objection.reminded_until or objection.raised_at
    objection.next_step_at = None if objection.answer else next_step_at(steps, looked_at)


def set_objection_steps(session: Session, cycle: Cycle, plan: Plan) -> None:
    """Let reminders of what is not answered follow a plan that changed: its ladder, its working days, the window's length."""
    unanswered = select(Objection).where(Objection.cycle_id == cycle.id, col(Objection.answer).is_(None))
    rows = session.exec(unanswered).all()
    found = window_of(session, cycle) if rows else None
    for row in rows:
        set_next_step(row, steps_of(plan, found) if found and row.raised_at >= found.opened_at else ())
