import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlmodel import SQLModel

import models  # noqa: F401 - so that the metadata is whole
from bloc import migrations
from bloc.migrations import HEAD, ready_database
from bloc.settings import Settings


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


def test_two_processes_that_start_at_once_bring_the_tables_up_to_date_one_after_the_other(tmp_path):
    ready = "from bloc.migrations import *; from bloc.settings import Settings; print(ready_database(Settings()).engine.name)"
    environment = {"BLOC_HOME": str(tmp_path)}
    processes = [
        subprocess.Popen([sys.executable, "-c", ready], env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]

    assert [process.communicate()[0] for process in processes] == ["sqlite\n", "sqlite\n"]
    assert [process.returncode for process in processes] == [0, 0]


def test_a_database_is_made_ready_where_none_was_and_found_ready_after_that(tmp_path):
    settings = Settings(home=tmp_path / "new" / "place", _env_file=None)

    for _ in range(2):
        database = ready_database(settings)
        tables = set(inspect(database.engine).get_table_names())
        database.engine.dispose()

        assert tables == {*SQLModel.metadata.tables, "alembic_version"}
