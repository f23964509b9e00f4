"""Objections on the portal: raised from the result's page, answered by who gave the points, read by the secretary."""

import re

import pytest

from models import Deposit, Notice, Objection
from tests.factories import plan, plan_data
from tests.portal.conftest import DEPUTY, FOREIGN, HEAD, OTHER, OWN, SECRETARY
from tests.portal.test_unit_result import GIVEN

U3, U4 = "/years/b-2030/units/u3", "/years/b-2030/units/u4"
REASON = "Đủ minh chứng theo biên nhận"
SCORE = {"scorer": "u4", "criterion": "I.1"}


def published(site, *, seen="matrix", days: str | None = "3"):
    """All sheets are in and published on Wednesday 04/12: the window lasts through Monday 09/12."""
    contacts = [*plan_data(4)["contacts"], {"unit": "u3", "role": "head", "name": "Giám đốc 3", "email": HEAD}]
    window = {"objections": {"days": days}} if days else {}
    changed = plan(4, contacts=contacts, policies={"cross_scores_seen": seen}, **window)
    site.year.apply(changed, "2030-11-19 08:00", because="Thống nhất")
    for unit in GIVEN:
        site.year.send_sheet(unit, "2030-12-03 09:00", GIVEN)
    site.year.aggregate("2030-12-03 10:00")
    site.year.publish("2030-12-04 08:00")


def contest(site, address=OWN, files=None, **fields):
    return site.visitor(address).post(f"{U3}/objections", {**SCORE, "because": REASON, **fields}, files=files)


def reply(site, address=OTHER, at=U4, number="1", **fields):
    sent = {"number": number, **{f"{name}-{number}": value for name, value in fields.items()}}
    return site.visitor(address).post(f"{at}/objections/answer", sent)


def test_a_unit_sees_what_each_gave_it_by_criterion_and_each_cell_leads_to_its_objection(site):
    published(site)

    page = site.visitor(OWN).get(f"{U3}/result")

    links = re.findall(r'href="([^"]+/objections/new\?[^"]+)"', page.text)
    assert links == [
        f"{U3}/objections/new?scorer={scorer}&amp;criterion={code}" for code in ("I.1", "I.2") for scorer in ("u1", "u2", "u4")
    ]
    assert "until the end of Monday 09/12/2030" in page.text
    form = site.visitor(OWN).get(links[2].replace("&amp;", "&"))
    assert ("Đơn vị 4" in form.text, "5 (0 - 25)" in form.text) == (True, True)


@pytest.mark.parametrize(("seen", "days"), [("means", None), ("nobody", None)])
def test_points_by_criterion_are_not_shown_where_the_matrix_is_not(site, seen, days):
    published(site, seen=seen, days=days)
    visitor = site.visitor(OWN)

    pages = [visitor.get(f"{U3}/{page}").text for page in ("result", "objections")]

    assert ["What your unit was given" in page for page in pages] == [False, False]
    assert "The plan of this year has no objection window." in pages[1]


def test_where_the_matrix_is_seen_without_a_window_points_by_criterion_are_shown_and_lead_nowhere(site):
    published(site, days=None)

    page = site.visitor(OWN).get(f"{U3}/result").text

    assert ("What your unit was given, by criterion" in page, "/objections/new" in page) == (True, False)


