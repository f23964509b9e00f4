from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloc.enums import ContactRole
from bloc.rules.calendar import WorkCalendar
from bloc.rules.deadlines import due_at
from bloc.rules.reminders import Rung, Step, next_step_at, reminder_steps, step_due, told_through

VIETNAM = WorkCalendar()
MORNING = time(7, 30)
FULL_LADDER = [Rung(days) for days in (-14, -7, -3, -1, 0, 1, 3, 7)]
DAYS = st.dates(date(2024, 1, 1), date(2025, 12, 31))
CALENDARS = st.builds(WorkCalendar.of, st.sets(DAYS, max_size=40), st.sets(DAYS, max_size=40))
LADDERS = st.lists(st.integers(-30, 20).map(Rung), max_size=12)


def days_of(last: date, *ladder: int) -> list[date]:
    return [step.day for step in reminder_steps(last, [Rung(days) for days in ladder], VIETNAM, MORNING)]


@pytest.mark.parametrize(
    ("last", "ladder", "days"),
    [
        (date(2024, 6, 6), [-14], [date(2024, 5, 17)]),
        (date(2024, 6, 6), [-1, 0], [date(2024, 6, 5), date(2024, 6, 6)]),
        (date(2024, 6, 6), [1, 3], [date(2024, 6, 7), date(2024, 6, 11)]),
        (date(2024, 12, 7), [-1, 0, 1], [date(2024, 12, 5), date(2024, 12, 6), date(2024, 12, 9)]),
        (date(2024, 2, 15), [-1], [date(2024, 2, 7)]),
        (date(2024, 2, 12), [-1, 0, 1], [date(2024, 2, 6), date(2024, 2, 7), date(2024, 2, 15)]),
        (date(2024, 5, 6), [-1], [date(2024, 5, 4)]),
        (date(2024, 5, 3), [-1, -2], [date(2024, 4, 26), date(2024, 5, 2)]),
        (date(2024, 6, 6), [], []),
    ],
    ids=[
        "two weeks and more of working days",
        "the eve and the last day",
        "after the deadline",
        "a Saturday: the last working day before it is its day",
        "back over Tet",
        "a last day within Tet",
        "the make-up Saturday counts",
        "back over 30/4 and 1/5",
        "no ladder",
    ],
)
def test_steps_count_working_days_from_the_last_day_in_time(last, ladder, days):
    assert days_of(last, *ladder) == days


def test_a_step_is_owed_from_the_hour_that_the_plan_names_in_vietnam():
    (step,) = reminder_steps(date(2024, 6, 6), [Rung(0)], VIETNAM, MORNING)

    assert step.due_at == datetime(2024, 6, 6, 0, 30, tzinfo=UTC)
    assert not step.overdue


def test_of_rungs_that_meet_on_one_day_only_the_most_urgent_remains():
    gentle, urgent = Rung(-1), Rung(-1, (ContactRole.CONTACT, ContactRole.HEAD))

    steps = reminder_steps(date(2024, 6, 6), [gentle, urgent], VIETNAM, MORNING)

    assert [step.rung for step in steps] == [urgent]


@given(last=DAYS, ladder=LADDERS, calendar=CALENDARS)
def test_each_step_falls_on_a_working_day_at_most_one_a_day_and_on_its_side_of_the_deadline(last, ladder, calendar):
    steps = reminder_steps(last, ladder, calendar, MORNING)

    days = [step.day for step in steps]
    assert days == sorted(set(days))
    assert all(calendar.is_working_day(day) for day in days)
    assert all(step.overdue == (step.day > last) for step in steps)
    assert [step.rung.days for step in steps] == sorted({rung.days for rung in ladder})


@given(last=DAYS, ladder=LADDERS, calendar=CALENDARS, shuffled=st.randoms())
def test_the_order_in_which_a_plan_writes_its_ladder_does_not_matter(last, ladder, calendar, shuffled):
    other = list(ladder)
    shuffled.shuffle(other)

    assert reminder_steps(last, other, calendar, MORNING) == reminder_steps(last, ladder, calendar, MORNING)


LAST = date(2024, 6, 6)
DUE = due_at(LAST)
STEPS = reminder_steps(LAST, FULL_LADDER, VIETNAM, MORNING)


