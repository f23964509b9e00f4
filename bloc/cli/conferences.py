"""`bloc conference`: who comes, who was there; and `bloc postpone`: one is held at another time or place."""

from datetime import datetime
from typing import Annotated

import typer

from bloc import queries
from bloc.actions import conference_answers, conference_reminders, postponing
from bloc.actions.meetings import said
from bloc.actions.sittings import Seat, Sitting, quorum_said, sitting_of, sittings
from bloc.cli.door import DAY, Because, By, CycleName, UnitCode, day_of, desk, typed, window
from bloc.enums import Attends
from bloc.errors import NotAllowed, NotFound
from bloc.language import Message, say

app = typer.Typer(no_args_is_help=True, help="Conferences: invitations, answers, who was there, quorum.")
ActivityCode = Annotated[str, typer.Option(help="Code of the conference in the plan.", callback=typed)]
CLOCK = ["%H:%M"]
ANSWERS = {Attends.COMING: say("it comes"), Attends.ABSENT: say("it does not come"), None: say("it has not answered")}


@app.command("list")
def list_conferences(cycle: CycleName = None) -> None:
    """Show the year's conferences: when and where each is held, and how many units come."""
    with window() as session:
        found = sittings(session, queries.cycle_by_key(session, cycle))
    for each in found:
        come, asked = len(each.answered(Attends.COMING)), len(each.seats)
        typer.echo(f"{each.activity.code:<28} {come}/{asked}  {each.activity.name}: {said(each.meeting)}")


@app.command()
def show(activity: ActivityCode, cycle: CycleName = None) -> None:
    """Show a conference: its agenda, what each unit answered, who was there, and whether that is a quorum."""
    with window() as session:
        found = sitting_of(session, queries.cycle_by_key(session, cycle), activity)
    if found is None:
        raise NotFound(say('There is no conference "{code}"; `bloc conference list` names them all.', code=activity))
    typer.echo(f"{found.activity.name}: {said(found.meeting)}")
    _say_rest(found)


def _say_rest(found: Sitting) -> None:
    if found.meeting and found.meeting.link:
        typer.echo(found.meeting.link)
    for number, line in enumerate(found.meeting.agenda if found.meeting else (), 1):
        typer.echo(f"  {number}. {line}")
    for seat in found.seats:
        typer.echo(f"  {seat.unit.code:<16} {_answered(seat)}")
    typer.echo(quorum_said(found))


def _answered(seat: Seat) -> str:
    kept = seat.attendance
    if kept is None:
        return str(say("not invited yet"))
    told = [str(ANSWERS[kept.answer]), kept.who, str(say("{count} people", count=kept.people)) if kept.people else None]
    there = {True: say("was there"), False: say("was not there")}
    told += [kept.because, str(there[kept.present]) if kept.present is not None else None]
    return "; ".join(filter(None, told))


@app.command()
def answer(
    unit: UnitCode,
    activity: ActivityCode,
    attends: Annotated[Attends, typer.Option("--as", help="Whether the unit comes.")],
    who: Annotated[str | None, typer.Option(help="Office or role of who comes.", callback=typed)] = None,
    people: Annotated[int | None, typer.Option(help="How many people come.")] = None,
    because: Annotated[str | None, typer.Option(help="Why nobody comes.", callback=typed)] = None,
    by: By = None,
    cycle: CycleName = None,
) -> None:
    """Record what a unit answers to a conference's invitation; the last answer counts."""
    with desk(cycle, by) as at:
        conference_answers.answer(
            at.work, at.cycle, unit=unit, activity=activity, attends=attends, now=at.now, who=who, people=people,
            because=because,
        )  # fmt: skip
    typer.echo(say("Recorded."))


@app.command()
def remind(activity: ActivityCode, by: By = None, cycle: CycleName = None) -> None:
    """Remind the units that have not answered, once a day."""
    with desk(cycle, by) as at:
        new = conference_reminders.urge(at.work, at.cycle, activity=activity, now=at.now)
    typer.echo(say("{count} mails are queued.", count=new))


@app.command()
def attend(
    activity: ActivityCode,
    unit: Annotated[list[str] | None, typer.Option(help="Code of a unit that was there; may be given again.")] = None,
    nobody: Annotated[bool, typer.Option("--nobody", help="No unit was there.")] = False,
    by: By = None,
    cycle: CycleName = None,
) -> None:
    """Record which units were at a conference, and say whether that is a quorum; the last record counts."""
    if bool(unit) == nobody:
        raise NotAllowed(say("Name the units that were there with --unit, or say --nobody."))
    with desk(cycle, by) as at:
        present = [typed(each) or "" for each in unit or ()]
        conference_answers.record_attendance(at.work, at.cycle, activity=activity, present=present, now=at.now)
        found = sitting_of(at.work.session, at.cycle, activity)
        told = quorum_said(found) if found else None
    typer.echo(told)


@app.command("postpone")
def postpone(
    activity: ActivityCode,
    to: Annotated[datetime, typer.Option(formats=DAY, help="The new day.")],
    because: Because,
    time: Annotated[datetime | None, typer.Option(formats=CLOCK, help="When it begins, as in 08:30.")] = None,
    place: Annotated[str | None, typer.Option(help="The new place.", callback=typed)] = None,
    link: Annotated[str | None, typer.Option(help="The new link, which begins with https://.", callback=typed)] = None,
    by: By = None,
    cycle: CycleName = None,
) -> None:
    """Hold a conference on another day, or at another time or place: calendars follow, and every unit invited is told."""
    with desk(cycle, by) as at:
        changes: list[Message] = postponing.postpone(
            at.work, at.cycle, activity=activity, to=day_of(to), start=time.time() if time else None, place=place, link=link,
            because=because, now=at.now,
        )  # fmt: skip
    for change in changes:
        typer.echo(change)
