import asyncio
import socket
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, SQLModel, col, select

from bloc import language
from bloc.db import Database, unit_of_work
from bloc.enums import ActivityKind, ActivityState, ContactRole, CycleMode, NoticeKind, NoticeState, Stage, TieRule, Tone
from bloc.errors import Fault
from bloc.language import say
from bloc.rules.deadlines import due_at
from bloc.settings import Settings
from models import Activity, Bloc, Contact, Cycle, Mail, Notice, Obligation, Unit
from notifications import ledger, messages
from notifications.delivery import Delivered, deliver
from notifications.messages import About, Contested, Draft, Item, Line, Meeting
from tests.notifications.faults import FaultServer, serving

NOW = datetime(2024, 6, 3, 0, 30, tzinfo=UTC)
WALL = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LAST_DAY = date(2024, 6, 6)
DUE = due_at(LAST_DAY)


@pytest.fixture(autouse=True)
def _vietnamese() -> None:
    language.use("vi")


@pytest.fixture
def now() -> datetime:
    """Return the moment that the cycle has reached."""
    return NOW


@pytest.fixture
def wall() -> datetime:
    """Return the real time."""
    return WALL


@pytest.fixture
def about() -> Callable[..., About]:
    return partial(
        About,
        bloc_name="Khối thi đua các cơ quan Quản lý kinh tế thành phố",
        year=2024,
        unit="Sở Nông nghiệp và Phát triển nông thôn",
        sender="Ban Quản lý Khu kinh tế Hải Phòng",
        secretary="Chuyên viên giúp việc Trưởng khối",
        secretary_address="thidua@example.vn",
        activity="Gửi Báo cáo Sơ kết công tác thi đua khen thưởng 6 tháng đầu năm và nhiệm vụ 6 tháng cuối năm 2024",
        kind=ActivityKind.REPORT,
        last_day=LAST_DAY,
        phrase="trước ngày 07/6/2024",
    )


