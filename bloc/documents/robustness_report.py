"""How well a ranking stands, in words and tables for the terminal and for pages, each figure explained in one sentence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from bloc.documents.result_table import ResultTable
from bloc.language import Message, points, rounded, say
from bloc.rules.criteria import Group
from bloc.rules.robustness import GroupTotals, Robustness, ScorerFigures, Tie, UnitFigures, gains, robustness
from bloc.rules.scoring import score

Figure = tuple[Message, Message]

NONE = "-"
UNIT = say("Unit")
OF_UNITS = (  # the columns, and a sentence on each
    (say("Rank"), say("Rank: the official one; no other figure changes it.")),
    (
        say("Rank by median"),
        say("Rank by median: the rank if the middle one of a unit's totals counted in place of their mean."),
    ),
    (
        say("Rank by trimmed mean"),
        say("Rank by trimmed mean: the rank if the highest and the lowest of a unit's totals were left out of the mean."),
    ),
    (
        say("Ranks without one scorer"),
        say("Ranks without one scorer: the best and the worst rank of the unit if any one score sheet were left out."),
    ),
    (
        say("Mean of cross-scores"),
        say("Mean of cross-scores: the mean of the totals that the other units gave the unit."),
    ),
    (
        say("Self minus peers"),
        say("Self minus peers: by how many points the unit's self-score lies above the mean of its cross-scores."),
    ),
)
OF_SCORERS = (
    (
        say("Leniency"),
        say("Leniency: by how many points, in the mean, the unit gave the others more than their other scorers gave them."),
    ),
    (
        say("Spread"),
        say("Spread: how many points lie between the highest and the lowest total that the unit gave the others."),
    ),
)
OF_GROUPS = say("By how many points the unit's score in a group of criteria lies above (+) or below (-) the mean of all units.")


@dataclass(frozen=True)
class GroupGain:
    """What a unit has in a group of criteria, beside the mean of all units; all ready to be shown."""

    code: str
    title: str
    maximum: str
    score: str
    mean: str
    gain: str


@dataclass(frozen=True)
class Part:
    """One table, ready to be shown: a unit a row, its name first; ``notes`` explain what the columns say."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class RobustnessReport:
    """What to know at once, and the tables that it is read from; in the language in use."""

    findings: tuple[str, ...]
    parts: tuple[Part, ...]


def robustness_report(table: ResultTable) -> RobustnessReport:
    """Return how well a version of the ranking stands. It tells single scorers' points: for the secretary alone.

    Raises:
        NoSheets: no sheet counts.
    """
    totals = {(scorer, unit): table.total(scorer, unit) for scorer in table.scorers for unit in table.members}
    found = robustness(list(table.members), table.scorers, totals, table.ties)
    return RobustnessReport(
        findings=tuple(str(each) for each in findings(table, found)),
        parts=(_of_units(table, found.units), _of_scorers(table, found.scorers), _of_groups(table)),
    )


def findings(table: ResultTable, found: Robustness) -> Iterator[Message]:
    """Yield whether the first place depends on one scorer, then what the leader should be ready to answer for."""
    yield _of_first_place(table, found)
    moved = [each.unit for each in found.units if {each.by_median, each.by_trimmed_mean} != {each.rank}]
    if moved:
        yield say("By the median or by the trimmed mean another rank would fall to: {units}.", units=_names(table, moved))
    if found.odd_total:
        odd = found.odd_total
        yield say(
            "Furthest off its row and its column in the matrix lies the total of {scorer} for {unit}: by {off} points.",
            scorer=table.members[odd.scorer], unit=table.members[odd.unit], off=_signed(odd.off, table.decimals),
        )  # fmt: skip
    for tie in found.ties:
        yield _of_tie(table, tie)


def _of_first_place(table: ResultTable, found: Robustness) -> Message:
    if len(found.scorers) == 1:
        return say("Only one score sheet counts: none can be left out, and the whole ranking depends on it.")
    if not found.first_depends_on:
        return say("The first place stays the same whichever score sheet is left out.")
    units = _names(table, found.first_depends_on)
    return say(
        "The first place depends on one scorer: it changes if the sheet of any of these is left out: {units}.", units=units
    )


