"""`bloc inbox`: mail that came in, what became of it, and what a person decides about it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from bloc import clock, queries
from bloc.cli.door import Because, By, CycleName, UnitCode, desk, opened, read_bytes, typed, who, window, write_bytes
from bloc.db import unit_of_work
from bloc.errors import NotAllowed
from bloc.language import Message, clock_time, say
from bloc.settings import Settings
from models import Incoming
from notifications.states import INCOMING

app = typer.Typer(no_args_is_help=True, help="Mail that came in: what became of it, and what a person decides about it.")

SHOWN = 8  # signs of a mail's SHA-256 by which it is called
Reference = Annotated[str, typer.Argument(metavar="REF", help="The mail, as `bloc inbox list` calls it.", callback=typed)]
LARGEST = 3  # times the largest upload that a mail in a file may have: base64, and several files


@app.command("list")
def list_mails(every: Annotated[bool, typer.Option("--all", help="Also those that nobody waits for.")] = False) -> None:
    """Show the mails that wait for a person, the oldest first."""
    from bloc.actions.inbox import mails

    with window() as session:
        rows = mails(session, every=every)
    for row in rows:
        for line in _described(row):
            typer.echo(line)
    if not rows:
        typer.echo(say("No mail has come in.") if every else say("No mail waits for you."))


def _described(row: Incoming) -> Iterator[str]:
    yield f"{row.sha256[:SHOWN]}  {clock_time(row.received_at)}  {row.sender}: {row.subject or '-'}"
    state = INCOMING[row.state]
    for line in row.outcome:
        yield f"      {state}: {Message.from_json(line)}"


@app.command()
def show(
    ref: Reference, save: Annotated[Path | None, typer.Option(help="Write the mail itself there, as it came (.eml).")] = None
) -> None:
    """Show a mail: its text, its files, and what became of it."""
    from bloc.actions.inbox import content_of, mail_called, readable_content_of
    from notifications.incoming_mail import parse, read_letter

    with window() as session:
        row = mail_called(session, ref)
        data = readable_content_of(session, row) if save else content_of(session, row)
    if save:
        write_bytes(save, data)
        typer.echo(say("Written: {path}", path=str(save)))
        return
    letter = read_letter(data, parse(data))
    for line in _described(row):
        typer.echo(line)
    typer.echo(say("To: {addresses}", addresses=", ".join(sorted(letter.recipients)) or "-"))
    for file in letter.files:
        typer.echo(say("File: {name} ({size} bytes)", name=file.name or "-", size=len(file.data)))
    typer.echo(f"\n{letter.text}" if letter.text else "")


@app.command()
def deposit(
    ref: Reference,
    unit: UnitCode,
    activity: Annotated[str, typer.Option(help="Code of the activity in the plan.", callback=typed)],
    because: Because,
    file: Annotated[str | None, typer.Option(help="Which of its files; needed only where several fit.", callback=typed)] = None,
    by: By = None,
    cycle: CycleName = None,
) -> None:
    """Hand in a file of a mail that waits, as of when the mail came; the unit is answered as always."""
    from bloc.actions.inbox import hand_in

    with desk(cycle, by) as at:
        limit = at.settings.upload_limit
        row = hand_in(at.work, at.cycle, ref, unit=unit, activity=activity, name=file, because=because, now=at.now, limit=limit)
    typer.echo(str(Message.from_json(row.outcome[-2])))  # the last says who has decided so


@app.command("set-aside")
def set_aside(ref: Reference, because: Because, by: By = None, cycle: CycleName = None) -> None:
    """Decide that there is nothing to be done about a mail that waits."""
    from bloc.actions import inbox

    with desk(cycle, by) as at:
        inbox.set_aside(at.work, at.cycle, ref, because=because, now=at.now)
    typer.echo(say("Set aside."))


@app.command()
def read(files: list[Path], cycle: CycleName = None) -> None:
    """Take mails from files (.eml), as if they had come to the mailbox: bounces, too."""
    from bloc.actions.incoming import Desk, Raw, take, under_way

    settings, wall = Settings(), clock.now()
    with opened(settings) as database:
        for file in files:
            data = read_bytes(file, LARGEST * settings.upload_limit)
            with unit_of_work(database) as work:
                named = queries.cycle_by_key(work.session, cycle) if cycle else None
                now = queries.now_of(named, wall) if named else wall
                row = take(Desk(work, under_way(work.session, named), settings, wall), Raw(data, now, len(data)))
            for line in _described(row):
                typer.echo(line)


@app.command()
def fetch() -> None:
    """Read the mailbox now; the sweep does so every 15 minutes."""
    from flows.inbox import read_mailbox

    settings = Settings()
    if settings.imap_host is None:
        raise NotAllowed(say("No mailbox is set (BLOC_IMAP_HOST)."))
    with opened(settings) as database:
        taken = read_mailbox(database, settings, clock.now())
    typer.echo(say("{count} mails were taken; `bloc inbox list --all` shows them.", count=taken))


@app.command()
def works(address: Annotated[str, typer.Argument(callback=typed)], because: Because, by: By = None) -> None:
    """Say that an address that took no mail works again: it is written to as before."""
    from bloc.actions.undeliverable import works_again

    with opened(Settings()) as database, unit_of_work(database, who(by)) as work:
        works_again(work, address, because=because, now=clock.now())
    typer.echo(say("{address} is written to again.", address=address))