@pytest.fixture
def drafts(about: Callable[..., About]) -> Callable[..., list[Draft]]:
    """Return what writes every message in every form that it can take, about ``about(**changes)``."""

    def of(text: str = "Báo cáo.docx", kinds: Iterable[ActivityKind] = ActivityKind, **changes: Any) -> list[Draft]:
        fault, alone = Fault(text, say("{what}", what=text)), {"secretary": None, "secretary_address": None, "phrase": None}
        said, item = say("{what}", what=text), Item(text, LAST_DAY, [text])
        receipt = partial(messages.receipt, number=12, received_at=NOW, file_name=text, sha256="5d" * 32, version=1)
        refusal = partial(messages.refusal, file_name=text, faults=[fault, fault])
        contest = Contested(number=3, unit=text, giver=text, criterion=text, points=2_500, because=text)
        meeting, open_ = (
            Meeting(LAST_DAY, time(8, 30), text, "https://a.example.vn", [text], text),
            Meeting(LAST_DAY, None, None, None, [], text),
        )
        seat, former = str(uuid.UUID(int=9)), {"day": "2024-06-05", "start": "08:00", "place": text, "link": None}
        called = {"attendance": seat, "former": former}
        seen = {"self_total": 95_750, "cross_mean": Fraction(284, 3)}
        ranking = [Line(1, text, Fraction(1295, 14)), Line(1, text, Fraction(1295, 14)), Line(3, text, Fraction(70))]
        detailed = [replace(line, **seen, given=[(text, 95_500), (text, 93_250)]) for line in ranking]
        return [
            draft
            for kind in kinds
            for it in (about(kind=kind, **changes), about(kind=kind, **changes | alone))
            for draft in (
                messages.invitation(about=it),
                messages.reminder(about=it, days_left=3, tone=Tone.COURTEOUS),
                messages.reminder(about=it, days_left=0, tone=Tone.URGENT),
                messages.reminder(about=it, days_left=1, tone=Tone.FIRM),
                messages.overdue(about=it, days_late=1),
                *(messages.escalation(about=it, days_late=4, to=to) for to in (ContactRole.HEAD, ContactRole.SECRETARY, None)),
                messages.extension(about=it, old_last_day=date(2024, 6, 5), because=text),
                messages.declined(about=it, until=date(2024, 6, 12), because=text),
                messages.waiver(about=it, because=text),
                messages.invitation(about=replace(it, meeting=meeting.to_json())),
                *(messages.conference(about=it, meeting=held, attendance=seat) for held in (meeting, open_)),
                messages.conference_reminder(about=it, meeting=meeting, attendance=seat, days_left=0),
                messages.postponed(about=it, meeting=meeting, **called, because=text, asked_anew=True),
                messages.postponed(about=it, meeting=open_, **called, because=None, asked_anew=False),
                messages.called_off(about=it, **called, because=text),
                messages.document(
                    about=it, document=say("{title}", title=text), number=text, issued_on=date(2024, 7, 9), is_signed=False
                ),
                *([messages.returned(about=it, file_name=text, number=12, because=text)] * (kind in FILES)),
                messages.reissue(about=it, had_sent=True, because=text),
                messages.reissue(about=it, had_sent=False, because=None),
                *([receipt(about=it), receipt(about=it, version=2, late_seconds=97_500, remarks=[fault])] * (kind in FILES)),
                *([receipt(about=it, totals=[(text, 92_750), (text, 90_000)])] * (kind in FILES)),
                *(
                    [refusal(about=it), refusal(about=it, still_counts=True), refusal(about=it, marked="5d" * 32)]
                    * (kind in FILES)
                ),
                messages.objections_open(about=it, version=2, last_day=LAST_DAY, page="/years/b"),
                messages.objection(about=it, contested=contest, last_day=LAST_DAY, page="/years/b"),
                messages.objection_reminder(
                    about=it, contested=[contest, contest], last_day=LAST_DAY, days_left=0, page="/years/b"
                ),
                *(
                    messages.objection_answer(
                        about=it, contested=contest, corrected=corrected, to=to, because=text, page="/years/b"
                    )
                    for corrected, to in ((True, 2_500), (True, None), (False, None))
                ),
                messages.thanks(about=it, members=7, late=1),
                messages.weekly(
                    about=it, today=LAST_DAY, waiting=[said], due=[item], late=[item], undelivered=[item], uncertain=[]
                ),
                messages.undeliverable(about=it, address="a@example.vn", reply=text, instead=[text], marked=True),
                messages.undeliverable(about=it, address="a@example.vn", reply=text, instead=[text], marked=False),
                messages.held(about=it, ref="5d5d5d5d", writer="a@example.vn", titled=text, came_at=NOW, why=[said]),
                messages.alarm(installation=text, what=said, todo=said, since=NOW),
                messages.sign_in(about=it, link="http://127.0.0.1:8080/sign-in/link/x", code="012345", minutes=15),
                messages.trial(about=it),
                messages.result_ready(about=it, version=1, final=False, sheets=6, members=7),
                messages.result_ready(about=it, version=2, final=True, sheets=7, members=7),
                messages.result(about=it, version=2, rank=1, score=Fraction(1295, 14), ranking=ranking, sheets=3),
                messages.result(about=it, version=1, rank=1, score=Fraction(1295, 14), ranking=ranking, sheets=2),
                messages.result(
                    about=it, version=2, rank=1, score=Fraction(1295, 14), ranking=detailed, sheets=3, ties=TieRule.CROSS_MEAN
                ),
            )
        ]

    return of


FILES = (ActivityKind.REPORT, ActivityKind.SCORE_SHEETS)


