"""The ways of benchmarks/notices.py that are written with Bloc, each a process of its own that prints what it found as JSON."""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtplib import SMTP
from sqlalchemy import insert
from sqlmodel import SQLModel

from bloc.db import Database, open_engine, unit_of_work
from bloc.enums import ActivityKind, ActivityState, CycleMode, Stage, Tone
from bloc.migrations import upgrade
from bloc.rules.deadlines import due_at
from bloc.settings import Settings
from models import Activity, Bloc, Contact, Cycle, Notice, Obligation, Unit
from notifications.delivery import deliver
from notifications.envelope import Envelope
from notifications.messages import About, Draft, reminder
from notifications.render import letter, message

NOW = datetime(2030, 6, 3, 0, 30, tzinfo=UTC)
LAST_DAY = date(2030, 6, 6)
CONNECTIONS = 4
SENDER = "bloc@example.vn"


def draft(number: int, obligation: str | None = None) -> Draft:
    """Return a personal reminder."""
    about = About(
        bloc_name="Khối thi đua các cơ quan Quản lý kinh tế", year=2030, unit=f"Sở Nông nghiệp và Môi trường {number}",
        sender="Ban Quản lý Khu kinh tế", secretary="Chuyên viên giúp việc Trưởng khối", secretary_address="thidua@example.vn",
        activity="Gửi Báo cáo Sơ kết công tác thi đua khen thưởng 6 tháng đầu năm và nhiệm vụ 6 tháng cuối năm",
        activity_name="Báo cáo sơ kết", kind=ActivityKind.REPORT, last_day=LAST_DAY, phrase="trước ngày 07/6/2030",
        obligation=obligation,
    )  # fmt: skip
    return reminder(about=about, days_left=3, tone=Tone.COURTEOUS)


def envelope(number: int, notice: Notice) -> Envelope:
    """Return what the headers say, as delivery would."""
    return Envelope(
        notice.id, (notice.identity,), "b-2030", SENDER, notice.name, f"dv{number}@example.vn", NOW, (notice.obligation_id,)
    )  # fmt: skip


def rows(count: int) -> Iterator[SQLModel]:
    """Return a live year in which so many units owe a report, each with a contact and a reminder in the queue."""
    bloc = Bloc(code="b", name="Khối")
    cycle = Cycle(bloc_id=bloc.id, key="b-2030", year=2030, mode=CycleMode.LIVE, plan="{}", plan_hash="")
    activity = Activity(
        cycle_id=cycle.id, code="report", position=1, kind=ActivityKind.REPORT, stage=Stage.MIDYEAR, title="Gửi báo cáo",
        name="Báo cáo", due_at=due_at(LAST_DAY), state=ActivityState.OPEN,
    )  # fmt: skip
    yield from (bloc, cycle, activity)
    for number in range(count):
        unit, contact = Unit(bloc_id=bloc.id, code=f"dv{number}", name=f"Sở {number}"), Contact(email=f"dv{number}@example.vn")
        owed = Obligation(cycle_id=cycle.id, activity_id=activity.id, unit_id=unit.id, due_at=due_at(LAST_DAY))
        written = draft(number, str(owed.id))
        yield from (unit, contact, owed)
        yield Notice(
            cycle_id=cycle.id, obligation_id=owed.id, contact_id=contact.id, name=f"Chuyên viên {number}", language="vi",
            unit_id=unit.id, kind=written.kind, identity=f"b-2030/report/dv{number}/reminder-3/2030-06-06.0/dv{number}",
            bundle=f"b-2030/2030-06-03/dv{number}@example.vn", values=written.values, about_due_at=owed.due_at, queued_at=NOW,
            send_at=NOW, urgency=owed.due_at, expires_at=owed.due_at,
        )  # fmt: skip


def queue(url: str, count: int) -> dict[str, Any]:
    """Put the rows of a year in a new database."""
    engine = open_engine(url)
    upgrade(engine)
    of: dict[type[SQLModel], list[dict[str, Any]]] = {}
    for row in rows(count):
        of.setdefault(type(row), []).append(row.model_dump())
    start = time.perf_counter()
    with unit_of_work(Database(engine)) as work:
        for kind in (Bloc, Cycle, Activity, Unit, Contact, Obligation):
            work.session.execute(insert(kind), of[kind])
        start = time.perf_counter()
        work.session.execute(insert(Notice), of[Notice])
    seconds = time.perf_counter() - start
    with engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")  # as a database that has been in use for a minute has been
    return {"queueing": seconds}


def ours(url: str, port: int) -> dict[str, Any]:
    """Deliver all that is queued."""
    database = Database(open_engine(url))
    settings = Settings(
        smtp_host="127.0.0.1", smtp_port=port, smtp_security="none", smtp_connections=CONNECTIONS, smtp_per_connection=10_000,
        _env_file=None,
    )  # fmt: skip
    start = time.perf_counter()
    done = asyncio.run(deliver(database, settings, wall=NOW))
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "sent": done.sent, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


