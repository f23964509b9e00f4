from pathlib import Path

import pytest

from bloc.plan import read_plan
from bloc.plan.checks import plan_of
from bloc.plan.reading import read_source
from bloc.plan.writing import text_of
from tests.factories import plan

PLANS = sorted((Path(__file__).parents[2] / "plans").glob("*.yaml"))


@pytest.mark.parametrize("file", PLANS, ids=lambda file: file.stem)
def test_a_plan_that_is_written_and_read_again_is_the_same_plan(file):
    read = read_plan(file)

    assert plan_of(read_source("again.yaml", text_of(read).encode())) == read


def test_points_are_written_as_people_write_them():
    written = text_of(plan())

    assert "step: '0.25'" in written
    assert "max: '25'" in written
