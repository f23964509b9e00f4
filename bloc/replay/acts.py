"""What people do in a scenario, through the same actions that every door calls."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bloc import queries
from bloc.actions.aggregation import claim, close
from bloc.actions.deadlines import extend, waive
from bloc.actions.deposits import Incoming, receive_deposit
from bloc.actions.documents import make, templates_for
from bloc.actions.incoming import Desk, Raw, take
from bloc.actions.plans import apply_plan
from bloc.actions.publishing import publish
from bloc.actions.reading import last_sheet, marked_copy, sheet_of
from bloc.actions.responses import respond
from bloc.actions.returns import return_report
from bloc.actions.undeliverable import has_marked, works_again
from bloc.db import Work
from bloc.engine import sink
from bloc.enums import ActivityKind, ContactRole, DepositState
from bloc.errors import NotAllowed, NotFound, reason_of
from bloc.language import Message, say, short_day
from bloc.replay import conferences, objection_acts, papers, title_acts
from bloc.replay.post import last_mail_to, returned
from bloc.replay.schema import (
    Applies,
    Bounces,
    Dates,
    Drafts,
    Events,
    Extends,
    Mailbox,
    Nothing,
    Responds,
    Returns,
    Script,
    SendsReport,
    SendsSheet,
    Waives,
)
from bloc.settings import Settings
from models import Cycle, Deposit


@dataclass
class Stage:
    """What an act is done with: a transaction under way, the cycle in it, and the world outside the database."""

    work: Work
    cycle: Cycle
    now: datetime
    script: Script
    settings: Settings
    lose_events: Callable[[bool], None]


def perform(stage: Stage, verb: str, what: Any) -> list[Message]:
    """Carry out one act and return what came of it, in words. On record the secretary acts, or the unit that sends."""
    plan = queries.plan_of(stage.cycle)
    secretaries = [contact.name for contact in plan.contacts if contact.role is ContactRole.SECRETARY]
    stage.work.by = next(iter(secretaries), plan.bloc.name)
    return list(VERBS[verb](stage, what))


def _by_unit(stage: Stage, code: str) -> None:
    stage.work.by = queries.unit_by_code(stage.work.session, stage.cycle, code).name


def _dates(stage: Stage, what: Dates) -> list[Message]:
    plan = queries.plan_of(stage.cycle)
    activities = tuple(what.changed(entry) if entry.code == what.activity else entry for entry in plan.activities)
    return apply_plan(stage.work, plan.model_copy(update={"activities": activities}), stage.now)


def _responds(stage: Stage, what: Responds) -> list[Message]:
    for unit in what.units:
        _by_unit(stage, unit)
        respond(
            stage.work, stage.cycle, unit=unit, activity=what.activity, kind=what.kind, now=stage.now, text=what.text,
            signatory=what.signatory,
        )  # fmt: skip
    activity = queries.activity_by_code(stage.work.session, stage.cycle, what.activity)
    done = RESPONSES[what.kind]
    return [say("{units} {done}: {title}", units=", ".join(what.units), done=done, title=activity.name)]


def _report(stage: Stage, what: SendsReport) -> list[Message]:
    session, bloc_name = stage.work.session, queries.plan_of(stage.cycle).bloc.name
    title = queries.activity_by_code(session, stage.cycle, what.activity).title
    said = []
    for code in what.units:
        unit = queries.unit_by_code(session, stage.cycle, code)
        name = Path(what.file).name if what.file else f"bao-cao-{code}.docx"
        data = _file(stage, what.file) or papers.report(unit.name, title, bloc_name)
        said.append(_received(stage, Incoming(code, what.activity, name, data)))
    return said


def _sheet(stage: Stage, what: SendsSheet) -> list[Message]:
    plan = queries.plan_of(stage.cycle)
    unit = queries.unit_by_code(stage.work.session, stage.cycle, what.unit).code
    activity = next((entry.code for entry in plan.activities if entry.kind is ActivityKind.SCORE_SHEETS), None)
    if activity is None:
        raise NotFound(say("the plan has no activity of score sheets"))
    data = _file(stage, what.file) or _filled_in(stage, what)
    return [_received(stage, Incoming(unit, activity, f"bang-cham-diem-{unit}.xlsx", data))]


def _filled_in(stage: Stage, what: SendsSheet) -> bytes:
    form = sheet_of(stage.work.session, stage.cycle, what.unit)
    if not what.marked:
        return papers.filled_sheet(form, stage.script.folder / str(what.points), what.cells)
    copy = marked_copy(stage.work.session, last_sheet(stage.work.session, stage.cycle, what.unit))
    if copy is None:
        raise NotAllowed(
            say("The last sheet of {unit} was not refused: there is no marked copy of it.", unit=form.members[form.unit])
        )
    return papers.corrected_sheet(form, copy, what.cells)


def _file(stage: Stage, name: str | None) -> bytes | None:
    if name is None:
        return None
    try:
        return (stage.script.folder / name).read_bytes()
    except OSError as error:
        raise NotFound(say("{path} cannot be read: {why}", path=name, why=reason_of(error))) from error


def _received(stage: Stage, incoming: Incoming) -> Message:
    _by_unit(stage, incoming.unit)
    deposit = receive_deposit(stage.work, stage.cycle, incoming, now=stage.now, limit=stage.settings.upload_limit)
    title = queries.activity_by_code(stage.work.session, stage.cycle, incoming.activity).name
    return _outcome(deposit, incoming, title)


def _outcome(deposit: Deposit, incoming: Incoming, title: str) -> Message:
    if deposit.state is DepositState.REFUSED:
        count = len(deposit.faults)
        return say("refused from {unit} (faults: {count}): {title}", count=count, unit=incoming.unit, title=title)
    if deposit.late_seconds:
        days = -(-deposit.late_seconds // 86_400)
        return say("received late (day {days}) from {unit}, receipt {number}: {title}", days=days, unit=incoming.unit,
                   number=deposit.receipt, title=title)  # fmt: skip
    return say("received from {unit}, receipt {number}: {title}", unit=incoming.unit, number=deposit.receipt, title=title)


def _extends(stage: Stage, what: Extends) -> list[Message]:
    extend(
        stage.work, stage.cycle, unit=what.unit, activity=what.activity, until=what.until, because=what.because, now=stage.now
    )
    return [say("{unit} has until {day}: {because}", unit=what.unit, day=short_day(what.until), because=what.because)]


def _waives(stage: Stage, what: Waives) -> list[Message]:
    waive(stage.work, stage.cycle, unit=what.unit, activity=what.activity, because=what.because, now=stage.now)
    return [say("{unit} is released from it: {because}", unit=what.unit, because=what.because)]


def _returns(stage: Stage, what: Returns) -> list[Message]:
    given_back = return_report(
        stage.work, stage.cycle, unit=what.unit, activity=what.activity, because=what.because, now=stage.now
    )
    return [say("returned to {unit}, receipt {number}: {because}", unit=what.unit, number=given_back.receipt,
                because=what.because)]  # fmt: skip


def _applies(stage: Stage, what: Applies) -> list[Message]:
    return apply_plan(stage.work, stage.script.applied[what.plan], stage.now, because=what.because)


def _mailbox(stage: Stage, what: Mailbox) -> list[Message]:
    if what.reply is None:
        sink.accept(stage.settings.mail_folder, what.address)
        works = say("the mailbox {address} works again", address=what.address)
        if has_marked(stage.work.session, stage.cycle, what.address):
            works_again(stage.work, what.address, because=str(works), now=stage.now)
        return [works]
    sink.refuse(stage.settings.mail_folder, what.address, what.reply)
    return [say("the mailbox {address} refuses: {reply}", address=what.address, reply=what.reply)]


def _bounces(stage: Stage, what: Bounces) -> list[Message]:
    report = returned(last_mail_to(stage.work.session, stage.cycle, what.address), what.address, what.reply)
    desk = Desk(stage.work, [stage.cycle], stage.settings, stage.now)
    row = take(desk, Raw(report, stage.now, len(report)))
    return [say("the post reports: {what}", what=Message.from_json(line)) for line in row.outcome]


def _events(stage: Stage, what: Events) -> list[Message]:
    stage.lose_events(what.lost)
    return [say("events get lost") if what.lost else say("events arrive again")]


def _drafts(stage: Stage, what: Drafts) -> list[Message]:
    made = make(stage.work, stage.cycle, stage.now, templates_for(stage.settings, stage.cycle), what.kinds)
    return [say("the secretary drafts {name}", name=name) for name in made.new] or [say("the secretary finds nothing to draft")]


def _aggregate(stage: Stage, _: Nothing) -> list[Message]:
    new = claim(stage.work, stage.cycle, stage.now)
    return [say("the secretary asks for the aggregation") if new else say("these sheets have been aggregated already")]


def _close(stage: Stage, _: Nothing) -> list[Message]:
    new = close(stage.work, stage.cycle, stage.now)
    return [say("the secretary closes with the sheets received") if new else say("these sheets have been aggregated already")]


def _publish(stage: Stage, _: Nothing) -> list[Message]:
    newest = queries.latest_result(stage.work.session, stage.cycle.id)
    before = newest and newest.published_at
    result = publish(stage.work, stage.cycle, stage.now)
    if before:
        return [say("version {version} of the result has been published already", version=result.version)]
    return [say("version {version} of the result is published", version=result.version)]


def _on_titles(act: Callable[[Work, Cycle, Any, datetime], list[Message]]) -> Callable[[Stage, Any], list[Message]]:
    return lambda stage, what: act(stage.work, stage.cycle, what, stage.now)


RESPONSES = {
    "agreed": say("agreed"),
    "commented": say("commented"),
    "signed": say("signed"),
    "done": say("reported as done"),
}
VERBS: dict[str, Callable[[Stage, Any], list[Message]]] = {
    "dates": _dates,
    "responds": _responds,
    "report": _report,
    "sheet": _sheet,
    "extends": _extends,
    "waives": _waives,
    "returns": _returns,
    "holds": conferences.holds,
    "attends": conferences.attends,
    "attendance": conferences.attendance,
    "applies": _applies,
    "mailbox": _mailbox,
    "bounces": _bounces,
    "events": _events,
    "drafts": _drafts,
    "aggregate": _aggregate,
    "close": _close,
    "publish": _publish,
    "objects": lambda stage, what: objection_acts.objects(stage, what, _file(stage, what.evidence)),
    "answers_objection": objection_acts.answers,
    "decides_title": _on_titles(title_acts.decides_title),
    "votes": _on_titles(title_acts.holds_vote),
    "chooses": _on_titles(title_acts.chooses),
    "city_answers": _on_titles(title_acts.answers),
}
