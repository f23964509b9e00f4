from sqlmodel import Session

from bloc.actions.result_tables import result_table
from bloc.enums import Stage
from tests.factories import cycle_of, plan

WHEN = "2030-12-10 09:00"


def table(year, result):
    with Session(year.base.engine) as session:
        return result_table(session, year.cycle, result)


def test_the_table_of_an_old_version_shows_the_old_points(year):
    for unit in ("u1", "u2", "u3"):
        year.send_sheet(unit, "2030-12-02 09:00", {"u2": 5})
    old = year.aggregate()
    year.send_sheet("u3", "2030-12-05 09:00", {"u2": 8})
    new = year.aggregate()

    shown = {result.version: table(year, result) for result in (old, new)}

    assert {version: each.points["u3", "u2", "I.1"] for version, each in shown.items()} == {1: 5000, 2: 8000}
    assert {version: each.total("u3", "u2") for version, each in shown.items()} == {1: 6000, 2: 9000}
    assert {version: str(each.lines[-1].score) for version, each in shown.items()} == {1: "6", 2: "7"}


def test_the_table_of_a_provisional_result_ranks_a_unit_without_a_sheet(base):
    year = cycle_of(base, plan(policies={"missing_sheet": "received"}))
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    for unit in ("u1", "u2"):
        year.send_sheet(unit, "2030-12-02 09:00", {"u3": 20})
    year.claim(WHEN)

    shown = table(year, year.aggregate())

    first = shown.lines[0]
    assert (shown.provisional, shown.scorers, list(shown.members)) == (True, ("u1", "u2"), ["u1", "u2", "u3"])
    assert (first.unit, first.self_total, str(first.cross_mean), str(first.score), first.sheets, first.of) == (
        "u3", None, "21", "21", 2, 3,
    )  # fmt: skip