def at(step_index: int, minutes: int = 0) -> datetime:
    return STEPS[step_index].due_at + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("after", "now", "step"),
    [
        (None, at(0, -1), None),
        (None, at(0), STEPS[0]),
        (at(0), at(0, 15), None),
        (at(0), at(2, 5), STEPS[2]),
        (None, at(4, 60), STEPS[4]),
        (at(3), DUE - timedelta(seconds=1), STEPS[4]),
        (at(3), DUE, None),
        (at(3), at(5), STEPS[5]),
        (at(7), at(7, 10_000), None),
    ],
    ids=[
        "before the first",
        "on the minute",
        "looked at already",
        "two missed: the later one",
        "never looked at",
        "the last day, late in the evening",
        "a reminder of what is over has no use",
        "the first one after",
        "nothing is left",
    ],
)
def test_a_missed_day_is_caught_up_once_by_its_latest_step(after, now, step):
    assert step_due(STEPS, after, now, DUE) == step


def swept(moments: list[datetime]) -> list[Step]:
    """Return the steps that are sent if somebody looks only at these moments."""
    after, sent = None, []
    for now in moments:
        step = step_due(STEPS, after, now, DUE)
        sent += [step] if step else []
        after = now
    return sent


START = datetime(2024, 5, 10, tzinfo=UTC)
MOMENTS = st.lists(
    st.integers(0, 50 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes)), min_size=1, max_size=40
).map(sorted)


@given(MOMENTS)
def test_no_pattern_of_downtime_sends_a_step_twice_or_before_its_time(moments):
    sent = swept(moments)

    assert [step.due_at for step in sent] == sorted({step.due_at for step in sent})
    assert all(step.due_at <= moments[-1] for step in sent)


@given(MOMENTS)
def test_no_pattern_of_downtime_loses_a_step_but_to_a_later_one_or_to_the_deadline(moments):
    sent = swept(moments)

    for step in STEPS:
        looked = next((moment for moment in moments if moment >= step.due_at), None)
        if looked and step not in sent:
            overtaken = any(other.due_at > step.due_at and other.due_at <= looked for other in STEPS)
            assert overtaken or (looked >= DUE and not step.overdue)


@given(MOMENTS)
def test_looking_only_when_the_next_step_is_owed_sends_the_same(moments):
    after, sent, wake = None, [], STEPS[0].due_at
    for now in moments:
        if wake and wake <= now:
            step = step_due(STEPS, after, now, DUE)
            sent += [step] if step else []
            after, wake = now, next_step_at(STEPS, now)

    assert sent == swept(moments)


def test_looking_every_quarter_of_an_hour_sends_every_step():
    assert swept([START + timedelta(minutes=15 * n) for n in range(50 * 96)]) == STEPS


@pytest.mark.parametrize(
    ("told", "through"),
    [
        ("2024-12-02 10:00", "2024-12-02 10:00"),
        ("2024-12-02 07:00", "2024-12-02 07:30"),
        ("2024-12-10 09:00", "2024-12-11 07:30"),
        ("2024-12-14 09:00", "2024-12-14 09:00"),
        ("2024-12-15 09:00", "2024-12-15 09:00"),
        ("2024-12-16 18:00", "2024-12-17 07:30"),
        ("2024-12-18 09:00", "2024-12-19 07:30"),
        ("2024-12-19 09:00", "2024-12-19 09:00"),
        ("2024-12-20 09:00", "2024-12-20 09:00"),
    ],
    ids=[
        "far from any step", "before the day's own", "the day before a step", "a Saturday", "a Sunday without a step on Monday",
        "the evening before a step", "the eve's step", "the last step comes in any case", "those after the deadline too",
    ],
)  # fmt: skip
def test_who_has_just_been_told_is_not_reminded_in_addition_but_for_the_last_step(told, through):
    steps = reminder_steps(date(2024, 12, 20), FULL_LADDER, VIETNAM, MORNING)

    assert told_through(local(told), steps, VIETNAM, MORNING) == local(through)


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+07:00")


def test_what_is_told_on_a_day_off_stands_for_the_next_working_day():
    steps = reminder_steps(date(2024, 12, 20), [Rung(-4), Rung(0)], VIETNAM, MORNING)

    assert told_through(local("2024-12-14 09:00"), steps, VIETNAM, MORNING) == local("2024-12-16 07:30")


def test_after_the_last_step_none_is_owed():
    assert next_step_at(STEPS, at(0, -1)) == at(0)
    assert next_step_at(STEPS, at(0)) == at(1)
    assert next_step_at(STEPS, at(-1)) is None
