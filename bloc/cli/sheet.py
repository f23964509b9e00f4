"""`bloc sheet`: the score workbook of a unit: made, checked, and marked."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlmodel import Session

from bloc import clock, files, queries
from bloc.actions.punctuality import records_of
from bloc.actions.reading import last_sheet, sheet_of
from bloc.actions.withheld import withheld
from bloc.cli.door import CycleName, UnitCode, read_bytes, window, write_form, write_marked
from bloc.errors import NotAllowed
from bloc.language import LANGUAGES, points, say, told_in
from bloc.settings import Settings
from bloc.sheets.apart import read_apart
from bloc.sheets.findings import Finding, Reading
from bloc.sheets.form import Form, totals_of
from bloc.sheets.write import make_sheet, mark_sheet
from models import Cycle

app = typer.Typer(no_args_is_help=True, help="The score workbook of a unit.")
Out = Annotated[Path | None, typer.Option(help="Where to write it.")]


@app.command()
def make(unit: UnitCode, out: Out = None, cycle: CycleName = None) -> None:
    """Write the score workbook of a unit: its self sheet and its cross sheet, empty."""
    with window() as session:
        year = queries.cycle_by_key(session, cycle)
        form, records = sheet_of(session, year, unit), records_of(session, year, queries.now_of(year, clock.now()))
    target = out or Path(f"bang-cham-diem-{form.cycle}-{form.unit}.xlsx")
    write_form(target, make_sheet(form, records=records))
    typer.echo(say("Written: {path}", path=str(target)))


@app.command()
def check(
    file: Path,
    unit: UnitCode,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    cycle: CycleName = None,
) -> None:
    """Read a score workbook and hand nothing in; exit status 1 if it has faults, with every one by its place."""
    data = read_bytes(file, Settings().upload_limit)
    with window() as session:
        form = sheet_of(session, queries.cycle_by_key(session, cycle), unit)
    reading = read_apart(data, form)
    if as_json:
        typer.echo(json.dumps(_for_machines(form, reading, data), ensure_ascii=False, indent=2))
    else:
        _tell(form, reading)
    raise typer.Exit(1 if reading.faults else 0)


def _tell(form: Form, reading: Reading) -> None:
    for remark in reading.remarks:
        typer.echo(f"  ({remark})")
    for fault in reading.faults:
        typer.echo(f"  - {fault}", err=True)
    if reading.faults:
        typer.echo(say("Faults: {count}. It would be refused.", count=len(reading.faults)), err=True)
        return
    typer.echo(say("It has no faults. The totals read:"))
    for code, total in _totals(form, reading).items():
        typer.echo(f"  {form.members[code]}: {points(total)}")


def _totals(form: Form, reading: Reading) -> dict[str, int]:
    """Return what each unit is given in all, in thousandths of a point, the scorer first."""
    return totals_of(reading.points, (form.unit, *form.others))


def _for_machines(form: Form, reading: Reading, data: bytes) -> dict[str, Any]:
    return {
        "cycle": form.cycle,
        "unit": form.unit,
        "sha256": files.digest_of(data),
        "accepted": not reading.faults,
        "faults": _findings(reading.faults),
        "remarks": _findings(reading.remarks),
        "totals": {} if reading.faults else _totals(form, reading),
        "points": [
            {"unit": code, "criterion": criterion, "thousandths": value} for (code, criterion), value in reading.points.items()
        ],
        "notes": [{"criterion": code, "kind": note.name.lower(), "text": text} for (code, note), text in reading.notes.items()],
    }


def _findings(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    return [
        {
            "place": str(each.place),
            "sheet": each.place.sheet,
            "cell": each.place.cell,
            "criterion": each.place.criterion,
            "unit": each.place.unit,
            **{language: told_in(language, str, each.message) for language in LANGUAGES},
        }
        for each in findings
    ]


@app.command()
def mark(
    unit: UnitCode,
    file: Annotated[Path | None, typer.Argument(help="By default, the sheet that the unit sent last.")] = None,
    out: Out = None,
    cycle: CycleName = None,
) -> None:
    """Write the marked copy of a score workbook: all that the unit wrote, and each fault at its cell."""
    given = read_bytes(file, Settings().upload_limit) if file else None
    with window() as session:
        found = queries.cycle_by_key(session, cycle)
        form = sheet_of(session, found, unit)
        data = _sent(session, found, unit) if given is None else given
    reading = read_apart(data, form)
    if not reading.faults:
        typer.echo(say("It has no faults: there is nothing to mark."))
        return
    name = f"{file.stem}-can-sua.xlsx" if file else f"bang-cham-diem-{form.cycle}-{form.unit}-can-sua.xlsx"
    write_marked(out or (file.with_name(name) if file else Path(name)), mark_sheet(form, reading))


def _sent(session: Session, cycle: Cycle, unit: str) -> bytes:
    """Return the sheet that a unit sent last, if whoever sits at this door, the secretary, may read it."""
    sheet, of = last_sheet(session, cycle, unit), queries.unit_by_code(session, cycle, unit)
    if (why := withheld(session, cycle, reader=queries.leading_unit(session, cycle.id), of=of)) is not None:
        raise NotAllowed(why)
    return files.read(session, sheet.sha256)
