"""`bloc status`: what is open, owed and late, and who blocks the aggregation, in words."""

from collections.abc import Iterator
from datetime import datetime
from textwrap import shorten

import typer
from sqlalchemy import func
from sqlmodel import Session, col, select

from bloc import clock, queries
from bloc.actions.heartbeats import health
from bloc.cli.door import window
from bloc.enums import ActivityKind, ActivityState, CycleMode, IncomingState, NoticeState, ObligationState, ResultState
from bloc.language import Message, clock_time, say, week_day
from bloc.queries import Owed
from bloc.rules.deadlines import is_late, last_day_of
from bloc.settings import Settings
from models import Activity, Bloc, Contact, Cycle, Incoming, Notice, Role, Unit

REPLY_LENGTH = 100  # signs of a mail server's reply that are shown


def status() -> None:
    """Say how each bloc's year stands: what is open, owed, late, and who blocks the aggregation."""
    settings = Settings()
    with window() as session:
        for wrong in health(session, settings, clock.now()):
            typer.echo(say("ATTENTION: {wrong}", wrong=wrong))
        found = queries.cycles(session)
        for cycle in found:
            now = queries.now_of(cycle, clock.now())
            for line in describe(session, cycle, now):
                typer.echo(line)
        waiting = session.exec(select(func.count()).where(Incoming.state == IncomingState.HELD)).one()
    if not found:
        typer.echo(say("There is no bloc's year yet; apply a plan first: bloc plan apply FILE"))
    if waiting:
        typer.echo(say("{count} mails that came in wait for you: bloc inbox list", count=waiting))
    for line in _where_mail_goes(settings):
        typer.echo(line)


def _where_mail_goes(settings: Settings) -> Iterator[Message]:
    if settings.mail_redirect is not None:
        yield say("Mail: on trial, all of it goes to {address} (BLOC_MAIL_REDIRECT).", address=settings.mail_redirect)
    if settings.smtp_host is None:
        folder = str(settings.mail_folder)
        yield say("Mail: no mail server is set (BLOC_SMTP_HOST); messages are kept in {folder}, as .eml.", folder=folder)


def describe(session: Session, cycle: Cycle, now: datetime) -> Iterator[Message]:
    """Yield how one cycle stands, line by line."""
    head = say("{bloc}, year {year}", bloc=session.get_one(Bloc, cycle.bloc_id).name, year=cycle.year)
    moment = clock_time(now)
    replayed = cycle.mode is CycleMode.REPLAY
    yield (
        say("{head} - replayed, as of {moment}", head=head, moment=moment)
        if replayed
        else say("{head} - {moment}", head=head, moment=moment)
    )
    owed = [each for each in queries.owed(session, cycle.id) if each.obligation.state is ObligationState.OPEN]
    yield from _open(session, cycle, owed, now)
    yield from _aggregation(session, cycle)
    yield from _mail(session, cycle, now)


def _open(session: Session, cycle: Cycle, owed: list[Owed], now: datetime) -> Iterator[Message]:
    opened = session.exec(
        select(Activity)
        .where(Activity.cycle_id == cycle.id, col(Activity.state).in_([ActivityState.OPEN, ActivityState.CLOSED]))
        .order_by(col(Activity.due_at), col(Activity.position))
    ).all()
    for activity in opened:
        waiting = [each for each in owed if each.activity.id == activity.id]
        if activity.state is ActivityState.OPEN and activity.last_day:
            yield say("Open: {title} (through {day})", title=activity.name, day=week_day(activity.last_day))
        for each in waiting:
            yield _owes(each, now)
    if not any(activity.state is ActivityState.OPEN for activity in opened):
        yield say("Nothing is open.")
        yield from _next(session, cycle, now)


def _next(session: Session, cycle: Cycle, now: datetime) -> Iterator[Message]:
    """Yield what opens next: a year that lies ahead is not nothing."""
    planned = select(Activity).where(Activity.cycle_id == cycle.id, Activity.state == ActivityState.PLANNED)
    planned = planned.where(col(Activity.opens_at) > now)
    activity = session.exec(planned.order_by(col(Activity.opens_at), col(Activity.position))).first()
    if activity is not None and activity.opens_at and activity.last_day:
        day, last = week_day(clock.local_day(activity.opens_at)), week_day(activity.last_day)
        yield say("Next: {title} opens on {day} (through {last}).", title=activity.name, day=day, last=last)


