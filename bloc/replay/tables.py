"""The tables of points beside a scenario: a row for each criterion, a column for each unit, numbers with a point."""

import csv
from collections.abc import Iterator
from pathlib import Path

from bloc.errors import NotAllowed
from bloc.language import say
from bloc.sheets.form import Cell


def read_table(path: Path) -> dict[Cell, str]:
    """Return what stands in the table in the file ``path``: (unit, criterion) -> text, "" for an empty cell.

    Raises:
        NotAllowed: it is no such table.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return dict(_cells(path.name, csv.DictReader(lines, strict=True)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NotAllowed(
            say('"{name}" is no table: no .csv in UTF-8 with commas between its columns', name=path.name)
        ) from error


def _cells(name: str, rows: "csv.DictReader[str]") -> Iterator[tuple[Cell, str]]:
    if "criterion" not in (rows.fieldnames or ()):
        raise NotAllowed(say('"{name}" has no column "criterion"', name=name))
    for row in rows:
        if None in row:
            raise NotAllowed(say('"{name}" has more cells than columns in line {line}', name=name, line=rows.line_num))
        code = row.pop("criterion")
        yield from (((unit, code), text or "") for unit, text in row.items())
