"""Who is told of a mail that waits for a person, and of which year it is."""

from dataclasses import dataclass

import pytest
from sqlmodel import Session, select

from bloc.actions.incoming import Desk, Raw, keep_unread, take, under_way
from bloc.db import Database, unit_of_work
from bloc.enums import CycleMode, IncomingState, Stage
from bloc.settings import Settings
from models import Incoming, Notice
from tests.factories import Year, cycle_of, on, plan, plan_data
from tests.mails import MAILBOX, PDF, letter, token_address

pytestmark = pytest.mark.either

SETTINGS = Settings(
    _env_file=None, upload_limit=1_000_000, imap_address=MAILBOX, imap_checks_senders=True, operator="operator@example.vn"
)
STRANGER, U2, BOTH = "ai@do.example.vn", "u2@b.example.vn", "both@example.vn"


@dataclass(frozen=True)
class Box:
    """The mailbox of an installation, and who is told of what comes into it."""

    base: Database

    def takes(self, data: bytes, when: str = "2030-05-20 09:00", how: object = take) -> Incoming:
        with unit_of_work(self.base) as work:
            desk = Desk(work, under_way(work.session, None), SETTINGS, on(when))
            return how(desk, Raw(data, on(when), len(data)))  # type: ignore[operator]

    @property
    def told(self) -> list[str]:
        """Return who was told how often, by address."""
        with Session(self.base.engine) as session:
            rows = session.exec(select(Notice).where(Notice.kind.in_(["held", "alarm"])))  # type: ignore[attr-defined]
            return sorted(row.identity.rpartition("/")[2] for row in rows)


@pytest.fixture
def box(base: Database) -> Box:
    return Box(base)


def bloc(base: Database, code: str, **parts: object) -> Year:
    """Begin a bloc's year in which somebody of u3 serves the other bloc as well."""
    contacts = [*plan_data(code=code)["contacts"], {"unit": "u3", "role": "deputy_contact", "name": "Cả hai", "email": BOTH}]
    year = cycle_of(base, plan(code=code, **{"contacts": contacts, **parts}))  # type: ignore[arg-type]
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    return year


def test_a_mail_in_doubt_is_of_the_year_that_its_token_names_whoever_sends_it(base, box):
    first, second = bloc(base, "b"), bloc(base, "c")

    strange = box.takes(letter(STRANGER, token_address(second.obligation("u2")), [("a.pdf", PDF)]))
    other = box.takes(letter(U2, token_address(second.obligation("u2")), [("b.pdf", PDF)]))

    assert {strange.cycle_id, other.cycle_id} == {second.cycle.id} != {first.cycle.id}
    assert box.told == ["secretary@c.example.vn"] * 2
    assert second.digest("2030-05-27 07:30") == 1


def test_where_one_year_is_under_way_a_strangers_mail_is_of_that(year, box):
    row = box.takes(letter(STRANGER, files=[("a.pdf", PDF)]))

    assert (row.state, row.cycle_id) == (IncomingState.HELD, year.cycle.id)
    assert box.told == ["secretary@b.example.vn"]


def test_of_who_serves_in_several_years_each_secretary_is_told(base, box):
    bloc(base, "b"), bloc(base, "c"), bloc(base, "d", contacts=plan_data(code="d")["contacts"])

    row = box.takes(letter(BOTH, files=[("a.pdf", PDF)]))

    assert (row.state, row.cycle_id) == (IncomingState.HELD, None)
    assert box.told == ["secretary@b.example.vn", "secretary@c.example.vn"]


def test_a_secretary_of_several_years_is_told_once(base, box):
    same = {"unit": "u1", "role": "secretary", "name": "Thư ký", "email": "secretary@example.vn"}
    for code in ("b", "c"):
        others = [{**each, "email": BOTH} if each["unit"] == "u3" else each for each in plan_data(code=code)["contacts"][1:]]
        cycle_of(base, plan(code=code, contacts=[same, *others]))

    box.takes(letter(BOTH, files=[("a.pdf", PDF)]))

    assert box.told == ["secretary@example.vn"]


def test_of_a_stranger_where_several_years_are_under_way_the_operator_is_told(base, box):
    bloc(base, "b"), bloc(base, "c")

    row = box.takes(letter(STRANGER, files=[("a.pdf", PDF)]))

    assert (row.state, row.cycle_id) == (IncomingState.HELD, None)
    assert box.told == ["operator@example.vn"]


def test_a_mail_that_could_not_be_dealt_with_is_told_too(year, box):
    row = box.takes(b"From: u2@b.example.vn\r\n\r\n", how=keep_unread)

    assert (row.state, row.cycle_id) == (IncomingState.HELD, year.cycle.id)
    assert box.told == ["secretary@b.example.vn"]


def test_of_contacts_each_mail_is_told_at_once_of_all_else_once_a_day(year, box):
    for name in ("a.pdf", "b.pdf"):
        box.takes(letter(STRANGER, files=[(name, PDF)]))
        box.takes(letter(U2, files=[(name, PDF)], Auto_Submitted="auto-generated"))
    of_one_day = len(box.told)
    box.takes(letter(STRANGER, files=[("c.pdf", PDF)]), "2030-05-21 09:00")
    of_two = len(box.told)
    for name in ("c.pdf", "d.pdf"):
        box.takes(letter(U2, files=[(name, PDF)]), "2030-05-21 09:00")

    assert (of_one_day, of_two, len(box.told)) == (1, 2, 4)


def test_what_waits_for_nobody_is_told_to_nobody(year, box):
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")

    states = [
        box.takes(mail).state for mail in (letter(STRANGER), letter(U2, token_address(year.obligation("u2")), [("a.pdf", PDF)]))
    ]

    assert states == [IncomingState.SET_ASIDE, IncomingState.DEPOSITED]
    assert box.told == []


def test_it_says_who_wrote_when_what_and_why_it_waits(year, box):
    row = box.takes(letter(U2, files=[("a.pdf", PDF)], Subject="Báo cáo quý"))

    (notice,) = [each for each in year.rows(Notice) if each.kind == "held"]
    said = {name: notice.values[name] for name in ("ref", "writer", "titled", "came_at")}
    assert said == {"ref": row.sha256[:8], "writer": U2, "titled": "Báo cáo quý", "came_at": "2030-05-20T02:00:00Z"}
    assert notice.values["why"] == row.outcome


def test_what_a_replay_plays_is_no_trouble_of_the_installation(base, box):
    year = cycle_of(base, plan(contacts=plan_data()["contacts"][2:3]), mode=CycleMode.REPLAY)
    year.dead(U2)

    with year.open() as (work, cycle):
        take(
            Desk(work, [cycle], SETTINGS, on("2030-05-20 09:00")),
            Raw(letter(STRANGER, files=[("a.pdf", PDF)]), on("2030-05-20 09:00"), 9),
        )

    assert box.told == []
