"""The plan file: its schema, its checks, and reading it with every fault named by its place in the file."""

from bloc.plan.checks import read_plan
from bloc.plan.schema import Activity, Contact, Plan, Unit

__all__ = ["Activity", "Contact", "Plan", "Unit", "read_plan"]
