"""Titles and forms of commendation as a plan lists them: to whom they are open, how many there are, how they are decided."""

from fractions import Fraction
from typing import Annotated, Any

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from bloc import enums
from bloc.plan.fields import Code, Line, Points, Share, Strict
from bloc.rules import titles as rules
from bloc.rules.criteria import THOUSANDTHS
from bloc.rules.voting import VoteRule, pass_mark, share

MOST_PLACES = 60
MOST_ROUNDS = 5
MARK = {"type": "string", "pattern": "^(more than|at least) [0-9]{1,3}/[0-9]{1,3}$"}


def _mark(value: str) -> str:
    if pass_mark(value) is None:
        raise PydanticCustomError("pass_mark", "no pass mark")
    return value


Mark = Annotated[str, AfterValidator(_mark), WithJsonSchema(MARK)]


class Conditions(Strict):
    """What a title asks of a unit; what is left out is not asked. Whom the bloc leaves out for a reason is no condition."""

    least_score: Points | None = None
    sheet_sent: bool = False
    reports_sent: bool = False
    most_days_late: Annotated[int, Field(ge=0, le=366)] | None = None
    top_only: bool = False
    not_with: tuple[Code, ...] = ()  # titles before this one in the list

    def as_rules(self) -> rules.Conditions:
        """Return them as the pure values that the rules work with."""
        least = None if self.least_score is None else Fraction(self.least_score, THOUSANDTHS)
        return rules.Conditions(
            least, self.sheet_sent, self.reports_sent, self.most_days_late, self.top_only, frozenset(self.not_with)
        )


class Vote(Strict):
    """How a bloc votes on titles."""

    quorum: Share = "2/3"
    pass_mark: Mark = "more than 1/2"
    counted_of: enums.CountedOf = enums.CountedOf.MEMBERS
    tie: enums.VoteTie = enums.VoteTie.NEXT_ROUND
    rounds: Annotated[int, Field(ge=1, le=MOST_ROUNDS)] = 2
    on_itself: bool = True

    def as_rules(self) -> VoteRule:
        """Return it as the pure values that the rules work with."""
        mark, quorum = pass_mark(self.pass_mark), share(self.quorum)
        assert mark is not None and quorum is not None
        return VoteRule(mark, quorum, self.counted_of, self.tie, self.rounds, self.on_itself)


class Title(Strict):
    """A title or form of commendation; ``number``: how many units can have it, None: all that meet its conditions."""

    code: Code
    name: Line
    number: Annotated[int, Field(ge=1, le=MOST_PLACES)] | None = None
    conditions: Conditions = Conditions()
    decided_by: enums.TitlesBy | None = None
    vote: Vote | None = None


def agreed_titles(titles: tuple[Title, ...], vote: Vote | None) -> dict[str, Any]:
    """Return what of titles freezes with the covenant, as plain JSON; nothing where a plan lists none."""
    listed = {"titles": [title.model_dump(mode="json") for title in titles]} if titles else {}
    return {**listed, **({"vote": vote.model_dump(mode="json")} if vote else {})}
