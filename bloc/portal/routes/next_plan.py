"""The next year's plan, drafted from this one: what differs, what was moved, what is left to be filled in, and the file."""

from fastapi import APIRouter, Response

from bloc.actions.next_plan import Next, next_plan
from bloc.language import Message, say
from bloc.plan import Plan
from bloc.plan.rollover import Remark
from bloc.portal.access import Here
from bloc.portal.door import Visit
from bloc.portal.downloads import download
from bloc.portal.pages import page
from bloc.queries import plan_of

router = APIRouter()


@router.get("/years/{cycle}/plan/next")
def draft(visit: Here) -> Response:
    """Show how the next year's plan would differ from this one's."""
    found = _found(visit)
    old = plan_of(visit.cycle)
    moved = [_said(old, each) for each in found.draft.remarks if not each.to_fill]
    left = [each.said for each in found.draft.remarks if each.to_fill]
    return page(visit, "plan-next", found=found, moved=moved, left=left)


@router.get("/years/{cycle}/plan/next/file")
def draft_file(visit: Here) -> Response:
    """Give the draft as a file, with comments where something is to be looked at."""
    found = _found(visit)
    bloc, _, _ = visit.cycle.key.rpartition("-")
    return download(found.draft.text.encode(), f"{bloc}-{found.year}.yaml")


def _said(old: Plan, remark: Remark) -> Message:
    """Return a remark in words, with what it is about: in the file it stands above that."""
    match remark.place:
        case ("activities", int(index), *_):
            return say("{activity}: {said}", activity=old.activities[index].name, said=remark.said)
    return remark.said


def _found(visit: Visit) -> Next:
    with visit.work() as work:
        return next_plan(work, visit.cycle, None, visit.now)