def _of_tie(table: ResultTable, tie: Tie) -> Message:
    units = _names(table, [unit for equals in tie.order for unit in equals])
    if len(tie.order) == 1:
        return say("Equal in score from rank {rank} on, and in cross-scores too: {units}.", rank=tie.rank, units=units)
    order = " > ".join(" = ".join(table.members[unit] for unit in equals) for equals in tie.order)
    return say(
        "Equal in score from rank {rank} on: {units}; the higher mean of cross-scores would put them in this order: {order}.",
        rank=tie.rank, units=units, order=order,
    )  # fmt: skip


def _of_units(table: ResultTable, units: Sequence[UnitFigures]) -> Part:
    return Part(
        title=str(say("The ranking by other measures")),
        columns=(str(UNIT), *_heads(OF_UNITS)),
        rows=tuple(
            (
                table.members[each.unit],
                str(each.rank),
                str(each.by_median),
                str(each.by_trimmed_mean),
                str(each.best) if each.best == each.worst else f"{each.best}-{each.worst}",
                NONE if each.cross_mean is None else rounded(each.cross_mean, table.decimals),
                _signed(each.lead, table.decimals),
            )
            for each in units
        ),
        notes=_notes(OF_UNITS),
    )


def _of_scorers(table: ResultTable, scorers: Sequence[ScorerFigures]) -> Part:
    return Part(
        title=str(say("How each unit scored the others")),
        columns=(str(UNIT), *_heads(OF_SCORERS)),
        rows=tuple(
            (table.members[each.scorer], _signed(each.leniency, table.decimals), rounded(each.spread, table.decimals))
            for each in scorers
        ),
        notes=_notes(OF_SCORERS),
    )


def improvement(table: ResultTable, unit: str) -> tuple[GroupGain, ...]:
    """Return where a unit gained and lost against the bloc's mean, the group in which it lost most first.

    It tells no single scorer's points, but means of all sheets: for the unit itself, where its bloc's plan shows it those.

    Raises:
        NoSheets: no sheet counts.
    """
    found = gains(list(table.members), table.scorers, _group_totals(table))
    groups = sorted(table.criteria.groups, key=lambda group: found[unit, group.code])
    return tuple(_gain(table, group, unit, found[unit, group.code]) for group in groups)


def _gain(table: ResultTable, group: Group, unit: str, gain: Fraction) -> GroupGain:
    own = score([table.total(scorer, unit, group.criteria) for scorer in table.scorers])
    return GroupGain(
        code=group.code,
        title=group.title,
        maximum=points(sum(each.maximum for each in group.criteria)),
        score=rounded(own, table.decimals),
        mean=rounded(own - gain, table.decimals),
        gain=_signed(gain, table.decimals),
    )


def _group_totals(table: ResultTable) -> GroupTotals:
    return {
        (scorer, unit, group.code): table.total(scorer, unit, group.criteria)
        for scorer in table.scorers
        for unit in table.members
        for group in table.criteria.groups
    }


def _of_groups(table: ResultTable) -> Part:
    groups = table.criteria.groups
    found = gains(list(table.members), table.scorers, _group_totals(table))
    return Part(
        title=str(say("Where each unit gained and lost")),
        columns=(str(UNIT), *(group.code for group in groups)),
        rows=tuple(
            (table.members[line.unit], *(_signed(found[line.unit, group.code], table.decimals) for group in groups))
            for line in table.lines
        ),
        notes=(str(OF_GROUPS), *(f"{group.code}: {group.title}" for group in groups)),
    )


def _heads(figures: Sequence[Figure]) -> tuple[str, ...]:
    return tuple(str(head) for head, _ in figures)


def _notes(figures: Sequence[Figure]) -> tuple[str, ...]:
    return tuple(str(sentence) for _, sentence in figures)


def _names(table: ResultTable, units: Sequence[str]) -> str:
    return "; ".join(table.members[unit] for unit in units)


def _signed(number: Fraction | None, decimals: int) -> str:
    if number is None:
        return NONE
    shown = rounded(number, decimals)
    return f"+{shown}" if number > 0 and shown != rounded(Fraction(0), decimals) else shown
