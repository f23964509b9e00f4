"""The secretary steers: the desk, one obligation, what blocks the scores, the result."""

import re
from html import unescape

import pytest
from sqlalchemy import event

from bloc.actions.bundles import bundle
from bloc.db import Database
from bloc.enums import Act, DepositState, NoticeKind, ObligationState, Stage
from bloc.plan.checks import plan_of
from bloc.plan.reading import read_source
from bloc.portal.app import create_app
from bloc.portal.routes.result import IMAGE
from bloc.portal.sections import RUNNING, WORK
from bloc.settings import Settings
from models import AuditEntry, Deposit, Response, Result
from tests.actions.test_objections import contest
from tests.factories import cycle_of, on, plan, plan_data, plan_text
from tests.places import with_tables
from tests.portal.conftest import OTHER, SECRETARY, Clock, Site

LATE = "2030-12-09 09:00"
ONLY_SHEETS = dict.fromkeys(("covenant", "opinions", "reports", "exchange"))
DESK, ARRIVALS, RESULT = "/years/b-2030/desk", "/years/b-2030/arrivals", "/years/b-2030/result"


def case(site, unit: str, activity: str = "sheets") -> str:
    return f"/obligations/{site.year.obligation(unit, activity).id}/case"


def words_of(page) -> str:
    """Return a page's words, on one line."""
    main = page.text.partition("<main")[2].partition(">")[2]
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", main).split()))


def received(site, *units: str, when: str = "2030-12-03 09:00") -> None:
    for place, unit in enumerate(units):
        site.year.send_sheet(unit, when, {f"u{n}": 10 + place + n for n in range(1, 5)})


@pytest.fixture
def closable(tmp_path):
    """Return a portal of a bloc whose plan lets the scoring be closed without some sheets."""
    engine = with_tables(tmp_path / "bloc.db")
    base = Database(engine)
    year = cycle_of(base, plan(4, policies={"missing_sheet": "received"}))
    year.advance(Stage.YEAR_END, "2030-11-18 08:00")
    clock = Clock(on(LATE))
    app = create_app(Settings(_env_file=None, home=tmp_path), base, wall=clock)
    site = Site(app, year, year, clock, tmp_path)
    yield site
    for client in site.opened:
        client.close()
    engine.dispose()


# The desk


def queries_of(site: Site) -> list[str]:
    """Return what the desk asks of the database."""
    visitor, asked = site.visitor(SECRETARY), []
    visitor.get(DESK)
    event.listen(site.year.base.engine, "before_cursor_execute", lambda _c, _u, text, *_: asked.append(text))
    answer = visitor.get(DESK)
    assert answer.status_code == 200
    return [text for text in asked if text.startswith(("SELECT", "INSERT", "UPDATE"))]


@pytest.mark.parametrize("size", [3, 12])
def test_the_desk_asks_the_database_as_often_however_many_units_there_are(tmp_path, size):
    engine = with_tables(tmp_path / "bloc.db")
    window = {"policies": {"cross_scores_seen": "matrix"}, "objections": {"days": "1"}}
    year = cycle_of(Database(engine), plan(size, **window))
    year.advance(Stage.MIDYEAR, "2030-05-06 08:00")
    year.advance(Stage.YEAR_END, "2030-11-18 08:00")
    for unit, _ in year.units():
        year.send_sheet(unit, "2030-12-02 09:00")
    year.aggregate("2030-12-02 09:30")
    contacts = [*plan_data(size)["contacts"], {"unit": "u2", "role": "head", "name": "Giám đốc", "email": "h@b.example.vn"}]
    year.apply(plan(size, contacts=contacts, **window), "2030-12-02 10:00")  # the result rests on a plan of before
    clock = Clock(on("2030-12-04 09:00"))
    site = Site(create_app(Settings(_env_file=None, home=tmp_path), Database(engine), wall=clock), year, year, clock, tmp_path)

    calm = queries_of(site)
    year.publish("2030-12-02 11:00")
    contest(year, "2030-12-03 09:00")
    late = {"until": "10/12/2030", "because": "Bão"}
    asked = site.visitor("u3@b.example.vn").post(f"/obligations/{year.obligation('u3').id}/extension", late)
    busy = queries_of(site)

    words = words_of(site.opened[-1].get(DESK))
    for client in site.opened:
        client.close()
    engine.dispose()
    assert (asked.status_code, len(calm), len(busy)) == (303, 6, 8)
    assert ("Later deadlines that units ask for: 1." in words, "not answered in time: 1." in words) == (True, True)


