"""When, where and with whom a conference is held, as a plan says it. What a plan leaves out is open."""

import re
from fractions import Fraction
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from bloc.plan.fields import Clock, Code, Day, Line, Share, Strict

LINK = re.compile(r"https://[^\s/]+\S*")
LINK_AS_WRITTEN = {"type": "string", "pattern": rf"^\s*{LINK.pattern}\s*$", "maxLength": 500}
MOST_POINTS = 40  # lines of an agenda


def _link(value: str) -> str:
    if not LINK.fullmatch(value):
        raise PydanticCustomError("link", "no link")
    return value


Link = Annotated[Line, AfterValidator(_link), WithJsonSchema(LINK_AS_WRITTEN)]


class Conference(Strict):
    """A conference: the day and time at which it is held, its place or link, its agenda, who convenes and who is asked.

    Without a date it is to be dated, and nobody is invited. ``convener`` and ``units`` are codes: by default the leader of the
    bloc, and all units. ``quorum`` is the share of the units asked that must be there.
    """

    date: Day | None = None
    start: Clock | None = None
    place: Line | None = None
    link: Link | None = None
    agenda: Annotated[tuple[Line, ...], Field(max_length=MOST_POINTS)] = ()
    convener: Code | None = None
    units: Annotated[tuple[Code, ...], Field(min_length=1)] | None = None
    quorum: Share = "2/3"

    @property
    def share(self) -> Fraction:
        """Return the share of the units asked that makes a quorum."""
        return Fraction(self.quorum)
