"""Who is told what by the ladder: reminded before the deadline, told or asked to urge after it, in one mail a day."""

import pytest

from bloc.enums import NoticeKind, NoticeState, Stage
from models import Notice, NoticeChange
from tests.factories import Year, cycle_of, moved, on, plan, plan_data

pytestmark = pytest.mark.either

SECRETARY, *CONTACTS = plan_data()["contacts"]
EVERYBODY = ["contact", "deputy_contact", "head", "secretary"]
HEADS = [{"unit": u, "role": "head", "name": "Giám đốc", "email": f"head-{u}@b.example.vn"} for u in ("u2", "u3")]
SECOND = {"unit": "u3", "role": "deputy_contact", "name": "Phối hợp", "email": "second-u3@b.example.vn"}
PEOPLE = [SECRETARY, *CONTACTS, *HEADS, SECOND]


def year_of(base, *ladder: dict, contacts=PEOPLE, **parts) -> Year:
    """Return a year with that ladder, in which reports are owed by Thursday 06/6."""
    year = cycle_of(base, plan(contacts=contacts, reminders={"ladder": list(ladder)}, **parts))
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    return year


def told(year: Year, unit: str = "u3") -> list[tuple[str, str, str | None]]:
    """Return what was said about ``unit`` to whom, as what, but for its invitation."""
    rows = [row for row in year.rows(Notice) if f"/{unit}/" in row.identity and row.kind != "invitation"]
    return sorted((row.kind.value, row.identity.rpartition("/")[2], row.values.get("to")) for row in rows)


def test_up_to_the_last_day_everybody_named_is_reminded(base):
    year = year_of(base, {"before": "0", "to": EVERYBODY})
    year.remind("2030-06-06 07:30")

    assert told(year) == [
        ("reminder", address, None)
        for address in sorted(["u3@b.example.vn", "second-u3@b.example.vn", "head-u3@b.example.vn", "secretary@b.example.vn"])
    ]


def test_after_it_the_units_own_are_told_and_those_above_are_asked_to_see_to_it(base):
    year = year_of(base, {"after": "1", "to": EVERYBODY})
    year.remind("2030-06-07 07:30")

    assert told(year) == [
        ("escalation", "head-u3@b.example.vn", "head"),
        ("escalation", "secretary@b.example.vn", "secretary"),
        ("escalation", "u2@b.example.vn", None),  # the deputy leader's: it urges
        ("overdue", "second-u3@b.example.vn", None),
        ("overdue", "u3@b.example.vn", None),
    ]
    assert year.notices("escalation")[0] == "reports/u1/escalation+1/2030-06-06/secretary@b.example.vn"


def test_the_deputy_leader_is_not_asked_to_urge_itself(base):
    year = year_of(base, {"after": "1", "to": ["contact", "secretary"]})
    year.remind("2030-06-07 07:30")

    assert told(year, "u2") == [("escalation", "secretary@b.example.vn", "secretary"), ("overdue", "u2@b.example.vn", None)]


@pytest.mark.parametrize("to", [["contact", "head"], ["head"]], ids=["contact and head", "head alone"])
def test_the_deputy_leader_urges_only_once_the_secretary_is_told(base, to):
    year = year_of(base, {"after": "1", "to": to})
    year.remind("2030-06-07 07:30")

    assert not [address for _, address, _ in told(year) if address == "u2@b.example.vn"]


def test_the_deputy_leader_urges_reports_and_nothing_else(base):
    year = cycle_of(base, plan(contacts=PEOPLE, reminders={"ladder": [{"after": "1", "to": ["secretary"]}]}))
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    year.remind("2030-12-09 07:30")

    assert told(year) == [("escalation", "secretary@b.example.vn", "secretary")]


def test_an_address_with_several_roles_gets_what_lies_nearest_the_unit(base):
    same = [SECRETARY, *(one | {"email": "all@b.example.vn"} for one in (*CONTACTS, *HEADS, SECOND))]
    year = year_of(base, {"after": "1", "to": EVERYBODY}, contacts=same)
    year.remind("2030-06-07 07:30")

    assert told(year) == [("escalation", "secretary@b.example.vn", "secretary"), ("overdue", "all@b.example.vn", None)]


def test_a_head_that_nobody_is_falls_to_the_contact_who_is_told_as_the_contact(base):
    year = year_of(base, {"after": "1", "to": ["head"]})
    year.remind("2030-06-07 07:30")

    assert told(year, "u1") == [("overdue", "u1@b.example.vn", None)]


def test_a_step_says_in_which_tone_it_speaks(base):
    year = year_of(base, {"before": "3", "tone": "firm"}, {"before": "0"})
    tones = []
    for day in ("03", "06"):
        year.remind(f"2030-06-{day} 07:30")
        tones.append({row.values["tone"] for row in year.rows(Notice) if row.queued_at == on(f"2030-06-{day} 07:30")})

    assert tones == [{"firm"}, {"urgent"}]


def test_an_activity_has_its_own_ladder(base):
    own = {"reports": {"ladder": [{"before": "1", "to": ["head"]}]}}
    year = year_of(base, {"before": "3"}, activities=own)

    assert [year.remind(f"2030-06-0{day} 07:30") for day in (3, 5)] == [0, 3]
    assert told(year) == [("reminder", "head-u3@b.example.vn", None)]


# -- one mail a person a day


def bundles(year: Year) -> dict[str, list[str]]:
    """Return the notices by bundle, without the cycle's key: activity, unit, kind."""
    found: dict[str, list[str]] = {}
    for row in sorted(year.rows(Notice), key=lambda row: row.identity):
        if row.bundle:
            found.setdefault(row.bundle.removeprefix("b-2030/"), []).append("/".join(row.identity.split("/")[1:4]))
    return found


