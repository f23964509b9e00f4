import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import Session, select

from bloc.db import Database
from bloc.engine.parts import bloc_environment, portal_part
from bloc.enums import CycleMode
from bloc.settings import Settings
from models import Contact
from tests.factories import cycle_of, plan, plan_data
from tests.places import with_tables
from tests.portal.conftest import Site, opened

BOTH, ONE = "secretary@d.example.vn", "u2@d.example.vn"  # who serves a live year as well, and who does not


@pytest.fixture
def replayed(tmp_path: Path) -> Path:
    """Return a database with a replayed year, of the bloc d, and a live one, of the bloc e, that share their secretary."""
    file = tmp_path / "replayed.db"
    engine = with_tables(file)
    people = [person | {"email": BOTH} if "role" in person else person for person in plan_data(2, "e")["contacts"]]
    cycle_of(Database(engine), plan(2, "d"), mode=CycleMode.REPLAY)
    cycle_of(Database(engine), plan(2, "e", contacts=people))
    engine.dispose()
    return file


@pytest.fixture
def demo(replayed: Path, tmp_path: Path) -> Iterator[Site]:
    (tmp_path / "home").mkdir()
    with opened(replayed, tmp_path / "home", demo=True) as site:
        yield site


def contact(site: Site, address: str) -> str:
    with Session(site.year.base.engine) as session:
        return str(session.exec(select(Contact.id).where(Contact.email == address)).one())


def test_a_demonstration_lists_those_who_serve_replayed_years_alone(demo):
    text = demo.visitor().get("/demo").text

    listed = re.findall(r'name="contact" value="([^"]+)"', text)
    assert listed == [contact(demo, f"u{n}@d.example.vn") for n in (1, 2)]


def test_one_looks_in_as_one_of_them_without_a_mail(demo):
    visitor = demo.visitor()

    answer = visitor.post("/demo", {"contact": contact(demo, ONE)})
    start = visitor.get("/")

    assert (answer.status_code, start.headers["location"]) == (303, "/years/d-2030/units/u2")
    assert "This year is a replay." in visitor.get("/years/d-2030/units/u2").text


@pytest.mark.parametrize("address", [BOTH, "u1@e.example.vn"], ids=["of a live year as well", "of a live year"])
def test_nobody_of_a_live_year_can_be_looked_in_as(demo, address):
    visitor = demo.visitor()

    answer = visitor.post("/demo", {"contact": contact(demo, address)})

    assert (answer.status_code, visitor.get("/sessions").status_code) == (404, 303)


def test_who_looks_in_sees_no_live_year_though_the_person_comes_to_serve_one(demo):
    visitor = demo.visitor()
    visitor.post("/demo", {"contact": contact(demo, ONE)})
    people = [person | {"email": ONE} if person["unit"] == "u2" else person for person in plan_data(2, "f")["contacts"]]
    cycle_of(demo.year.base, plan(2, "f", contacts=people))

    assert visitor.get("/years/d-2030/units/u2").status_code == 200
    assert visitor.get("/years/f-2030/units/u2").status_code == 404
    assert demo.visitor(ONE).get("/years/f-2030/units/u2").status_code == 200


def test_outside_a_demonstration_there_is_no_such_page(replayed, tmp_path, monkeypatch):
    for name in ("BLOC_DEMO", "BLOC_PORTAL_DEMO"):
        monkeypatch.setenv(name, "1")
    (tmp_path / "home").mkdir()

    with opened(replayed, tmp_path / "home") as site:
        asked = site.visitor().post("/demo", {"contact": contact(site, ONE)})
        seen = site.visitor(ONE).get("/demo")

    assert (asked.status_code, asked.headers["location"], seen.status_code) == (303, "/sign-in?then=/", 404)


def test_no_setting_makes_a_demonstration(tmp_path):
    settings = Settings(_env_file=None, home=tmp_path)

    assert [name for name in Settings.model_fields if "demo" in name] == []
    assert "--demo" not in portal_part(settings).argv
    assert "--demo" in portal_part(settings, demo=True).argv
    assert not any("DEMO" in name for name in bloc_environment(settings))


def test_a_calendar_that_was_made_in_a_demonstration_is_good_in_one_alone(demo):
    visitor = demo.visitor()
    visitor.post("/demo", {"contact": contact(demo, ONE)})
    path = re.search(r"/feeds/[\w-]+\.ics", visitor.post("/calendar").text)[0]
    inside = demo.visitor().get(path).status_code

    demo.app.state.portal = replace(demo.portal, demo=False)

    assert (inside, demo.visitor().get(path).status_code) == (200, 404)
