import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlmodel import Session, SQLModel, select

from bloc import migrations
from bloc.db import open_engine
from bloc.migrations import HEAD, ready_database
from bloc.settings import Settings
from models import Membership, Notice, PlanVersion, Result, Role
from tests.databases import KINDS, new_database


def test_models_and_migrations_agree(base):
    with base.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata)

    assert differences == []


def test_the_named_checks_of_the_models_are_those_of_the_migrations(base):
    found = inspect(base.engine)
    wanted = {
        table.name: sorted(str(c.name) for c in table.constraints if type(c).__name__ == "CheckConstraint")
        for table in SQLModel.metadata.tables.values()
    }

    assert {name: sorted(check["name"] for check in found.get_check_constraints(name)) for name in wanted} == wanted


def test_the_head_that_the_code_knows_is_the_scripts():
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))

    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


READY = """
import sys
from alembic import command
from bloc.migrations import ready_database
from bloc.settings import Settings
print("ready", flush=True)
sys.stdin.readline()
print(ready_database(Settings(_env_file=None)).engine.name)
"""


@pytest.mark.process
@pytest.mark.parametrize("kind", KINDS)
def test_processes_that_start_at_once_bring_the_tables_up_to_date_one_after_the_other(kind, tmp_path):
    with new_database(kind, "starting") as url:
        environment = {"BLOC_HOME": str(tmp_path), **({"BLOC_DATABASE_URL": url} if url else {})}
        command = [sys.executable, "-c", READY]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        processes = [subprocess.Popen(command, env=environment, **pipes) for _ in range(4)]
        began = [process.stdout.readline() for process in processes]

        for process in processes:
            process.stdin.write("\n")
            process.stdin.flush()
        ended = [(process.communicate()[0], process.returncode) for process in processes]

    assert began == ["ready\n"] * 4
    assert ended == [("sqlite\n" if kind == "sqlite" else "postgresql\n", 0)] * 4


def test_a_database_is_made_ready_where_none_was_and_found_ready_after_that(tmp_path):
    settings = Settings(home=tmp_path / "new" / "place", _env_file=None)

    for _ in range(2):
        database = ready_database(settings)
        tables = set(inspect(database.engine).get_table_names())
        database.engine.dispose()

        assert tables == {*SQLModel.metadata.tables, "alembic_version"}


def test_what_a_database_of_the_first_version_holds_is_kept(tmp_path):
    settings = Settings(home=tmp_path, _env_file=None)
    engine = open_engine(settings.database)
    with engine.begin() as connection:
        command.upgrade(_config(connection), "0001")
        for table, row in FIRST_ROWS:
            names = ", ".join(f'"{name}"' for name in row)
            marks = ", ".join(f":{name}" for name in row)
            connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), row)
    engine.dispose()

    database = ready_database(settings)

    with Session(database.engine) as session:
        (role,), (notice,), (kept,) = (session.exec(select(table)).all() for table in (Role, Notice, PlanVersion))
        (membership,), (result,) = (session.exec(select(table)).all() for table in (Membership, Result))
    assert (role.name, role.language, notice.name, notice.language) == ("Chuyên viên", "en") * 2
    assert (kept.version, kept.plan, result.plan_version, membership.until) == (4, "{}", 4, None)
    assert {check["name"] for check in inspect(database.engine).get_check_constraints("notice")} == {
        "notice_kind", "notice_state", "claimed_while_sending",
    }  # fmt: skip
    database.engine.dispose()


def _config(connection):
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    return config


ID, NOW = "0" * 32, "2030-01-02 01:00:00.000000"
FIRST_ROWS = [
    ("bloc", {"id": ID, "code": "b", "name": "Khối B"}),
    ("contact", {"id": ID, "name": "Chuyên viên", "email": "a@example.vn", "language": "en"}),
    ("cycle", {"id": ID, "bloc_id": ID, "key": "b-2030", "year": 2030, "mode": "live", "scenario_done": 0, "plan": "{}",
               "plan_hash": "", "plan_version": 4}),
    ("unit", {"id": ID, "bloc_id": ID, "code": "u1", "name": "Đơn vị 1"}),
    ("membership", {"id": ID, "cycle_id": ID, "unit_id": ID, "role": "leader", "position": 0}),
    ("role", {"id": ID, "cycle_id": ID, "unit_id": ID, "contact_id": ID, "role": "contact"}),
    ("notice", {"id": ID, "cycle_id": ID, "contact_id": ID, "unit_id": ID, "kind": "result", "identity": "x", "values": "{}",
                "state": "sent", "queued_at": NOW, "send_at": NOW, "attempts": 1}),
    ("result", {"id": ID, "cycle_id": ID, "version": 1, "state": "final", "sheets": 2, "members": 2, "input_hash": "",
                "policies": "{}", "code_version": "", "computed_at": NOW}),
]  # fmt: skip