def signs_of(page) -> dict[str, list[str]]:
    """Return how each unit stands on the desk with each activity."""
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', page.text, re.DOTALL)
    return {name: re.findall(r'class="cell cell-(\w+)"', row) for name, row in rows}


def test_the_desk_tells_what_comes_and_shows_each_unit_and_activity_by_sign(site):
    received(site, "u2")

    page = site.visitor(SECRETARY).get(DESK)

    assert signs_of(page) == {
        "Đơn vị 1": ["done", "done", "late", "soon"],
        "Đơn vị 2": ["done", "done", "late", "done"],
        "Đơn vị 3": ["done", "done", "done", "soon"],
        "Đơn vị 4": ["done", "done", "late", "soon"],
    }
    assert "Today and the next 14 days Friday 06/12/2030 Gửi bảng chấm điểm - last day for: Đơn vị 1 ; Đơn vị 3 ; Đơn vị 4" in (
        words_of(page)
    )
    assert case(site, "u4") in page.text


def test_the_desk_reads_either_kind_of_database(base, tmp_path):
    year, clock = cycle_of(base, plan()), Clock(on("2030-12-04 09:00"))
    year.advance(Stage.YEAR_END, "2030-11-18 08:00")
    year.send_sheet("u2", "2030-12-03 09:00")
    site = Site(create_app(Settings(_env_file=None, home=tmp_path), base, wall=clock), year, year, clock, tmp_path)

    page = site.visitor(SECRETARY).get(DESK)

    site.opened[0].close()
    assert [signs[-1] for signs in signs_of(page).values()] == ["soon", "done", "soon"]
    assert [case(site, unit) in page.text for unit in ("u1", "u2", "u3")] == [True, True, True]


def test_what_has_changed_since_the_desk_was_seen_last_stands_on_it(site):
    secretary = site.visitor(SECRETARY)

    before = signs_of(secretary.get(DESK))
    received(site, "u4")
    sent = signs_of(secretary.get(DESK))
    site.clock.moment = on(LATE)
    days_later = signs_of(secretary.get(DESK))

    of_u4 = [signs["Đơn vị 4"][-1] for signs in (before, sent, days_later)]
    of_u3 = [signs["Đơn vị 3"][-1] for signs in (before, sent, days_later)]
    assert (of_u4, of_u3) == (["soon", "done", "done"], ["soon", "soon", "late"])


def test_two_who_see_one_desk_read_it_each_in_their_language(site):
    english, vietnamese = (site.visitor(SECRETARY, language=language).get(DESK) for language in ("en", "vi"))

    assert ("Units and activities" in english.text, "Units and activities" in vietnamese.text) == (True, False)
    assert signs_of(english) == signs_of(vietnamese)


def test_what_waits_for_the_secretary_stands_first_and_leads_to_where_it_is_settled(site):
    received(site, "u1", "u2", "u3", "u4")
    site.year.aggregate("2030-12-03 10:00")

    page = site.visitor(SECRETARY).get(DESK)

    assert words_of(page).startswith(
        "Secretary's desk Waiting for you Version 1 of the result is final and waits to be published. "
    )
    assert f'<a href="{RESULT}">Version 1' in page.text


