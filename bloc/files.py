"""Files live in the database, by their SHA-256, in chunks: a row and its file commit together."""

import hashlib
from contextlib import suppress

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from bloc.errors import NotAllowed
from bloc.language import say
from models import FileChunk, StoredFile

CHUNK = 1_000_000  # bytes


def digest_of(data: bytes) -> str:
    """Return the SHA-256 of ``data``, in hex: the name that it is kept under."""
    return hashlib.sha256(data).hexdigest()


def check_size(data: bytes, limit: int) -> None:
    """Raise NotAllowed if ``data`` has more than ``limit`` bytes."""
    if len(data) > limit:
        raise NotAllowed(say("The file is larger than {limit} MB. Please send a smaller one.", limit=limit / 1_000_000))


def put(session: Session, data: bytes) -> str:
    """Keep ``data`` and return its SHA-256 in hex; what is already there is not kept twice."""
    sha256 = digest_of(data)
    if session.get(StoredFile, sha256) is None:
        with suppress(IntegrityError), session.begin_nested():  # another bloc may be keeping the same bytes at this moment
            session.add(StoredFile(sha256=sha256, size=len(data)))
            session.flush()
            starts = range(0, len(data), CHUNK)
            session.add_all(
                FileChunk(sha256=sha256, position=n, data=data[start : start + CHUNK]) for n, start in enumerate(starts)
            )
    return sha256


def read(session: Session, sha256: str) -> bytes:
    """Return the bytes of a file that ``put`` has kept."""
    chunks = select(FileChunk).where(FileChunk.sha256 == sha256).order_by(col(FileChunk.position))
    return b"".join(chunk.data for chunk in session.exec(chunks))
