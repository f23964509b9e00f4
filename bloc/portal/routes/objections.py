"""Published cross-scores that units contest: raised and answered on a unit's page, read on the secretary's."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Response
from sqlmodel import Session

from bloc import files, queries
from bloc.actions import objections as acts
from bloc.actions.contested import Contested, contested, contested_by, is_late_answer, is_published, of_unit, state
from bloc.actions.objection_window import window_of
from bloc.actions.objection_words import said
from bloc.actions.objections import Evidence, points_typed
from bloc.actions.publishing import given_to, seen_by
from bloc.actions.result_tables import result_table
from bloc.documents.result_table import ResultTable
from bloc.enums import CrossScoresSeen, ObjectionState
from bloc.errors import NotAllowed, NotFound
from bloc.language import say
from bloc.portal.access import Here
from bloc.portal.door import Visit
from bloc.portal.downloads import download
from bloc.portal.forms import Faults, Posted, file, line, text, too_long
from bloc.portal.pages import page, to
from bloc.portal.words import Look, Tag
from bloc.rules.objections import Window

router = APIRouter()

LOOKS: Mapping[ObjectionState, Look] = {
    ObjectionState.OPEN: Look.SOON,
    ObjectionState.CONFIRMED: Look.DONE,
    ObjectionState.CORRECTED: Look.DONE,
    ObjectionState.NOT_ANSWERED: Look.LATE,
}


@dataclass(frozen=True)
class Shown:
    """An objection as a page shows it: ``to`` is what it is corrected to, where its reader may know that."""

    each: Contested
    tag: Tag
    late: bool
    to: int | None
    asked: bool = False  # the page's unit is to answer it


def _shown(session: Session, visit: Visit, each: Contested, window: Window | None, *, own: bool) -> Shown:
    found = state(each, window, visit.now)
    to = each.objection.corrected_to if own or is_published(session, each) else None
    mine = own and each.giver.id == visit.unit.id and each.objection.answer is None
    counts = window is not None and each.objection.raised_at >= window.opened_at
    return Shown(each, Tag(LOOKS[found], said(found)), is_late_answer(each, window), to, mine and counts)


@router.get("/years/{cycle}/units/{unit}/objections")
def objections(visit: Here) -> Response:
    """Show a unit what it was given by criterion, until when it may contest that, and the objections that it is part of."""
    return _show(visit)


def _show(visit: Visit, *, status: int = 200, faults: Faults | None = None, typed: Mapping[str, str] | None = None) -> Response:
    with visit.read() as session:
        window = window_of(session, visit.cycle)
        mine = [_shown(session, visit, each, window, own=True) for each in of_unit(session, visit.cycle, visit.unit)]
        table = _table(session, visit)
    given = given_to(table, visit.unit.code, CrossScoresSeen.MATRIX) if table else {}
    raised = [one for one in mine if one.each.unit.id == visit.unit.id]
    return page(
        visit,
        "objections",
        status=status,
        has_window=queries.plan_of(visit.cycle).objections is not None,
        window=window,
        is_open=window is not None and window.is_open(visit.now),
        table=table,
        given=given,
        givers=[table.members[scorer] for scorer in given] if table else [],
        contested={(one.each.giver.code, one.each.criterion.code) for one in raised},
        raised=raised,
        asked=[one for one in mine if one.each.giver.id == visit.unit.id],
        typed=typed or {},
        faults=faults or Faults(),
    )


def _table(session: Session, visit: Visit) -> ResultTable | None:
    newest = queries.published_result(session, visit.cycle.id)
    if newest is None or seen_by(session, visit.cycle, visit.unit) is not CrossScoresSeen.MATRIX:
        return None
    return result_table(session, visit.cycle, newest)


@router.get("/years/{cycle}/units/{unit}/objections/new")
def new(visit: Here, scorer: str = "", criterion: str = "") -> Response:
    """Show the form by which what one unit gave for one criterion is contested."""
    return _form(visit, scorer, criterion)


def _form(visit: Visit, scorer: str, criterion: str, faults: Faults | None = None, because: str = "") -> Response:
    with visit.read() as session:
        window, table = window_of(session, visit.cycle), _table(session, visit)
    given = given_to(table, visit.unit.code, CrossScoresSeen.MATRIX) if table else {}
    leaf = next((leaf for leaf in table.criteria if leaf.code == criterion), None) if table else None
    if window is None or not window.is_open(visit.now) or table is None or leaf is None or scorer not in given:
        return _show(visit, status=422 if faults else 200, faults=faults)
    return page(
        visit,
        "objection-new",
        status=422 if faults else 200,
        window=window,
        scorer=scorer,
        giver=table.members[scorer],
        leaf=leaf,
        given=given[scorer][criterion],
        because=because,
        megabytes=visit.portal.settings.upload_limit,
        faults=faults or Faults(),
    )


@router.post("/years/{cycle}/units/{unit}/objections")
def contest(visit: Here, form: Posted) -> Response:
    """Raise an objection."""
    scorer, criterion, because = line(form, "scorer"), line(form, "criterion"), text(form, "because")
    chosen = file(form, "evidence")
    evidence = Evidence(chosen.filename or "", chosen.file.read()) if chosen else None
    fault = too_long(because, acts.LONGEST_REASON) if because else say("Give the reason.")
    if fault is not None:
        return _form(visit, scorer, criterion, Faults({"because": fault}), because)
    try:
        with visit.work() as work:
            acts.raise_objection(
                work, visit.cycle, unit=visit.unit.code, scorer=scorer, criterion=criterion, because=because, now=visit.now,
                limit=visit.portal.settings.upload_limit, evidence=evidence,
            )  # fmt: skip
    except (NotAllowed, NotFound) as refusal:
        return _form(visit, scorer, criterion, Faults({"evidence": refusal.message}), because)
    return to(f"{visit.request.url.path}", note="contested")


@router.post("/years/{cycle}/units/{unit}/objections/answer")
def answer(visit: Here, form: Posted) -> Response:
    """Answer an objection: confirm the points, or correct them."""
    number = line(form, "number")
    because, given, what = (f"{name}-{number}" for name in ("because", "to", "answer"))
    faults, how = Faults(), line(form, what)
    reason, points = text(form, because), line(form, given)
    if how not in ("confirmed", "corrected"):
        faults.add(what, say("Choose whether the points are confirmed or corrected."))
    if (fault := too_long(reason, acts.LONGEST_REASON) if reason else say("Give the reason.")) is not None:
        faults.add(because, fault)
    if how == "corrected" and not points:
        faults.add(given, say("Enter the points that they are corrected to."))
    if not faults:
        _answer(visit, number, points if how == "corrected" else None, reason, faults, given)
    if faults:
        return _show(visit, status=422, faults=faults, typed={because: reason, given: points, what: how})
    return to(f"{visit.request.url.path.removesuffix('/answer')}", note="objection-answered")


def _answer(visit: Visit, number: str, points: str | None, because: str, faults: Faults, given: str) -> None:
    with visit.read() as session:
        each = _found(session, visit, number)
    try:
        corrected = points_typed(visit.cycle, each.criterion, points) if points is not None else None
        with visit.work() as work:
            acts.answer(
                work, visit.cycle, each.objection.number, unit=visit.unit.code, because=because, now=visit.now,
                limit=visit.portal.settings.upload_limit, to=corrected,
            )  # fmt: skip
    except NotAllowed as refusal:
        faults.add(given, refusal.message)


def _found(session: Session, visit: Visit, number: str) -> Contested:
    return contested_by(session, visit.cycle, int(number) if number.isdecimal() and len(number) < 10 else 0, visit.unit)


@router.get("/years/{cycle}/units/{unit}/objections/evidence")
def evidence(visit: Here, number: str = "") -> Response:
    """Give the file that was sent with an objection to the two units that it is between."""
    with visit.read() as session:
        row = _found(session, visit, number).objection
        if row.evidence is None:
            raise NotFound(say("No file was sent with this objection."))
        return download(files.read(session, row.evidence), row.evidence_name or "")


@router.get("/years/{cycle}/objections")
def of_year(visit: Here) -> Response:
    """Show the secretary all objections; what is corrected to what only once it is published."""
    with visit.read() as session:
        window = window_of(session, visit.cycle)
        rows = [_shown(session, visit, each, window, own=False) for each in contested(session, visit.cycle)]
    has_window = queries.plan_of(visit.cycle).objections is not None
    return page(visit, "objections-of-year", window=window, rows=rows, has_window=has_window)
