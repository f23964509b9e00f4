"""A version of the ranking in three charts, as SVG for pages and documents. The same result gives the same bytes.

They are drawn on white, also on a dark page. Okabe and Ito's colours; a shape or a number says the same as each.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from io import BytesIO
from textwrap import wrap
from threading import Lock
from typing import Any

from bloc.documents.result_table import Line, ResultTable
from bloc.language import points, rounded, say
from bloc.rules.criteria import THOUSANDTHS

BLUE, ORANGE, INK, LINE = "#0072b2", "#d55e00", "#16202b", "#d5dce3"
WIDTH = 8.4  # inches
ROW = 0.62  # inches that a unit takes
AROUND = 1.5  # inches above and below the rows
NAME = 26  # signs of a unit's name on a line
NARROW = 11  # signs of it above a column
MIDDLE = 0.5  # of the colours: writing is dark on what is lighter
STYLE: Any = {
    "svg.hashsalt": "bloc",  # else the ids in the file are drawn by lot
    "svg.fonttype": "path",  # a document's reader may lack the font
    "font.family": "DejaVu Sans",  # comes with matplotlib, and has the Vietnamese letters
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": LINE,
    "xtick.color": INK,
    "ytick.color": INK,
}
DRAWING = Lock()  # matplotlib's settings are the process's


class Chart(StrEnum):
    """What a chart shows."""

    DOTS = "dots"  # each unit's totals, by who gave them
    HEAT = "heat"  # the matrix of totals
    PEERS = "peers"  # what units gave themselves against what the others gave them


def size_of(table: ResultTable) -> tuple[float, float]:
    """Return how wide and how high a chart is, in inches."""
    return WIDTH, AROUND + ROW * len(table.lines)


def draw(chart: Chart, table: ResultTable) -> bytes:
    """Return a chart of a version of the ranking as SVG, in the language in use.

    A unit without a sheet of its own has no self-score there. Totals are in points, units in the order of the ranking.
    """
    import matplotlib as mpl  # heavy, and wanted only where a chart is drawn
    from matplotlib.figure import Figure

    with DRAWING, mpl.rc_context(STYLE):
        figure = Figure(figsize=size_of(table), layout="constrained")
        DRAWN[chart](figure.add_subplot(), table)
        target = BytesIO()
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
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
    _name_rows(axes, [table.members[line.unit] for line in table.lines])
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
    _name_rows(axes, [table.members[line.unit] for line in table.lines])
    names = ["\n".join(wrap(table.members[scorer], NARROW)) for scorer in scorers]
    axes.set_xticks(range(len(scorers)), names, fontsize=8)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xlabel(str(say("scores given by")))
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)


def _name_rows(axes: Any, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), ["\n".join(wrap(name, NAME)) for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)  # the first on top


def _points(thousandths: int) -> float:
    return thousandths / THOUSANDTHS


DRAWN: Mapping[Chart, Callable[[Any, ResultTable], None]] = {Chart.DOTS: _dots, Chart.HEAT: _heat, Chart.PEERS: _peers}
