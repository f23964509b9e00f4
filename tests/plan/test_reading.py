import copy
import unicodedata
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bloc.errors import PlanRefused
from bloc.plan import Plan, read_plan
from bloc.plan.checks import plan_of
from bloc.plan.reading import LARGEST_FILE, read_source

NO_YAML = "is no YAML; look at the indentation, the colons, the brackets and the quotes of this line and the one above"
TOO_LARGE = ["plan.yaml:1: is larger or deeper than such a file can be"]
NO_GROUP = ["plan.yaml:1: must be a group of keys"]
NINE_LAUGHS = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", NO_GROUP),
        (b"# nothing but a comment\n", NO_GROUP),
        (b"- a list\n", NO_GROUP),
        (b"a word", NO_GROUP),
        (b"&all [*all]", NO_GROUP),
        (b"a: " + 5_000 * b"[", TOO_LARGE),
        (b"a: " + 500_000 * b"[" + 500_000 * b"]", TOO_LARGE),
        (b"".join(b"%s- a:\n" % (4 * n * b" ") for n in range(200)), TOO_LARGE),
        (b"a0: &a0 [ha]\n" + NINE_LAUGHS.encode(), TOO_LARGE),
        (b"a: &a {b: *a}", TOO_LARGE),
        ((LARGEST_FILE + 1) * b"#", TOO_LARGE),
        (
            b"a:\n\tb: 1\n",
            ['plan.yaml:2: has a sign that cannot stand here; indent with spaces, not tabs, and put texts in "quotes"'],
        ),
        (b"a: [1\nb: 2\n", [f"plan.yaml:2: {NO_YAML}"]),
        (b"a: 1\n---\nb: 2\n", ["plan.yaml:2: begins a second document; please delete the line ---"]),
        (b"a: *nobody\n", ['plan.yaml:1: has a text that begins with *; please put it in "quotes"']),
        (b"? [a, b]\n: 1\n", ["plan.yaml:2: stands under a key that is no text"]),
        (bytes(range(256)), ["plan.yaml:1: is no YAML text in UTF-8"]),
        ("năm: 2030".encode("cp1258"), ["plan.yaml:1: is no YAML text in UTF-8"]),
    ],
    ids=[
        "empty",
        "comment",
        "list",
        "word",
        "list within itself",
        "5,000 brackets",
        "half a million brackets",
        "200 indents",
        "billion laughs",
        "mapping within itself",
        "large",
        "tab",
        "open bracket",
        "two documents",
        "unknown alias",
        "a list as a key",
        "binary",
        "another encoding",
    ],
)
def test_what_is_no_plan_at_all_is_refused_in_words(faults, content, told):
    assert faults(content) == told


@pytest.mark.parametrize(
    "content",
    [
        b"<<: {year: 2030}\n",
        b"? \n: 1\n",
        b"1: 2\n",
        b"null: 2\n",
        b"!!python/object/apply:os.system {a: b}\n",
        b"a: !!binary x",
    ],
    ids=["merge key", "empty key", "number as a key", "null as a key", "tag of Python", "tag"],
)
def test_odd_yaml_is_read_as_plain_keys_and_texts_and_found_wanting(faults, content):
    told = faults(content)

    assert any("is no known key here" in fault for fault in told)
    assert any("year: is missing" in fault for fault in told)


@pytest.mark.parametrize("name", ["missing.yaml", "."], ids=["no such file", "a folder"])
def test_a_file_that_cannot_be_opened_is_refused_and_not_a_crash(tmp_path, name):
    with pytest.raises(PlanRefused) as refused:
        read_plan(tmp_path / name)

    assert "cannot be read: " in str(refused.value)


def test_a_key_without_value_is_as_good_as_left_out(small, faults):
    assert faults(small.replace("year: 2030", "year: 2030\npolicies:\nlegal_bases: ~")) == []


def test_a_quoted_nothing_is_a_text_and_is_told_to_be_empty(small, faults):
    assert faults(small.replace("title: Gửi báo cáo", 'title: ""')) == ["plan.yaml:28 activities[0].title: is empty"]


def test_accents_written_in_pieces_are_read_as_one_letter_each(small):
    source = read_source("plan.yaml", unicodedata.normalize("NFD", small).encode())

    assert plan_of(source).units[0].name == unicodedata.normalize("NFC", "Đơn vị 1")


def test_a_word_that_yaml_takes_for_a_truth_value_stays_a_word(small):
    source = read_source("plan.yaml", small.replace("code: u3", "code: no").encode())

    assert plan_of(source).units[2].code == "no"


def test_anchors_and_aliases_are_followed(small, faults):
    anchored = small.replace("code: u2, name", "code: &second u2, name").replace("unit: u2", "unit: *second")

    assert faults(anchored) == []


JUNK = st.one_of(
    st.sampled_from(
        ["", "null", "nan", "inf", "1e5", "-1", "2024-02-30", "0001-01-01", "9999-12-31", "abc", "x@y\n", "{a}", "٣"]
    ),
    st.sampled_from([[], {}, [[]], {"": []}, ["all"], {"code": "heza"}, 60 * ["heza"], {"before": {}}]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20),
)


def places(tree: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key) of the tree."""
    here = list(tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ())
    return [(tree, key) for key, _ in here] + [place for _, child in here for place in places(child)]


def mutate(tree: Any, data: st.DataObject) -> None:
    container, key = data.draw(st.sampled_from(places(tree)), label="place")
    match data.draw(st.sampled_from(["replace", "remove", "double", "rename"]), label="change"):
        case "replace":
            container[key] = copy.deepcopy(data.draw(JUNK, label="junk"))
        case "remove":
            del container[key]
        case "double" if isinstance(container, list):
            container.insert(key, copy.deepcopy(container[key]))
        case _ if isinstance(container, dict):
            container[data.draw(st.text("abc ", max_size=3), label="name")] = container.pop(key)


def plan_or_faults(content: bytes) -> Plan | list[str]:
    try:
        return plan_of(read_source("plan.yaml", content))
    except PlanRefused as refused:
        return [str(fault) for fault in refused.faults]


@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_whatever_is_done_to_a_plan_it_is_read_or_refused_with_its_faults(shipped_tree, data):
    tree = copy.deepcopy(shipped_tree)
    for _ in range(data.draw(st.integers(1, 4), label="changes")):
        mutate(tree, data)

    outcome = plan_or_faults(yaml.dump(tree, Dumper=yaml.CSafeDumper, allow_unicode=True).encode())

    match outcome:
        case Plan():
            assert Plan.model_validate_json(outcome.model_dump_json()) == outcome
        case faults:
            assert faults
            assert all(fault.startswith("plan.yaml:") for fault in faults)


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=200) | st.text(st.sampled_from("ab:-[]{}&*!|>'\"#\n \t?,%@`<0"), max_size=60).map(str.encode))
def test_whatever_bytes_come_they_are_refused_and_never_a_crash(content):
    outcome = plan_or_faults(content)

    assert isinstance(outcome, list)
    assert outcome
