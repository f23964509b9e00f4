"""A plan changed in one place, by a form: it is read again as a file is, so that no change passes what a file would not."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bloc.enums import ContactRole
from bloc.errors import Fault, PlanRefused
from bloc.language import Message, short_day
from bloc.plan.checks import plan_of
from bloc.plan.reading import read_source
from bloc.plan.schema import Plan
from bloc.plan.writing import tree_of, yaml_of

NAME = "plan.yaml"  # what a plan that comes from no file is called in its faults
BEFORE, BY = "before", "by"
PHRASES: Mapping[str, str] = {BEFORE: "trước ngày {day}", BY: "đến hết ngày {day}"}  # as plans of Vietnamese offices write it


@dataclass(frozen=True)
class Seat:
    """Which contact of a plan is meant: plans know them by unit, role and address."""

    unit: str
    role: ContactRole
    email: str

    def is_that_of(self, entry: Mapping[str, Any]) -> bool:
        """Return whether an entry of a plan's contacts is this one."""
        return (entry["unit"], entry["role"], entry["email"]) == (self.unit, self.role.value, self.email)


def same_but(plan: Plan, change: Callable[[dict[str, Any]], None]) -> Plan:
    """Return ``plan`` with its tree changed, read anew.

    Raises:
        PlanRefused: it is no plan any more, with every fault by its place.
    """
    tree = tree_of(plan)
    change(tree)
    return plan_of(read_source(NAME, yaml_of(tree).encode()))


def read_text(name: str, data: bytes) -> Plan:
    """Return the plan in a file that was handed in.

    Raises:
        PlanRefused: with every fault of the file, each with its line and path.
    """
    return plan_of(read_source(name, data))


def with_contact(plan: Plan, entry: Mapping[str, str], instead_of: Seat | None = None) -> Plan:
    """Return ``plan`` with one contact more (keys of the file's ``contacts``), or with it in the place of another.

    Where another person takes the place from a day on (``since``), the former one serves to the day before.
    """
    given = {key: value for key, value in entry.items() if value}

    def change(tree: dict[str, Any]) -> None:
        contacts = tree.setdefault("contacts", [])
        place = next((n for n, each in enumerate(contacts) if instead_of and instead_of.is_that_of(each)), None)
        if place is None:
            contacts.append(given)
        elif (last := _eve(given.get("since", ""))) and given.get("email") != contacts[place]["email"]:
            contacts[place : place + 1] = [{**contacts[place], "until": last}, given]
        else:
            contacts[place] = given

    return same_but(plan, change)


def _eve(day: str) -> str | None:
    """Return the day before a day; None of what is no day: reading the plan says so."""
    try:
        return (date.fromisoformat(day) - timedelta(days=1)).isoformat() if day else None
    except (ValueError, OverflowError):
        return None


def without_contact(plan: Plan, seat: Seat) -> Plan:
    """Return ``plan`` without one contact."""

    def change(tree: dict[str, Any]) -> None:
        tree["contacts"] = [each for each in tree.get("contacts", []) if not seat.is_that_of(each)]

    return same_but(plan, change)


def with_activity(plan: Plan, entry: Mapping[str, Any]) -> Plan:
    """Return ``plan`` with one activity more, after those of its quarter; keys are those of the file's ``activities``."""

    def change(tree: dict[str, Any]) -> None:
        quarters = [str(each.get("quarter") or "") for each in tree["activities"]]
        mine = str(entry.get("quarter") or "")  # whatever was typed: whether it is a quarter is seen when it is read
        place = max((n for n, quarter in enumerate(quarters, start=1) if quarter <= mine), default=0)
        tree["activities"].insert(place, {key: value for key, value in entry.items() if value})

    return same_but(plan, change)


def with_dates(plan: Plan, code: str, deadline: Mapping[str, str] | None, opens: str) -> Plan:
    """Return ``plan`` with another deadline for one activity (None: to be dated) and another day on which it opens."""

    def change(tree: dict[str, Any]) -> None:
        for each in tree["activities"]:
            if each["code"] == code:
                each.pop("deadline", None)
                each.pop("opens", None)
                each.update({key: value for key, value in (("opens", opens), ("deadline", deadline)) if value})

    return same_but(plan, change)


def deadline_of(kind: str, day: str) -> dict[str, str] | None:
    """Return a deadline as a plan file writes it, in words and figures; None without a day; ``kind``: before or by."""
    if not day:
        return None
    try:
        said = PHRASES[kind].format(day=short_day(date.fromisoformat(day)))
    except ValueError:  # no date of the calendar: reading the plan says so
        said = day
    return {"phrase": said, kind: day}


def faults_by_key(refused: PlanRefused) -> dict[str, Message]:
    """Return what is wrong with a plan that a form changed, by the key of the file that it is wrong with; "" for the rest."""
    found: dict[str, Message] = {}
    for fault in refused.faults:
        found.setdefault(_key_of(fault), fault.message)
    return found


def _key_of(fault: Fault) -> str:
    keys = re.findall(r"[a-z_]+", fault.place.partition(" ")[2])
    return next((key for key in reversed(keys) if key not in (BEFORE, BY, "phrase")), "")
