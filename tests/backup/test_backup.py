"""A backup restored into a new database of either kind is what was backed up; one that is damaged leaves it empty."""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, func, select

from bloc import files, queries
from bloc.actions.audit import check_trail
from bloc.actions.verification import first_difference
from bloc.backup.manifest import tables
from bloc.backup.restored import restore_backup
from bloc.backup.written import write_backup
from bloc.db import Database, open_engine
from bloc.errors import BackupRefused, NotAllowed
from bloc.migrations import HEAD, revision_of, upgrade
from models import Bloc, Contact, Mail, Result, SignedIn
from tests.databases import KINDS, new_database
from tests.factories import Year, cycle_of, on, plan, year_begun
from tests.places import kept, with_tables

NOW = on("2030-12-10 08:00")
LARGE = b"%PDF-" + bytes(range(256)) * 10_000  # more than two chunks


def played(year: Year) -> Year:
    """Let a year have a result, a file of several chunks, a mail as it went out, and somebody who is signed in."""
    for unit in ("u1", "u2", "u3"):
        year.send_sheet(unit, "2030-12-05 09:00")
    year.aggregate()
    with year.open() as (work, _):
        files.put(work.session, LARGE)
        work.session.add(Mail(message=b"\x00\x78\x9c"))
        someone = work.session.exec(select(Contact)).first()
        assert someone is not None
        work.session.add(
            SignedIn(
                contact_id=someone.id, token="a-digest", client="", browser="", begun_at=NOW, seen_at=NOW, expires_at=NOW
            )
        )  # fmt: skip
    return year


def year_scored(base: Database) -> Year:
    return played(year_begun(base))


scored = kept(year_scored)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a backup that tests damage copies of."""
    folder = tmp_path_factory.mktemp("whole")
    engine = with_tables(folder / "bloc.db")
    played(cycle_of(Database(engine), plan()))
    write_backup(engine, folder / "backup.bloc", NOW)
    engine.dispose()
    return folder / "backup.bloc"


@pytest.fixture
def file(scored: Year, tmp_path: Path) -> Path:
    file = tmp_path / "backup.bloc"
    write_backup(scored.base.engine, file, NOW)
    return file


@pytest.fixture(params=KINDS)
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Return a database that was never used."""
    with new_database(request.param, "restored") as url:
        engine = open_engine(url or f"sqlite:///{tmp_path / 'restored.db'}")
        yield engine
        engine.dispose()


@pytest.fixture(scope="module")
def tables_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database that has its tables, and nothing in them."""
    file = tmp_path_factory.mktemp("empty") / "empty.db"
    engine = with_tables(file)
    engine.dispose()
    return file


@pytest.fixture
def new(tmp_path: Path, tables_alone: Path) -> Iterator[Engine]:
    """Return a database that was opened once, and never used."""
    engine = open_engine(f"sqlite:///{shutil.copy(tables_alone, tmp_path / 'new.db')}")
    yield engine
    engine.dispose()


@pytest.fixture
def unused(tmp_path: Path) -> Iterator[Engine]:
    """Return a database that has no tables yet."""
    engine = open_engine(f"sqlite:///{tmp_path / 'unused.db'}")
    yield engine
    engine.dispose()


def rows(engine: Engine) -> dict[str, list[Any]]:
    with engine.connect() as connection:
        return {
            table.name: sorted((tuple(map(str, row)) for row in connection.execute(select(table))), key=str)
            for table in tables()
        }


def changed(file: Path, other: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """Return a copy of a backup in which ``change`` has been made to the members."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(other, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return other


def with_manifest(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, bytes]], None]:
    def act(members: dict[str, bytes]) -> None:
        manifest = json.loads(members["manifest.json"])
        change(manifest)
        members["manifest.json"] = json.dumps(manifest).encode()

    return act


def rewritten(table: str, change: Callable[[bytes], bytes]) -> Callable[[dict[str, bytes]], None]:
    """Return a change to a table's lines by somebody who knows to reckon the hash anew."""

    def act(members: dict[str, bytes]) -> None:
        name = f"tables/{table}.jsonl"
        members[name] = change(members[name])
        digest = hashlib.sha256(members[name]).hexdigest()
        with_manifest(lambda manifest: manifest["tables"][table].update(sha256=digest))(members)

    return act


