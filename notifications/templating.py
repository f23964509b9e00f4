"""The templates of letters: one a message and language, read in two environments, as plain text and as HTML.

A template speaks in parts (``p``, ``facts``, ``table`` ...), in the frame and with the words of its language, ``_frame.j2`` and
``_words.j2``. The parts and the letter around it are those of the form: ``plain_text`` and ``templates/mail/text``, or
``templates/mail/html``, whose CSS is inlined when a template is loaded.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import css_inline
from jinja2 import BaseLoader, ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import do
from jinja2.runtime import Macro
from markupsafe import Markup

from bloc import language as words
from bloc.errors import Fault
from notifications import plain_text
from notifications.cleaning import one_line
from notifications.desk import mailto

TEMPLATES = Path(__file__).parent.parent / "templates" / "mail"
WRITTEN_IN = words.LANGUAGES


@cache
def plain(language: str) -> Environment:
    """Return the environment of plain text in ``language``."""
    environment = _environment(language, FileSystemLoader(TEMPLATES / "text"), autoescape=False)
    environment.globals |= plain_text.PARTS
    return _with_words(environment)


@cache
def html(language: str) -> Environment:
    """Return the environment of HTML in ``language``."""
    environment = _environment(language, _Styled(TEMPLATES / "html"), autoescape=True)
    environment.globals |= {"mailto": mailto}
    environment.filters["capital"] = _capital
    environment.globals |= _macros(environment, "_parts.j2")
    return _with_words(environment)


def _environment(language: str, form: BaseLoader, *, autoescape: bool) -> Environment:
    environment = Environment(
        loader=ChoiceLoader([FileSystemLoader(TEMPLATES / language), form]),
        undefined=StrictUndefined,
        autoescape=autoescape,  # noqa: S701 - plain text is not escaped
        extensions=[do],
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_cleaned,
    )
    environment.filters |= FILTERS
    environment.globals["language"] = language
    return environment


def _with_words(environment: Environment) -> Environment:
    environment.globals["words"] = SimpleNamespace(**_macros(environment, "_words.j2"))
    return environment


def _macros(environment: Environment, name: str) -> dict[str, Any]:
    module = vars(environment.get_template(name).module)
    return {name: _remembered(macro) for name, macro in module.items() if not name.startswith("_")}


def _remembered(macro: Any) -> Any:
    """Return the macro with a memory: most mails of a delivery say most of the same. What frames a block has none."""
    if not isinstance(macro, Macro) or macro.caller:
        return macro

    @lru_cache(maxsize=1024, typed=True)  # typed: what is markup, and what is to be escaped, may be equal
    def known(_language: str, *values: Any, **named: Any) -> Any:
        return macro(*values, **named)

    def said(*values: Any, **named: Any) -> Any:
        several = any(isinstance(value, list | tuple | dict) for value in (*values, *named.values()))
        if several:  # of what is in them no type would be looked at
            return macro(*values, **named)
        return known(words.in_use(), *values, **named)  # days and sentences are said in the language in use

    return said


def _capital(text: Markup) -> Markup:
    text = text.lstrip()
    return text[:1].upper() + text[1:]


def _cleaned(value: Any) -> Any:
    if type(value) is str:
        return one_line(value)
    return value.strip() if type(value) is Markup else value  # a block of text is clean, and keeps its lines


class _Styled(FileSystemLoader):
    """Load HTML with the style sheet inlined; @media remain."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, path, is_fresh = super().get_source(environment, template)
        css = (TEMPLATES / "html" / "style.css").read_text(encoding="utf-8")
        return _inlined(source, css), path, is_fresh


def _inlined(source: str, css: str) -> str:
    # An HTML parser moves text out of where only rows may stand. Comments it leaves alone.
    source = re.sub(r"\{#.*?#\}\n?", "", source, flags=re.DOTALL)
    source = re.sub(r"\{%(.*?)%\}", r"<!--%\1%-->", source)
    if "<style></style>" in source:
        whole = source.replace("<style></style>", f"<style>{css}</style>")
        styled = css_inline.inline(whole, keep_at_rules=True, load_remote_stylesheets=False)
    else:
        styled = css_inline.inline_fragment(source, css, load_remote_stylesheets=False)
    return re.sub(r"<!--%(.*?)%-->", r"{%\1%}", styled)


FILTERS: dict[str, Callable[..., Any]] = {
    "one_line": one_line,
    "capital": lambda text: text,  # a phrase that HTML sets in a cell of its own
    "short_day": lambda day: words.short_day(date.fromisoformat(day)),
    "week_day": lambda day: words.week_day(date.fromisoformat(day)),
    "clock_time": lambda moment: words.clock_time(datetime.fromisoformat(moment)),
    "rounded": lambda score, decimals: words.rounded(Fraction(score), decimals),
    "points": words.points,
    "counted": lambda number: f"{number:02}",
    "reason": lambda text: text.rstrip(". "),
    "fault": lambda fault: str(Fault.from_json(fault)),
    "sentence": lambda message: str(words.Message.from_json(message)),
}
