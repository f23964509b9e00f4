"""The JSON Schema for editors says of a plan file what Bloc itself says, as far as a schema can."""

import inspect
from pathlib import Path

import pytest
import yaml
from jsonschema import FormatChecker
from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for

from bloc import enums
from bloc.errors import PlanRefused
from bloc.language import use
from bloc.plan import schema as models
from bloc.plan.checks import plan_of
from bloc.plan.descriptions import DESCRIPTIONS
from bloc.plan.fields import Strict
from bloc.plan.json_schema import DIALECT, plan_json_schema
from bloc.plan.reading import read_source

ROOT = Path(__file__).parents[2]
PLANS = [
    ROOT / "plans" / "hai-phong-2024.yaml",
    *(file for file in sorted((ROOT / "tests/data/replay").glob("*.yaml")) if not file.stem.endswith("-year")),
]
MODELS = {
    name: cls for name, cls in inspect.getmembers(models, inspect.isclass) if issubclass(cls, Strict) and cls is not Strict
}


class Typed(yaml.SafeLoader):
    """Reads as an editor does: numbers and booleans are such, a day is a text."""


Typed.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: loader.construct_scalar(node))


def typed(text):
    return yaml.load(text, Typed)


def as_text(text):
    return read_source("plan.yaml", text.encode()).data


read_both_ways = pytest.mark.parametrize("read", [typed, as_text], ids=["as an editor reads it", "as Bloc reads it"])


def is_taken(text):
    try:
        plan_of(read_source("plan.yaml", text.encode()))
    except PlanRefused:
        return False
    return True


@pytest.fixture(scope="module")
def schema():
    use("en")
    return plan_json_schema()


@pytest.fixture(scope="module")
def faults(schema):
    """Return what gives the places of a plan text at which the schema finds a fault."""
    kind = validator_for(schema)
    kind.check_schema(schema)
    validator = kind(schema, format_checker=FormatChecker())

    def of(text, read):
        found = [best_match([error]) for error in validator.iter_errors(read(text))]  # the choice of an anyOf that came nearest
        return {error.json_path.removeprefix("$").lstrip(".") for error in found}

    return of


@read_both_ways
@pytest.mark.parametrize("file", PLANS, ids=lambda file: file.stem)
def test_the_plans_at_hand_are_right(faults, file, read):
    assert faults(file.read_text(encoding="utf-8"), read) == set()


@read_both_ways
@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("max: 25", "max: 0.07"),
        ("max: 25", 'max: "24.125"'),
        ("min: 0, max: 25", "min: -5, max: 0"),
        ("step: 0.25", "step: 0.001"),
        ("criteria:\n  step", "criteria:\n  example: true\n  step"),
        ("code: I.1", "code: 1.1"),
        ("number: 01/KH", "number: 12"),
        ("name: Đơn vị 3", "name: 115"),
        ("quarter: 2", "quarter: 2\n    actors: [u1, u2]"),
        ("actors: all", "actors:"),
        ("activities:", "policies:\nactivities:"),
        ("opens: 2030-05-06", 'opens: "2030-05-06"'),
        ("quarter: 2", 'quarter: "2"'),
        ("before: 2030-06-07", "before: 2030-06-07, by: ~"),
        ("title: Gửi báo cáo", "title: |\n      Gửi\n      báo cáo"),
        ("source: II.2.2", "source: >\n      II.2.2"),
    ],
    ids=str,
)
def test_what_bloc_takes_the_schema_takes(small, faults, read, good, bad):
    assert good in small
    text = small.replace(good, bad, 1)

    assert is_taken(text)
    assert faults(text, read) == set()


