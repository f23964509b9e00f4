"""Reading a YAML file against a schema: all faults at once, each with its line and its path in the file."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from bloc.errors import Fault
from bloc.language import Message, say

LARGEST_FILE = 2_000_000  # bytes
MOST_NODES = 100_000  # keys and values, aliases followed: a few lines of aliases can stand for billions
Place = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)

# BaseLoader leaves every scalar a text: pydantic then reads it by its field, so that a wrong date is a fault with a
# place and not a crash, "no" is a word, and 0.25 is exact.
Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

WHAT_IS_WRONG: Mapping[str, Callable[[Mapping[str, Any]], Message]] = {
    "missing": lambda c: say("is missing; please add it"),
    "extra_forbidden": lambda c: say("is no known key here; is it misspelt?"),
    "day": lambda c: say("is no date; write year-month-day, as in 2030-01-31"),
    "date_parsing": lambda c: say("is no date of the calendar; write year-month-day, as in 2030-01-31"),
    "date_from_datetime_parsing": lambda c: say("is no date of the calendar; write year-month-day, as in 2030-01-31"),
    "clock": lambda c: say('is no time of day; write it as "07:30"'),
    "time_parsing": lambda c: say('is no time of day; write it as "07:30"'),
    "address": lambda c: say("is no e-mail address"),
    "points": lambda c: say("is no number of points (at most three decimals)"),
    "actors": lambda c: say("names neither a group of units (all, leader, deputy, members) nor a list of codes"),
    "bounds": lambda c: say("has a maximum below its minimum"),
    "before_or_by": lambda c: say('needs one of "before" (trước ngày) and "by" (đến hết ngày)'),
    "before_or_after": lambda c: say('needs one of "before" and "after"'),
    "one_line": lambda c: say("must stand on one line"),
    "enum": lambda c: say("is none of: {expected}", expected=str(c["expected"])),
    "literal_error": lambda c: say("is none of: {expected}", expected=str(c["expected"])),
    "int_parsing": lambda c: say("is no whole number"),
    "bool_parsing": lambda c: say("is neither true nor false"),
    "string_type": lambda c: say("must be a text"),
    "string_too_short": lambda c: say("is empty"),
    "string_too_long": lambda c: say("is longer than {most} characters", most=c["max_length"]),
    "string_pattern_mismatch": lambda c: say("is no code: use small letters without accents, digits and hyphens"),
    "too_short": lambda c: say("has too few entries; it needs at least {least}", least=c["min_length"]),
    "too_long": lambda c: say("has too many entries; it takes at most {most}", most=c["max_length"]),
    "greater_than": lambda c: say("must be more than {bound}", bound=str(c["gt"])),
    "greater_than_equal": lambda c: say("must be at least {bound}", bound=str(c["ge"])),
    "less_than_equal": lambda c: say("must be at most {bound}", bound=str(c["le"])),
    "model_type": lambda c: say("must be a group of keys"),
    "tuple_type": lambda c: say("must be a list"),
}


@dataclass(frozen=True)
class Source:
    """A YAML file as read: ``data`` of texts, lists and mappings, and the node tree that knows the lines."""

    name: str
    data: Any
    node: Any
    faults: tuple[Fault, ...] = ()

    def fault(self, place: Place, message: Message) -> Fault:
        """Return a fault at ``place`` (keys and indices), named by file, line and path."""
        return Fault(f"{self.name}:{self._line(place)} {path_of(place)}".rstrip(), message)

    def _line(self, place: Place) -> int:
        node, line = self.node, 1
        for part in (*place, None):
            if node is None:
                break
            line = node.start_mark.line + 1
            node = _child(node, part)
        return line


def path_of(place: Place) -> str:
    """Return a place as people write it: ``activities[3].deadline.before``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")


def _child(node: Any, part: str | int | None) -> Any:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part]
    return None


def read_source(name: str, data: bytes) -> Source:
    """Return the YAML in ``data``; what cannot be read at all is a fault of the source, without data."""
    if len(data) > LARGEST_FILE:
        return _unreadable(name, 1, say("is larger than such a file can be"))
    try:
        return _read(name, data)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        why = str(getattr(error, "problem", None) or "-")
        return _unreadable(name, mark.line + 1 if mark else 1, say("is no YAML: {why}", why=why))
    except (UnicodeDecodeError, RecursionError, ValueError, TypeError):  # of nested or odd files, out of the library
        return _unreadable(name, 1, say("is no YAML text in UTF-8"))


def _read(name: str, data: bytes) -> Source:
    loader = Loader(data)
    node = loader.get_single_node()
    if not isinstance(node, yaml.MappingNode):
        return _unreadable(name, 1, say("must be a group of keys"))
    if sum(1 for _ in islice(_nodes(node), MOST_NODES)) == MOST_NODES:
        return _unreadable(name, 1, say("is larger than such a file can be"))
    source = Source(name, _without_empty(loader.construct_document(node)), node)
    return Source(name, source.data, node, tuple(source.fault(place, m) for place, m in _doubled_keys(node, ())))


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    for child in node.value if isinstance(node, yaml.CollectionNode) else ():
        for part in child if isinstance(child, tuple) else (child,):
            yield from _nodes(part)


def read_file(path: Path) -> Source:
    """Return the YAML in the file ``path``; a file that cannot be opened is a fault of the source."""
    try:
        return read_source(path.name, path.read_bytes())
    except OSError as error:
        return _unreadable(path.name, 1, say("cannot be read: {why}", why=error.strerror or type(error).__name__))


def _unreadable(name: str, line: int, message: Message) -> Source:
    return Source(name, None, None, (Fault(f"{name}:{line}", message),))


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_empty(item) for key, item in value.items() if item not in ("", "null", "~")}
    return [_without_empty(item) for item in value] if isinstance(value, list) else value


def _doubled_keys(node: Any, place: Place) -> Iterable[tuple[Place, Message]]:
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        for key, child in node.value:
            if keys.count(key.value) > 1:
                yield (*place, key.value), say("stands here more than once")
            yield from _doubled_keys(child, (*place, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            yield from _doubled_keys(child, (*place, index))


def validate(source: Source, schema: type[M]) -> tuple[M | None, list[Fault]]:
    """Return the file as ``schema``, or None, and its faults."""
    if source.data is None:
        return None, list(source.faults)
    try:
        return schema.model_validate(source.data), list(source.faults)
    except ValidationError as error:
        return None, [*source.faults, *(_fault(source, detail) for detail in error.errors(include_url=False))]


def _fault(source: Source, detail: Any) -> Fault:
    known = WHAT_IS_WRONG.get(detail["type"])
    message = known(detail.get("ctx", {})) if known else say("cannot be read as what belongs here")
    return source.fault(detail["loc"], message)
