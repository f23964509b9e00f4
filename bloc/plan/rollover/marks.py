"""What a draft says of itself: remarks, each at its place, written into the file as comments above it."""

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bloc.language import Message, on_one_line
from bloc.plan.reading import Place, read_source
from bloc.plan.writing import HEAD, yaml_of

MARK = "CẦN ĐIỀN"  # stands where only people know, in a draft's values and comments; new plans have it too
QUOTED = f'"{MARK}"'  # the mark where a comment explains it
WIDTH = 120  # columns of a comment
NAME = "plan.yaml"


@dataclass(frozen=True)
class Remark:
    """What was done at a place of the tree and why or, if it is ``to_fill``, what people have to fill in there."""

    place: Place
    said: Message
    to_fill: bool = False

    def __str__(self) -> str:
        return f"{MARK}: {self.said}" if self.to_fill else str(self.said)


def text_with(tree: Mapping[str, Any], remarks: Iterable[Remark]) -> str:
    """Return a plan's tree as the text of a file, with each remark as a comment above the line that it is about."""
    plain = yaml_of(tree)
    source, lines, above = read_source(NAME, plain.encode()), plain.splitlines(), dict[int, list[str]]()
    for remark in remarks:
        above.setdefault(source.line(remark.place), []).append(str(remark))
    written = [f"# {HEAD}", ""]
    for number, line in enumerate(lines, start=1):
        indent = line[: len(line) - len(line.lstrip())]
        written += [part for said in above.get(number, ()) for part in _comment(said, indent)]
        written.append(line)
    return "\n".join(written) + "\n"


def _comment(said: str, indent: str) -> list[str]:
    begin = f"{indent}# "
    wide = max(WIDTH, len(indent) + 40)
    return textwrap.wrap(
        on_one_line(said), wide, initial_indent=begin, subsequent_indent=begin, break_long_words=False, break_on_hyphens=False
    )


def marked_lines(text: str) -> list[tuple[int, str]]:
    """Return the lines of a plan file, from 1, that still have the mark, and what stands in each."""
    found = ((number, line) for number, line in enumerate(text.splitlines(), start=1) if MARK in line.replace(QUOTED, ""))
    return [(number, line.strip().removeprefix("# ")) for number, line in found]
