"""What a version of the ranking rests on: the plan's members, policies and criteria, and every counted point."""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions import sums
from bloc.enums import TieRule
from bloc.plan import Plan
from bloc.rules.completeness import Arrivals, arrivals
from bloc.rules.digest import digest_of
from bloc.rules.ranking import Place, Sums, ranked
from bloc.sheets.form import Cell, Points
from models import CountedSheet, Cycle, Deposit, Obligation, Point, Result, Unit

NOTHING = Sums(0, None, 0)
GivenPoints = tuple[str, str, str, int]  # scorer, unit scored, criterion, thousandths of a point


@dataclass
class Inputs:
    """The inputs of a result, each read once: those of a cycle as it stands, or those of a version that was stored.

    ``plan_text`` is the plan as it was kept, in JSON; ``counted`` are the sheets, by the id of the unit that sent each.
    """

    session: Session
    cycle: Cycle
    plan_text: str
    counted: Mapping[uuid.UUID, Deposit]

    @classmethod
    def now(cls, session: Session, cycle: Cycle) -> Self:
        """Return what a new version would rest on: the plan and the sheets that count now."""
        return cls(session, cycle, cycle.plan, queries.counted_sheets(session, cycle.id))

    @classmethod
    def of(cls, session: Session, cycle: Cycle, result: Result) -> Self:
        """Return what a stored version rests on, whatever came later."""
        text = queries.plan_text(session, cycle.id, result.plan_version)
        counted = session.exec(
            select(Obligation.unit_id, Deposit)
            .join(Deposit, col(Deposit.obligation_id) == Obligation.id)
            .join(CountedSheet, col(CountedSheet.deposit_id) == Deposit.id)
            .where(CountedSheet.result_id == result.id)
        )
        return cls(session, cycle, text, dict(counted.all()))

    @cached_property
    def plan(self) -> Plan:
        """The plan."""
        return Plan.model_validate_json(self.plan_text)

    @cached_property
    def kept_plan(self) -> dict[str, Any]:
        """The plan's tree, as it was kept: it is read in a tenth of the time."""
        tree: dict[str, Any] = json.loads(self.plan_text)
        return tree

    @cached_property
    def units(self) -> Mapping[uuid.UUID, Unit]:
        """The N members by id, in the plan's order."""
        known = queries.units_by_code(self.session, self.cycle)
        return {known[unit["code"]].id: known[unit["code"]] for unit in self.kept_plan["units"]}

    @cached_property
    def sheets(self) -> Mapping[str, Deposit]:
        """The k sheets that count, by the code of the scorer, in the plan's order."""
        return {unit.code: self.counted[id_] for id_, unit in self.units.items() if id_ in self.counted}

    @property
    def arrivals(self) -> Arrivals:
        """Return whose sheets are among them and whose are not."""
        return arrivals([unit.code for unit in self.units.values()], self.sheets)

    def places(self) -> list[Place]:
        """Return the ranking, by the rules."""
        given = sums.given(self.session, [sheet.id for sheet in self.sheets.values()])
        by_code = {unit.code: given.get(id_, NOTHING) for id_, unit in self.units.items()}
        return ranked(by_code, TieRule(self.kept_plan["policies"]["ties"]))

    def hash(self) -> str:
        """Return a digest of members, criteria, policies and every counted point, which each sheet has in a digest of its own.

        Sheets that were accepted before they had one get it from their points.
        """
        digests = {scorer: sheet.points_hash for scorer, sheet in self.sheets.items()}
        known = {scorer: digest for scorer, digest in digests.items() if digest is not None}
        return hash_of(self.kept_plan, known if len(known) == len(digests) else digests_of(self.points))

    @cached_property
    def points(self) -> Sequence[GivenPoints]:
        """Every counted point: scorer, unit scored, criterion, thousandths of a point."""
        scorers = {sheet.id: scorer for scorer, sheet in self.sheets.items()}
        given = select(Point.deposit_id, Point.unit_id, Point.criterion_id, Point.thousandths)
        rows = self.session.exec(given.where(col(Point.deposit_id).in_(scorers)))
        codes = queries.criterion_codes(self.session, self.cycle.id)
        return [(scorers[sheet], self.units[unit].code, codes[criterion], value) for sheet, unit, criterion, value in rows]


def hash_of_sheet(points: Points) -> str:
    """Return a digest of all points of a sheet."""
    return digest_of(sorted([*cell, given] for cell, given in points.items()))


def by_scorer(points: Iterable[GivenPoints]) -> dict[str, dict[Cell, int]]:
    """Return the points of each scorer's sheet, by unit and criterion."""
    sheets: dict[str, dict[Cell, int]] = {}
    for scorer, unit, code, given in points:
        sheets.setdefault(scorer, {})[unit, code] = given
    return sheets


def digests_of(points: Iterable[GivenPoints]) -> dict[str, str]:
    """Return the digest of each scorer's points."""
    return {scorer: hash_of_sheet(sheet) for scorer, sheet in by_scorer(points).items()}


def hash_of(plan: dict[str, Any], digests: Mapping[str, str]) -> str:
    """Return a digest of a plan's members, criteria and policies and of every counted point, given a digest for each sheet."""
    return digest_of([*_agreed(plan), digests])


def hashes_of(plan: dict[str, Any], points: Sequence[GivenPoints]) -> tuple[str, str]:
    """Return that digest, reckoned from the points, and the one of versions made before each sheet had its own."""
    return hash_of(plan, digests_of(points)), digest_of([*_agreed(plan), sorted(points)])


def _agreed(plan: dict[str, Any]) -> tuple[object, ...]:
    """Return members but for their names, policies and criteria, as they were kept: no later default finds its way in."""
    members = [{key: value for key, value in unit.items() if key != "name"} for unit in plan["units"]]
    return members, plan["policies"], _scored(plan["criteria"])


def _scored(criteria: dict[str, Any]) -> dict[str, Any]:
    """Return the criteria without what is merely shown beside them to those who score."""
    groups = [{**group, "criteria": [_leaf(leaf) for leaf in group["criteria"]]} for group in criteria["groups"]]
    return {**criteria, "groups": groups}


def _leaf(leaf: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in leaf.items() if key != "punctuality"}
