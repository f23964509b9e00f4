"""What was agreed on is changed in a running year: with a reason, on record, and nothing that rests on the former is lost."""

import json

import pytest

from bloc.actions.result_tables import result_table
from bloc.db import Database
from bloc.enums import AggregationState, DepositState, NoticeState, ObligationState, ResultState, Stage
from bloc.errors import NotAllowed
from models import Aggregation, AuditEntry, Criterion, Deposit, Membership, Notice, Obligation, PlanVersion, Result
from tests.factories import Year, cycle_of, on, plan, plan_data, sheet
from tests.places import kept

pytestmark = [pytest.mark.replay, pytest.mark.either]

ONLY_SHEETS = {"opinions": None, "reports": None, "exchange": None}
MERGED = "Sáp nhập theo quyết định của cấp có thẩm quyền"


def without_u3(**parts):
    return plan(size=2, activities=ONLY_SHEETS, **parts)


def criteria(most):
    leaf = {"code": "I.1", "title": "Một", "max": most}
    return {
        "step": "0.25",
        "groups": [{"code": "I", "title": "Nhóm", "criteria": [leaf, {"code": "I.2", "title": "Hai", "max": "5"}]}],
    }


@kept
def signed(base: Database) -> Year:
    """Return a year of three whose covenant is signed and whose sheets are owed by Friday 06/12."""
    year = cycle_of(base, plan(activities=ONLY_SHEETS))
    year.advance(Stage.SIGNING, "2030-02-18 07:00")
    for unit in ("u1", "u2", "u3"):
        year.sign(unit)
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    return year


def send_all(year, when, *units):
    for unit in units:
        year.send_sheet(unit, when)


def test_a_unit_merged_after_the_signing_makes_a_new_n_and_sheets_are_issued_again(signed):
    old = sheet(signed.cycle, "u1")
    send_all(signed, "2030-11-20 09:00", "u1", "u3")

    changes = signed.apply(without_u3(), "2030-11-25 09:00", MERGED)

    assert changes == [
        "Đơn vị 3 is no member any more.",
        "u3@b.example.vn is written to no more for Đơn vị 3 (contact).",
        "The score sheets are issued again; units told: 2.",
        "Parts of the plan that differ: units, contacts.",
    ]
    assert sorted(each.state for each in signed.rows(Deposit)) == [DepositState.RETURNED] * 2
    assert [signed.obligation(unit, "sheets").state for unit in ("u1", "u2")] == [ObligationState.OPEN] * 2
    again = signed.deposit("u1", old, "2030-11-25 10:00", "sheets")
    assert (again.state, again.version) == (DepositState.REFUSED, 2)
    send_all(signed, "2030-11-26 09:00", "u1", "u2")
    made = signed.aggregate()
    assert (made.state, made.sheets, made.members, made.plan_version) == (ResultState.FINAL, 2, 2, 2)
    assert [unit for unit, *_ in signed.ranking(made)] == ["u1", "u2"]


def test_each_unit_is_told_once_that_its_sheet_is_issued_again_and_why(signed):
    send_all(signed, "2030-11-20 09:00", "u1")

    signed.apply(without_u3(), "2030-11-25 09:00", MERGED)

    told = [row for row in signed.rows(Notice) if row.kind == "reissue"]
    assert sorted((row.identity, row.values["had_sent"], row.values["because"]) for row in told) == [
        ("b-2030/sheets/u1/reissue/2/u1@b.example.vn", True, MERGED),
        ("b-2030/sheets/u2/reissue/2/u2@b.example.vn", False, MERGED),
    ]
    assert [name for name in signed.notices("invitation") if "sheets" in name] == [
        f"sheets/{unit}/invitation/2030-12-06/{unit}@b.example.vn" for unit in ("u1", "u2", "u3")
    ]
    assert signed.remind("2030-12-03 08:00") == 2


