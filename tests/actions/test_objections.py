"""Cross-scores that are contested once they are published."""

import pytest
from sqlmodel import Session, select

from bloc import files, queries
from bloc.actions import objections
from bloc.actions.contested import contested, is_published, state
from bloc.actions.objection_window import left_unanswered, window_of
from bloc.actions.objections import Evidence
from bloc.actions.waiting import waits_for_secretary
from bloc.db import unit_of_work
from bloc.enums import Act, NoticeState, ObjectionState, Stage
from bloc.errors import NotAllowed, NotFound
from models import AuditEntry, Deposit, Notice, Objection, Point
from tests.factories import LIMIT, Year, cycle_of, on, plan, sheet
from tests.places import kept

pytestmark = [pytest.mark.replay, pytest.mark.either]

PDF = b"%PDF-1.7 minh chung %%EOF"
SEEN = {"policies": {"cross_scores_seen": "matrix"}, "objections": {"days": "3"}}
PUBLISHED = "2030-12-09 10:00"  # a Monday: the window lasts through Thursday 12/12
LAST = "2030-12-12 23:59"
KINDS = ("objections-open", "objection", "objection-reminder", "objection-answer")


def scored(base, **parts) -> Year:
    """A year whose three sheets are in, aggregated: u1 gave u2 8 points for I.1, all others are given 10."""
    year = cycle_of(base, plan(**{**SEEN, **parts}))
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    for unit in ("u1", "u2", "u3"):
        year.send_sheet(unit, "2030-12-03 09:00", {"u2": 8} if unit == "u1" else None)
    year.aggregate("2030-12-09 09:00")
    return year


def published(base, **parts) -> Year:
    year = scored(base, **parts)
    year.publish(PUBLISHED)
    return year


ready, opened = kept(scored), kept(published)


def contest(year, when="2030-12-10 09:00", unit="u2", scorer="u1", criterion="I.1", because="Đủ minh chứng", evidence=None):
    with unit_of_work(year.base, f"Chuyên viên {unit}") as work:
        cycle = queries.cycle_by_key(work.session, year.key)
        return objections.raise_objection(
            work, cycle, unit=unit, scorer=scorer, criterion=criterion, because=because, now=on(when), limit=LIMIT,
            evidence=evidence,
        )  # fmt: skip


def reply(year, number=1, when="2030-12-11 09:00", unit="u1", because="Đã xem lại", to=None):
    with unit_of_work(year.base, f"Chuyên viên {unit}") as work:
        cycle = queries.cycle_by_key(work.session, year.key)
        return objections.answer(work, cycle, number, unit=unit, because=because, now=on(when), limit=LIMIT, to=to)


def remind(year, when):
    with year.open() as (work, cycle):
        return objections.queue_objection_reminders(work, cycle, on(when))


def states(year, when):
    with year.open() as (work, cycle):
        window = window_of(work.session, cycle)
        return [state(each, window, on(when)) for each in contested(work.session, cycle)]


def waits(year, when):
    with year.open() as (work, cycle):
        return [str(said) for said in waits_for_secretary(work.session, cycle, on(when))]


def test_the_window_opens_with_the_publication_and_all_units_are_told_until_when_once(ready):
    year = ready
    before = year.notices(*KINDS)
    with pytest.raises(NotAllowed, match="No objection window is open"):
        contest(year)

    year.publish(PUBLISHED)
    year.publish("2030-12-09 11:00")

    told = [row for row in year.rows(Notice) if row.kind == "objections-open"]
    assert before == []
    assert year.notices("objections-open") == [f"u{n}/objections-open/1/u{n}@b.example.vn" for n in (1, 2, 3)]
    assert {(row.values["last_day"], row.values["page"][:16]) for row in told} == {("2030-12-12", "/years/b-2030/un")}


def test_without_a_window_in_the_plan_nobody_is_told_of_one_and_nothing_can_be_contested(base):
    year = published(base, objections=None)

    assert year.notices(*KINDS) == []
    with pytest.raises(NotAllowed, match="No objection window is open"):
        contest(year)


