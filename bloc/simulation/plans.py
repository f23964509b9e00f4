"""Blocs that differ as those of a country do: in units, days and policies. The same seed makes the same ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from random import Random

from bloc.enums import ActivityKind, ContactRole, CrossScoresSeen, MemberRole, MissingSheet, TieRule
from bloc.plan import Plan
from bloc.plan.checks import plan_of
from bloc.plan.drafting import Answers, draft_plan
from bloc.plan.reading import read_source
from bloc.plan.schema import Bloc, Contact, LadderStep, Policies, Unit
from bloc.rules.calendar import WorkCalendar
from bloc.sheets.form import Cell, Form
from bloc.sheets.on_page import cells_of

SIZES = (8, 9, 10)  # units of a bloc
DEADLINE = (12, 5)  # month and day by which all sheets are in, or the working day before
LONG_BEFORE = (20, 40)  # days before it on which a bloc's sheets are opened
STEPS = (3, 2, 1, 0)  # working days before it, on one of which a bloc reminds


@dataclass(frozen=True)
class Country:
    """Blocs ``0 ... blocs - 1`` of one year."""

    blocs: int
    year: int
    seed: int

    @cached_property
    def deadline(self) -> date:
        """The last day in time of every bloc's score sheets."""
        return WorkCalendar.of().nearest(date(self.year, *DEADLINE), -1)

    @property
    def first_opening(self) -> date:
        """The first day on which a bloc may open its sheets."""
        return self.deadline - timedelta(days=LONG_BEFORE[1])

    @property
    def last_opening(self) -> date:
        """The last one."""
        return self.deadline - timedelta(days=LONG_BEFORE[0])

    def plan(self, number: int) -> Plan:
        """Return the plan of a bloc: its score sheets alone, for they are what the night is about."""
        chance = Random(f"{self.seed}/{number}")
        text = draft_plan(_answers(self, number, chance.choice(SIZES)), date(self.year, 1, 2))
        plan = plan_of(read_source(f"bloc-{number}.yaml", text.encode()))
        sheets = next(each for each in plan.activities if each.kind is ActivityKind.SCORE_SHEETS)
        opens = self.deadline - timedelta(days=chance.randint(*LONG_BEFORE))
        ladder = (LadderStep(before=chance.choice(STEPS)),)
        return plan.model_copy(update={
            "activities": (sheets.model_copy(update={"opens": opens}),),
            "policies": _policies(chance),
            "reminders": plan.reminders.model_copy(update={"ladder": ladder}),
        })  # fmt: skip

    def arrivals(self, hand: int, hands: int) -> Iterator[tuple[int, int]]:
        """Yield the bloc and the unit (its place) of each sheet that comes through one of ``hands`` desks, in its order."""
        sent = [(number, place) for number in range(self.blocs) for place in range(self.size(number))]
        Random(self.seed).shuffle(sent)
        yield from sent[hand::hands]

    def key(self, number: int) -> str:
        """Return the name of a bloc's year."""
        return f"{_code(number)}-{self.year}"

    def size(self, number: int) -> int:
        """Return how many units a bloc has."""
        return Random(f"{self.seed}/{number}").choice(SIZES)

    @property
    def units(self) -> int:
        """How many units there are in all."""
        return sum(self.size(number) for number in range(self.blocs))


def points_of(form: Form, seed: int) -> dict[Cell, int | str | None]:
    """Return what a unit gives: anything that the criteria allow, so that rankings differ."""
    chance, step = Random(f"{seed}/{form.cycle}/{form.unit}"), form.criteria.step
    return {
        cell: criterion.minimum + step * chance.randint(0, (criterion.maximum - criterion.minimum) // step)
        for cell, criterion in cells_of(form)
    }


def _code(number: int) -> str:
    return f"khoi-{number}"


def _answers(country: Country, number: int, size: int) -> Answers:
    code = _code(number)
    roles = {1: MemberRole.LEADER, 2: MemberRole.DEPUTY}
    units = tuple(
        Unit(code=f"u{n}", name=f"Đơn vị {number}.{n}", role=roles.get(n, MemberRole.MEMBER)) for n in range(1, size + 1)
    )
    secretary = Contact(
        unit="u1", role=ContactRole.SECRETARY, name="Chuyên viên giúp việc", email=f"giup-viec@{code}.example.vn"
    )
    return Answers(
        bloc=Bloc(code=code, name=f"Khối thi đua số {number}", council="Hội đồng Thi đua - Khen thưởng", place="Nơi này"),
        year=country.year,
        units=units,
        secretary=secretary,
        contacts={unit.code: f"{unit.code}@{code}.example.vn" for unit in units},
        midyear=None,
        year_end=country.deadline,
    )


def _policies(chance: Random) -> Policies:
    return Policies(
        ties=chance.choice([TieRule.SHARED, *TieRule]),
        missing_sheet=chance.choice(list(MissingSheet)),
        cross_scores_seen=chance.choice(list(CrossScoresSeen)),
    )
