import io
from datetime import date, time

import pytest
from docx import Document
from sqlmodel import Session

from bloc import language
from bloc.actions import conference_answers, conference_reminders, postponing
from bloc.actions.audit import trail
from bloc.actions.document_values import Desk
from bloc.actions.record_words import details
from bloc.actions.sittings import quorum_said, sitting_of
from bloc.documents.templates import Templates
from bloc.due import reminders
from bloc.enums import Act, Attends, DocumentKind, Stage
from bloc.errors import NotAllowed, NotFound
from bloc.plan import Plan
from models import Attendance, Notice
from tests.factories import Year, cycle_of, on, plan, plan_data
from tests.places import kept

pytestmark = pytest.mark.either

HELD = {"date": "2030-12-20", "start": "08:30", "place": "Hội trường", "agenda": ["Tổng kết", "Bình xét"]}
MEETING = {
    "title": "Tổ chức Hội nghị tổng kết", "short": "Hội nghị tổng kết", "kind": "conference", "quarter": "4",
    "source": "II.2.4", "actors": "leader", "opens": "2030-12-02", "conference": HELD,
}  # fmt: skip
OPENING = "2030-12-02 07:00"


def planned(**changes: object) -> Plan:
    return plan(4, activities={"meeting": {**MEETING, "conference": {**HELD, **changes}}})


def begun(base, **changes: object) -> Year:
    year = cycle_of(base, planned(**changes))
    year.advance(Stage.YEAR_END, OPENING)
    return year


@kept
def invited(base) -> Year:
    """Return the year of a bloc of four whose units are invited to a conference on Friday 20/12."""
    return begun(base)


def seat(year: Year, unit: str) -> Attendance:
    units = {row.unit_id: row for row in year.rows(Attendance)}
    with year.open() as (work, cycle):
        return units[conference_answers.queries.unit_by_code(work.session, cycle, unit).id]


def comes(year: Year, unit: str, when: str = "2030-12-05 09:00", **changes: object) -> Attendance:
    said = {"attends": Attends.COMING, "who": "Giám đốc", "people": 2, **changes}
    with year.open() as (work, cycle):
        work.by = f"Chuyên viên {unit}"
        return conference_answers.answer(work, cycle, unit=unit, activity="meeting", now=on(when), **said)


def postpone(year: Year, to: str = "2030-12-24", when: str = "2030-12-10 09:00", **changes: object) -> list[str]:
    given = {"because": "Bão", **changes}
    with year.open() as (work, cycle):
        found = postponing.postpone(work, cycle, activity="meeting", to=date.fromisoformat(to), now=on(when), **given)
        return [str(each) for each in found]


def were_there(year: Year, *units: str, when: str = "2030-12-20 11:00") -> int:
    with year.open() as (work, cycle):
        return conference_answers.record_attendance(work, cycle, activity="meeting", present=units, now=on(when))


def quorum(year: Year) -> str:
    with year.open() as (work, cycle):
        return str(quorum_said(sitting_of(work.session, cycle, "meeting")))


def waiting(year: Year, *kinds: str) -> list[str]:
    return sorted(row.identity.split("/")[3] for row in year.rows(Notice) if row.kind in kinds and row.state == "queued")


def test_every_unit_is_invited_once_when_it_opens_and_its_convener_is_asked_to_hold_it(invited):
    again = invited.advance(Stage.YEAR_END, "2030-12-03 07:00")

    assert again.invited == 0
    assert invited.notices("conference") == [f"meeting/u{n}/conference/2030-12-20.0/u{n}@b.example.vn" for n in (1, 2, 3, 4)]
    assert [each for each in invited.notices("invitation") if "meeting" in each] == [
        "meeting/u1/invitation/2030-12-20/u1@b.example.vn"
    ]


def test_a_conference_without_a_day_invites_nobody(base):
    year = cycle_of(base, plan(4, activities={"meeting": {**MEETING, "conference": {"place": "Hội trường"}}}))

    year.advance(Stage.YEAR_END, OPENING)

    assert (year.rows(Attendance), year.notices("conference")) == ([], [])


def test_only_the_units_that_the_plan_asks_are_invited(base):
    year = begun(base, units=["u2", "u3"])

    assert [each.split("/")[1] for each in year.notices("conference")] == ["u2", "u3"]


