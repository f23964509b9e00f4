"""An archive whose every byte is told by what is in it: entries stored as they are, in order, without dates."""

import hashlib
import io
import zipfile
from collections.abc import Mapping

SUMS = "SHA256SUMS"  # as `sha256sum --check` reads it


class NoArchive(ValueError):
    """These bytes are no archive that ``pack`` has made."""


def pack(entries: Mapping[str, bytes]) -> bytes:
    """Return a .zip of ``entries`` (name -> bytes) and of their SHA-256; the same entries give the same bytes everywhere.

    Nothing is packed tighter: what that gives depends on the library's version.
    """
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, data in sorted({**entries, SUMS: _sums(entries)}.items()):
            archive.writestr(entry(name), data)
    return target.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    """Return the entries of an archive, its sums among them.

    Raises:
        NoArchive: it cannot be read, is packed, or names an entry twice.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = archive.infolist()
            if any(each.compress_type != zipfile.ZIP_STORED for each in found) or len({e.filename for e in found}) < len(found):
                raise NoArchive
            return {each.filename: archive.read(each) for each in found}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, UnicodeError) as error:
        raise NoArchive from error


def changed(entries: Mapping[str, bytes]) -> list[str]:
    """Return the names of the entries whose bytes are not those of the sums; the sums themselves if they name others."""
    lines = entries.get(SUMS, b"").decode(errors="replace").splitlines()
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    found = {name: hashlib.sha256(data).hexdigest() for name, data in entries.items() if name != SUMS}
    if sums.keys() != found.keys():
        return [SUMS]
    return [name for name, digest in sorted(found.items()) if sums[name] != digest]


def _sums(entries: Mapping[str, bytes]) -> bytes:
    return "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(entries.items())).encode()


def entry(name: str) -> zipfile.ZipInfo:
    """Return an entry that tells neither when nor on which system it was written."""
    entry = zipfile.ZipInfo(name)  # dated with the first day that a .zip knows
    entry.create_system = 3  # else it tells which system wrote it
    entry.external_attr = 0o644 << 16
    return entry
