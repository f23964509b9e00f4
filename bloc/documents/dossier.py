"""The dossier that goes to the city: what is in it and what is missing, as one archive and as one .pdf with bookmarks.

A part is taken as it is. Who opens the archive years later finds in its table of contents the pages and the hash of each.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePath

from bloc.documents.archive import pack
from bloc.documents.decree.layout import lay_out
from bloc.documents.decree.letterhead import Letterhead
from bloc.documents.decree.markup import plain, read
from bloc.documents.pdfs import Pages, merged, readable
from bloc.documents.preview import as_far_as_pdf
from bloc.files import digest_of
from bloc.language import Message, say, told_in

CONTENTS = "00-muc-luc.docx"
PICTURES = {  # how they begin, by their ending
    ".png": (b"\x89PNG",),
    ".jpg": (b"\xff\xd8",),
    ".jpeg": (b"\xff\xd8",),
    ".tif": (b"II*", b"MM"),
    ".tiff": (b"II*", b"MM"),
}
ROMAN = ("I", "II", "III", "IV", "V")


class Chapter(Enum):
    """A part of the dossier, in its order: what it is called, and its folder in the archive."""

    SUBMISSION = (say("Submission letter"), "1-to-trinh")
    MINUTES = (say("Minutes"), "2-bien-ban")
    BLOC_REPORT = (say("Report and result of the bloc"), "3-bao-cao-cua-khoi")
    ACHIEVEMENTS = (say("Achievement reports of the units"), "4-bao-cao-cua-don-vi")
    EVIDENCE = (say("Evidence that the units have sent"), "5-minh-chung")

    @property
    def heading(self) -> Message:
        """Return what it is called."""
        return self.value[0]

    @property
    def folder(self) -> str:
        """Return its folder."""
        return self.value[1]

    @property
    def number(self) -> str:
        """Return its place, as it stands before its heading."""
        return ROMAN[list(Chapter).index(self)]


@dataclass(frozen=True)
class Part:
    """A file of the dossier: its title, how it stands ("issued and signed"), and ``stem`` and ``ending`` of its name.

    ``place``: of the unit that it is about, where a chapter goes by units.
    """

    chapter: Chapter
    title: Message
    state: Message
    stem: str
    ending: str
    data: bytes
    place: int = 0


@dataclass(frozen=True)
class Missing:
    """What the dossier lacks, or what is not ready yet, and why."""

    chapter: Chapter
    title: Message
    why: Message


@dataclass(frozen=True)
class Dossier:
    """All that goes to the city for a year; ``parts`` and ``missing`` are in the order of the chapters."""

    head: Letterhead
    parts: Sequence[Part]
    missing: Sequence[Missing]

    @property
    def files(self) -> Mapping[str, Part]:
        """Return the parts by the names of their files, which begin with their chapter and their number."""
        return {
            f"{part.chapter.folder}/{number:02}-{part.stem}{part.ending}": part for number, part in enumerate(self.parts, 1)
        }


@dataclass(frozen=True)
class Written:
    """A dossier as files: the archive, and ``pdf``: its parts as one, None where that cannot be had.

    ``left_out``: the names of parts that are in the archive alone, for no pages of them can be had.
    """

    archive: bytes
    pdf: bytes | None
    left_out: Sequence[str]


def write(dossier: Dossier, *, pdf: bool) -> Written:
    """Return a dossier as files; the same parts give the same bytes, on machines that have the same LibreOffice or none.

    Args:
        pdf: whether the one .pdf is wanted: the table of contents is then converted, too.
    """
    parts = dossier.files
    pages = _pages({name: part.data for name, part in parts.items()})
    contents = told_in("vi", _contents, dossier, pages)
    written = lay_out(read(contents), dossier.head)
    archive = pack({CONTENTS: written, **{name: part.data for name, part in parts.items()}})
    first = _pages({CONTENTS: written}).get(CONTENTS) if pdf else None
    whole = merged(list(_chapters(dossier, pages, first))) if first else None
    return Written(archive, whole, [name for name in parts if name not in pages])


def _pages(given: Mapping[str, bytes]) -> dict[str, Pages]:
    """Return the pages of those files that are a .pdf or can be made one."""
    as_they_are = {name: data for name, data in given.items() if PurePath(name).suffix.lower() == ".pdf"}
    made = as_far_as_pdf({name: data for name, data in given.items() if name not in as_they_are and _is_whole(name, data)})
    found = readable(as_they_are | made)
    return {name: found[name] for name in given if name in found}


def _is_whole(name: str, data: bytes) -> bool:
    """Return whether a file is of the kind that its name says: LibreOffice would print any other as a text."""
    ending = PurePath(name).suffix.lower()
    if ending != ".docx":
        return data.startswith(PICTURES.get(ending, ()))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.testzip() is None and "word/document.xml" in archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error):
        return False


def _chapters(
    dossier: Dossier, pages: Mapping[str, Pages], contents: Pages
) -> Iterator[tuple[str, Sequence[tuple[str, bytes]]]]:
    yield "", [("Mục lục", contents.data)]
    for chapter in Chapter:
        mine = {name: part for name, part in dossier.files.items() if part.chapter is chapter and name in pages}
        files = [(told_in("vi", str, part.title), pages[name].data) for name, part in mine.items()]
        if files:
            yield f"{chapter.number}. {told_in('vi', str, chapter.heading)}", files


def _contents(dossier: Dossier, pages: Mapping[str, Pages]) -> str:
    """Return the table of contents as marked text."""
    head, files = dossier.head, dossier.files
    lines = ["type: MỤC LỤC", f"subject: Hồ sơ đề nghị khen thưởng năm {head.year} của {plain(head.issuer)}", "date: none"]
    lines += ["page: landscape", "---", "|: 5c 44 7c 44", "| TT | Tài liệu | Số trang | Tệp trong hồ sơ; mã SHA-256"]
    number = 0
    for chapter in Chapter:
        lines.append(f"|* {chapter.number} | {plain(str(chapter.heading))} |  | ")
        for name, part in files.items():
            if part.chapter is chapter:
                number += 1
                count = str(pages[name].count) if name in pages else "-"
                said = f"{plain(str(part.title))} (_{plain(str(part.state))}_)"
                lines.append(f"| {number} | {said} | {count} | {plain(name)} {digest_of(part.data)}")
    total = sum(pages[name].count for name in files if name in pages)
    lines.append(f"Tổng số: {len(files):02} tài liệu, {total:02} trang.")
    lines += [*_left_out([name for name in files if name not in pages]), *_missing(dossier.missing)]
    return "\n".join(lines)


def _left_out(names: Sequence[str]) -> Iterator[str]:
    if names:
        yield "! Không đếm được số trang, không ghép được vào tệp .pdf chung (hỏng, có mật khẩu, không chuyển đổi được):"
        yield from (f"! - {plain(name)}" for name in names)


def _missing(missing: Sequence[Missing]) -> Iterator[str]:
    yield "# Tài liệu còn thiếu hoặc chưa hoàn thiện"
    if not missing:
        yield "Không có."
        return
    yield "|: 5c 51 44"
    yield "| TT | Tài liệu | Lý do"
    for number, each in enumerate(missing, 1):
        yield f"| {number} | {plain(str(each.title))} | {plain(str(each.why))}"
