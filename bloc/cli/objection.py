"""`bloc objection`: published cross-scores that units contest, and the answers."""

from pathlib import Path
from typing import Annotated

import typer

from bloc import clock, queries
from bloc.actions import objections
from bloc.actions.contested import Contested, contested, contested_by, is_late_answer, is_published, state
from bloc.actions.objection_window import window_of
from bloc.actions.objection_words import said
from bloc.actions.objections import Evidence, points_typed
from bloc.cli.door import Because, By, CycleName, UnitCode, desk, read_bytes, typed, window
from bloc.errors import NotAllowed
from bloc.language import clock_time, points, say, short_day
from bloc.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Cross-scores that units contest, and the answers.")


@app.command("list")
def list_objections(cycle: CycleName = None) -> None:
    """Show the objections of the year and how each stands, as far as it is published."""
    with window() as session:
        year = queries.cycle_by_key(session, cycle)
        now, open_ = queries.now_of(year, clock.now()), window_of(session, year)
        lines = [(each, state(each, open_, now), is_published(session, each)) for each in contested(session, year)]
    if open_ is None:
        typer.echo(say("No objection window is open: it opens when a final result is published, if the plan has one."))
    else:
        typer.echo(say("Objections are taken to the end of {day}.", day=short_day(open_.last_day)))
    for each, stands, published in lines:
        late = say("(late)") if is_late_answer(each, open_) else ""
        typer.echo(f"{each.objection.number}. {_what(each)}: {said(stands)} {late}".rstrip())
        reason = say("because: {because}", because=each.objection.because)
        typer.echo(f"   {reason}")
        if each.objection.answered_because:
            typer.echo(f"   {_answer(each, published=published)}")


def _what(each: Contested) -> str:
    given = points(each.objection.thousandths)
    what = say(
        "{unit}, points of {giver} for {criterion}: {points}",
        unit=each.unit.name, giver=each.giver.name, criterion=each.criterion.code, points=given,
    )  # fmt: skip
    return str(what)


def _answer(each: Contested, *, published: bool) -> str:
    row = each.objection
    moment = clock_time(row.answered_at) if row.answered_at else ""
    told = [say("corrected to {points}", points=points(row.corrected_to))] if published and row.corrected_to is not None else []
    told.append(say("answer of {moment}: {because}", moment=moment, because=row.answered_because or ""))
    return "; ".join(map(str, told))


@app.command("raise")
def raise_objection(
    unit: UnitCode,
    scorer: Annotated[str, typer.Option(help="Code of the unit that gave the points.", callback=typed)],
    criterion: Annotated[str, typer.Option(help="Code of the criterion.", callback=typed)],
    because: Because,
    evidence: Annotated[Path | None, typer.Option(help="A file that shows it: .pdf, .docx or a picture.")] = None,
    by: By = None,
    cycle: CycleName = None,
) -> None:
    """Contest what another unit gave a unit for a criterion, as published; the other is told and asked to answer."""
    shown = Evidence(evidence.name, read_bytes(evidence, Settings().upload_limit)) if evidence else None
    with desk(cycle, by) as at:
        row = objections.raise_objection(
            at.work, at.cycle, unit=unit, scorer=scorer, criterion=criterion, because=because, now=at.now,
            limit=at.settings.upload_limit, evidence=shown,
        )  # fmt: skip
        number = row.number
    typer.echo(say("Objection no. {number} is raised, and who gave the points is told.", number=number))


@app.command("answer")
def answer(
    number: int,
    unit: UnitCode,
    because: Because,
    confirm: Annotated[bool, typer.Option("--confirm", help="The points stand.")] = False,
    to: Annotated[str | None, typer.Option("--to", help="The points that they are corrected to.", callback=typed)] = None,
    by: By = None,
    cycle: CycleName = None,
) -> None:
    """Answer an objection as the unit that gave the points: confirm them, or correct them in a new version of its sheet."""
    if confirm == (to is not None):
        raise NotAllowed(say("Say one of both: --confirm, or --to POINTS."))
    with desk(cycle, by) as at:
        giver = queries.unit_by_code(at.work.session, at.cycle, unit)
        each = contested_by(at.work.session, at.cycle, number, giver)
        given = points_typed(at.cycle, each.criterion, to) if to is not None else None
        objections.answer(
            at.work, at.cycle, number, unit=unit, because=because, now=at.now, limit=at.settings.upload_limit, to=given
        )
    typer.echo(say("Objection no. {number} is answered, and who raised it is told.", number=number))
