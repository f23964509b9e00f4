"""`bloc verify` and `bloc audit`: whether what is kept is what was made and written, and who did what when."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.audit import check_trail, trail
from bloc.actions.bundles import bundle_difference
from bloc.actions.record_words import ACTS, details, names_of
from bloc.actions.verification import first_difference
from bloc.cli.door import CycleName, window
from bloc.enums import Act
from bloc.errors import NotFound
from bloc.files import digest_of
from bloc.language import clock_time, say
from models import AuditEntry, Cycle, Result

app = typer.Typer(no_args_is_help=True, help="The audit trail: who did what, when, and what was before and after.")


def verify(
    file: Annotated[Path | None, typer.Argument(help="A bundle; no database is asked.")] = None,
    version: Annotated[int | None, typer.Option(help="Only this version of the result.")] = None,
    cycle: CycleName = None,
) -> None:
    """Make each version of the result again from its stored inputs, or a bundle's; exit status 1 at the first difference."""
    if file is not None:
        _verify_bundle(file)
        return
    with window() as session:
        found = queries.cycle_by_key(session, cycle)
        differ = [_verified(session, found, result) for result in versions_of(session, found, version)]
    if not all(differ):
        raise typer.Exit(1)


def _verify_bundle(file: Path) -> None:
    data = file.read_bytes()
    difference = bundle_difference(data)
    if difference is not None:
        typer.echo(say("{path} DIFFERS: {difference}.", path=str(file), difference=difference), err=True)
        raise typer.Exit(1)
    typer.echo(say("{path}: whole, and its result is the one that its sheets make.", path=str(file)))
    typer.echo(f"SHA-256: {digest_of(data)}")


def versions_of(session: Session, cycle: Cycle, version: int | None) -> list[Result]:
    """Return the versions of a year's result, the oldest first, or the one asked for.

    Raises:
        NotFound: there is none.
    """
    wanted = select(Result).where(Result.cycle_id == cycle.id).order_by(col(Result.version))
    results = [result for result in session.exec(wanted) if version in (None, result.version)]
    if not results:
        raise NotFound(say("There is no result yet.") if version is None else say("There is no version {n}.", n=version))
    return results


def _verified(session: Session, cycle: Cycle, result: Result) -> bool:
    difference = first_difference(session, cycle, result)
    if difference is None:
        typer.echo(say("Version {version}: identical.", version=result.version))
        return True
    typer.echo(say("Version {version} DIFFERS: {difference}.", version=result.version, difference=difference), err=True)
    return False


@app.command("list")
def list_entries(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, one entry a line, with all that it says.")] = False,
    cycle: CycleName = None,
) -> None:
    """Show every act on record, the oldest first."""
    with window() as session:
        found = queries.cycle_by_key(session, cycle)
        entries, names = trail(session, found), names_of(session, found)
    for entry in entries:
        if as_json:
            typer.echo(entry.model_dump_json(exclude={"id", "cycle_id"}))
            continue
        typer.echo(_line(entry, names))
        for detail in details(entry, names):
            typer.echo(f"      {detail}")


def _line(entry: AuditEntry, names: Mapping[str, str]) -> str:
    about = "; ".join(names.get(code, code) for code in reversed(entry.about.split("/")))
    told = f"{entry.number:>4}  {clock_time(entry.at)}  {entry.by}: {ACTS[entry.act]}"
    if entry.act in (Act.RESULT, Act.PUBLICATION):
        return str(say("{told}, version {version}", told=told, version=entry.about))
    return f"{told} ({about})" if "/" in entry.about or entry.about in names else told


@app.command("verify")
def verify_trail(
    head: Annotated[str | None, typer.Option(help="A hash noted earlier, which must still stand in the trail.")] = None,
    cycle: CycleName = None,
) -> None:
    """Check that no entry was changed, taken out or put in; exit status 1 if one was."""
    with window() as session:
        found = queries.cycle_by_key(session, cycle)
        checked = check_trail(session, found)
        known = {entry.hash for entry in trail(session, found)}
    if checked.fault is None and head is not None and head not in known:
        typer.echo(say("The audit trail is BROKEN: no entry has the hash that was noted."), err=True)
        raise typer.Exit(1)
    if checked.fault is not None:
        typer.echo(say("The audit trail is BROKEN: {fault}.", fault=checked.fault), err=True)
        raise typer.Exit(1)
    typer.echo(say("The audit trail is whole: {count} entries; the last has the hash {head}.", count=checked.entries,
                   head=checked.head))  # fmt: skip