@read_both_ways
@pytest.mark.parametrize(
    ("good", "bad", "place"),
    [
        ("title: Gửi báo cáo", "titel: Gửi báo cáo", "activities[0]"),
        ("kind: report", "kind: letter", "activities[0].kind"),
        ("year: 2030", "year: soon", "year"),
        ("year: 2030", "year: 1030.5", "year"),
        ("document: {number: 01/KH, date: 2030-01-07, title: Kế hoạch}\n", "", ""),
        ("before: 2030-06-07", "before: 2030-06-07, by: 2030-06-07", "activities[0].deadline"),
        (", before: 2030-06-07", "", "activities[0].deadline"),
        ("{before: 3, to: [contact]}", "{before: 3, after: 3}", "reminders.ladder[0]"),
        ("{before: 3, to: [contact]}", "{before: 3, to: []}", "reminders.ladder[0].to"),
        ("max: 25", "max: many", "criteria.groups[0].criteria[0].max"),
        ("max: 25", "max: 2e9", "criteria.groups[0].criteria[0].max"),
        ("max: 25", 'max: "0.0001"', "criteria.groups[0].criteria[0].max"),
        ("step: 0.25", "step: [1]", "criteria.step"),
        ("criteria:\n  step", "criteria:\n  example: perhaps\n  step", "criteria.example"),
        ("opens: 2030-05-06", "opens: 06/5/2030", "activities[0].opens"),
        ("before: 2030-06-07", "before: 2030-02-30", "activities[0].deadline.before"),
        ('"07:30"', "half past seven", "reminders.at"),
        ("u2@example.vn", "u2.example.vn", "contacts[1].email"),
        ("role: leader", "role: boss", "units[0].role"),
        ("code: u3", "code: Đơn-vị-3", "units[2].code"),
        ("quarter: 2", "quarter: 5", "activities[0].quarter"),
        ("actors: all", "actors: everybody", "activities[1].actors"),
        ("  - {code: u2, name: Đơn vị 2, role: deputy}\n  - {code: u3, name: Đơn vị 3}\n", "", "units"),
        ("title: Một", 'title: "Một\\nhai"', "criteria.groups[0].criteria[0].title"),
        ("title: Một", "title: []", "criteria.groups[0].criteria[0].title"),
        ("title: Một", 'title: ""', "criteria.groups[0].criteria[0].title"),
        ("[Thi đua]", "Thi đua", "covenant.clauses"),
    ],
    ids=str,
)
def test_what_is_wrong_is_found_by_its_place(small, faults, read, good, bad, place):
    assert good in small
    text = small.replace(good, bad, 1)

    assert not is_taken(text)
    assert faults(text, read) == {place}


def test_every_field_of_the_models_is_in_the_schema(schema):
    described = {"Plan": schema, **schema["definitions"]}
    described["Recipient"] = described["Recipient"]["anyOf"][0]  # a plain line in its place is its name

    assert {name: set(described[name]["properties"]) for name in MODELS} == {
        name: set(model.model_fields) for name, model in MODELS.items()
    }
    assert {name: described[name]["additionalProperties"] for name in MODELS} == dict.fromkeys(MODELS, False)
    assert {name: set(described[name].get("required", ())) for name in MODELS} == {
        name: {key for key, field in model.model_fields.items() if field.is_required()} for name, model in MODELS.items()
    }


def test_every_value_of_the_enumerations_is_in_the_schema(schema):
    listed = {name: part["enum"] for name, part in schema["definitions"].items() if "enum" in part}

    assert listed.pop("Quarter") == [1, 2, 3, 4, "1", "2", "3", "4"]
    assert listed == {name: [member.value for member in getattr(enums, name)] for name in listed}


def test_every_field_has_its_description_and_none_is_left_over():
    fields = {f"{name}.{field}" for name, model in MODELS.items() for field in model.model_fields}

    assert set(DESCRIPTIONS) == {"Plan", *fields}


def test_defaults_are_written_as_in_the_file(schema):
    parts = schema["definitions"]

    assert schema["properties"]["policies"]["default"]["ties"] == "shared"
    assert parts["Reminders"]["properties"]["at"]["default"] == "07:30"
    assert parts["Criterion"]["properties"]["min"]["default"] == 0
    assert [name for name in MODELS if "'default': None" in str(parts.get(name, schema))] == []


def test_it_says_what_it_is_and_speaks_the_language_in_use(schema):
    use("vi")
    vietnamese = plan_json_schema()
    use("en")

    assert (schema["$schema"], schema["title"]) == (DIALECT, "Plan of an emulation bloc")
    assert vietnamese["title"] == "Kế hoạch của khối thi đua"
    assert vietnamese["properties"]["year"]["description"] == "Năm thi đua."
    assert schema["properties"]["year"]["description"] == "The emulation year."
