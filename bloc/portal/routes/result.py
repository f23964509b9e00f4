"""The ranking: its versions, its charts, and the secretary's acts on it. Nothing of it is told before the own sheet counts."""

from fastapi import APIRouter, Response
from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions import aggregation, publishing
from bloc.actions.blocking import what_blocks
from bloc.actions.bundles import bundle
from bloc.actions.result_tables import result_table
from bloc.actions.scoring import Scoring, scoring_of
from bloc.actions.verification import first_difference
from bloc.actions.waiting import Waits, waiting
from bloc.actions.withheld import withheld
from bloc.db import Work
from bloc.documents.charts import Chart, charts_of, draw, size_of
from bloc.documents.result_table import ResultTable
from bloc.documents.result_workbook import make_result_workbook
from bloc.documents.robustness_report import robustness_report
from bloc.enums import CrossScoresSeen, DepositState
from bloc.errors import NotAllowed, NotFound
from bloc.language import Message, say
from bloc.portal.access import Here
from bloc.portal.door import Visit, nothing_here
from bloc.portal.downloads import download
from bloc.portal.forms import Faults, Posted, line
from bloc.portal.pages import page, to
from models import Deposit, Result

router = APIRouter()

# An SVG shown by itself is a document: it may have its own style, and nothing else.
IMAGE = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
CHARTS = {
    Chart.DOTS: say("Each unit's scores by who gave them: dots are the other units, the diamond is the unit itself."),
    Chart.PEERS: say("What each unit gave itself against the mean of what the others gave it."),
    Chart.HEAT: say("The matrix of totals: rows are scored, columns give the scores; a unit's own score stands in bold."),
    Chart.TIMELINE: say("How many days before or after its deadline each unit's reports and score sheet came."),
    Chart.YEARS: say("Ranks and scores from year to year, as they were published."),
}
SEEN = {
    CrossScoresSeen.MATRIX: say("what every unit gave it"),
    CrossScoresSeen.MEANS: say("each unit's own score and the mean of the others'"),
    CrossScoresSeen.NOBODY: say("of the sheets nothing more than the score"),
}


@router.get("/years/{cycle}/result")
def result(visit: Here, version: int | None = None) -> Response:
    """Show a version of the ranking, by default the newest, and what can be done next."""
    with visit.read() as session:
        versions = _versions(session, visit)
        scoring = scoring_of(session, visit.cycle)
        acts = {each.act: each.said for each in waiting(session, visit.cycle, visit.now, scoring)}
        hidden = _hidden(session, visit)
        shown = _chosen(versions, version) if versions else None
        table = result_table(session, visit.cycle, shown) if shown and not hidden else None
        again = _own_sheet_again(session, visit)
    return page(
        visit, "result", versions=versions, shown=shown, hidden=hidden, table=table, again=again,
        charts=_charts(table) if table else (), robustness=robustness_report(table) if table else None,
        has_window=queries.plan_of(visit.cycle).objections is not None,
        closes=Waits.CLOSE in acts, aggregates=Waits.AGGREGATE in acts, publishes=bool(versions) and _may_publish(scoring),
        reopens=bool(versions) and aggregation.may_reopen(versions[0]), blocks=list(what_blocks(scoring, visit.now)),
    )  # fmt: skip


def _charts(table: ResultTable) -> list[tuple[Chart, Message, int, int]]:
    """Return each chart with what it shows, and its size in pixels, so that the page keeps its place before it has come."""
    sizes = ((chart, size_of(chart, table)) for chart in charts_of(table))
    return [(chart, CHARTS[chart], round(96 * width), round(96 * height)) for chart, (width, height) in sizes]


def _versions(session: Session, visit: Visit) -> list[Result]:
    mine = select(Result).where(Result.cycle_id == visit.cycle.id)
    return list(session.exec(mine.order_by(col(Result.version).desc())))


def _chosen(versions: list[Result], version: int | None) -> Result:
    found = versions if version is None else [each for each in versions if each.version == version]
    if not found:
        raise NotFound(say("There is no result yet.") if version is None else say("There is no version {n}.", n=version))
    return found[0]


def _hidden(session: Session, visit: Visit) -> Message | None:
    """Return why whoever is there may not read what others have given (decision 14); None if they may."""
    assert visit.seat is not None
    return withheld(session, visit.cycle, reader=visit.seat.unit, of=None)


def _own_sheet_again(session: Session, visit: Visit) -> bool:
    """Return whether the secretary's own unit has sent another sheet after its first: others' points could be read by then."""
    if visit.seat is None:
        return False
    mine = [each.obligation.id for each in queries.owed(session, visit.cycle.id) if each.unit.id == visit.seat.unit.id]
    counted = select(Deposit).where(col(Deposit.obligation_id).in_(mine), Deposit.state == DepositState.ACCEPTED)
    sheets = queries.counted_sheets(session, visit.cycle.id).get(visit.seat.unit.id)
    return sheets is not None and any(
        each.obligation_id == sheets.obligation_id and each.version < sheets.version for each in session.exec(counted)
    )


def _may_publish(scoring: Scoring) -> bool:
    return scoring.holds and scoring.newest is not None and scoring.newest.published_at is None


def _readable(session: Session, visit: Visit, version: int | None) -> Result:
    """Return a version of the ranking, whose points may be read.

    Raises:
        NotFound: there is no such version.
        NotAllowed: the own sheet does not count yet.
    """
    shown = _chosen(_versions(session, visit), version)
    if (why := _hidden(session, visit)) is not None:
        raise NotAllowed(why)
    return shown


