"""Reading a scenario file: who does what when in a year that is replayed. Data, checked like a plan; see docs/scenarios.md."""

from os.path import isfile
from pathlib import Path

from bloc.errors import ScenarioRefused
from bloc.language import say
from bloc.plan import read_plan
from bloc.plan.reading import read_file, validate
from bloc.replay.checks import CHECKS, no_file
from bloc.replay.schema import Scenario, Script


def read_scenario(path: Path) -> Script:
    """Return the scenario in the file ``path``, with the plan that it names (relative to it).

    Raises:
        ScenarioRefused: with every fault of the file, each with its line and path.
        PlanRefused: the plan it names cannot be used.
    """
    source = read_file(path)
    scenario, faults = validate(source, Scenario)
    if scenario and not isfile(path.parent / scenario.plan):
        faults = [*faults, source.fault(("plan",), no_file(scenario.plan))]
    if scenario and not faults:
        script = Script(scenario, read_plan(path.parent / scenario.plan), path.parent)
        faults = source.faults_of(finding for check in CHECKS for finding in check(script))
        if not faults:
            return script
    raise ScenarioRefused(say("The scenario {name} cannot be used:", name=source.name), faults)


__all__ = ["Script", "read_scenario"]
