"""A backup is restored into an empty database: all of it, with every count and hash as the backup says, or nothing."""

import hashlib
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Engine, Table, delete, func, insert, inspect, select
from sqlalchemy.exc import OperationalError, StatementError

from bloc.backup.manifest import (
    FORM,
    KINDS,
    MANIFEST,
    Contents,
    Manifest,
    is_known,
    member_of,
    member_of_file,
    table_of,
)
from bloc.errors import BackupRefused, NotAllowed
from bloc.files import CHUNK
from bloc.language import Message, say
from bloc.migrations import HEAD, revision_of, upgrade
from models import FileChunk, StoredFile, Wakeup

ROWS = 500  # rows that are inserted at once
ENCRYPTED = 1  # the flag of a member of a zip
LONGEST_MANIFEST = 1_000_000  # bytes
LONGEST_LINE = 64_000_000  # bytes: a mail with the largest attachments, compressed, and then in base64
DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, ValueError, OverflowError)
THERE_ANYWAY = {Wakeup.__tablename__, "alembic_version"}  # filled by the migrations


def restore_backup(engine: Engine, path: Path) -> Manifest:
    """Fill an empty database from a backup, bring its tables up to date, and return what the backup says of itself.

    Raises:
        BackupRefused: the file is no backup, is damaged, or was made by a newer version. The database stays empty.
        NotAllowed: the database holds something, or has tables of another revision.
        OSError: the file cannot be read.
    """
    with _opened(path) as archive:
        manifest = _manifest(archive)
        _make_tables(engine, manifest.revision)
        with _one_transaction(engine) as connection:
            _check_that_it_is_empty(connection)
            connection.execute(delete(Wakeup.__table__))  # type: ignore[attr-defined]
            for name, contents in manifest.tables.items():
                _restore_table(archive, connection, name, contents)
            _restore_files(archive, connection, manifest.files)
    upgrade(engine)
    return manifest


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open the archive; whatever is wrong inside it is refused as that."""
    try:
        with zipfile.ZipFile(path) as archive:
            if MANIFEST not in archive.namelist() or any(member.flag_bits & ENCRYPTED for member in archive.infolist()):
                raise BackupRefused(say("{path} is no backup, or is damaged.", path=str(path)))
            yield archive
    except DAMAGE as error:
        raise BackupRefused(say("{path} is no backup, or is damaged.", path=str(path))) from error
    except OSError as error:
        if error.filename is not None:  # it cannot be read; else the archive names a place that no file has
            raise
        raise BackupRefused(say("{path} is no backup, or is damaged.", path=str(path))) from error
    except OperationalError:  # the database's trouble, not the file's
        raise
    except StatementError as error:  # a value that its column does not take, or a constraint that does not hold
        raise BackupRefused(say("Rows of the backup do not fit together; nothing was restored.")) from error


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    with archive.open(MANIFEST) as member:
        text = member.read(LONGEST_MANIFEST + 1)
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        raise _damaged(MANIFEST) from error
    if manifest.form != FORM or not is_known(manifest.revision):
        raise BackupRefused(say("The backup was made by a newer version of Bloc ({version}).", version=manifest.code_version))
    if len(text) > LONGEST_MANIFEST or any(
        kind not in KINDS for each in manifest.tables.values() for kind in each.columns.values()
    ):
        raise _damaged(MANIFEST)
    wanted = sorted([MANIFEST, *map(member_of, manifest.tables)])
    if sorted(name for name in archive.namelist() if not name.startswith("files/")) != wanted:
        raise _damaged(MANIFEST)
    return manifest


def _make_tables(engine: Engine, revision: str) -> None:
    """Make the tables as they were when the backup was made.

    Raises:
        NotAllowed: there are tables of another revision.
    """
    there = revision_of(engine)
    if there is None:
        upgrade(engine, revision)
    elif there != revision:
        if there != HEAD:
            raise NotAllowed(say("The database was used by another version of Bloc; please give a new one."))
        raise NotAllowed(say("The backup is of an older version; please give a database that was never used."))


@contextmanager
def _one_transaction(engine: Engine) -> Iterator[Connection]:
    """Begin the only transaction that writes: who comes meanwhile waits, and then finds what was restored."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            names = ", ".join(f'"{name}"' for name in inspect(connection).get_table_names())
            connection.exec_driver_sql(f"LOCK TABLE {names} IN EXCLUSIVE MODE")
        yield connection


def _check_that_it_is_empty(connection: Connection) -> None:
    for name in inspect(connection).get_table_names():
        if name not in THERE_ANYWAY and connection.scalar(select(func.count()).select_from(table_of(name, {}))):
            raise NotAllowed(say("The database is not empty; a backup is restored into a new one."))


def _restore_table(archive: zipfile.ZipFile, connection: Connection, name: str, contents: Contents) -> None:
    table, digest, count = _table(connection, name, contents), hashlib.sha256(), 0
    rows = _rows(archive, name, contents.columns, digest)
    while batch := list(islice(rows, ROWS)):
        connection.execute(insert(table), batch)
        count += len(batch)
    if (count, digest.hexdigest()) != (contents.rows, contents.sha256):
        raise _damaged(member_of(name))


def _table(connection: Connection, name: str, contents: Contents) -> Table:
    there = inspect(connection)
    if not there.has_table(name) or {column["name"] for column in there.get_columns(name)} != set(contents.columns):
        raise _damaged(MANIFEST)
    return table_of(name, contents.columns)


def _rows(archive: zipfile.ZipFile, name: str, columns: Mapping[str, str], digest: Any) -> Iterator[dict[str, Any]]:
    with archive.open(member_of(name)) as member:
        while line := member.readline(LONGEST_LINE):
            digest.update(line)
            try:
                yield _values(json.loads(line), columns)
            except (ValueError, TypeError, AttributeError, KeyError) as error:
                raise _damaged(member_of(name)) from error


def _values(found: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    return {name: None if found[name] is None else KINDS[kind].from_json(found[name]) for name, kind in columns.items()}


def _restore_files(archive: zipfile.ZipFile, connection: Connection, wanted: int) -> None:
    """Restore the bytes of every stored file that there is a row of, and see that there are no others."""
    stored: Table = StoredFile.__table__  # type: ignore[attr-defined]
    files: Sequence[tuple[str, int]] = [(sha256, size) for sha256, size in connection.execute(select(stored)).all()]
    members = [name for name in archive.namelist() if name.startswith("files/")]
    if sorted(members) != sorted(member_of_file(sha256) for sha256, _ in files) or len(members) != wanted:
        raise BackupRefused(say("The backup has other files than its rows name; nothing was restored."))
    for sha256, size in files:
        _restore_file(archive, connection, sha256, size)


def _restore_file(archive: zipfile.ZipFile, connection: Connection, sha256: str, size: int) -> None:
    digest, left, position, name = hashlib.sha256(), size, 0, member_of_file(sha256)
    with archive.open(name) as member:
        while data := member.read(min(CHUNK, left + 1)):
            left -= len(data)
            if left < 0:
                raise _damaged(name)
            digest.update(data)
            chunk = {"sha256": sha256, "position": position, "data": data}
            connection.execute(insert(FileChunk.__table__), chunk)  # type: ignore[attr-defined]
            position += 1
    if left or digest.hexdigest() != sha256:
        raise _damaged(name)


def _damaged(place: str) -> BackupRefused:
    why: Message = say("The backup is damaged at {place}; nothing was restored.", place=place)
    return BackupRefused(why)
