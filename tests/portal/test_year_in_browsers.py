"""The whole year 2024, by its shipped plan, as three people in three browsers; what each has to send is counted."""

import re
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from bloc import queries
from bloc.actions.reading import sheet_of
from bloc.db import Database
from bloc.enums import ResponseKind, Stage
from bloc.plan import read_plan
from bloc.replay.papers import filled_sheet, report
from bloc.replay.tables import read_table
from bloc.sheets.form import Form
from tests.factories import Year, cycle_of, on
from tests.places import with_tables
from tests.portal.browsing import CHROMIUM, DESKTOP, PHONE, chromium, served
from tests.portal.conftest import Site
from tests.portal.office import Office, office, vi

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]

ROOT = Path(__file__).parents[2]
PLAN = ROOT / "plans" / "hai-phong-2024.yaml"
POINTS = ROOT / "plans" / "scenarios" / "score-sheets-2024"
KEY, SECRETARY = "hai-phong-2024", "giup-viec.heza@example.vn"
ON_THE_PAGE, BY_WORKBOOK = "dv3", "dv4"
OTHERS = ["heza", "nnptnt", "dv5", "dv6", "dv7"]  # they do their part, by the same actions, from elsewhere
MOST = {"secretary": 20, "unit": 8}  # acts in the whole year, beside signing in
DOCS = ROOT / "docs" / "portal.md"


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def begun(tmp_path_factory) -> Path:
    """Return the file of a database with the year as its plan begins it."""
    file = tmp_path_factory.mktemp("begun") / "begun.db"
    engine = with_tables(file)
    cycle_of(Database(engine), read_plan(PLAN), "2024-01-02 08:00")
    engine.dispose()
    return file


@dataclass
class Bloc:
    """The bloc's year, and the three who sit at a browser."""

    site: Site
    year: Year
    secretary: Office
    on_the_page: Office
    by_workbook: Office
    folder: Path

    @property
    def people(self) -> list[Office]:
        return [self.secretary, self.on_the_page, self.by_workbook]

    @property
    def units(self) -> dict[str, Office]:
        return {ON_THE_PAGE: self.on_the_page, BY_WORKBOOK: self.by_workbook}

    def on(self, moment: str) -> str:
        """Let it be ``moment``."""
        self.site.clock.moment = on(moment)
        return moment

    def form(self, unit: str) -> Form:
        with self.year.open() as (work, cycle):
            return sheet_of(work.session, cycle, unit)

    def filled(self, unit: str) -> bytes:
        return filled_sheet(self.form(unit), POINTS / f"{unit}.csv", {})

    def task(self, unit: str, activity: str) -> str:
        return f"/obligations/{self.year.obligation(unit, activity).id}"

    def report(self, unit: str, activity: str) -> bytes:
        with self.year.open() as (_, cycle):
            plan = queries.plan_of(cycle)
        return report(dict(self.year.units())[unit], plan.activity(activity).title, plan.bloc.name)


def dates(bloc: Bloc, activity: str, opens: str, last_day: str) -> None:
    """Let the secretary give an activity its dates."""
    secretary = bloc.secretary
    secretary.open(f"/years/{KEY}/plan/activities/{activity}")
    secretary.fill("Opens on", opens)
    secretary.shown.page.get_by_label(vi("through the day")).check()
    secretary.fill("Day of the deadline", last_day)
    secretary.press("Show what would change")
    secretary.press("Apply this change")


