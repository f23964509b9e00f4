"""What judges mail whose delivery was killed sees each thing that may go wrong."""

from dataclasses import replace

import pytest

from bloc.enums import NoticeState
from tests.soak.accounts import Account

CANCELLED, FAILED, QUEUED, SENDING, SENT, UNCERTAIN = (
    NoticeState[name] for name in ("CANCELLED", "FAILED", "QUEUED", "SENDING", "SENT", "UNCERTAIN")
)
ONE, BOTH = b"X-Bloc-Notice: a\r\n\r\none\r\n", b"X-Bloc-Notice: b c\r\n\r\nboth\r\n"
CLAIMED, TAKEN = (QUEUED, SENDING), (SENDING, SENT)
LIFE = [CLAIMED, TAKEN]
GIVEN_UP = [CLAIMED, (SENDING, UNCERTAIN)]
GOOD = Account(
    fates={"a": SENT, "b": SENT, "c": SENT},
    history={"a": LIFE, "b": LIFE, "c": [CLAIMED, (SENDING, QUEUED), *LIFE]},
    kept=[ONE, BOTH],
    taken=[ONE, BOTH],
    record={"a": ONE, "b": BOTH, "c": BOTH},
    bundles={"a": None, "b": "bundle", "c": "bundle"},
)
UNSURE = {"fates": GOOD.fates | {"a": UNCERTAIN}, "history": GOOD.history | {"a": GIVEN_UP}}


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({}, []),
        (UNSURE, []),
        (UNSURE | {"kept": [BOTH], "taken": [BOTH]}, []),
        ({"kept": [BOTH], "taken": [BOTH]}, ["said to be sent, and was not", "not as it is on record"]),
        ({"taken": [BOTH]}, ["said to be sent, and was not"]),
        ({"kept": [ONE, ONE, BOTH]}, ["left twice"]),
        (UNSURE | {"kept": [ONE, ONE, BOTH]}, ["left twice"]),
        ({"fates": GOOD.fates | {"a": FAILED}, "history": GOOD.history | {"a": [CLAIMED, (SENDING, FAILED)]}},
         ["sent, and said not to be"]),
        ({"fates": GOOD.fates | {"a": SENDING}, "history": GOOD.history | {"a": [CLAIMED]}},
         ["left in between", "sent, and said not to be"]),
        ({"history": GOOD.history | {"a": [*LIFE, (SENT, FAILED), (FAILED, QUEUED), *LIFE]}}, ["an unlawful life"]),
        ({"history": GOOD.history | {"a": [*LIFE, TAKEN]}}, ["an unlawful life"]),
        ({"history": GOOD.history | {"a": [(QUEUED, SENT)]}}, ["an unlawful life"]),
        ({"history": GOOD.history | {"a": [*GIVEN_UP, (UNCERTAIN, SENT)]}}, ["an unlawful life"]),
        ({"record": GOOD.record | {"b": ONE + b"more"}}, ["not as it is on record"]),
        ({"kept": [*GOOD.kept, b"X-Bloc-Notice: d\r\n\r\n"]}, ["unknown", "sent, and said not to be"]),
        ({"damage": ["row 1 missing from index"]}, ["damaged"]),
    ],
    ids=[
        "nothing", "called uncertain, and sent", "called uncertain, and not sent", "lost", "not acknowledged", "twice",
        "twice, and called uncertain", "kept, and failed", "left in between", "sent by two", "marked twice", "never claimed",
        "nobody has decided", "another message on record", "no notice", "damage",
    ],
)  # fmt: skip
def test_each_violation_is_seen_and_nothing_else(changes, kinds):
    found = replace(GOOD, **changes).violations()

    assert [line.partition(":")[0] for line in found] == kinds


def test_a_bundle_is_one_mail():
    assert GOOD.mails({"a", "b", "c"}) == 2
