"""Templates of documents: where they lie, how they are filled in, and what is wrong with one. No code runs in them.

A template is ``<kind>.j2``: Jinja that makes marked text (bloc.documents.decree.markup). One of an installation's own folder
stands in for the shipped one; in that folder, one in a folder of the bloc's code before both.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import ChainableUndefined, Environment, FileSystemLoader, StrictUndefined, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from bloc.documents.decree.layout import Pictures, lay_out
from bloc.documents.decree.letterhead import BLANK, LEADER
from bloc.documents.decree.markup import BadMarkup, Marked, Picture, plain, read
from bloc.documents.values import Values
from bloc.enums import DocumentKind
from bloc.errors import Fault, InputRefused
from bloc.language import say

SHIPPED = Path(__file__).parents[2] / "templates" / "documents"
ENDING = ".j2"
MOST_TIMES = 100
GLOBALS = {"blank": BLANK * 6, "gap": BLANK * 3, "dots": Markup(LEADER)}  # noqa: S704 - marked text is no HTML
KNOWN = frozenset({*(field.name for field in fields(Values)), *GLOBALS})


class TemplateRefused(InputRefused):
    """A template of a document cannot be used."""


class Templates:
    """The templates of one bloc: its own, the installation's, and the shipped ones."""

    def __init__(self, folder: Path | None = None, bloc_code: str = "") -> None:
        own = [folder / bloc_code, folder] if folder else []
        self.folders = (*own, SHIPPED)

    def make(self, kind: DocumentKind, values: Values, pictures: Pictures | None = None) -> bytes:
        """Return a document as a .docx, with the ``pictures`` that its template asks for.

        Raises:
            TemplateRefused: its template is wrong.
        """
        faults = list(self._faults_in_text(kind))
        if not faults:
            try:
                return lay_out(_read(self._text(kind, values, StrictUndefined), values), values.head, pictures)
            except BadMarkup as error:
                faults = [_bad(error)]
            except Exception as error:  # a template is somebody's file: whatever it does is its fault, and told by its line
                faults = [Fault(_line(error), say("it cannot be filled in: {why}", why=str(error)))]
        raise TemplateRefused(say("The template of a document cannot be used: {path}", path=str(self.path(kind))), faults)

    def faults(self, kind: DocumentKind, values: Values) -> list[Fault]:
        """Return all that is wrong with a template, each by its line: found by reading it, and by filling ``values`` in."""
        faults = list(self._faults_in_text(kind))
        if faults:
            return faults
        unknown.clear()
        try:
            _read(self._text(kind, values, _Noting), values)
        except BadMarkup as error:
            faults = [_bad(error)]
        except Exception as error:  # as in ``make``
            faults = [Fault(_line(error), say("it cannot be filled in: {why}", why=str(error)))]
        named = [Fault(f"{place}", say("there is no {name}", name=name)) for name, place in dict.fromkeys(unknown)]
        return [*named, *faults]

    def path(self, kind: DocumentKind) -> Path:
        """Return the file that a kind's template is read from."""
        found = (folder / f"{kind}{ENDING}" for folder in self.folders)
        return next((path for path in found if path.is_file()), SHIPPED / f"{kind}{ENDING}")

    def _text(self, kind: DocumentKind, values: Values, missing: Any) -> str:
        given = {field.name: getattr(values, field.name) for field in fields(values)}
        return _environment(self.folders, missing).get_template(f"{kind}{ENDING}").render(given)

    def _faults_in_text(self, kind: DocumentKind) -> Iterator[Fault]:
        try:
            strangers = _strangers(self.path(kind).read_text(encoding="utf-8"))
        except TemplateSyntaxError as error:
            yield Fault(_place(error.lineno), say("it cannot be read: {why}", why=error.message or ""))
            return
        except UnicodeDecodeError:
            yield Fault("", say("it is no text in UTF-8"))
            return
        for line, name in strangers:
            yield Fault(_place(line), say("there is no {name}", name=name))