def test_who_gave_the_points_is_told_who_contests_them_why_and_with_what_evidence(opened):
    year = opened

    row = contest(year, evidence=Evidence("../biên nhận.pdf", PDF))

    (notice,) = (row for row in year.rows(Notice) if row.kind == "objection")
    assert (row.number, row.thousandths, row.raised_by, row.evidence_name) == (1, 8000, "Chuyên viên u2", "biên nhận.pdf")
    assert notice.identity == "b-2030/u1/objection/1/u1@b.example.vn"
    assert notice.values["contested"] == {
        "number": 1, "unit": "Đơn vị 2", "giver": "Đơn vị 1", "criterion": "I.1. Một", "points": 8000,
        "because": "Đủ minh chứng",
    }  # fmt: skip
    assert notice.attachments == [{"name": "biên nhận.pdf", "sha256": files.digest_of(PDF)}]
    (entry,) = (entry for entry in year.rows(AuditEntry) if entry.act is Act.OBJECTION)
    assert (entry.about, entry.after, entry.because) == (
        "u2/u1/I.1",
        {"number": 1, "evidence": files.digest_of(PDF)},
        "Đủ minh chứng",
    )


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"because": " "}, "Give the reason"),
        ({"because": "x" * 2001}, "longer than 2000"),
        ({"scorer": "u2"}, "Choose a criterion"),
        ({"criterion": "I.9"}, "Choose a criterion"),
        ({"when": "2030-12-13 00:00"}, "ended with 12/12/2030"),
        ({"evidence": Evidence("a.exe", b"MZ")}, "neither a .pdf"),
        ({"evidence": Evidence("a.pdf", b"%PDF-" + b"0" * LIMIT + b"%%EOF")}, "larger than 1 MB"),
    ],
    ids=["no reason", "too long", "its own points", "no such criterion", "too late", "no evidence", "too large"],
)
def test_what_cannot_be_contested_is_refused_and_nobody_is_told(opened, how, said):
    year = opened

    with pytest.raises(NotAllowed, match=said):
        contest(year, **how)

    assert (year.rows(Objection), year.notices("objection")) == ([], [])


def test_a_score_is_contested_once(opened):
    year = opened
    contest(year)

    with pytest.raises(NotAllowed, match="contested this already"):
        contest(year, "2030-12-11 09:00")

    assert contest(year, criterion="I.2").number == 2


def test_a_confirmation_is_kept_with_its_reason_and_told_to_who_asked(opened):
    year = opened
    contest(year)

    reply(year, because="Báo cáo gửi muộn")

    (row,) = year.rows(Objection)
    (notice,) = (row for row in year.rows(Notice) if row.kind == "objection-answer")
    assert (row.answer, row.answered_because, row.answered_by, row.correction) == (
        "confirmed", "Báo cáo gửi muộn", "Chuyên viên u1", None,
    )  # fmt: skip
    assert (row.because, row.thousandths) == ("Đủ minh chứng", 8000)
    assert notice.identity == "b-2030/u2/objection-answer/1/u2@b.example.vn"
    assert (notice.values["corrected"], notice.values["corrected_to"], notice.values["because"]) == (
        False, None, "Báo cáo gửi muộn",
    )  # fmt: skip
    assert year.aggregate("2030-12-11 10:00") is None


def test_a_correction_is_a_new_version_of_the_givers_sheet_and_of_the_result_to_be_published_again(opened):
    year = opened
    contest(year)

    reply(year, to=9250)

    (row,) = year.rows(Objection)
    with Session(year.base.engine) as session:
        sent = session.get(Deposit, row.correction)
        points = session.exec(select(Point.thousandths).where(Point.deposit_id == row.correction)).all()
    assert (sent.version, sent.late_seconds, sent.file_name) == (2, 0, "bang-cham-diem-u1-2030-kien-nghi-1.xlsx")
    assert sorted(points) == [1000, 1000, 1000, 9250, 10000, 10000]

    result = year.aggregate("2030-12-11 09:15")
    assert (result.version, result.state.value) == (2, "final")
    assert year.ranking(result)[-1] == ("u2", 3, False, "43/4")
    assert "Version 2 of the result is final and waits to be published." in waits(year, "2030-12-11 10:00")
    with year.open() as (work, cycle):
        before = is_published(work.session, contested(work.session, cycle)[0])
    year.publish("2030-12-11 11:00")
    with year.open() as (work, cycle):
        after = is_published(work.session, contested(work.session, cycle)[0])
        window = window_of(work.session, cycle)
    assert (before, after, window.opened_at) == (False, True, on(PUBLISHED))
    assert year.notices("objections-open") == [f"u{n}/objections-open/1/u{n}@b.example.vn" for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("how", "error", "said"),
    [
        ({"because": ""}, NotAllowed, "Give the reason"),
        ({"to": 8000}, NotAllowed, "the points that stand"),
        ({"to": 25250}, NotAllowed, "exceeds the maximum of 25"),
        ({"to": -250}, NotAllowed, "below the minimum of 0"),
        ({"to": 9100}, NotAllowed, "multiple of 0.25"),
        ({"unit": "u2"}, NotFound, "no such objection"),
        ({"unit": "u3"}, NotFound, "no such objection"),
        ({"number": 7}, NotFound, "no such objection"),
    ],
    ids=["no reason", "the same", "above", "below", "off the step", "its raiser", "another unit", "none of that number"],
)
def test_what_is_no_answer_is_refused_and_changes_nothing(opened, how, error, said):
    year = opened
    contest(year)

    with pytest.raises(error, match=said):
        reply(year, **how)

    (row,) = year.rows(Objection)
    assert (row.answer, len(year.rows(Deposit)), year.notices("objection-answer")) == (None, 3, [])


