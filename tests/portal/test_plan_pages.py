import re

import pytest

from bloc import queries
from models import Cycle, PlanProposal, Role
from tests.factories import on, plan_text
from tests.portal.conftest import SECRETARY

PLAN, PEOPLE = "/years/b-2030/plan", "/years/b-2030/people"


def proposed(site, answer) -> str:
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{PLAN}/proposals/")
    return answer.headers["location"]


def changes(text: str) -> list[str]:
    return re.findall(r"<li>([^<]+)</li>", text.partition("<main")[2])


def plan_now(site):
    return queries.plan_of(next(row for row in site.rows(Cycle) if row.key == "b-2030"))


def test_the_plan_that_is_downloaded_changes_nothing_when_it_is_uploaded_again(site):
    visitor = site.visitor(SECRETARY)
    data = visitor.get(f"{PLAN}/file").content

    answer = visitor.post(f"{PLAN}/file", files={"file": ("plan.yaml", data)})

    assert answer.status_code == 422
    assert "Nothing changes" in answer.text
    assert site.rows(PlanProposal) == []


def test_a_changed_file_is_shown_in_words_and_changes_the_plan_only_when_it_is_applied(site):
    visitor, before = site.visitor(SECRETARY), plan_now(site)
    file = visitor.get(f"{PLAN}/file").text.replace("2030-12-06", "2030-12-13").replace("06/12/2030", "13/12/2030")

    path = proposed(site, visitor.post(f"{PLAN}/file", files={"file": ("plan.yaml", file.encode())}))
    seen = changes(visitor.get(path).text)
    between = plan_now(site)
    visitor.post(path)

    assert seen == [
        "&#34;Gửi bảng chấm điểm&#34;: the last day is moved from 06/12/2030 to 13/12/2030 (opens 18/11/2030).",
        "Parts of the plan that differ: activities.",
    ]
    assert between == before
    assert str(plan_now(site).activity("sheets").deadline.by) == "2030-12-13"


def test_what_was_signed_is_changed_only_with_a_reason(site):
    visitor, before = site.visitor(SECRETARY), plan_now(site)
    file = visitor.get(f"{PLAN}/file").text.replace("ties: shared", "ties: cross-mean")
    path = proposed(site, visitor.post(f"{PLAN}/file", files={"file": ("plan.yaml", file.encode())}))

    without = visitor.post(path)
    unchanged = plan_now(site)
    visitor.post(path, {"because": "Hội nghị đã thống nhất"})

    assert (without.status_code, unchanged) == (422, before)
    assert plan_now(site).policies.ties == "cross-mean"


def test_a_file_with_faults_is_refused_with_each_by_its_line(site):
    answer = site.visitor(SECRETARY).post(f"{PLAN}/file", files={"file": ("plan.yaml", b"bloc: 1\nyear: none\n")})

    assert answer.status_code == 422
    assert "plan.yaml:2 year: is no whole number" in answer.text


def test_a_plan_of_another_bloc_is_not_taken(site):
    answer = site.visitor(SECRETARY).post(f"{PLAN}/file", files={"file": ("c.yaml", plan_text(3, "c").encode())})

    assert answer.status_code == 422
    assert "That plan is of another year: c-2030." in answer.text


def test_a_proposal_is_good_for_the_plan_that_it_was_made_from_alone(site):
    visitor = site.visitor(SECRETARY)
    form = {"how": "by", "opens": "2030-11-18"}
    first = proposed(site, visitor.post(f"{PLAN}/activities/sheets", {**form, "day": "2030-12-10"}))
    second = proposed(site, visitor.post(f"{PLAN}/activities/sheets", {**form, "day": "2030-12-11"}))

    visitor.post(second)
    late = visitor.post(first)
    again = visitor.post(second)

    assert (late.status_code, again.status_code) == (409, 409)
    assert str(plan_now(site).activity("sheets").deadline.by) == "2030-12-11"


