import pytest
from sqlmodel import Session, select

from bloc import files
from bloc.db import unit_of_work
from models import FileChunk, StoredFile


@pytest.mark.parametrize(
    ("size", "chunks"),
    [(0, 0), (1, 1), (files.CHUNK, 1), (files.CHUNK + 1, 2), (2 * files.CHUNK + 7, 3)],
    ids=["empty", "a byte", "a chunk", "a chunk and a byte", "three chunks"],
)
def test_a_file_comes_back_as_it_was(base, size, chunks):
    data = bytes(range(251)) * (size // 251 + 1)
    data = data[:size]

    with unit_of_work(base) as work:
        sha256 = files.put(work.session, data)

    with Session(base.engine) as session:
        assert files.read(session, sha256) == data
        assert len(session.exec(select(FileChunk)).all()) == chunks


def test_the_same_bytes_are_kept_once(base):
    with unit_of_work(base) as work:
        first = files.put(work.session, b"abc"), files.put(work.session, b"abc")
    with unit_of_work(base) as work:
        second = files.put(work.session, b"abc")

    with Session(base.engine) as session:
        assert {*first, second} == {"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}
        assert [file.size for file in session.exec(select(StoredFile))] == [3]


def test_a_file_is_not_kept_without_its_row(base):
    class PowerFails(Exception):
        """Halfway."""

    def put_and_fail():
        with unit_of_work(base) as work:
            files.put(work.session, b"abc")
            raise PowerFails

    with pytest.raises(PowerFails):
        put_and_fail()

    with Session(base.engine) as session:
        assert session.exec(select(StoredFile)).all() == []