def test_only_pages_that_are_there_are_linked(site):
    page = site.visitor(SECRETARY).get(DESK)

    linked = [path for path in (*WORK, *RUNNING) if f'<li><a href="/years/b-2030/{path}"' in page.text]
    assert linked[:3] == ["desk", "arrivals", "result"]
    assert [site.visitor(SECRETARY).get(f"/years/b-2030/{path}").status_code for path in linked] == [200] * len(linked)


# One obligation, and the acts on it


def test_one_obligation_tells_what_came_what_was_mailed_and_who_did_what(site):
    page = site.visitor(SECRETARY).get(case(site, "u3"))

    said = words_of(page)
    assert "Version 1 Bảng mật.xlsx - 9:00 on Wednesday 20/11/2030 Places to mend: 1" in said
    assert "invitation Chuyên viên 3 <u3@b.example.vn> - 8:00 on Monday 18/11/2030 waiting to be sent" in said
    assert "file received 9:00 on Wednesday 20/11/2030 - the system version 1: refused" in said


def test_a_reminder_by_hand_goes_out_once_a_day_and_is_on_record(site):
    visitor = site.visitor(SECRETARY)

    first = visitor.post(f"{case(site, 'u4')}/remind")
    again = visitor.post(f"{case(site, 'u4')}/remind")

    assert [answer.headers["location"].partition("?")[2] for answer in (first, again)] == [
        "note=reminded",
        "note=reminded-today",
    ]
    assert site.year.notices(NoticeKind.REMINDER)[-1] == "sheets/u4/reminder/2030-12-04/2030-12-06/u4@b.example.vn"
    (entry,) = [row for row in site.year.rows(AuditEntry) if row.act is Act.NOTICE]
    assert (entry.about, entry.by, entry.after["decision"]) == ("sheets/u4", "Thư ký, Đơn vị 1", "reminded")


def test_who_is_done_is_not_reminded(site):
    received(site, "u4")

    answer = site.visitor(SECRETARY).post(f"{case(site, 'u4')}/remind")

    assert (answer.status_code, "there is nothing to remind of" in answer.text) == (409, True)
    assert "sheets/u4/reminder/2030-12-04/2030-12-06/u4@b.example.vn" not in site.year.notices()


def test_a_deadline_is_extended_with_its_reason(site):
    answer = site.visitor(SECRETARY).post(f"{case(site, 'u4')}/extend", {"until": "2030-12-13", "extend_because": "Bão số 9"})

    assert answer.headers["location"].endswith("/case?note=extended")
    assert site.year.obligation("u4", "sheets").due_at == on("2030-12-14 00:00")
    (entry,) = [row for row in site.year.rows(AuditEntry) if row.act is Act.EXTENSION]
    assert (entry.because, entry.after, entry.client) == ("Bão số 9", {"last_day": "2030-12-13"}, "testclient")


@pytest.mark.parametrize(
    ("act", "fields", "said"),
    [
        ("extend", {"until": "", "extend_because": "Bão"}, "Enter the new last day."),
        ("extend", {"until": "2030-12-13", "extend_because": ""}, "An extension needs its reason."),
        ("extend", {"until": "2030-12-01", "extend_because": "Bão"}, "The new last day must lie after the old one"),
        ("waive", {"waive_because": "Sáp nhập"}, "none can be waived"),
        ("return", {"return_because": "Thiếu"}, "Only a report can be returned"),
        ("answer", {"kind": "signed"}, "Choose what the unit has answered."),
    ],
    ids=["no day", "no reason", "an earlier day", "the plan waits", "no report", "no such answer"],
)  # fmt: skip
def test_an_act_that_is_refused_says_why_and_changes_nothing(site, act, fields, said):
    before = site.year.obligation("u4", "sheets")

    answer = site.visitor(SECRETARY).post(f"{case(site, 'u4')}/{act}", fields)

    assert (answer.status_code, said in answer.text) == (422, True)
    assert site.year.obligation("u4", "sheets") == before


