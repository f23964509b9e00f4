import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import vobject
from icalendar import Calendar

from bloc.rules.deadlines import due_at
from notifications import calendar_file, messages
from notifications.envelope import File
from notifications.messages import About, Draft
from notifications.templating import WRITTEN_IN
from tests.notifications.samples import ENVELOPE, SAMPLES

OWED = uuid.UUID(int=11)
NASTY = "Sở \"A\", <B> & 'C'; \\ 👩‍💻\r\nATTENDEE:mailto:thief@example.vn"


def made(draft: Draft, language: str = "vi", **changes: Any) -> File:
    file = calendar_file.of(draft, language, replace(ENVELOPE, **changes))
    assert file is not None
    return file


def event(file: File) -> Any:
    (found,) = Calendar.from_ical(file.data).walk("VEVENT")
    return found


@pytest.fixture
def owed(about: Callable[..., About]) -> Callable[..., About]:
    def of(**changes: Any) -> About:
        return about(**{"obligation": str(OWED), **changes})

    return of


def test_the_event_is_the_last_day_and_ends_when_the_deadline_does(owed: Callable[..., About]) -> None:
    found = event(made(messages.invitation(about=owed())))

    assert found.decoded("dtstart").astimezone(UTC) == datetime(2024, 6, 5, 17, tzinfo=UTC)
    assert found.decoded("dtend").astimezone(UTC) == due_at(date(2024, 6, 6))
    assert found["dtstart"].params["TZID"] == "Asia/Ho_Chi_Minh"
    assert found.decoded("dtstamp") == ENVELOPE.moment
    assert {name: str(found[name]) for name in ("uid", "sequence", "transp", "status", "organizer")} == {
        "uid": f"{OWED}@example.vn",
        "sequence": "0",
        "transp": "TRANSPARENT",
        "status": "CONFIRMED",
        "organizer": "mailto:thidua@example.vn",
    }


def test_an_entry_is_in_its_readers_language_whatever_language_is_in_use(owed: Callable[..., About]) -> None:
    found = {language: str(event(made(messages.invitation(about=owed()), language))["description"]) for language in WRITTEN_IN}

    assert [language for language, text in found.items() if "thứ Năm 06/6/2024" in text] == ["vi"]
    assert [language for language, text in found.items() if "Thursday 06/6/2024" in text] == ["en"]


def test_another_reader_finds_the_same_in_it(owed: Callable[..., About]) -> None:
    read = vobject.readOne(made(messages.invitation(about=owed())).data.decode())

    assert read.method.value == "PUBLISH"
    assert read.vtimezone.tzid.value == "Asia/Ho_Chi_Minh"
    assert read.vevent.dtstart.value.astimezone(UTC) == datetime(2024, 6, 5, 17, tzinfo=UTC)
    assert read.vevent.dtend.value.astimezone(UTC) == due_at(date(2024, 6, 6))
    assert read.vevent.organizer.params["CN"] == ["Chuyên viên giúp việc Trưởng khối"]


def test_a_deadline_that_moves_is_the_same_event_and_a_later_word(owed: Callable[..., About]) -> None:
    first = event(made(messages.invitation(about=owed())))
    moved = owed(moves=1, last_day=date(2024, 6, 10), phrase=None)
    second = event(made(messages.extension(about=moved, old_last_day=date(2024, 6, 6), because="kiểm toán")))
    last = made(messages.waiver(about=moved, because="giải thể"))

    assert first["uid"] == second["uid"] == event(last)["uid"]
    assert [int(found["sequence"]) for found in (first, second, event(last))] == [0, 2, 3]
    assert second.decoded("dtend").astimezone(UTC) == due_at(date(2024, 6, 10))
    assert Calendar.from_ical(last.data)["method"] == "CANCEL"
    assert event(last)["status"] == "CANCELLED"


