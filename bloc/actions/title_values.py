"""The titles of a year as documents tell them, in the language in use."""

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from bloc.actions.title_words import HOW, deviation, electors, of_round, rule_said, standing_said, votes_needed
from bloc.actions.titles import Round, TitleBoard, TitleLine
from bloc.documents.title_values import Title, TitleUnit, Voted, VoteRound, slips_by_page
from bloc.enums import TitlesBy
from bloc.language import rounded, say
from bloc.plan import Plan

PERCENT = 100


def title_values(board: TitleBoard, plan: Plan) -> Title:
    """Return a title as a template may use it."""
    units = [_unit(line, board, plan) for line in board.lines]
    names = {line.unit: line.name for line in board.lines}
    candidates = [names[unit] for unit in board.candidates]
    return Title(
        name=board.title.name,
        how=str(HOW[board.how]),
        number=board.title.number,
        secret=board.how is TitlesBy.SECRET_VOTE,
        open=board.how is TitlesBy.OPEN_VOTE,
        on_itself=board.rule.on_itself,
        rules=[str(each) for each in rule_said(board)],
        units=units,
        chosen=[unit for unit in units if unit.chosen],
        decided=board.is_decided,
        rounds=[_round(each, board, names) for each in board.rounds],
        next_round=len(board.rounds) + 1,
        next_places=board.next_places if candidates else 0,
        candidates=candidates,
        slips=slips_by_page(board.members, candidates),
    )


def proposed(titles: Iterable[Title]) -> Iterator[tuple[str, TitleUnit | None]]:
    """Yield each title with each unit that is proposed for it, and with None where that is still to be decided."""
    for title in titles:
        yield from ((title.name, unit) for unit in title.chosen)
        if not title.decided:
            yield title.name, None


def _unit(line: TitleLine, board: TitleBoard, plan: Plan) -> TitleUnit:
    said = say("proposed to the city") if line.chosen else say("not proposed")
    outcome = str(said) if board.is_decided else ""
    score = rounded(line.score, plan.policies.rounding.decimals)
    why = str(deviation(line, board) or "")
    return TitleUnit(line.name, line.rank, score, str(standing_said(line, board, plan)), outcome, why, line.chosen)


def _round(each: Round, board: TitleBoard, names: Mapping[str, str]) -> VoteRound:
    row, of = each.row, electors(board.rule, each.row.members, each.row.present)
    ordered = sorted(each.votes, key=lambda unit: (-each.votes[unit], list(names).index(unit) if unit in names else 0))
    lines = [
        Voted(
            names.get(unit, unit), each.votes[unit], f"{rounded(Fraction(each.votes[unit] * PERCENT, of), 1)}%",
            str(of_round(unit, each)), [name for voter, name in names.items() if voter in each.hands.get(unit, ())],
        )
        for unit in ordered
    ]  # fmt: skip
    return VoteRound(
        row.number, row.members, row.present, row.issued, row.valid, row.invalid, row.not_returned, row.places,
        votes_needed(board.rule, row.members, row.present), lines, [names.get(unit, unit) for unit in each.outcome.elected],
        [names.get(unit, unit) for unit in each.chosen], next((choice.because for choice in each.chosen.values()), ""),
    )  # fmt: skip
