"""The plan in words and as a file; a changed one is looked at before it is applied."""

from collections import defaultdict
from collections.abc import Mapping

from fastapi import APIRouter, Response

from bloc import queries
from bloc.actions import proposals
from bloc.enums import ActivityKind, Actors, Quarter
from bloc.errors import NotAllowed, PlanRefused
from bloc.language import say
from bloc.plan import Plan
from bloc.plan.editing import BEFORE, BY, deadline_of, faults_by_key, read_text, with_activity, with_dates
from bloc.plan.writing import text_of
from bloc.portal import mail_words, plan_words
from bloc.portal.access import Here
from bloc.portal.door import Visit, nothing_here
from bloc.portal.downloads import download
from bloc.portal.forms import Faults, Posted, file, line
from bloc.portal.pages import page, to

router = APIRouter()
TITLE = say("Plan")
NO_REASON = say("Say why: this was agreed on already, and the reason stands on record.")
MOST_MAILS = 200  # changes in the mails to come that a page lists
SOURCE = "Bổ sung trong năm"  # where an activity that a form adds stands in the plan, in the plan's own language


@router.get("/years/{cycle}/plan")
def plan(visit: Here) -> Response:
    """Show the plan in words, and take a changed file."""
    return show(visit)


def show(visit: Visit, *, status: int = 200, faults: Faults | None = None, refused: PlanRefused | None = None) -> Response:
    """Return the plan's page; ``refused``: why a file that was handed in is none."""
    current, quarters = queries.plan_of(visit.cycle), defaultdict(list)
    for activity in sorted(current.activities, key=lambda each: (each.quarter is None, each.quarter or 0)):
        quarters[activity.quarter].append(plan_words.of_activity(current, activity))
    return page(
        visit, "plan", status=status, plan=current, quarters=quarters, policies=plan_words.policies(current),
        ladder=plan_words.ladder(current), faults=faults or Faults(), refused=refused,
    )  # fmt: skip


@router.get("/years/{cycle}/plan/file")
def plan_file(visit: Here) -> Response:
    """Give the plan as a file that can be changed and handed in again."""
    return download(text_of(queries.plan_of(visit.cycle)).encode(), f"{visit.cycle.key}.yaml")


@router.post("/years/{cycle}/plan/file")
def take_file(visit: Here, form: Posted) -> Response:
    """Take a changed plan file and lead to what it would change, or to its faults."""
    chosen = file(form, "file")
    if chosen is None:
        return show(visit, status=422, faults=Faults({"file": say("Choose a file to send.")}))
    try:
        return propose(visit, read_text(chosen.filename or "", chosen.file.read()))
    except PlanRefused as refusal:
        return show(visit, status=422, faults=Faults({"file": refusal.message}), refused=refusal)
    except NotAllowed as refusal:
        return show(visit, status=422, faults=Faults({"file": refusal.message}))


def propose(visit: Visit, changed: Plan) -> Response:
    """Keep a changed plan and lead to what it would change.

    Raises:
        NotAllowed: it is of another year, or changes nothing.
    """
    with visit.work() as work:
        proposal = proposals.propose(work, visit.cycle, changed, visit.now)
    return to(f"/years/{visit.cycle.key}/plan/proposals/{proposal.id}")


@router.get("/years/{cycle}/plan/proposals/{proposal}")
def proposal(visit: Here, proposal: str) -> Response:
    """Show what a changed plan would change."""
    return _shown(visit, proposal)


def _shown(visit: Visit, name: str, *, status: int = 200, faults: Faults | None = None) -> Response:
    with visit.work() as work:
        kept = proposals.proposal_of(work.session, visit.cycle, name)
        found = proposals.shown(work, visit.cycle, kept, visit.now)
    changes = [plan_words.change(each) for each in found.changes]
    return page(
        visit, "plan-proposal", status=status, changes=changes, agreed=found.agreed, by=found.by, faults=faults or Faults(),
        mails=[mail_words.change(each) for each in found.mails[:MOST_MAILS]], count=len(found.mails),
    )  # fmt: skip