@pytest.mark.parametrize(
    ("language", "name", "summary"),
    [
        ("vi", "thoi-han.ics", "Hết hạn gửi báo cáo: Báo cáo sơ kết 6 tháng đầu năm - Sở Nông nghiệp và Phát triển nông thôn"),
        ("en", "deadline.ics", "Deadline (report): Báo cáo sơ kết 6 tháng đầu năm - Sở Nông nghiệp và Phát triển nông thôn"),
    ],
)
def test_it_speaks_the_readers_language(language: str, name: str, summary: str) -> None:
    drafts, envelope = SAMPLES["invitation"]

    file = calendar_file.of(drafts[0], language, envelope)

    assert file is not None and file.name == name
    assert event(file)["summary"] == summary


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_field_can_add_a_line_to_it(owed: Callable[..., About], language: str) -> None:
    fields = dict.fromkeys(("bloc_name", "unit", "sender", "activity", "secretary", "phrase"), NASTY)
    flat = " ".join(NASTY.split())

    file = made(messages.invitation(about=owed(**fields)), language)

    assert "attendee" not in event(file)
    assert flat in event(file)["summary"]
    assert event(file)["description"].count(flat) == 4
    assert event(file)["organizer"].params["CN"] == flat.replace('"', "'")
    assert vobject.readOne(file.data.decode()).vevent.summary.value == event(file)["summary"]


def test_without_a_secretary_the_bloc_convenes(owed: Callable[..., About]) -> None:
    found = event(made(messages.invitation(about=owed(secretary=None, secretary_address=None))))

    assert found["organizer"] == "mailto:bloc@example.vn"


def test_it_goes_with_what_makes_moves_or_ends_a_deadline() -> None:
    having = {name for name, (drafts, envelope) in SAMPLES.items() if calendar_file.of(drafts[0], "vi", envelope)}

    wanted = {"invitation", "invitation-sheets", "invitation-comments", "extension", "reissue", "returned", "waiver"}
    meets = {"conference", "conference-on-a-day", "conference-convener", "conference-reminder"}
    assert having == wanted | meets | {"postponed", "postponed-place", "called-off"}


def test_there_is_none_where_no_obligation_is_named(about: Callable[..., About]) -> None:
    assert calendar_file.of(messages.invitation(about=about()), "vi", ENVELOPE) is None


def test_a_conference_is_an_event_at_its_time_and_place() -> None:
    found = event(made(SAMPLES["conference"][0][0]))

    assert found.decoded("dtstart").astimezone(UTC) == datetime(2024, 6, 14, 1, 30, tzinfo=UTC)
    assert found["dtstart"].params["TZID"] == "Asia/Ho_Chi_Minh"
    assert {name: str(found[name]) for name in ("uid", "sequence", "transp", "location", "url")} == {
        "uid": f"{uuid.UUID(int=15)}@example.vn",
        "sequence": "0",
        "transp": "OPAQUE",
        "location": "Hội trường tầng 3, Trung tâm Hội nghị",
        "url": "https://hop.example.vn/khoi-thi-dua",
    }
    assert "Bình xét danh hiệu thi đua" in found["description"]


def test_without_a_time_of_day_it_is_the_whole_day() -> None:
    found = event(made(SAMPLES["conference-on-a-day"][0][0]))

    assert found.decoded("dtend") - found.decoded("dtstart") == timedelta(days=1)
    assert "location" not in found


def test_one_that_is_postponed_moves_and_one_called_off_goes_away() -> None:
    asked, moved, ended = (SAMPLES[name][0][0] for name in ("conference", "postponed", "called-off"))
    last = replace(ended, values={**ended.values, "moves": 1})

    files = [made(draft) for draft in (asked, moved, last)]

    assert len({str(event(file)["uid"]) for file in files}) == 1
    assert [int(event(file)["sequence"]) for file in files] == [0, 2, 3]
    assert [str(Calendar.from_ical(file.data)["method"]) for file in files] == ["PUBLISH", "PUBLISH", "CANCEL"]
    assert str(event(files[2])["status"]) == "CANCELLED"
