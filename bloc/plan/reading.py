"""Reading a YAML file against a schema: all faults at once, each with its line and its path in the file."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import accumulate
from operator import getitem
from pathlib import Path
from typing import Any, TypeVar
from unicodedata import normalize

import yaml
from pydantic import BaseModel, ValidationError

from bloc.errors import Fault, reason_of
from bloc.language import Message, say

LARGEST_FILE = 2_000_000  # bytes
MOST_NODES = 100_000  # values, aliases followed: a few lines of aliases can stand for billions
DEEPEST = 40  # levels
Place = tuple[str | int, ...]
Finding = tuple[Place, Message]
Check = Callable[[Any], Iterable[Finding]]
M = TypeVar("M", bound=BaseModel)

# BaseLoader leaves every scalar a text: pydantic then reads it by its field, so that a wrong date is a fault with a
# place and not a crash, "no" is a word, and 0.25 is exact.
Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

WHAT_IS_WRONG: Mapping[str, Callable[[Mapping[str, Any]], Message]] = {
    "missing": lambda c: say("is missing; please add it"),
    "extra_forbidden": lambda c: say("is no known key here; is it misspelt?"),
    "day": lambda c: say("is no date; write year-month-day, as in 2030-01-31"),
    "date_type": lambda c: say("is no date; write year-month-day, as in 2030-01-31"),
    "date_parsing": lambda c: say("is no date of the calendar; write year-month-day, as in 2030-01-31"),
    "date_from_datetime_parsing": lambda c: say("is no date of the calendar; write year-month-day, as in 2030-01-31"),
    "clock": lambda c: say('is no time of day; write it as "07:30"'),
    "time_type": lambda c: say('is no time of day; write it as "07:30"'),
    "time_parsing": lambda c: say('is no time of day; write it as "07:30"'),
    "too_late": lambda c: say("is later than the job that sends reminders, which runs at 07:30"),
    "address": lambda c: say("is no e-mail address"),
    "share": lambda c: say('is no share; write it as a fraction of at most 1, as in "2/3"'),
    "pass_mark": lambda c: say('is no pass mark such as "more than 1/2" or "at least 2/3"'),
    "link": lambda c: say("is no link; it begins with https://"),
    "points": lambda c: say("is no number of points (at most three decimals)"),
    "actors": lambda c: say("names neither a group of units (all, leader, deputy, members) nor a list of codes"),
    "punctuality": lambda c: say("must be true, or a list of activities' codes"),
    "bounds": lambda c: say("has a maximum below its minimum"),
    "before_or_by": lambda c: say('needs one of "before" (trước ngày) and "by" (đến hết ngày)'),
    "before_or_after": lambda c: say('needs one of "before" and "after"'),
    "moment": lambda c: say('is no moment; write it as in "2030-01-31" or "2030-01-31 14:05"'),
    "one_verb": lambda c: say("must say what is done: one thing, and one only"),
    "points_or_file": lambda c: say('needs one of "points", "marked" and "file"'),
    "reply": lambda c: say('is no refusal of a mail server; write it as in "450 4.2.1 Mailbox busy"'),
    "one_line": lambda c: say("must stand on one line"),
    "enum": lambda c: say("is none of: {expected}", expected=_choices(c)),
    "literal_error": lambda c: say("is none of: {expected}", expected=_choices(c)),
    "float_type": lambda c: say("is no number"),
    "float_parsing": lambda c: say("is no number"),
    "int_type": lambda c: say("is no whole number"),
    "int_parsing": lambda c: say("is no whole number"),
    "int_parsing_size": lambda c: say("is no whole number"),
    "bool_type": lambda c: say("is neither true nor false"),
    "bool_parsing": lambda c: say("is neither true nor false"),
    "string_type": lambda c: say("must be a text"),
    "string_unicode": lambda c: say("has signs that are no text in UTF-8"),
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

# What the library calls a fault, and what to look for: its own words are English and about its grammar.
WHAT_TO_LOOK_FOR: Mapping[str, Message] = {
    "cannot start any token": say('has a sign that cannot stand here; indent with spaces, not tabs, and put texts in "quotes"'),
    "another document": say("begins a second document; please delete the line ---"),
    "undefined alias": say('has a text that begins with *; please put it in "quotes"'),
}


def _choices(context: Mapping[str, Any]) -> str:
    return str(context["expected"]).replace(" or ", ", ")


@dataclass(frozen=True)
class Source:
    """A YAML file as read: ``data`` of texts, lists and mappings, and the node tree that knows the lines.

    What cannot be read at all has no data, and ``faults`` says why.
    """

    name: str
    data: Any
    node: Any
    faults: tuple[Fault, ...] = ()

    def faults_of(self, findings: Iterable[Finding]) -> list[Fault]:
        """Return what was found as faults, in the order of the lines."""
        return [self.fault(*finding) for finding in sorted(findings, key=lambda finding: self.line(finding[0]))]

    def fault(self, place: Place, message: Message) -> Fault:
        """Return a fault at ``place`` (keys and indices), named by file, line and path."""
        return Fault(f"{self.name}:{self.line(place)} {path_of(place)}".rstrip(), message)

    def line(self, place: Place) -> int:
        """Return the line of a place, from 1."""
        while place not in self._lines:  # what is missing has the line of what it is missing from
            place = place[:-1]
        return self._lines[place]

    @cached_property
    def _lines(self) -> Mapping[Place, int]:
        return {place: node.start_mark.line + 1 for place, node in _walk(self.node)}


def path_of(place: Place) -> str:
    """Return a place as people write it: ``activities[3].deadline.before``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")


