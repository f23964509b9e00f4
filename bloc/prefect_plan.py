"""Shows the plan in Prefect, in plain HTTP: the plan's days as its coming runs, the live years as choices of its forms.

Prefect is brought to what the database says, by whoever has changed that, and by every sweep: run again, it changes nothing.
A day is a schedule of its own, known by its slug; one that an operator has paused stays so. What is told holds no person.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError

from bloc.clock import VIETNAM, local_day
from bloc.db import Database, reading
from bloc.enums import Part
from bloc.events import ask_again
from bloc.plan_days import STRIKES, PlanDay, PlanDays, live_keys, moment_of, plan_days
from bloc.settings import Settings

Ask = Callable[..., Any]  # path, body, method -> the answer

DEPLOYMENTS = {  # prefect.yaml: flow, deployment, and what a coming run is called
    Part.SIGNING: ("advance-signing", "q1-covenant-signing", "Q1 covenant signing"),
    Part.MIDYEAR: ("advance-midyear", "q2-midyear-reports", "Q2 mid-year reports"),
    Part.BLOC_REPORT: ("advance-bloc-report", "q3-bloc-report", "Q3 bloc's mid-year report"),
    Part.YEAR_END: ("advance-year-end", "q4-year-end-scoring", "Q4 year-end scoring"),
    Part.AGGREGATION: ("aggregate-scores", "q4-aggregation", "Q4 aggregation"),
    Part.CONFERENCE: ("advance-conference", "q4-conference", "Q4 conference"),
}
PART_OF = {deployment: part for part, (_, deployment, _) in DEPLOYMENTS.items()}
TAG = "bloc"  # what all our deployments have
PREFIX = "on-"  # of the slugs of the plan's days
PAGE = 200  # rows asked for at once: the most that the API gives
TIMEOUT = 30.0  # seconds to wait for an answer: a Prefect that is busy is not away


@dataclass(frozen=True)
class Shown:
    """What bringing Prefect in step has changed: days made and removed, forms changed."""

    made: int = 0
    removed: int = 0
    forms: int = 0

    def __bool__(self) -> bool:
        return any((self.made, self.removed, self.forms))


@dataclass(frozen=True)
class Difference:
    """In what one deployment differs from the plan; nothing of it holds if it is in step."""

    id: str
    name: str
    missing: Sequence[date] = ()
    stale: Mapping[str, str] = field(default_factory=dict)  # slug -> id of the schedule
    paused: Sequence[str] = ()  # slugs: an operator's doing
    form: Mapping[str, Any] | None = None  # what the form should be


def show_plan(base: Database, settings: Settings, wall: datetime) -> Shown:
    """Bring Prefect in step with the plans of all live years; return what that changed.

    Raises:
        OSError: Prefect is not reached, or refuses it.
    """
    ask = asking(settings)
    days, found = compared(base, ask, wall)
    for each in found:
        _bring_in_step(ask, each)
    _name_runs(ask, {each.id: PART_OF[each.name] for each in found if each.name in PART_OF}, days, wall)
    return Shown(
        sum(len(each.missing) for each in found),
        sum(len(each.stale) for each in found),
        sum(each.form is not None for each in found),
    )


def asking(settings: Settings) -> Ask:
    """Return what asks the Prefect that the settings name; it raises OSError."""
    return partial(ask_again, settings.prefect_api, auth=settings.prefect_login, timeout=TIMEOUT)


def compared(base: Database, ask: Ask, wall: datetime) -> tuple[PlanDays, list[Difference]]:
    """Return the plan's days, and in what each of our deployments that Prefect has differs from them. Raises OSError."""
    rows = ask("/deployments/filter", {"deployments": {"tags": {"all_": [TAG]}}, "limit": PAGE})
    with reading(base) as session:
        days, keys = plan_days(session, wall), live_keys(session)
    by_name = {DEPLOYMENTS[part][1]: found for part, found in days.items()}
    return days, [_difference(row, by_name.get(row["name"], {}), keys) for row in rows]


def _difference(row: Mapping[str, Any], days: Mapping[date, PlanDay], keys: Sequence[str]) -> Difference:
    had = {each["slug"]: each for each in row["schedules"] if (each["slug"] or "").startswith(PREFIX)}
    wanted = {slug_of(day): day for day in days}
    kept = {slug for slug, each in had.items() if slug in wanted and each["schedule"].get("rrule") == _rule(wanted[slug])}
    form = form_of(row["parameter_openapi_schema"] or {}, keys)
    return Difference(
        id=row["id"], name=row["name"],
        missing=[day for slug, day in wanted.items() if slug not in kept],
        stale={slug: each["id"] for slug, each in had.items() if slug not in kept},
        paused=[each["slug"] for each in row["schedules"] if not each["active"]],
        form=form if form != row["parameter_openapi_schema"] else None,
    )  # fmt: skip


