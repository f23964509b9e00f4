import pytest
from sqlmodel import Session, func, select

from bloc.actions.plans import apply_plan
from bloc.db import unit_of_work
from bloc.enums import ActivityState, CycleMode, DepositState, NoticeState, ObligationState, Stage
from bloc.errors import NotAllowed
from models import Activity, Contact, Cycle, Membership, Notice, Obligation, Role, Unit
from notifications import claims, outcomes
from tests.factories import START, cycle_of, moved, on, plan, plan_data, sheet

pytestmark = pytest.mark.either


def test_a_plan_is_shown_as_it_is_applied(base):
    year = cycle_of(base, plan(activities={"opinions": None, "covenant": None}))

    changes = year.apply(plan(size=2, activities={"opinions": None, "covenant": None, "exchange": None}))

    assert changes == [
        "Đơn vị 3 is no member any more.",
        "u3@b.example.vn is written to no more for Đơn vị 3 (contact).",
        '"Trao đổi kinh nghiệm" is withdrawn.',
        "Parts of the plan that differ: units, contacts, activities.",
    ]


def test_a_second_application_changes_nothing_and_says_so(year, base):
    before = tables(base)

    changes = year.apply(plan(), "2030-04-01 08:00")

    assert changes == []
    assert tables(base) == before
    assert year.cycle.plan_version == 1


def tables(base):
    with Session(base.engine) as session:
        return [
            sorted(row.model_dump_json() for row in session.exec(select(table)))
            for table in (Cycle, Unit, Membership, Role, Activity, Obligation, Notice)
        ]


def test_a_change_that_moves_nothing_is_named_by_its_part(year):
    changes = year.apply(plan(recipients=["Sở Nội vụ"]))

    assert changes == ["Parts of the plan that differ: recipients."]
    assert year.cycle.plan_version == 2


def test_a_changed_date_is_shown_and_moves_obligations_and_their_next_steps(year):
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    before = year.obligation("u2")

    changes = year.apply(plan(activities=moved("reports", "2030-06-20")), "2030-05-20 09:00")

    after = year.obligation("u2")
    assert changes == [
        '"Báo cáo sơ kết": the last day is moved from 06/6/2030 to 20/6/2030 (opens 06/5/2030).',
        "Parts of the plan that differ: activities.",
    ]
    assert (before.due_at, before.next_step_at) == (on("2030-06-07"), on("2030-06-03 07:30"))
    assert (after.due_at, after.next_step_at) == (on("2030-06-21"), on("2030-06-17 07:30"))


def test_who_still_owes_is_told_the_new_last_day_at_once_and_nobody_else(year):
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    year.deposit("u1", b"%PDF-1.7 %%EOF", "2030-05-07 09:00")
    year.extend("u2", "2030-07-01", "2030-05-08 09:00")

    year.apply(plan(activities=moved("reports", "2030-06-20")), "2030-05-20 09:00")

    assert year.notices("invitation")[-1] == "reports/u3/invitation/2030-06-20.1/u3@b.example.vn"
    assert [name for name in year.notices("invitation") if "2030-06-20" in name] == year.notices("invitation")[-1:]


def test_reminders_of_a_deadline_that_has_moved_are_cancelled_and_new_ones_come(year):
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    year.deposit("u1", b"%PDF-1.7 %%EOF", "2030-05-07 09:00")
    year.remind("2030-06-03 08:00")

    year.apply(plan(activities=moved("reports", "2030-06-20")), "2030-06-03 09:00")

    assert sorted(row.kind for row in year.rows(Notice) if row.state is NoticeState.CANCELLED) == [
        *["invitation"] * 3, "reminder", "reminder",  # none had been sent yet
    ]  # fmt: skip
    assert year.remind("2030-06-17 08:00") == 2
    assert year.notices("reminder") == [
        "reports/u2/reminder-3/2030-06-06/u2@b.example.vn",
        "reports/u2/reminder-3/2030-06-20.1/u2@b.example.vn",
        "reports/u3/reminder-3/2030-06-06/u3@b.example.vn",
        "reports/u3/reminder-3/2030-06-20.1/u3@b.example.vn",
    ]


MOVED = plan(activities=moved("reports", "2030-06-20"))
UNDATED = plan(activities={"reports": {"deadline": None}})
WITHDRAWN = plan(activities={"reports": None})


def invitations_sent(year, base, when):
    """Deliver what is queued of invitations, and return the identities of all that were sent so far to u2."""
    year.tidied(when)
    with Session(base.engine) as session:
        scope = claims.Scope(year.cycle.id, on(when), on(when))
        while claim := claims.claim_next(session, scope):
            outcomes.settle(session, [outcomes.sent(claim, reply="250 OK", now=on(when), kept=b"")])
        session.commit()
    rows = [row for row in year.rows(Notice) if row.kind == "invitation" and row.state is NoticeState.SENT]
    return sorted(row.identity.split("/")[4] for row in rows if "/u2/" in row.identity)


