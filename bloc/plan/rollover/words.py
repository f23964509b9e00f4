"""Texts that name the old year, its days, its theme or its units, in the words of the new one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from bloc.language import short_day

# In the order in which they are tried: what looks like a year within a document's number, a day or a period is none.
NAMED = re.compile(
    r"(?P<number>\d+(?:/\d{4})?/[^\W\d]\w*)"
    r"|(?P<day>(?<!\d)(?P<d>\d{1,2})(?P<sign>[/.-])(?P<m>\d{1,2})(?P=sign)(?P<y>\d{4})(?!\d))"
    r"|(?P<long>(?<!\d)(?P<ld>\d{1,2}) tháng (?P<lm>\d{1,2}) năm (?P<ly>\d{4})(?!\d))"
    r"|(?P<period>(?<!\d)\d{4}\s*[-–]\s*\d{4}(?!\d))"
    r"|(?P<year>(?<!\d)\d{4}(?!\d))"
)
DAY_AND_MONTH = re.compile(r"(?<!\d)(\d{1,2})([/.-])(\d{1,2})(?![\d/.-]*\d)")


@dataclass(frozen=True)
class Shift:
    """From one year to another: days that have moved, and names that have changed."""

    old: int
    new: int
    days: Mapping[date, date] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def text(self, text: str) -> str:
        """Return ``text`` with the year, the days that have moved and the names that have changed."""
        return NAMED.sub(self._replaced, self._renamed(text))

    def phrase(self, phrase: str) -> str:
        """Return a deadline's words; they may name their day without its year."""
        said = self.text(phrase)
        return DAY_AND_MONTH.sub(self._day_of_year, said) if said == phrase else said

    def left(self, text: str) -> list[str]:
        """Return what still names the old year in a text that was shifted: days that no date of the plan explains, periods."""
        kept = (match for match in NAMED.finditer(text) if match["day"] or match["long"] or match["period"])
        return [match[0] for match in kept if str(self.old) in match[0] and _day(match) not in self.days.values()]

    def _renamed(self, text: str) -> str:
        if not self.names:
            return text
        known = "|".join(re.escape(name) for name in sorted(self.names, key=len, reverse=True))
        return re.sub(rf"(?<!\w)(?:{known})(?!\w)", lambda match: self.names[match[0]], text)

    def _replaced(self, match: re.Match[str]) -> str:
        if match["year"]:
            return str(self.new) if int(match["year"]) == self.old else match[0]
        moved = self.days.get(_day(match) or date.min)
        if moved is None:
            return match[0]
        written = short_day(moved)
        if match["long"]:
            day, month, year = written.split("/")
            return f"{day} tháng {month} năm {year}"
        return written.replace("/", match["sign"])

    def _day_of_year(self, match: re.Match[str]) -> str:
        named = (int(match[1]), int(match[3]))
        moved = next((new for old, new in self.days.items() if (old.day, old.month) == named), None)
        return match[0] if moved is None else short_day(moved).rpartition("/")[0].replace("/", match[2])


def _day(match: re.Match[str]) -> date | None:
    """Return the day that was found; None if it is none of the calendar, or no day."""
    figures = (match["y"], match["m"], match["d"]) if match["day"] else (match["ly"], match["lm"], match["ld"])
    try:
        return date(*(int(figure) for figure in figures)) if all(figures) else None
    except ValueError:
        return None
