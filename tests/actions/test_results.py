import pytest
from sqlmodel import Session

from bloc.actions.result_tables import result_table
from bloc.enums import Stage
from bloc.errors import NotAllowed, NotFound
from models import Notice
from tests.factories import Year, cycle_of, on, plan

WHEN = "2030-12-10 09:00"


@pytest.fixture
def ranked(year: Year) -> Year:
    """Return the year with a final result: u1 and u3 are first, with 11 points, u2 has 6."""
    for unit in ("u1", "u2", "u3"):
        year.send_sheet(unit, "2030-12-02 09:00", {"u2": 5})
    year.aggregate()
    return year


def test_a_result_is_published_and_every_unit_is_told_its_rank(ranked):
    published = ranked.publish(WHEN)

    told = {row.identity: (row.values["rank"], row.values["score"]) for row in ranked.rows(Notice) if row.kind == "result"}
    assert published.published_at == on(WHEN)
    assert told == {
        "b-2030/u1/result/1/u1@b.example.vn": (1, "11"),
        "b-2030/u2/result/1/u2@b.example.vn": (3, "6"),
        "b-2030/u3/result/1/u3@b.example.vn": (1, "11"),
    }


def test_published_twice_tells_nobody_twice(ranked):
    ranked.publish(WHEN)
    again = ranked.publish("2030-12-11 09:00")

    assert again.published_at == on(WHEN)
    assert len(ranked.notices("result")) == 3


def test_a_new_version_is_published_anew(ranked):
    ranked.publish(WHEN)
    ranked.send_sheet("u3", "2030-12-05 09:00", {"u2": 6})
    ranked.aggregate()

    assert ranked.publish("2030-12-11 09:00").version == 2
    assert len(ranked.notices("result")) == 6


def test_a_provisional_result_is_not_published(base):
    year = cycle_of(base, plan(policies={"missing_sheet": "received"}))
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    year.send_sheet("u1", "2030-12-02 09:00")
    year.claim(WHEN)
    year.aggregate()

    with pytest.raises(NotAllowed, match=r"^The result is provisional; only a final one is published\.$"):
        year.publish(WHEN)

    assert year.notices("result") == []


def test_without_a_result_there_is_nothing_to_publish(year):
    with pytest.raises(NotFound, match=r"^There is no result yet\.$"):
        year.publish(WHEN)


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