def test_an_objection_is_raised_with_evidence_and_answered_by_a_correction_that_both_read(site):
    published(site)

    raised = contest(site, files={"evidence": ("biên nhận.pdf", b"%PDF-1.7 %%EOF", "application/pdf")})
    asked, evidence = site.visitor(OTHER).get(f"{U4}/objections"), site.visitor(OTHER).get(f"{U4}/objections/evidence?number=1")
    year_page = site.visitor(OTHER).get(U4).text
    answered = reply(site, answer="corrected", to="9,5", because="Đã đối chiếu")
    read = site.visitor(OWN).get(f"{U3}/objections").text

    (row,) = site.year.rows(Objection)
    assert raised.headers["location"] == f"{U3}/objections?note=contested"
    assert (row.raised_by, row.answered_by) == ("Chuyên viên 3, Đơn vị 3", "Chuyên viên 4, Đơn vị 4")
    assert (REASON in asked.text, evidence.content) == (True, b"%PDF-1.7 %%EOF")
    assert "Objections that your unit has to answer: 1" in year_page
    assert answered.headers["location"] == f"{U4}/objections?note=objection-answered"
    assert (row.corrected_to, "9.5" in read, "Đã đối chiếu" in read) == (9500, True, True)
    (sent,) = (each for each in site.year.rows(Deposit) if each.id == row.correction)
    assert (sent.version, sent.late_seconds) == (2, 0)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Choose whether the points are confirmed or corrected."),
        ({"answer": "confirmed"}, "Give the reason."),
        ({"answer": "corrected", "because": "x"}, "Enter the points that they are corrected to."),
        ({"answer": "corrected", "because": "x", "to": "26"}, "26 exceeds the maximum of 25."),
        ({"answer": "corrected", "because": "x", "to": "9,1"}, "9.1 is not a multiple of 0.25."),
        ({"answer": "corrected", "because": "x", "to": "5"}, "These are the points that stand"),
        ({"answer": "confirmed", "because": "x" * 2001}, "This is too long"),
    ],
    ids=["nothing", "no reason", "no points", "too many points", "off the step", "the same", "too long"],
)
def test_what_is_wrong_with_an_answer_is_said_at_its_field_and_what_was_typed_stays(site, fields, said):
    published(site)
    contest(site)

    answer = reply(site, **fields)

    (row,) = site.year.rows(Objection)
    assert (answer.status_code, said in answer.text, row.answer) == (422, True, None)
    assert fields.get("to", "") in answer.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"because": ""}, "Give the reason."),
        ({"because": "x" * 2001}, "This is too long"),
        ({"scorer": "u3"}, "Choose a criterion"),
        ({"criterion": "Z"}, "Choose a criterion"),
    ],
    ids=["no reason", "too long", "its own", "no criterion"],
)
def test_what_is_wrong_with_an_objection_is_said(site, fields, said):
    published(site)

    answer = contest(site, **fields)

    assert (answer.status_code, said in answer.text, site.year.rows(Objection)) == (422, True, [])


def test_a_file_that_shows_nothing_is_refused_at_its_field_and_the_reason_stays(site):
    published(site)

    answer = contest(site, files={"evidence": ("a.exe", b"MZ", "application/octet-stream")})

    assert (answer.status_code, "neither a .pdf" in answer.text, REASON in answer.text) == (422, True, True)


def test_only_the_two_units_read_an_objection_and_only_the_giver_answers_it(site):
    published(site)
    contest(site, files={"evidence": ("a.pdf", b"%PDF-1.7 %%EOF", "application/pdf")})

    third = site.visitor(DEPUTY).get("/years/b-2030/units/u2/objections").text
    file = site.visitor(DEPUTY).get("/years/b-2030/units/u2/objections/evidence?number=1")
    answers = [
        reply(site, DEPUTY, "/years/b-2030/units/u2", answer="confirmed", because="x"),
        reply(site, OWN, U3, answer="confirmed", because="x"),
        reply(site, OTHER, U4, "7", answer="confirmed", because="x"),
        reply(site, OTHER, U4, "1x", answer="confirmed", because="x"),
    ]
    elsewhere = [site.visitor(who).get(f"{U3}/objections").status_code for who in (OTHER, SECRETARY, FOREIGN)]

    assert (REASON in third, file.status_code, REASON in file.text) == (False, 404, False)
    assert [answer.status_code for answer in answers] == [404] * 4
    assert elsewhere == [404] * 3
    assert [row.answer for row in site.year.rows(Objection)] == [None]


def test_the_secretary_reads_all_and_what_is_corrected_to_what_once_it_is_published(site):
    published(site)
    contest(site)
    reply(site, answer="corrected", to="9,5", because="Đã đối chiếu")
    visitor = site.visitor(SECRETARY)

    before = visitor.get("/years/b-2030/objections").text
    site.year.aggregate("2030-12-04 10:00")
    site.year.publish("2030-12-04 11:00")
    after = visitor.get("/years/b-2030/objections").text

    assert (REASON in before, "Đã đối chiếu" in before, "9.5" in before, "9.5" in after) == (True, True, False, True)
    assert "<form" not in before.split("<main")[1]
    assert "/years/b-2030/objections" in visitor.get("/years/b-2030/result").text


def test_what_nobody_answered_waits_on_the_secretarys_desk_and_is_said_on_both_units_pages(site):
    published(site)
    contest(site)
    site.clock.forward(days=7)

    desk = site.visitor(SECRETARY).get("/years/b-2030/desk").text
    pages = [site.visitor(who).get(f"{at}/objections").text for who, at in ((OWN, U3), (OTHER, U4))]

    assert "Objections that were not answered in time: 1." in desk
    assert ["not answered" in page for page in pages] == [True, True]
    assert ["/objections/new" in page for page in pages] == [False, False]


def test_the_mail_leads_to_the_page(site):
    published(site)
    contest(site)

    (row,) = (row for row in site.year.rows(Notice) if row.kind == "objection")
    assert site.visitor(OTHER).get(row.values["page"]).status_code == 200
