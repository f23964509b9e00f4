"""Years whose replay, mail sink, server or worker is killed; `make test` kills deliveries only (test_deliveries.py)."""

from pathlib import Path

import pytest

from tests.databases import KINDS
from tests.replay.playing import SMALL
from tests.soak.killing import Blow, Moment, Victim
from tests.soak.rounds import Round, Tally

pytestmark = [pytest.mark.process, pytest.mark.soak]

THREE, RECEIVED, TWO = (SMALL / f"{name}-year.yaml" for name in ("three", "received", "two"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_year_that_is_killed_again_and_again_ends_as_one_that_is_not(kind: str, tmp_path: Path) -> None:
    blows = [
        Blow(Victim.REPLAY, Moment.MAILS, 4, pause=0.002),
        Blow(Victim.SINK, Moment.MAILS, 5, pause=0.01),
        Blow(Victim.SINK, Moment.START, 0, pause=0.03),
        Blow(Victim.REPLAY, Moment.MAILS, 7, pause=0.02),
    ]
    tally = Tally()

    Round(1, tmp_path / "round", kind, scenario=THREE).play(tally, blows)

    assert tally.kills == {Victim.REPLAY: 2, Victim.SINK: 2}


# The worker's run is settled a minute and a half after it was killed.
@pytest.mark.prefect
def test_a_year_with_prefect_whose_server_and_worker_are_killed_ends_as_one_whose_are_not(tmp_path: Path) -> None:
    tally = Tally()

    Round(2, tmp_path / "round", prefect=True, scenario=TWO).play(
        tally, [Blow(Victim.WORKER, Moment.START, 0, pause=0.5), Blow(Victim.SERVER, Moment.MAILS, 2, pause=0.1)]
    )

    assert tally.kills == {Victim.WORKER: 1, Victim.SERVER: 1}
