"""Many blocs in one database: copies of a few whose year was begun through the actions, since 1,200 plans take a while."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import Table, insert, select, update
from sqlmodel import SQLModel, col

from bloc.actions.weekly import queue_digest
from bloc.db import Database
from bloc.enums import AggregationState, NoticeState, Stage
from models import Aggregation, Notice
from tests.factories import Year, cycle_of, on, plan

SIZES = (8, 8, 9)  # units of a bloc, in turn: 10,000 in 1,200
LAST_DAYS = ("2030-03-08", "2030-04-12", "2030-05-10", "2030-06-07", "2030-07-12", "2030-08-09")
NAMES = (
    "bloc",
    "unit",
    "cycle",
    "planversion",
    "membership",
    "role",
    "contact",
    "criterion",
    "activity",
    "obligation",
    "deposit",
    "notice",
    "aggregation",
)
TABLES: list[Table] = [SQLModel.metadata.tables[name] for name in NAMES]
AT_ONCE = 50  # blocs whose rows are inserted together


def fill(base: Database, blocs: int) -> None:
    """Make ``blocs`` blocs; in each all units owe ``len(LAST_DAYS)`` reports, and were invited to send them."""
    add_copies(base, [_begun(base, f"pattern{n}", size) for n, size in enumerate(SIZES)], blocs)


def add_copies(base: Database, years: Sequence[Year], blocs: int) -> None:
    """Add copies of years, in turn, until there are ``blocs`` blocs."""
    patterns = [_rows(base, year) for year in years]
    for start in range(len(years), blocs, AT_ONCE):
        copies = [_copy(patterns[n % len(years)], n) for n in range(start, min(start + AT_ONCE, blocs))]
        with base.engine.begin() as connection:
            for table in sorted(TABLES, key=lambda table: table.name != "contact"):  # others refer to it
                if rows := [row for copy in copies for row in copy[table.name]]:
                    connection.execute(insert(table), rows)


def _begun(base: Database, code: str, size: int) -> Year:
    reports = {
        f"report-{n}": {
            "title": f"Gửi Báo cáo chuyên đề số {n}", "short": f"Báo cáo số {n}", "kind": "report", "quarter": "1",
            "source": "II.2.2", "opens": "2030-02-11", "deadline": {"phrase": f"đến hết ngày {day}", "by": day},
        }
        for n, day in enumerate(LAST_DAYS, 1)
    }  # fmt: skip
    others = dict.fromkeys(("opinions", "covenant", "reports", "sheets"))
    year = cycle_of(base, plan(size=size, code=code, activities={**others, **reports}))
    for stage in Stage:
        year.advance(stage, "2030-02-11 07:00")
    with year.open() as (work, cycle):
        queue_digest(work, cycle, on("2030-03-04 08:00"))  # so that none is owed for a week
        sent = update(Notice).where(col(Notice.cycle_id) == cycle.id)
        done = {"state": AggregationState.DONE, "claimed_at": on("2030-02-11 08:00"), "done_at": on("2030-02-11 08:01")}
        work.session.add(Aggregation(cycle_id=cycle.id, sheets_hash="0", **done))
        work.session.execute(sent.values(state=NoticeState.SENT, sent_at=on("2030-02-11 07:30")))
    return year


def _rows(base: Database, year: Year) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of a bloc's year, by table."""
    cycle = year.cycle
    whose = {"bloc": ("id", cycle.bloc_id), "unit": ("bloc_id", cycle.bloc_id), "cycle": ("id", cycle.id)}
    rows: dict[str, list[dict[str, Any]]] = {}
    with base.engine.connect() as connection:
        for table in TABLES:
            column, value = whose.get(table.name, ("cycle_id", cycle.id))
            mine = table.c.id.in_({row["contact_id"] for row in rows.get("role", ())}) if table.name == "contact" else None
            found = select(table).where(table.c[column] == value if mine is None else mine)
            rows[table.name] = [dict(row._mapping) for row in connection.execute(found)]
    return rows


def _copy(pattern: Mapping[str, list[dict[str, Any]]], number: int) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of another bloc like that of a pattern: with ids, addresses and names of its own."""
    ids: defaultdict[uuid.UUID, uuid.UUID] = defaultdict(uuid.uuid4)
    former = pattern["bloc"][0]["code"]

    def other(value: Any) -> Any:
        if isinstance(value, uuid.UUID):
            return ids[value]
        return value.replace(former, f"bloc{number}") if isinstance(value, str) and not isinstance(value, StrEnum) else value

    return {name: [{key: other(value) for key, value in row.items()} for row in rows] for name, rows in pattern.items()}
