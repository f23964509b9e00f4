"""Who the members are in the next year, and which of them lead: memberships that end, units that merge, roles that pass on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bloc.enums import DeputyPasses, LeaderPasses, MemberRole
from bloc.language import Message, say
from bloc.plan.schema import Plan, Unit


@dataclass(frozen=True)
class Members:
    """The units of the next year.

    ``became``: what each unit of the old year is now, by code; None: no member any more. ``unsure``: which roles only an
    election, or somebody who knows, can give; whoever has them here has them provisionally.
    """

    units: tuple[tuple[str, str], ...]  # code and name
    became: Mapping[str, str | None]
    leader: str
    deputy: str | None
    unsure: tuple[MemberRole, ...]
    said: tuple[Message, ...]

    def entries(self, old: Plan) -> list[dict[str, Any]]:
        """Return the units as a plan's tree has them; one whose membership ends later still says so."""
        roles = {self.deputy: MemberRole.DEPUTY, self.leader: MemberRole.LEADER}
        lasting = {unit.code: unit for unit in old.units if unit.until and self.became[unit.code] == unit.code}
        return [
            {"code": code, "name": name, "role": roles.get(code, MemberRole.MEMBER).value, **_ending(lasting.get(code), code)}
            for code, name in self.units
        ]


def _ending(unit: Unit | None, code: str) -> dict[str, Any]:
    if unit is None or (unit.succeeded_by and unit.succeeded_by.code == code):
        return {}
    return unit.model_dump(mode="json", include={"until", "succeeded_by"}, exclude_none=True)


def next_members(plan: Plan, year: int) -> Members:
    """Return the members of ``year`` and their roles, as the plan says that they pass on."""
    first, names, became, said = date(year, 1, 1), dict[str, str](), dict[str, str | None](), list[Message]()
    for unit in plan.units:
        became[unit.code], name = _what_becomes(unit, first)
        if (code := became[unit.code]) is not None:
            names.setdefault(code, name)
            if code == unit.code:
                names[code] = name  # its own name, wherever one that merges into it has stood before it
        said += _change(unit, became[unit.code], name)
    held = {role: _holder(plan, became, role) for role in (MemberRole.LEADER, MemberRole.DEPUTY)}
    leader, sure = _leader(plan, list(names), held)
    deputy, sure_too = _deputy(plan, list(names), held, leader)
    unsure = [role for role, known in ((MemberRole.LEADER, sure), (MemberRole.DEPUTY, sure_too)) if not known]
    return Members(tuple(names.items()), became, leader, deputy, tuple(unsure), tuple(said))


def _what_becomes(unit: Unit, first: date) -> tuple[str | None, str]:
    if unit.until is not None and unit.until >= first:
        return unit.code, unit.name
    if unit.succeeded_by is not None:
        return unit.succeeded_by.code, unit.succeeded_by.name
    return (unit.code if unit.until is None else None), unit.name


def _change(unit: Unit, code: str | None, name: str) -> Iterator[Message]:
    if code is None:
        yield say("{unit} is left out: its membership has ended.", unit=unit.name)
    elif code != unit.code:
        yield say("{unit} has become {new}.", unit=unit.name, new=name)
    elif name != unit.name:
        yield say("{old} is now called {new}.", old=unit.name, new=name)


def _holder(plan: Plan, became: Mapping[str, str | None], role: MemberRole) -> str | None:
    """Return which unit of the next year has taken over from the holder of a role; None if none has."""
    return next((became[unit.code] for unit in plan.units if unit.role is role), None)


Held = Mapping[MemberRole, str | None]


def _leader(plan: Plan, units: Sequence[str], held: Held) -> tuple[str, bool]:
    """Return the leader, and whether that is certain."""
    former, deputy = held[MemberRole.LEADER], held[MemberRole.DEPUTY]
    provisional = former or (units[0] if units else "")
    match plan.rotation.leader:
        case LeaderPasses.DEPUTY if deputy is not None:
            return deputy, True
        case LeaderPasses.LIST if former is not None:
            return _after(units, former), True
        case LeaderPasses.STAYS if former is not None:
            return former, True
    return provisional, False


def _deputy(plan: Plan, units: Sequence[str], held: Held, leader: str) -> tuple[str | None, bool]:
    """Return the deputy, and whether that is certain; a bloc that has had none goes on without."""
    if not any(unit.role is MemberRole.DEPUTY for unit in plan.units):
        return None, True
    former = held[MemberRole.DEPUTY]
    free = None if former == leader else former
    match plan.rotation.deputy:
        case DeputyPasses.LIST if len(units) > 1:
            after = _after(units, former or leader)
            return (_after(units, after) if after == leader else after), True
        case DeputyPasses.STAYS if free is not None:
            return free, True
    return free, False


def _after(units: Sequence[str], code: str) -> str:
    return units[(units.index(code) + 1) % len(units)]
