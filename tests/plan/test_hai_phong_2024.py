"""The shipped plan says what the governing document says."""

from datetime import UTC, date, datetime

import pytest

from bloc.enums import (
    ActivityKind,
    Actors,
    Before,
    ContactRole,
    CrossScoresSeen,
    DayOff,
    MemberRole,
    MissingSheet,
    Stage,
    TieRule,
    TitlesBy,
)
from bloc.plan.schema import Policies, Rounding
from bloc.rules.deadlines import due_at

BULLETS = [  # section, its words, who acts
    ("II.1", "xây dựng nội dung giao ước thi đua năm 2024 của Khối", "leader"),
    ("II.1", "bảng điểm đơn vị tự chấm và bảng điểm chấm chéo cho các đơn vị trong Khối", "all"),
    ("II.1", "bảng điểm đánh giá phong trào thi đua khen thưởng năm 2024", "all"),
    ("II.2.1", "xây dựng Kế hoạch công tác thi đua, khen thưởng của Khối năm 2024", "leader"),
    ("II.2.1", "xây dựng tiêu chí, nội dung chấm điểm thi đua của Khối năm 2024", "leader"),
    ("II.2.1", "thống nhất nội dung ký giao ước thi đua", "all"),
    ("II.2.1", "tổ chức Hội nghị ký kết giao ước thi đua năm 2024 giữa các đơn vị trong Khối", "leader"),
    ("II.2.1", "phát động và tổ chức các phong trào thi đua phấn đấu thực hiện thắng lợi nhiệm vụ chính trị", "all"),
    ("II.2.2", "hoàn thành sơ kết công tác 6 tháng đầu năm 2024, đề ra các giải pháp đẩy mạnh phong trào thi đua", "all"),
    ("II.2.2", "gửi Báo cáo Sơ kết công tác thi đua khen thưởng 6 tháng đầu năm và nhiệm vụ 6 tháng cuối năm 2024", "all"),
    ("II.2.3", "gửi Ủy ban nhân dân thành phố và các đơn vị thành viên trong Khối", "leader"),
    ("II.2.3", "xây dựng Kế hoạch tổ chức tổng kết công tác thi đua của Khối", "leader"),
    ("II.2.3", "các nội dung thi đua khác do Hội đồng Thi đua - Khen thưởng, Ban thi đua khen thưởng thành phố chỉ đạo", "all"),
    ("II.2.4", "gửi báo cáo tổng kết", "all"),
    ("II.2.4", "gửi bảng chấm điểm (gồm bảng điểm đơn vị tự chấm và bảng điểm chấm chéo", "all"),
    ("II.2.4", "tổng hợp báo cáo chung", "leader"),
    ("II.2.4", "tổ chức Hội nghị tổng kết phong trào thi đua Khối các cơ quan Quản lý kinh tế thành phố năm 2024", "leader"),
    ("II.2.4", "bình xét danh hiệu thi đua và hình thức khen thưởng năm 2024 cho các đơn vị trong Khối", "leader"),
    ("III.1", "triển khai công tác Thi đua, khen thưởng toàn Khối", "leader"),
    ("III.1", "chủ trì", "leader"),
    ("III.1", "dự thảo các văn bản phục vụ công tác thi đua, khen thưởng của Khối", "leader"),
    ("III.1", "kế hoạch tổ chức giao lưu văn nghệ, thể thao", "leader"),
    ("III.1", "kế hoạch học tập kinh nghiệm về công tác Thi đua, khen thưởng", "leader"),
    ("III.1", "nghe báo cáo phong trào thi đua của một số đơn vị trong Khối", "leader"),
    ("III.1", "là đầu mối tổng hợp thành tích thi đua, khen thưởng của các đơn vị trong Khối", "leader"),
    ("III.1", "trình cấp có thẩm quyền khen thưởng", "leader"),
    ("III.1", "tổ chức Hội nghị sơ kết", "leader"),
    ("III.1", "tổ chức Hội nghị tổng kết", "leader"),
    ("III.2", "đôn đốc, tổng hợp các báo cáo định kỳ 6 tháng", "deputy"),
    ("III.2", "đôn đốc, tổng hợp các báo cáo định kỳ cuối năm", "deputy"),
    ("III.2", "phối hợp tổ chức các hoạt động giao lưu, văn nghệ, thể thao của khối thi đua", "deputy"),
    ("III.3", "theo kế hoạch của đơn vị mình", "all"),
    ("III.3", "chủ động tổ chức phong trào thi đua yêu nước trong ngành mình", "all"),
    ("III.3", "phát hiện, bồi dưỡng và nhân rộng những điển hình tiên tiến", "all"),
    ("III.3", "triển khai các hoạt động thiết thực hưởng ứng phong trào thi đua của Khối", "all"),
    ("III.3", "phát động tới toàn thể cán bộ, công chức, viên chức và người lao động", "all"),
    ("III.3", "tích cực tham gia các phong trào, các hoạt động giao lưu văn nghệ, thể thao của Khối", "all"),
    ("III.3", "gửi báo cáo sơ kết", "all"),
    ("III.3", "gửi bảng chấm điểm", "all"),
]