def test_who_has_answered_is_reminded_no_more_and_the_others_before_the_day(invited):
    comes(invited, "u2")
    comes(invited, "u3", attends=Attends.ABSENT, who=None, people=None, because="Trùng lịch họp")

    with Session(invited.base.engine) as session:
        assert invited.cycle.id in reminders(session, on("2030-12-17 07:30"))
    invited.remind("2030-12-17 07:30")

    assert invited.notices("conference-reminder") == [
        "meeting/u1/conference-reminder-3/2030-12-20.0/u1@b.example.vn",
        "meeting/u4/conference-reminder-3/2030-12-20.0/u4@b.example.vn",
    ]
    assert invited.remind("2030-12-17 09:00") == 0
    assert seat(invited, "u2").next_step_at is None


def test_an_answer_takes_its_invitation_out_of_the_queue(invited):
    comes(invited, "u2")

    assert "conference" not in {row.kind for row in invited.rows(Notice) if row.state == "queued" and "/u2/" in row.identity}


def test_the_last_answer_counts_and_both_stand_on_record(invited):
    comes(invited, "u2")
    comes(invited, "u2", attends=Attends.ABSENT, who=None, people=None, because="Đột xuất")

    found = seat(invited, "u2")
    assert (found.answer, found.who, found.people, found.because) == (Attends.ABSENT, None, None, "Đột xuất")
    with invited.open() as (work, cycle):
        acts = [each for each in trail(work.session, cycle) if each.act is Act.CONFERENCE]
        assert [(each.about, each.by, [str(one) for one in details(each, {})]) for each in acts] == [
            ("meeting/u2", "Chuyên viên u2", ["comes: Giám đốc, 2 people"]),
            ("meeting/u2", "Chuyên viên u2", ["nobody comes", "because: Đột xuất"]),
        ]


@pytest.mark.parametrize(
    "said",
    [{"who": " "}, {"people": 0}, {"people": 201}, {"people": None}, {"attends": Attends.ABSENT, "because": " "}],
    ids=["by nobody", "none", "too many", "how many is not said", "absent for no reason"],
)
def test_an_answer_that_says_too_little_is_refused(invited, said):
    with pytest.raises(NotAllowed):
        comes(invited, "u2", **said)

    assert seat(invited, "u2").answer is None


def test_who_is_not_invited_cannot_answer_and_nobody_can_once_it_has_begun(base):
    year = begun(base, units=["u2", "u3"])

    with pytest.raises(NotFound):
        comes(year, "u4")
    with pytest.raises(NotAllowed):
        comes(year, "u2", when="2030-12-20 08:30")
    comes(year, "u2", when="2030-12-20 08:29")


def test_the_secretary_reminds_those_who_are_silent_once_a_day(invited):
    comes(invited, "u2")
    with invited.open() as (work, cycle):
        first = conference_reminders.urge(work, cycle, activity="meeting", now=on("2030-12-09 09:00"))
        second = conference_reminders.urge(work, cycle, activity="meeting", now=on("2030-12-09 10:00"))

    assert (first, second) == (3, 0)


def test_where_all_have_answered_there_is_nobody_to_remind(invited):
    for unit in ("u1", "u2", "u3", "u4"):
        comes(invited, unit)

    with invited.open() as (work, cycle), pytest.raises(NotAllowed):
        conference_reminders.urge(work, cycle, activity="meeting", now=on("2030-12-09 09:00"))


def test_a_postponed_conference_moves_its_day_and_deadline_tells_all_and_asks_anew(invited):
    comes(invited, "u2")
    changes = postpone(invited)

    assert (
        '"Hội nghị tổng kết": held at 08:30 on 20/12/2030, Hội trường before, at 08:30 on 24/12/2030, Hội trường now.'
        in changes
    )
    assert waiting(invited, "conference", "postponed") == ["postponed"] * 4
    assert invited.activity("meeting").last_day == date(2030, 12, 24)
    assert {(row.moves, row.answer, row.told["day"]) for row in invited.rows(Attendance)} == {(1, None, "2030-12-24")}
    with invited.open() as (work, cycle):
        (moved,) = [each for each in trail(work.session, cycle) if each.act is Act.CONFERENCE and each.about == "meeting"]
        assert (moved.before["day"], moved.after["postponed"]["day"], moved.because) == ("2030-12-20", "2030-12-24", "Bão")


