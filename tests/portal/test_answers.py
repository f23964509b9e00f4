import io

import pytest
import yaml
from openpyxl import load_workbook

from bloc.enums import ResponseKind, Stage
from bloc.plan.checks import plan_of
from bloc.plan.reading import read_source
from bloc.portal.app import create_app
from bloc.settings import Settings
from models import Response
from tests.factories import cycle_of, on, plan, plan_data
from tests.portal.conftest import OWN, SECRETARY, Site


def answer(site, activity, fields):
    path = f"/obligations/{site.year.obligation('u3', activity).id}"
    return site.visitor(OWN).post(f"{path}/answer", fields)


def said(site):
    mine = [row for row in site.year.rows(Response) if row.responded_at.month == 12]
    return [(row.kind, row.text, row.signatory) for row in mine]


@pytest.mark.parametrize(
    ("activity", "fields", "kept"),
    [
        ("opinions", {"kind": "agreed", "text": "nothing"}, (ResponseKind.AGREED, None, None)),
        ("opinions", {"kind": "commented", "text": " Điều 1:\r\n thêm  chữ "},
         (ResponseKind.COMMENTED, "Điều 1:\nthêm chữ", None)),
        ("covenant", {"signatory": "Họ và tên", "office": "Giám đốc", "confirmed": "yes"},
         (ResponseKind.SIGNED, None, "Họ và tên, Giám đốc")),
    ],
    ids=["agreed", "commented", "signed"],
)  # fmt: skip
def test_what_a_unit_answers_is_kept_and_shown(site, activity, fields, kept):
    response = answer(site, activity, fields)
    page = site.visitor(OWN).get(response.headers["location"])

    assert (response.status_code, said(site)) == (303, [kept])
    assert "Your answer is recorded." in page.text


@pytest.mark.parametrize(
    ("activity", "fields", "faulty"),
    [
        ("opinions", {}, ["kind"]),
        ("opinions", {"kind": "commented", "text": "  "}, ["text"]),
        ("opinions", {"kind": "signed"}, ["kind"]),
        ("covenant", {"office": "Giám đốc"}, ["signatory", "confirmed"]),
    ],
    ids=["nothing chosen", "no comment", "another kind", "half a signature"],
)
def test_what_is_missing_in_an_answer_is_said_at_its_field_and_nothing_is_kept(site, activity, fields, faulty):
    response = answer(site, activity, fields)

    assert (response.status_code, said(site)) == (422, [])
    assert [
        name for name in ("kind", "text", "signatory", "office", "confirmed") if f'href="#{name}"' in response.text
    ] == faulty


def test_the_secretary_gets_the_comments_compiled_and_a_comment_is_never_a_formula(site):
    site.year.respond("u3", "opinions", ResponseKind.COMMENTED, "2030-02-13 08:00", text='=HYPERLINK("x")')
    secretary = site.visitor(SECRETARY)

    page = secretary.get("/years/b-2030/comments")
    file = secretary.get("/years/b-2030/comments/file")

    assert "3 agree, 1 comment, 0 have not answered yet." in page.text
    (sheet,) = load_workbook(io.BytesIO(file.content)).worksheets
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]
    assert [(row[1], row[2], row[3]) for row in rows][2] == ("Đơn vị 3", "Có góp ý", '=HYPERLINK("x")')
    assert sheet["D7"].data_type == "s"


def test_a_comment_that_is_too_long_is_refused_and_not_cut_off(site):
    before, typed = site.rows(Response), "a" * 20_001

    sent = answer(site, "opinions", {"kind": "commented", "text": typed})

    assert (sent.status_code, typed in sent.text) == (422, True)
    assert "This is too long: 20001 characters, and at most 20000 can be kept." in sent.text
    assert site.rows(Response) == before


def test_when_the_last_unit_has_signed_on_its_page_what_was_agreed_on_is_frozen(site):
    signing = cycle_of(site.year.base, plan(3, "d"))
    for moment in ("2030-02-11 08:00", "2030-02-18 08:00"):
        signing.advance(Stage.SIGNING, moment)
    site.clock.moment = on("2030-02-20 09:00")
    frozen = []

    for unit, _ in signing.units():
        path = f"/obligations/{signing.obligation(unit, 'covenant').id}/answer"
        fields = {"signatory": "Họ và tên", "office": "Giám đốc", "confirmed": "yes"}
        assert site.visitor(f"{unit}@d.example.vn").post(path, fields).status_code == 303
        frozen.append(signing.cycle.frozen_at)

    assert frozen == [None, None, on("2030-02-20 09:00")]


@pytest.mark.parametrize(
    ("draft", "shown"),
    [("covenant", ["The draft of the covenant"]), ("criteria", ["The draft of the criteria and the score sheet"]),
     ("both", ["The draft of the covenant", "The draft of the criteria and the score sheet"])],
)  # fmt: skip
def test_a_consultation_shows_the_draft_that_the_plan_circulates(site, draft, shown):
    changed = plan_data(4, activities={"opinions": {"draft": draft}}, contacts=plan_data(4)["contacts"])
    site.year.apply(plan_of(read_source("plan", yaml.safe_dump(changed).encode())), "2030-12-04 08:00")

    text = site.visitor(OWN).get(f"/obligations/{site.year.obligation('u3', 'opinions').id}").text

    assert [
        head for head in ("The draft of the covenant", "The draft of the criteria and the score sheet") if head in text
    ] == shown


def test_a_comment_recorded_on_a_units_behalf_keeps_its_lines(tmp_path, base):
    year = cycle_of(base, plan())
    year.advance(Stage.SIGNING, "2030-02-11 08:00")
    site = Site(create_app(Settings(_env_file=None, home=tmp_path), base, wall=lambda: on("2030-02-12 09:00")), year, year,
                None, tmp_path)  # type: ignore[arg-type]  # fmt: skip
    site.clock = lambda: on("2030-02-12 09:00")  # type: ignore[assignment]

    site.visitor(SECRETARY).post(
        f"/obligations/{year.obligation('u2', 'opinions').id}/case/answer", {"kind": "commented", "text": "Một\r\nHai"}
    )

    assert [row.text for row in year.rows(Response)] == ["Một\nHai"]