def slug_of(day: date) -> str:
    """Return by what the schedule of a day is known."""
    return f"{PREFIX}{day}"


def _rule(day: date) -> str:
    moment = f"{day:%Y%m%d}T{STRIKES:%H%M%S}"
    return f"DTSTART:{moment}\nRRULE:FREQ=DAILY;UNTIL={moment}"


def form_of(schema: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """Return a flow's parameters as a form that explains itself: years are chosen, moments picked, and empty is allowed."""
    fields = {name: _plain(each) for name, each in schema.get("properties", {}).items()}
    if "cycle" in fields:
        fields["cycle"].pop("enum", None)
        fields["cycle"] |= {"enum": list(keys)} if keys else {}
    return {**schema, "properties": fields} if fields else dict(schema)


def _plain(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a field that may be empty as one of its kind: else the form asks which kind, "string" or "null", is meant."""
    kinds = [kind for kind in given.get("anyOf", []) if kind != {"type": "null"}]
    rest = {name: value for name, value in given.items() if name != "anyOf"}
    if rest.get("default", "") is None:
        del rest["default"]
    return {**rest, **kinds[0]} if len(kinds) == 1 else dict(given)


def _bring_in_step(ask: Ask, found: Difference) -> None:
    path = f"/deployments/{found.id}"
    for schedule in found.stale.values():
        with _settled(HTTPStatus.NOT_FOUND):
            ask(f"{path}/schedules/{schedule}", method="DELETE")
    if found.missing:
        with _settled(HTTPStatus.CONFLICT):
            ask(f"{path}/schedules", [_schedule(day) for day in found.missing])
    if found.form is not None:
        ask(path, {"parameter_openapi_schema": found.form}, method="PATCH")
    if found.stale or found.form is not None:
        ask(f"{path}/schedule", {})  # any change of it has wiped its coming runs


def _schedule(day: date) -> dict[str, Any]:
    return {"slug": slug_of(day), "active": True, "schedule": {"rrule": _rule(day), "timezone": VIETNAM.key}}


@contextmanager
def _settled(status: int) -> Iterator[None]:
    """Pass over an answer of ``status``, which says that somebody else was faster."""
    try:
        yield
    except HTTPError as error:
        if error.code != status:
            raise


def _name_runs(ask: Ask, parts: Mapping[str, Part], days: PlanDays, wall: datetime) -> None:
    """Let the coming runs of the plan's days be there, however far ahead, and say what they are for."""
    coming = {(run["deployment_id"], _day_of(run)) for run in _coming(ask, parts, wall)}
    for deployment, part in parts.items():
        if any((deployment, day) not in coming for day in days[part]):
            end = moment_of(max(days[part])) + timedelta(days=1)
            ask(f"/deployments/{deployment}/schedule", {"end_time": end.isoformat(), "min_runs": 1})
    for run in _coming(ask, parts, wall):
        part, day = parts[run["deployment_id"]], _day_of(run)
        name = name_of(part, day, days[part][day]) if day in days[part] else run["name"]
        if name != run["name"]:
            with _settled(HTTPStatus.NOT_FOUND):
                ask(f"/flow_runs/{run['id']}", {"name": name}, method="PATCH")


def name_of(part: Part, day: date, brings: PlanDay) -> str:
    """Return what a coming run is called: the part of the plan, the day, what it brings, for whom."""
    acts = [f"{verb}: {'; '.join(what)}" for verb, what in (("opens", brings.opens), ("closes", brings.closes)) if what]
    whom = brings.first if brings.years == 1 else f"{brings.years} years"
    return f"{DEPLOYMENTS[part][2]} | {day:%d/%m/%Y} | {', '.join(acts)} | {whom}"


def _coming(ask: Ask, deployments: Iterable[str], wall: datetime) -> Iterator[dict[str, Any]]:
    query: dict[str, Any] = {
        "deployments": {"id": {"any_": list(deployments)}},
        "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}, "expected_start_time": {"after_": wall.isoformat()}},
        "limit": PAGE,
    }
    offset = 0
    while query["deployments"]["id"]["any_"] and (rows := ask("/flow_runs/filter", {**query, "offset": offset})):
        yield from rows
        if len(rows) < PAGE:
            return
        offset += PAGE


def _day_of(run: Mapping[str, Any]) -> date:
    return local_day(datetime.fromisoformat(run["expected_start_time"]))
