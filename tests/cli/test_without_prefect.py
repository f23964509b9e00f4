"""Prefect is absent: nobody listens where its API should be, and every command does its work."""

import pytest

from bloc.cli.app import COMMANDS
from bloc.enums import CycleMode, Stage
from flows import door
from tests.engine.waiting import free_port
from tests.factories import cycle_of, plan, plan_text, report, sheet
from tests.mails import PDF, letter
from tests.replay.playing import SMALL

pytestmark = pytest.mark.process

YEAR = ("--cycle", "b-2030")
MEETING = {
    "title": "Hội nghị tổng kết", "kind": "conference", "actors": "leader", "source": "II.2.4", "opens": "2030-12-09",
    "conference": {"date": "2030-12-20"},
}  # fmt: skip
WITHOUT_A_YEAR = {"plan", "status", "health", "replay", "city", "backup", "dossier"}
NEEDS_PREFECT = {"up", "deploy", "jobs", "portal"}  # to run it, to tell it, to ask it; the last serves until it is stopped
NEEDS_AN_EMPTY_DATABASE = {"restore", "simulate"}


@pytest.fixture
def _flows_apart(bloc):
    """Give up the database that the flows keep open for their process."""
    yield
    door.database().engine.dispose()


@pytest.mark.usefixtures("_flows_apart")
def test_every_command_does_its_work(bloc, base, tmp_path, monkeypatch):
    monkeypatch.setenv("BLOC_PREFECT_API_URL", f"http://127.0.0.1:{free_port()}/api")
    monkeypatch.setenv("BLOC_SINK_PORT", str(free_port()))
    policies, activities = {"missing_sheet": "received", "cross_scores_seen": "matrix"}, {"meeting": MEETING}
    year = cycle_of(base, plan(policies=policies, objections={"days": "3"}, activities=activities), mode=CycleMode.REPLAY)
    year.advance(Stage.SIGNING, "2030-02-18 07:00")
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")
    year.advance(Stage.YEAR_END, "2030-12-09 07:00")
    year.reach("2030-12-09 09:00")
    (tmp_path / "other.yaml").write_text(plan_text(code="c"), encoding="utf-8")
    (tmp_path / "letter.eml").write_bytes(letter("x@strange.example", files=[("a.pdf", PDF)]))
    (tmp_path / "report.docx").write_bytes(report())
    for unit in ("u1", "u2", "u3"):
        (tmp_path / f"{unit}.xlsx").write_bytes(sheet(year.cycle, unit))
    received = "Received: receipt {}, version 1, 9:00 on Monday 09/12/2030."
    commands = [
        ("plan check other.yaml", "The plan c-2030 is in order: 3 units, 5 activities."),
        ("plan apply other.yaml", "The year c-2030 begins."),
        ("respond --unit u2 --activity covenant --as signed --signatory Head", "Recorded."),
        ("extend --unit u3 --activity reports --until 2030-12-20 --because Storm", "Đơn vị 3 has until 20/12/2030: Storm"),
        ("waive --unit u3 --activity reports --because Merged", "Đơn vị 3 is released from it: Merged"),
        ("deposit --unit u2 --activity reports report.docx", received.format(1)),
        ("return --unit u2 --activity reports --because Unsigned", "Returned: receipt 1, version 1."),
        ("sheet make --unit u2 --out form.xlsx", "Written: form.xlsx"),
        ("deposit --unit u1 --activity sheets u1.xlsx", received.partition(",")[0].format(2)),
        ("deposit --unit u2 --activity sheets u2.xlsx", received.partition(",")[0].format(3)),
        ("close", "Version 1 of the result is made."),
        ("reopen --because Late", "version 1 of the result is withdrawn"),
        ("deposit --unit u3 --activity sheets u3.xlsx", received.partition(",")[0].format(4)),
        ("aggregate", "Version 2 of the result is made."),
        ("verify", "Version 1: identical.\nVersion 2: identical.\n"),
        ("result", "Ranking 2030, version 2: final"),
        ("bundle --out bundle.zip", "Written: bundle.zip"),
        ("publish", "Version 2 of the result is published."),
        ("objection raise --unit u2 --scorer u1 --criterion I.1 --because Proof", "Objection no. 1 is raised"),
        ("objection answer 1 --unit u1 --because Checked --confirm", "Objection no. 1 is answered"),
        ("objection list", "1. Đơn vị 2, points of Đơn vị 1 for I.1: 10: confirmed"),
        ("titles list", "The plan lists no titles."),
        ("documents make", "Drafted: "),
        ("documents list", "draft"),
        ("conference answer --unit u2 --activity meeting --as coming --who Head --people 2", "Recorded."),
        ("postpone --activity meeting --to 2030-12-24 --because Storm", "on 24/12/2030"),
        ("dossier b-2030 --to dossier.zip", "Written: dossier.zip"),
        ("city", "B"),
        ("backup kept.zip", "Written: kept.zip"),
        ("catch-up", " things were done."),
        ("inbox read letter.eml", "waits for you: Its sender is no contact of a year under way."),
        ("notices list", "Notices: "),
        ("audit verify", ""),
        ("health", "All is well."),
        ("status", "Result: version 2, final, published."),
        (f"replay {SMALL / 'two-year.yaml'} --without-prefect", "Ranking 2030, version 1: final"),
    ]

    said = []
    for line, _ in commands:
        words = line.split()
        said.append(bloc(*words, *(YEAR if words[0] not in WITHOUT_A_YEAR else ())))

    failed = [
        (line, ended) for (line, wanted), ended in zip(commands, said, strict=True) if ended.status or wanted not in ended.out
    ]
    assert failed == []
    assert {line.split()[0] for line, _ in commands} == set(COMMANDS) - NEEDS_PREFECT - NEEDS_AN_EMPTY_DATABASE
