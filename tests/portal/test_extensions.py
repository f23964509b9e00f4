from datetime import date

import pytest

from bloc.actions.waiting import waits_for_secretary
from bloc.enums import Answer
from bloc.rules.deadlines import last_day_of
from models import ExtensionRequest
from tests.factories import moved, on, plan
from tests.portal.conftest import OTHER, SECRETARY

DESK = "/years/b-2030/extensions"


def task(site, unit="u4"):
    return f"/obligations/{site.year.obligation(unit, 'sheets').id}"


def ask(site, until="10/12/2030", because="Bão"):
    return site.visitor(OTHER).post(f"{task(site)}/extension", {"until": until, "because": because})


def waiting(site):
    with site.year.open() as (work, cycle):
        return [
            str(said)
            for said in waits_for_secretary(work.session, cycle, on("2030-12-04 09:00"))
            if "ater deadline" in str(said)
        ]


def test_a_request_waits_for_the_secretary_and_is_granted_as_every_extension(site):
    answer, secretary = ask(site), site.visitor(SECRETARY)
    waited, (request,) = waiting(site), site.rows(ExtensionRequest)

    granted = secretary.post(DESK, {"request": str(request.id), "answer": "granted"})

    obligation = site.year.obligation("u4", "sheets")
    assert (answer.status_code, granted.status_code) == (303, 303)
    assert waited == ["Later deadlines that units ask for: 1."]
    assert (waiting(site), str(last_day_of(obligation.due_at)), obligation.extended) == ([], "2030-12-10", True)
    assert site.year.notices("extension") == ["sheets/u4/extension/2030-12-10/u4@b.example.vn"]


def test_a_request_that_a_later_day_of_the_plan_has_met_waits_no_more(site):
    ask(site)
    asked = waiting(site)

    site.year.apply(plan(4, activities=moved("sheets", "2030-12-10")), "2030-12-04 08:00", because="Thống nhất")

    assert asked == ["Later deadlines that units ask for: 1."]
    assert last_day_of(site.year.obligation("u4", "sheets").due_at) == date(2030, 12, 10)
    assert (waiting(site), "Đơn vị 4" in site.visitor(SECRETARY).get(DESK).text) == ([], False)


def test_a_refusal_needs_a_reason_which_the_unit_reads(site):
    ask(site)
    (request,), secretary = site.rows(ExtensionRequest), site.visitor(SECRETARY)
    sent = {"request": str(request.id), "answer": "refused"}

    without = secretary.post(DESK, sent)
    refused = secretary.post(DESK, sent | {f"because-{request.id}": "Đã đủ thời gian"})
    again = secretary.post(DESK, {"request": str(request.id), "answer": "granted"})

    assert (without.status_code, refused.status_code, again.status_code) == (422, 303, 404)
    assert [(row.answer, row.answered_by) for row in site.rows(ExtensionRequest)] == [(Answer.REFUSED, "Thư ký, Đơn vị 1")]
    assert "Reason of the refusal: Đã đủ thời gian" in site.visitor(OTHER).get(task(site)).text
    assert site.year.obligation("u4", "sheets").extended is False
    assert site.year.notices("declined") == [f"sheets/u4/declined/{request.id}/u4@b.example.vn"]
    assert "later deadline refused" in secretary.get("/years/b-2030/record").text


def test_a_request_of_another_bloc_is_not_there_for_a_secretary(site):
    ask(site)
    (request,) = site.rows(ExtensionRequest)

    answer = site.visitor("secretary@c.example.vn").post(
        "/years/c-2030/extensions", {"request": str(request.id), "answer": "granted"}
    )

    assert answer.status_code == 404
    assert [row.answer for row in site.rows(ExtensionRequest)] == [None]


@pytest.mark.parametrize(
    ("until", "because", "field"),
    [
        ("2030-12-10", "Bão", "until"),
        ("31/02/2031", "Bão", "until"),
        ("06/12/2030", "Bão", "until"),
        ("10/12/2030", " ", "because"),
    ],
    ids=["another order", "no such day", "no later", "no reason"],
)
def test_what_cannot_be_asked_is_said_at_its_field(site, until, because, field):
    answer = ask(site, until, because)

    assert (answer.status_code, f'<li><a href="#{field}">' in answer.text) == (422, True)
    assert site.rows(ExtensionRequest) == []


def test_a_second_request_takes_the_place_of_the_first(site):
    ask(site)
    ask(site, "11/12/2030", "Lũ")

    assert [(str(row.until), row.because) for row in site.rows(ExtensionRequest)] == [("2030-12-11", "Lũ")]