@pytest.mark.parametrize(
    "when", ["2030-11-25 09:00", "2030-12-10 09:00"], ids=["while they are asked for", "after the deadline"]
)
def test_a_unit_that_comes_owes_its_sheet_at_once_and_the_result_waits_for_it(signed, when):
    signed.advance(Stage.YEAR_END, "2030-11-19 07:00" if when < "2030-12" else "2030-12-07 07:00")
    send_all(signed, "2030-11-20 09:00", "u1", "u2", "u3")
    signed.aggregate("2030-11-20 10:00")

    signed.apply(plan(size=4, activities=ONLY_SHEETS), when, "Bổ sung đơn vị")
    send_all(signed, "2030-12-11 09:00", "u1", "u2", "u3")
    waiting = signed.aggregate("2030-12-11 09:01")
    send_all(signed, "2030-12-11 10:00", "u4")

    assert [name for name in signed.notices("reissue") if "/u4/" in name] == ["sheets/u4/reissue/2/u4@b.example.vn"]
    assert waiting is None
    made = signed.aggregate("2030-12-11 10:01")
    assert (made.state, made.members) == (ResultState.FINAL, 4)


def test_a_unit_that_comes_back_after_the_deadline_is_asked_for_the_sheet_that_it_had_not_sent(signed):
    signed.apply(without_u3(), "2030-11-25 09:00", MERGED)
    signed.advance(Stage.YEAR_END, "2030-12-07 07:00")

    signed.apply(plan(activities=ONLY_SHEETS), "2030-12-10 09:00", "Quyết định bị hủy bỏ")

    assert signed.obligation("u3", "sheets").state is ObligationState.OPEN
    assert [name for name in signed.notices("reissue") if "/u3/" in name] == ["sheets/u3/reissue/3/u3@b.example.vn"]


def test_sheets_that_are_withdrawn_as_the_criteria_change_are_owed_again_only_once_they_are_put_back(signed):
    send_all(signed, "2030-11-20 09:00", "u1")
    withdrawn = {**ONLY_SHEETS, "sheets": None}

    signed.apply(plan(activities=withdrawn, criteria=criteria("30")), "2030-11-25 09:00", MERGED)
    told, without = signed.notices("reissue"), {signed.obligation(unit, "sheets").state for unit in ("u1", "u2", "u3")}
    signed.apply(plan(activities=ONLY_SHEETS, criteria=criteria("30")), "2030-11-26 09:00", MERGED)

    assert (told, without) == ([], {ObligationState.WAIVED})
    assert {signed.obligation(unit, "sheets").state for unit in ("u1", "u2", "u3")} == {ObligationState.OPEN}


def test_units_written_in_another_order_change_nothing_that_was_agreed_on(signed):
    issued = sheet(signed.cycle, "u1")
    send_all(signed, "2030-11-20 09:00", "u2")
    first, second, third = plan_data()["units"]

    said = signed.apply(plan(activities=ONLY_SHEETS, units=[third, second, first]), "2030-11-21 09:00")

    assert said == ["Parts of the plan that differ: units."]
    assert signed.deposit("u1", issued, "2030-11-22 09:00", "sheets").state is DepositState.ACCEPTED
    assert {each.state for each in signed.rows(Deposit)} == {DepositState.ACCEPTED}


def test_nobody_is_told_of_sheets_that_were_not_asked_for_yet(base):
    year = cycle_of(base, plan(activities=ONLY_SHEETS))

    year.apply(without_u3())

    assert year.notices() == []


def test_sheets_that_come_again_after_the_deadline_are_aggregated_without_an_act(signed):
    send_all(signed, "2030-11-20 09:00", "u1", "u2", "u3")
    first = signed.aggregate("2030-11-20 10:00")
    signed.apply(without_u3(), "2030-12-10 09:00", MERGED)

    send_all(signed, "2030-12-11 09:00", "u1", "u2")
    second = signed.aggregate("2030-12-11 10:00")

    assert (first.version, first.members, second.version, second.members) == (1, 3, 2, 2)


