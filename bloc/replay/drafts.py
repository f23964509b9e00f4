"""A replayed year ends with its documents: drafted as at every door, and laid into one folder, ready to be signed."""

from pathlib import Path

from bloc import queries
from bloc.actions.audit import trail
from bloc.actions.documents import all_files, make, templates_for
from bloc.actions.dossiers import dossier, put_on_record
from bloc.db import Database, reading, unit_of_work
from bloc.documents.dossier import write
from bloc.files import digest_of
from bloc.settings import Settings

FOLDER = "documents"  # in the home folder, with a folder for each year
DOSSIER = "ho-so"  # in that one, as .zip, and as .pdf where it can be had


def draft_documents(base: Database, settings: Settings, key: str) -> Path | None:
    """Draft the documents of the year ``key`` as of its now and write them; return their folder, None if there are none."""
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
    return folder if written else None


def put_dossier_together(base: Database, key: str, folder: Path) -> None:
    """Write the dossier of a year that has ended into the folder of its documents."""
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