def first_quarter(bloc: Bloc) -> None:
    bloc.on("2024-01-15 09:00")
    for activity in ("covenant-consultation", "criteria-consultation"):
        dates(bloc, activity, "2024-01-22", "2024-02-02")
    bloc.year.advance(Stage.SIGNING, "2024-01-22 00:05")
    now = bloc.on("2024-01-24 10:00")
    for activity in ("covenant-consultation", "criteria-consultation"):
        for unit, person in bloc.units.items():
            person.open(bloc.task(unit, activity))
            person.shown.page.get_by_label(vi("It agrees with the draft")).check()
            person.press("Send the answer")
        for unit in OTHERS:
            bloc.year.respond(unit, activity, ResponseKind.AGREED, now)
    bloc.on("2024-02-19 09:00")
    dates(bloc, "covenant-signing", "2024-03-04", "2024-03-22")
    bloc.year.advance(Stage.SIGNING, "2024-03-04 00:05")
    now = bloc.on("2024-03-12 09:00")
    for unit, person in bloc.units.items():
        person.open(bloc.task(unit, "covenant-signing"))
        person.fill("Full name of who signed", "Thủ trưởng đơn vị")
        person.fill("Office of who signed", "Thủ trưởng")
        person.shown.page.locator("#confirmed").check()
        person.press("Confirm the signature")
    for unit in OTHERS:
        bloc.year.respond(unit, "covenant-signing", ResponseKind.SIGNED, now, signatory="Thủ trưởng đơn vị")


def reports(bloc: Bloc, activity: str, moment: str) -> None:
    now = bloc.on(moment)
    for unit, person in bloc.units.items():
        file = bloc.folder / f"{activity}-{unit}.docx"
        file.write_bytes(bloc.report(unit, activity))
        person.open(bloc.task(unit, activity))
        person.hand_over("The report", file)
        assert person.shown.heading == vi("Received")
    for unit in OTHERS:
        bloc.year.deposit(unit, bloc.report(unit, activity), now, activity)


def fill_in(bloc: Bloc) -> None:
    """Let a unit fill its sheet in on the page: cells as they are copied in Excel, then looked over and handed in."""
    person, form, points = bloc.on_the_page, bloc.form(ON_THE_PAGE), read_table(POINTS / f"{ON_THE_PAGE}.csv")
    person.open(bloc.task(ON_THE_PAGE, "year-end-sheets"))
    person.follow(vi("Fill in the score sheet"))
    cells = [(unit, each.code) for unit in form.members for each in form.criteria]
    typed = {f"p/{unit}/{code}": points[unit, code].replace(".", ",") for unit, code in cells}
    person.shown.page.evaluate(
        """typed => { for (const [name, text] of Object.entries(typed)) document.getElementsByName(name)[0].value = text;
           document.querySelector("form.sheet").dispatchEvent(new Event("input", {bubbles: true})); }""",
        typed,
    )
    person.press("Save, and look it over to hand it in")
    assert person.shown.heading == vi("Hand in the score sheet")
    person.press("Hand in")
    assert person.shown.heading == vi("Received")


def send_workbook(bloc: Bloc) -> None:
    """Let a unit send the workbook that it was given."""
    person, file = bloc.by_workbook, bloc.folder / "bang-cham-diem.xlsx"
    file.write_bytes(bloc.filled(BY_WORKBOOK))
    person.open(bloc.task(BY_WORKBOOK, "year-end-sheets"))
    person.hand_over("The filled-in workbook", file)
    assert person.shown.heading == vi("Received")


def extend(bloc: Bloc, unit: str) -> None:
    """Let the secretary give a unit that has asked by letter more days for its sheet."""
    secretary = bloc.secretary
    secretary.open(f"{bloc.task(unit, 'year-end-sheets')}/case")
    secretary.shown.page.get_by_text(vi("Give it a later deadline")).click()
    secretary.fill("New last day", "2024-12-12")
    secretary.shown.page.locator("#extend_because").fill("Đơn vị đang kiện toàn tổ chức, có văn bản đề nghị.")
    secretary.press("Extend")