def test_a_unit_is_released_for_a_reason(site):
    site.visitor(SECRETARY).post(f"{case(site, 'u4', 'reports')}/waive", {"waive_because": "Sáp nhập"})

    waived = site.year.obligation("u4", "reports")
    assert (waived.state, waived.waived_because) == (ObligationState.WAIVED, "Sáp nhập")


def test_a_report_is_returned_for_a_reason(site):
    site.visitor(SECRETARY).post(f"{case(site, 'u3', 'reports')}/return", {"return_because": "Thiếu số liệu"})

    (sent,) = [row for row in site.year.rows(Deposit) if row.obligation_id == site.year.obligation("u3", "reports").id]
    assert (sent.state, sent.returned_because) == (DepositState.RETURNED, "Thiếu số liệu")


def test_the_last_signature_recorded_on_a_units_behalf_freezes_the_year(tmp_path, closable):
    year = closable.year
    year.advance(Stage.SIGNING, "2030-02-18 08:00")
    for unit in ("u1", "u2", "u3"):
        year.sign(unit)

    answer = closable.visitor(SECRETARY).post(
        f"{case(closable, 'u4', 'covenant')}/answer", {"kind": "signed", "signatory": "Giám đốc 4"}
    )

    assert answer.headers["location"].endswith("note=recorded")
    assert [row.signatory for row in year.rows(Response)][-1] == "Giám đốc 4"
    assert year.cycle.frozen_at == on(LATE)


# What blocks


def test_it_is_said_in_words_what_blocks_the_aggregation(site):
    received(site, "u1", "u2")
    site.year.extend("u4", "2030-12-13", "2030-12-03 10:00", "sheets")

    said = words_of(site.visitor(SECRETARY).get(ARRIVALS))

    assert (
        "What still blocks the aggregation The aggregation waits for 2 of 4 score sheets. "
        "The plan waits for every one of them: nobody can close the scoring without. "
        "Đơn vị 3 : to the end of Friday 06/12/2030, 2 days left; one was sent, with 1 places to mend "
        "Đơn vị 4 : to the end of Friday 13/12/2030, 9 days left Remind just these 2"
    ) in said


def test_it_is_said_in_vietnamese_too(site):
    received(site, "u1", "u2", "u4")

    said = words_of(site.visitor(SECRETARY, language="vi").get(ARRIVALS))

    assert (
        "Vì sao chưa tổng hợp được Chưa tổng hợp được: còn thiếu 1/4 bảng chấm điểm. "
        "Theo kế hoạch phải chờ đủ bảng chấm điểm: không thể chốt khi còn thiếu. "
        "Đơn vị 3 : đến hết thứ Sáu 06/12/2030, còn 02 ngày; đã gửi nhưng còn 1 chỗ phải sửa Nhắc đơn vị này"
    ) in said


def test_one_button_reminds_just_those_that_block(site):
    received(site, "u1", "u2")

    site.visitor(SECRETARY).post(f"{ARRIVALS}/remind")

    by_hand = [each for each in site.year.notices(NoticeKind.REMINDER) if "/reminder/2030-12-04/" in each]
    assert by_hand == [
        "sheets/u3/reminder/2030-12-04/2030-12-06/u3@b.example.vn",
        "sheets/u4/reminder/2030-12-04/2030-12-06/u4@b.example.vn",
    ]


# The result


def test_nothing_of_a_result_is_told_before_the_own_sheet_counts(closable):
    received(closable, "u2", "u3", "u4")
    closable.year.close(LATE)
    closable.year.aggregate(LATE)
    secretary = closable.visitor(SECRETARY)

    before = {
        path: secretary.get(f"{RESULT}{path}")
        for path in ("", "/workbook", "/bundle", "/charts/dots", "/charts/heat", "/verification")
    }
    received(closable, "u1", when=LATE)
    after = secretary.get(RESULT)

    hidden = "It holds points that others have given, and waits until the score sheet of Đơn vị 1 counts."
    assert [before[path].status_code for path in before] == [200, 409, 409, 409, 409, 200]
    assert [hidden in before[path].text for path in ("", "/workbook", "/bundle", "/charts/dots", "/charts/heat")] == [True] * 5
    assert ["Leniency" in page.text for page in (before[""], after)] == [False, True]
    scores = re.findall(r"<strong>(\d+\.\d\d)</strong>", after.text)
    assert len(scores) == 4
    assert [score for score in scores for page in before.values() if score in page.text] == []