@pytest.mark.parametrize(
    ("between", "last"),
    [(MOVED, "2030-06-06.2"), (UNDATED, "2030-06-06.1"), (WITHDRAWN, "2030-06-06.1")],
    ids=["moved", "undated", "withdrawn"],
)
@pytest.mark.parametrize("delivered", [(True, True), (False, True), (False, False)], ids=["sent", "tidied", "still queued"])
def test_a_deadline_that_comes_back_to_where_it_was_is_mailed_again_and_once(year, base, between, last, delivered):
    before, meanwhile = delivered
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    sent = invitations_sent(year, base, "2030-05-06 07:01") if before else []

    year.apply(between, "2030-05-20 09:00")
    if meanwhile:
        sent = invitations_sent(year, base, "2030-05-20 09:01")
    year.apply(plan(), "2030-05-21 09:00")
    year.advance(Stage.MIDYEAR, "2030-05-22 07:00")

    assert invitations_sent(year, base, "2030-05-22 07:01") == sorted([*sent, last])
    assert [year.remind(f"2030-06-0{day} 08:00") for day in (3, 4)] == [3, 0]
    assert year.notices("reminder")[1] == f"reports/u2/reminder-3/{last}/u2@b.example.vn"


def test_for_a_reminder_that_lapsed_by_a_move_and_back_the_new_invitation_stands(year, base):
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    invitations_sent(year, base, "2030-05-06 07:01")
    year.remind("2030-06-03 07:30")

    year.apply(MOVED, "2030-06-03 07:30")
    year.apply(plan(), "2030-06-03 07:31")

    assert year.remind("2030-06-03 08:00") == 0
    assert invitations_sent(year, base, "2030-06-03 08:01") == ["2030-06-06", "2030-06-06.2"]
    assert {row.state for row in year.rows(Notice) if row.kind == "reminder"} == {NoticeState.CANCELLED}
    assert year.remind("2030-06-06 08:00") == 3
    assert year.notices("reminder")[0] == "reports/u1/reminder+0/2030-06-06.2/u1@b.example.vn"


def without_u2():
    first, _, third = plan_data()["units"]
    return plan(units=[first, third | {"role": "deputy"}], contacts=[c for c in plan_data()["contacts"] if c["unit"] != "u2"])


@pytest.mark.parametrize("delivered", [True, False], ids=["sent", "still queued"])
def test_a_unit_that_is_put_back_owes_again_and_is_invited_anew(year, base, delivered):
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    first = invitations_sent(year, base, "2030-05-06 07:01") if delivered else []

    year.apply(without_u2(), "2030-05-20 09:00")
    gone = year.rows(Obligation)
    year.apply(plan(), "2030-05-21 09:00")

    assert sorted(owed.state for owed in gone) == [ObligationState.OPEN, ObligationState.OPEN, ObligationState.WAIVED]
    assert year.obligation("u2").state is ObligationState.OPEN
    assert invitations_sent(year, base, "2030-05-21 09:01") == [*first, "2030-06-06.1"]
    assert year.remind("2030-06-03 08:00") == 3
    assert len(year.notices("invitation")) == 4  # the others are not written to again


@pytest.mark.parametrize("reports", [None, {"actors": ["u1", "u3"]}], ids=["withdrawn", "not its own"])
def test_a_unit_that_is_put_back_owes_nothing_of_what_is_over_or_asked_of_it_no_more(year, reports):
    year.advance(Stage.SIGNING, "2030-02-11 07:00")
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")

    year.apply(without_u2(), "2030-05-20 09:00")
    year.apply(plan(activities={"reports": reports}), "2030-05-21 09:00")

    assert [year.obligation("u2", code).state for code in ("opinions", "reports")] == [ObligationState.WAIVED] * 2
    assert year.obligation("u3", "opinions").state is ObligationState.OPEN


def test_an_extended_obligation_does_not_move_but_takes_the_new_ladder(year):
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    year.extend("u2", "2030-06-14", "2030-05-20 09:00")

    reminders = {"at": "07:00", "ladder": [{"before": "1"}]}
    year.apply(plan(activities=moved("reports", "2030-06-20"), reminders=reminders), "2030-05-21 09:00")

    assert [year.obligation(unit).due_at for unit in ("u1", "u2")] == [on("2030-06-21"), on("2030-06-15")]
    assert [year.obligation(unit).next_step_at for unit in ("u1", "u2")] == [on("2030-06-19 07:00"), on("2030-06-13 07:00")]


