"""Many blocs whose sheets are all in, in one database: copies of a year made through the actions, points by one INSERT."""

from sqlalchemy import text

from benchmarks.blocs import add_copies
from bloc import queries
from bloc.actions.reading import form_of
from bloc.db import Database
from bloc.enums import Stage
from bloc.sheets.write import make_sheet
from tests.factories import Year, cycle_of, plan

GROUPS = 5
ONLY_SHEETS = dict.fromkeys(("opinions", "covenant", "reports", "exchange"))
DRAWN = {"sqlite": "abs(random()) % 9", "postgresql": "floor(random() * 9)::int"}  # of nine values, a quarter of a point apart
GIVEN = """
    INSERT INTO point (deposit_id, unit_id, criterion_id, thousandths)
    SELECT deposit.id, membership.unit_id, criterion.id, 250 * ({drawn}) FROM deposit
    JOIN membership ON membership.cycle_id = deposit.cycle_id JOIN criterion ON criterion.cycle_id = deposit.cycle_id
"""


def fill(base: Database, blocs: int, size: int, criteria: int) -> None:
    """Make ``blocs`` blocs of ``size`` units, each of which gives each points drawn by lot in ``criteria`` criteria."""
    add_copies(base, [_scored(base, size, criteria)], blocs)
    with base.engine.begin() as connection:
        if base.engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))  # to look each key up takes minutes
        connection.execute(text("DELETE FROM point"))
        connection.execute(text(GIVEN.format(drawn=DRAWN[base.engine.dialect.name])))


def _scored(base: Database, size: int, criteria: int) -> Year:
    groups = [
        {"code": f"{group}", "title": f"Nhóm {group}", "criteria": [
            {"code": f"{group}.{n}", "title": f"Tiêu chí {n}", "max": "2"} for n in range(criteria // GROUPS)
        ]} for group in range(1, GROUPS + 1)
    ]  # fmt: skip
    year = cycle_of(base, plan(size, "pattern", ONLY_SHEETS, criteria={"step": "0.25", "groups": groups}))
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    for unit, _ in year.units():
        form = form_of(queries.plan_of(year.cycle), year.cycle, unit)
        cells = {(other, criterion.code): 1000 for other in form.members for criterion in form.criteria}
        year.deposit(unit, make_sheet(form, cells), "2030-11-20 09:00", "sheets", f"{unit}.xlsx")
    return year
