"""`bloc titles`: who is proposed for which title and why, votes, the chair's decisions, the city's answer."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated

import typer

from bloc import queries
from bloc.actions import city_answers, title_changes, votes
from bloc.actions.title_words import HOW, deviation, rule_said, standing_said
from bloc.actions.titles import Round, TitleBoard, TitleLine, board_of, title_boards
from bloc.actions.votes import Room
from bloc.cli.door import DAY, Because, By, CycleName, UnitCode, day_of, desk, typed
from bloc.enums import ByHand, TitlesBy
from bloc.errors import NotAllowed
from bloc.language import Message, rounded, say, short_day
from bloc.plan import Plan
from bloc.rules.voting import Slips

app = typer.Typer(no_args_is_help=True, help="Titles and commendations: proposals, votes, the city's answer.")
TitleCode = Annotated[str, typer.Argument(help="Code of the title in the plan.", callback=typed)]
Number = Annotated[int | None, typer.Option(min=0)]


@app.command("list")
def list_titles(cycle: CycleName = None) -> None:
    """Show each title: every unit with its reasons, the rounds of the vote, what is left to be decided."""
    with desk(cycle) as at:
        plan = queries.plan_of(at.cycle)
        boards = title_boards(at.work.session, at.cycle, at.now)
    if not plan.titles:
        typer.echo(say("The plan lists no titles."))
    elif not boards:
        typer.echo(say("There is no result yet: titles are considered once there is a ranking."))
    for board in boards:
        for line in _board(board, plan):
            typer.echo(line)


def _board(board: TitleBoard, plan: Plan) -> Iterator[Message | str]:
    number = say("places: {count}", count=board.title.number) if board.title.number else say("all that meet the conditions")
    yield f"{board.title.code}: {board.title.name} ({HOW[board.how]}; {number})"
    if board.how is not TitlesBy.RANK:
        yield "  " + "; ".join(str(each) for each in rule_said(board))
    for line in board.lines:
        yield _line(line, board, plan)
    names = {line.unit: line.name for line in board.lines}
    for each in board.rounds:
        yield from _round(each, names)
    yield from _left(board, names)
    if board.answer is not None:
        yield say("  The city: decision {number} of {day}", number=board.answer.number, day=short_day(board.answer.dated))


def _line(line: TitleLine, board: TitleBoard, plan: Plan) -> str:
    told = [str(standing_said(line, board, plan))]
    told += [str(why)] if (why := deviation(line, board)) else []
    if line.granted is not None:
        told.append(str(say("the city: granted") if line.granted else say("the city: not granted")))
    mark = "*" if line.chosen else "-" if line.stands else " "
    score = rounded(line.score, plan.policies.rounding.decimals)
    return f"  {mark} {line.rank}. {line.name} ({line.unit}), {score}: {'; '.join(told)}"


def _round(each: Round, names: dict[str, str]) -> Iterator[Message]:
    given = sorted(each.votes.items(), key=lambda pair: (-pair[1], pair[0]))
    votes_said = "; ".join(f"{names[unit]} {count}" for unit, count in given)
    yield say("  Round {number}: present {present} of {members}; {votes}", number=each.row.number, present=each.row.present,
              members=each.row.members, votes=votes_said)  # fmt: skip


def _left(board: TitleBoard, names: dict[str, str]) -> Iterator[Message]:
    if board.tied:
        yield say("  To be decided among equals: {units}", units="; ".join(names[unit] for unit in board.tied))
    elif board.candidates:
        yield say(
            "  To be voted on: round {number}, places {places}: {units}", number=len(board.rounds) + 1,
            places=board.next_places, units="; ".join(names[unit] for unit in board.candidates),
        )  # fmt: skip


@app.command()
def add(title: TitleCode, unit: UnitCode, because: Because, cycle: CycleName = None, by: By = None) -> None:
    """Propose a unit for a title, whatever the conditions say; also among equals, where it is decided by rank."""
    _change(title, unit, ByHand.ADDED, because, cycle, by)


@app.command()
def withdraw(title: TitleCode, unit: UnitCode, because: Because, cycle: CycleName = None, by: By = None) -> None:
    """Withdraw a unit's proposal; its place stays free."""
    _change(title, unit, ByHand.WITHDRAWN, because, cycle, by)


@app.command()
def exclude(title: TitleCode, unit: UnitCode, because: Because, cycle: CycleName = None, by: By = None) -> None:
    """Exclude a unit from a title: the next by rank moves up."""
    _change(title, unit, ByHand.EXCLUDED, because, cycle, by)


