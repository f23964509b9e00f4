"""What a template may use of titles: plain values, worded for the page."""

from collections.abc import Sequence
from dataclasses import dataclass

TEXT_HEIGHT = 250  # mm of a page that slips can take
SLIP_FRAME, ROW = 62, 7.5  # mm: what stands around the candidates of a slip, and a line of them
SIGNS_A_LINE = 42  # of a unit's name in a slip


@dataclass(frozen=True)
class TitleUnit:
    """A unit under a title: ``standing`` by rank and conditions, ``outcome``, and ``why`` it is another.

    ``chosen``: it is proposed to the city.
    """

    name: str
    rank: int
    score: str
    standing: str
    outcome: str
    why: str
    chosen: bool


@dataclass(frozen=True)
class Voted:
    """A candidate of a round: its votes, their share of all that count, what became of it, in an open vote who voted for it."""

    name: str
    votes: int
    share: str
    outcome: str
    voters: Sequence[str]


@dataclass(frozen=True)
class VoteRound:
    """A round of a vote; ``needed``: the fewest votes that are enough; ``chair``: whom the chair chose, and why."""

    number: int
    members: int
    present: int
    issued: int
    valid: int
    invalid: int
    not_returned: int
    places: int
    needed: int
    lines: Sequence[Voted]
    elected: Sequence[str]
    chair: Sequence[str]
    chair_because: str


@dataclass(frozen=True)
class Title:
    """A title: ``how`` it is decided in words, the ``rules`` of its vote, its units by rank, the rounds that were held.

    ``number``: its places, None: all that meet the conditions. ``secret``, ``open``: there is a vote, on paper or by hands.
    ``candidates`` stand in the next round, ``next_round``, for ``next_places``; ``slips``: numbers of the slips, by page.
    """

    name: str
    how: str
    number: int | None
    secret: bool
    open: bool
    on_itself: bool
    rules: Sequence[str]
    units: Sequence[TitleUnit]
    chosen: Sequence[TitleUnit]
    decided: bool
    rounds: Sequence[VoteRound]
    next_round: int
    next_places: int
    candidates: Sequence[str]
    slips: Sequence[Sequence[int]]


def slips_by_page(count: int, candidates: Sequence[str]) -> list[list[int]]:
    """Return the numbers of ``count`` ballot slips, as many on a page as it takes without a slip being parted."""
    rows = 1 + sum(1 + (len(name) - 1) // SIGNS_A_LINE for name in candidates)
    a_page = max(1, int(TEXT_HEIGHT // (SLIP_FRAME + ROW * rows)))
    numbers = list(range(1, count + 1))
    return [numbers[start : start + a_page] for start in range(0, count, a_page)]