def _owes(each: Owed, now: datetime) -> Message:
    day = last_day_of(each.obligation.due_at)
    if is_late(now, each.obligation.due_at):
        late = (clock.local_day(now) - day).days
        return say("  LATE by {days} days: {unit} - {title}", days=late, unit=each.unit.name, title=each.activity.name)
    extended = say("  owed: {unit} (extended through {day})", unit=each.unit.name, day=week_day(day))
    return extended if each.obligation.extended else say("  owed: {unit}", unit=each.unit.name)


def _aggregation(session: Session, cycle: Cycle) -> Iterator[Message]:
    result = queries.latest_result(session, cycle.id)
    if result is not None:
        kind = say("final") if result.state is ResultState.FINAL else say("provisional")
        told = say("published") if result.published_at else say("withdrawn") if result.withdrawn_at else say("not published")
        yield say("Result: version {version}, {kind}, {told}.", version=result.version, kind=kind, told=told)
    sheets = queries.sheet_arrivals(session, cycle.id)
    names = {unit.code: unit.name for unit in queries.members(session, cycle.id)}
    expected = select(Activity.state).where(Activity.cycle_id == cycle.id, Activity.kind == ActivityKind.SCORE_SHEETS)
    begun = session.exec(expected).first() in (ActivityState.OPEN, ActivityState.CLOSED)
    if sheets.missing and (begun or sheets.arrived):
        missing = "; ".join(names[code] for code in sheets.missing)
        yield say(
            "Aggregation waits for {count} of {of} score sheets: {missing}.", count=len(sheets.missing), of=len(names),
            missing=missing,
        )  # fmt: skip


def _mail(session: Session, cycle: Cycle, now: datetime) -> Iterator[Message]:
    rows = session.exec(select(Notice.state, func.count()).where(Notice.cycle_id == cycle.id).group_by(col(Notice.state)))
    counts = dict(rows.all())
    yield say(
        "Mail: {sent} sent, {queued} queued.", sent=counts.get(NoticeState.SENT, 0), queued=counts.get(NoticeState.QUEUED, 0)
    )
    if failed := counts.get(NoticeState.FAILED):
        yield say("  {count} failed for good: please look at the address.", count=failed)
        yield from _failed(session, cycle)
    yield from _undeliverable(session, cycle, now)
    if uncertain := counts.get(NoticeState.UNCERTAIN):
        yield say(
            "  {count} uncertain: it is not known whether they arrived. See bloc notices list --state uncertain; then settle "
            "or resend each.",
            count=uncertain,
        )


def _undeliverable(session: Session, cycle: Cycle, now: datetime) -> Iterator[Message]:
    """Yield each address of somebody in office that takes no mail, whose it is, and what to do."""
    rows = session.exec(
        select(Contact.email, Contact.undeliverable_since, Unit.name)
        .join(Role, col(Role.contact_id) == Contact.id)
        .join(Unit, col(Role.unit_id) == Unit.id)
        .where(Role.cycle_id == cycle.id, col(Contact.undeliverable_since).is_not(None), queries.serving(clock.local_day(now)))
        .order_by(Contact.email, Unit.code)
    ).all()
    for address, since in dict.fromkeys((address, since) for address, since, _ in rows):
        names = "; ".join(dict.fromkeys(unit for email, _, unit in rows if email == address))
        yield say(
            "  {address} takes no mail since {moment} ({units}); the next in line gets it. Change the address in the plan, or: "
            "bloc inbox works {address}",
            address=address, moment=clock_time(since) if since else "-", units=names,
        )  # fmt: skip


def _failed(session: Session, cycle: Cycle) -> Iterator[Message]:
    """Yield each address that a mail failed at, with what its server said last."""
    rows = session.exec(
        select(Contact.email, Notice.reply)
        .join(Contact, col(Notice.contact_id) == Contact.id)
        .where(Notice.cycle_id == cycle.id, Notice.state == NoticeState.FAILED)
        .order_by(Contact.email, col(Notice.queued_at))
    )
    for address, reply in dict(rows.all()).items():
        yield say("    {address}: {reply}", address=address, reply=shorten(reply or "-", REPLY_LENGTH, placeholder="..."))
