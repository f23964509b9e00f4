"""What plans and scenarios have written, read as plain YAML for the oracle: days, who acts, what was agreed on, points."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import yaml

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
PUBLIC = holidays.country_holidays("VN")
DAY = timedelta(days=1)


@cache
def is_public_working_day(day: date) -> bool:
    return PUBLIC.is_working_day(day)


def read(path: Path) -> dict[str, Any]:
    return yaml.load(path.read_text("utf-8"), yaml.BaseLoader)


def people(plan: dict[str, Any]) -> set[tuple[str, str]]:
    return {(each["email"].lower(), each["unit"]) for each in plan.get("contacts", [])}


def agreed(plan: dict[str, Any]) -> str:
    units = [(unit["code"], unit.get("role", "member")) for unit in plan["units"]]
    return repr((units, *(plan.get(part) for part in ("policies", "covenant", "criteria"))))


def form(plan: dict[str, Any]) -> str:
    return repr(([unit["code"] for unit in plan["units"]], plan["criteria"]))


def scored(plan: dict[str, Any]) -> str:
    return form(plan) + plan.get("policies", {}).get("ties", "shared")


def with_dates(entry: dict[str, Any]) -> dict[str, Any]:
    return {"deadline": None, **entry}


def working_days(rung: dict[str, Any]) -> int:
    return int(rung["after"]) if "after" in rung else -int(rung["before"])


def listed(units: str | list[str]) -> list[str]:
    return [units] if isinstance(units, str) else units


def day(text: str) -> date:
    return date.fromisoformat(text)


def at(day: date, clock: time = time.min) -> datetime:
    return datetime.combine(day, clock, VIETNAM).astimezone(UTC)


def end(day: date) -> datetime:
    return at(day + DAY)


def moment(text: str) -> datetime:
    return at(day(text[:10]), time.fromisoformat(text[11:]) if text[10:] else time(9))


def number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def is_docx(data: bytes) -> bool:
    return zipfile.is_zipfile(io.BytesIO(data)) and "word/document.xml" in zipfile.ZipFile(io.BytesIO(data)).namelist()


def actors(plan: dict[str, Any], activity: dict[str, Any]) -> list[str]:
    """Return the units that act on an activity, in the plan's order."""
    named = activity.get("actors", "all")
    roles = {unit["code"]: unit.get("role", "member") for unit in plan["units"]}
    if isinstance(named, list):
        return [unit for unit in roles if unit in named]
    wanted = {"all": roles.values(), "leader": ["leader"], "deputy": ["deputy"], "members": ["deputy", "member"]}
    return [unit for unit in roles if roles[unit] in wanted[named]]


def strikes(plan: dict[str, Any]) -> time:
    """Return the time of day at which reminders go out."""
    return time.fromisoformat(plan["reminders"].get("at", "07:30"))


def nearest(plan: dict[str, Any], day: date, step: timedelta) -> date:
    """Return the day, if it is a working day by the plan's calendar, or the next that is, in steps of ``step``."""
    calendar = plan.get("calendar", {})
    while str(day) not in calendar.get("working_days", ()) and (
        str(day) in calendar.get("days_off", ()) or not is_public_working_day(day)
    ):
        day += step
    return day


def cells(folder: Path, what: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Return what a sheet's act has typed: (unit, criterion) -> text; of one that corrects, the corrections."""
    table = {}
    if "points" in what:
        with (folder / what["points"]).open(encoding="utf-8-sig") as lines:
            rows = list(csv.DictReader(lines))
        table = {(unit, row["criterion"]): row[unit] for row in rows for unit in row if unit != "criterion"}
    return table | {tuple(cell.split("/")): typed for cell, typed in what.get("cells", {}).items()}


def counts(plan: dict[str, Any], typed: dict[tuple[str, str], str]) -> bool:
    """Return whether every unit has a number for every criterion, within its bounds and a multiple of the step."""
    step = Decimal(plan["criteria"]["step"])
    for leaf in (leaf for group in plan["criteria"]["groups"] for leaf in group["criteria"]):
        for unit in plan["units"]:
            given = number(typed.get((unit["code"], leaf["code"]), ""))
            if given is None or not Decimal(leaf.get("min", "0")) <= given <= Decimal(leaf["max"]) or given % step:
                return False
    return True
