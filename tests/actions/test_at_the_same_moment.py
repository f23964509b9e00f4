"""Threads at the same moment, on each kind of database: what each does is there, and none stands in another's way."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlmodel import select

from bloc.actions.plans import apply_plan
from bloc.db import unit_of_work
from bloc.enums import Stage
from models import Contact
from tests.factories import START, cycle_of, plan, report

PDF = b"%PDF-1.7 ... %%EOF\n"


def test_receipts_are_numbered_without_gaps_or_doubles_though_all_send_at_once(base):
    year, start = cycle_of(base, plan(size=8)), Barrier(8)
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")

    def send(n: int) -> list[int | None]:
        start.wait()
        data = [b"no document", PDF, report()]
        return [year.deposit(f"u{n}", each, "2030-05-20 09:00").receipt for each in data]

    with ThreadPoolExecutor(8) as pool:
        receipts = [number for numbers in pool.map(send, range(1, 9)) for number in numbers if number]

    assert sorted(receipts) == list(range(1, 17))


@pytest.mark.parametrize("codes", [("a", "z"), ("a", "a")], ids=["of two blocs that share people", "of one bloc"])
def test_two_first_plans_applied_at_the_same_moment_are_both_taken(base, codes):
    people = [{"unit": "u1", "name": "Chuyên viên", "email": f"p{n}@example.vn"} for n in range(30)]
    plans = [plan(code=code, contacts=order) for code, order in zip(codes, (people, people[::-1]), strict=True)]
    together = Barrier(2)

    def begin(plan):
        with unit_of_work(base) as work:
            together.wait(10)
            apply_plan(work, plan, START)

    with ThreadPoolExecutor(2) as threads:
        ended = list(threads.map(begin, plans))

    with unit_of_work(base) as work:
        kept = sorted(work.session.exec(select(Contact.email)))
    assert ended == [None, None]
    assert kept == sorted(person["email"] for person in people)
