"""Who is told of objections: who gave the points, who contests them, and who has not answered."""

from collections.abc import Sequence

from bloc.actions.contested import Contested
from bloc.actions.notices import Post
from bloc.actions.objection_window import page_of
from bloc.clock import local_day
from bloc.enums import ContactRole, ObjectionAnswer
from bloc.rules.objections import Window
from bloc.rules.reminders import Step
from models import Unit
from notifications import messages
from notifications.ledger import Attachment


def tell_giver(post: Post, each: Contested, window: Window) -> int:
    """Ask whoever gave the points to answer, with the evidence; return how many notices are new."""
    giver, objection = each.giver, each.objection
    draft = messages.objection(
        about=post.about_cycle(giver), contested=_said(each), last_day=window.last_day, page=page_of(post.cycle, giver)
    )
    shown = objection.evidence and objection.evidence_name and post.reaches(giver)
    attached = (Attachment(objection.evidence_name or "", objection.evidence or ""),) if shown else ()
    to = post.audience(giver, [ContactRole.CONTACT])
    return post.queue(draft, giver, to, f"{giver.code}/{draft.kind}/{objection.number}", attachments=attached)


def remind(post: Post, giver: Unit, rows: Sequence[Contested], window: Window, step: Step) -> int:
    """Remind a unit of all objections that it has not answered; return how many notices are new."""
    draft = messages.objection_reminder(
        about=post.about_cycle(giver),
        contested=[_said(each) for each in rows],
        last_day=window.last_day,
        days_left=(window.last_day - local_day(post.now)).days,
        page=page_of(post.cycle, giver),
    )
    identity = f"{giver.code}/{draft.kind}{step.rung.days:+}/{window.last_day}"
    to = post.audience(giver, step.rung.to)
    return post.queue(draft, giver, to, identity, expires_at=window.due_at)


def tell_raiser(post: Post, each: Contested) -> int:
    """Tell who contested the points how they were answered; points that are not published go to the unit's own alone."""
    unit, objection = each.unit, each.objection
    draft = messages.objection_answer(
        about=post.about_cycle(unit),
        contested=_said(each),
        corrected=objection.answer is ObjectionAnswer.CORRECTED,
        to=objection.corrected_to if post.reaches(unit) else None,
        because=objection.answered_because or "",
        page=page_of(post.cycle, unit),
    )
    to = post.audience(unit, [ContactRole.CONTACT])
    return post.queue(draft, unit, to, f"{unit.code}/{draft.kind}/{objection.number}")


def _said(each: Contested) -> messages.Contested:
    return messages.Contested(
        number=each.objection.number,
        unit=each.unit.name,
        giver=each.giver.name,
        criterion=f"{each.criterion.code}. {each.criterion.title}",
        points=each.objection.thousandths,
        because=each.objection.because,
    )