def test_how_well_the_ranking_stands_is_told_beside_it(site):
    received(site, "u1", "u2", "u3", "u4")
    site.year.aggregate("2030-12-03 10:00")

    words = words_of(site.visitor(SECRETARY).get(RESULT))

    assert (
        "How well the ranking stands These figures stand beside the official score and never in its place. "
        "The first place stays the same whichever score sheet is left out."
    ) in words
    assert "Ranks without one scorer Mean of cross-scores Self minus peers Đơn vị 4 1 1 1 1 16.00 +2.00 Đơn vị 3" in words


def test_a_result_is_published_with_one_confirmed_act(site):
    received(site, "u1", "u2", "u3", "u4")
    site.year.aggregate("2030-12-03 10:00")
    secretary = site.visitor(SECRETARY)

    asked = secretary.get(f"{RESULT}/publish")
    published = secretary.post(f"{RESULT}/publish", {"version": "1"})

    assert "Who is told all 4 units, by mail, at once" in words_of(asked)
    assert published.headers["location"] == f"{RESULT}?note=published"
    assert [row.published_at for row in site.year.rows(Result)] == [on("2030-12-04 09:00")]
    assert len(site.year.notices(NoticeKind.RESULT)) == 4


def test_a_version_that_is_no_longer_the_newest_is_not_published_by_an_old_page(site):
    received(site, "u1", "u2", "u3", "u4")
    site.year.aggregate("2030-12-03 10:00")
    received(site, "u4", when="2030-12-03 11:00")
    site.year.aggregate("2030-12-03 11:30")

    answer = site.visitor(SECRETARY).post(f"{RESULT}/publish", {"version": "1"})

    assert (answer.status_code, "There is a newer version of the result by now." in answer.text) == (409, True)
    assert [row.published_at for row in site.year.rows(Result)] == [None, None]


def test_the_scoring_is_closed_without_some_sheets_for_a_reason_and_published_as_provisional(closable):
    received(closable, "u1", "u2", "u3")
    secretary = closable.visitor(SECRETARY)

    asked = secretary.get(f"{RESULT}/close")
    without = secretary.post(f"{RESULT}/close", {"because": ""})
    closed = secretary.post(f"{RESULT}/close", {"because": "Đơn vị 4 giải thể"})
    again = secretary.get(f"{RESULT}/close")
    published = secretary.post(f"{RESULT}/publish", {"version": "1"})

    assert "The result will count 3 of 4 score sheets, and be provisional. Missing are the sheets of: Đơn vị 4" in words_of(
        asked
    )
    assert (without.status_code, closed.headers["location"]) == (422, f"{RESULT}?note=result-made")
    assert "or it is closed with just these sheets." in again.text
    (entry,) = [row for row in closable.year.rows(AuditEntry) if row.act is Act.CLOSING]
    assert (entry.because, entry.after) == ("Đơn vị 4 giải thể", {"sheets": 3, "missing": ["u4"]})
    assert published.headers["location"] == f"{RESULT}?note=published"


def test_a_sheet_that_comes_after_the_final_result_makes_a_new_version_by_the_secretarys_act(site):
    received(site, "u1", "u2", "u3", "u4")
    site.year.aggregate("2030-12-03 10:00")
    site.clock.moment = on(LATE)
    received(site, "u4", when=LATE)
    secretary = site.visitor(SECRETARY)

    offered = secretary.get(RESULT)
    secretary.post(f"{RESULT}/aggregate")
    again = secretary.post(f"{RESULT}/aggregate")

    assert "Make a new version of the sheets that are here" in offered.text
    assert [row.version for row in site.year.rows(Result)] == [1, 2]
    assert again.headers["location"] == f"{RESULT}?note=result-known"


