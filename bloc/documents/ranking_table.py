"""The ranking as a table for the terminal."""

from rich.table import Table

from bloc.documents.result_table import Line, ResultTable
from bloc.language import _, points, rounded


def ranking_table(table: ResultTable) -> Table:
    """Return a result as a table: rank, unit, self-score, mean of cross-scores, score, and which are tied."""
    grid = Table(title=title(table), title_style="bold", title_justify="left")
    unit = _("Unit")
    for heading in (_("Rank"), unit, _("Self-score"), _("Mean of cross-scores"), _("Score"), _("Tie")):
        grid.add_column(heading, justify="left" if heading == unit else "right")
    for line in table.lines:
        grid.add_row(*_row(table, line))
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
