"""What judges a killed year sees each thing that may go wrong."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from bloc.enums import NoticeState
from tests.replay.oracle import Mail, Year
from tests.replay.playing import SMALL
from tests.soak.judging import Outcome, violations

TWO = SMALL / "two-year.yaml"
LOST = Mail("a1@two.example.vn", "receipt", "sheets", "a1", "1", date(2030, 12, 20))
NAME = "two-2030/sheets/a1/receipt/1/a1@two.example.vn"
MAILS = Year(TWO).mails
GOOD = Outcome([("final", 2, "b2 1 55/4, a1 2 23/2")], {NAME: NoticeState.SENT}, MAILS, [])
UNSURE = {"fates": {NAME: NoticeState.UNCERTAIN}}
DIGEST = Mail("s@two.example.vn", "weekly", "", "", "2030-12-23", date(2030, 12, 23))
TOLD = {"two-2030/weekly/2030-12-23/s@two.example.vn": NoticeState.SENT}  # in a week that has nothing else to tell


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({}, []),
        (UNSURE, []),
        (UNSURE | {"mails": MAILS - Counter([LOST])}, []),
        ({"mails": MAILS + Counter([DIGEST]), "fates": UNSURE["fates"] | TOLD}, []),
        ({"mails": MAILS + Counter([DIGEST]), "fates": GOOD.fates | TOLD}, ["not called for", "another fate"]),
        ({"mails": MAILS - Counter([LOST])}, ["lost"]),
        ({"mails": MAILS + Counter([LOST])}, ["twice"]),
        ({"mails": MAILS + Counter([LOST._replace(which="2")])}, ["not called for"]),
        ({"mails": MAILS - Counter([LOST]) + Counter([LOST._replace(day=date(2030, 12, 21))])}, ["lost", "not called for"]),
        ({"fates": {NAME: NoticeState.SENDING}}, ["another fate", "another fate"]),
        ({"fates": {}}, ["another fate"]),
        ({"results": []}, ["another ranking"]),
        ({"damage": ["row 1 missing from index"]}, ["damaged"]),
        ({"fates": {NAME: NoticeState.UNCERTAIN, "x/sheets/a1/receipt/2/a": NoticeState.UNCERTAIN}},
         ["another fate", "more uncertain than 1 kills explain"]),
    ],
    ids=[
        "nothing", "called uncertain, and sent", "called uncertain, and not sent", "a digest that tells what is uncertain",
        "a digest that tells nothing", "lost", "twice", "too many", "another day",
        "left in between", "no notice", "no ranking", "damage", "more uncertain than kills",
    ],
)  # fmt: skip
def test_each_violation_is_seen_and_nothing_else(changes, kinds):
    found = violations(TWO, replace(GOOD, **changes), GOOD, kills=1)

    assert [line.partition(":")[0] for line in found] == kinds
