import pytest
from sqlmodel import Session, select

from bloc.actions.audit import check_trail
from bloc.actions.responses import respond
from bloc.db import Database, unit_of_work
from bloc.enums import Act, ResponseKind, Stage
from bloc.errors import NotAllowed
from models import AuditEntry
from tests.factories import Year, cycle_of, on, plan, report, year_begun
from tests.places import kept

pytestmark = pytest.mark.replay


@kept
def year(base: Database) -> Year:
    """Return a year in which some things have been done."""
    year = year_begun(base)
    year.advance(Stage.SIGNING, "2030-02-18 07:00")
    for unit in ("u1", "u2", "u3"):
        year.sign(unit)
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    year.deposit("u2", report(), "2030-05-20 09:00")
    year.give_back("u2", "2030-05-21 09:00")
    year.waive("u3", "2030-05-22 09:00")
    year.extend("u2", "2030-06-20", "2030-05-23 09:00")
    return year


def entries(year):
    return sorted(year.rows(AuditEntry), key=lambda row: row.number)


def checked(year):
    with year.open() as (work, cycle):
        return check_trail(work.session, cycle)


def test_every_act_is_on_record_in_its_order(year, base):
    assert [(row.number, row.act, row.about) for row in entries(year)] == [
        (1, Act.PLAN, "b-2030"),
        (2, Act.RESPONSE, "covenant/u1"),
        (3, Act.RESPONSE, "covenant/u2"),
        (4, Act.RESPONSE, "covenant/u3"),
        (5, Act.FREEZE, "b-2030"),
        (6, Act.DEPOSIT, "reports/u2"),
        (7, Act.RETURN, "reports/u2"),
        (8, Act.WAIVER, "reports/u3"),
        (9, Act.EXTENSION, "reports/u2"),
    ]
    trail = checked(year)
    assert (trail.entries, trail.head, trail.fault) == (9, entries(year)[-1].hash, None)


def test_an_entry_tells_what_was_before_and_after_and_why(year):
    extension = entries(year)[-1]

    assert (extension.before, extension.after, extension.because, extension.at) == (
        {"last_day": "2030-06-06"}, {"last_day": "2030-06-20"}, "Bão", on("2030-05-23 09:00"),
    )  # fmt: skip


def test_scoring_and_publishing_are_on_record_without_a_point(base):
    year = cycle_of(base, plan(activities={"covenant": None, "opinions": None}, policies={"missing_sheet": "received"}))
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    for unit in ("u1", "u2"):
        year.send_sheet(unit, "2030-11-20 09:00", {"u1": 21.75})
    year.close("2030-12-09 09:00")
    year.aggregate()
    year.send_sheet("u3", "2030-12-10 09:00", {"u1": 21.75})
    year.aggregate("2030-12-10 09:01")
    year.publish("2030-12-11 09:00")
    year.publish("2030-12-11 10:00")

    assert [row.act for row in entries(year)][1:] == [
        Act.DEPOSIT, Act.DEPOSIT, Act.CLOSING, Act.RESULT, Act.DEPOSIT, Act.RESULT, Act.PUBLICATION,
    ]  # fmt: skip
    assert entries(year)[3].after == {"sheets": 2, "missing": ["u3"]}
    assert "21.75" not in str([row.after for row in entries(year)]) and "21750" not in str([row.after for row in entries(year)])


@pytest.mark.parametrize(
    "change",
    [
        {"because": "Khác"},
        {"by": "Ai đó"},
        {"at": on("2030-05-22 10:00")},
        {"after": {"last_day": "2030-07-01"}},
        {"about": "reports/u1"},
        {"act": Act.WAIVER},
        {"former": "0" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_entry_is_found(year, base, change):
    with Session(base.engine) as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.number == 7)).one()
        session.add(entry.sqlmodel_update(change))
        session.commit()

    assert str(checked(year).fault) == "entry 7 is not as it was written"


def test_an_entry_taken_out_is_found(year, base):
    with Session(base.engine) as session:
        session.delete(session.exec(select(AuditEntry).where(AuditEntry.number == 4)).one())
        session.commit()

    assert str(checked(year).fault) == "entry 4 is missing"


def test_an_act_that_is_refused_leaves_no_entry(year):
    before = len(entries(year))

    with pytest.raises(NotAllowed):
        year.waive("u3", "2030-05-24 09:00")

    assert len(entries(year)) == before


def test_who_acts_is_whoever_the_door_says(year, base):
    with unit_of_work(base, "Chuyên viên giúp việc") as work:
        respond(work, year.cycle, unit="u1", activity="covenant", kind=ResponseKind.SIGNED, now=on("2030-06-01 09:00"),
                signatory="Trưởng ban")  # fmt: skip

    assert entries(year)[-1].by == "Chuyên viên giúp việc"


def test_the_trails_of_two_blocs_are_apart(year, base):
    other = cycle_of(base, plan(code="z"))

    assert checked(other).entries == 1
    assert checked(year).entries == 9
