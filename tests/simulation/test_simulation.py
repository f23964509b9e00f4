"""A city's night, played by processes as a country's is; and blocs that differ, but not from one time to the next."""

from datetime import date

import pytest
from sqlmodel import Session, col, func, select

from bloc.db import Database
from bloc.enums import NoticeKind, NoticeState, ResultState
from bloc.errors import NotAllowed
from bloc.settings import Settings
from bloc.simulation.country import simulate
from bloc.simulation.plans import Country
from models import Cycle, Notice, Result
from tests.databases import KINDS
from tests.factories import cycle_of, plan

FEW = Country(blocs=3, year=2030, seed=1)
CITY = Country(blocs=35, year=2030, seed=1)


def test_the_same_seed_makes_the_same_blocs_and_they_differ():
    plans = [FEW.plan(number) for number in range(FEW.blocs)]

    assert plans == [Country(3, 2030, 1).plan(number) for number in range(FEW.blocs)]
    assert len({(len(each.units), each.activities[0].opens, each.reminders.ladder, each.policies) for each in plans}) == 3
    assert {each.activities[0].deadline.by for each in plans} == {FEW.deadline} == {date(2030, 12, 5)}
    assert [each.key for each in plans] == [FEW.key(number) for number in range(FEW.blocs)]


def test_every_unit_sends_its_sheet_once_whatever_the_desks():
    sent = sorted(each for hand in range(2) for each in FEW.arrivals(hand, 2))

    assert sent == [(number, place) for number in range(FEW.blocs) for place in range(FEW.size(number))]


def test_a_database_that_holds_a_year_is_refused(base):
    cycle_of(base, plan())

    with pytest.raises(NotAllowed, match="holds years already"):
        simulate(base, Settings(_env_file=None), FEW, 2, lambda step: None)


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize("place", KINDS[-1:], indirect=True, scope="session")  # on a server's, as a country's would be
def test_a_night_ends_with_a_result_in_each_bloc_in_fewer_runs_and_with_no_mail_left(base: Database):
    url = base.engine.url.render_as_string(hide_password=False)

    figures = simulate(base, Settings(database_url=url, _env_file=None), CITY, 2, lambda step: None)

    with Session(base.engine) as session:
        assert session.exec(select(Result.state, func.count()).group_by(Result.state)).all() == [
            (ResultState.FINAL, CITY.blocs)
        ]
        assert len(session.exec(select(Cycle.id)).all()) == CITY.blocs
        fates = session.exec(
            select(Notice.kind, Notice.state, func.count()).group_by(col(Notice.kind), col(Notice.state))
        ).all()
    assert {(NoticeKind.RECEIPT, NoticeState.SENT, CITY.units), (NoticeKind.RESULT_READY, NoticeState.SENT, CITY.blocs)} <= set(
        fates
    )
    assert {state for _, state, _ in fates} <= {NoticeState.SENT, NoticeState.CANCELLED}
    assert (figures.results, figures.left) == (CITY.blocs, 0)
    assert figures.runs < figures.results
    assert figures.peak < 400  # MiB of a worker
