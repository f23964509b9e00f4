"""docs/mail-desk.md against the code."""

import re
from pathlib import Path

from bloc.cli.notices import app
from bloc.enums import NoticeState
from notifications.ledger import MOVES

PAGE = (Path(__file__).parent.parent / "docs" / "mail-desk.md").read_text(encoding="utf-8")


def test_the_table_of_states_is_the_table_of_moves():
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|$", PAGE, re.MULTILINE)

    assert {NoticeState(state): set(re.findall(r"`(\w+)`", moves)) for state, moves in rows} == MOVES


def test_the_page_names_the_commands_that_there_are():
    commands = {each.name or each.callback.__name__ for each in app.registered_commands}

    assert set(re.findall(r"`bloc notices (\w+)", PAGE)) == commands