def test_what_is_restored_is_what_was_backed_up_on_either_kind_of_database(scored, file, elsewhere):
    made = restore_backup(elsewhere, file)

    assert rows(elsewhere) == rows(scored.base.engine)
    assert made.files == len({row[0] for row in rows(elsewhere)["storedfile"]})
    with Session(elsewhere) as session:
        assert files.read(session, files.digest_of(LARGE)) == LARGE
        cycle = queries.cycle_by_key(session, scored.key)
        (result,) = session.exec(select(Result)).all()
        assert first_difference(session, cycle, result) is None
        assert check_trail(session, cycle).fault is None


def test_a_restored_year_goes_on(scored, file, elsewhere):
    restore_backup(elsewhere, file)

    elsewhere_year = Year(Database(elsewhere), scored.key)
    elsewhere_year.send_sheet("u3", "2030-12-05 10:00", {"u1": 20})

    result = elsewhere_year.aggregate("2030-12-05 10:01")
    assert result is not None and result.version == 2


def test_who_is_signed_in_is_left_out(scored, file, new):
    restore_backup(new, file)

    with Session(new) as session:
        assert session.exec(select(func.count()).select_from(SignedIn)).one() == 0
    with zipfile.ZipFile(file) as archive:
        assert not any(b"a-digest" in archive.read(name) for name in archive.namelist())


def test_a_backup_is_of_one_moment_though_somebody_writes_meanwhile(scored, tmp_path, new, monkeypatch):
    from bloc.backup import written

    before = rows(scored.base.engine)
    first = written._write_table

    def write_and_be_disturbed(archive, connection, table):
        if table.name == "deposit":
            monkeypatch.setattr(written, "_write_table", first)
            scored.send_sheet("u1", "2030-12-05 11:00", {"u2": 3})
        return first(archive, connection, table)

    monkeypatch.setattr(written, "_write_table", write_and_be_disturbed)
    write_backup(scored.base.engine, tmp_path / "busy.bloc", NOW)
    restore_backup(new, tmp_path / "busy.bloc")

    assert rows(new) == before != rows(scored.base.engine)


def test_a_backup_is_for_its_owner_alone_and_is_never_written_over(scored, file):
    kept = file.read_bytes()

    with pytest.raises(NotAllowed, match="exists already"):
        write_backup(scored.base.engine, file, NOW)

    assert file.read_bytes() == kept
    assert file.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in file.parent.glob("*.part")) == []


def test_a_database_that_holds_something_is_left_as_it_is(scored, file, new):
    with Session(new) as session:
        session.add(Bloc(code="x", name="X"))
        session.commit()

    with pytest.raises(NotAllowed, match="not empty"):
        restore_backup(new, file)

    with Session(new) as session:
        assert [bloc.code for bloc in session.exec(select(Bloc))] == ["x"]


def test_a_backup_of_an_older_revision_is_brought_up_to_date(unused, tmp_path):
    """Made by hand as an older version would have made it: its columns, its kinds, its revision."""
    upgrade(unused, "0001")
    columns = {"id": "uuid", "code": "text", "name": "text"}
    line = b'{"id":"9d2f6c0e-9c9a-4a53-8f5c-0a0f5e6f7a11","code":"k","name":"Kh\xe1\xbb\x91i"}\n'
    table = {"columns": columns, "rows": 1, "sha256": hashlib.sha256(line).hexdigest()}
    manifest = {
        "form": 1, "revision": "0001", "code_version": "0.0.1", "made_at": NOW.isoformat(), "files": 0,
        "tables": {"bloc": table},
    }  # fmt: skip
    older = tmp_path / "older.bloc"
    with zipfile.ZipFile(older, "w") as archive:
        archive.writestr("tables/bloc.jsonl", line)
        archive.writestr("manifest.json", json.dumps(manifest))

    restore_backup(unused, older)

    assert revision_of(unused) == HEAD
    with Session(unused) as session:
        assert [bloc.name for bloc in session.exec(select(Bloc))] == ["Khối"]