def test_another_place_on_the_same_day_is_told_and_answers_stand(invited):
    comes(invited, "u2")
    postpone(invited, "2030-12-20", place="Phòng họp 2")

    assert waiting(invited, "postponed") == ["postponed"] * 4
    assert (seat(invited, "u2").answer, seat(invited, "u2").told["place"]) == (Attends.COMING, "Phòng họp 2")


def test_a_day_that_moves_and_moves_back_is_told_each_time(invited):
    postpone(invited, "2030-12-24")
    postpone(invited, "2030-12-20", when="2030-12-11 09:00")

    assert {row.moves for row in invited.rows(Attendance)} == {2}
    assert [each for each in invited.notices("postponed") if "/u2/" in each] == [
        "meeting/u2/postponed/2030-12-20.2/u2@b.example.vn",
        "meeting/u2/postponed/2030-12-24.1/u2@b.example.vn",
    ]
    assert waiting(invited, "postponed") == ["postponed"] * 4  # of the day that stands


def test_a_deadline_of_its_own_moves_only_where_it_must(base):
    own = {**MEETING, "deadline": {"phrase": "đến hết ngày 27/12/2030", "by": "2030-12-27"}}
    year = cycle_of(base, plan(4, activities={"meeting": own}))
    year.advance(Stage.YEAR_END, OPENING)

    postpone(year, "2030-12-24")
    stays = year.activity("meeting").last_day
    postpone(year, "2030-12-30", when="2030-12-11 09:00")

    assert (stays, year.activity("meeting").last_day) == (date(2030, 12, 27), date(2030, 12, 30))
    assert year.activity("meeting").phrase == "đến hết ngày 30/12/2030"


@pytest.mark.parametrize(
    ("to", "changes"),
    [
        ("2030-12-09", {}), ("2032-01-01", {}), ("2030-12-24", {"because": " "}), ("2030-12-20", {}),
        ("2030-12-24", {"link": "http://họp"}), ("2030-12-20", {"start": time(8, 30)}),
    ],
    ids=["in the past", "far away", "for no reason", "as it is", "with a link that is none", "at the same time"],
)  # fmt: skip
def test_what_cannot_be_postponed_so_is_refused_and_nothing_changes(invited, to, changes):
    with pytest.raises(NotAllowed):
        postpone(invited, to, **changes)

    assert invited.cycle.plan_version == 1


def test_what_is_no_conference_is_not_postponed(invited):
    with invited.open() as (work, cycle), pytest.raises(NotAllowed):
        postponing.postpone(work, cycle, activity="reports", to=date(2030, 12, 24), because="Bão", now=on("2030-12-10 09:00"))


def test_a_plan_that_drops_it_or_asks_others_calls_it_off_for_those_who_were_invited(invited):
    invited.apply(planned(units=["u1", "u2", "u3"]), "2030-12-10 09:00", because="Bớt")
    first = waiting(invited, "called-off")
    invited.apply(plan(4), "2030-12-11 09:00", because="Không tổ chức")

    assert first == ["called-off"]
    assert waiting(invited, "conference", "called-off") == ["called-off"] * 4
    assert {row.called_off for row in invited.rows(Attendance)} == {True}


def test_who_is_asked_again_is_invited_anew(invited):
    invited.apply(planned(units=["u1", "u2", "u3"]), "2030-12-10 09:00")
    invited.apply(planned(), "2030-12-11 09:00")

    assert "meeting/u4/conference/2030-12-20.1/u4@b.example.vn" in invited.notices("conference")
    assert (seat(invited, "u4").called_off, seat(invited, "u4").moves) == (False, 1)


def handed_over(base, day: str) -> Year:
    """Return the year of a bloc in which another person serves unit 3 from ``day`` of December on."""
    contacts = [
        *(each for each in plan_data(4)["contacts"] if each["unit"] != "u3"),
        {"unit": "u3", "name": "Cũ", "email": "old@b.example.vn", "until": f"2030-12-{int(day) - 1:02}"},
        {"unit": "u3", "name": "Mới", "email": "new@b.example.vn", "since": f"2030-12-{day}"},
    ]
    year = cycle_of(base, plan(4, activities={"meeting": MEETING}, contacts=contacts))
    year.advance(Stage.YEAR_END, OPENING)
    return year


def to_u3(year: Year) -> list[str]:
    rows = [row for row in year.rows(Notice) if row.attendance_id and "/u3/" in row.identity]
    return [f"{row.state} {'/'.join(row.identity.split('/')[3:])}" for row in sorted(rows, key=lambda row: row.identity)]


