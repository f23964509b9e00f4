"""A short `make soak` of deliveries: ten kills."""

from pathlib import Path

import pytest

from tests.databases import KINDS
from tests.soak.deliveries import Killing

pytestmark = [pytest.mark.process, pytest.mark.slow]


@pytest.mark.parametrize("kind", KINDS)
def test_deliveries_side_by_side_that_are_killed_lose_nothing_and_double_nothing(kind: str, tmp_path: Path) -> None:
    toll = Killing(1, tmp_path / "post", kind).play(10)

    assert toll.kills == 10
    assert toll.mails > 50
