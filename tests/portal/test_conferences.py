import io
import re

import pytest
from docx import Document

from bloc import queries
from models import Attendance, Notice
from tests.factories import on
from tests.portal.conference import invited
from tests.portal.conftest import OTHER, OWN, SECRETARY

HOME = "/years/b-2030/conferences/meeting"
COMES = {"answer": "coming", "who": "Giám đốc", "people": "2"}


def seats(site):
    return {row.id: row for row in site.year.rows(Attendance)}


def kinds(site, kind):
    return [row.identity.split("/")[2] for row in site.year.rows(Notice) if row.kind == kind]


def test_to_open_the_link_of_the_mail_answers_nothing_and_leads_through_the_sign_in(site):
    mine = invited(site)

    opened = site.visitor(OWN).get(f"/attendances/{mine}")
    stranger = site.visitor().get(f"/attendances/{mine}")

    assert "at 08:30 on 20/12/2030, Hội trường tầng 3" in opened.text
    assert "Bình xét danh hiệu thi đua" in opened.text
    assert stranger.headers["location"] == f"/sign-in?then=/attendances/{mine}"
    assert {row.answer for row in seats(site).values()} == {None}


def test_one_button_says_who_comes_and_the_other_why_nobody_does(site):
    mine, visitor = invited(site), site.visitor(OWN)

    visitor.post(f"/attendances/{mine}/answer", COMES)
    first = seats(site)[mine]
    after = visitor.post(f"/attendances/{mine}/answer", {"answer": "absent", "because": "Trùng lịch"})
    second = seats(site)[mine]

    assert (first.answer, first.who, first.people, first.answered_by) == ("coming", "Giám đốc", 2, "Chuyên viên 3, Đơn vị 3")
    assert (second.answer, second.who, second.because) == ("absent", None, "Trùng lịch")
    assert "Your answer is recorded." in visitor.get(after.headers["location"]).text


@pytest.mark.parametrize(
    ("fields", "faulty"),
    [
        ({"answer": "coming", "people": "2"}, "who"),
        ({**COMES, "people": "0"}, "people"),
        ({**COMES, "people": "nhiều"}, "people"),
        ({**COMES, "people": "9" * 50}, "people"),
        ({"answer": "absent"}, "because"),
        ({}, "because"),
    ],
    ids=["by nobody", "none", "no number", "a huge number", "for no reason", "nothing"],
)
def test_what_is_missing_is_said_at_its_field_and_what_was_typed_is_there_still(site, fields, faulty):
    mine = invited(site)

    answer = site.visitor(OWN).post(f"/attendances/{mine}/answer", fields)

    assert (answer.status_code, seats(site)[mine].answer) == (422, None)
    assert re.findall(r'id="(\w+)-fault"', answer.text) == [faulty]


def test_a_unit_finds_its_invitation_among_what_it_does_in_the_year(site):
    mine = invited(site)

    page = site.visitor(OWN).get("/years/b-2030/units/u3").text

    assert f'href="/attendances/{mine}"' in page
    assert "No answer yet" in page


def test_once_it_has_begun_answers_are_taken_no_more(site):
    mine = invited(site)
    site.clock.moment = on("2030-12-20 08:30")

    visitor = site.visitor(OWN)

    page, answer = visitor.get(f"/attendances/{mine}").text, visitor.post(f"/attendances/{mine}/answer", COMES)

    assert "answers are taken no more" in page
    assert "We do not come" not in page
    assert (answer.status_code, seats(site)[mine].answer) == (422, None)


def test_the_secretary_sees_who_comes_and_reminds_the_others_once_a_day(site):
    site.visitor(OWN).post(f"/attendances/{invited(site)}/answer", COMES)
    secretary = site.visitor(SECRETARY)

    page = secretary.get(HOME).text
    first, second = secretary.post(f"{HOME}/remind"), secretary.post(f"{HOME}/remind")

    assert "1 of 4 units come, with 2 people; 0 do not; 3 have not answered." in page
    assert "At least 3 of 4 units must be there (2/3)." in page
    assert [each.headers["location"].partition("note=")[2] for each in (first, second)] == ["reminded", "reminded-today"]
    assert sorted(kinds(site, "conference-reminder")) == ["u1", "u2", "u4"]


