"""The next year's plan: what is carried over, what moves, and what is left for people."""

from datetime import date

import pytest

from bloc.errors import NotAllowed
from bloc.plan import read_plan
from bloc.plan.checks import plan_of
from bloc.plan.reading import read_source
from bloc.plan.rollover import MARK, draft_next
from bloc.plan.rollover.words import Shift
from tests.factories import plan
from tests.plan.conftest import SHIPPED

PLANS = sorted(SHIPPED.parent.glob("*.yaml"))


def drafted(*args, year=2031, **parts):
    return draft_next(plan(*args, **parts), year)


def units(*entries):
    return [{"code": code, "name": f"Đơn vị {code[1:]}", "role": role, **more} for code, role, more in entries]


def roles_of(draft):
    return {unit.code: unit.role.value for unit in draft.plan.units}


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
@pytest.mark.parametrize("years", [1, 2, 5])
def test_every_shipped_plan_has_a_next_one_that_passes_the_check_and_has_one_after_it(path, years):
    old = read_plan(path)

    draft = draft_next(old, old.year + years)
    after = draft_next(draft.plan, draft.plan.year + 1)

    assert (draft.faults, after.faults) == ((), ())
    assert plan_of(read_source("plan.yaml", draft.text.encode())) == draft.plan
    assert str(old.year) not in draft.plan.document.title
    rule = draft.plan.deadline_rule
    assert all(
        rule.calendar.is_working_day(draft.plan.last_day(activity)) for activity in draft.plan.activities if activity.deadline
    )


def test_a_deadline_keeps_its_phrase_with_the_day_of_the_new_year():
    draft = drafted()

    deadline = draft.plan.activity("reports").deadline
    assert (deadline.phrase, deadline.before) == ("trước ngày 07/6/2031", date(2031, 6, 7))
    assert (plan().year, draft.plan.year) == (2030, 2031)


@pytest.mark.parametrize(
    ("phrase", "kind", "day", "expected"),
    [
        ("đến hết ngày 29/02/2028", "by", "2028-02-29", ("đến hết ngày 28/02/2029", date(2029, 2, 28))),
        ("trước ngày 08-12-2028", "before", "2028-12-08", ("trước ngày 08-12-2029", date(2029, 12, 8))),
        ("đến hết ngày 07 tháng 12 năm 2028", "by", "2028-12-07", ("đến hết ngày 07 tháng 12 năm 2029", date(2029, 12, 7))),
        ("trước ngày 08/12", "before", "2028-12-08", ("trước ngày 08/12", date(2029, 12, 8))),
        ("đến hết ngày 08/12/2028", "by", "2028-12-08", ("đến hết ngày 07/12/2029", date(2029, 12, 7))),
        ("cuối quý II/2028", "by", "2028-06-30", ("cuối quý II/2029", date(2029, 6, 29))),
        ("đến hết ngày 30/4/2028", "by", "2028-04-30", ("đến hết ngày 27/4/2029", date(2029, 4, 27))),
    ],
    ids=["leap day", "hyphens", "in words", "no year", "Saturday", "quarter", "public holiday"],
)
def test_a_last_day_that_would_be_no_working_day_is_moved_to_the_one_before_and_said(phrase, kind, day, expected):
    old = plan(year="2028", activities={"reports": {"deadline": {"phrase": phrase, kind: day}, "opens": None}, **others()})

    draft = draft_next(old, 2029)

    found = draft.plan.activity("reports").deadline
    assert (found.phrase, found.date) == expected
    moved = found.date.replace(year=2028) != date.fromisoformat(day)
    assert any(remark.place[0] == "activities" for remark in draft.remarks) == moved


def others():
    return dict.fromkeys(("opinions", "covenant", "sheets"))


def test_a_policy_that_moves_last_days_by_itself_leaves_the_dates_as_they_are_written():
    old = plan(policies={"day_off": "working-day-before"}, activities={"sheets": {"deadline": by("2030-12-07")}})

    assert draft_next(old, 2031).plan.activity("sheets").deadline.date == date(2031, 12, 7)


def by(day):
    return {"phrase": f"đến hết ngày {date.fromisoformat(day):%d/%m/%Y}", "by": day}


@pytest.mark.parametrize(
    ("leader", "deputy", "expected"),
    [
        ("deputy", "list", {"u1": "member", "u2": "leader", "u3": "deputy"}),
        ("list", "list", {"u1": "member", "u2": "leader", "u3": "deputy"}),
        ("stays", "list", {"u1": "leader", "u2": "member", "u3": "deputy"}),
        ("stays", "stays", {"u1": "leader", "u2": "deputy", "u3": "member"}),
        ("deputy", "stays", {"u1": "member", "u2": "leader", "u3": "member"}),
        ("election", "election", {"u1": "leader", "u2": "deputy", "u3": "member"}),
    ],
)
def test_roles_pass_on_as_the_plan_says(leader, deputy, expected):
    draft = drafted(3, rotation={"leader": leader, "deputy": deputy})

    assert roles_of(draft) == expected


def test_in_a_bloc_of_two_the_roles_change_places():
    assert roles_of(drafted(2, rotation={"leader": "deputy", "deputy": "list"})) == {"u1": "deputy", "u2": "leader"}


def test_what_an_election_decides_is_marked_and_stands_provisionally():
    asked = [str(remark) for remark in drafted(3).remarks if remark.place == ("units",)]

    assert len(asked) == 2
    assert all(text.startswith(MARK) for text in asked)


def test_a_new_leader_has_its_own_contact_stand_in_as_secretary_until_one_is_named():
    draft = drafted(3, rotation={"leader": "deputy", "deputy": "list"})

    secretaries = [each for each in draft.plan.contacts if each.role == "secretary"]
    assert [(each.unit, each.email) for each in secretaries] == [("u2", "u2@b.example.vn")]
    assert MARK in secretaries[0].name


