"""The ranking as a table for the terminal."""

from rich.table import Table

from bloc.documents.result_table import Line, ResultTable
from bloc.language import _, points, rounded

UNIT, NUMBERS = 1, (0, 2, 3, 4)  # places of the columns
NARROW = 60  # columns of a terminal below which the table leaves no space beside its lines


def ranking_table(table: ResultTable, width: int) -> Table:
    """Return a result as a table: rank, unit, self-score, mean of cross-scores, score, and which are tied.

    ``width`` is the terminal's, in columns. Numbers are never cut; the names of the units and the headings fold.
    """
    grid = Table(title=title(table), title_style="bold", title_justify="left", padding=(0, int(width >= NARROW)))
    headings = (_("Rank"), _("Unit"), _("Self-score"), _("Mean of cross-scores"), _("Score"), _("Tie"))
    rows = [_row(table, line) for line in table.lines]
    for place, heading in enumerate(headings):
        if place == UNIT:
            grid.add_column(heading, overflow="fold")
        else:
            least = max((len(row[place]) for row in rows), default=1) if place in NUMBERS else None
            grid.add_column(heading, justify="right", overflow="fold", min_width=least)
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
