"""The next year's plan, drafted from this one: what can be known is carried over, what only people know is marked."""

from bloc.plan.rollover.draft import Draft, draft_next
from bloc.plan.rollover.marks import MARK, Remark

__all__ = ["MARK", "Draft", "Remark", "draft_next"]
