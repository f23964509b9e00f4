import pytest

CHANGES = [
    pytest.param(
        "before: 2030-06-07",
        "before: 2030-02-30",
        "32 activities[0].deadline.before: is no date of the calendar; write year-month-day, as in 2030-01-31",
        id="a day that the calendar does not have",
    ),
    pytest.param(
        "opens: 2030-05-06",
        "opens: 06/5/2030",
        "31 activities[0].opens: is no date; write year-month-day, as in 2030-01-31",
        id="a date in another order",
    ),
    pytest.param(
        "{unit: u2,", "{unit: u9,", '10 contacts[1].unit: there is no unit "u9" among the units', id="a contact of no unit"
    ),
    pytest.param(
        "actors: all",
        "actors: [u1, u9]",
        '38 activities[1].actors[1]: there is no unit "u9" among the units',
        id="an activity for no unit",
    ),
    pytest.param(
        "max: 25", "min: 0, max: -1", "24 criteria.groups[0].criteria[0]: has a maximum below its minimum", id="bounds"
    ),
    pytest.param(
        "code: I.2", "code: I.1", '25 criteria.groups[0].criteria[1].code: "I.1" stands here a second time', id="code"
    ),
    pytest.param("code: u3", "code: u2", '7 units[2].code: "u2" stands here a second time', id="two units of one code"),
    pytest.param("Đơn vị 3", "Đơn vị 2", '7 units[2].name: "Đơn vị 2" stands here a second time', id="two units of one name"),
    pytest.param(
        "code: sheets", "code: reports", '34 activities[1].code: "reports" stands here a second time', id="activities"
    ),
    pytest.param("role: deputy", "role: leader", "5 units: must have exactly one leader; it has 2", id="two leaders"),
    pytest.param(", role: leader", "", "5 units: must have exactly one leader; it has 0", id="no leader"),
    pytest.param(
        "name: Đơn vị 3", "name: Đơn vị 3, role: deputy", "5 units: must have at most one deputy; it has 2", id="two deputies"
    ),
    pytest.param(
        "opens: 2030-05-06",
        "opens: 2030-06-07",
        "32 activities[0].deadline: closes before it opens",
        id="closes before it opens",
    ),
    pytest.param("u2@example.vn", "u2.example.vn", "10 contacts[1].email: is no e-mail address", id="an e-mail that is none"),
    pytest.param(
        "email: u2@example.vn", 'email: "u2@example.vn\\n"', "10 contacts[1].email: is no e-mail address", id="newline"
    ),
    pytest.param("u2@", "đơnvị2@", "10 contacts[1].email: is no e-mail address", id="an e-mail with accents"),
    pytest.param(
        "role: secretary",
        "role: boss",
        "9 contacts[0].role: is none of: 'contact', 'deputy_contact', 'head', 'secretary'",
        id="role",
    ),
    pytest.param("unit: u1", "unit: u3", "9 contacts[0].unit: the secretary must belong to the leader's unit", id="secretary"),
    pytest.param("year: 2030", "year: abc", "2 year: is no whole number", id="a year in letters"),
    pytest.param("year: 2030", "year: " + 5000 * "9", "2 year: is no whole number", id="a year without end"),
    pytest.param("year: 2030", "year: 2024", "31 activities[0].opens: lies in another year than the plan", id="another year"),
    pytest.param(
        "max: 25",
        "max: nan",
        "24 criteria.groups[0].criteria[0].max: is no number of points (at most three decimals)",
        id="nan",
    ),
    pytest.param(
        "max: 25",
        "max: inf",
        "24 criteria.groups[0].criteria[0].max: is no number of points (at most three decimals)",
        id="inf",
    ),
    pytest.param(
        "max: 25",
        "max: 1e999999",
        "24 criteria.groups[0].criteria[0].max: is no number of points (at most three decimals)",
        id="huge",
    ),
    pytest.param(
        "max: 25",
        "max: 0.0001",
        "24 criteria.groups[0].criteria[0].max: is no number of points (at most three decimals)",
        id="fine",
    ),
    pytest.param("step: 0.25", "step: 0", "19 criteria.step: must be more than 0", id="a step of nothing"),
    pytest.param("quarter: 2", "quarter: 5", "30 activities[0].quarter: is none of: 1, 2, 3, 4", id="a fifth quarter"),
    pytest.param('"07:30"', "half past seven", '12 reminders.at: is no time of day; write it as "07:30"', id="time of day"),
    pytest.param("before: 3, ", "", '14 reminders.ladder[0]: needs one of "before" and "after"', id="a step without days"),
    pytest.param(
        "before: 2030-06-07",
        "before: 2030-06-07, by: 2030-06-07",
        '32 activities[0].deadline: needs one of "before" (trước ngày) and "by" (đến hết ngày)',
        id="a deadline both before and by",
    ),
    pytest.param(
        "actors: all",
        "actors: everybody",
        "38 activities[1].actors: names neither a group of units (all, leader, deputy, members) nor a list of codes",
        id="actors",
    ),
    pytest.param("actors: all", "actors: leader", "38 activities[1].actors: score sheets are sent by all units", id="sheets"),
    pytest.param(
        "kind: report",
        "kind: score-sheets",
        "36 activities[1].kind: a plan has one activity of score sheets; this is another",
        id="sheets twice",
    ),
    pytest.param(
        "title: Gửi báo cáo",
        "titel: Gửi báo cáo",
        "28 activities[0].titel: is no known key here; is it misspelt?",
        id="misspelt",
    ),
    pytest.param("    title: Gửi báo cáo\n", "", "27 activities[0].title: is missing; please add it", id="missing"),
    pytest.param(
        "  clauses: [Thi đua]", "  clauses: []", "17 covenant.clauses: has too few entries; it needs at least 1", id="none"
    ),
    pytest.param("year: 2030\n", "year: 2030\nyear: 2030\n", "3 year: stands here more than once", id="a key twice"),
    pytest.param(
        "covenant:\n",
        "legal_bases: [{name: Luật, date: 2030-01-01, since: 2030-02-01, until: 2030-01-01}]\ncovenant:\n",
        "16 legal_bases[0].until: ends before it begins",
        id="dates",
    ),
    pytest.param(
        "before: 2030-06-07",
        "before: 2030-06-17",
        "32 activities[0].deadline.phrase: says another day than the date given",
        id="phrase and date",
    ),
    pytest.param(
        "phrase: trước ngày 07/6/2030, before: 2030-06-07",
        "phrase: trước ngày 07/6/2030, by: 2030-06-07",
        '32 activities[0].deadline.by: the phrase says "trước": write "before"',
        id="before and by",
    ),
    pytest.param(
        "title: Một",
        r'title: "Một\u2028hai"',
        "24 criteria.groups[0].criteria[0].title: must stand on one line",
        id="line break",
    ),
]


