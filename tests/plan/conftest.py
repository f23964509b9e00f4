from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bloc.errors import PlanRefused
from bloc.language import use
from bloc.plan import Plan, read_plan
from bloc.plan.checks import plan_of
from bloc.plan.reading import read_source

SHIPPED = Path(__file__).parents[2] / "plans" / "hai-phong-2024.yaml"
SMALL = """\
bloc: {code: b, name: Khối B, council: Hội đồng, place: Nơi này}
year: 2030
document: {number: 01/KH, date: 2030-01-07, title: Kế hoạch}
units:
  - {code: u1, name: Đơn vị 1, role: leader}
  - {code: u2, name: Đơn vị 2, role: deputy}
  - {code: u3, name: Đơn vị 3}
contacts:
  - {unit: u1, role: secretary, name: Chuyên viên, email: u1@example.vn}
  - {unit: u2, role: contact, name: Chuyên viên, email: u2@example.vn}
reminders:
  at: "07:30"
  ladder:
    - {before: 3, to: [contact]}
    - {after: 1, to: [head]}
covenant:
  clauses: [Thi đua]
criteria:
  step: 0.25
  groups:
    - code: I
      title: Nhóm
      criteria:
        - {code: I.1, title: Một, min: 0, max: 25}
        - {code: I.2, title: Hai, max: 5}
activities:
  - code: reports
    title: Gửi báo cáo
    kind: report
    quarter: 2
    opens: 2030-05-06
    deadline: {phrase: trước ngày 07/6/2030, before: 2030-06-07}
    source: II.2.2
  - code: sheets
    title: Gửi bảng chấm điểm
    kind: score-sheets
    quarter: 4
    actors: all
    deadline: {phrase: đến hết ngày 06/12/2030, by: 2030-12-06}
    source: II.2.4
"""


@pytest.fixture(autouse=True)
def english() -> None:
    use("en")


@pytest.fixture(scope="session")
def plan() -> Plan:
    return read_plan(SHIPPED)


@pytest.fixture(scope="session")
def small() -> str:
    return SMALL


@pytest.fixture(scope="session")
def faults() -> Callable[[str | bytes], list[str]]:
    """Return what gives the faults of a plan's text, as people read them; none if it is a good plan."""

    def of(text: str | bytes) -> list[str]:
        try:
            plan_of(read_source("plan.yaml", text.encode() if isinstance(text, str) else text))
        except PlanRefused as refused:
            return [str(fault) for fault in refused.faults]
        return []

    return of


@pytest.fixture(scope="session")
def shipped_tree() -> Any:
    """Return the shipped plan as lists, mappings and texts; not to be changed."""
    return read_source("plan.yaml", SHIPPED.read_bytes()).data