def test_the_list_of_conferences_leads_to_each(site):
    invited(site)

    page = site.visitor(SECRETARY).get("/years/b-2030/conferences").text

    assert f'href="{HOME}"' in page
    assert "Invited" in page


def test_who_was_there_is_recorded_on_the_day_and_the_quorum_said(site):
    invited(site)
    secretary = site.visitor(SECRETARY)
    early, form = secretary.post(f"{HOME}/attendance", {"present": "u1"}), secretary.get(HOME).text
    site.clock.moment = on("2030-12-20 08:45")
    secretary = site.visitor(SECRETARY)

    done = secretary.post(f"{HOME}/attendance", {"present": ["u1", "u2", "u3"]})

    assert early.status_code == 422
    assert 'name="present"' not in form
    assert {row.present for row in seats(site).values()} == {True, False}
    page = secretary.get(done.headers["location"]).text
    assert "3 of 4 units were there; at least 3 were needed (2/3): there is a quorum." in page


def test_the_attendance_list_has_a_line_to_sign_for_each_person_who_comes(site):
    mine = invited(site)
    site.visitor(OWN).post(f"/attendances/{mine}/answer", {**COMES, "who": "Giám đốc | *kế toán*"})
    other = next(str(each) for each, seat in seats(site).items() if seat.unit_id == unit_id(site, "u4"))
    site.visitor(OTHER).post(f"/attendances/{other}/answer", {"answer": "absent", "because": "Trùng lịch"})

    answer = site.visitor(SECRETARY).get(f"{HOME}/list")

    document = Document(io.BytesIO(answer.content))
    assert "Thời gian: 08 giờ 30, ngày 20 tháng 12 năm 2030." in [each.text for each in document.paragraphs]
    assert any(each.text.startswith("Địa điểm: Hội trường tầng 3") for each in document.paragraphs)
    table = next(each for each in document.tables if each.cell(0, 0).text == "TT")
    assert [[cell.text for cell in row.cells] for row in table.rows][1:] == [
        ["1", "Đơn vị 1", "", ""],
        ["2", "Đơn vị 2", "", ""],
        ["3", "Đơn vị 3", "Giám đốc | *kế toán*", ""],
        ["4", "Đơn vị 3", "", ""],
        ["5", "Đơn vị 4", "(báo vắng)", ""],
    ]


def unit_id(site, code):
    with site.year.open() as (work, cycle):
        return queries.unit_by_code(work.session, cycle, code).id


def test_one_act_postpones_it_and_tells_all(site):
    mine = invited(site)
    site.visitor(OWN).post(f"/attendances/{mine}/answer", COMES)
    fields = {"to": "2030-12-24", "start": "14:00", "place": "Phòng 2", "link": "", "because": "Bão"}

    done = site.visitor(SECRETARY).post(f"{HOME}/postpone", fields)

    assert done.status_code == 303
    assert "at 14:00 on 24/12/2030, Phòng 2" in site.visitor(OWN).get(f"/attendances/{mine}").text
    assert seats(site)[mine].answer is None
    assert sorted(kinds(site, "postponed")) == ["u1", "u2", "u3", "u4"]


@pytest.mark.parametrize(
    ("fields", "faulty"),
    [
        ({"to": "mai", "because": "Bão"}, "to"),
        ({"to": "2030-12-24", "start": "25h", "because": "Bão"}, "start"),
        ({"to": "2030-12-24"}, "because"),
        ({"to": "2030-12-03", "because": "Bão"}, "to"),
    ],
    ids=["no day", "no time", "no reason", "in the past"],
)
def test_what_cannot_be_so_is_said_at_its_field(site, fields, faulty):
    invited(site)

    answer = site.visitor(SECRETARY).post(f"{HOME}/postpone", fields)

    assert answer.status_code == 422
    assert re.findall(r'id="(\w+)-fault"', answer.text) == [faulty]
    assert kinds(site, "postponed") == []


def test_another_units_invitation_looks_as_if_it_were_not_there(site):
    mine = invited(site)

    answer = site.visitor(OTHER).post(f"/attendances/{mine}/answer", COMES)

    assert (answer.status_code, seats(site)[mine].answer) == (404, None)
