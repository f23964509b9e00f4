"""Titles and commendations: who is proposed and why, and the secretary's acts on it, each on a page of its own."""

from collections.abc import Sequence
from datetime import date

from fastapi import APIRouter, Response
from starlette.datastructures import FormData

from bloc import queries
from bloc.actions import city_answers, title_changes, votes
from bloc.actions.title_words import BY_HAND, HOW, deviation, of_round, rule_said, standing_said, votes_needed
from bloc.actions.titles import TitleBoard, TitleLine, board_of, title_boards
from bloc.actions.votes import CountRefused, Room
from bloc.actions.withheld import withheld
from bloc.enums import ByHand, TitlesBy
from bloc.errors import NotAllowed
from bloc.language import Message, say
from bloc.plan import Plan
from bloc.portal.access import Here
from bloc.portal.door import Visit
from bloc.portal.forms import Faults, Posted, line
from bloc.portal.pages import page, to
from bloc.portal.words import Look, Tag
from bloc.rules.voting import Slips

router = APIRouter()
TAKE_BACK = "restored"  # what is chosen in place of one of ByHand
KINDS: Sequence[tuple[str, Message, Message]] = (
    (ByHand.ADDED, say("Propose it"), say("whatever the conditions say; also to decide among equals")),
    (ByHand.WITHDRAWN, say("Withdraw it"), say("its place stays free")),
    (ByHand.EXCLUDED, say("Exclude it"), say("it does not meet the conditions: the next by rank moves up")),
    (TAKE_BACK, say("Take back what was decided by hand"), say("what is computed holds again")),
)
SLIPS = ("issued", "valid", "invalid", "not_returned")
CHOSEN = Tag(Look.DONE, say("proposed to the city"))
CANDIDATE, OPEN = Tag(Look.TODO, say("candidate")), Tag(Look.SOON, say("to be decided"))
OTHERS = Tag(Look.QUIET, say("not proposed"))
GRANTED, REFUSED = Tag(Look.DONE, say("granted")), Tag(Look.LATE, say("not granted"))


def state_of(each: TitleLine, board: TitleBoard) -> Tag:
    """Return how a unit stands under a title."""
    if each.chosen:
        return CHOSEN
    if each.unit in board.tied:
        return OPEN
    return CANDIDATE if each.unit in board.candidates else OTHERS


@router.get("/years/{cycle}/titles")
def titles(visit: Here) -> Response:
    """Show each title with every unit's reasons, the rounds of its vote, what is to be decided, and the city's answer."""
    with visit.read() as session:
        hidden = _hidden(visit)
        boards = [] if hidden else title_boards(session, visit.cycle, visit.now)
        answers = city_answers.answers(session, visit.cycle)
    plan = queries.plan_of(visit.cycle)
    shown = [(board, list(rule_said(board)), [_row(each, board, plan) for each in board.lines]) for board in boards]
    return page(
        visit, "titles", plan=plan, shown=shown, hidden=hidden, answers=answers, how=HOW, granted=GRANTED, refused=REFUSED,
        needed=votes_needed, of_round=of_round, may_answer=bool(boards) and all(board.is_decided for board in boards),
        by_rank=TitlesBy.RANK, decimals=plan.policies.rounding.decimals,
    )  # fmt: skip


def _row(each: TitleLine, board: TitleBoard, plan: Plan) -> tuple[TitleLine, Tag, Message, Message | None]:
    return each, state_of(each, board), standing_said(each, board, plan), deviation(each, board)


def _hidden(visit: Visit) -> Message | None:
    """Return why whoever is there may not see scores yet (decision 14); None if they may."""
    assert visit.seat is not None
    with visit.read() as session:
        return withheld(session, visit.cycle, reader=visit.seat.unit, of=None)


def _board(visit: Visit, title: str) -> TitleBoard:
    """Return a title, if scores may be seen.

    Raises:
        NotFound: the plan has no such title.
        NotAllowed: there is no result yet, or it may not be seen.
    """
    if (why := _hidden(visit)) is not None:
        raise NotAllowed(why)
    with visit.read() as session:
        return board_of(session, visit.cycle, title, visit.now)


def _home(visit: Visit) -> str:
    return f"/years/{visit.cycle.key}/titles"


@router.get("/years/{cycle}/titles/{title}/change")
def ask_change(visit: Here, title: str, unit: str = "") -> Response:
    """Ask what is decided by hand about a unit, and why."""
    return _change(visit, title, {"unit": unit, "kind": "", "because": ""})