def test_an_objection_is_answered_once(opened):
    year = opened
    contest(year)
    reply(year)

    with pytest.raises(NotAllowed, match="has been answered"):
        reply(year, to=9000)


def test_who_has_not_answered_is_reminded_by_the_plans_ladder_up_to_the_last_day(opened):
    year = opened
    contest(year, criterion="I.1")
    contest(year, criterion="I.2")
    contest(year, unit="u3", scorer="u2")
    reply(year, 3, unit="u2", when="2030-12-11 09:00")

    counts = [remind(year, f"2030-12-{day} 07:30") for day in (11, 12, 12, 13)]

    reminded = [row for row in year.rows(Notice) if row.kind == "objection-reminder"]
    assert counts == [0, 1, 0, 0]
    assert [row.identity for row in reminded] == ["b-2030/u1/objection-reminder+0/2030-12-12/u1@b.example.vn"]
    assert [each["number"] for each in reminded[0].values["contested"]] == [1, 2]
    assert (reminded[0].values["days_left"], reminded[0].expires_at) == (0, on("2030-12-13 00:00"))


def test_a_reminder_that_was_not_sent_lapses_once_all_is_answered(opened):
    year = opened
    contest(year)
    remind(year, "2030-12-12 07:30")

    reply(year, when="2030-12-12 08:00")

    assert [row.state for row in year.rows(Notice) if row.kind == "objection-reminder"] == [NoticeState.CANCELLED]


def test_what_nobody_answered_stands_so_at_the_end_and_is_listed_to_the_secretary(opened):
    year = opened
    contest(year)
    said = "Objections that were not answered in time: 1."

    before, after = waits(year, LAST), waits(year, "2030-12-13 00:00")

    assert (said in before, said in after) == (False, True)
    assert (states(year, LAST), states(year, "2030-12-13 00:00")) == ([ObjectionState.OPEN], [ObjectionState.NOT_ANSWERED])


def test_an_answer_after_the_end_is_taken_and_its_correction_waits_for_the_secretary(opened):
    year = opened
    contest(year)

    reply(year, when="2030-12-16 09:00", to=9000)

    assert year.aggregate("2030-12-16 10:00") is None
    with year.open() as (work, cycle):
        assert left_unanswered(work.session, cycle, on("2030-12-16 10:00")) == 0
    assert any("it takes your act" in said for said in waits(year, "2030-12-16 10:00"))
    assert year.claim("2030-12-16 11:00")
    assert year.aggregate("2030-12-16 11:00").version == 2


def test_sheets_issued_again_open_a_window_of_their_own_and_what_was_contested_before_counts_no_more(opened):
    year = opened
    contest(year)
    year.apply(plan(4, **SEEN), "2030-12-11 09:00", because="Thêm đơn vị")

    with pytest.raises(NotAllowed, match="No objection window is open"):
        contest(year, "2030-12-11 10:00")
    with pytest.raises(NotAllowed, match="issued again"):
        reply(year, when="2030-12-11 10:00")
    for unit in ("u1", "u2", "u3", "u4"):
        year.deposit(unit, sheet(year.cycle, unit), "2030-12-12 09:00", "sheets", "a.xlsx")
    year.claim("2030-12-12 10:00")
    year.aggregate("2030-12-12 10:00")
    year.publish("2030-12-12 11:00")

    assert states(year, "2030-12-12 12:00") == [ObjectionState.NOT_ANSWERED]
    assert contest(year, "2030-12-17 09:00").number == 2
    assert waits(year, "2030-12-17 10:00") == []


def test_a_longer_window_moves_the_reminders_that_are_still_owed(opened):
    year = opened
    contest(year)
    longer = {**SEEN, "objections": {"days": "5"}}

    with pytest.raises(NotAllowed, match="objections"):
        year.apply(plan(**longer), "2030-12-10 10:00")
    year.apply(plan(**longer), "2030-12-10 10:00", because="Thống nhất")

    assert [row.next_step_at for row in year.rows(Objection)] == [on("2030-12-11 07:30")]
    assert (remind(year, "2030-12-12 07:30"), remind(year, "2030-12-16 07:30")) == (1, 1)


def test_points_are_told_to_nobody_but_the_unit_itself_before_they_are_published(opened):
    year = opened
    contest(year)
    year.dead("u2@b.example.vn")

    reply(year, to=9000)

    (notice,) = (row for row in year.rows(Notice) if row.kind == "objection-answer")
    assert notice.identity.endswith("secretary@b.example.vn")
    assert (notice.values["corrected"], notice.values["corrected_to"]) == (True, None)
