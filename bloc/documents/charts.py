"""A version of the ranking in charts: SVG for pages, PNG for documents. The same result gives the same bytes.

They are drawn on white, also on a dark page. Okabe and Ito's colours; a shape or a number says the same as each.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from io import BytesIO
from textwrap import wrap
from threading import Lock
from typing import Any

from bloc.documents.chart_style import AROUND, BLUE, INK, LINE, ORANGE, ROW, STYLE, WIDTH, name_rows
from bloc.documents.chart_years import draw_timeline, draw_years
from bloc.documents.result_table import Line, ResultTable
from bloc.language import in_use, points, rounded, say
from bloc.rules.criteria import THOUSANDTHS

NARROW = 11  # signs of a unit's name above a column
MIDDLE = 0.5  # of the colours: writing is dark on what is lighter
KEPT = 40  # charts: all of a few versions, in two languages
DRAWING = Lock()  # matplotlib's settings are the process's
TOLD = {
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
}  # what a file would say of when and by what it was drawn


class Chart(StrEnum):
    """What a chart shows."""

    DOTS = "dots"  # each unit's totals, by who gave them
    PEERS = "peers"  # what units gave themselves against what the others gave them
    HEAT = "heat"  # the matrix of totals
    TIMELINE = "timeline"  # when reports and sheets came, by their deadlines
    YEARS = "years"  # ranks and scores of this year and of former ones


def charts_of(table: ResultTable) -> list[Chart]:
    """Return the charts that there is something to draw in."""
    empty = {Chart.TIMELINE: not table.timings, Chart.YEARS: not table.former}
    return [chart for chart in Chart if not empty.get(chart)]


def size_of(chart: Chart, table: ResultTable) -> tuple[float, float]:
    """Return how wide and how high a chart is, in inches."""
    legend = 0.25 * len({timing.activity for timing in table.timings}) if chart is Chart.TIMELINE else 0
    return WIDTH, AROUND + ROW * len(table.lines) + legend


def draw(chart: Chart, table: ResultTable, kind: str = "svg") -> bytes:
    """Return a chart of a version of the ranking, in the language in use; it is kept for whoever asks for the same next.

    A unit without a sheet of its own has no self-score there. Totals are in points, units in the order of the ranking.

    Args:
        kind: ``svg``, or ``png``.
    """
    return _drawn(chart, table, kind, in_use())


@lru_cache(maxsize=KEPT)
def _drawn(chart: Chart, table: ResultTable, kind: str, _language: str) -> bytes:
    import matplotlib as mpl  # heavy, and wanted only where a chart is drawn
    from matplotlib.figure import Figure

    with DRAWING, mpl.rc_context(STYLE):
        figure = Figure(figsize=size_of(chart, table), layout="constrained")
        DRAWN[chart](figure.add_subplot(), table)
        target = BytesIO()
        figure.savefig(target, format=kind, dpi=200, metadata=TOLD[kind])
    return target.getvalue()


def _dots(axes: Any, table: ResultTable) -> None:
    for row, line in enumerate(table.lines):
        given = [_points(table.total(scorer, line.unit)) for scorer in table.scorers if scorer != line.unit]
        axes.scatter(given, [row] * len(given), s=64, color=BLUE, alpha=0.55, lw=0, zorder=2, label=str(say("others")))
        _own(axes, row, line)
        score = [float(line.score)] * 2
        axes.plot(score, [row - 0.3, row + 0.3], color=INK, lw=2, zorder=4, label=str(say("score")))
    _by_unit(axes, table)


def _peers(axes: Any, table: ResultTable) -> None:
    for row, line in enumerate(table.lines):
        own, mean = line.self_total, line.cross_mean
        if mean is not None:
            axes.scatter([float(mean)], [row], s=80, color=BLUE, zorder=2, label=str(say("mean of the others")))
        if own is not None and mean is not None:
            ends = [_points(own), float(mean)]
            axes.plot(ends, [row, row], color=INK, lw=1.5, alpha=0.5, zorder=1)
            gap = Fraction(own, THOUSANDTHS) - mean
            said = f"{'+' if gap > 0 else ''}{rounded(gap, table.decimals)}"
            axes.annotate(said, (max(ends), row), (10, -4), textcoords="offset points")
        _own(axes, row, line)
    _by_unit(axes, table)


def _own(axes: Any, row: int, line: Line) -> None:
    if line.self_total is not None:
        shape = {"s": 80, "marker": "D", "facecolors": "none", "edgecolors": ORANGE, "linewidths": 2, "zorder": 3}
        axes.scatter([_points(line.self_total)], [row], **shape, label=str(say("itself")))


def _by_unit(axes: Any, table: ResultTable) -> None:
    """Set a row for each unit, the best on top, and a legend below."""
    name_rows(axes, [table.members[line.unit] for line in table.lines])
    axes.set_xlabel(str(say("points")))
    axes.margins(x=0.08)
    axes.grid(axis="x", color=LINE)
    axes.xaxis.set_major_formatter(lambda value, _: points(round(value * THOUSANDTHS)))
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(length=0)
    handles, labels = axes.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))  # the first row may lack one of them
    axes.figure.legend(once.values(), once.keys(), loc="outside lower center", ncols=3, frameon=False)


def _heat(axes: Any, table: ResultTable) -> None:
    scorers = [code for code in table.members if code in table.scorers]
    totals = [[table.total(scorer, line.unit) for scorer in scorers] for line in table.lines]
    image = axes.imshow([[_points(total) for total in row] for row in totals], cmap="cividis", aspect="auto")
    for row, line in enumerate(table.lines):
        for column, scorer in enumerate(scorers):
            light = image.norm(_points(totals[row][column])) > MIDDLE
            own = {"fontweight": "bold"} if scorer == line.unit else {}
            axes.text(
                column, row, points(totals[row][column]), ha="center", va="center", color=INK if light else "white", **own
            )
    name_rows(axes, [table.members[line.unit] for line in table.lines])
    names = ["\n".join(wrap(table.members[scorer], NARROW)) for scorer in scorers]
    axes.set_xticks(range(len(scorers)), names, fontsize=8)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xlabel(str(say("scores given by")))
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)


def _points(thousandths: int) -> float:
    return thousandths / THOUSANDTHS


DRAWN: Mapping[Chart, Callable[[Any, ResultTable], None]] = {
    Chart.DOTS: _dots,
    Chart.PEERS: _peers,
    Chart.HEAT: _heat,
    Chart.TIMELINE: draw_timeline,
    Chart.YEARS: draw_years,
}