def test_an_activity_that_loses_its_date_reminds_nobody_and_goes_on_when_dated_again(year):
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")

    lost = year.apply(plan(activities={"reports": {"deadline": None}}), "2030-05-20 09:00")
    while_lost = year.activity("reports").state, year.remind("2030-06-03 08:00")
    found = year.apply(plan(activities=moved("reports", "2030-06-20")), "2030-06-03 09:00")
    again = year.advance(Stage.MIDYEAR, "2030-06-03 10:00")

    assert lost[0] == '"Báo cáo sơ kết": the last day is moved from 06/6/2030 to no date (opens 06/5/2030).'
    assert while_lost == (ActivityState.UNDATED, 0)
    assert found[0] == '"Báo cáo sơ kết": the last day is moved from no date to 20/6/2030 (opens 06/5/2030).'
    assert (again.opened, again.invited) == (("Báo cáo sơ kết",), 3)  # with the new last day
    assert year.obligation("u2").next_step_at == on("2030-06-17 07:30")


def test_an_undated_activity_opens_once_it_is_dated(year):
    before = year.activity("exchange").state

    year.apply(plan(activities=moved("exchange", "2030-08-30")), "2030-07-10 09:00")

    assert before is ActivityState.UNDATED
    assert year.advance(Stage.MIDYEAR, "2030-07-10 10:00").opened[-1] == "Trao đổi kinh nghiệm"


def test_what_lies_in_the_past_is_recorded_as_past_and_owed_by_nobody(base):
    year = cycle_of(base, plan(), "2030-03-04 08:00")

    done = year.advance(Stage.SIGNING, "2030-03-04 09:00")

    assert {code: year.activity(code).state for code in ("opinions", "covenant", "reports")} == {
        "opinions": ActivityState.PAST,
        "covenant": ActivityState.PAST,
        "reports": ActivityState.PLANNED,
    }
    assert (done.opened, done.closed, done.invited) == ((), (), 0)
    assert year.rows(Obligation) == []


def test_a_withdrawn_activity_is_owed_no_more_and_what_was_done_stays(year):
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    year.deposit("u1", b"%PDF-1.7 %%EOF", "2030-05-07 09:00")

    year.apply(plan(activities={"reports": None}), "2030-05-20 09:00")

    assert year.activity("reports").state is ActivityState.WITHDRAWN
    assert [year.obligation(unit).state for unit in ("u1", "u2")] == [ObligationState.ACCEPTED, ObligationState.WAIVED]
    assert year.remind("2030-06-03 08:00") == 0


def test_an_activity_that_comes_back_is_owed_again(year):
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    year.deposit("u1", b"%PDF-1.7 %%EOF", "2030-05-07 09:00")
    year.apply(plan(activities={"reports": None}), "2030-05-20 09:00")

    changes = year.apply(plan(), "2030-05-21 09:00")
    year.advance(Stage.MIDYEAR, "2030-05-21 10:00")

    assert changes == ['"Báo cáo sơ kết": through 06/6/2030.', "Parts of the plan that differ: activities."]
    assert [year.obligation(unit).state for unit in ("u1", "u2")] == [ObligationState.ACCEPTED, ObligationState.OPEN]
    assert year.remind("2030-06-03 08:00") == 2


@pytest.mark.parametrize("frozen", [False, True], ids=["before the freeze", "after it"])
def test_a_unit_is_renamed(year, frozen):
    if frozen:
        sign_all(year)

    changes = year.apply(plan(units=renamed()), "2030-03-04 09:00")

    assert changes == ["Đơn vị 2 is now called Sở mới.", "Parts of the plan that differ: units."]
    assert year.units() == [("u1", "Đơn vị 1"), ("u2", "Sở mới"), ("u3", "Đơn vị 3")]


def sign_all(year):
    year.advance(Stage.SIGNING, "2030-02-18 07:00")
    for unit in ("u1", "u2", "u3"):
        year.sign(unit)


def test_a_sheet_issued_before_a_unit_was_renamed_is_taken(year):
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    issued = sheet(year.cycle, "u1")
    year.send_sheet("u3", "2030-11-19 09:00")

    year.apply(plan(units=renamed()), "2030-11-20 09:00")

    sent = year.deposit("u1", issued, "2030-11-20 10:00", "sheets", "Bảng chấm điểm.xlsx")
    assert (sent.state, sent.faults) == (DepositState.ACCEPTED, [])


def renamed():
    first, second, third = plan_data()["units"]
    return [first, second | {"name": "Sở mới"}, third]


def criteria(most):
    leaf = {"code": "I.1", "title": "Một", "max": most}
    return {"step": "1", "groups": [{"code": "I", "title": "Nhóm", "criteria": [leaf]}]}


def joined_by_another():
    return [*plan_data()["units"], {"code": "u4", "name": "Đơn vị 4"}]


