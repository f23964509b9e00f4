"""The ranking as a table for the terminal, and how well it stands."""

from collections.abc import Container, Iterator, Sequence

from rich.table import Table

from bloc.documents.result_table import Line, ResultTable
from bloc.documents.robustness_report import improvement, robustness_report
from bloc.language import _, points, rounded

NUMBERS = (0, 2, 3, 4)  # places of the columns
NARROW = 60  # columns of a terminal below which the table leaves no space beside its lines


def ranking_table(table: ResultTable, width: int) -> Table:
    """Return a result as a table: rank, unit, self-score, mean of cross-scores, score, and which are tied.

    ``width`` is the terminal's, in columns. Numbers are never cut; the names of the units and the headings fold.
    """
    headings = (_("Rank"), _("Unit"), _("Self-score"), _("Mean of cross-scores"), _("Score"), _("Tie"))
    return _grid(title(table), headings, [_row(table, line) for line in table.lines], NUMBERS, width)


def robustness_lines(table: ResultTable, width: int) -> Iterator[str | Table]:
    """Yield how well a result stands: what to know at once, then each table and the sentences that explain its columns."""
    report = robustness_report(table)
    yield title(table)
    yield "\n".join(f"- {finding}" for finding in report.findings)
    for part in report.parts:
        yield _grid(part.title, part.columns, part.rows, range(1, len(part.columns)), width)
        yield "\n".join(part.notes)


def improvement_table(table: ResultTable, unit: str, width: int) -> Table:
    """Return where a unit gained and lost against the bloc's mean, by groups of criteria, as a table."""
    headings = (_("Group of criteria"), _("Maximum"), _("Your unit"), _("Mean of all units"), _("Difference"))
    rows = [(f"{each.code}. {each.title}", each.maximum, each.score, each.mean, each.gain) for each in improvement(table, unit)]
    return _grid(table.members[unit], headings, rows, range(1, len(headings)), width)


def _grid(name: str, headings: Sequence[str], rows: Sequence[tuple[str, ...]], numbers: Container[int], width: int) -> Table:
    """Return a table in which the columns of ``numbers`` are never cut; the others and the headings fold."""
    grid = Table(title=name, title_style="bold", title_justify="left", padding=(0, int(width >= NARROW)))
    for place, heading in enumerate(headings):
        number = place in numbers
        least = max((len(row[place]) for row in rows), default=1) if number else None
        grid.add_column(heading, justify="right" if number else "left", overflow="fold", min_width=least)
    for row in rows:
        grid.add_row(*row)
    return grid


def _row(table: ResultTable, line: Line) -> tuple[str, ...]:
    own = points(line.self_total) if line.self_total is not None else "-"
    cross = rounded(line.cross_mean, table.decimals) if line.cross_mean is not None else "-"
    tied = _("tied") if line.tied else ""
    return str(line.rank), table.members[line.unit], own, cross, rounded(line.score, table.decimals), tied


def title(table: ResultTable) -> str:
    """Return what a ranking is of, and whether it is final."""
    k, n = len(table.scorers), len(table.members)
    state = _("PROVISIONAL, {k}/{n} sheets").format(k=k, n=n) if table.provisional else _("final")
    return _("Ranking {year}, version {version}: {state}").format(year=table.year, version=table.version, state=state)
