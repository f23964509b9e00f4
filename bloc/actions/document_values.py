"""What the documents of a year are filled with: read once, as it stands at a moment, worded in Vietnamese."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property

from sqlmodel import Session

from bloc import queries
from bloc.actions.gatherings import gathering_of
from bloc.actions.result_tables import result_table
from bloc.actions.timings import timings
from bloc.actions.title_values import proposed, title_values
from bloc.actions.titles import TitleBoard, title_boards
from bloc.actions.withheld import withheld
from bloc.clock import local, local_day
from bloc.documents.charts import Chart, charts_of, draw
from bloc.documents.decree.letterhead import Letterhead, long_day
from bloc.documents.kinds import KINDS, Readers
from bloc.documents.legal_bases import bases_on
from bloc.documents.result_table import Line, ResultTable, Timing
from bloc.documents.values import (
    ChartTitle,
    Criterion,
    GroupScore,
    Item,
    Member,
    Quarter,
    Ranking,
    Sent,
    Standing,
    Subject,
    Values,
    Work,
)
from bloc.enums import ActivityKind, Actors, CrossScoresSeen, DocumentKind, MemberRole, Stage
from bloc.language import points, rounded, short_day
from bloc.plan import Activity, Plan
from bloc.plan.schema import STAGE_OF_QUARTER
from bloc.rules.criteria import THOUSANDTHS
from bloc.rules.symbols import body_of, symbol_of
from models import Cycle

COUNCIL = "Hội đồng Thi đua - Khen thưởng "
FILED = "Lưu"
ROLES = {MemberRole.LEADER: "Trưởng khối", MemberRole.DEPUTY: "Phó Trưởng khối", MemberRole.MEMBER: ""}
ROMAN = {1: "I", 2: "II", 3: "III", 4: "IV"}
CHARTS = {
    Chart.PEERS: "Điểm tự chấm và điểm chấm chéo bình quân",
    Chart.DOTS: "Điểm từng đơn vị được chấm",
    Chart.HEAT: "Ma trận điểm chấm chéo",
    Chart.TIMELINE: "Thời điểm gửi báo cáo, bảng chấm điểm so với thời hạn",
    Chart.YEARS: "Điểm và thứ hạng qua các năm",
}
OF_SCORERS = (Chart.DOTS, Chart.HEAT)  # they show what single units gave: only where the plan shows the whole matrix
IN_TIME, LATE, OVERDUE, NOT_YET, WAIVED = "Đúng hạn", "Chậm {days} ngày", "Quá hạn, chưa gửi", "Chưa gửi", "Được miễn"


@dataclass(frozen=True)
class Numbered:
    """Number and day of a document; None while the clerk has not given them."""

    number: str | None = None
    day: date | None = None


OPEN = Numbered()


@dataclass
class Desk:
    """A year as the drafts of its documents see it at ``now``: each part is read when it is first asked for, and once."""

    session: Session
    cycle: Cycle
    now: datetime

    @cached_property
    def plan(self) -> Plan:
        """The plan."""
        return queries.plan_of(self.cycle)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The units by code."""
        return {unit.code: unit.name for unit in self.plan.units}

    @cached_property
    def works(self) -> Sequence[tuple[Activity, Work]]:
        """What units were to send in the year, as far as it has opened."""
        found: dict[str, list[Timing]] = {}
        for timing in timings(self.session, self.cycle, self.plan, self.now):
            found.setdefault(timing.activity, []).append(timing)
        by_name = {activity.name: activity for activity in self.plan.activities}
        return [(by_name[name], self._work(by_name[name], lines)) for name, lines in found.items()]

    @cached_property
    def table(self) -> ResultTable | None:
        """The newest version of the ranking; None before there is one, and while the leader's unit may not read it."""
        newest = queries.latest_result(self.session, self.cycle.id)
        reader = queries.leading_unit(self.session, self.cycle.id)
        if newest is None or withheld(self.session, self.cycle, reader=reader, of=None) is not None:
            return None
        return result_table(self.session, self.cycle, newest)

    @cached_property
    def boards(self) -> Sequence[TitleBoard]:
        """The titles; none before there is a ranking, and while the leader's unit may not read it."""
        return title_boards(self.session, self.cycle, self.now) if self.table is not None else ()

    @cached_property
    def charts(self) -> Sequence[ChartTitle]:
        """The charts that documents may have: all units read those."""
        there = charts_of(self.table) if self.table else ()
        matrix = self.plan.policies.cross_scores_seen is CrossScoresSeen.MATRIX
        shown = [chart for chart in CHARTS if chart in there and (matrix or chart not in OF_SCORERS)]
        return [ChartTitle(chart, CHARTS[chart]) for chart in shown]

    def picture(self, name: str) -> bytes:
        """Return a chart as .png, in the language in use."""
        assert self.table is not None  # else there is no name of a chart
        return draw(Chart(name), self.table, "png")

    def values(self, kind: DocumentKind, numbered: Numbered = OPEN, goes_with: Numbered = OPEN) -> Values:
        """Return what a document of the year may say, under its number and day, as an annex to another one."""
        plan, document = self.plan, self.plan.document
        day = numbered.day or local_day(self.now)
        works = self.works
        return Values(
            head=self._head(kind, numbered),
            bloc=plan.bloc.name,
            council=plan.bloc.council,
            place=plan.bloc.place,
            area=plan.bloc.council.removeprefix(COUNCIL) if plan.bloc.council.startswith(COUNCIL) else None,
            year=self.cycle.year,
            leader=self._with_role(MemberRole.LEADER) or "",
            deputy=self._with_role(MemberRole.DEPUTY),
            units=[Member(unit.name, ROLES[unit.role], unit.role is MemberRole.LEADER) for unit in plan.units],
            bases=bases_on(plan.legal_bases, day),
            theme=document.theme,
            title=document.title,
            purpose=_paragraphs(document.purpose),
            requirements=_paragraphs(document.requirements),
            assessment=_paragraphs(document.assessment),
            plan_number=self._plan_number(day),
            criteria=list(_criteria(plan)),
            example_criteria=plan.criteria.example,
            clauses=plan.covenant.clauses,
            quarters=[self._quarter(number) for number in ROMAN],
            leader_duties=self._duties(Actors.LEADER),
            deputy_duties=self._duties(Actors.DEPUTY),
            unit_duties=self._duties(Actors.ALL),
            works=[work for _, work in works],
            midyear=[work for activity, work in works if activity.carried_by is Stage.MIDYEAR],
            yearend=[work for activity, work in works if activity.carried_by is Stage.YEAR_END]
            or self._planned(Stage.YEAR_END),
            ranking=self._ranking(),
            as_of=long_day(numbered.day or goes_with.day, self.cycle.year),
            goes_with=self._goes_with(kind, goes_with),
            titles=(titles := [title_values(board, plan) for board in self.boards]),
            proposed=list(proposed(titles)),
            gathering=gathering_of(self.session, self.cycle, kind),
            charts=self.charts,
        )

    def about(
        self, values: Values, unit: str | None = None, activities: Iterable[Activity] = (), title: str | None = None
    ) -> Values:
        """Return values of a document about a unit or title (by code), or about activities that are all due on one day."""
        asked = [_item(activity) for activity in activities]
        last = next((self.plan.last_day(activity) for activity in activities), None)
        subject = self._subject(unit) if unit else None
        until = f"ngày {short_day(last)}" if last else None
        board = next((each for each in self.boards if each.title.code == title), None)
        told = title_values(board, self.plan) if board else None
        return replace(values, unit=subject, asked=asked, until=until, voted=told)

    def _head(self, kind: DocumentKind, numbered: Numbered) -> Letterhead:
        document, told = self.plan.document, KINDS[kind]
        body = body_of(document.number)
        return Letterhead(
            parent=self.plan.bloc.council,
            issuer=self.plan.bloc.name,
            place=self.plan.bloc.place,
            symbol="" if told.type is None else symbol_of(told.type, body),
            year=self.cycle.year,
            number=numbered.number,
            day=numbered.day,
            signing=[line for line in (document.capacity, document.authority, document.position) if line],
            signer=document.signer or "",
            recipients=self._recipients(told.readers, letter=told.type == ""),
        )

    def _recipients(self, readers: Readers, *, letter: bool) -> list[str]:
        named = [str(each) for each in self.plan.recipients]
        filed = [name for name in named if name.startswith(FILED)] or [f"{FILED}: VT"]
        others = [name for name in named if not name.startswith(FILED)]
        units = [name for name in others if name.lower().startswith("các đơn vị")]
        match readers:
            case Readers.PLAN:
                return [*others, *filed]
            case Readers.HIGHER:
                return [*(name for name in others if name not in units), *filed]
            case Readers.UNITS:
                return filed if letter else [*(units or ["Các đơn vị trong Khối"]), *filed]
            case Readers.OWN:
                return filed

    def _plan_number(self, day: date) -> str:
        document = self.plan.document
        if day < document.date:
            return f"kế hoạch công tác thi đua, khen thưởng năm {self.cycle.year}"
        return f"Kế hoạch số {document.number} ngày {short_day(document.date)}"

    def _goes_with(self, kind: DocumentKind, numbered: Numbered) -> str | None:
        with_ = KINDS[kind].goes_with
        if with_ is None:
            return None
        told = KINDS[with_]
        number = numbered.number or f"………/{symbol_of(told.type or '', body_of(self.plan.document.number))}"
        word = {"BC": "Báo cáo", "TTr": "Tờ trình"}.get(told.type or "", "Văn bản")
        return f"Kèm theo {word} số {number} {long_day(numbered.day, self.cycle.year)} của {self.plan.bloc.name}"

    def _with_role(self, role: MemberRole) -> str | None:
        return next((unit.name for unit in self.plan.units if unit.role is role), None)

    def _quarter(self, number: int) -> Quarter:
        mine = [activity for activity in self.plan.activities if activity.quarter == number]
        return Quarter(ROMAN[number], [_item(activity) for activity in mine])

    def _duties(self, actors: Actors) -> list[str]:
        return [each.title for each in self.plan.activities if each.quarter is None and each.actors == actors]

    def _planned(self, stage: Stage) -> list[Work]:
        """Return what units are to send in a part of the year that has not come yet: to be dated, or dated."""
        sent = (ActivityKind.REPORT, ActivityKind.SCORE_SHEETS)
        coming = [each for each in self.plan.activities if each.kind in sent and STAGE_OF_QUARTER[each.quarter] is stage]
        return [self._work(each, []) for each in coming if len(self.plan.actors(each)) > 1]

    def _work(self, activity: Activity, lines: Sequence[Timing]) -> Work:
        told = [self._sent(timing) for timing in lines]
        states = [line.state for line in told]
        received = [line for line in lines if line.received_at]
        return Work(
            title=activity.title,
            name=activity.name,
            until=activity.deadline.phrase if activity.deadline else "…………",
            lines=told,
            asked=len(lines),
            received=len(received),
            on_time=states.count(IN_TIME),
            late=sum(line.days_late > 0 for line in received),
            missing=sum(state in (OVERDUE, NOT_YET) for state in states),
            extended=sum(line.extended_until is not None for line in lines),
            waived=states.count(WAIVED),
        )

    def _sent(self, timing: Timing) -> Sent:
        last, came = timing.extended_until or timing.last_day, timing.received_at
        there = local(came) if came else None
        moment = f"{there.hour} giờ {there.minute:02}, {short_day(there.date())}" if there else ""
        state = self._state(timing, last)
        extended = f"Gia hạn đến hết {short_day(last)}: {timing.extended_because or ''}" if timing.extended_until else ""
        waived = f"Được miễn: {timing.waived_because}" if timing.waived_because else ""
        why = "; ".join(each.rstrip(".") for each in (extended, waived) if each)
        return Sent(self.names[timing.unit], short_day(last), moment, state, why)

    def _state(self, timing: Timing, last: date) -> str:
        if timing.received_at is not None:
            return LATE.format(days=timing.days_late) if timing.days_late else IN_TIME
        if timing.waived_because:
            return WAIVED
        return OVERDUE if local_day(self.now) > last else NOT_YET

    def _ranking(self) -> Ranking | None:
        table = self.table
        if table is None:
            return None
        first = table.lines[0]
        lines = [self._standing(table, line) for line in table.lines]
        return Ranking(table.version, table.provisional, first.sheets, first.of, lines)

    def _standing(self, table: ResultTable, line: Line) -> Standing:
        own = "" if line.self_total is None else rounded(Fraction(line.self_total, THOUSANDTHS), table.decimals)
        mean = "" if line.cross_mean is None else rounded(line.cross_mean, table.decimals)
        return Standing(line.rank, table.members[line.unit], own, mean, rounded(line.score, table.decimals), line.tied)

    def _subject(self, code: str) -> Subject:
        sent = [(work.name, line) for _, work in self.works for line in work.lines if line.unit == self.names[code]]
        table = self.table
        if table is None or code not in table.members:
            return Subject(self.names[code], sent)
        line = next(line for line in table.lines if line.unit == code)
        return Subject(self.names[code], sent, self._standing(table, line), list(_groups(table, code)), self._titles_of(code))

    def _titles_of(self, code: str) -> list[str] | None:
        """Return the titles that a unit is proposed for; None while one is not decided, or the plan lists none."""
        if not self.boards or not all(board.is_decided for board in self.boards):
            return None
        return [board.title.name for board in self.boards if code in board.chosen]


