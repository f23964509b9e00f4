"""A vote on a title: whether it may count at all, who has passed, who is elected, and what is left to be decided. Exact."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import ceil

from bloc.enums import CountedOf, VoteTie

PASS_MARK = re.compile(r"(?P<how>more than|at least) (?P<part>[0-9]{1,3})/(?P<whole>[0-9]{1,3})")
SHARE = re.compile(r"(?P<part>[0-9]{1,3})/(?P<whole>[0-9]{1,3})")
SHORT_LIST = 2  # candidates of a next round for each place that is left


@dataclass(frozen=True)
class PassMark:
    """The share of the electors that a candidate needs: more than it (``strict``), or at least it."""

    share: Fraction
    strict: bool

    def reached(self, votes: int, electors: int) -> bool:
        """Return whether ``votes`` of so many ``electors`` are enough; no votes never are."""
        needed = self.share * electors
        return votes > 0 and (votes > needed if self.strict else votes >= needed)


def pass_mark(words: str) -> PassMark | None:
    """Return what "more than 1/2" or "at least 2/3" says; None if it says nothing, or more than the whole."""
    found = PASS_MARK.fullmatch(words)
    if found is None or not 0 < int(found["part"]) <= int(found["whole"]):
        return None
    mark = PassMark(Fraction(int(found["part"]), int(found["whole"])), found["how"] == "more than")
    return None if mark.strict and mark.share == 1 else mark


def share(words: str) -> Fraction | None:
    """Return the share that "2/3" says; None if it says nothing, none, or more than the whole."""
    found = SHARE.fullmatch(words)
    if found is None or not 0 < int(found["part"]) <= int(found["whole"]):
        return None
    return Fraction(int(found["part"]), int(found["whole"]))


@dataclass(frozen=True)
class VoteRule:
    """How a bloc votes.

    Args:
        quorum: the share of the members that must be present.
        mark: what a candidate needs, and ``counted_of`` whom it is counted of.
        tie: what becomes of equals of whom not all have a place.
        rounds: how often is voted at most.
        on_itself: whether a unit may vote for itself.
    """

    mark: PassMark
    quorum: Fraction = Fraction(2, 3)
    counted_of: CountedOf = CountedOf.MEMBERS
    tie: VoteTie = VoteTie.NEXT_ROUND
    rounds: int = 2
    on_itself: bool = True

    def needed_present(self, members: int) -> int:
        """Return how many members must be present for a vote to count."""
        return ceil(self.quorum * members)

    def has_quorum(self, members: int, present: int) -> bool:
        """Return whether so many of the members are enough."""
        return 0 < present >= self.needed_present(members)


@dataclass(frozen=True)
class Count:
    """The totals of one round, by paper or by hands: never who voted how.

    A blank slip is counted with the valid or with the invalid ones, as the bloc's rule has it: it gives nobody a vote. Whom
    the pass mark is counted of is not moved by either.
    """

    members: int
    present: int
    places: int
    votes: Mapping[str, int]
    round: int = 1


@dataclass(frozen=True)
class Slips:
    """What became of the slips that were handed out."""

    issued: int
    valid: int
    invalid: int
    not_returned: int


class Mismatch(StrEnum):
    """What cannot be true of the totals of a count."""

    NEGATIVE = "negative"
    MORE_PRESENT_THAN_MEMBERS = "more-present-than-members"
    MORE_ISSUED_THAN_PRESENT = "more-issued-than-present"
    SLIPS_DO_NOT_ADD_UP = "slips-do-not-add-up"
    CANDIDATE_ABOVE_VALID = "candidate-above-valid"
    MORE_VOTES_THAN_PLACES = "more-votes-than-places"
    VOTED_ON_ITSELF = "voted-on-itself"
    HANDS_DIFFER = "hands-differ"
    VOTED_TOO_OFTEN = "voted-too-often"
    NO_QUORUM = "no-quorum"


@dataclass(frozen=True)
class Finding:
    """A mismatch; ``unit``: the candidate whose votes cannot be so many, or the voter who has voted too often."""

    mismatch: Mismatch
    unit: str | None = None


def check_slips(count: Count, slips: Slips, rule: VoteRule) -> list[Finding]:
    """Return everything that cannot be true of a paper ballot's totals, and that it has no quorum; nothing if it may count."""
    return [*_of_the_room(count, slips, rule), *_of_the_votes(count, slips.valid, rule)]


def check_hands(count: Count, voters: Mapping[str, Collection[str]], rule: VoteRule) -> list[Finding]:
    """Return what cannot be true of a vote by hands: ``voters`` has the units that voted for each candidate."""
    findings = list(_of_the_room(count, Slips(count.present, count.present, 0, 0), rule))
    findings += _of_the_votes(count, count.present, rule)
    findings += _of_the_hands(count, voters)
    if not rule.on_itself:
        findings += [Finding(Mismatch.VOTED_ON_ITSELF, unit) for unit in sorted(voters) if unit in voters[unit]]
    return findings


