"""`bloc notices`: the ledger of mails, and what a person may decide about one. It is for who runs the installation."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from bloc import clock, queries
from bloc.actions import notice_changes, settling
from bloc.actions.audit import trail
from bloc.actions.forecast import Change, Foreseen, differences, forecast
from bloc.actions.notice_records import Record, Wanted, as_data, companions, record_of, records
from bloc.actions.read_letters import ReadLetter, letter_of, told
from bloc.actions.record_words import acts_on_notices
from bloc.cli.door import Because, By, CycleName, desk, opened, typed, window, write_bytes
from bloc.cli.mail_calendar import (
    as_data_of_change,
    as_data_of_mail,
    as_mails,
    calendar_lines,
    change_lines,
    sign_of,
)
from bloc.cli.notice_lines import folded, listed, reader
from bloc.db import reading, unit_of_work
from bloc.enums import NoticeKind, NoticeState, Settled
from bloc.errors import NotAllowed
from bloc.language import clock_time, on_one_line, say, week_day
from bloc.plan import read_plan
from bloc.rules.deadlines import last_day_of
from bloc.settings import Settings
from models import Cycle
from notifications.states import STATES, kind_said

app = typer.Typer(no_args_is_help=True, help="The mails: which were sent, which are to come, and what is decided about one.")

Ref = Annotated[str, typer.Argument(metavar="REF", help="The notice's reference, as the lists show it.", callback=typed)]
States = Annotated[list[NoticeState] | None, typer.Option("--state", help="Only those in this state; may be given again.")]
Kinds = Annotated[list[NoticeKind] | None, typer.Option("--kind", help="Only this kind of mail; may be given again.")]
OfUnit = Annotated[str | None, typer.Option("--unit", help="Only those for this unit (code).", callback=typed)]
OfActivity = Annotated[str | None, typer.Option("--activity", help="Only those about this activity (code).", callback=typed)]
To = Annotated[str | None, typer.Option("--to", help="Only those to a name or address with this in it.", callback=typed)]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
LABEL = 24  # columns
DECIDED = say("Decided")


@app.command()
def plan(
    kind: Kinds = None, unit: OfUnit = None, activity: OfActivity = None, to: To = None,
    diff: Annotated[Path | None, typer.Option(metavar="PLAN", help="What this changed plan file would change.")] = None,
    as_json: AsJson = False, cycle: CycleName = None,
) -> None:  # fmt: skip
    """Show every mail that is to come if nobody does anything more: when, to whom, what and why. Nothing is changed."""
    wanted, file = Wanted(kinds=kind or (), unit=unit, activity=activity, to=to), read_plan(diff) if diff else None
    if file is not None and cycle not in (None, file.key):
        raise NotAllowed(say("That plan is of another year: {key}.", key=file.key))
    with opened(Settings()) as database, unit_of_work(database) as work:
        if file is not None:
            changes = differences(work, file, clock.now())
        else:
            found = queries.cycle_by_key(work.session, cycle)
            coming = forecast(work, found, queries.now_of(found, clock.now()))
        work.forget()
    if file is not None:
        _say_changes([one for one in changes if wanted.takes(one.now.which, one.now.name, one.now.address)], as_json=as_json)
    else:
        _say_calendar([one for one in coming if wanted.takes(one.which, one.name, one.address)], as_json=as_json)


def _say_calendar(coming: list[Foreseen], *, as_json: bool) -> None:
    mails = as_mails(coming)
    if as_json:
        typer.echo(json.dumps([as_data_of_mail(mail) for mail in mails], ensure_ascii=False, indent=2))
        return
    for line in calendar_lines(mails):
        typer.echo(line)
    count = sum(any(not one.suppressed for one in mail) for mail in mails)
    readers = len({one.address for one in coming if not one.suppressed})
    typer.echo(say("Mails to come: {count}, to {readers} addresses.", count=count, readers=readers))


def _say_changes(changes: list[Change], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([as_data_of_change(change) for change in changes], ensure_ascii=False, indent=2))
        return
    for line in change_lines(changes):
        typer.echo(line)
    count = Counter(sign_of(change) for change in changes)
    gone, new, moved = (count[sign] for sign in "-+~")
    typer.echo(say("Notices that fall away: {gone}; come: {new}; move: {moved}.", gone=gone, new=new, moved=moved))
    typer.echo(say("This was only shown; nothing has been changed."))


@app.command("list")
def list_notices(
    state: States = None, kind: Kinds = None, unit: OfUnit = None, activity: OfActivity = None, to: To = None,
    as_json: AsJson = False, cycle: CycleName = None,
) -> None:  # fmt: skip
    """Show the ledger, the newest first: each mail, to whom, and what became of it."""
    wanted = Wanted(states=state or (), kinds=kind or (), unit=unit, activity=activity, to=to)
    with window() as session:
        found = records(session, queries.cycle_by_key(session, cycle), wanted)
    if as_json:
        typer.echo(json.dumps([as_data(record) for record in found], ensure_ascii=False, indent=2))
        return
    for line in listed(found):
        typer.echo(line)
    typer.echo(say("Notices: {count}.", count=len(found)))


@app.command()
def show(
    ref: Ref,
    raw: Annotated[bool, typer.Option("--raw", help="Write the message's bytes, and nothing else.")] = False,
    html: Annotated[Path | None, typer.Option(help="Save the part for browsers there.")] = None,
    out: Annotated[Path | None, typer.Option(help="Save the message there, as .eml.")] = None,
    cycle: CycleName = None,
) -> None:
    """Show all about one notice: what became of it, what was decided, and the message as it was sent."""
    settings = Settings()
    with opened(settings) as database, reading(database) as session:
        found = queries.cycle_by_key(session, cycle)
        record = record_of(session, found, ref)
        reader = queries.leading_unit(session, found.id)  # the secretary's unit: who sits at this door
        letter = letter_of(database, record, settings, queries.now_of(found, clock.now()), reader=reader)
        facts = [] if raw else list(_facts(session, found, record))
    if (raw or html or out) and letter.missing is not None:
        raise NotAllowed(told(letter))
    if raw:
        typer.echo(letter.data, nl=False)
        return
    for line in (*facts, "", *_read(letter)):
        typer.echo(line)
    for path, data in ((out, letter.data), (html, letter.body("html").encode() if html else b"")):
        if path is not None:
            write_bytes(path, data)
            typer.echo(say("Written: {path}", path=str(path)))


def _facts(session: Session, cycle: Cycle, record: Record) -> Iterator[str]:
    notice = record.notice
    activity, unit = record.activity, record.unit
    others = [one.which.ref for one in companions(session, record) if one.which.ref != record.which.ref]
    said = [
        (say("Notice"), say("{ref} - {mail}", ref=record.which.ref,
                           mail=kind_said(notice.kind, record.which.step, activity.name if activity else None))),
        (say("To"), reader(notice.name, record.address, unit.name if unit else None)),
        (say("Last day"), week_day(last_day_of(notice.about_due_at)) if notice.about_due_at else None),
        (say("State"), STATES[notice.state]),
        (say("Queued"), clock_time(notice.queued_at)),
        (say("Not before"), clock_time(notice.send_at) if notice.state is NoticeState.QUEUED else None),
        (say("Of use until"), clock_time(notice.expires_at) if notice.expires_at else None),
        (say("Sent"), clock_time(notice.sent_at) if notice.sent_at else None),
        (say("Attempts"), notice.attempts),
        (say("Last word about it"), on_one_line(notice.reply) if notice.reply else None),
        (say("In the same mail"), ", ".join(others) or None),
        (say("Words added"), notice.values.get("remark")),
    ]  # fmt: skip
    for label, value in said:
        if value is not None:
            yield from folded(value, f"{label}:", LABEL)
    head = f"{DECIDED}:"
    for line in acts_on_notices(trail(session, cycle), record.which.ref):
        yield from folded(line, head, LABEL)
        head = ""


def _read(letter: ReadLetter) -> Iterator[str]:
    yield str(told(letter))
    if letter.missing is not None:
        return
    yield from (f"  {name}: {value}" for name, value in letter.headers())
    yield ""
    yield from (f"  {line}".rstrip() for line in letter.body("plain").splitlines())
    yield from (str(say("  attached: {name}", name=name)) for name in letter.files())


@app.command()
def resend(ref: Ref, because: Because, by: By = None, cycle: CycleName = None) -> None:
    """Have a failed or uncertain notice sent again, with those that were in the same mail; it leaves with the next delivery."""
    with desk(cycle, by) as at:
        moved = settling.resend(at.work, at.cycle, ref=ref, because=because, now=at.now)
    typer.echo(say("To be sent again: {refs}.", refs=", ".join(one.which.ref for one in moved)))


@app.command()
def settle(
    ref: Ref,
    fate: Annotated[Settled, typer.Option("--as", help="What became of it, as you found out.")],
    because: Because,
    by: By = None,
    cycle: CycleName = None,
) -> None:
    """Put on record whether an uncertain notice arrived, with those that were in the same mail."""
    with desk(cycle, by) as at:
        moved = settling.settle(at.work, at.cycle, ref=ref, fate=fate, because=because, now=at.now)
    for one in moved:
        typer.echo(say("{ref}: {state}", ref=one.which.ref, state=STATES[one.notice.state]))


@app.command()
def suppress(ref: Ref, because: Because, by: By = None, cycle: CycleName = None) -> None:
    """Let a notice that is to come, or waits, not be sent."""
    with desk(cycle, by) as at:
        which = notice_changes.suppress(at.work, at.cycle, ref=ref, because=because, now=at.now)
    typer.echo(say("{ref} will not be sent.", ref=which.ref))


@app.command()
def edit(
    ref: Ref,
    text: Annotated[str, typer.Option("--say", help="What is to stand in the letter beside its own words.", callback=typed)],
    because: Because,
    by: By = None,
    cycle: CycleName = None,
) -> None:
    """Add words of one's own to a notice that is to come, or waits."""
    with desk(cycle, by) as at:
        which = notice_changes.edit(at.work, at.cycle, ref=ref, text=text, because=because, now=at.now)
    typer.echo(say("{ref} will say: {words}", ref=which.ref, words=text))


@app.command()
def restore(ref: Ref, because: Because, by: By = None, cycle: CycleName = None) -> None:
    """Take back what was decided about a notice that has not left: it will be sent as it was."""
    with desk(cycle, by) as at:
        which = notice_changes.restore(at.work, at.cycle, ref=ref, because=because, now=at.now)
    typer.echo(say("{ref} will be sent as it was.", ref=which.ref))