def _change(visit: Visit, title: str, typed: dict[str, str], faults: Faults | None = None) -> Response:
    board, plan = _board(visit, title), queries.plan_of(visit.cycle)
    title_changes.refuse_answered(board)
    units = [(each.unit, f"{each.rank}. {each.name}: {standing_said(each, board, plan)}") for each in board.lines]
    decided = [(each.name, BY_HAND[each.by_hand.kind], each.by_hand) for each in board.lines if each.by_hand]
    return page(
        visit, "titles-change", status=422 if faults else 200, faults=faults or Faults(), board=board, units=units,
        kinds=KINDS if decided else KINDS[:-1], decided=decided, typed=typed,
    )  # fmt: skip


@router.post("/years/{cycle}/titles/{title}/change")
def change(visit: Here, title: str, form: Posted) -> Response:
    """Decide about a unit by hand, or take that back, for a reason."""
    typed, faults = {name: line(form, name) for name in ("unit", "kind", "because")}, Faults()
    if not typed["unit"]:
        faults.add("unit", say("Choose a unit."))
    if typed["kind"] not in {kind for kind, _, _ in KINDS}:
        faults.add("kind", say("Choose what is decided."))
    if not typed["because"]:
        faults.add("because", say("Please say why: it stands on record."))
    if faults:
        return _change(visit, title, typed, faults)
    about = {"title": title, "unit": typed["unit"], "because": typed["because"], "now": visit.now}
    try:
        with visit.work() as work:
            if typed["kind"] == TAKE_BACK:
                title_changes.take_back(work, visit.cycle, **about)  # type: ignore[arg-type]
            else:
                title_changes.change(work, visit.cycle, kind=ByHand(typed["kind"]), **about)  # type: ignore[arg-type]
    except NotAllowed as refusal:
        return _change(visit, title, typed, Faults({"unit": refusal.message}))
    return to(_home(visit), note="title-decided")


@router.get("/years/{cycle}/titles/{title}/round")
def ask_round(visit: Here, title: str) -> Response:
    """Ask for the totals of the next round of a vote."""
    return _round(visit, title, FormData())


def _round(visit: Visit, title: str, form: FormData, faults: Faults | None = None, wrong: Sequence[object] = ()) -> Response:
    board = _board(visit, title)
    title_changes.refuse_answered(board)
    if not board.candidates:
        raise NotAllowed(say("No round of this vote is to be held."))
    names = {each.unit: each.name for each in board.lines}
    candidates = [(unit, names[unit]) for unit in board.candidates]
    by_name = list(names.items())
    return page(
        visit, "titles-round", status=422 if faults or wrong else 200, faults=faults or Faults(), wrong=wrong, board=board,
        candidates=candidates, voters=by_name, rules=list(rule_said(board)), typed=_typed(form), slips=SLIPS,
        hands=board.how is TitlesBy.OPEN_VOTE,
    )  # fmt: skip


def _typed(form: FormData) -> dict[str, str]:
    return {name: line(form, name) for name in form}


@router.post("/years/{cycle}/titles/{title}/round")
def record_round(visit: Here, title: str, form: Posted) -> Response:
    """Record the next round; totals that cannot be true are refused with all that is wrong."""
    board, faults = _board(visit, title), Faults()
    present = _whole(form, "present", faults)
    if board.how is TitlesBy.OPEN_VOTE:
        members = [each.unit for each in board.lines]
        hands = {unit: [each for each in members if line(form, f"hand-{unit}-{each}")] for unit in board.candidates}
        room = Room(present, hands=hands)
    else:
        slips = Slips(*(_whole(form, name, faults) for name in SLIPS))
        room = Room(present, slips, {unit: _whole(form, f"votes-{unit}", faults) for unit in board.candidates})
    if faults:
        return _round(visit, title, form, faults)
    try:
        with visit.work() as work:
            votes.record_round(work, visit.cycle, title=title, room=room, now=visit.now)
    except CountRefused as refused:
        return _round(visit, title, form, wrong=refused.faults)
    return to(_home(visit), note="round-recorded")


def _whole(form: FormData, name: str, faults: Faults) -> int:
    typed = line(form, name)
    if not (typed.isascii() and typed.isdigit() and len(typed) < 5):
        faults.add(name, say("Give a whole number."))
        return 0
    return int(typed)


@router.get("/years/{cycle}/titles/{title}/round/drop")
def ask_drop(visit: Here, title: str) -> Response:
    """Ask why the record of the last round is dropped."""
    return _drop(visit, title)


