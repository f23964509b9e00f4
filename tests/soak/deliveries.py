"""Processes that deliver side by side and are killed, one after another, at moments of chance; and what is left of the mail."""

import multiprocessing
import re
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Engine

from bloc.db import open_engine
from bloc.settings import Settings
from notifications.claims import LEASE
from tests.databases import new_database
from tests.engine.waiting import free_port
from tests.notifications.faults import FaultServer, serving
from tests.soak.accounts import Account
from tests.soak.killing import Violation
from tests.soak.post import END, Post, delivering, settle

HOME = "home"
WORKERS = 3
CONNECTIONS = 2  # of each
STOCK = 60  # notices that always wait, so that a kill finds somebody at work
FAST = 0.1  # how many processes have a clock that is fast by a lease, where any has
LONGEST = 60.0  # seconds that anything may take
LOOK = 0.001  # seconds between two looks at what has come
WAIT = 5.0  # seconds that mails are waited for at most
SOON = 0.3  # seconds within which a kill comes that waits for none
SENDER = re.compile(rb"^From:[^\n]*\bworker-(\d+)@", re.MULTILINE)  # which process has sent a mail
FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("RCPT", {"reply": "451 4.7.1 Greylisted"}),
    ("RCPT", {"reply": "550 5.1.1 no such mailbox"}),
    ("MAIL", {"reply": "421 4.3.2 closing", "close": True}),
    ("CONTENT", {"reply": "452 4.2.2 full"}),
    ("CONTENT", {}),
    ("CONTENT", {"keep": True}),
]
DAYS = [
    timedelta(days=1),
    timedelta(days=2),
    timedelta(days=2) + LEASE,
]  # the last deliveries: what was put off, then what was left


@dataclass
class Toll:
    """What was killed, and what it cost."""

    kills: int = 0
    notices: int = 0
    mails: int = 0
    uncertain: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        kept = f"{self.notices} notices in {self.mails} mails, {self.uncertain} of them called uncertain"
        return f"{self.kills} kills; {kept}; {self.seconds:.0f} s"


@dataclass
class Killing:
    """Deliveries on one kind of database, so many of which are killed. All follows from the seed, but what the machine does."""

    seed: int
    folder: Path  # is made; kept if something does not hold
    kind: str = "sqlite"  # of database: that or "postgres"
    fast: bool = False  # some processes have a clock so fast that they give up what others are at
    tell: Callable[[str], None] = print
    chance: Random = field(init=False)
    toll: Toll = field(default_factory=Toll)

    dropped: int = 0  # how often the server has dropped the line after DATA, at most

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)
        context = multiprocessing.get_context("forkserver")  # whose children have all imports done
        context.set_forkserver_preload(["tests.soak.post"])
        self._context = context

    def play(self, kills: int) -> Toll:
        """Kill, deliver what is left, judge; return the toll.

        Raises:
            Violation: something does not hold; the folder has the evidence.
        """
        begun, port = time.monotonic(), free_port()
        (self.folder / HOME).mkdir(parents=True)
        with ExitStack() as stack:
            url = stack.enter_context(new_database(self.kind, f"deliveries_{self.seed}"))
            server = stack.enter_context(serving(port))
            settings = Settings(
                home=self.folder / HOME, database_url=url, sink_port=port, smtp_connections=CONNECTIONS, _env_file=None
            )
            Post(settings).begin()
            engine = open_engine(settings.database)
            stack.callback(engine.dispose)
            self._kill(settings, engine, server, kills)
            self._end(settings, server)
            account = Account.of(engine, server)
            if wrong := [*account.violations(), *self._unexplained(account)]:
                raise Violation("\n".join(wrong[:40]))  # the database stays as well
        self.toll.notices, self.toll.mails = len(account.fates), len(account.kept)
        self.toll.uncertain, self.toll.seconds = len(account.uncertain), time.monotonic() - begun
        shutil.rmtree(self.folder)
        return self.toll

    def _kill(self, settings: Settings, engine: Engine, server: FaultServer, kills: int) -> None:
        post, workers = Post(settings), [self._begin(settings, place) for place in range(WORKERS)]
        try:
            while self.toll.kills < kills:
                if post.left(engine) < STOCK:
                    post.queue(engine, 2 * STOCK, self.chance)
                if self.chance.random() < 0.3:
                    self._spoil(server)
                place = self._moment(server)
                workers[place].kill()
                self._bury(workers[place])
                self.toll.kills += 1
                workers[place] = self._begin(settings, place)
                if self.toll.kills % 50 == 0:
                    self.tell(f"{self.seed}: {self.kind}, {self.toll.kills} kills; {len(server.kept)} mails are kept")
        finally:
            (settings.home / END).touch()
            for worker in workers:
                worker.join(LONGEST)
                worker.kill()
        if wrong := [worker.exitcode for worker in workers if worker.exitcode != 0]:
            raise Violation(f"deliveries did not end well: {wrong}; see said.txt")

    def _spoil(self, server: FaultServer) -> None:
        stage, how = self.chance.choice(FAULTS)
        server.fail(stage, times=1, after=self.chance.randrange(3), **how)
        self.dropped += stage == "CONTENT" and "reply" not in how

    def _begin(self, settings: Settings, place: int) -> BaseProcess:
        settings = settings.model_copy(update={"mail_from": f"worker-{place}@example.vn"})
        ahead = LEASE if self.fast and self.chance.random() < FAST else timedelta(0)
        worker = self._context.Process(target=delivering, args=(settings, self.folder / "said.txt", ahead), daemon=True)
        worker.start()
        return worker

    def _bury(self, worker: BaseProcess) -> None:
        worker.join(LONGEST)
        if worker.exitcode != -9:
            raise Violation(f"a delivery ended by itself, with {worker.exitcode}: see said.txt")
        worker.close()

    def _moment(self, server: FaultServer) -> int:
        """Wait for a moment of chance, often when mails have come; return who is to be killed, often who has sent the last."""
        someone = self.chance.randrange(WORKERS)
        if self.chance.random() < 0.2:
            time.sleep(self.chance.uniform(0, SOON))
            return someone
        kept, more = len(server.kept), self.chance.randint(1, 8)
        end = time.monotonic() + WAIT
        while len(server.kept) < kept + more and time.monotonic() < end:
            time.sleep(LOOK)
        sender = SENDER.search(server.kept[-1][1]) if server.kept else None
        time.sleep(self.chance.uniform(0, 0.008))  # in which a mail is put on record and the next one claimed
        return int(sender[1]) if sender and self.chance.random() < 0.7 else someone

    def _end(self, settings: Settings, server: FaultServer) -> None:
        server.mend()
        for ahead in DAYS:
            last = self._context.Process(target=settle, args=(settings, ahead))
            last.start()
            last.join(LONGEST)
            if last.exitcode != 0:
                raise Violation(f"the last delivery ended with {last.exitcode}")

    def _unexplained(self, account: Account) -> list[str]:
        # A connection carries one mail at a time, so that a kill costs no more of them than there are connections.
        most, mails = self.toll.kills * CONNECTIONS + self.dropped, account.mails(account.uncertain)
        return [f"more mails uncertain than the kills explain: {mails}, not {most}"] * (mails > most and not self.fast)
