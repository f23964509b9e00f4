"""Which score sheets count, which are missing, and whether that is enough for a result."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from bloc.enums import MissingSheet, ResultState


@dataclass(frozen=True)
class Arrivals:
    """Whose sheets have arrived (complete and valid) and whose are missing, by the codes of the units, in the plan's order."""

    arrived: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Return whether every member's sheet has arrived. N is the number of members, whatever it is."""
        return bool(self.arrived) and not self.missing


def arrivals(members: Sequence[str], arrived: Collection[str]) -> Arrivals:
    """Return who has sent a sheet that counts, and who has not."""
    return Arrivals(tuple(unit for unit in members if unit in arrived), tuple(unit for unit in members if unit not in arrived))


def state_of_result(sheets: Arrivals) -> ResultState:
    """Return what a result of these sheets is: final only if all are in."""
    return ResultState.FINAL if sheets.complete else ResultState.PROVISIONAL


def may_close(sheets: Arrivals, policy: MissingSheet, now: datetime, last_due: datetime) -> bool:
    """Return whether the secretary may close with the sheets received.

    Under ``wait`` never while one is missing; under ``received`` once the last unit's deadline has passed.
    """
    if sheets.complete:
        return True
    return policy is MissingSheet.RECEIVED and bool(sheets.arrived) and now >= last_due
