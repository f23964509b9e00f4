"""`bloc documents`: the papers of the year, from their drafts to those who get them."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bloc import queries
from bloc.actions import documents as papers
from bloc.actions.document_sending import send as send_document
from bloc.actions.documents import templates_for
from bloc.cli.door import DAY, By, CycleName, day_of, desk, read_bytes, window, write_bytes
from bloc.clock import now as wall
from bloc.documents.kinds import KINDS
from bloc.enums import DocumentKind, DocumentState
from bloc.errors import NotFound
from bloc.language import on_one_line, say, short_day
from bloc.settings import Settings
from models import Document

app = typer.Typer(no_args_is_help=True, help="The documents of the year: drafts, numbers, signed copies, recipients.")
Name = Annotated[str, typer.Argument(help="Name of the document, as `bloc documents list` shows it.")]
Kinds = Annotated[list[DocumentKind] | None, typer.Option("--kind", help="Only documents of this kind; may be given again.")]


@app.command("list")
def list_documents(cycle: CycleName = None) -> None:
    """Show the documents that have been drafted, and how each stands."""
    with window() as session:
        rows = papers.documents(session, queries.cycle_by_key(session, cycle))
    for row in rows:
        typer.echo(f"{row.name:<48} {_state(row)}  {KINDS[row.kind].name}")


def _state(row: Document) -> str:
    if row.state is DocumentState.DRAFT:
        return str(say("draft, version {version}", version=row.version))
    day = short_day(row.issued_on) if row.issued_on else ""
    told = [say("issued {number} {day}", number=row.number or "-", day=day)]
    told += [say("signed")] if row.scan_sha256 else []
    told += [say("sent")] if row.sent_at else []
    return ", ".join(map(str, told))


@app.command()
def make(kind: Kinds = None, cycle: CycleName = None, by: By = None) -> None:
    """Draft the documents of the year anew; the same data make no new version, and what is issued stays as it is."""
    with desk(cycle, by) as at:
        made = papers.make(at.work, at.cycle, at.now, templates_for(at.settings, at.cycle), kind or tuple(DocumentKind))
    for name in made.new:
        typer.echo(name)
    typer.echo(say("Drafted: {new}; as they were: {same}.", new=len(made.new), same=made.same))


@app.command()
def issue(
    name: Name,
    on: Annotated[datetime, typer.Option(formats=DAY, help="The day that it bears.")],
    number: Annotated[str | None, typer.Option(help="Number and symbol from the register, such as 09/KH-KTĐ.")] = None,
    cycle: CycleName = None,
    by: By = None,
) -> None:
    """Issue the newest draft under its number; from then on it is not changed any more."""
    with desk(cycle, by) as at:
        templates = templates_for(at.settings, at.cycle)
        papers.issue(at.work, at.cycle, name, number=number, day=day_of(on), now=at.now, templates=templates)
    typer.echo(say("Issued: {name} {number}", name=name, number=number or ""))


@app.command()
def scan(name: Name, file: Path, cycle: CycleName = None, by: By = None) -> None:
    """Keep the signed copy of an issued document: from then on it is what people get."""
    with desk(cycle, by) as at:
        limit = at.settings.upload_limit
        data = read_bytes(file, limit)
        papers.take_scan(at.work, at.cycle, name, file_name=file.name, data=data, limit=limit, now=at.now)
    typer.echo(say("The signed copy is kept."))


@app.command()
def send(name: Name, cycle: CycleName = None, by: By = None) -> None:
    """Send an issued document to those on its list; who has had it is not sent it again."""
    with desk(cycle, by) as at:
        sent = send_document(at.work, at.cycle, name, now=at.now)
    typer.echo(say("{count} mails are queued.", count=sent.queued))
    for each in sent.by_clerk:
        typer.echo(say("To be sent by the clerk's office, for the plan has no address: {name}", name=each))


@app.command()
def check(cycle: CycleName = None) -> None:
    """Check the templates, each with the year's own data; exit status 1 if one has a fault, which is named by its line."""
    settings, wrong = Settings(), 0
    with window() as session:
        found = queries.cycle_by_key(session, cycle)
        templates = templates_for(settings, found)
        faults = papers.template_faults(session, found, queries.now_of(found, wall()), templates)
    for kind, each in faults.items():
        path = str(templates.path(kind))
        typer.echo(path if each else say("{path}: in order", path=path))
        wrong += len(each)
        for fault in each:
            typer.echo(f"  - {fault}", err=True)
    if wrong:
        raise typer.Exit(1)


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="Folder to write the documents to.")],
    pdf: Annotated[bool, typer.Option(help="Also as .pdf, where LibreOffice is installed.")] = False,
    cycle: CycleName = None,
) -> None:
    """Write the newest version of every document to a folder."""
    with window() as session:
        written = papers.all_files(session, queries.cycle_by_key(session, cycle))
    if not written:
        raise NotFound(say("No document has been drafted yet."))
    out.mkdir(parents=True, exist_ok=True)
    if pdf:
        written |= _as_pdf(written)
    for name, data in written.items():
        write_bytes(out / on_one_line(name), data)
    typer.echo(say("{count} files are written to {path}.", count=len(written), path=str(out)))


def _as_pdf(written: dict[str, bytes]) -> dict[str, bytes]:
    from bloc.documents.preview import as_pdf  # wanted only here

    return as_pdf({name: data for name, data in written.items() if name.endswith(".docx")})
