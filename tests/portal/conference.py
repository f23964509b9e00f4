"""A conference in the year of a portal that is tested."""

from uuid import UUID

from sqlmodel import select

from bloc import queries
from bloc.enums import Stage
from bloc.plan.editing import with_activity
from models import Activity, Attendance, Unit
from tests.portal.conftest import NOW, Site

HELD = {
    "date": "2030-12-20",
    "start": "08:30",
    "place": "Hội trường tầng 3",
    "link": "https://hop.example.vn/khoi-b",
    "agenda": ["Báo cáo tổng kết", "Bình xét danh hiệu thi đua"],
}
MEETING = {
    "code": "meeting",
    "title": "Tổ chức Hội nghị tổng kết năm",
    "short": "Hội nghị tổng kết",
    "kind": "conference",
    "quarter": "4",
    "actors": "leader",
    "opens": "2030-12-02",
    "source": "II.2.4",
    "conference": HELD,
}


def invited(site: Site, unit: str = "u3", **changes: object) -> UUID:
    """Let the units be invited to a conference on 20/12, once; return the id of one unit's invitation."""
    with site.year.open() as (_, cycle):
        plan = queries.plan_of(cycle)
    if plan.activity("meeting") is None:
        site.year.apply(with_activity(plan, {**MEETING, "conference": {**HELD, **changes}}), NOW)
        site.year.advance(Stage.YEAR_END, NOW)
    with site.year.open() as (work, cycle):
        mine = select(Attendance.id).join(Activity).join(Unit).where(Attendance.cycle_id == cycle.id)
        return work.session.exec(mine.where(Unit.code == unit, Activity.code == "meeting")).one()
