from pathlib import Path

import pytest

from bloc.actions.clocks import advance_clock
from bloc.actions.plans import apply_plan
from bloc.cli.replay import _where
from bloc.clock import end_of
from bloc.db import unit_of_work
from bloc.enums import CycleMode
from bloc.queries import cycle_by_key
from bloc.replay.play import TICK
from bloc.replay.scenario import read_scenario

SCENARIO = Path(__file__).parent.parent / "data" / "replay" / "received-year.yaml"
GOES_ON = "The replay of received-2030 goes on from where it stood: "
ENDED = "The replay of received-2030 has ended already; `make clean-data` begins anew.\n"


@pytest.mark.parametrize(("ended", "said"), [(False, GOES_ON), (True, ENDED)], ids=["under way", "ended"])
def test_a_replay_that_was_begun_says_whether_it_goes_on_or_has_ended(base, capsys, ended, said):
    script = read_scenario(SCENARIO)
    _where(base, script)
    before = capsys.readouterr().out
    with unit_of_work(base) as work:
        apply_plan(work, script.plan, script.begins, CycleMode.REPLAY)
        moment = end_of(script.scenario.ends) - TICK if ended else script.begins
        advance_clock(work, cycle_by_key(work.session, None), moment)

    _where(base, script)

    assert (before, capsys.readouterr().out.replace("\n", " ").startswith(said.replace("\n", " "))) == ("", True)