def _drop(visit: Visit, title: str, faults: Faults | None = None) -> Response:
    board = _board(visit, title)
    title_changes.refuse_answered(board)
    if not board.rounds:
        raise NotAllowed(say("No round of this vote is recorded."))
    return page(visit, "titles-drop", status=422 if faults else 200, faults=faults or Faults(), board=board)


@router.post("/years/{cycle}/titles/{title}/round/drop")
def drop_round(visit: Here, title: str, form: Posted) -> Response:
    """Drop the record of the last round, for a reason."""
    because = line(form, "because")
    if not because:
        return _drop(visit, title, Faults({"because": say("Please say why: it stands on record.")}))
    with visit.work() as work:
        votes.drop_round(work, visit.cycle, title=title, because=because, now=visit.now)
    return to(_home(visit), note="round-dropped")


@router.get("/years/{cycle}/titles/{title}/chair")
def ask_chair(visit: Here, title: str) -> Response:
    """Ask whom the chair chose among equals, and why."""
    return _chair(visit, title, FormData())


def _chair(visit: Visit, title: str, form: FormData, faults: Faults | None = None) -> Response:
    board = _board(visit, title)
    title_changes.refuse_answered(board)
    if board.how is TitlesBy.RANK or not board.tied:
        raise NotAllowed(say("There are no equals here among whom somebody has to decide."))
    equals = [(unit, board.line(unit).name, board.rounds[-1].votes[unit]) for unit in board.tied]
    return page(
        visit, "titles-chair", status=422 if faults else 200, faults=faults or Faults(), board=board, equals=equals,
        typed=_typed(form),
    )  # fmt: skip


@router.post("/years/{cycle}/titles/{title}/chair")
def chair(visit: Here, title: str, form: Posted) -> Response:
    """Record the chair's decision among equals."""
    board, because = _board(visit, title), line(form, "because")
    if not because:
        return _chair(visit, title, form, Faults({"because": say("Please say why: it stands on record.")}))
    units = [unit for unit in board.tied if line(form, f"chosen-{unit}")]
    try:
        with visit.work() as work:
            votes.decide(work, visit.cycle, title=title, units=units, because=because, now=visit.now)
    except NotAllowed as refusal:
        first = f"chosen-{board.tied[0]}" if board.tied else "because"
        return _chair(visit, title, form, Faults({first: refusal.message}))
    return to(_home(visit), note="chair-recorded")


@router.get("/years/{cycle}/city-answer")
def ask_answer(visit: Here) -> Response:
    """Ask for number and day of the city's decision, and what it grants."""
    return _answer(visit, FormData())


def _answer(visit: Visit, form: FormData, faults: Faults | None = None) -> Response:
    if (why := _hidden(visit)) is not None:
        raise NotAllowed(why)
    with visit.read() as session:
        boards = title_boards(session, visit.cycle, visit.now)
        answers = city_answers.answers(session, visit.cycle)
    if not boards or not all(board.is_decided for board in boards):
        raise NotAllowed(say("The bloc has not decided on all titles yet."))
    return page(
        visit, "titles-answer", status=422 if faults else 200, faults=faults or Faults(), boards=boards, typed=_typed(form),
        answers=answers,
    )  # fmt: skip


@router.post("/years/{cycle}/city-answer")
def answer(visit: Here, form: Posted) -> Response:
    """Record the city's answer, or correct what was recorded of it for a reason."""
    faults = Faults()
    with visit.read() as session:
        boards = title_boards(session, visit.cycle, visit.now)
    answered = [board for board in boards if line(form, f"about-{board.title.code}")]
    number, typed = line(form, "number"), line(form, "on")
    if not number:
        faults.add("number", say("Give the number of the decision."))
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        faults.add("on", say("Give the day of the decision."))
    if boards and not answered:
        faults.add(f"about-{boards[0].title.code}", say("Choose the titles that it is about."))
    if faults:
        return _answer(visit, form, faults)
    told = {board.title.code: _ticked(form, board) for board in answered}
    try:
        with visit.work() as work:
            city_answers.record_answer(
                work, visit.cycle, number=number, dated=day, granted=told, because=line(form, "because"), now=visit.now
            )
    except NotAllowed as refusal:
        return _answer(visit, form, Faults({"because" if refusal.way else "number": refusal.message}))
    return to(_home(visit), note="city-answered")


def _ticked(form: FormData, board: TitleBoard) -> list[str]:
    return [each.unit for each in board.lines if line(form, f"granted-{board.title.code}-{each.unit}")]
