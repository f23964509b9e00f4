"""Turn what stands in a score cell into exact points: what is certain is read, all else is refused."""

import math
import re
from collections.abc import Iterable
from datetime import date, time, timedelta
from decimal import Decimal
from unicodedata import category

from bloc.language import Message, say
from bloc.rules.criteria import THOUSANDTHS, Criterion
from bloc.sheets.form import Content
from bloc.sheets.layout import plain

Value = int | float | str | bool | date | time | timedelta | None  # what calamine makes of a cell

NOISE = Decimal("1e-9")  # of a point: how far a binary fraction may lie from the decimal number that was meant
QUICK_NOISE = 1e-7  # of a thousandth: as NOISE, less what multiplying adds
LARGEST = 1e6  # points
SHOWN = 40  # characters of a typed text that a fault repeats
_NUMBER = re.compile(r"([-\u2212\u2013]?)([0-9]{1,6})(?:([.,])([0-9]{1,9}))?")  # minus: hyphen, sign, dash


class NotPoints(Exception):
    """A cell does not hold points; ``message`` says why."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


def points_in(value: Value, criterion: Criterion, step: int) -> int:
    """Return the points in a cell, in thousandths, exactly as typed.

    Args:
        value: what the workbook holds: a number, or a text such as "9,5" or " 9.5 ".
        criterion: whose bounds hold.
        step: in thousandths of a point; the points are a multiple of it.

    Raises:
        NotPoints: the cell is empty, is no number or no certain one, or breaks the bounds or the step.
    """
    scaled = _number(value, criterion) * THOUSANDTHS
    if (broken := breaks(scaled, criterion, step)) is not None:
        raise NotPoints(broken)
    return int(scaled)


def breaks(scaled: Decimal | int, criterion: Criterion, step: int) -> Message | None:
    """Return which of the criterion's rules points break, its bounds or the ``step``; None if they keep to them.

    Args:
        scaled: in thousandths of a point; what was typed may be finer than those.
        step: in thousandths of a point.
    """
    points, bounds = _decimal(Decimal(scaled) / THOUSANDTHS), _bounds(criterion)
    if scaled > criterion.maximum:
        return say("{points} exceeds the maximum of {maximum}.", points=points, **bounds)
    if scaled < criterion.minimum:
        return say("{points} is below the minimum of {minimum}.", points=points, **bounds)
    return say("{points} is not a multiple of {step}.", points=points, step=shown(step)) if scaled % step else None


def quick_points(values: Iterable[Value], criterion: Criterion, step: int) -> list[int | None]:
    """Return the points of those values that are plain numbers and keep to the rules; None for all others.

    It says nothing that ``points_in`` would not say, at a fraction of the time.
    """
    low, high, found = criterion.minimum, criterion.maximum, []
    for value in values:
        points = None
        if type(value) is float and low <= (scaled := value * THOUSANDTHS) <= high:
            if scaled % step == 0:
                points = int(scaled)
            elif abs(scaled - (nearest := round(scaled))) <= QUICK_NOISE and nearest % step == 0:
                points = nearest
        found.append(points)
    return found


def total_in(value: Value) -> int | None:
    """Return the total that a cell shows, in thousandths of a point; None if it shows no number."""
    if isinstance(value, bool | date | time | timedelta | None):
        return None
    number = _of_float(value) if isinstance(value, int | float) else _of_text(plain(value))
    return None if number is None else _thousandths(number)


def content_of(value: Value) -> Content:
    """Return what stands in a cell so that it can be written again: a number as one where it is exact, else its text."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = _of_float(value)
        exact = None if number is None else _thousandths(number)
        return str(value).replace(".", ",") if exact is None else exact
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return plain(value) or None


def text_of(value: Value) -> str:
    """Return what stands in a cell of text, as it is read in Vietnam, though a program made a number or a date of it."""
    content = content_of(value)
    return f"{Decimal(content) / THOUSANDTHS:f}".replace(".", ",") if isinstance(content, int) else content or ""


def _number(value: Value, criterion: Criterion) -> Decimal:
    if isinstance(value, date | time | timedelta):
        raise NotPoints(say("a date stands here; format the cell as a number and type the points again."))
    text, bounds = plain(value), _bounds(criterion)
    if not text:
        raise NotPoints(say("there are no points yet; expected: {minimum} to {maximum}.", **bounds))
    number = None
    if not isinstance(value, bool):
        number = _of_float(value) if isinstance(value, int | float) else _of_text(text)
    if number is None:
        bounds["typed"] = cut(text)
        raise NotPoints(say("“{typed}” is not a number; expected: {minimum} to {maximum}.", **bounds))
    return number


def _bounds(criterion: Criterion) -> dict[str, Message | str]:
    return {"minimum": shown(criterion.minimum), "maximum": shown(criterion.maximum)}


def _of_float(value: float) -> Decimal | None:
    if not math.isfinite(value) or abs(value) >= LARGEST:
        return None
    number = Decimal(repr(value))
    nearest = round(number, 3)
    return nearest if abs(number - nearest) <= NOISE else number


def _of_text(text: str) -> Decimal | None:
    match = _NUMBER.fullmatch(text)
    if match is None or _may_mean_thousands(match):
        return None
    sign, whole, _point, fraction = match.groups()
    return Decimal(f"{'-' if sign else ''}{whole}.{fraction or 0}")


def _may_mean_thousands(match: re.Match[str]) -> bool:
    """Return whether a text such as "1.250" could as well be more than a thousand, as a point groups digits in Vietnam."""
    return match[3] == "." and len(match[4]) == 3 and match[2] != "0"


def _thousandths(number: Decimal) -> int | None:
    scaled = number * THOUSANDTHS
    return int(scaled) if scaled == scaled.to_integral_value() else None


def shown(thousandths: int) -> Message:
    """Return points to be worded later, with the decimal separator of the reader's language."""
    return _decimal(Decimal(thousandths) / THOUSANDTHS)


def _decimal(number: Decimal) -> Message:
    whole, _point, fraction = f"{number:f}".partition(".")
    fraction = fraction.rstrip("0")
    return say("{whole}.{fraction}", whole=whole, fraction=fraction) if fraction else say("{whole}", whole=whole)


def cut(text: str) -> str:
    """Return a text fit to be repeated in a fault: short, and with those signs named that nobody sees or that turn it round."""
    seen = "".join(f"⟨U+{ord(sign):04X}⟩" if category(sign) in ("Cc", "Cf", "Cs", "Co") else sign for sign in text[:SHOWN])
    return seen if len(text) <= SHOWN else seen + "…"
