"""A plan as a file again: what is read from it is the same plan. Comments of the file that it came from are not in it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import yaml

from bloc.language import Message, say
from bloc.plan.schema import Plan
from bloc.rules.criteria import THOUSANDTHS

Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
WIDTH = 120  # columns
HEAD: Message = say("Bloc's plan file. Dates are year-month-day. `bloc plan check FILE` names every fault by line and path.")


def text_of(plan: Plan) -> str:
    """Return ``plan`` as the text of a plan file, with its defaults written out."""
    return f"# {HEAD}\n\n{yaml_of(tree_of(plan))}"


def tree_of(plan: Plan) -> dict[str, Any]:
    """Return ``plan`` as the tree of a plan file: mappings, lists and texts."""
    tree = plan.model_dump(mode="json", exclude_none=True)
    tree["criteria"] = _in_points(tree["criteria"])
    for title in tree.get("titles", ()):
        if "least_score" in title["conditions"]:
            title["conditions"]["least_score"] = _points(title["conditions"]["least_score"])
    return tree


def yaml_of(tree: Mapping[str, Any]) -> str:
    """Return a plan file's tree as YAML."""
    return str(yaml.dump(tree, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=WIDTH))


def _in_points(criteria: Mapping[str, Any]) -> dict[str, Any]:
    """Return the criteria with points as people write them: a plan keeps them in thousandths."""
    groups = [{**group, "criteria": [_leaf(leaf) for leaf in group["criteria"]]} for group in criteria["groups"]]
    return {**criteria, "step": _points(criteria["step"]), "groups": groups}


def _leaf(leaf: Mapping[str, Any]) -> dict[str, Any]:
    return {**leaf, "min": _points(leaf["min"]), "max": _points(leaf["max"])}


def _points(thousandths: int) -> str:
    exact = Decimal(thousandths) / THOUSANDTHS
    return f"{exact.normalize():f}"
