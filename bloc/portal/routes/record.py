"""The record: who did what, when, from where; filtered, and as a file for Excel."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Response

from bloc import queries
from bloc.actions.audit import Trail, check_trail, trail
from bloc.actions.record_words import ACTS, details, names_of
from bloc.clock import local, local_day
from bloc.enums import Act
from bloc.language import Message, say
from bloc.portal.access import Here
from bloc.portal.door import Visit
from bloc.portal.downloads import download
from bloc.portal.pages import page
from bloc.portal.plan_words import change
from bloc.portal.words import acted
from models import AuditEntry

router = APIRouter()
TITLE = say("Record")
PAGE = 100  # entries on a page
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # with these first a program for tables takes a text for a formula
HEADS = (say("No."), say("When"), say("Done by"), say("Act"), say("About"), say("Details"), say("From address"))
Row = tuple[AuditEntry, Message, str, Sequence[Message]]


@dataclass(frozen=True)
class Filter:
    """Which entries are asked for: by act, part of the name of who acted, code of the unit it is about, first and last day."""

    act: str = ""
    who: str = ""
    unit: str = ""
    since: str = ""
    until: str = ""

    @property
    def query(self) -> str:
        """Return it as the query of a path."""
        return urlencode({name: value for name, value in vars(self).items() if value})

    def asks_for(self, entry: AuditEntry) -> bool:
        """Return whether it asks for an entry; a day that is none asks for every day."""
        day = local_day(entry.at)
        named = self.unit in ("", *entry.about.split("/"))
        did = self.act in ("", entry.act.value) and self.who.casefold() in str(acted(entry.by)).casefold()
        return did and named and (_day(self.since) or day) <= day <= (_day(self.until) or day)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _filter(act: str = "", who: str = "", unit: str = "", since: str = "", until: str = "") -> Filter:
    return Filter(act, who, unit, since, until)


Asked = Annotated[Filter, Depends(_filter)]


def _rows(visit: Visit, asked: Filter) -> tuple[list[Row], Trail]:
    """Return the entries that are asked for, the newest first, in words; and whether the whole trail holds."""
    with visit.read() as session:
        entries, names, checked = trail(session, visit.cycle), names_of(session, visit.cycle), check_trail(session, visit.cycle)
    found = [one for one in entries if asked.asks_for(one)]
    rows: list[Row] = [
        (one, ACTS[one.act], _about(one, names), list(map(change, details(one, names)))) for one in reversed(found)
    ]
    return rows, checked


def _about(entry: AuditEntry, names: Mapping[str, str]) -> str:
    if "/" not in entry.about and entry.about not in names:
        return ""
    return "; ".join(names.get(code, code) for code in entry.about.split("/"))


@router.get("/years/{cycle}/record")
def record(visit: Here, asked: Asked, number: str = "1") -> Response:
    """Show what was done in the year, the newest first, and whether the chain of entries is whole."""
    rows, checked = _rows(visit, asked)
    with visit.read() as session:
        units = [(code, unit.name) for code, unit in queries.units_by_code(session, visit.cycle).items()]
    last = max(1, -(-len(rows) // PAGE))
    shown = min(max(1, int(number) if number.isdecimal() and len(number) < len("1000000") else 1), last)
    return page(
        visit, "record", rows=rows[PAGE * (shown - 1) : PAGE * shown], count=len(rows), checked=checked, asked=asked,
        number=shown, last=last, units=units, acts=[(each.value, ACTS[each]) for each in Act],
    )  # fmt: skip


@router.get("/years/{cycle}/record/file")
def record_file(visit: Here, asked: Asked) -> Response:
    """Give the same as a table that Excel opens: UTF-8 with its mark, and no text that would be taken for a formula."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow([str(head) for head in HEADS])
    for entry, act_said, about, told in _rows(visit, asked)[0]:
        cells = [str(acted(entry.by)), str(act_said), about, "; ".join(map(str, told)), entry.client or ""]
        writer.writerow([entry.number, f"{local(entry.at):%d/%m/%Y %H:%M:%S}", *map(harmless, cells)])
    return download(target.getvalue().encode("utf-8-sig"), f"nhat-ky-{visit.cycle.key}.csv")


def harmless(text: str) -> str:
    """Return a text that no program takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
