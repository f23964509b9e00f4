"""What a letter is made of, as plain text; ``templates/mail/html/_parts.j2`` has the same parts, by the same names, as HTML.

A part returns whole lines, wrapped, with blank lines around it; ``laid_out`` puts those in order.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from notifications.cleaning import one_line
from notifications.desk import Desk

WIDTH = 76  # columns of a letter's lines
WIDEST_INDENT = WIDTH // 2
END = ".;: "


class Block(str):
    """Lines that are set as they shall stand."""

    __slots__ = ()


def p(caller: Callable[[], str]) -> Block:
    """Return a paragraph."""
    return Block(f"\n{filled(caller())}\n")


def small(caller: Callable[[], str]) -> Block:
    """Return a line at the foot of a letter."""
    return Block(f"{filled(caller())}\n")


def heading(text: str) -> Block:
    """Return what stands above a section."""
    return Block(f"\n{filled(text)}:\n")


def note(title: str, text: str) -> Block:
    """Return words of a person, set apart from the letter's own."""
    return Block(f"\n{filled(f'{title} {text}', '> ', '> ')}\n")


def status(_level: str, _text: str) -> Block:
    """Return nothing: what HTML shows at its head, the facts say here."""
    return Block()


def signed(name: str, role: str) -> Block:
    """Return who signs."""
    return Block(f"\n{filled(name)}\n{filled(role)}\n")


def mail(address: str) -> str:
    """Return an address."""
    return address


def web(address: str) -> str:
    """Return the address of a page."""
    return address


def verbatim(text: str) -> str:
    """Return what a machine said or reckoned."""
    return text


def facts(rows: Sequence[tuple[Any, Any] | None], indent: str = "") -> Block:
    """Return what is so, a line each: a name and a value; None is left out."""
    lines = [f"{name}: {one_line(str(value)).rstrip(END)}" for name, value in filter(None, rows)]
    end = "." if any(";" in line for line in lines) else ";"
    return items([f"{line}{'.' if line is lines[-1] else end}" for line in lines], indent)


def items(lines: Sequence[Any], indent: str = "") -> Block:
    """Return a list."""
    return Block("\n" + "".join(f"{filled(str(line), f'{indent}- ', f'{indent}  ')}\n" for line in lines))


def entries(rows: Sequence[tuple[Any, Sequence[Any]]]) -> Block:
    """Return a list of things with details of each."""
    return items([": ".join(filter(None, [str(what), "; ".join(map(str, details))])) for what, details in rows])


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]], _own: int | None) -> Block:
    """Return a table: all columns are set to the right but the last, which is wrapped below itself."""
    lines = [[one_line(str(cell)) for cell in row] for row in [columns, *rows]]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)][:-1]
    return Block("\n" + "".join(f"{_row(line, widths)}\n" for line in lines))


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    numbers = "".join(f"  {cell.rjust(width)}" for cell, width in zip(cells, widths, strict=False)) + "  "
    return filled(cells[-1], numbers, " " * len(numbers))


def action(label: str, desk: Desk | None, _about: str) -> Block:
    """Return what to do, and where; nothing where nobody takes it."""
    return Block(f"\n{filled(f'{label}: {desk.shown}')}\n") if desk else Block()


def page(label: str, url: str) -> Block:
    """Return a page to open; its address stands on a line of its own, so that no program breaks it."""
    return Block(f"\n{filled(label)}:\n{url}\n")


def thing(
    number: int, _level: str, title: str, rows: Sequence[tuple[Any, Any] | None], label: str, desk: Desk | None, _about: str
) -> Block:
    """Return one of several things that are owed."""
    where = [(label, desk.shown)] if desk else []
    return Block(f"\n{filled(title, f'{number}. ', '   ')}\n{facts([*rows, *where], '   ')}")


def filled(text: str, first: str = "", hang: str = "") -> str:
    """Return a text as lines of ``WIDTH``: the first begins with ``first``, the others with ``hang``. No word is broken."""
    hang = hang[:WIDEST_INDENT]
    lines, start, rest = [], first, one_line(text)
    while len(start) + len(rest) > WIDTH:
        room = WIDTH - len(start)
        end = rest.rfind(" ", 0, room + 1)
        end = end if end > 0 else rest.find(" ")
        if end < 0:
            break
        lines.append(start + rest[:end])
        start, rest = hang, rest[end + 1 :]
    return "\n".join([*lines, start + rest])


def laid_out(text: str) -> str:
    """Return a letter with one blank line where there are several, and none at its ends."""
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


PARTS: Mapping[str, Callable[..., str]] = {
    part.__name__: part
    for part in (
        p,
        small,
        heading,
        note,
        status,
        signed,
        mail,
        web,
        verbatim,
        facts,
        items,
        entries,
        table,
        action,
        page,
        thing,
    )
}
