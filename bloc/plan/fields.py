"""The kinds of value that plans and scenarios are made of: how each is read, and how an editor's schema describes it."""

import re
from datetime import date, time
from decimal import Decimal
from typing import Annotated
from unicodedata import category

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from bloc.rules.criteria import THOUSANDTHS
from bloc.rules.voting import share

LARGEST_POINTS = 100_000
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
ADDRESS = re.compile(rf"{ATOM}(?:\.{ATOM})*@(?:{LABEL}\.)+[A-Za-z]{{2,}}")
SHARE = {"type": "string", "pattern": r"^\s*[0-9]{1,3}/[0-9]{1,3}\s*$"}
LONGEST_ADDRESS = 254  # signs, RFC 5321


class Strict(BaseModel):
    """A mapping of a file: unknown keys are faults, and once read it does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_enum_values=False)


def _share(value: str) -> str:
    if share(value) is None:
        raise PydanticCustomError("share", "no share")
    return value


def _address(value: str) -> str:
    if len(value) > LONGEST_ADDRESS or not ADDRESS.fullmatch(value):
        raise PydanticCustomError("address", "no e-mail address")
    return value.lower()


def _thousandths(value: object) -> object:
    if isinstance(value, int):
        return value  # read back from a frozen copy
    try:
        exact = Decimal(str(value)) * THOUSANDTHS
        if abs(exact) <= LARGEST_POINTS * THOUSANDTHS and exact == int(exact):
            return int(exact)
    except ArithmeticError:  # no number at all, or none to compare with
        pass
    raise PydanticCustomError("points", "no number of points")


def _iso(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise PydanticCustomError("day", "no date")
    return value


def _clock(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"\d{2}:\d{2}(:\d{2})?", value):
        raise PydanticCustomError("clock", "no time of day")
    return value


def _one_line(value: str) -> str:
    if any(category(sign) in ("Cc", "Zl", "Zp") for sign in value):  # a mail's subject can hold none of them
        raise PydanticCustomError("one_line", "a line break")
    return value


# A YAML parser that types its scalars makes a number of an unquoted text of figures.
TEXT = {"type": ["string", "number"], "pattern": r"\S"}
LINE = {"type": ["string", "number"], "pattern": r"^\s*[^\x00-\x1f\x7f-\x9f\u2028\u2029]*\S\s*$", "maxLength": 500}
CODE = {"type": ["string", "integer"], "pattern": r"^[a-z0-9]+(-[a-z0-9]+)*$", "minimum": 0, "maxLength": 60}
CRITERION_CODE = {
    "type": ["string", "number"], "pattern": r"^[0-9A-Za-zĐđ]+([.\-][0-9A-Za-zĐđ]+)*$", "minimum": 0, "maxLength": 20
}  # fmt: skip
ADDRESS_AS_WRITTEN = {"type": "string", "format": "email", "pattern": f"^{ADDRESS.pattern}$", "maxLength": LONGEST_ADDRESS}
DAY = {"type": "string", "format": "date", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
CLOCK = {"type": "string", "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"}
POINTS = {  # three decimals are no "multipleOf": editors reckon in binary fractions and would refuse 0.07
    "type": ["number", "string"],
    "pattern": r"^[+-]?[0-9]+(\.[0-9]{1,3}0*)?$",
    "minimum": -LARGEST_POINTS,
    "maximum": LARGEST_POINTS,
}

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000), WithJsonSchema(TEXT)]
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(_one_line),
    WithJsonSchema(LINE),
]
Code = Annotated[str, StringConstraints(pattern=CODE["pattern"], max_length=60), WithJsonSchema(CODE)]
CriterionCode = Annotated[
    str, StringConstraints(pattern=CRITERION_CODE["pattern"], max_length=20), WithJsonSchema(CRITERION_CODE)
]
Address = Annotated[str, AfterValidator(_address), WithJsonSchema(ADDRESS_AS_WRITTEN)]
Share = Annotated[Line, AfterValidator(_share), WithJsonSchema(SHARE)]  # "2/3"
Year = Annotated[int, Field(ge=1990, le=2200)]
Day = Annotated[date, BeforeValidator(_iso), WithJsonSchema(DAY)]
Clock = Annotated[
    time,
    BeforeValidator(_clock),
    PlainSerializer(lambda t: t.isoformat("minutes"), return_type=str),
    WithJsonSchema(CLOCK),
]
Points = Annotated[int, BeforeValidator(_thousandths), WithJsonSchema(POINTS)]  # kept in 1/THOUSANDTHS of a point

__all__ = ["Address", "Clock", "Code", "CriterionCode", "Day", "Line", "Points", "Share", "Strict", "Text", "Year"]