@pytest.mark.parametrize(("good", "bad", "fault"), CHANGES)
def test_a_fault_is_told_with_its_line_and_path(small, faults, good, bad, fault):
    assert good in small

    told = faults(small.replace(good, bad, 1))

    assert f"plan.yaml:{fault}" in told


def test_the_small_plan_itself_has_no_fault(small, faults):
    assert faults(small) == []


def test_all_faults_are_told_at_once_in_the_order_of_their_lines(small, faults):
    bad = (
        small.replace("role: deputy", "role: leader")
        .replace("u2@example.vn", "nobody")
        .replace("max: 25", "max: -1")
        .replace("code: sheets", "code: reports")
        .replace("before: 2030-06-07", "before: 2030-13-01")
    )

    assert faults(bad) == [
        "plan.yaml:5 units: must have exactly one leader; it has 2",
        "plan.yaml:10 contacts[1].email: is no e-mail address",
        "plan.yaml:24 criteria.groups[0].criteria[0]: has a maximum below its minimum",
        "plan.yaml:32 activities[0].deadline.before: is no date of the calendar; write year-month-day, as in 2030-01-31",
        'plan.yaml:34 activities[1].code: "reports" stands here a second time',
    ]


def test_a_list_whose_entries_are_wrong_is_not_called_too_short_as_well(small, faults):
    told = faults(small.replace("kind: report", "kind: letter").replace("[contact]", "[nobody]"))

    assert [fault.split(": ")[0] for fault in told] == [
        "plan.yaml:14 reminders.ladder[0].to[0]",
        "plan.yaml:29 activities[0].kind",
    ]


def test_a_list_that_is_too_short_is_called_so_beside_the_faults_of_its_entries(small, faults):
    one_unit = small.replace("  - {code: u2, name: Đơn vị 2, role: deputy}\n  - {code: u3, name: Đơn vị 3}\n", "")

    told = faults(one_unit.replace("role: leader", "role: leader, born: 1990"))

    assert "plan.yaml:5 units: has too few entries; it needs at least 2" in told
    assert "plan.yaml:5 units[0].born: is no known key here; is it misspelt?" in told


def test_one_contact_is_not_written_down_twice_even_with_its_role_left_out(small, faults):
    again = "  - {unit: u2, name: Người khác, email: U2@example.vn}\nreminders:"

    told = faults(small.replace("reminders:", again))

    assert told == ['plan.yaml:11 contacts[2].email: "u2@example.vn" stands here a second time']


def test_one_person_may_serve_two_units_and_two_roles(small, faults):
    more = (
        "  - {unit: u2, role: head, name: Chuyên viên, email: u2@example.vn}\n"
        "  - {unit: u3, role: contact, name: Chuyên viên, email: u2@example.vn}\nreminders:"
    )

    assert faults(small.replace("reminders:", more)) == []


def test_the_deputy_is_asked_to_act_only_if_there_is_one(small, faults):
    report = small.replace("kind: report", "kind: report\n    actors: deputy")

    assert faults(report) == []
    assert faults(report.replace(", role: deputy", "")) == [
        "plan.yaml:30 activities[0].actors: asks the deputy to act, but no unit is the deputy"
    ]


def test_a_day_off_may_not_move_a_deadline_to_before_the_opening(small, faults):
    policy = "policies: {day_off: working-day-before}\n"
    on_saturday = small.replace("opens: 2030-05-06", "opens: 2030-06-08").replace(
        "{phrase: trước ngày 07/6/2030, before: 2030-06-07}", "{phrase: hết thứ Bảy, by: 2030-06-08}"
    )

    assert faults(on_saturday) == []
    assert faults(policy + on_saturday) == ["plan.yaml:33 activities[0].deadline: closes before it opens"]
