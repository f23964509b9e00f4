import json
import re

import pytest

from tests.cli.conftest import Said
from tests.factories import plan_text


def test_a_good_plan_passes_the_check(bloc, plan_file):
    assert bloc("plan", "check", plan_file) == Said(0, "The plan b-2030 is in order: 3 units, 5 activities.\n")


def test_every_fault_is_said_by_its_place(bloc, plan_file):
    plan_file.write_text(plan_text(year="soon", recipients=[""]).replace("role: deputy", "role: leader"), encoding="utf-8")

    said = bloc("plan", "check", plan_file)

    assert (said.status, said.out) == (1, "")
    assert re.sub(r":[0-9]+ ", ":# ", said.err).splitlines() == [
        "bloc: The plan plan.yaml cannot be used:",
        "  - plan.yaml:# year: is no whole number",
        "  - plan.yaml:# units: must have exactly one leader; it has 2",
        "  - plan.yaml:# recipients[0]: is empty",
    ]


@pytest.mark.parametrize(
    "data",
    [None, b"\x00\xff\xfe binary", b"%PDF-1.7\n\x80", b"", b"- a list\n", b"a: [1, 2"],
    ids=["missing", "binary", "a pdf", "empty", "a list", "broken YAML"],
)
def test_what_is_no_plan_is_one_clear_refusal(bloc, tmp_path, data):
    file = tmp_path / "other.yaml"
    if data is not None:
        file.write_bytes(data)

    for verb in ("check", "apply"):
        said = bloc("plan", verb, file)

        assert (said.status, said.out, len(said.err.splitlines())) == (1, "", 2)
        assert said.err.startswith("bloc: The plan other.yaml cannot be used:\n  - other.yaml:")


def test_a_folder_is_no_plan(bloc, tmp_path):
    assert bloc("plan", "check", tmp_path).err.endswith(":1: cannot be read: it is a folder, not a file\n")


def test_a_plan_is_applied_once(bloc, plan_file):
    first, second = bloc("plan", "apply", plan_file), bloc("plan", "apply", plan_file)

    assert (first.status, first.err) == (0, "Prefect is not running now; it shows the plan's days once it does.\n")
    assert first.out.splitlines()[:2] == ["The year b-2030 begins.", "Member: Đơn vị 1."]
    assert second == Said(0, "Nothing changes: b-2030 is in step with the file.\n")


def test_the_schema_is_shown_or_written(bloc, tmp_path):
    file = tmp_path / "plan-schema.json"

    shown, written = bloc("plan", "schema"), bloc("plan", "schema", "--out", file)

    assert json.loads(shown.out) == json.loads(file.read_text(encoding="utf-8"))
    assert json.loads(shown.out)["title"] == "Plan of an emulation bloc"
    assert written == Said(0, f"Written: {file}\n")
