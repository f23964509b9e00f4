"""What people read: messages in two languages (gettext), days and points as Vietnamese offices write them.

A text in the code is English and is its own key; ``locale/<language>/LC_MESSAGES/bloc.po`` holds the translations.
``make`` compiles the catalogues. A door calls ``use`` once.
"""

import gettext
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Self
from unicodedata import normalize

from bloc.clock import local

LOCALE = Path(__file__).parent.parent / "locale"
LANGUAGES = ("vi", "en")

_language: ContextVar[str] = ContextVar("language", default="vi")


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("bloc", LOCALE, [language], fallback=language == "en")


def use(language: str) -> None:
    """Choose the language of everything said from here on in this context: ``vi`` or ``en``."""
    _language.set(language)


def in_use() -> str:
    """Return the language in use."""
    return _language.get()


def told_in(language: str, tell: Callable[..., str], *about: Any) -> str:
    """Return what ``tell`` says of ``about`` in ``language``, whatever language is in use."""

    def told() -> str:
        use(language)
        return tell(*about)

    return copy_context().run(told)


def _(text: str) -> str:
    """Return ``text`` in the language in use."""
    return _catalogue(_language.get()).gettext(text)


@dataclass(frozen=True)
class Message:
    """A sentence that is put into words only when somebody reads it, so that each reads it in their own language.

    ``text`` is the English sentence with ``{names}``; ``values`` fills them in and is plain JSON.
    """

    text: str
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return _(self.text).format(**{name: _value(value) for name, value in self.values.items()})

    def to_json(self) -> dict[str, Any]:
        """Return the message as plain JSON, to be kept in a row."""
        return {"text": self.text, "values": self.values}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the message that ``to_json`` wrote."""
        return cls(data["text"], data["values"])


def _value(value: Any) -> Any:
    if isinstance(value, float):
        return _with_comma(f"{value:g}")
    return str(Message.from_json(value)) if isinstance(value, dict) else value


def say(text: str, **values: Any) -> Message:
    """Return a message to be worded later; ``text`` is a literal, so that the catalogue can be extracted from the code."""
    return Message(text, {name: v.to_json() if isinstance(v, Message) else v for name, v in values.items()})


def short_day(day: date) -> str:
    """Return a day in figures as Decree 30/2020 writes it: days under 10 and months under 3 with a nought, "06/6/2024"."""
    return f"{day.day:02}/{_month(day.month)}/{day.year}"


def _month(month: int) -> str:
    return f"{month:02}" if month < 3 else str(month)


WEEK_DAYS = (say("Monday"), say("Tuesday"), say("Wednesday"), say("Thursday"), say("Friday"), say("Saturday"), say("Sunday"))


def week_day(day: date) -> str:
    """Return a day with its weekday: "thứ Năm 06/6/2024"."""
    return f"{WEEK_DAYS[day.weekday()]} {short_day(day)}"


def clock_time(moment: datetime) -> str:
    """Return a moment in Vietnamese time: "15 giờ 05, thứ Năm 06/6/2024"."""
    there = local(moment)
    return _("{hour}:{minute} on {day}").format(hour=there.hour, minute=f"{there.minute:02}", day=week_day(there.date()))


def points(thousandths: int) -> str:
    """Return points, exact, without needless noughts: 9500 is "9,5" ("9.5" in English)."""
    text = f"{Decimal(thousandths) / 1000:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return _with_comma(text)


def rounded(score: Fraction, decimals: int = 2) -> str:
    """Return a score for the eye, rounded half up (away from zero) to ``decimals`` places: "92,50". Ranks never use it."""
    scale = 10**decimals
    whole = (2 * abs(score.numerator) * scale + score.denominator) // (2 * score.denominator)
    sign = "-" if score < 0 and whole else ""
    text = f"{whole // scale}" + (f".{whole % scale:0{decimals}}" if decimals else "")
    return _with_comma(sign + text)


def on_one_line(text: str) -> str:
    """Return what somebody typed as it may stand in a list: composed, without line breaks and signs that nobody can read."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in normalize("NFC", text)).split())


def _with_comma(number: str) -> str:
    return number.replace(".", ",") if _language.get() == "vi" else number
