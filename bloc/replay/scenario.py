"""Reading a scenario file: who does what when in a year that is replayed. Data, checked like a plan; see docs/scenarios.md."""

from collections.abc import Iterator
from os.path import isfile
from pathlib import Path

from bloc.errors import ScenarioRefused
from bloc.language import say
from bloc.plan import read_plan
from bloc.plan.reading import Finding, Place, read_file, validate
from bloc.replay.checks import CHECKS, no_file
from bloc.replay.schema import Scenario, Script


def read_scenario(path: Path) -> Script:
    """Return the scenario in the file ``path``, with the plans that it names (relative to it).

    Raises:
        ScenarioRefused: with every fault of the file, each with its line and path.
        PlanRefused: a plan that it names cannot be used.
    """
    source = read_file(path)
    scenario, faults = validate(source, Scenario)
    if scenario:
        faults = [*faults, *source.faults_of(_missing_plans(scenario, path.parent))]
    if scenario and not faults:
        applied = {act.applies.plan: read_plan(path.parent / act.applies.plan) for act in scenario.acts if act.applies}
        script = Script(scenario, read_plan(path.parent / scenario.plan), path.parent, applied)
        faults = source.faults_of(finding for check in CHECKS for finding in check(script))
        if not faults:
            return script
    raise ScenarioRefused(say("The scenario {name} cannot be used:", name=source.name), faults)


def _missing_plans(scenario: Scenario, folder: Path) -> Iterator[Finding]:
    plans: list[tuple[Place, str]] = [(("plan",), scenario.plan)]
    plans += [(("acts", n, "applies", "plan"), act.applies.plan) for n, act in enumerate(scenario.acts) if act.applies]
    yield from ((place, no_file(name)) for place, name in plans if not isfile(folder / name))


__all__ = ["Script", "read_scenario"]