def last_quarter(bloc: Bloc) -> None:
    bloc.year.advance(Stage.YEAR_END, "2024-11-04 00:05")
    reports(bloc, "year-end-reports", "2024-11-20 09:00")
    fill_in(bloc)
    send_workbook(bloc)
    for unit in ("heza", "nnptnt", "dv6"):
        bloc.year.deposit(unit, bloc.filled(unit), "2024-11-26 15:30", "year-end-sheets", "bang-cham-diem.xlsx")
    bloc.on("2024-12-04 09:00")
    secretary = bloc.secretary
    secretary.open(f"/years/{KEY}/desk")
    extend(bloc, "dv5")
    secretary.open(f"/years/{KEY}/arrivals")
    blocks = secretary.shown.page.locator(".blocks").inner_text()
    assert [name for _, name in bloc.year.units() if name in blocks] == ["Đơn vị thành viên số 5", "Đơn vị thành viên số 7"]
    secretary.press("Remind just these {count}", count=2)
    for unit in ("dv5", "dv7"):
        bloc.year.deposit(unit, bloc.filled(unit), "2024-12-06 10:00", "year-end-sheets", "bang-cham-diem.xlsx")
    bloc.year.aggregate("2024-12-06 10:01")


def publication(bloc: Bloc) -> None:
    bloc.on("2024-12-09 09:00")
    bloc.secretary.open(f"/years/{KEY}/result")
    bloc.secretary.follow(vi("Publish it"))
    bloc.secretary.press("Publish version {version}", version=1)
    for unit, person in bloc.units.items():
        person.open(f"/years/{KEY}/units/{unit}/result")


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((DESKTOP, True), id="on desktops"),
        pytest.param((PHONE, False), id="on phones without scripts", marks=pytest.mark.soak),
    ],
)
def lived(request, browser, begun, tmp_path_factory):
    """Return the bloc after its year."""
    viewport, script = request.param
    folder = tmp_path_factory.mktemp("lived")
    with served(begun, folder) as site, ExitStack() as stack:
        addresses = (SECRETARY, *(f"dau-moi.{unit}@example.vn" for unit in (ON_THE_PAGE, BY_WORKBOOK)))
        people = [stack.enter_context(office(browser, site, each, viewport, script=script)) for each in addresses]
        bloc = Bloc(site, Year(site.year.base, KEY), *people, folder)
        first_quarter(bloc)
        bloc.year.advance(Stage.MIDYEAR, "2024-05-06 00:05")
        reports(bloc, "midyear-reports", "2024-05-22 10:00")
        last_quarter(bloc)
        publication(bloc)
        yield bloc


def test_the_units_read_the_ranking_that_was_published(lived):
    rankings = [person.shown.page.locator("table").first.inner_text() for person in lived.units.values()]
    ranked = [re.findall(r"\d+,\d\d", ranking) for ranking in rankings]

    assert len(ranked[0]) >= len(OTHERS) + 2
    assert ranked[0] == ranked[1]


def test_no_page_complains_and_none_is_wider_than_its_window(lived):
    assert {person.address: person.shown.complaints for person in lived.people if person.shown.complaints} == {}
    assert {person.address: person.too_wide for person in lived.people if person.too_wide} == {}


def test_a_whole_year_takes_the_secretary_twenty_acts_and_a_unit_eight_at_most(lived):
    assert lived.secretary.work <= MOST["secretary"]
    assert lived.on_the_page.work <= MOST["unit"]
    assert lived.by_workbook.work <= MOST["unit"]


def test_the_documents_have_the_count(lived):
    assert table([person.acts for person in lived.people]) in DOCS.read_text(encoding="utf-8")


def table(counted: list[Counter[str]]) -> str:
    """Return the count as the table in docs/portal.md."""
    names = list(dict.fromkeys(name for acts in counted for name in acts if name != "signs in"))
    rows = [(name, *(acts[name] or "" for acts in counted)) for name in names]
    rows.append(("**in all**", *(acts.total() - acts["signs in"] for acts in counted)))
    rows.append(("beside it, to sign in", *(acts["signs in"] for acts in counted)))
    head = "| what is sent | secretary | unit, on the page | unit, by workbook |\n|---|--:|--:|--:|"
    return "\n".join([head, *(f"| {' | '.join(map(str, row))} |" for row in rows)])