DAMAGES: dict[str, Callable[[dict[str, bytes]], object]] = {
    "no manifest": lambda members: members.pop("manifest.json"),
    "a manifest that is none": lambda members: members.update({"manifest.json": b"{}"}),
    "a newer form": with_manifest(lambda manifest: manifest.update(form=2)),
    "a newer revision": with_manifest(lambda manifest: manifest.update(revision="9999")),
    "a revision that is a path": with_manifest(lambda manifest: manifest.update(revision="../x")),
    "a table that is unknown": with_manifest(lambda m: m["tables"].update(strange=m["tables"]["bloc"])),
    "a kind that is unknown": with_manifest(lambda m: m["tables"]["bloc"]["columns"].update(name="pickle")),
    "a column too few": with_manifest(lambda m: m["tables"]["bloc"]["columns"].pop("name")),
    "a table left out": with_manifest(lambda m: m["tables"].pop("point")),
    "a row too few": lambda members: members.update({"tables/unit.jsonl": members["tables/unit.jsonl"].split(b"\n", 1)[1]}),
    "a changed row": lambda members: members.update(
        {"tables/point.jsonl": members["tables/point.jsonl"].replace(b"10000", b"11000", 1)}
    ),
    "a row that is none": rewritten("unit", lambda lines: b"[]\n" + lines.split(b"\n", 1)[1]),
    "a row that refers to nothing": rewritten("unit", lambda lines: lines.replace(b'"bloc_id":"', b'"bloc_id":"0', 1)),
    "a row twice": rewritten("contact", lambda lines: lines.split(b"\n", 1)[0] + b"\n" + lines),
    "a state that there is none of": rewritten("cycle", lambda lines: lines.replace(b'"live"', b'"dead"')),
    "a file left out": lambda members: members.pop(next(name for name in members if name.startswith("files/"))),
    "a file too many": lambda members: members.update({"files/" + "0" * 64: b""}),
    "a changed file": lambda members: members.update({next(n for n in members if n.startswith("files/")): b"x"}),
    "something else": lambda members: members.update({"../../etc/passwd": b""}),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_backup_is_refused_and_nothing_is_restored(damage, whole, tmp_path, new):
    other = changed(whole, tmp_path / "changed.bloc", damage)

    with pytest.raises(BackupRefused):
        restore_backup(new, other)

    assert_empty(new)


def test_of_a_damaged_backup_a_database_without_tables_gets_the_tables_alone(whole, tmp_path, unused):
    other = changed(whole, tmp_path / "changed.bloc", DAMAGES["a changed file"])

    with pytest.raises(BackupRefused):
        restore_backup(unused, other)

    assert_empty(unused)


@pytest.mark.parametrize("where", [0.0, 0.3, 0.6, 0.9, 1.0], ids=lambda where: f"at {where:.0%}")
def test_a_backup_that_is_cut_off_or_has_a_flipped_byte_is_refused(where, whole, tmp_path, new):
    data = bytearray(whole.read_bytes())
    cut = tmp_path.joinpath("cut.bloc")
    cut.write_bytes(data[: int(len(data) * where) - (where == 1.0)])
    at = min(int(len(data) * where), len(data) - 3)
    data[at] ^= 0xFF
    flipped = tmp_path.joinpath("flipped.bloc")
    flipped.write_bytes(data)

    with pytest.raises(BackupRefused):
        restore_backup(new, cut)

    try:
        restore_backup(new, flipped)
    except BackupRefused:
        assert_empty(new)
    else:  # a byte that means nothing, such as a time in the zip, may be another one
        assert rows(new) != {}


def assert_empty(engine: Engine) -> None:
    assert {name: found for name, found in rows(engine).items() if found and name != "wakeup"} == {}


def test_no_table_is_forgotten(whole):
    with zipfile.ZipFile(whole) as archive:
        kept = set(json.loads(archive.read("manifest.json"))["tables"])

    assert set(SQLModel.metadata.tables) - kept == {"signin", "signedin", "filechunk"}
