"""What a document says of itself beside its text: who issues it, under which number, where and when, who signs, who gets it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

BLANK = "…"
LEADER = "⋯"  # dots up to the right margin
SHORT = 3  # months below it have a leading nought


@dataclass(frozen=True)
class Letterhead:
    """The frame of a document.

    Args:
        parent, issuer: the lines of who issues it; ``place`` stands before the date.
        symbol: what follows the slash of its number ("KH-KTĐ"); "" if it has no number.
        year: whose year stands in the date while the day is open.
        number: with its symbol, "09/KH-KTĐ", and ``day``; both None while the clerk has not given them.
        signing: the lines above the signature; ``signer`` the name below it, "" where it is open.
        recipients: the list of who gets it, without its marks; the last is where it is filed.
    """

    parent: str
    issuer: str
    place: str
    symbol: str
    year: int
    number: str | None = None
    day: date | None = None
    signing: Sequence[str] = ()
    signer: str = ""
    recipients: Sequence[str] = ()

    @property
    def number_line(self) -> str:
        """Return the line of number and symbol; the number is left open while there is none."""
        return f"Số: {self.number or f'{BLANK * 3}/{self.symbol}'}"

    @property
    def place_and_date(self) -> str:
        """Return the line of place and date."""
        return f"{self.place}, {long_day(self.day, self.year)}"


def long_day(day: date | None, year: int) -> str:
    """Return a day as documents are dated, "ngày 09 tháng 4 năm 2024"; without one its figures are left open."""
    if day is None:
        return f"ngày {BLANK} tháng {BLANK} năm {year}"
    month = f"{day.month:02}" if day.month < SHORT else str(day.month)
    return f"ngày {day.day:02} tháng {month} năm {day.year}"