def test_sheets_given_back_after_a_provisional_result_make_none_one_by_one(base):
    received = {"missing_sheet": "received"}
    year = cycle_of(base, plan(size=4, activities=ONLY_SHEETS | {"covenant": None}, policies=received))
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    send_all(year, "2030-11-20 09:00", "u1", "u2", "u3")
    year.close("2030-12-09 09:00")
    year.aggregate()
    year.apply(plan(size=3, activities=ONLY_SHEETS | {"covenant": None}, policies=received), "2030-12-10 09:00", MERGED)

    made = []
    for unit in ("u1", "u2", "u3"):
        send_all(year, "2030-12-11 09:00", unit)
        made.append(year.aggregate("2030-12-11 10:00"))

    assert [result and (result.state, result.sheets) for result in made] == [None, None, (ResultState.FINAL, 3)]


def test_an_aggregation_that_was_due_when_its_sheets_were_given_back_is_not_made(signed):
    send_all(signed, "2030-11-20 09:00", "u1", "u2", "u3")

    signed.apply(without_u3(), "2030-11-20 09:01", MERGED)

    assert [row.state for row in signed.rows(Aggregation)] == [AggregationState.STALE]
    assert signed.aggregate() is None


def test_a_result_stays_as_it_was_made_and_can_be_shown_after_members_and_criteria_have_changed(signed):
    send_all(signed, "2030-11-20 09:00", "u1", "u2", "u3")
    made = signed.aggregate("2030-11-20 10:00")
    before = table(signed, made), signed.ranking(made)

    signed.apply(without_u3(criteria=criteria("30")), "2030-11-25 09:00", MERGED)

    assert (table(signed, made), signed.ranking(made)) == before
    assert list(before[0].members) == ["u1", "u2", "u3"]


def table(year, result):
    with year.open() as (work, cycle):
        return result_table(work.session, cycle, result)


def test_a_result_that_rests_on_what_was_changed_is_not_published(signed):
    send_all(signed, "2030-11-20 09:00", "u1", "u2", "u3")
    signed.aggregate("2030-11-20 10:00")
    tie = {"policies": {"ties": "cross-mean"}}

    said = signed.apply(plan(activities=ONLY_SHEETS, **tie), "2030-12-09 09:00", "Hội nghị thống nhất")

    with pytest.raises(NotAllowed, match=r"^Version 1 rests on members, criteria or a tie rule that have changed since;"):
        signed.publish("2030-12-09 10:00")
    assert said[0] == "Version 1 of the result stays as it was made; to aggregate again makes a new one."
    assert signed.claim("2030-12-09 11:00")
    assert signed.aggregate("2030-12-09 11:00").version == 2
    assert signed.publish("2030-12-09 12:00").version == 2


def test_a_tie_rule_that_is_changed_and_changed_back_makes_a_result_that_can_be_published(signed):
    send_all(signed, "2030-11-20 09:00", "u1", "u2", "u3")
    signed.aggregate("2030-11-20 10:00")
    for day, ties in (("2030-12-09", "cross-mean"), ("2030-12-10", "shared")):
        signed.apply(plan(activities=ONLY_SHEETS, policies={"ties": ties}), f"{day} 09:00", "Hội nghị thống nhất")
        signed.claim(f"{day} 10:00")
        signed.aggregate(f"{day} 10:00")

    again = signed.claim("2030-12-10 11:00")

    assert again is False
    assert [row.state for row in signed.rows(Aggregation)] == [AggregationState.DONE] * 2
    assert signed.publish("2030-12-10 12:00").version == 3


