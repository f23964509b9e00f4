"""How charts look: colours, sizes, the names of the units."""

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

BLUE, ORANGE, INK, LINE = "#0072b2", "#d55e00", "#16202b", "#d5dce3"
COLOURS = (BLUE, ORANGE, "#009e73", "#cc79a7", "#e69f00", "#56b4e9", INK)  # Okabe and Ito's, but for the yellow
MARKERS = "osD^vPX"
WIDTH = 8.4  # inches
ROW = 0.62  # inches that a unit takes
AROUND = 1.5  # inches above and below the rows
NAME, SMALL_NAME = 26, 32  # signs of a unit's name on a line, as written for the most part, and small
LINES = 3  # of a name that a row has room for
SMALL = 8  # points
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


def name_rows(axes: Any, names: Sequence[str]) -> None:
    """Set a row for each name, the first on top."""
    axes.set_yticks(range(len(names)))
    write_names(axes, names)
    axes.set_ylim(len(names) - 0.5, -0.5)


def write_names(axis: Any, names: Sequence[str]) -> None:
    """Write the units' names at the rows of an axis, on as many lines as they take; smaller if one takes too many."""
    signs, size = (NAME, None) if all(len(wrap(name, NAME)) <= LINES for name in names) else (SMALL_NAME, SMALL)
    axis.set_yticklabels(["\n".join(wrap(name, signs)) for name in names], fontsize=size)
