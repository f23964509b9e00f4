"""A backup is written: one moment of the database, however long it takes and whatever is done meanwhile."""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Engine, Table, select

from bloc.backup.manifest import (
    FORM,
    KINDS,
    MANIFEST,
    Contents,
    Manifest,
    columns_of,
    member_of,
    member_of_file,
    tables,
)
from bloc.errors import NotAllowed
from bloc.language import say
from bloc.migrations import HEAD
from models import FileChunk

ROWS = 500  # rows, and
CHUNKS = 4  # pieces of files, that are fetched at once


def write_backup(engine: Engine, path: Path, now: datetime) -> Manifest:
    """Write a backup of a database, whose tables are up to date, to ``path``; return what is in it.

    On PostgreSQL it is one REPEATABLE READ snapshot, on SQLite one read transaction over the write-ahead log: nobody waits.

    Raises:
        NotAllowed: there is such a file.
        OSError: it cannot be written.
    """
    if path.exists():
        raise NotAllowed(say("{path} exists already; give another name.", path=str(path)))
    with _new_file(path) as target, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive, _snapshot(engine) as rows:
        kept = {table.name: _write_table(archive, rows, table) for table in tables()}
        files = sum(1 for _ in _write_files(archive, rows))
        manifest = Manifest(
            form=FORM, revision=HEAD, code_version=version("bloc"), made_at=now, tables=kept, files=files
        )  # fmt: skip
        archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
    return manifest


@contextmanager
def _new_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that is there under its name only once it is whole, and that nobody else may read: people are in it."""
    part = path.with_name(f"{path.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Connection]:
    options: dict[str, Any] = {"reading": True}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect() as connection, connection.execution_options(**options).begin():
        yield connection


def _write_table(archive: zipfile.ZipFile, connection: Connection, table: Table) -> Contents:
    columns, count, digest = columns_of(table), 0, hashlib.sha256()
    ordered = select(table).order_by(*table.primary_key.columns)
    with archive.open(member_of(table.name), "w", force_zip64=True) as member:
        for row in connection.execute(ordered, execution_options={"yield_per": ROWS}).mappings():
            line = _line(columns, row)
            digest.update(line)
            member.write(line)
            count += 1
    return Contents(columns=columns, rows=count, sha256=digest.hexdigest())


def _line(columns: Mapping[str, str], row: Mapping[Any, Any]) -> bytes:
    values = {name: None if row[name] is None else KINDS[kind].to_json(row[name]) for name, kind in columns.items()}
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _write_files(archive: zipfile.ZipFile, connection: Connection) -> Iterator[str]:
    """Write the stored files, piece by piece as they lie in the database; yield each one's SHA-256."""
    chunks: Table = FileChunk.__table__  # type: ignore[attr-defined]
    ordered = select(chunks).order_by(chunks.c.sha256, chunks.c.position)
    pieces = connection.execute(ordered, execution_options={"yield_per": CHUNKS})
    for sha256, mine in groupby(pieces, key=lambda piece: str(piece.sha256)):
        entry = zipfile.ZipInfo(member_of_file(sha256))  # stored as it is: what units send is compressed in itself
        with archive.open(entry, "w", force_zip64=True) as member:
            for piece in mine:
                member.write(piece.data)
        yield sha256