def by_code(plan):
    return {activity.code: activity for activity in plan.activities}


@pytest.mark.parametrize(("section", "words", "actors"), BULLETS, ids=[f"{section} {words}" for section, words, _ in BULLETS])
def test_each_item_of_the_document_is_an_activity_of_those_whom_it_names(plan, section, words, actors):
    served = [
        activity
        for activity in plan.activities
        if section in activity.source.split(", ") and words.casefold() in activity.title.casefold()
    ]

    assert [activity.actors for activity in served] == [Actors(actors)]


def test_no_activity_comes_from_a_section_that_the_document_does_not_have(plan):
    sections = {"I.2", "II.1", "II.2.1", "II.2.2", "II.2.3", "II.2.4", "III.1", "III.2", "III.3"}

    assert {section for activity in plan.activities for section in activity.source.split(", ")} == sections


def test_each_part_of_section_ii_2_lies_in_its_quarter(plan):
    quarters = {
        (source, activity.quarter)
        for activity in plan.activities
        for source in activity.source.split(", ")
        if "II.2." in source
    }

    assert quarters == {("II.2.1", 1), ("II.2.2", 2), ("II.2.3", 3), ("II.2.4", 4)}


def test_duties_of_section_iii_alone_have_no_quarter_and_no_deadline(plan):
    duties = [activity for activity in plan.activities if activity.source.startswith("III")]

    assert {(activity.quarter, activity.deadline) for activity in duties} == {(None, None)}
    assert {activity.kind for activity in duties} == {ActivityKind.DUTY, ActivityKind.CONFERENCE}


@pytest.mark.parametrize(
    ("code", "kind", "actors", "stage"),
    [
        ("covenant-consultation", "consultation", "all", "signing"),
        ("criteria-consultation", "consultation", "all", "signing"),
        ("covenant-signing", "signature", "all", "signing"),
        ("covenant-conference", "conference", "leader", "signing"),
        ("midyear-reports", "report", "all", "midyear"),
        ("bloc-midyear-report", "report", "leader", "midyear"),
        ("midyear-conference", "conference", "leader", "midyear"),
        ("midyear-reports-compilation", "duty", "deputy", "midyear"),
        ("year-end-reports", "report", "all", "year-end"),
        ("year-end-sheets", "score-sheets", "all", "year-end"),
        ("year-end-conference", "conference", "leader", "year-end"),
        ("commendation-submission", "duty", "leader", "year-end"),
    ],
)
def test_an_activity_has_its_kind_its_actors_and_its_stage(plan, code, kind, actors, stage):
    activity = by_code(plan)[code]

    assert (activity.kind, activity.actors, activity.carried_by) == (ActivityKind(kind), Actors(actors), Stage(stage))


def test_only_the_deadlines_that_the_document_writes_are_dated(plan):
    dated = {activity.code: activity.deadline for activity in plan.activities if activity.deadline}

    assert {code: (deadline.phrase, deadline.before, deadline.by) for code, deadline in dated.items()} == {
        "midyear-reports": ("trước ngày 07/6/2024", date(2024, 6, 7), None),
        "year-end-reports": ("trước ngày 08/12/2024", date(2024, 12, 8), None),
        "year-end-sheets": ("trước ngày 08/12/2024", date(2024, 12, 8), None),
    }


@pytest.mark.parametrize(
    ("code", "last", "weekday", "due"),
    [
        ("midyear-reports", date(2024, 6, 6), "Thursday", datetime(2024, 6, 6, 17, tzinfo=UTC)),
        ("year-end-reports", date(2024, 12, 7), "Saturday", datetime(2024, 12, 7, 17, tzinfo=UTC)),
        ("year-end-sheets", date(2024, 12, 7), "Saturday", datetime(2024, 12, 7, 17, tzinfo=UTC)),
    ],
)
def test_before_a_day_is_in_time_to_the_end_of_the_day_before_in_vietnam(plan, code, last, weekday, due):
    day = plan.last_day(by_code(plan)[code])

    assert day == last
    assert day.strftime("%A") == weekday
    assert due_at(day) == due


