from pathlib import Path

from bloc.replay.acts import Stage, perform
from bloc.replay.scenario import read_scenario
from bloc.replay.schema import Nothing
from bloc.settings import Settings
from tests.factories import cycle_of, on, plan

SCENARIO = Path(__file__).parent.parent / "data" / "replay" / "received-year.yaml"


def test_a_result_that_is_published_again_is_told_to_be_so_already(base):
    year = cycle_of(base, plan())
    for unit in ("u1", "u2", "u3"):
        year.send_sheet(unit, "2030-12-02 09:00")
    year.aggregate()

    with year.open() as (work, cycle):
        stage = Stage(work, cycle, on("2030-12-10 09:00"), read_scenario(SCENARIO), Settings(), lambda lost: None)
        said = [str(line) for _ in range(2) for line in perform(stage, "publish", Nothing())]

    assert said == ["version 1 of the result is published", "version 1 of the result has been published already"]