def with_another_deputy():
    first, second, third = plan_data()["units"]
    return [first, second | {"role": "member"}, third | {"role": "deputy"}]


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("members", {"units": joined_by_another()}),
        ("members", {"units": with_another_deputy()}),
        ("policies", {"policies": {"ties": "cross-mean"}}),
        ("covenant", {"covenant": {"clauses": ["Khác"]}}),
        ("criteria", {"criteria": criteria("30")}),
        ("members, criteria", {"units": with_another_deputy(), "criteria": criteria("30")}),
    ],
    ids=["members", "roles", "policies", "covenant", "criteria", "two at once"],
)
def test_what_the_units_signed_is_frozen(year, base, part, change):
    sign_all(year)
    before = tables(base)

    with pytest.raises(NotAllowed) as refused:
        year.apply(plan(**change), "2030-03-04 09:00")

    assert str(refused.value) == (f"The covenant is signed: to change what was agreed on ({part}), give a reason.")
    assert tables(base) == before


def test_what_score_sheets_rest_on_is_frozen_once_one_has_arrived(year, base):
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    year.send_sheet("u1", "2030-11-20 09:00")
    before = tables(base)

    with pytest.raises(NotAllowed, match=r"^Score sheets have arrived: to change what they rest on \(criteria\), give"):
        year.apply(plan(criteria=criteria("30")), "2030-11-20 10:00")

    assert tables(base) == before


def test_dates_may_change_after_the_freeze(year):
    sign_all(year)

    year.apply(plan(activities=moved("reports", "2030-06-20")), "2030-03-04 09:00")

    assert year.activity("reports").due_at == on("2030-06-21")


def test_a_role_goes_to_another_unit(year):
    first, second, third = plan_data()["units"]

    changes = year.apply(plan(units=[first, second | {"role": "member"}, third | {"role": "deputy"}]))

    assert changes == [
        "Đơn vị 2 changes its role from deputy to member.",
        "Đơn vị 3 changes its role from member to deputy.",
        "Parts of the plan that differ: units.",
    ]


def test_criteria_change_before_anything_rests_on_them(year):
    assert year.apply(plan(criteria=criteria("30"))) == [
        "Criterion I.1 changes.",
        "Criterion I.2 is dropped.",
        "Parts of the plan that differ: criteria.",
    ]


def test_people_come_and_go_and_who_has_no_contact_is_named(year):
    secretary, first, _, third = plan_data()["contacts"]
    head = {"unit": "u3", "role": "head", "name": "Giám đốc", "email": "head@b.example.vn"}

    changes = year.apply(plan(contacts=[secretary, first | {"email": "new@b.example.vn"}, third, head]))

    assert sorted(changes) == [
        "Beware: Đơn vị 2 has no contact; its mail falls to the secretary.",
        "Parts of the plan that differ: contacts.",
        "head@b.example.vn is written to for Đơn vị 3 (head).",
        "new@b.example.vn is written to for Đơn vị 1 (contact).",
        "u1@b.example.vn is written to no more for Đơn vị 1 (contact).",
        "u2@b.example.vn is written to no more for Đơn vị 2 (contact).",
    ]


def test_an_application_that_fails_leaves_no_trace(base):
    unknown = plan().model_copy(update={"contacts": plan(size=4).contacts})  # one of a unit that is not there

    with pytest.raises(KeyError), unit_of_work(base) as work:
        apply_plan(work, unknown, START)

    assert tables(base) == [[], [], [], [], [], [], []]


def test_blocs_in_one_database_with_a_common_contact_do_not_see_each_other(base):
    common = {"name": "Chuyên viên chung", "email": "common@example.vn"}
    contacts = {
        code: [{"unit": "u1", "role": "secretary", **common}, *plan_data(code=code)["contacts"][1:]] for code in ("a", "b")
    }
    one, other = (cycle_of(base, plan(code=code, contacts=contacts[code])) for code in ("a", "b"))

    one.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    one.deposit("u2", b"%PDF-1.7 %%EOF", "2030-05-07 09:00")

    assert one.notices() == [
        "reports/u1/invitation/2030-06-06/u1@a.example.vn",
        "reports/u2/invitation/2030-06-06/u2@a.example.vn",
        "reports/u2/receipt/1/u2@a.example.vn",
        "reports/u3/invitation/2030-06-06/u3@a.example.vn",
    ]
    assert (other.notices(), other.rows(Obligation)) == ([], [])
    assert other.activity("reports").state is ActivityState.PLANNED
    with Session(base.engine) as session:
        assert session.exec(select(func.count()).where(Contact.email == "common@example.vn")).one() == 1


def test_a_replay_begins_at_its_own_moment_and_a_live_year_has_the_clock_of_the_wall(base):
    live, replayed = (cycle_of(base, plan(code=mode.value), mode=mode).cycle for mode in CycleMode)

    assert (live.mode, live.reached_at) == (CycleMode.LIVE, None)
    assert (replayed.mode, replayed.reached_at) == (CycleMode.REPLAY, START)