async def over_connections(port: int, count: int, send: Callable[[SMTP, int], Awaitable[object]]) -> float:
    """Send so many over the connections, each taking the next; return the seconds."""
    numbers = iter(range(count))

    async def carry() -> None:
        async with SMTP(hostname="127.0.0.1", port=port, start_tls=False, local_hostname="example.vn") as client:
            for number in numbers:
                await send(client, number)

    start = time.perf_counter()
    await asyncio.gather(*(carry() for _ in range(CONNECTIONS)))
    return time.perf_counter() - start


def built(number: int, notice: Notice) -> EmailMessage:
    """Render and build a message as the standard library would have it; it says what ours says, in its headers too."""
    wrapped = envelope(number, notice)
    written, mail = letter([Draft(notice.kind, notice.values)], "vi", wrapped), EmailMessage()
    values, thread = notice.values, f"<{notice.obligation_id}@example.vn>"
    mail["From"] = Address(values["bloc_name"], addr_spec=SENDER)
    mail["To"] = Address(wrapped.name, addr_spec=wrapped.address)
    mail["Reply-To"] = Address(values["secretary"], addr_spec=values["secretary_address"])
    mail["Subject"], mail["Date"], mail["Message-ID"] = written.subject, format_datetime(NOW), f"<{notice.id}@example.vn>"
    mail["In-Reply-To"] = mail["References"] = thread
    mail["List-Id"] = f"{values['bloc_name']} <b-2030.example.vn>"
    mail["Auto-Submitted"], mail["X-Bloc-Notice"], mail["Content-Language"] = "auto-generated", notice.identity, "vi"
    mail.set_content(written.text)
    mail.add_alternative(written.html, subtype="html")
    return mail


def bare(port: int, count: int) -> dict[str, Any]:
    """Render, build and send with nothing but aiosmtplib and the standard library."""
    queued = notices(count)
    seconds = asyncio.run(
        over_connections(port, count, lambda client, number: client.send_message(built(number, queued[number])))
    )
    return {"seconds": seconds, "sent": count}


def raw(port: int, count: int) -> dict[str, Any]:
    """Send messages that were made before."""
    made = [ready(number, row) for number, row in enumerate(notices(count))]
    send = lambda client, number: client.sendmail(SENDER, [f"dv{number}@example.vn"], made[number])  # noqa: E731
    return {"seconds": asyncio.run(over_connections(port, count, send)), "sent": count, "bytes": len(made[0])}


def rendered(file: str, count: int) -> dict[str, Any]:
    """Write what messages say, in their headers too, to a file of lines: a template of them all, then each with its own."""
    (blank,) = notices(1)
    blank.name, blank.values = "{{ reader }}", blank.values | {"unit": "{{ unit }}"}
    template = said(0, blank)
    with Path(file).open("w", encoding="utf-8") as lines:
        lines.write(json.dumps(template) + "\n")
        for number, row in enumerate(notices(count)):
            filling = {"unit": row.values["unit"], "reader": row.name}
            lines.write(json.dumps(said(number, row) | {"filling": filling}) + "\n")
    return {}


def said(number: int, notice: Notice) -> dict[str, Any]:
    """Return what a message of ours says, as another could send it."""
    mail = message_from_bytes(ready(number, notice), policy=default)
    names = ("Reply-To", "In-Reply-To", "References", "List-Id", "Auto-Submitted", "X-Bloc-Notice", "Content-Language")
    text, html = (part.get_content() for part in mail.iter_parts())
    headers = {name: str(mail[name]) for name in names}
    addressed = {"sender": str(mail["From"]), "to": str(mail["To"])}
    return {**addressed, "headers": headers, "subject": str(mail["Subject"]), "message": text, "html_message": html}


def ready(number: int, notice: Notice) -> bytes:
    """Return a message as it is sent."""
    return message([Draft(notice.kind, notice.values)], "vi", envelope(number, notice))


def notices(count: int) -> list[Notice]:
    """Return so many notices, in memory."""
    return [row for row in rows(count) if isinstance(row, Notice)]


class _Sink:
    async def handle_DATA(self, *_: Any) -> str:
        return "250 OK"


def sink(port: int) -> dict[str, Any]:
    """Take mail, and keep none, until killed."""
    Controller(_Sink(), hostname="127.0.0.1", port=port).start()
    while True:
        time.sleep(1)


WAYS: dict[str, Callable[..., dict[str, Any]]] = {
    "queue": queue, "ours": ours, "bare": bare, "raw": raw, "render": rendered, "sink": sink,
}  # fmt: skip


def main(way: str, arguments: Iterable[str]) -> None:
    """Go one way."""
    given: Sequence[str | int] = [int(each) if each.isdecimal() else each for each in arguments]
    before = time.process_time()
    found = WAYS[way](*given)
    print(json.dumps(found | {"cpu": time.process_time() - before}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