def test_who_takes_over_is_invited_once_to_what_the_unit_has_not_answered_and_the_former_one_to_no_more(base):
    year = handed_over(base, "11")
    postpone(year, to="2030-12-23", when="2030-12-10 09:00")

    for morning in (11, 12):
        year.advance(Stage.YEAR_END, f"2030-12-{morning} 07:00")
    moved = to_u3(year)
    postpone(year, to="2030-12-24", when="2030-12-13 09:00")

    assert moved == [
        "cancelled conference/2030-12-20.0/old@b.example.vn",
        "queued conference/2030-12-23.1/new@b.example.vn",
        "cancelled postponed/2030-12-23.1/old@b.example.vn",
    ]
    assert [told for told in to_u3(year) if told.startswith("queued")] == ["queued postponed/2030-12-24.2/new@b.example.vn"]


def test_who_takes_over_in_a_unit_that_has_answered_is_not_invited(base):
    year = handed_over(base, "11")
    comes(year, "u3", when="2030-12-10 09:00")

    year.advance(Stage.YEAR_END, "2030-12-11 07:00")

    assert "new@b.example.vn" not in " ".join(to_u3(year))


def test_a_person_put_in_anothers_place_is_invited_at_once(invited):
    contacts = [{**each, "email": "new@b.example.vn"} if each["unit"] == "u3" else each for each in plan_data(4)["contacts"]]
    changed = plan(4, activities={"meeting": MEETING}, contacts=contacts)

    for moment in ("09:00", "10:00"):
        invited.apply(changed, f"2030-12-05 {moment}")

    assert to_u3(invited) == [
        "queued conference/2030-12-20.0/new@b.example.vn",
        "cancelled conference/2030-12-20.0/u3@b.example.vn",
    ]


def test_who_was_there_makes_the_quorum_and_the_last_record_counts(invited):
    before = quorum(invited)
    first, few = were_there(invited, "u1", "u2"), quorum(invited)
    second, enough = were_there(invited, "u1", "u2", "u4"), quorum(invited)

    assert before == "At least 3 of 4 units must be there (2/3)."
    assert (first, few) == (2, "2 of 4 units were there; at least 3 were needed (2/3): there is no quorum.")
    assert (second, enough) == (3, "3 of 4 units were there; at least 3 were needed (2/3): there is a quorum.")


def test_who_was_there_is_not_recorded_before_the_day_nor_of_who_is_not_invited(invited):
    with pytest.raises(NotAllowed):
        were_there(invited, "u1", when="2030-12-19 23:59")
    with pytest.raises(NotFound):
        were_there(invited, "u9")

    assert {row.present for row in invited.rows(Attendance)} == {None}


def test_what_was_held_is_not_postponed(invited):
    were_there(invited, "u1", "u2", "u3")

    with pytest.raises(NotAllowed):
        postpone(invited, when="2030-12-20 12:00")


def test_minutes_and_invitations_say_when_and_where_who_was_there_and_whether_that_is_a_quorum(invited):
    comes(invited, "u2", who="Phó Giám đốc")
    with invited.open() as (work, cycle):
        before = Desk(work.session, cycle, on("2030-12-10 09:00")).values(DocumentKind.MINUTES).gathering
    were_there(invited, "u1", "u2", "u4")
    language.use("vi")
    with invited.open() as (work, cycle):
        desk = Desk(work.session, cycle, on("2030-12-20 12:00"))
        after = desk.values(DocumentKind.MINUTES).gathering
        text = document_text(Templates().make(DocumentKind.MINUTES, desk.values(DocumentKind.MINUTES)))
        other = desk.values(DocumentKind.COVENANT_INVITATION).gathering

    assert (before.time, before.day, before.place) == ("08 giờ 30", "ngày 20 tháng 12 năm 2030", "Hội trường")
    assert (before.quorum, other) == (None, None)
    assert [(each.who, each.there) for each in after.delegates] == [
        ("", "Có mặt"), ("Phó Giám đốc", "Có mặt"), ("", "Vắng mặt"), ("", "Có mặt")
    ]  # fmt: skip
    assert "08 giờ 30, ngày 20 tháng 12 năm 2030" in text
    assert "Có mặt 3/4 đơn vị; yêu cầu ít nhất 3 đơn vị" in text


def document_text(data: bytes) -> str:
    found = Document(io.BytesIO(data))
    cells = [cell.text for table in found.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(each.text for each in found.paragraphs), *cells])
