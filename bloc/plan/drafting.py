"""A plan file made from a few answers: the usual year of a bloc, for its secretary to go on from."""

import textwrap
from collections.abc import Collection, Mapping
from contextvars import copy_context
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unicodedata import combining, normalize

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bloc import language
from bloc.enums import MemberRole
from bloc.plan.checks import plan_of
from bloc.plan.descriptions import DESCRIPTIONS
from bloc.plan.reading import read_source
from bloc.plan.schema import REMINDERS_AT, Bloc, Contact, Policies, Unit

TEMPLATES = Path(__file__).parents[2] / "templates" / "plan"
WIDTH = 124  # columns of a comment's lines
LONGEST_CODE = 24  # letters of a proposed code: it is typed in commands
WRITTEN_IN = "vi"  # the language of the template, and so of its comments
A_MONTH = timedelta(days=30)  # between the day on which an activity opens and its deadline


@dataclass(frozen=True)
class Answers:
    """What is asked before a plan can be drafted.

    ``contacts`` gives the address of a unit, by its code; one that is not there is not known yet. ``midyear`` and ``year_end``
    are the last days in time of the reports, and of the score sheets; None: to be dated.
    """

    bloc: Bloc
    year: int
    units: tuple[Unit, ...]
    secretary: Contact
    contacts: Mapping[str, str]
    midyear: date | None
    year_end: date | None


def draft_plan(answers: Answers, today: date) -> str:
    """Return the text of a plan file that passes its own check; ``today`` stands for the day on which the plan is issued.

    Raises:
        PlanRefused: the answers do not go together, such as two leaders.
    """
    text = copy_context().run(_draft, answers, today)
    plan_of(read_source(f"{answers.bloc.code}-{answers.year}.yaml", text.encode()))
    return text


def _draft(answers: Answers, today: date) -> str:
    language.use(WRITTEN_IN)
    roles = {unit.role: unit.name for unit in answers.units}
    return _environment().get_template("plan.yaml").render(
        **vars(answers), today=today, example_day=date(answers.year, 12, 1), policies=Policies(),
        at=REMINDERS_AT.isoformat("minutes"), leader=roles.get(MemberRole.LEADER), has_deputy=MemberRole.DEPUTY in roles,
    )  # fmt: skip


class Plain(str):
    """A text that stands in the file as it is; all others are quoted."""

    __slots__ = ()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - it is YAML: _written quotes every text
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_written,
    )
    environment.filters |= {
        "plain": Plain,
        "explained": _explained,
        "short_day": language.short_day,
        "month_before": lambda day: day - A_MONTH,
    }
    return environment


def _written(value: Any) -> Any:
    """Return a value as it is written into the file: a text in double quotes, whatever signs it has."""
    if type(value) is not str:
        return value
    return yaml.safe_dump(value, default_style='"', allow_unicode=True, width=float("inf")).strip()


def _explained(key: str, indent: int = 0) -> Plain:
    """Return what a key means, to be set behind "# "; further lines begin with it, ``indent`` spaces in."""
    lines = textwrap.wrap(str(DESCRIPTIONS[key]), WIDTH - indent, break_long_words=False, break_on_hyphens=False)
    return Plain(f"\n{' ' * indent}# ".join(lines))


def proposed_code(name: str, taken: Collection[str] = ()) -> str:
    """Return a code for what is called ``name``: its words without accents, or their first letters; else dv1, dv2 ..."""
    words = plain_words(name)
    whole, letters = "-".join(words), "".join(word[0] for word in words)
    numbered = (f"dv{number}" for number in range(1, len(taken) + 2))
    fit = (code for code in (whole, letters) if code and len(code) <= LONGEST_CODE)
    return next(code for code in (*fit, *numbered) if code not in taken)


def plain_words(name: str) -> list[str]:
    """Return the words of a name without accents, in small letters."""
    plain = "".join(sign for sign in normalize("NFD", name.lower().replace("đ", "d")) if not combining(sign))
    return "".join(sign if sign.isascii() and sign.isalnum() else " " for sign in plain).split()
