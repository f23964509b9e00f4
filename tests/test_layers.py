"""The import order of the architecture: a file imports only from lines above its own."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ORDER = (
    ("bloc.enums", "bloc.errors", "bloc.clock", "bloc.settings", "bloc.language"),
    ("bloc.rules", "bloc.plan"),
    ("models",),
    ("bloc.db", "bloc.due", "bloc.files", "bloc.overview", "bloc.plan_days", "bloc.queries", "bloc.migrations", "bloc.seal"),
    ("notifications", "bloc.sheets", "bloc.documents"),
    ("bloc.actions", "bloc.backup", "bloc.events", "bloc.prefect_plan", "bloc.prefect_runs"),
    ("flows", "bloc.portal"),
    ("bloc.engine", "bloc.replay", "bloc.simulation"),
    ("bloc.cli",),
)
LEVEL = {name: level for level, names in enumerate(ORDER) for name in names}
STRANGERS = (  # packages of one level that do not import one another
    {"notifications", "bloc.sheets", "bloc.documents"},
    {"flows", "bloc.portal"},
)
NOT_IN_RULES = {"sqlmodel", "sqlalchemy", "prefect", "fastapi", "jinja2", "aiosmtplib", "httpx", "os", "pathlib"}
SOURCES = sorted(path for folder in ("bloc", "flows", "models", "notifications") for path in (ROOT / folder).rglob("*.py"))


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def layer_of(module: str) -> str | None:
    return next((name for name in LEVEL if module == name or module.startswith(name + ".")), None)


def imports_of(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"a relative import in {path}"
            names |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


@pytest.mark.parametrize("path", SOURCES, ids=[module_of(path) for path in SOURCES])
def test_a_module_imports_only_from_its_own_layer_and_those_above_it(path):
    module = module_of(path)
    here = layer_of(module)

    below = {name for name in imports_of(path) if (layer := layer_of(name)) and here and LEVEL[layer] > LEVEL[here]}
    strangers = {name for name in imports_of(path) for group in STRANGERS if here in group and layer_of(name) in group - {here}}

    assert below == set()
    assert strangers == set()


def test_every_module_has_its_place_in_the_order():
    assert [module_of(path) for path in SOURCES if layer_of(module_of(path)) is None] == ["bloc"]


@pytest.mark.parametrize("path", [p for p in SOURCES if "rules" in p.parts], ids=lambda path: path.stem)
def test_a_rule_knows_no_session_no_clock_and_no_disk(path):
    assert {name.partition(".")[0] for name in imports_of(path)} & NOT_IN_RULES == set()
    assert "bloc.clock.now" not in imports_of(path)


def test_only_flows_and_the_commands_that_need_it_import_prefect():
    users = {module_of(path) for path in SOURCES if any(name.split(".")[0] == "prefect" for name in imports_of(path))}

    assert {user for user in users if not user.startswith("flows.")} == {"bloc.engine.deploy", "bloc.replay.stagehands"}


def test_only_doors_read_the_clock():
    readers = {module_of(path) for path in SOURCES if "now()" in path.read_text(encoding="utf-8")}

    allowed = {"bloc.clock", "bloc.events", "bloc.cli", "flows", "bloc.engine", "bloc.portal"}
    assert {reader for reader in readers if not any(reader == a or reader.startswith(a + ".") for a in allowed)} == set()