def _item(activity: Activity) -> Item:
    file = activity.kind in (ActivityKind.REPORT, ActivityKind.SCORE_SHEETS)
    return Item(activity.title, activity.deadline.phrase if activity.deadline else None, activity.name, file)


def _paragraphs(text: str | None) -> list[str]:
    return [line for line in (text or "").splitlines() if line.strip()]


def _criteria(plan: Plan) -> Iterable[Criterion]:
    for group in plan.criteria.groups:
        least, most = (sum(bound) for bound in zip(*((leaf.min, leaf.max) for leaf in group.criteria), strict=True))
        yield Criterion(group.code, group.title, points(least), points(most), group=True)
        for leaf in group.criteria:
            yield Criterion(leaf.code, leaf.title, points(leaf.min), points(leaf.max), group=False)


def _groups(table: ResultTable, code: str) -> Iterable[GroupScore]:
    for group in table.criteria.groups:
        leaves = tuple(group.criteria)
        scores = {
            unit: Fraction(sum(table.total(scorer, unit, leaves) for scorer in table.scorers), THOUSANDTHS * len(table.scorers))
            for unit in table.members
        }
        mean = sum(scores.values(), Fraction()) / len(scores)
        above = scores[code] - mean
        yield GroupScore(
            group.code, group.title, points(sum(leaf.maximum for leaf in leaves)), rounded(scores[code], table.decimals),
            rounded(mean, table.decimals), ("+" if above > 0 else "") + rounded(above, table.decimals),
        )  # fmt: skip
