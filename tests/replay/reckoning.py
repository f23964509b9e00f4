"""The rankings that tables of points call for, by the formula of the plan's section II.1 alone.

It reads plan and tables as plain YAML and .csv and knows nothing of the code that scores: it shares no line with it, and no
import.
"""

import csv
from collections.abc import Collection, Mapping
from fractions import Fraction
from pathlib import Path

import yaml


def reckoned(
    plan: Path, tables: Path, without: Collection[str] = (), typed: Mapping[tuple[str, str, str], str] | None = None
) -> dict[str, tuple[str, Fraction]]:
    """Return each unit's rank, "=" before one that is shared, and exact score.

    Args:
        plan: the plan's file, for the rule of ties.
        tables: the folder with a table for each scorer, of its name.
        without: the scorers whose sheets are missing.
        typed: (scorer, unit, criterion) -> what stood there instead.
    """
    totals = {file.stem: _totals(file, typed or {}) for file in tables.glob("*.csv") if file.stem not in without}
    units = next(iter(totals.values())).keys()
    scores = {unit: sum(given[unit] for given in totals.values()) / len(totals) for unit in units}
    worth = {unit: (scores[unit], Fraction(0)) for unit in units}
    if yaml.safe_load(plan.read_text("utf-8"))["policies"]["ties"] == "cross-mean":
        crosses = {unit: [given[unit] for scorer, given in totals.items() if scorer != unit] for unit in units}
        worth = {unit: (scores[unit], sum(crosses[unit]) / len(crosses[unit])) for unit in units}
    values = list(worth.values())
    ranks = {unit: 1 + sum(value > worth[unit] for value in values) for unit in units}
    return {unit: ("=" * (values.count(worth[unit]) > 1) + str(ranks[unit]), scores[unit]) for unit in units}


def _totals(table: Path, typed: Mapping[tuple[str, str, str], str]) -> dict[str, Fraction]:
    """Return what the scorer of ``table`` gives to each unit in all."""
    with table.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    units = [name for name in rows[0] if name != "criterion"]
    return {
        unit: sum((Fraction(typed.get((table.stem, unit, row["criterion"]), row[unit])) for row in rows), Fraction(0))
        for unit in units
    }
