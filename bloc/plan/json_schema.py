"""A JSON Schema of the plan file, for editors: completion, hovering, and faults while one types.

It is true of the file as a person writes it, be it read by a parser that makes numbers and booleans of scalars, as editors do,
or by one that leaves them texts, as Bloc does. What a schema cannot say (sums over the file, days of the calendar)
``bloc plan check`` does.
"""

from datetime import time
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from bloc.language import say
from bloc.plan.descriptions import DESCRIPTIONS
from bloc.plan.fields import LINE
from bloc.plan.schema import Plan

DIALECT = "http://json-schema.org/draft-07/schema#"  # the newest that all editors read
ONE_OF = {"Deadline": ("before", "by"), "LadderStep": ("before", "after")}  # held in the models by validators

PLAIN_TOO = ("Recipient",)  # a line in its place is its name


def plan_json_schema() -> dict[str, Any]:
    """Return the schema, with its descriptions in the language in use."""
    plan = Plan.model_json_schema(ref_template="#/definitions/{model}", schema_generator=_AsWritten)
    definitions = plan.pop("$defs")
    for name, definition in {"Plan": plan, **definitions}.items():
        for programmers in ("title", "description"):  # a class's name and docstring
            definition.pop(programmers, None)
        _complete(name, definition)
    head = {"title": str(say("Plan of an emulation bloc")), "description": str(DESCRIPTIONS["Plan"])}
    return {"$schema": DIALECT, **head, **plan, "definitions": definitions}


def _complete(model: str, definition: dict[str, Any]) -> None:
    """Add to the schema of a model what its fields mean, which of them may be left empty, and which exclude each other."""
    for field, schema in definition.get("properties", {}).items():
        required = field in definition.get("required", ())
        described = schema if required else _or_nothing(schema)
        definition["properties"][field] = {**described, "description": str(DESCRIPTIONS[f"{model}.{field}"])}
    if model in PLAIN_TOO:
        as_mapping = dict(definition)
        definition.clear()
        definition["anyOf"] = [as_mapping, LINE]
    if model in ONE_OF:
        definition["oneOf"] = [{"required": [key], "properties": {key: {"not": {"type": "null"}}}} for key in ONE_OF[model]]


def _or_nothing(schema: JsonSchemaValue) -> JsonSchemaValue:
    """Return the schema of a key that may be left out: a key without a value is left out too."""
    kept = {key: value for key, value in schema.items() if (key, value) != ("default", None)}
    if "type" in kept and "const" not in kept and "enum" not in kept:
        types = kept["type"] if isinstance(kept["type"], list) else [kept["type"]]
        return {**kept, "type": [*types, "null"]}
    default = {"default": kept.pop("default")} if "default" in kept else {}
    return {"anyOf": [*kept.get("anyOf", [kept]), {"type": "null"}], **default}


class _AsWritten(GenerateJsonSchema):
    """Describes values as they stand in the file, where a number or a truth may be a text."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        """Return that no field has one: it would only repeat the key."""
        return False

    def int_schema(self, schema: core_schema.IntSchema) -> JsonSchemaValue:
        """Return a whole number, or a text that is one."""
        return {**super().int_schema(schema), "type": ["integer", "string"], "pattern": "^[+-]?[0-9]+$"}

    def bool_schema(self, schema: core_schema.BoolSchema) -> JsonSchemaValue:  # noqa: ARG002
        """Return a truth, or a text that is one: YAML 1.1 takes yes and no for truths, YAML 1.2 for texts."""
        words = "|".join(f"{word}|{word.title()}|{word.upper()}" for word in ("true", "false", "yes", "no", "on", "off"))
        return {"type": ["boolean", "string"], "pattern": f"^({words})$"}

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        """Return the values of an enumeration; numbers also as texts."""
        values = [member.value for member in schema["members"]]
        return {"enum": [*values, *(str(value) for value in values if not isinstance(value, str))]}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Return what may be left out as what it is when it is not: ``_or_nothing`` says so of all such keys alike."""
        return self.generate_inner(schema["schema"])

    def encode_default(self, dft: Any) -> Any:
        """Return a default as it is written."""
        return dft.isoformat("minutes") if isinstance(dft, time) else super().encode_default(dft)
