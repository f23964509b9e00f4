import re

from icalendar import Calendar

from models import CalendarFeed
from tests.portal.conftest import OTHER, OWN


def address(page):
    return re.search(r"<code>https?://[^/<]+(/feeds/[\w-]+\.ics)</code>", page.text)[1]


def test_a_calendar_at_its_address_has_what_is_owed_and_nothing_of_other_units(site):
    path = address(site.visitor(OTHER).post("/calendar"))

    answer = site.visitor().get(path)

    (sheets, reports) = (site.year.obligation("u4", name).id for name in ("sheets", "reports"))
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert {str(event["uid"]).partition("@")[0] for event in events} == {str(sheets), str(reports)}
    assert {str(event["summary"]) for event in events} == {
        "Hết hạn gửi báo cáo: Báo cáo sơ kết - Đơn vị 4",
        "Hết hạn gửi bảng chấm điểm: Gửi bảng chấm điểm - Đơn vị 4",
    }


def test_a_deadline_moves_in_the_calendar_and_goes_once_it_is_met(site):
    path = address(site.visitor(OTHER).post("/calendar"))
    site.year.extend("u4", "2030-12-10", "2030-12-03 09:00", "sheets")
    site.year.waive("u4", "2030-12-03 09:00")

    (event,) = Calendar.from_ical(site.visitor().get(path).content).walk("VEVENT")

    assert (str(event["dtstart"].dt.date()), event["sequence"]) == ("2030-12-10", 2)


def test_an_address_ends_when_it_is_revoked_or_made_anew_and_its_secret_is_kept_nowhere(site):
    visitor, reader = site.visitor(OWN), site.visitor()
    first = address(visitor.post("/calendar"))
    second = address(visitor.post("/calendar"))

    seen = [reader.get(path).status_code for path in (first, second)]
    visitor.post("/calendar/revoke")

    assert seen == [404, 200]
    assert reader.get(second).status_code == 404
    assert [row for row in site.rows(CalendarFeed) if row.secret in second or row.revoked_at is None] == []
    assert second not in visitor.get("/calendar").text
