"""A small bloc and what happens in its year. Everything goes through the actions; no row is written past one."""

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

import yaml
from docx import Document
from sqlmodel import Session, SQLModel, select

from bloc import clock, queries
from bloc.actions import aggregation, clocks, deadlines, deposits, publishing, responses, results, returns, stages
from bloc.actions.plans import apply_plan
from bloc.actions.reading import form_of
from bloc.actions.reminders import queue_reminders
from bloc.actions.weekly import queue_digest
from bloc.db import Database, Work, unit_of_work
from bloc.enums import CycleMode, ResponseKind, Stage
from bloc.plan import Plan
from bloc.plan.checks import plan_of
from bloc.plan.reading import read_source
from bloc.sheets.form import Cell
from bloc.sheets.write import make_sheet
from models import Activity, Contact, Cycle, Deposit, Notice, Obligation, Response, Result, Unit
from notifications import claims

LIMIT = 1_000_000  # bytes
ACTIVITIES: Mapping[str, Mapping[str, Any]] = {
    "opinions": {
        "title": "Góp ý dự thảo giao ước", "kind": "consultation", "quarter": "1", "source": "II.2.1", "opens": "2030-02-11",
        "deadline": {"phrase": "đến hết ngày 15/02/2030", "by": "2030-02-15"},
    },
    "covenant": {
        "title": "Ký giao ước thi đua", "kind": "signature", "quarter": "1", "source": "II.2.1", "opens": "2030-02-18",
        "deadline": {"phrase": "đến hết ngày 28/02/2030", "by": "2030-02-28"},
    },
    "reports": {
        "title": "Gửi Báo cáo sơ kết 6 tháng", "short": "Báo cáo sơ kết", "kind": "report", "quarter": "2",
        "source": "II.2.2", "opens": "2030-05-06", "deadline": {"phrase": "trước ngày 07/6/2030", "before": "2030-06-07"},
    },
    "exchange": {"title": "Trao đổi kinh nghiệm", "kind": "duty", "quarter": "3", "source": "III.1"},
    "sheets": {
        "title": "Gửi bảng chấm điểm", "kind": "score-sheets", "quarter": "4", "source": "II.2.4", "opens": "2030-11-18",
        "deadline": {"phrase": "đến hết ngày 06/12/2030", "by": "2030-12-06"},
    },
}  # fmt: skip


def plan_data(size: int = 3, code: str = "b", activities: Mapping[str, Any] | None = None, **parts: Any) -> dict[str, Any]:
    """Return a small valid plan as a plan file's tree.

    Args:
        size: how many units: u1 leads and has the secretary, u2 is the deputy; each has a contact.
        code: the bloc's.
        activities: code -> keys to change, a new activity, or None to leave it out.
        parts: other top-level parts, instead of those here.
    """
    codes = [f"u{n}" for n in range(1, size + 1)]
    roles = {"u1": "leader", "u2": "deputy"}
    changes = activities or {}
    merged = {name: {**ACTIVITIES.get(name, {}), **(changes.get(name) or {})} for name in [*ACTIVITIES, *changes]}
    return {
        "bloc": {"code": code, "name": f"Khối {code.upper()}", "council": "Hội đồng", "place": "Nơi này"},
        "year": "2030",
        "document": {"number": "01/KH", "date": "2030-01-07", "title": "Kế hoạch"},
        "units": [{"code": u, "name": f"Đơn vị {u[1:]}", "role": roles.get(u, "member")} for u in codes],
        "contacts": [
            {"unit": "u1", "role": "secretary", "name": "Thư ký", "email": f"secretary@{code}.example.vn"},
            *({"unit": u, "name": f"Chuyên viên {u[1:]}", "email": f"{u}@{code}.example.vn"} for u in codes),
        ],
        "reminders": {
            "at": "07:30",
            "ladder": [{"before": "3"}, {"before": "0"}, {"after": "1", "to": ["contact", "head"]}],
        },
        "covenant": {"clauses": ["Thi đua"]},
        "criteria": {
            "step": "0.25",
            "groups": [
                {
                    "code": "I",
                    "title": "Nhóm",
                    "criteria": [
                        {"code": "I.1", "title": "Một", "min": "0", "max": "25"},
                        {"code": "I.2", "title": "Hai", "max": "5"},
                    ],
                }
            ],
        },
        "activities": [
            {"code": name, **{key: value for key, value in entry.items() if value is not None}}
            for name, entry in merged.items()
            if changes.get(name, {}) is not None
        ],
        **parts,
    }


def plan_text(*args: Any, **parts: Any) -> str:
    """Return ``plan_data`` as the text of a plan file."""
    return yaml.dump(
        plan_data(*args, **parts), Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), allow_unicode=True, sort_keys=False
    )