def test_the_name_of_the_leader_in_texts_passes_on_with_the_role():
    draft = drafted(
        3, rotation={"leader": "deputy", "deputy": "list"}, activities={"reports": {"title": "Gửi báo cáo về Đơn vị 1"}}
    )

    assert draft.plan.activity("reports").title == "Gửi báo cáo về Đơn vị 2"


def test_members_that_merge_leave_or_are_renamed_are_so_in_the_next_plan():
    members = units(
        ("u1", "leader", {}),
        ("u2", "deputy", {"until": "2030-06-30", "succeeded_by": {"code": "u9", "name": "Đơn vị 9"}}),
        ("u3", "member", {"until": "2030-06-30", "succeeded_by": {"code": "u9", "name": "Đơn vị 9"}}),
        ("u4", "member", {"until": "2030-12-31"}),
        ("u5", "member", {"succeeded_by": {"code": "u5", "name": "Đơn vị Năm"}}),
        ("u6", "member", {"until": "2031-06-30"}),
    )
    asked = {"exchange": {"actors": ["u3", "u2", "u4"]}}

    draft = drafted(6, units=members, rotation={"leader": "deputy", "deputy": "list"}, activities=asked)

    named = {unit.code: unit.name for unit in draft.plan.units}
    assert named == {"u1": "Đơn vị 1", "u9": "Đơn vị 9", "u5": "Đơn vị Năm", "u6": "Đơn vị 6"}
    assert roles_of(draft)["u9"] == "leader"
    assert draft.plan.activity("exchange").actors == ("u9",)
    assert {each.unit for each in draft.plan.contacts} == set(named)
    assert next(unit.until for unit in draft.plan.units if unit.code == "u6") == date(2031, 6, 30)


def test_a_bloc_of_which_one_member_is_left_is_named_as_no_plan_yet():
    members = units(("u1", "leader", {}), ("u2", "deputy", {"until": "2030-12-31"}))

    draft = drafted(2, units=members)

    assert draft.plan is None
    assert [fault.place.split()[-1] for fault in draft.faults] == ["units"]


def test_legal_bases_give_way_to_what_the_plan_knows_and_are_marked_where_it_does_not():
    known = {"name": "Nghị định mới", "number": "02/NĐ", "date": "2030-06-01"}
    bases = [
        {"name": "Nghị định cũ", "number": "01/NĐ", "date": "2020-01-01", "until": "2030-06-30", "replaced_by": known},
        {"name": "Kết quả bầu năm 2030", "date": "2029-12-27", "until": "2030-12-31"},
        {"name": "Quyết định", "date": "2020-01-01", "until": "2031-06-30", "replaced_by": {**known, "name": "Quyết định sau"}},
    ]

    found = [basis.name for basis in drafted(legal_bases=bases).plan.legal_bases]

    assert found == ["Nghị định mới", f"{MARK}: căn cứ thay cho “Kết quả bầu năm 2030”", "Quyết định", "Quyết định sau"]


def test_the_theme_of_the_year_is_left_open_wherever_it_is_quoted():
    document = {**plan().document.model_dump(mode="json", exclude_none=True), "theme": "Chuyển đổi số"}

    draft = drafted(document=document, covenant={"clauses": ["Thực hiện chủ đề “Chuyển đổi số” năm 2030"]})

    assert draft.plan.document.theme == f"{MARK}: chủ đề năm 2031"
    assert draft.plan.covenant.clauses == (f"Thực hiện chủ đề “{MARK}: chủ đề năm 2031” năm 2031",)


@pytest.mark.parametrize(("version", "expected"), [(None, "2031"), ("Lần 2/2030", "Lần 2/2031"), ("Lần 2", "Lần 2 - 2031")])
def test_criteria_are_kept_as_a_new_version_and_sheets_go_by_what_they_hold(version, expected):
    old = plan()
    criteria = {**old.criteria.model_dump(mode="json"), **({"version": version} if version else {})}
    old = old.model_copy(update={"criteria": type(old.criteria).model_validate(criteria)}) if version else old

    draft = draft_next(old, 2031)

    assert draft.plan.criteria.version == expected
    assert draft.plan.form() == old.form()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Quý I/2030, năm 2030", "Quý I/2031, năm 2031"),
        ("giai đoạn 2026-2030", "giai đoạn 2026-2030"),
        ("Quyết định số 12/2030/QĐ-UBND và 2030/QĐ-UBND", "Quyết định số 12/2030/QĐ-UBND và 2030/QĐ-UBND"),
        ("ngày 02/9/2030", "ngày 02/9/2030"),
        ("tháng 6/2030", "tháng 6/2031"),
        ("12030 đồng, 2029", "12030 đồng, 2029"),
    ],
)
def test_a_text_names_the_new_year_where_the_old_one_stood_as_a_year(text, expected):
    assert Shift(2030, 2031).text(text) == expected


def test_days_and_periods_of_the_old_year_that_nothing_explains_are_pointed_out():
    assert Shift(2030, 2031).left("ngày 02/9/2030, giai đoạn 2026-2030, năm 2031") == ["02/9/2030", "2026-2030"]


def test_no_draft_is_made_of_a_year_that_is_not_after():
    with pytest.raises(NotAllowed):
        drafted(year=2030)


def test_a_plan_without_quarters_days_or_contacts_has_a_next_one():
    bare = {"exchange": {"quarter": None}, **others(), "reports": None}

    draft = drafted(2, activities=bare, contacts=[])

    assert draft.faults == ()
    assert draft.plan.activity("exchange").quarter is None
