"""A replayed year ends with its documents: drafted as at every door, and laid into one folder, ready to be signed."""

from pathlib import Path

from bloc import queries
from bloc.actions.documents import all_files, make, templates_for
from bloc.db import Database, unit_of_work
from bloc.settings import Settings

FOLDER = "documents"  # in the home folder, with a folder for each year


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