def plan(*args: Any, **parts: Any) -> Plan:
    """Return ``plan_data`` as a plan."""
    return _plan(json.dumps(plan_data(*args, **parts)))


@cache
def _plan(text: str) -> Plan:
    return plan_of(read_source("plan.yaml", text.encode()))


def moved(activity: str, by: str, **changes: Any) -> dict[str, Any]:
    """Return the change that gives ``activity`` the deadline "through ``by``"."""
    return {activity: {"deadline": {"phrase": f"đến hết ngày {by}", "by": by}, **changes}}


def on(moment: str) -> datetime:
    """Return a moment of Vietnamese time, "2030-06-06 08:00"."""
    return clock.aware(datetime.fromisoformat(moment))


START = on("2030-01-02 08:00")


@cache
def report(text: str = "Báo cáo") -> bytes:
    """Return a .docx; of other text, other bytes."""
    document, target = Document(), io.BytesIO()
    document.add_paragraph(text)
    document.save(target)
    return target.getvalue()


def sheet(cycle: Cycle, unit: str, given: Mapping[str, float] | None = None) -> bytes:
    """Return the score workbook of ``unit``, filled in: ``given`` points (10) and one more, in two criteria, to each unit."""
    return _sheet(cycle.plan, unit, tuple((given or {}).items()))


@cache  # many tests send the same
def _sheet(text: str, unit: str, given: tuple[tuple[str, float], ...]) -> bytes:
    plan, points = queries.plan_from(text), dict(given)
    cells: dict[Cell, int | str | None] = {}
    for member in plan.units:
        cells[member.code, "I.1"] = int(points.get(member.code, 10) * 1000)
        cells[member.code, "I.2"] = 1000
    return make_sheet(form_of(plan, plan, unit), cells)


