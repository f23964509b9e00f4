import pytest

from bloc.rules.criteria import Criteria, Criterion, Group
from bloc.rules.plausibility import Oddities, oddities

CRITERIA = Criteria(250, (Group("I", "Nhóm", (Criterion("I.1", "Một", 0, 80_000), Criterion("I.2", "Hai", -20_000, 0))),))


def points(**totals):
    return {(unit, code): value for unit, pair in totals.items() for code, value in zip(("I.1", "I.2"), pair, strict=True)}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (points(u1=(60_000, 0), u2=(55_000, 0), u3=(50_000, 0)), Oddities(False, False, None)),
        (points(u1=(80_000, 0), u2=(75_000, 0), u3=(74_000, 0)), Oddities(True, False, None)),
        (points(u1=(60_000, 0), u2=(55_000, -250), u3=(55_000, -250)), Oddities(False, True, None)),
        (points(u1=(60_000, 0), u2=(55_000, 0)), Oddities(False, False, None)),
        (points(u1=(60_000, 0), u2=(50_000, 0), u3=(49_999, 0)), Oddities(False, False, 10_000)),
        (points(u1=(60_000, 0), u2=(50_000, 0), u3=(50_000, -1)), Oddities(False, False, 10_000)),
        (points(u1=(60_000, 0), u2=(50_000, 0), u3=(50_001, -1)), Oddities(False, False, None)),
    ],
    ids=[
        "nothing",
        "the maximum",
        "all alike",
        "one other unit is alike to itself",
        "a lead",
        "a lead by a penalty",
        "just no lead",
    ],
)
def test_what_is_odd(given, found):
    assert oddities(given, "u1", CRITERIA) == found
