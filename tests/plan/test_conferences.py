from datetime import date

import pytest

from bloc.errors import PlanRefused
from bloc.plan.checks import plan_of
from bloc.plan.reading import read_source
from bloc.plan.rollover import draft_next
from bloc.plan.writing import text_of
from tests.factories import plan

MEETING = {"title": "Hội nghị tổng kết", "kind": "conference", "quarter": "4", "actors": "leader", "source": "II.2.4"}
HELD = {
    "date": "2030-12-20", "start": "08:30", "place": "Hội trường", "link": "https://hop.example.vn/b", "agenda": ["Tổng kết"],
}  # fmt: skip
BY = {"phrase": "đến hết ngày 16/12/2030", "by": "2030-12-16"}


def meeting(conference, **changes):
    return plan(activities={"meeting": {**MEETING, "conference": conference, **changes}})


@pytest.mark.parametrize(
    ("conference", "changes", "said"),
    [
        ({"date": "2030-13-01"}, {}, "conference.date: is no date of the calendar; write year-month-day, as in 2030-01-31"),
        ({"date": "2033-01-01"}, {}, "conference.date: lies in another year than the plan"),
        ({"start": "8h30"}, {}, 'conference.start: is no time of day; write it as "07:30"'),
        ({"link": "http://a.vn"}, {}, "conference.link: is no link; it begins with https://"),
        ({"link": "https://a.vn /b"}, {}, "conference.link: is no link; it begins with https://"),
        ({"quorum": "3/2"}, {}, 'conference.quorum: is no share; write it as a fraction of at most 1, as in "2/3"'),
        ({"quorum": "0/2"}, {}, 'conference.quorum: is no share; write it as a fraction of at most 1, as in "2/3"'),
        ({"quorum": "60%"}, {}, 'conference.quorum: is no share; write it as a fraction of at most 1, as in "2/3"'),
        ({"convener": "u9"}, {}, 'conference.convener: there is no unit "u9" among the units'),
        ({"units": ["u1", "u9"]}, {}, 'conference.units[1]: there is no unit "u9" among the units'),
        ({"agenda": "Tổng kết"}, {}, "conference.agenda: must be a list"),
        (HELD, {"kind": "duty"}, "conference: only a conference is held on a day, at a place"),
        (HELD, {"deadline": BY}, "conference.date: is held after its deadline, 16/12/2030"),
        ({**HELD, "date": "2030-09-30"}, {"opens": "2030-10-01"}, "deadline: closes before it opens"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_conference_is_said_at_its_place(conference, changes, said):
    with pytest.raises(PlanRefused) as refused:
        meeting(conference, **changes)

    assert [str(fault).partition("activities[5].")[2] for fault in refused.value.faults] == [said]


def test_a_conference_without_a_deadline_is_due_on_its_day_and_one_without_a_day_is_to_be_dated():
    held, open_ = meeting(HELD), meeting({"place": "Hội trường"})

    assert held.last_day(held.activity("meeting")) == date(2030, 12, 20)
    assert open_.last_day(open_.activity("meeting")) is None


def test_by_default_the_leader_convenes_all_units_and_two_thirds_make_a_quorum():
    found = meeting(HELD)
    activity = found.activity("meeting")

    assert (found.convener(activity), found.asked_to(activity)) == ("u1", ("u1", "u2", "u3"))
    assert activity.conference.quorum == "2/3"


def test_what_is_agreed_on_and_scored_is_the_same_with_a_conference_and_without():
    held, without = meeting(HELD), plan(activities={"meeting": MEETING})

    assert (held.agreed(), held.form(), held.scored()) == (without.agreed(), without.form(), without.scored())


def test_a_conference_is_written_into_a_file_and_read_again():
    found = meeting({**HELD, "convener": "u2", "units": ["u1", "u2"], "quorum": "1/2"})

    assert plan_of(read_source("plan.yaml", text_of(found).encode())) == found


def test_the_next_plan_leaves_day_and_link_open_and_keeps_the_rest():
    draft = draft_next(meeting({**HELD, "convener": "u2", "units": ["u1", "u2"]}), 2031)

    kept = draft.plan.activity("meeting").conference
    assert (kept.date, kept.link, f"{kept.start:%H:%M}", kept.place) == (None, None, "08:30", "Hội trường")
    assert (kept.convener, kept.units, kept.agenda) == ("u2", ("u1", "u2"), ("Tổng kết",))
    assert "kỳ trước tổ chức ngày 20/12/2030" in draft.text
