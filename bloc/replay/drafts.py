"""A replayed year ends with its documents, its dossier and a draft of the next plan: as at every door, laid into one folder."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bloc import queries
from bloc.actions.audit import trail
from bloc.actions.documents import all_files, make, templates_for
from bloc.actions.dossiers import dossier, put_on_record
from bloc.actions.next_plan import next_plan
from bloc.db import Database, reading, unit_of_work
from bloc.documents.dossier import write
from bloc.files import digest_of
from bloc.language import Message, say
from bloc.plan.rollover import MARK, Draft
from bloc.plan.rollover.marks import marked_lines
from bloc.settings import Settings

FOLDER = "documents"  # in the home folder, with a folder for each year
DOSSIER = "ho-so"  # in that one, as .zip, and as .pdf where it can be had


@dataclass(frozen=True)
class Drafted:
    """The next year's plan, and the file that it lies in."""

    year: int
    path: Path
    draft: Draft


def left_behind(base: Database, settings: Settings, key: str, *, ended: bool) -> Iterator[Message]:
    """Write what a replay leaves of a year, and yield where: its documents; of one that has ``ended`` all that it ends with."""
    folder = draft_documents(base, settings, key)
    yield say("Documents: {path}", path=str(folder))
    if ended:
        yield say("The dossier: {path}", path=str(put_dossier_together(base, key, folder)))
        yield from said_of_next(draft_next_plan(base, key, folder))


def said_of_next(next_year: Drafted) -> Iterator[Message]:
    yield say("The plan of {year}, drafted: {path}", year=next_year.year, path=str(next_year.path))
    if next_year.draft.plan is None:
        yield say("It cannot be used yet: `bloc plan check` says why.")
    elif left := len(marked_lines(next_year.draft.text)):
        yield say('`bloc plan check` accepts it, and lists what is left to the secretary: "{mark}" stands in {count} lines.',
                  mark=MARK, count=left)  # fmt: skip
    else:
        yield say("`bloc plan check` accepts it.")


def draft_documents(base: Database, settings: Settings, key: str) -> Path:
    """Draft the documents of the year ``key`` as of its now and write them; return their folder."""
    with unit_of_work(base) as work:
        cycle = queries.cycle_by_key(work.session, key)
        assert cycle.reached_at is not None  # it is replayed
        make(work, cycle, cycle.reached_at, templates_for(settings, cycle))
        written = all_files(work.session, cycle)
    folder = settings.home / FOLDER / key
    folder.mkdir(parents=True, exist_ok=True)
    for former in folder.glob("*.docx"):
        former.unlink()
    for name, data in written.items():
        (folder / name).write_bytes(data)
    return folder


def put_dossier_together(base: Database, key: str, folder: Path) -> Path:
    """Write the dossier of a year that has ended into the folder of its documents; return the archive's path."""
    with reading(base) as session:
        cycle = queries.cycle_by_key(session, key)
        assert cycle.reached_at is not None
        now, found = cycle.reached_at, dossier(session, cycle, cycle.reached_at)
    whole = write(found, pdf=True)
    with unit_of_work(base) as work:
        cycle, digest = queries.cycle_by_key(work.session, key), digest_of(whole.archive)
        if not any((entry.after or {}).get("dossier") == digest for entry in trail(work.session, cycle)):  # once replayed
            put_on_record(work, cycle, found, whole, now)
    for ending, data in ((".zip", whole.archive), (".pdf", whole.pdf)):
        target = folder / f"{DOSSIER}{ending}"
        target.unlink(missing_ok=True)
        if data is not None:
            target.write_bytes(data)
    return folder / f"{DOSSIER}.zip"


def draft_next_plan(base: Database, key: str, folder: Path) -> Drafted:
    """Draft the plan of the year after one that has ended, beside its documents; one that is there stays."""
    with unit_of_work(base) as work:
        cycle = queries.cycle_by_key(work.session, key)
        assert cycle.reached_at is not None
        found = next_plan(work, cycle, None, cycle.reached_at)
    path = folder / f"{key.rpartition('-')[0]}-{found.year}.yaml"
    if not path.exists():
        path.write_text(found.draft.text, encoding="utf-8")
    return Drafted(found.year, path, found.draft)