def test_dated_activities_open_weeks_before_on_a_working_day(plan):
    opened = {activity.code: plan.opening_day(activity) for activity in plan.activities if activity.deadline}

    assert opened == {
        "midyear-reports": date(2024, 5, 6),
        "year-end-reports": date(2024, 11, 4),
        "year-end-sheets": date(2024, 11, 4),
    }
    assert all(plan.work_calendar.is_working_day(day) for day in opened.values())


def test_there_are_seven_units_one_of_which_leads_and_one_is_its_deputy(plan):
    assert {unit.code: unit.role for unit in plan.units} == {
        "heza": MemberRole.LEADER,
        "nnptnt": MemberRole.DEPUTY,
        "dv3": MemberRole.MEMBER,
        "dv4": MemberRole.MEMBER,
        "dv5": MemberRole.MEMBER,
        "dv6": MemberRole.MEMBER,
        "dv7": MemberRole.MEMBER,
    }
    assert plan.units[0].name == "Ban Quản lý Khu kinh tế Hải Phòng"
    assert plan.units[1].name == "Sở Nông nghiệp và Phát triển nông thôn"


def test_every_open_question_is_written_out_with_its_default(plan, shipped_tree):
    assert set(shipped_tree["policies"]) == set(Policies.model_fields)
    assert plan.policies == Policies(
        rounding=Rounding(decimals=2, mode="half-up"),
        ties=TieRule.SHARED,
        missing_sheet=MissingSheet.WAIT,
        cross_scores_seen=CrossScoresSeen.MEANS,
        before=Before.DAY_BEFORE,
        day_off=DayOff.AS_WRITTEN,
        titles_by=TitlesBy.RANK,
    )
    assert plan.policies == Policies()


def test_the_score_sheet_is_named_an_example_of_a_hundred_points_with_bonus_and_penalty_apart(plan):
    tops = {group.code: sum(leaf.max for leaf in group.criteria) for group in plan.criteria.groups}
    bottoms = {group.code: sum(leaf.min for leaf in group.criteria) for group in plan.criteria.groups}

    assert plan.criteria.example
    assert plan.criteria.step == 250
    assert tops["I"] + tops["II"] + tops["III"] == 100_000
    assert (tops["IV"], tops["V"]) == (5_000, 0)
    assert bottoms == {"I": 0, "II": 0, "III": 0, "IV": 0, "V": -5_000}


def test_every_unit_has_a_contact_a_deputy_contact_and_a_head_and_the_leader_a_secretary(plan):
    everywhere = {ContactRole.CONTACT, ContactRole.DEPUTY_CONTACT, ContactRole.HEAD}
    held = {unit.code: {contact.role for contact in plan.contacts if contact.unit == unit.code} for unit in plan.units}

    assert held.pop("heza") == everywhere | {ContactRole.SECRETARY}
    assert all(roles == everywhere for roles in held.values())
    assert all(contact.email.endswith("@example.vn") for contact in plan.contacts)


def test_the_ladder_goes_from_the_contact_to_the_head_and_last_to_the_secretary(plan):
    roles = {step.days: step.to for step in plan.reminders.ladder}

    assert list(roles) == [-14, -7, -3, -1, 0, 1, 3, 7]
    assert roles[-14] == (ContactRole.CONTACT,)
    assert roles[0] == (ContactRole.CONTACT, ContactRole.DEPUTY_CONTACT)
    assert roles[1] == (ContactRole.CONTACT, ContactRole.HEAD)
    assert roles[7] == (ContactRole.CONTACT, ContactRole.HEAD, ContactRole.SECRETARY)


def test_the_letterhead_the_legal_bases_the_theme_and_the_recipients_are_the_documents(plan):
    assert (plan.key, plan.document.number, plan.document.date) == ("hai-phong-2024", "1516/KH-KTĐ", date(2024, 4, 9))
    assert [(basis.number, basis.date) for basis in plan.legal_bases] == [
        ("3700/QĐ-UBND", date(2023, 11, 8)),
        (None, date(2023, 12, 27)),
    ]
    assert plan.document.theme == (
        "Đẩy mạnh chỉnh trang, hiện đại hóa đô thị - Xây dựng nông thôn mới kiểu mẫu - "
        "Tăng cường thực hiện các chính sách xã hội và chuyển đổi số"
    )
    assert plan.document.theme in plan.document.requirements
    assert any(plan.document.theme in clause for clause in plan.covenant.clauses)
    assert "[Điểm đơn vị tự chấm (1) + Điểm của 6 đơn vị trong Khối chấm chéo (2)]/7" in plan.document.assessment
    assert (len(plan.recipients), str(plan.recipients[0]), str(plan.recipients[-1])) == (12, "UBNDTP", "Lưu: VT, VP")
