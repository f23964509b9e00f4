"""What the secretary starts by hand: through Prefect where it runs; where it does not, by the same actions."""

from fastapi import APIRouter, Response

from bloc import queries
from bloc.actions.aggregation import claim_if_due
from bloc.actions.by_hand import carry_out, check_startable
from bloc.enums import CycleMode, Trigger
from bloc.language import say
from bloc.portal import run_words
from bloc.portal.access import Here
from bloc.portal.door import Visit
from bloc.portal.forms import Faults, Posted, line
from bloc.portal.pages import page, to
from bloc.prefect_runs import PrefectAway, PrefectRuns, Run

router = APIRouter()


@router.get("/years/{cycle}/runs")
def runs(visit: Here) -> Response:
    """Show what can be started, and how the last runs of each went."""
    return _runs(visit)


def _runs(visit: Visit, *, status: int = 200, faults: Faults | None = None) -> Response:
    latest = _latest(visit)
    return page(
        visit, "runs", status=status, faults=faults or Faults(), replayed=visit.cycle.mode is not CycleMode.LIVE,
        away=latest is None, latest=latest or {}, triggers=run_words.TRIGGERS, states=run_words.STATES,
    )  # fmt: skip


def _latest(visit: Visit) -> dict[Trigger, list[Run]] | None:
    """Return the last runs of each kind; None where Prefect is not reachable."""
    prefect = PrefectRuns.of(visit.portal.settings)
    try:
        return {trigger: prefect.latest(trigger, visit.cycle.key, visit.moment) for trigger in Trigger}
    except PrefectAway:
        return None


@router.post("/years/{cycle}/runs")
def start(visit: Here, form: Posted) -> Response:
    """Have it done now; what needs no mail is done here and at once where Prefect is not reachable."""
    asked = line(form, "trigger")
    if asked not in set(Trigger):
        return _runs(visit, status=422, faults=Faults({"trigger": say("Choose what is to be started.")}))
    check_startable(visit.cycle)
    return to(f"/years/{visit.cycle.key}/runs", note=_started(visit, Trigger(asked)))


def _started(visit: Visit, trigger: Trigger) -> str:
    if trigger is Trigger.AGGREGATE:
        with visit.work() as work:  # the run carries out claims; this one, too, after a result that is final
            claim_if_due(work, queries.locked(work.session, visit.cycle.id), visit.now, late=False)
    try:
        PrefectRuns.of(visit.portal.settings).start(trigger, visit.cycle.key, visit.moment)
    except PrefectAway:
        with visit.work() as work:
            done = carry_out(work, queries.locked(work.session, visit.cycle.id), trigger, visit.now, visit.portal.settings)
        said = run_words.TRIGGERS[trigger]
        return said.done if done else said.nothing
    return "run-asked"