@dataclass(frozen=True)
class Year:
    """A bloc's year in a database; each act is a transaction of its own, as at a door."""

    base: Database
    key: str

    @contextmanager
    def open(self) -> Iterator[tuple[Work, Cycle]]:
        """Open a unit of work, and the cycle in it."""
        with unit_of_work(self.base) as work:
            yield work, queries.cycle_by_key(work.session, self.key)

    @property
    def cycle(self) -> Cycle:
        """Return the cycle's row as it stands."""
        with self.open() as (_, cycle):
            return cycle

    def apply(self, plan: Plan, when: str | datetime = START, because: str | None = None, by: str = "Thư ký") -> list[str]:
        """Apply a changed plan; return what it says."""
        with unit_of_work(self.base, by) as work:
            return [str(change) for change in apply_plan(work, plan, _moment(when), because=because)]

    def advance(self, stage: Stage, when: str) -> stages.Advanced:
        """Advance a stage."""
        with self.open() as (work, cycle):
            return stages.advance_stage(work, cycle, stage, on(when))

    def remind(self, when: str) -> int:
        """Queue the reminders that are due."""
        with self.open() as (work, cycle):
            return queue_reminders(work, cycle, on(when))

    def digest(self, when: str) -> int:
        """Queue the secretary's weekly digest, if it is due and says anything."""
        with self.open() as (work, cycle):
            return queue_digest(work, cycle, on(when))

    def deposit(self, unit: str, data: bytes, when: str, activity: str = "reports", name: str = "Báo cáo.docx") -> Deposit:
        """Hand in a file."""
        with self.open() as (work, cycle):
            incoming = deposits.Incoming(unit, activity, name, data)
            return deposits.receive_deposit(work, cycle, incoming, now=on(when), limit=LIMIT)

    def send_sheet(self, unit: str, when: str, given: Mapping[str, float] | None = None) -> Deposit:
        """Hand in a score sheet."""
        return self.deposit(unit, sheet(self.cycle, unit, given), when, "sheets", "Bảng chấm điểm.xlsx")

    def respond(self, unit: str, activity: str, kind: ResponseKind, when: str, **answer: str) -> Response:
        """Answer without a file."""
        with self.open() as (work, cycle):
            return responses.respond(work, cycle, unit=unit, activity=activity, kind=kind, now=on(when), **answer)

    def sign(self, unit: str, when: str = "2030-02-20 09:00") -> Response:
        """Sign the covenant."""
        return self.respond(unit, "covenant", ResponseKind.SIGNED, when, signatory="Giám đốc")

    def extend(self, unit: str, until: str, when: str, activity: str = "reports") -> Obligation:
        """Give a unit a later deadline."""
        with self.open() as (work, cycle):
            day, reason = date.fromisoformat(until), "Bão"
            return deadlines.extend(work, cycle, unit=unit, activity=activity, until=day, because=reason, now=on(when))

    def waive(self, unit: str, when: str, activity: str = "reports", because: str = "Sáp nhập") -> Obligation:
        """Release a unit from what it owes."""
        with self.open() as (work, cycle):
            return deadlines.waive(work, cycle, unit=unit, activity=activity, because=because, now=on(when))

    def give_back(self, unit: str, when: str, activity: str = "reports", because: str = "Thiếu số liệu") -> Deposit:
        """Return a unit's report."""
        with self.open() as (work, cycle):
            return returns.return_report(work, cycle, unit=unit, activity=activity, because=because, now=on(when))

    def close(self, when: str) -> bool:
        """Close the scoring without some sheets."""
        with self.open() as (work, cycle):
            return aggregation.close(work, cycle, on(when))

    def claim(self, when: str) -> bool:
        """Claim by the secretary's act."""
        with self.open() as (work, cycle):
            return aggregation.claim(work, cycle, on(when))

    def aggregate(self, when: str = "2030-12-09 09:00") -> Result | None:
        """Carry out one aggregation that is due."""
        with self.open() as (work, cycle):
            return aggregation.aggregate_next(work, queries.now_of(cycle, on(when)), cycle.id)

    def publish(self, when: str, *, provisional: bool = False) -> Result:
        """Publish the newest result."""
        with self.open() as (work, cycle):
            return publishing.publish(work, cycle, on(when), provisional=provisional)

    def reach(self, when: str) -> None:
        """Move a replayed year's clock."""
        with self.open() as (work, cycle):
            clocks.advance_clock(work, cycle, on(when))

    def ranking(self, result: Result) -> list[tuple[str, int, bool, str]]:
        """Return a stored ranking: unit, rank, whether tied, exact score."""
        with Session(self.base.engine) as session:
            lines = results.ranking(session, result)
            return [(line.unit.code, line.standing.rank, line.standing.tied, str(line.score)) for line in lines]

    def rows(self, table: type[SQLModel]) -> list[Any]:
        """Return the cycle's rows of ``table``."""
        cycle = self.cycle
        with Session(self.base.engine) as session:
            return list(session.exec(select(table).where(table.cycle_id == cycle.id)))  # type: ignore[attr-defined]

    def activity(self, code: str) -> Activity:
        """Return an activity's row."""
        return next(row for row in self.rows(Activity) if row.code == code)

    def obligation(self, unit: str, activity: str = "reports") -> Obligation:
        """Return what a unit owes."""
        with self.open() as (work, cycle):
            return queries.obligation_of(
                work.session, cycle, activity, queries.unit_by_code(work.session, cycle, unit)
            ).obligation

    def notices(self, *kinds: str) -> list[str]:
        """Return the identities of the notices (of those kinds), without the cycle's key, sorted."""
        rows: list[Notice] = self.rows(Notice)
        return sorted(row.identity.removeprefix(f"{self.key}/") for row in rows if not kinds or row.kind in kinds)

    def dead(self, address: str, since: str = "2030-01-02 09:00") -> None:
        """Let an address take no mail any more."""
        with self.open() as (work, _):
            contact = work.session.exec(select(Contact).where(Contact.email == address)).one()
            contact.undeliverable_since, contact.undeliverable_because = on(since), "550 User unknown"

    def tidied(self, when: str) -> dict[str, int]:
        """Do what a delivery does before it sends; return how many notices ended how."""
        with self.open() as (work, cycle):
            moment = on(when)
            found = claims.tidy(work.session, claims.Scope(cycle.id, moment, moment))
            return {state.value: count for state, count in found.items() if count}

    def units(self) -> list[tuple[str, str]]:
        """Return code and name of the members."""
        with self.open() as (work, cycle):
            members: list[Unit] = list(queries.members(work.session, cycle.id))
            return [(unit.code, unit.name) for unit in members]


def _moment(when: str | datetime) -> datetime:
    return on(when) if isinstance(when, str) else when


def cycle_of(base: Database, plan: Plan, when: str | datetime = START, mode: CycleMode = CycleMode.LIVE) -> Year:
    """Begin a bloc's year."""
    with unit_of_work(base) as work:
        apply_plan(work, plan, _moment(when), mode)
    return Year(base, plan.key)


def year_begun(base: Database) -> Year:
    """Return the year of a bloc of three, as its plan begins it."""
    return cycle_of(base, plan())


def reports_asked(base: Database) -> Year:
    """Return the year of a bloc of three in which reports are owed by Thursday 06/6."""
    year = year_begun(base)
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    return year


def sheets_asked(base: Database) -> Year:
    """Return the year of a bloc of three in which score sheets are owed by Friday 06/12."""
    year = year_begun(base)
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    return year