def test_that_the_own_unit_sent_its_sheet_again_is_flagged_on_the_result(site):
    received(site, "u1", "u2", "u3", "u4")
    site.year.aggregate("2030-12-03 10:00")
    flag, secretary = "Your own unit sent another score sheet after its first", site.visitor(SECRETARY)

    before = secretary.get(RESULT).text
    site.year.send_sheet("u1", "2030-12-03 11:00", {"u1": 25})

    assert (flag in before, flag in secretary.get(RESULT).text) == (False, True)


def test_all_versions_are_computed_again_and_compared(site):
    received(site, "u1", "u2", "u3", "u4")
    site.year.aggregate("2030-12-03 10:00")

    page = site.visitor(SECRETARY).get(f"{RESULT}/verification")

    assert "Version 1: identical." in page.text


def begun_before(site) -> None:
    """Let the bloc have had a year before, whose result was published: units 1, 2, 4, 3."""
    former = plan_of(read_source("plan.yaml", plan_text(4, activities=ONLY_SHEETS).replace("2030", "2029").encode()))
    year = cycle_of(site.year.base, former, "2029-01-02 08:00")
    year.advance(Stage.YEAR_END, "2029-11-18 08:00")
    for unit, _ in year.units():
        year.send_sheet(unit, "2029-12-03 09:00", {"u1": 12, "u2": 11, "u3": 9})
    year.aggregate("2029-12-03 10:00")
    year.publish("2029-12-04 10:00")


def test_the_bundle_that_is_downloaded_is_the_one_of_the_command_line(site):
    received(site, "u1", "u2", "u3", "u4")
    made = site.year.aggregate("2030-12-03 10:00")

    file = site.visitor(SECRETARY).get(f"{RESULT}/bundle?version=1")

    assert "goi-ket-qua-b-2030-1.zip" in file.headers["content-disposition"]
    with site.year.open() as (work, cycle):
        assert file.content == bundle(work.session, cycle, made)


def test_a_former_year_stands_beside_this_one(site):
    received(site, "u1", "u2", "u3", "u4")
    site.year.aggregate("2030-12-03 10:00")
    secretary = site.visitor(SECRETARY)

    alone = secretary.get(f"{RESULT}/charts/years").status_code, "Year to year" in secretary.get(RESULT).text
    begun_before(site)
    together = secretary.get(f"{RESULT}/charts/years").status_code, words_of(secretary.get(RESULT))

    assert alone == (404, False)
    assert together[0] == 200
    assert "Unit 2029 2030 Đơn vị 4 3 (11.00) 1 (16.50) Đơn vị 3 4 (10.00) 2 (15.50)" in together[1]


@pytest.mark.parametrize("chart", ["dots", "heat", "peers", "timeline"])
def test_a_chart_is_the_same_svg_each_time_and_may_load_nothing(site, chart):
    received(site, "u1", "u2", "u3", "u4")
    site.year.aggregate("2030-12-03 10:00")
    secretary = site.visitor(SECRETARY)

    first, again = (secretary.get(f"{RESULT}/charts/{chart}?version=1") for _ in range(2))

    assert (first.headers["content-type"], first.content == again.content) == ("image/svg+xml", True)
    assert first.headers["content-security-policy"] == IMAGE["Content-Security-Policy"]
    assert first.text.count("<script") == 0


@pytest.mark.parametrize(
    "path", [DESK, ARRIVALS, RESULT, f"{RESULT}/charts/heat", f"{RESULT}/workbook", f"{RESULT}/bundle", f"{RESULT}/publish"]
)
def test_a_unit_is_told_nothing_of_it(site, path):
    received(site, "u1", "u2", "u3", "u4")
    site.year.aggregate("2030-12-03 10:00")

    assert site.visitor(SECRETARY).get(path).status_code == 200
    assert site.visitor(OTHER).get(path).status_code == 404
