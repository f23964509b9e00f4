import os
import subprocess
import sys

import pytest

from bloc.db import Database, open_engine
from bloc.migrations import upgrade
from tests.factories import cycle_of, plan

HEAVY = (
    "prefect", "fastapi", "numpy", "alembic", "rich", "docx", "xlsxwriter", "python_calamine", "jinja2", "aiosmtplib",
    "matplotlib",
)  # fmt: skip
LOOK = f"""
import sys
from bloc.cli import main
sys.argv = ["bloc", "status"]
try:
    main()
finally:
    print([name for name in {HEAVY!r} if name in sys.modules])
"""


@pytest.mark.process
def test_status_brings_in_nothing_heavy(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'bloc.db'}")
    upgrade(engine)
    cycle_of(Database(engine), plan())
    engine.dispose()

    environment = {name: value for name, value in os.environ.items() if not name.startswith("BLOC_")}
    environment |= {"BLOC_HOME": str(tmp_path), "BLOC_LANGUAGE": "en", "PYTHONUTF8": "1"}
    out = subprocess.check_output([sys.executable, "-c", LOOK], env=environment, cwd=tmp_path, encoding="utf-8")

    assert out.splitlines()[0].startswith("Khối B, year 2030 - ")
    assert out.splitlines()[-1] == "[]"