@dataclass
class Office:
    """A bloc's year with obligations and mail to send, and the means to look at what became of it."""

    database: Database
    settings: Settings
    about: Callable[..., About]
    bloc: Bloc = field(default_factory=lambda: Bloc(code="b", name="Khối B"))
    cycle_id: uuid.UUID = field(default_factory=uuid.uuid4)

    def open(self) -> None:
        """Make the cycle, a replay that has reached ``NOW``."""
        clock = {"mode": CycleMode.REPLAY, "reached_at": NOW}
        self._add(
            self.bloc, Cycle(id=self.cycle_id, bloc_id=self.bloc.id, key="b", year=2024, plan="{}", plan_hash="", **clock)
        )

    def owe(self, number: int = 1, due: datetime = DUE, domain: str = "example.vn") -> Obligation:
        """Make a unit with a contact at ``domain``, and what it owes."""
        name = f"dv{number}"
        unit = Unit(bloc_id=self.bloc.id, code=name, name=f"Đơn vị {number}")
        contact = Contact(email=f"{name}@{domain}")
        activity = Activity(
            cycle_id=self.cycle_id, code=f"report-{number}", position=number, kind=ActivityKind.REPORT, stage=Stage.MIDYEAR,
            title="Gửi báo cáo", name="Báo cáo", due_at=due, state=ActivityState.OPEN,
        )  # fmt: skip
        owed = Obligation(cycle_id=self.cycle_id, activity_id=activity.id, unit_id=unit.id, due_at=due)
        self._add(unit, contact, activity, owed)
        return owed

    def queue(self, owed: Obligation, kind: NoticeKind = NoticeKind.REMINDER, *, now: datetime = NOW, **changes: Any) -> bool:
        """Queue one notice about what is owed."""
        about = self.about()
        draft = {
            NoticeKind.REMINDER: lambda: messages.reminder(about=about, days_left=3, tone=Tone.COURTEOUS),
            NoticeKind.REFUSAL: lambda: messages.refusal(about=about, file_name="a.pdf", faults=[]),
        }[kind]()
        with unit_of_work(self.database) as work:
            unit = work.session.get_one(Unit, owed.unit_id)
            contact = work.session.exec(select(Contact).where(col(Contact.email).startswith(f"{unit.code}@"))).one()
            known = {"identity": f"{kind}/{unit.code}", "about_due_at": owed.due_at, **changes}
            whose = {"cycle_id": self.cycle_id, "unit_id": unit.id, "obligation_id": owed.id}
            to = {"contact_id": contact.id, "name": f"Chuyên viên {unit.code[2:]}", "language": "vi"}
            return ledger.queue(work.session, draft, now=now, **{**whose, **to, **known})

    def contact_of(self, owed: Obligation) -> uuid.UUID:
        """Return whom a unit's mail goes to."""
        with Session(self.database.engine) as session:
            code = session.get_one(Unit, owed.unit_id).code
            return session.exec(select(Contact.id).where(col(Contact.email).startswith(f"{code}@"))).one()

    def change(self, row: Any, **changes: Any) -> None:
        """Change a row."""
        with unit_of_work(self.database) as work:
            found = work.session.get_one(type(row), row.id)
            for name, value in changes.items():
                setattr(found, name, value)

    def notices(self) -> list[Notice]:
        """Return the whole ledger, by identity."""
        with Session(self.database.engine) as session:
            return list(session.exec(select(Notice).order_by(Notice.identity)))

    def states(self) -> list[NoticeState]:
        """Return the states of all notices, by identity."""
        return [notice.state for notice in self.notices()]

    def kept(self, notice: Notice) -> bytes | None:
        """Return the message in which a notice left, as it is kept."""
        with Session(self.database.engine) as session:
            mail = session.get(Mail, notice.mail_id) if notice.mail_id else None
            return zlib.decompress(mail.message) if mail else None

    def deliver(self, now: datetime | None = NOW, wall: datetime = WALL, **changes: Any) -> Delivered:
        """Deliver what is due in this cycle."""
        return asyncio.run(
            deliver(self.database, self.settings, wall=wall, **{"as_of": now, "cycle_id": self.cycle_id, **changes})
        )

    def _add(self, *rows: SQLModel) -> None:
        with unit_of_work(self.database) as work:
            for row in rows:
                work.session.add(row)
                work.session.flush()


@pytest.fixture
def server(unused_port: int) -> Iterator[FaultServer]:
    with serving(unused_port) as server:
        yield server


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def settings(unused_port: int, tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, sink_port=unused_port, smtp_timeout=5, smtp_connections=1, _env_file=None)


@pytest.fixture
def office(base: Database, settings: Settings, about: Callable[..., About]) -> Office:
    office = Office(base, settings, about)
    office.open()
    return office
