"""A person's decision about a notice: it has a reason, and stands on record without the reader's address."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bloc.actions.audit import record
from bloc.actions.notice_records import Which
from bloc.db import Work
from bloc.enums import Act, Decision
from bloc.errors import NotAllowed
from bloc.language import say
from models import Cycle


def reason(because: str) -> str:
    """Return the reason of a decision.

    Raises:
        NotAllowed: there is none.
    """
    if not because.strip():
        raise NotAllowed(say("Please say why (--because): it stands on record."))
    return because.strip()


def note(
    work: Work, cycle: Cycle, which: Which, decision: Decision, *, because: str, now: datetime,
    before: Mapping[str, Any] | None = None, after: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Put a decision about a notice on record."""
    about = f"{which.activity or which.kind.value}/{which.unit or cycle.key}"
    said = {"notice": which.ref, "kind": which.kind, "step": which.step, "decision": decision, **(after or {})}
    record(work, cycle, Act.NOTICE, about, now=now, before=before, after=said, because=because)