def test_a_policy_that_no_ranking_rests_on_leaves_a_result_to_be_published(signed):
    send_all(signed, "2030-11-20 09:00", "u1", "u2", "u3")
    signed.aggregate("2030-11-20 10:00")

    signed.apply(plan(activities=ONLY_SHEETS, policies={"cross_scores_seen": "matrix"}), "2030-12-09 09:00", "Thống nhất")

    assert signed.publish("2030-12-09 10:00").version == 1
    assert {each.state for each in signed.rows(Deposit)} == {DepositState.ACCEPTED}


def test_from_waiting_to_closing_with_those_received_is_a_change_with_its_reason(signed):
    send_all(signed, "2030-11-20 09:00", "u1", "u2")
    with pytest.raises(NotAllowed, match=r"^Score sheets are still missing: Đơn vị 3\.$"):
        signed.close("2030-12-09 09:00")

    signed.apply(plan(activities=ONLY_SHEETS, policies={"missing_sheet": "received"}), "2030-12-09 10:00", "Quá hạn")

    assert signed.close("2030-12-09 11:00")
    assert (signed.aggregate().state, len(signed.rows(Result))) == (ResultState.PROVISIONAL, 1)


def test_a_reason_of_blanks_is_none(signed):
    with pytest.raises(NotAllowed, match="give a reason"):
        signed.apply(without_u3(), "2030-11-25 09:00", "  ")


def test_members_leave_and_come_back_with_their_dates(base):
    year = cycle_of(base, plan(activities=ONLY_SHEETS))

    year.apply(without_u3(), "2030-03-01 09:00")
    gone = {row.until for row in year.rows(Membership)}
    year.apply(plan(activities=ONLY_SHEETS), "2030-04-01 09:00")

    assert gone == {None, on("2030-03-01 09:00")}
    assert sorted(row.since for row in year.rows(Membership) if row.until is None)[-1] == on("2030-04-01 09:00")
    assert [code for code, _ in year.units()] == ["u1", "u2", "u3"]


def test_criteria_are_kept_in_each_of_their_versions(base):
    year = cycle_of(base, plan(activities=ONLY_SHEETS))

    year.apply(plan(activities=ONLY_SHEETS, criteria=criteria("30")))
    year.apply(plan(activities=ONLY_SHEETS))

    assert sorted((row.code, row.since, row.until, row.maximum) for row in year.rows(Criterion) if row.code == "I.1") == [
        ("I.1", 1, 2, 25_000), ("I.1", 2, 3, 30_000), ("I.1", 3, None, 25_000),
    ]  # fmt: skip


def test_every_version_of_the_plan_is_kept(base):
    year = cycle_of(base, plan(activities=ONLY_SHEETS))

    year.apply(plan(activities=ONLY_SHEETS, recipients=["Sở Nội vụ"]))

    kept = sorted(year.rows(PlanVersion), key=lambda row: row.version)
    assert [row.version for row in kept] == [1, 2]
    assert kept[1].plan == year.cycle.plan != kept[0].plan


def test_a_leader_who_hands_over_owes_the_leaders_work_no_more_and_the_new_one_does(base):
    duty = {"covenant": None, "sheets": None, **ONLY_SHEETS, "opinions": {"kind": "duty", "actors": "leader"}}
    year = cycle_of(base, plan(activities=duty))
    year.advance(Stage.SIGNING, "2030-02-11 07:00")
    first, second, third = plan_data()["units"]
    units = [first | {"role": "member"}, second | {"role": "leader"}, third]
    contacts = [plan_data()["contacts"][0] | {"unit": "u2"}, *plan_data()["contacts"][1:]]

    year.apply(plan(activities=duty, units=units, contacts=contacts), "2030-02-12 09:00", "Luân phiên")
    year.advance(Stage.SIGNING, "2030-02-13 07:00")

    assert {year.obligation(unit, "opinions").state for unit in ("u1",)} == {ObligationState.WAIVED}
    assert year.obligation("u2", "opinions").state is ObligationState.OPEN
    assert year.notices("invitation") == [
        "opinions/u1/invitation/2030-02-15/u1@b.example.vn",
        "opinions/u2/invitation/2030-02-15/u2@b.example.vn",
    ]