def _change(title: str, unit: str, kind: ByHand, because: str, cycle: str | None, by: str | None) -> None:
    with desk(cycle, by) as at:
        title_changes.change(at.work, at.cycle, title=title, unit=unit, kind=kind, because=because, now=at.now)
        board = board_of(at.work.session, at.cycle, title, at.now)
    _say_chosen(board)


@app.command()
def restore(title: TitleCode, unit: UnitCode, because: Because, cycle: CycleName = None, by: By = None) -> None:
    """Take back what was decided by hand about a unit and a title."""
    with desk(cycle, by) as at:
        title_changes.take_back(at.work, at.cycle, title=title, unit=unit, because=because, now=at.now)
        board = board_of(at.work.session, at.cycle, title, at.now)
    _say_chosen(board)


@app.command()
def vote(
    title: TitleCode,
    present: Annotated[int, typer.Option(min=0, help="How many members were present.")],
    issued: Number = None,
    valid: Number = None,
    invalid: Number = 0,
    not_returned: Number = 0,
    votes_given: Annotated[
        list[str] | None, typer.Option("--votes", help="Votes of a candidate on paper, UNIT=NUMBER; may be given again.")
    ] = None,
    hands: Annotated[
        list[str] | None, typer.Option(help="Hands for a candidate, UNIT=VOTER,VOTER; may be given again.")
    ] = None,
    cycle: CycleName = None,
    by: By = None,
) -> None:
    """Record the next round of a vote; refused with all that cannot be true of its totals."""
    raised = {unit: _codes(voters) for unit, voters in map(_pair, hands or ())}
    counted = {unit: _number(given) for unit, given in map(_pair, votes_given or ())}
    slips = None if issued is None or valid is None else Slips(issued, valid, invalid or 0, not_returned or 0)
    with desk(cycle, by) as at:
        board = board_of(at.work.session, at.cycle, title, at.now)
        if board.how is TitlesBy.SECRET_VOTE and slips is None:
            raise NotAllowed(say("Of a secret ballot, slips issued and valid ones are needed."))
        open_vote = board.how is TitlesBy.OPEN_VOTE
        room = Room(present, None if open_vote else slips, None if open_vote else counted, raised if open_vote else None)
        votes.record_round(at.work, at.cycle, title=title, room=room, now=at.now)
        board = board_of(at.work.session, at.cycle, title, at.now)
    _say_chosen(board)


@app.command("drop-round")
def drop_round(title: TitleCode, because: Because, cycle: CycleName = None, by: By = None) -> None:
    """Drop the record of the last round, so that it can be recorded anew."""
    with desk(cycle, by) as at:
        votes.drop_round(at.work, at.cycle, title=title, because=because, now=at.now)
        board = board_of(at.work.session, at.cycle, title, at.now)
    _say_chosen(board)


@app.command()
def decide(
    title: TitleCode,
    unit: Annotated[list[str], typer.Option(help="Code of a unit that was chosen; may be given again.")],
    because: Because,
    cycle: CycleName = None,
    by: By = None,
) -> None:
    """Record whom the chair chose among equals, where a vote left some."""
    with desk(cycle, by) as at:
        votes.decide(at.work, at.cycle, title=title, units=unit, because=because, now=at.now)
        board = board_of(at.work.session, at.cycle, title, at.now)
    _say_chosen(board)


@app.command("city-answer")
def city_answer(
    number: Annotated[str, typer.Option(help="Number of the city's decision.", callback=typed)],
    on: Annotated[datetime, typer.Option(formats=DAY, help="Its day.")],
    granted: Annotated[list[str], typer.Option(help="What it grants, TITLE=UNIT,UNIT; may be given again.")],
    because: Annotated[str, typer.Option(help="The reason, to correct what was recorded.", callback=typed)] = "",
    cycle: CycleName = None,
    by: By = None,
) -> None:
    """Record what the city answered: who was granted which title; who was proposed and is not named was not."""
    told = {title: _codes(units) for title, units in map(_pair, granted)}
    with desk(cycle, by) as at:
        city_answers.record_answer(
            at.work, at.cycle, number=number, dated=day_of(on), granted=told, because=because, now=at.now
        )
    typer.echo(say("The city's answer is recorded: decision {number}.", number=number))


def _say_chosen(board: TitleBoard) -> None:
    names = {line.unit: line.name for line in board.lines}
    chosen = "; ".join(names[unit] for unit in board.chosen) or "-"
    typer.echo(say("{title}: proposed to the city: {units}", title=board.title.name, units=chosen))
    for line in _left(board, names):
        typer.echo(line)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise NotAllowed(say('"{typed}" is not written NAME=VALUE.', typed=text))
    return name.strip(), value.strip()


def _codes(text: str) -> Sequence[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise NotAllowed(say('"{typed}" is no whole number.', typed=text))
    return int(text)
