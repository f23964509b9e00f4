"""The mail calendar against the year itself: what is foreseen is what leaves where nobody does anything more."""

import shutil
from collections import Counter
from datetime import date, timedelta

import pytest
import yaml
from sqlmodel import Session, select

from bloc import queries
from bloc.actions.forecast import forecast
from bloc.clock import at
from bloc.db import unit_of_work
from bloc.enums import NoticeState
from bloc.replay.scenario import read_scenario
from models import Notice
from tests.replay.playing import SHIPPED, SMALL

pytestmark = [pytest.mark.replay, pytest.mark.either]

YEARS = {
    "three, from its first day": (SMALL / "three-year.yaml", date(2030, 1, 7)),
    "three, after all sorts of acts": (SMALL / "three-year.yaml", date(2030, 6, 3)),
    "two": (SMALL / "two-year.yaml", date(2030, 3, 1)),
    "members that change": (SMALL / "changing-year.yaml", date(2030, 11, 25)),
    "sheets, of which one is missing": (SMALL / "received-year.yaml", date(2030, 12, 5)),
    SHIPPED.stem: (SHIPPED, date(2024, 11, 28)),
}
MAINLY = ("three, after all sorts of acts", "members that change")  # in `make test`; the others in `make soak`


def without_acts_from(file, day, folder):
    """Write the scenario anew, without what is done from ``day`` on, and into the year after."""
    shutil.copytree(file.parent, folder, dirs_exist_ok=True)
    text = file.read_text(encoding="utf-8")
    scenario = yaml.safe_load(text)
    scenario["acts"] = [act for act in scenario["acts"] if f"{act['at']}" < f"{day}"]
    scenario["plan"] = str((file.parent / scenario["plan"]).resolve())
    scenario["ends"] = last_of(day)
    written = folder / file.name
    written.write_text(yaml.safe_dump(scenario, allow_unicode=True), encoding="utf-8")
    return written


def last_of(day):
    """Return the day through which is played: after it comes nothing."""
    return date(day.year + 1, 2, 28)


def foreseen(home, key, moment):
    with unit_of_work(home.base) as work:
        return forecast(work, queries.cycle_by_key(work.session, key), moment)


@pytest.mark.parametrize("cycle", [name if name in MAINLY else pytest.param(name, marks=pytest.mark.soak) for name in YEARS])
def test_what_is_foreseen_leaves_no_trace_and_is_what_leaves_where_nobody_acts(home, cycle, tmp_path):
    file, day = YEARS[cycle]
    scenario = without_acts_from(file, day, tmp_path / "year")
    key = read_scenario(scenario).plan.key
    home.play(scenario, day - timedelta(days=1))
    before, rows = set(home.notices(NoticeState.SENT)), home.rows()

    calendar = foreseen(home, key, at(day))
    traced = home.rows() != rows
    home.play(scenario)

    assert not traced
    with Session(home.base.engine) as session:
        sent = session.exec(select(Notice).where(Notice.state == NoticeState.SENT)).all()
        left = [row for row in sent if row.identity not in before]
    assert left != []
    assert Counter((one.which.identity, one.moment) for one in calendar) == Counter((row.identity, row.sent_at) for row in left)
    assert len({(one.moment, one.mail) for one in calendar}) == len({row.mail_id for row in left})