def _of_the_hands(count: Count, voters: Mapping[str, Collection[str]]) -> Iterator[Finding]:
    for unit, votes in sorted(count.votes.items()):
        if votes != len(set(voters.get(unit, ()))):
            yield Finding(Mismatch.HANDS_DIFFER, unit)
    given = Counter(voter for hands in voters.values() for voter in set(hands))
    yield from (Finding(Mismatch.VOTED_TOO_OFTEN, voter) for voter, times in sorted(given.items()) if times > count.places)


def _of_the_room(count: Count, slips: Slips, rule: VoteRule) -> Iterator[Finding]:
    numbers = (count.members, count.present, slips.issued, slips.valid, slips.invalid, slips.not_returned)
    if min(*numbers, *count.votes.values()) < 0:
        yield Finding(Mismatch.NEGATIVE)
    if count.present > count.members:
        yield Finding(Mismatch.MORE_PRESENT_THAN_MEMBERS)
    if slips.issued > count.present:
        yield Finding(Mismatch.MORE_ISSUED_THAN_PRESENT)
    if slips.issued != slips.valid + slips.invalid + slips.not_returned:
        yield Finding(Mismatch.SLIPS_DO_NOT_ADD_UP)
    if not rule.has_quorum(count.members, count.present):
        yield Finding(Mismatch.NO_QUORUM)


def _of_the_votes(count: Count, valid: int, rule: VoteRule) -> Iterator[Finding]:
    others = count.members - 1  # where all are in the room each candidate is too, and has a slip of its own
    barred = not rule.on_itself and count.present == count.members
    for unit, votes in sorted(count.votes.items()):
        if votes > valid:
            yield Finding(Mismatch.CANDIDATE_ABOVE_VALID, unit)
        elif barred and votes > others:
            yield Finding(Mismatch.VOTED_ON_ITSELF, unit)
    if sum(count.votes.values()) > valid * count.places:
        yield Finding(Mismatch.MORE_VOTES_THAN_PLACES)


@dataclass(frozen=True)
class Outcome:
    """What a round has decided.

    Args:
        elected: who has a place, the most votes first, equals by code.
        tied: equals that have passed, and of whom not all have a place: nobody is chosen among them silently.
        next_round: who stands in the next round; empty where there is none.
        places_left: how many places nobody has yet.
    """

    elected: tuple[str, ...]
    tied: tuple[str, ...]
    next_round: tuple[str, ...]
    places_left: int


def outcome(count: Count, rule: VoteRule, ranks: Mapping[str, int]) -> Outcome:
    """Return what a round decides; without a quorum nobody is elected, and nothing follows by itself.

    Args:
        ranks: each candidate's rank in the result, for the tie rule ``by-rank``; equal ranks decide nothing.
    """
    if not rule.has_quorum(count.members, count.present):
        return Outcome((), (), (), count.places)
    electors = count.present if rule.counted_of is CountedOf.PRESENT else count.members
    passed = [unit for unit in _by_votes(count.votes) if rule.mark.reached(count.votes[unit], electors)]
    elected, equals = _split(passed, count.places, lambda unit: count.votes[unit])
    if equals and rule.tie is VoteTie.SHARED:
        elected, equals = [*elected, *equals], []
    elif equals and rule.tie is VoteTie.BY_RANK:
        ranked = sorted(equals, key=lambda unit: (ranks[unit], unit))
        chosen, equals = _split(ranked, count.places - len(elected), lambda unit: ranks[unit])
        elected = [*elected, *chosen]
    left = max(count.places - len(elected), 0)
    return Outcome(tuple(elected), tuple(equals), _next_round(count, rule, elected, equals, left), left)


def _by_votes(votes: Mapping[str, int]) -> list[str]:
    return sorted(votes, key=lambda unit: (-votes[unit], unit))


def _split(ordered: Sequence[str], places: int, worth: Callable[[str], int]) -> tuple[list[str], list[str]]:
    """Return who has one of the ``places``, and the equals at the last of them of whom not all have one."""
    if len(ordered) <= places:
        return list(ordered), []
    first_without, last_with = ordered[places], ordered[places - 1] if places else None
    if last_with is None or worth(last_with) != worth(first_without):
        return list(ordered[:places]), []
    equals = [unit for unit in ordered if worth(unit) == worth(first_without)]
    return list(ordered[: ordered.index(equals[0])]), equals


def _next_round(count: Count, rule: VoteRule, elected: Sequence[str], equals: Sequence[str], left: int) -> tuple[str, ...]:
    """Return who stands again: the equals alone, or else the best of those who have not passed, two for each place left.

    Equals at the end of that list all stand.
    """
    if count.round >= rule.rounds or not left:
        return ()
    if equals:
        return tuple(equals) if rule.tie is VoteTie.NEXT_ROUND else ()
    others = [unit for unit in _by_votes(count.votes) if unit not in elected]
    if len(others) <= SHORT_LIST * left:
        return tuple(others)
    least = count.votes[others[SHORT_LIST * left - 1]]
    return tuple(unit for unit in others if count.votes[unit] >= least)