def test_an_activity_is_added_by_a_form_and_its_faults_stand_at_their_fields(site):
    visitor = site.visitor(SECRETARY)
    form = {"title": "Báo cáo bổ sung", "code": "extra", "kind": "report", "actors": "all", "quarter": "4", "how": "before",
            "day": "2030-12-20"}  # fmt: skip

    faulty = visitor.post(f"{PLAN}/activities", {**form, "code": "Mã Sai"})
    path = proposed(site, visitor.post(f"{PLAN}/activities", form))
    visitor.post(path)

    assert faulty.status_code == 422
    assert 'id="code-fault"' in faulty.text
    added = plan_now(site).activity("extra")
    assert (added.deadline.phrase, added.quarter) == ("trước ngày 20/12/2030", 4)


def test_a_contact_is_replaced_through_the_plan(site):
    visitor = site.visitor(SECRETARY)
    form = {"role": "contact", "name": "Đầu mối mới", "email": "new3@b.example.vn", "language": "vi",
            "former_role": "contact", "former_email": "u3@b.example.vn"}  # fmt: skip

    path = proposed(site, visitor.post(f"{PEOPLE}/u3/contact", form))
    seen = changes(visitor.get(path).text)
    visitor.post(path)

    assert seen == [
        "new3@b.example.vn is written to for Đơn vị 3 (contact).",
        "u3@b.example.vn is written to no more for Đơn vị 3 (contact).",
        "Parts of the plan that differ: contacts.",
    ]
    shown = visitor.get(PEOPLE).text
    assert "new3@b.example.vn" in shown.partition("Formerly")[0]
    assert "u3@b.example.vn" in shown.partition("Formerly")[2]
    assert "Đầu mối mới" in {role.name for role in site.rows(Role)}


def test_what_a_change_does_to_the_mails_to_come_is_told_before_it_is_applied(site):
    visitor = site.visitor(SECRETARY)
    path = proposed(site, visitor.post(f"{PLAN}/activities/sheets", {"how": "by", "day": "2030-12-13", "opens": "2030-11-18"}))

    told = visitor.get(path).text.partition("What changes in the mails to come")[2]

    assert all(word in told for word in ("comes", "reminder: Gửi bảng chấm điểm", "last day 13/12/2030", "Đơn vị 4"))


def test_a_contact_is_replaced_from_a_day_on(site):
    visitor = site.visitor(SECRETARY)
    form = {"role": "contact", "name": "Đầu mối mới", "email": "new3@b.example.vn", "language": "vi", "since": "2030-12-09",
            "former_role": "contact", "former_email": "u3@b.example.vn"}  # fmt: skip

    path = proposed(site, visitor.post(f"{PEOPLE}/u3/contact", form))
    seen = changes(visitor.get(path).text)
    visitor.post(path)

    assert "Đầu mối mới of Đơn vị 3 begins on 09/12/2030." in seen
    assert "Chuyên viên 3 of Đơn vị 3 serves to the end of 08/12/2030." in seen
    people = visitor.get(PEOPLE).text
    site.clock.moment = on("2030-12-09 09:00")
    later = visitor.get(PEOPLE).text
    assert "from 09/12/2030" in people
    assert "to the end of 08/12/2030" in people
    assert ["u3@b.example.vn" in page.partition("Formerly")[2] for page in (people, later)] == [False, True]


@pytest.mark.parametrize("email", ["không phải", "u3@b.example.vn"], ids=["no address", "one that is there already"])
def test_a_contact_with_a_fault_is_not_taken(site, email):
    form = {"role": "contact", "name": "Đầu mối", "email": email, "language": "vi"}

    answer = site.visitor(SECRETARY).post(f"{PEOPLE}/u3/contact", form)

    assert answer.status_code == 422
    assert 'id="email-fault"' in answer.text


@pytest.mark.parametrize("quarter", ["abc", "²", "9" * 5_000, "[1]"])
def test_what_is_no_quarter_is_said_at_its_field(site, quarter):
    typed = {"code": "more", "title": "Thêm", "kind": "report", "quarter": quarter, "actors": "all"}

    answer = site.visitor(SECRETARY).post(f"{PLAN}/activities", typed)

    assert (answer.status_code, 'href="#quarter"' in answer.text) == (422, True)
    assert site.rows(PlanProposal) == []