@router.post("/years/{cycle}/plan/proposals/{proposal}")
def apply(visit: Here, proposal: str, form: Posted) -> Response:
    """Apply a changed plan; where it changes what was agreed on, only with a reason."""
    because = line(form, "because")
    with visit.work() as work:
        kept = proposals.proposal_of(work.session, visit.cycle, proposal)
        lacks_reason = bool(proposals.asking_reason(work, visit.cycle, kept)) and not because
        if not lacks_reason:
            proposals.apply_proposal(work, visit.cycle, kept, visit.now, because)
    if lacks_reason:
        return _shown(visit, proposal, status=422, faults=Faults({"because": NO_REASON}))
    return to(f"/years/{visit.cycle.key}/plan", note="plan-applied")


@router.get("/years/{cycle}/plan/activities")
def new_activity(visit: Here) -> Response:
    """Ask what is to be done in this year beside what the plan has."""
    return _activity(visit, {"quarter": "", "kind": ActivityKind.REPORT.value, "actors": Actors.ALL.value, "how": BY})


@router.post("/years/{cycle}/plan/activities")
def add_activity(visit: Here, form: Posted) -> Response:
    """Add an activity to the plan: it is looked at as every change of it."""
    typed = {name: line(form, name) for name in (*FIELDS, "how", "day")}
    entry = {**{name: typed[name] for name in FIELDS}, "deadline": _deadline(typed), "source": typed["source"] or SOURCE}
    try:
        return propose(visit, with_activity(queries.plan_of(visit.cycle), entry))
    except PlanRefused as refusal:
        return _activity(visit, typed, status=422, faults=_faults(refusal))


FIELDS = ("code", "title", "short", "kind", "quarter", "actors", "opens", "source")


def _activity(visit: Visit, typed: Mapping[str, str], *, status: int = 200, faults: Faults | None = None) -> Response:
    return page(
        visit, "plan-activity", status=status, typed=defaultdict(str, typed), kinds=plan_words.KINDS.items(),
        actors=plan_words.ACTORS.items(), quarters=list(Quarter), faults=faults or Faults(),
    )  # fmt: skip


def _deadline(typed: Mapping[str, str]) -> Mapping[str, str] | None:
    return deadline_of(BEFORE if typed["how"] == BEFORE else BY, typed["day"])


def _faults(refusal: PlanRefused) -> Faults:
    """Return what is wrong by the form's fields: a deadline is typed as a day."""
    found = faults_by_key(refusal)
    return Faults({{"deadline": "day", "": "title"}.get(key, key): message for key, message in found.items()})


@router.get("/years/{cycle}/plan/activities/{activity}")
def dates(visit: Here, activity: str) -> Response:
    """Ask for other dates of an activity."""
    found = queries.plan_of(visit.cycle).activity(activity)
    if found is None:
        raise nothing_here()
    day = found.deadline.date.isoformat() if found.deadline else ""
    how = BEFORE if found.deadline and found.deadline.before else BY
    return _dates(visit, activity, {"how": how, "day": day, "opens": found.opens.isoformat() if found.opens else ""})


@router.post("/years/{cycle}/plan/activities/{activity}")
def move(visit: Here, activity: str, form: Posted) -> Response:
    """Give an activity other dates: it is looked at as every change of the plan."""
    typed = {name: line(form, name) for name in ("how", "day", "opens")}
    if queries.plan_of(visit.cycle).activity(activity) is None:
        raise nothing_here()
    try:
        return propose(visit, with_dates(queries.plan_of(visit.cycle), activity, _deadline(typed), typed["opens"]))
    except PlanRefused as refusal:
        return _dates(visit, activity, typed, status=422, faults=_faults(refusal))


def _dates(visit: Visit, code: str, typed: Mapping[str, str], *, status: int = 200, faults: Faults | None = None) -> Response:
    found = queries.plan_of(visit.cycle).activity(code)
    return page(visit, "plan-dates", status=status, activity=found, typed=typed, faults=faults or Faults())