def read_file(path: Path) -> Source:
    """Return the YAML in the file ``path``; a file that cannot be opened is a fault of the source."""
    try:
        with path.open("rb") as file:
            return read_source(path.name, file.read(LARGEST_FILE + 1))
    except OSError as error:
        return _unreadable(path.name, 1, say("cannot be read: {why}", why=reason_of(error)))


def read_source(name: str, data: bytes) -> Source:
    """Return the YAML in ``data``; what cannot be read at all is a fault of the source, without data."""
    try:
        return _read(name, data)
    except yaml.MarkedYAMLError as error:
        return _unreadable(name, error.problem_mark.line + 1 if error.problem_mark else 1, _to_look_for(error.problem or ""))
    except (yaml.YAMLError, ValueError):  # of signs that are no text; of odd files, out of the library
        return _unreadable(name, 1, say("is no YAML text in UTF-8"))


def _to_look_for(problem: str) -> Message:
    general = say("is no YAML; look at the indentation, the colons, the brackets and the quotes of this line and the one above")
    return next((message for words, message in WHAT_TO_LOOK_FOR.items() if words in problem), general)


def _read(name: str, data: bytes) -> Source:
    if len(data) > LARGEST_FILE or _nested_deeply(data):
        return _unreadable(name, 1, say("is larger or deeper than such a file can be"))
    node = Loader(data).get_single_node()
    if not isinstance(node, yaml.MappingNode):
        return _unreadable(name, 1, say("must be a group of keys"))
    for count, (place, part) in enumerate(_walk(node)):
        line = part.start_mark.line + 1
        if len(place) > DEEPEST or count > MOST_NODES:
            return _unreadable(name, line, say("is larger or deeper than such a file can be"))
        if place and not isinstance(place[-1], str | int):
            return _unreadable(name, line, say("stands under a key that is no text"))
    return Source(name, _plain(node), node)


def _unreadable(name: str, line: int, message: Message) -> Source:
    return Source(name, None, None, (Fault(f"{name}:{line}", message),))


def _nested_deeply(data: bytes) -> bool:
    """Return whether brackets and indents go too deep for the composer: its C code recurses until the process dies."""
    events = yaml.parse(data, Loader=Loader)
    levels = (isinstance(e, yaml.CollectionStartEvent) - isinstance(e, yaml.CollectionEndEvent) for e in events)
    return any(level > DEEPEST for level in accumulate(levels))


def _walk(root: Any) -> Iterator[tuple[Place, Any]]:
    """Yield every node and its place, in the order of the file; without recursion, as an alias may lie in what it names."""
    waiting: list[tuple[Place, Any]] = [((), root)]
    while waiting:
        place, node = waiting.pop()
        yield place, node
        if isinstance(node, yaml.MappingNode):
            waiting += [((*place, key.value), value) for key, value in reversed(node.value)]
        elif isinstance(node, yaml.SequenceNode):
            waiting += reversed([((*place, index), value) for index, value in enumerate(node.value)])


def _plain(node: Any) -> Any:
    """Return the mappings, lists and texts of ``node``, without keys that have no value; in NFC, as Word does not write."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: _plain(value) for key, value in node.value if not _is_nothing(value)}
    return [_plain(item) for item in node.value] if isinstance(node, yaml.SequenceNode) else normalize("NFC", node.value)


def _is_nothing(node: Any) -> bool:
    """Return whether nothing is written; a quoted "" is written."""
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value in ("", "null", "~")


def validate(source: Source, schema: type[M], checks: Sequence[Check] = ()) -> tuple[M | None, list[Fault]]:
    """Return the file as ``schema``, or None, and all its faults, those of ``checks`` among them, line by line."""
    if source.data is None:
        return None, list(source.faults)
    model, findings = _model(source.data, schema)
    findings += _doubled_keys(source.node)
    findings += [finding for check in checks for finding in check(source.data)]
    return model, source.faults_of(findings)


def _model(data: Any, schema: type[M]) -> tuple[M | None, list[Finding]]:
    try:
        return schema.model_validate(data), []
    except ValidationError as error:
        details = error.errors(include_url=False)
        return None, [(detail["loc"], what_is_wrong(detail)) for detail in details if not _only_follows(detail, data)]


def what_is_wrong(detail: Any) -> Message:
    """Return one of pydantic's errors (an entry of ``ValidationError.errors()``) in words of ours."""
    known = WHAT_IS_WRONG.get(detail["type"])
    return known(detail.get("ctx", {})) if known else say("cannot be read as what belongs here")


def _only_follows(detail: Any, data: Any) -> bool:
    """Return whether a list is called too short merely because some of its entries have faults of their own."""
    if detail["type"] != "too_short":
        return False
    entries: Sequence[Any] = reduce(getitem, detail["loc"], data)
    return len(entries) >= int(detail["ctx"]["min_length"])


def _doubled_keys(root: Any) -> Iterator[Finding]:
    for place, node in _walk(root):
        if isinstance(node, yaml.MappingNode):
            for key, times in Counter(key.value for key, _ in node.value).items():
                if times > 1:
                    yield (*place, key), say("stands here more than once")
