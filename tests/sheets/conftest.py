"""The bloc of seven of 2024, as forms and the points that each unit gave."""

import csv
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from bloc.language import use
from bloc.rules.criteria import Criteria, Criterion, Group
from bloc.sheets.form import Cell, Form

DATA = Path(__file__).parent.parent / "data"


def thousandths(points: object) -> int:
    return int(Decimal(str(points)) * 1000)


def read_csv(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    use("en")
    yield
    use("vi")


@pytest.fixture(scope="session")
def criteria() -> Criteria:
    tree = yaml.safe_load((DATA / "criteria-example.yaml").read_text(encoding="utf-8"))
    return Criteria(
        thousandths(tree["step"]),
        tuple(
            Group(
                group["code"],
                group["title"],
                tuple(
                    Criterion(each["code"], each["title"], thousandths(each["min"]), thousandths(each["max"]))
                    for each in group["criteria"]
                ),
            )
            for group in tree["groups"]
        ),
    )


@pytest.fixture(scope="session")
def members() -> dict[str, str]:
    return {row["code"]: row["name"] for row in read_csv(DATA / "units.csv")}


@pytest.fixture(scope="session")
def form_of(criteria: Criteria, members: dict[str, str]) -> Callable[[str], Form]:
    return lambda unit: Form("ktd-2024", 2024, "KHỐI THI ĐUA", unit, members, criteria)


@pytest.fixture(scope="session")
def form(form_of: Callable[[str], Form]) -> Form:
    return form_of("heza")


@pytest.fixture(scope="session")
def cells_of() -> Callable[[str], dict[Cell, int]]:
    def cells(scorer: str) -> dict[Cell, int]:
        rows = read_csv(DATA / "score-sheets-2024" / f"{scorer}.csv")
        return {(unit, row["criterion"]): thousandths(row[unit]) for row in rows for unit in row if unit != "criterion"}

    return cells


@pytest.fixture
def cells(cells_of: Callable[[str], dict[Cell, int]]) -> dict[Cell, int]:
    return cells_of("heza")
