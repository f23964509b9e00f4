"""`bloc result`: the ranking, as a table, as data, as a workbook."""

import csv
import io
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from bloc import queries
from bloc.actions.publishing import check_is_shown
from bloc.actions.result_tables import result_table
from bloc.cli.door import CycleName, window, write_bytes
from bloc.documents.charts import charts_of, draw
from bloc.documents.improvement_workbook import make_improvement_workbook
from bloc.documents.ranking_table import improvement_table, ranking_table, robustness_lines
from bloc.documents.result_table import ResultTable
from bloc.documents.result_workbook import make_result_workbook
from bloc.errors import NotAllowed, NotFound
from bloc.language import points, rounded, say


def result(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV, with the matrix of totals.")] = False,
    xlsx: Annotated[Path | None, typer.Option(help="Write the result workbook there, or with --unit that unit's own.")] = None,
    robustness: Annotated[bool, typer.Option("--robustness", help="How well the ranking stands.")] = False,
    charts: Annotated[Path | None, typer.Option(help="Write its charts into that folder, as SVG and PNG.")] = None,
    unit: Annotated[str | None, typer.Option(help="Where this unit gained and lost, as far as it may see that.")] = None,
    cycle: CycleName = None,
) -> None:
    """Show the newest version of the ranking."""
    if sum(map(bool, (as_json, as_csv, xlsx and not unit, robustness, charts, unit))) > 1:
        raise NotAllowed(say("Please choose one of: --json, --csv, --xlsx, --robustness, --charts, --unit."))
    with window() as session:
        found = queries.cycle_by_key(session, cycle)
        if unit:
            check_is_shown(session, found, queries.unit_by_code(session, found, unit))
        newest = queries.published_result(session, found.id) if unit else queries.latest_result(session, found.id)
        if newest is None:
            raise NotFound(say("There is no result yet; `bloc status` says what is missing."))
        table = result_table(session, found, newest)
    if xlsx:
        write_bytes(xlsx, make_improvement_workbook(table, unit) if unit else make_result_workbook(table))
        typer.echo(say("Written: {path}", path=str(xlsx)))
    elif charts:
        _write_charts(charts, table)
    elif as_json:
        typer.echo(json.dumps(as_data(table), ensure_ascii=False, indent=2))
    elif as_csv:
        typer.echo(as_lines(table), nl=False)
    else:
        from rich.console import Console  # heavy, and only for people

        console = Console()
        if robustness:
            console.print(*robustness_lines(table, console.width), sep="\n\n", highlight=False, markup=False)
        elif unit:
            console.print(improvement_table(table, unit, console.width))
        else:
            console.print(ranking_table(table, console.width))


def _write_charts(folder: Path, table: ResultTable) -> None:
    for chart in charts_of(table):
        for kind in ("svg", "png"):
            path = folder / f"{chart}.{kind}"
            write_bytes(path, draw(chart, table, kind))
            typer.echo(say("Written: {path}", path=str(path)))


def as_data(table: ResultTable) -> dict[str, Any]:
    """Return a result as plain data; scores exact, as fractions."""
    return {
        "year": table.year, "version": table.version, "state": "provisional" if table.provisional else "final",
        "sheets": len(table.scorers), "members": len(table.members),
        "standings": [
            {"unit": line.unit, "rank": line.rank, "tied": line.tied, "score": str(line.score),
             "shown": rounded(line.score, table.decimals)}
            for line in table.lines
        ],
    }  # fmt: skip


def as_lines(table: ResultTable) -> str:
    """Return a result as CSV: unit, self total, what each scorer gave, exact and shown score, rank.

    Numbers have a decimal point; equals stand in the order of their codes.
    """
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(
        ["unit", "self_total", *(f"by_{code}" for code in table.scorers), "score_exact", f"score_{table.decimals}dp", "rank"]
    )
    for line in sorted(table.lines, key=lambda line: (line.rank, line.unit)):
        given = [_plain(table.total(scorer, line.unit)) for scorer in table.scorers]
        own = _plain(line.self_total) if line.self_total is not None else ""
        shown = rounded(line.score, table.decimals).replace(",", ".")
        out.writerow([line.unit, own, *given, line.score, shown, line.rank])
    return text.getvalue()


def _plain(thousandths: int) -> str:
    return points(thousandths).replace(",", ".")