def test_what_the_ladder_has_for_a_person_on_one_day_is_one_bundle(base):
    activities = moved("exchange", "2030-06-06", opens="2030-05-06", stage="midyear")
    year = year_of(base, {"before": "0"}, activities=activities)
    year.remind("2030-06-06 07:30")

    assert bundles(year) == {
        f"2030-06-06/u{n}@b.example.vn": [f"{code}/u{n}/reminder+0" for code in ("exchange", "reports")] for n in (1, 2, 3)
    }


def test_a_person_of_several_units_and_kinds_gets_one_bundle_and_an_invitation_is_in_none(base):
    year = year_of(base, {"after": "1", "to": ["contact", "secretary"]})
    year.remind("2030-06-07 07:30")

    found = bundles(year)
    assert found["2030-06-07/secretary@b.example.vn"] == [f"reports/u{n}/escalation+1" for n in (1, 2, 3)]
    assert found["2030-06-07/u2@b.example.vn"] == [
        "reports/u1/escalation+1", "reports/u2/overdue+1", "reports/u3/escalation+1",
    ]  # fmt: skip
    assert {row.bundle for row in year.rows(Notice) if row.kind is NoticeKind.INVITATION} == {None}


def test_days_that_were_missed_are_one_bundle_of_the_day_on_which_they_are_caught_up(base):
    activities = moved("exchange", "2030-06-07", opens="2030-05-06", stage="midyear")
    year = year_of(base, {"before": "1"}, {"before": "0"}, activities=activities)  # 05/6 and 06/6; 06/6 and 07/6

    assert [year.remind(when) for when in ("2030-06-06 23:00", "2030-06-06 23:30")] == [6, 0]
    assert {bundle: len(found) for bundle, found in bundles(year).items()} == {
        f"2030-06-06/u{n}@b.example.vn": 2 for n in (1, 2, 3)
    }


def test_a_clock_that_goes_back_over_midnight_makes_no_second_bundle_of_the_same_steps(base):
    year = year_of(base, {"before": "1"}, {"before": "0"})

    assert [year.remind(when) for when in ("2030-06-06 07:45", "2030-06-05 23:45", "2030-06-06 07:46")] == [3, 0, 0]
    assert {bundle.partition("/")[0] for bundle in bundles(year)} == {"2030-06-06"}


def test_in_a_leap_year_the_29th_of_february_is_reminded_of_and_is_in_time(base):
    leap = {**moved("covenant", "2028-02-29", opens="2028-02-14"), "opinions": None, "reports": None, "sheets": None}
    year = cycle_of(base, plan(year="2028", activities=leap), "2028-01-03 08:00")
    year.advance(Stage.SIGNING, "2028-02-14 07:00")

    assert [year.remind(f"2028-02-{day} 07:30") for day in (28, 29)] == [3, 3]
    assert year.notices("reminder")[0] == "covenant/u1/reminder+0/2028-02-29/u1@b.example.vn"
    assert [year.remind(f"2028-03-01 {clock}") for clock in ("00:00", "07:30")] == [0, 3]


# -- whose address takes no mail


@pytest.mark.parametrize(
    ("dead", "reader"),
    [
        ([], "u3@b.example.vn"),
        (["u3"], "second-u3@b.example.vn"),
        (["u3", "second-u3"], "head-u3@b.example.vn"),
        (["u3", "second-u3", "head-u3"], "secretary@b.example.vn"),
    ],
    ids=["nobody", "the contact", "and the deputy contact", "and the head"],
)
def test_the_mail_of_an_address_that_takes_none_falls_to_the_units_next(base, dead, reader):
    year = year_of(base, {"before": "0"}, {"after": "1", "to": ["contact", "head"]})
    for name in dead:
        year.dead(f"{name}@b.example.vn")
    for day in (6, 7):
        year.remind(f"2030-06-0{day} 07:30")

    said = [(kind, address) for kind, address, _ in told(year)]
    assert ("reminder", reader) in said
    assert ("overdue", reader) in said
    assert not {address for _, address in said} & {f"{name}@b.example.vn" for name in dead}
    assert (("escalation", "head-u3@b.example.vn") in said) is (len(dead) < 2)


# -- what was decided beforehand


def test_a_notice_that_was_suppressed_is_kept_as_cancelled_and_one_with_a_remark_says_it(base, told_beforehand):
    year = year_of(base, {"before": "0"})
    told_beforehand(year, "reports/u2/reminder+0/2030-06-06/u2@b.example.vn", suppressed=True)
    told_beforehand(year, "reports/u3/reminder+0/2030-06-06/u3@b.example.vn", remark="Xin gọi trước")

    assert year.remind("2030-06-06 07:30") == 2
    rows = {row.unit_id: row for row in year.rows(Notice) if row.kind == "reminder"}
    assert sorted((row.values["unit"], row.state, row.reply, row.values.get("remark")) for row in rows.values()) == [
        ("Đơn vị 1", NoticeState.QUEUED, None, None),
        ("Đơn vị 2", NoticeState.CANCELLED, "Thư ký: Đã gọi", None),
        ("Đơn vị 3", NoticeState.QUEUED, None, "Xin gọi trước"),
    ]


@pytest.fixture
def told_beforehand():
    """Return how somebody decides about a notice before its day."""

    def change(year: Year, identity: str, *, suppressed: bool = False, remark: str | None = None) -> None:
        with year.open() as (work, cycle):
            decided = {"by": "Thư ký", "because": "Đã gọi", "changed_at": on("2030-05-20 09:00")}
            identity = f"{year.key}/{identity}"
            work.session.add(
                NoticeChange(cycle_id=cycle.id, identity=identity, suppressed=suppressed, remark=remark, **decided)
            )

    return change