@lru_cache(maxsize=16)  # with the templates in it: to read one takes longer than to fill it in
def _environment(folders: tuple[Path, ...], missing: Any) -> SandboxedEnvironment:
    made = _Sandbox(
        loader=_Loader(folders), undefined=missing, autoescape=True, finalize=_plain, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True,
    )  # fmt: skip
    made.globals.clear()
    made.globals.update(GLOBALS)
    return made


class _Loader(FileSystemLoader):
    """Reads a template anew once its file has changed, or another has come to stand before it."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, path, is_same = super().get_source(environment, template)
        return source, path, lambda: is_same() and self._first(template) == Path(path)

    def _first(self, template: str) -> Path | None:
        return next((file for folder in self.searchpath if (file := Path(folder, template)).is_file()), None)


@lru_cache(maxsize=128)
def _strangers(text: str) -> tuple[tuple[int, str], ...]:
    """Return what a template asks for in vain, by its own text: lines and names.

    Raises:
        TemplateSyntaxError: it cannot be read.
    """
    tree = _environment((SHIPPED,), StrictUndefined).parse(text)
    unknown_here = find_undeclared_variables(tree) - KNOWN
    used = [(name.lineno, name.name) for name in tree.find_all(nodes.Name) if name.name in unknown_here and name.ctx == "load"]
    return tuple(dict.fromkeys(used))


def _read(text: str, values: Values) -> Marked:
    """Return the parts of a text; a chart that may not be shown is none that it may ask for."""
    marked, known = read(text), {chart.name for chart in values.charts}
    for block in marked.blocks:
        if isinstance(block, Picture) and block.name not in known:
            raise BadMarkup(f"@picture {block.name}")
    return marked


class _Sandbox(SandboxedEnvironment):
    """A sandbox in which no short expression makes a text that fills the memory."""

    intercepted_binops = frozenset(("*", "**"))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Return a product; a text is repeated a hundred times at most, and nothing is raised to a power."""
        if operator == "**" or max((each for each in (left, right) if isinstance(each, int)), default=0) > MOST_TIMES:
            raise SecurityError("*")
        return super().call_binop(context, operator, left, right)


unknown: list[tuple[str, str]] = []  # (name, place) of what a template asked for in vain, while ``faults`` looks at one


class _Noting(ChainableUndefined):
    """What stands for a missing value while a template is checked: noted, with its line, and passed over."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unknown.append((str(self._undefined_name), _caller()))


def _caller() -> str:
    frame = sys._getframe()
    while frame is not None:
        template = frame.f_globals.get("__jinja_template__")
        if template is not None:
            return _place(template.get_corresponding_lineno(frame.f_lineno))
        frame = frame.f_back  # type: ignore[assignment]
    return ""


def _plain(value: Any) -> Any:
    """Return a value as it stands in marked text: it means nothing there. What the template itself wrote stays as it is."""
    if isinstance(value, Markup) or value is None:
        return Markup("") if value is None else value
    return Markup(plain(str(value)))  # noqa: S704 - marked text is no HTML


def _bad(error: BadMarkup) -> Fault:
    return Fault("", say("this line means nothing: {line}", line=error.line))


def _line(error: Exception) -> str:
    """Return the line of a template at which it went wrong; "" if that is not known."""
    if isinstance(error, TemplateSyntaxError):
        return _place(error.lineno)
    trace, found = error.__traceback__, ""
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith(ENDING):
            found = _place(trace.tb_lineno)
        trace = trace.tb_next
    return found


def _place(line: int) -> str:
    return str(say("line {line}", line=line))


def shipped() -> Mapping[DocumentKind, str]:
    """Return the shipped templates, to begin one's own from."""
    return {kind: (SHIPPED / f"{kind}{ENDING}").read_text(encoding="utf-8") for kind in DocumentKind}
