"""The attendance list of a conference, with room to sign: a Vietnamese document whatever its reader's language."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bloc.documents.decree.layout import lay_out
from bloc.documents.decree.letterhead import BLANK, Letterhead
from bloc.documents.decree.markup import plain, read

HEADS = "| TT | Đơn vị | Họ và tên, chức vụ | Ký tên"
ABSENT = "(báo vắng)"


@dataclass(frozen=True)
class Invited:
    """A unit on the list: ``who`` comes, as it answered, and how many ``people``; 0: it has said that nobody does."""

    unit: str
    who: str = ""
    people: int = 1


def make_attendance_list(head: Letterhead, subject: str, held: Sequence[str], units: Sequence[Invited]) -> bytes:
    """Return an attendance list as .docx, a line for each person who comes; the same values give the same bytes.

    Args:
        subject: which conference; ``held``: its time and its place, "" where they are open.
    """
    time, place = (plain(each) or BLANK * 3 for each in held)
    lines = ["type: DANH SÁCH ĐẠI BIỂU DỰ HỘI NGHỊ", f"subject: {plain(subject)}", "date: none", "---"]
    lines += [f"*Thời gian:* {time}.", f"*Địa điểm:* {place}.", "|: 7c 38 33 22", HEADS, *_rows(units)]
    lines += [f"Tổng số có mặt: {BLANK} đại biểu của {BLANK}/{len(units):02} đơn vị.", "@signers THƯ KÝ | CHỦ TRÌ HỘI NGHỊ"]
    return lay_out(read("\n".join(lines)), head)


def _rows(units: Sequence[Invited]) -> Iterator[str]:
    people = [(unit, person) for unit in units for person in range(max(unit.people, 1))]
    for number, (unit, person) in enumerate(people, 1):
        who = "" if person else plain(unit.who) if unit.people else ABSENT
        yield f"| {number} | {plain(unit.unit)} | {who} | "
