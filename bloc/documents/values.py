"""What a template of a document may use: plain values, worded for the page. What the bloc does not know is None, or empty."""

from collections.abc import Sequence
from dataclasses import dataclass

from bloc.documents.decree.letterhead import Letterhead
from bloc.documents.title_values import Title, TitleUnit


@dataclass(frozen=True)
class Member:
    """A unit: its full ``name``, and its ``role`` in words ("" for a plain member), and whether it ``leads``."""

    name: str
    role: str
    leads: bool = False


@dataclass(frozen=True)
class Item:
    """Something that the plan asks for: its ``title``, ``until`` when ("trước ngày 07/6/2024"; None: not dated).

    ``name``: its short one; ``file``: a report or score sheet is sent for it.
    """

    title: str
    until: str | None
    name: str = ""
    file: bool = False


@dataclass(frozen=True)
class Quarter:
    """A quarter (``roman``) with what the plan has in it."""

    roman: str
    items: Sequence[Item]


@dataclass(frozen=True)
class Criterion:
    """A line of the criteria: of a ``group`` or one of its leaves; points from ``least`` to ``most``."""

    code: str
    title: str
    least: str
    most: str
    group: bool


@dataclass(frozen=True)
class Sent:
    """What a unit sent for something, or did not: its ``state`` in words, when it came, and ``why`` it was moved or waived."""

    unit: str
    last_day: str
    received: str
    state: str
    why: str


@dataclass(frozen=True)
class Work:
    """Something that units were to send: a line for each, and how many are of which kind."""

    title: str
    name: str
    until: str
    lines: Sequence[Sent]
    asked: int
    received: int
    on_time: int
    late: int
    missing: int
    extended: int
    waived: int


@dataclass(frozen=True)
class Standing:
    """A unit's line of the ranking; scores as they are shown. ``tied``: others have the same rank."""

    rank: int
    unit: str
    self_score: str
    cross_mean: str
    score: str
    tied: bool


@dataclass(frozen=True)
class Ranking:
    """A version of the ranking; ``provisional``: ``sheets`` of ``of`` units' sheets count."""

    version: int
    provisional: bool
    sheets: int
    of: int
    lines: Sequence[Standing]


@dataclass(frozen=True)
class ChartTitle:
    """A chart that ``@picture`` may ask for: its ``name`` ("peers") and its ``title`` in words."""

    name: str
    title: str


@dataclass(frozen=True)
class GroupScore:
    """What a unit has in a group of criteria: the mean over all sheets, the bloc's mean, and by how much it is above it."""

    code: str
    title: str
    most: str
    score: str
    mean: str
    difference: str


@dataclass(frozen=True)
class Subject:
    """The unit that a document is about: what it sent in the year, its line of the ranking and its groups, where there are.

    ``titles``: those that it is proposed for; None while that is not decided.
    """

    name: str
    sent: Sequence[tuple[str, Sent]]
    standing: Standing | None = None
    groups: Sequence[GroupScore] = ()
    titles: Sequence[str] | None = None


@dataclass(frozen=True)
class Delegate:
    """A unit that is asked to a conference: who comes, as it answered, and whether it was there, in words."""

    unit: str
    who: str
    there: str


@dataclass(frozen=True)
class Gathering:
    """A conference as documents speak of it; empty texts are open. ``quorum``: a sentence, once it is known who was there."""

    time: str
    day: str
    place: str
    agenda: Sequence[str]
    convener: str
    delegates: Sequence[Delegate]
    quorum: str | None


@dataclass(frozen=True)
class Values:
    """Everything a template may use, by these names.

    Beside them ``blank`` and the shorter ``gap`` are places to be filled in by hand, and ``dots`` is one up to the margin.

    Args:
        bloc, council, place, year: of the letterhead; ``area``: whose People's Committee the bloc is under (None: not known).
        leader, deputy: units by name; ``units``: all of them, the leader first as the plan has it.
        bases: the legal bases on the document's day. ``theme``, ``purpose``, ``requirements``, ``assessment``: of the plan, the
            last three by paragraphs. ``plan_number``: number and day of the plan as later documents cite it.
        criteria, clauses, quarters; ``leader_duties``, ``deputy_duties``, ``unit_duties``: the plan's.
        works: what units sent in the year; ``midyear``, ``yearend``: of those the parts of the year.
        asked: what the letter is about, with the day ``until``.
        unit: whom the document is about.
        ranking: the newest version, None before there is one.
        gathering: the conference that the document is about; None where the plan has none.
        titles: the plan's titles, once there is a ranking; ``voted``: the one that the document is about; ``proposed``: each
            title with each unit that is proposed for it, and with None where that is still to be decided.
        goes_with: what an annex is an annex to, in words.
        charts: what there is to be drawn, as far as the plan lets all units see it.
        as_of: the day in the document's date, in words.
    """

    head: Letterhead
    bloc: str
    council: str
    place: str
    area: str | None
    year: int
    leader: str
    deputy: str | None
    units: Sequence[Member]
    bases: Sequence[str]
    theme: str | None
    title: str
    purpose: Sequence[str]
    requirements: Sequence[str]
    assessment: Sequence[str]
    plan_number: str
    criteria: Sequence[Criterion]
    example_criteria: bool
    clauses: Sequence[str]
    quarters: Sequence[Quarter]
    leader_duties: Sequence[str]
    deputy_duties: Sequence[str]
    unit_duties: Sequence[str]
    works: Sequence[Work]
    midyear: Sequence[Work]
    yearend: Sequence[Work]
    ranking: Ranking | None
    as_of: str
    asked: Sequence[Item] = ()
    until: str | None = None
    unit: Subject | None = None
    goes_with: str | None = None
    titles: Sequence[Title] = ()
    voted: Title | None = None
    proposed: Sequence[tuple[str, TitleUnit | None]] = ()
    gathering: Gathering | None = None
    charts: Sequence[ChartTitle] = ()