def _table(visit: Visit, version: int | None) -> ResultTable:
    """Return a version of the ranking with its points, if they may be read."""
    with visit.read() as session:
        return result_table(session, visit.cycle, _readable(session, visit, version))


@router.get("/years/{cycle}/result/charts/{chart}")
def chart(visit: Here, chart: str, version: int | None = None) -> Response:
    """Give a chart of a version of the ranking, as SVG."""
    table = _table(visit, version)
    if chart not in charts_of(table):
        raise nothing_here()
    return Response(draw(Chart(chart), table), media_type="image/svg+xml", headers=IMAGE)


@router.get("/years/{cycle}/result/workbook")
def workbook(visit: Here, version: int | None = None) -> Response:
    """Give the result workbook of a version of the ranking."""
    table = _table(visit, version)
    return download(make_result_workbook(table), f"ket-qua-{visit.cycle.key}-{table.version}.xlsx")


@router.get("/years/{cycle}/result/bundle")
def frozen(visit: Here, version: int | None = None) -> Response:
    """Give the frozen bundle of a version of the ranking."""
    with visit.read() as session:
        shown = _readable(session, visit, version)
        return download(bundle(session, visit.cycle, shown), f"goi-ket-qua-{visit.cycle.key}-{shown.version}.zip")


@router.get("/years/{cycle}/result/verification")
def verification(visit: Here) -> Response:
    """Make each version again from its stored inputs, and tell whether it is the same."""
    with visit.read() as session:
        found = [(each, first_difference(session, visit.cycle, each)) for each in _versions(session, visit)]
        hidden = _hidden(session, visit) is not None
    return page(visit, "verification", found=found, hidden=hidden)


@router.post("/years/{cycle}/result/aggregate")
def aggregate(visit: Here) -> Response:
    """Make a new version once all sheets are here; without some, lead to where the reason for that is asked for."""
    with visit.work() as work:
        if not scoring_of(work.session, visit.cycle).arrivals.complete:
            return to(f"/years/{visit.cycle.key}/result/close")
        aggregation.claim(work, visit.cycle, visit.now)
        return _made(visit, work)


def _made(visit: Visit, work: Work) -> Response:
    made = aggregation.aggregate_next(work, visit.now, visit.cycle.id)  # of an earlier claim too, whose event was lost
    return to(f"/years/{visit.cycle.key}/result", note="result-made" if made else "result-known")


@router.get("/years/{cycle}/result/close")
def ask_to_close(visit: Here) -> Response:
    """Ask for the reason to close the scoring without some sheets."""
    return _closing(visit)


def _closing(visit: Visit, faults: Faults | None = None) -> Response:
    with visit.read() as session:
        scoring = scoring_of(session, visit.cycle)
    names = {unit.code: unit.name for unit in scoring.plan.units}
    missing = [names[code] for code in scoring.arrivals.missing]
    allowed = bool(missing) and scoring.may_close(visit.now) and not scoring.is_made
    return page(
        visit, "result-close", status=422 if faults else 200, faults=faults or Faults(), missing=missing, allowed=allowed,
        here_are=len(scoring.arrivals.arrived), members=len(names),
    )  # fmt: skip


@router.post("/years/{cycle}/result/close")
def close(visit: Here, form: Posted) -> Response:
    """Close the scoring with the sheets that are here, for a reason."""
    reason = line(form, "because")
    if not reason:
        return _closing(visit, Faults({"because": say("Say why the scoring is closed without them: it stands on record.")}))
    with visit.work() as work:
        aggregation.close(work, visit.cycle, visit.now, reason)
        return _made(visit, work)


@router.get("/years/{cycle}/result/reopen")
def ask_to_reopen(visit: Here) -> Response:
    """Ask for the reason to take back that the scoring was closed."""
    return _reopening(visit)


def _reopening(visit: Visit, faults: Faults | None = None) -> Response:
    with visit.read() as session:
        newest = queries.latest_result(session, visit.cycle.id)
    if newest is None or not aggregation.may_reopen(newest):
        raise NotAllowed(say("There is no closing to take back: no result was made without some sheets, or it is published."))
    return page(visit, "result-reopen", status=422 if faults else 200, faults=faults or Faults(), newest=newest)


@router.post("/years/{cycle}/result/reopen")
def reopen(visit: Here, form: Posted) -> Response:
    """Take back that the scoring was closed without some sheets, for a reason."""
    reason = line(form, "because")
    if not reason:
        return _reopening(visit, Faults({"because": say("Say why the scoring is opened again: it stands on record.")}))
    with visit.work() as work:
        aggregation.reopen(work, visit.cycle, visit.now, reason)
    return to(f"/years/{visit.cycle.key}/result", note="reopened")


@router.get("/years/{cycle}/result/publish")
def ask_to_publish(visit: Here) -> Response:
    """Ask for confirmation: what is published every unit is told."""
    with visit.read() as session:
        scoring = scoring_of(session, visit.cycle)
    if scoring.newest is None:
        raise NotFound(say("There is no result yet."))
    return page(
        visit, "result-publish", newest=scoring.newest, allowed=_may_publish(scoring), units=len(scoring.plan.units),
        seen=SEEN[scoring.plan.policies.cross_scores_seen],
    )  # fmt: skip


@router.post("/years/{cycle}/result/publish")
def publish(visit: Here, form: Posted) -> Response:
    """Publish the version that was confirmed, if it is still the newest; a provisional one as such."""
    with visit.work() as work:
        publishing.publish(work, visit.cycle, visit.now, provisional=True, confirmed=line(form, "version"))
    return to(f"/years/{visit.cycle.key}/result", note="published")