def test_who_takes_over_as_a_units_contact_is_invited_and_what_was_queued_for_the_former_lapses(year):
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    secretary, first, _, third = plan_data()["contacts"]
    new = {"unit": "u2", "name": "Chuyên viên mới", "email": "moi@b.example.vn"}

    year.apply(plan(contacts=[secretary, first, new, third]), "2030-05-06 07:01")

    states = {row.identity.split("/")[-1]: row.state for row in year.rows(Notice)}
    assert states == {
        "u1@b.example.vn": NoticeState.QUEUED, "u2@b.example.vn": NoticeState.CANCELLED,
        "u3@b.example.vn": NoticeState.QUEUED, "moi@b.example.vn": NoticeState.QUEUED,
    }  # fmt: skip


def test_a_person_who_serves_two_blocs_is_called_and_written_to_as_each_of_them_says(base):
    for code, name, language in (("a", "Chuyên viên phòng A", "vi"), ("z", "Desk Z", "en")):
        common = {"unit": "u1", "name": name, "email": "common@example.vn", "language": language}
        year = cycle_of(base, plan(code=code, contacts=[common]))
        year.advance(Stage.MIDYEAR, "2030-05-06 07:00")

    for code, called in (("a", ("Chuyên viên phòng A", "vi")), ("z", ("Desk Z", "en"))):
        rows = [row for row in Year(base, f"{code}-2030").rows(Notice) if "common@example.vn" in row.identity]
        assert {(row.name, row.language) for row in rows} == {called}


def test_each_change_is_on_record_with_who_and_why(signed):
    signed.apply(without_u3(), "2030-11-25 09:00", MERGED, by="Chuyên viên giúp việc")

    last = max(signed.rows(AuditEntry), key=lambda row: row.number)
    assert (last.by, last.act, last.about, last.because) == ("Chuyên viên giúp việc", "plan", "b-2030", MERGED)
    assert (last.before["version"], last.after["version"]) == (1, 2)
    assert last.after["changes"][0]["text"] == "{unit} is no member any more."


def test_the_record_of_a_change_tells_no_addresses(signed):
    *others, last = plan_data()["contacts"]

    said = signed.apply(plan(activities=ONLY_SHEETS, contacts=[*others, last | {"email": "moi@b.example.vn"}]))

    assert said[0] == "moi@b.example.vn is written to for Đơn vị 3 (contact)."
    assert "@" not in json.dumps([row.after for row in signed.rows(AuditEntry)])


@pytest.mark.parametrize(
    ("size", "frozen"), [(2, True), (4, False)], ids=["who had not signed leaves", "another comes, who is to sign"]
)
def test_the_covenant_is_frozen_once_all_who_are_there_have_signed(base, size, frozen):
    year = cycle_of(base, plan(activities=ONLY_SHEETS))
    year.advance(Stage.SIGNING, "2030-02-18 07:00")
    for unit in ("u1", "u2"):
        year.sign(unit)

    year.apply(plan(size=size, activities=ONLY_SHEETS), "2030-02-21 09:00")
    if size == 4:
        year.sign("u3")

    assert (year.cycle.frozen_at is not None) is frozen
    assert ("freeze" in [row.act for row in year.rows(AuditEntry)]) is frozen


def test_what_a_plan_shows_is_done_only_when_it_is_not_a_dry_run(signed):
    before = [row.model_dump() for table in (Membership, Obligation, AuditEntry) for row in signed.rows(table)]

    with signed.open() as (work, _):
        from bloc.actions.plans import apply_plan

        changes = apply_plan(work, without_u3(), on("2030-11-25 09:00"), because=MERGED)
        work.forget()

    assert len(changes) == 4
    assert [row.model_dump() for table in (Membership, Obligation, AuditEntry) for row in signed.rows(table)] == before
