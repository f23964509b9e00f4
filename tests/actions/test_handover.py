import pytest
from sqlmodel import select

from bloc import queries
from bloc.actions.calendar_feeds import deadlines_of
from bloc.enums import ContactRole, Stage
from bloc.portal.places import seats_of
from models import CalendarFeed, Contact, Role
from tests.factories import cycle_of, on, plan, plan_data
from tests.places import kept

pytestmark = pytest.mark.either

CONTACTS = [
    *(each for each in plan_data()["contacts"] if each["unit"] != "u3"),
    {"unit": "u3", "name": "Cũ", "email": "old@b.example.vn", "until": "2030-05-31"},
    {"unit": "u3", "name": "Mới", "email": "new@b.example.vn", "since": "2030-06-01"},
]


@kept
def year(base):
    return cycle_of(base, plan(contacts=CONTACTS))


def to_u3(year, kind):
    return [identity.rpartition("/")[2] for identity in year.notices(kind) if "/u3/" in identity and "reports" in identity]


def test_mails_go_to_whoever_holds_the_office_on_that_day(year):
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    invited = to_u3(year, "invitation")

    year.advance(Stage.MIDYEAR, "2030-06-01 07:00")
    year.advance(Stage.MIDYEAR, "2030-06-02 07:00")
    year.remind("2030-06-03 07:30")

    assert invited == ["old@b.example.vn"]
    assert sorted(to_u3(year, "invitation")) == ["new@b.example.vn", "old@b.example.vn"]
    assert to_u3(year, "reminder") == ["new@b.example.vn"]


def test_the_day_on_which_an_office_changes_hands_is_looked_at(year):
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")

    assert year.activity("reports").next_at == on("2030-06-01 00:00")


def test_who_serves_no_more_or_not_yet_has_no_seat_and_no_deadlines(year):
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    with year.open() as (work, _):
        people = {each.email: each.id for each in work.session.exec(select(Contact))}
        seats = {
            (who, day): len(seats_of(work.session, people[f"{who}@b.example.vn"], on(f"2030-{day} 12:00")))
            for who in ("old", "new")
            for day in ("05-31", "06-01")
        }
        feed = CalendarFeed(contact_id=people["old@b.example.vn"], secret="-", made_at=on("2030-05-06 09:00"))
        owed = [len(list(deadlines_of(work, feed, on(f"2030-{day} 12:00")))) for day in ("05-31", "06-01")]

    assert seats == {("old", "05-31"): 1, ("old", "06-01"): 0, ("new", "05-31"): 0, ("new", "06-01"): 1}
    assert owed == [1, 0]


def test_the_contacts_of_a_day_are_asked_for_by_that_day(year):
    with year.open() as (work, cycle):
        days = [on(f"2030-{day} 12:00").date() for day in ("05-31", "06-01")]
        books = [queries.contacts(work.session, cycle.id, day) for day in days]

    assert [
        [person.name for (_, role), people in book.items() for person in people if person.name in ("Cũ", "Mới")]
        for book in books
    ] == [["Cũ"], ["Mới"]]
    assert {row.role for row in year.rows(Role)} == {ContactRole.CONTACT, ContactRole.SECRETARY}
