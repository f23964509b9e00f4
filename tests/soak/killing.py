"""Lives of a replay that end by `kill -9`, of itself or of a part of it, at a moment of chance."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from random import Random

from bloc.engine.parts import bloc_environment
from bloc.engine.sink import messages
from bloc.settings import Settings
from tests.engine.waiting import answers, eventually, free_port

ROOT = Path(__file__).parents[2]
REPLAY = (sys.executable, "-m", "bloc.cli", "replay")
LEASH = "bloc/engine/leash.py"
SEARCH = 0.03  # seconds between two looks for the victim
LOOK = 0.005  # seconds between two looks at a life that is to end
LONGEST = 240.0  # seconds that a life may last; a run that was killed is waited for a minute and a half
TIDY = 20.0  # seconds that what a killed process leaves may take to end: each leash gives its program a few


class Violation(Exception):
    """Something was lost, doubled, or left behind."""


class Victim(StrEnum):
    """Which process is killed."""

    REPLAY = "replay"
    SINK = "sink"
    SERVER = "server"
    WORKER = "worker"
    RUN = "run"  # what Prefect's automation starts: the aggregation


class Moment(StrEnum):
    """By what the moment is chosen."""

    START = "start"  # as soon as the victim is there; of the replay, its first part
    MAILS = "mails"  # when so many more mails have come
    TIME = "time"  # so many seconds after the victim is there


MARKS = {
    Victim.SINK: "bloc.engine.sink",
    Victim.SERVER: "prefect server start",
    Victim.WORKER: "prefect worker start",
    Victim.RUN: "-m flows",
}


@dataclass(frozen=True)
class Blow:
    """One kill: whom, and when."""

    victim: Victim
    moment: Moment
    amount: float  # mails, or seconds
    pause: float  # seconds after that: between two looks at the disk much happens

    def __str__(self) -> str:
        when = {Moment.START: "at its start", Moment.MAILS: f"after {self.amount:g} mails"}
        after = when.get(self.moment, f"{self.amount:.2f} s after it")
        return f"{self.victim} {after} + {self.pause * 1000:.0f} ms"


def blow(chance: Random, victims: list[Victim], mails: int) -> Blow:
    """Return a kill at random, within the next ``mails`` mails or seconds that fit."""
    victim, moment = chance.choice(victims), chance.choice([Moment.START, Moment.MAILS, Moment.MAILS, Moment.TIME])
    if victim is Victim.RUN:
        moment = chance.choice([Moment.START, Moment.TIME])
    amount = {Moment.START: 0.0, Moment.MAILS: float(chance.randint(1, mails)), Moment.TIME: chance.uniform(0, 3)}[moment]
    return Blow(victim, moment, amount, chance.uniform(0, 0.04))


@dataclass
class Installation:
    """A place for replays: its folder and settings, and what its lives have said."""

    folder: Path
    scenario: Path
    database_url: str | None = None
    prefect: bool = False
    sink_port: int = field(default_factory=free_port)
    prefect_port: int = field(default_factory=free_port)

    @property
    def settings(self) -> Settings:
        return Settings(
            home=self.folder / "home", database_url=self.database_url, sink_port=self.sink_port, prefect_port=self.prefect_port,
            language="en", _env_file=None,
        )  # fmt: skip

    @property
    def said(self) -> Path:
        return self.folder / "said.txt"

    def note(self, line: str) -> None:
        with self.said.open("a", encoding="utf-8") as said:
            said.write(f"--- {line}\n")

    def begin(self) -> subprocess.Popen[bytes]:
        """Start the replay, or go on with it."""
        others = {name: value for name, value in os.environ.items() if not name.startswith("BLOC_")}
        mine = bloc_environment(self.settings) | {"BLOC_DIE_WITH_PARENT": "1"}  # a soak that is stopped leaves nobody behind
        with self.said.open("ab") as said:
            return subprocess.Popen(
                [*REPLAY, str(self.scenario), "--once" if self.prefect else "--without-prefect"],
                cwd=ROOT, env=others | mine, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def mails(self) -> int:
        """Return how many mails the sink keeps."""
        return len(messages(self.settings.mail_folder))

    def live(self) -> None:
        """Let the replay go on to its end.

        Raises:
            Violation: it fails.
        """
        self.note("to the end")
        process = self.begin()
        self._await_end(process, [])
        if process.returncode != 0:
            raise Violation(f"undisturbed, the replay ended with status {process.returncode}")

    def die(self, blow: Blow) -> bool:
        """Let the replay go on until ``blow``, and see it end; return whether the blow came before the end.

        Raises:
            Violation: a part was killed and the replay did not end with the supervisor's words; or something outlives it.
        """
        self.note(str(blow))
        begins, kept = self.said.stat().st_size, self.mails()
        process = self.begin()
        try:
            hit, family = self._strike(process, blow, kept)
        except BaseException:
            process.kill()
            raise
        self._await_end(process, family)
        words = self.said.read_bytes()[begins:].decode("utf-8", "replace")
        self.note(f"{'hit' if hit else 'missed'}, status {process.returncode}")
        if "Traceback" in words:
            raise Violation("a traceback was shown")
        if process.returncode not in ((-signal.SIGKILL,) if hit and blow.victim is Victim.REPLAY else (0, 1)):
            raise Violation(f"the replay ended with status {process.returncode}")
        if process.returncode == 1 and (blow.victim is Victim.RUN or not hit or "ended by itself. Its log" not in words):
            raise Violation("the replay failed of something else than its killed part")
        return hit

    def _strike(self, process: subprocess.Popen[bytes], blow: Blow, kept: int) -> tuple[bool, list[int]]:
        found: int | None = None
        since = 0.0
        while process.poll() is None:
            if found is None:
                found, since = _find(process.pid, blow), time.monotonic()
            if found is not None and self._is_time(blow, kept, since):
                time.sleep(blow.pause)
                family = descendants(process.pid)
                return _kill(found, process), family
            time.sleep(SEARCH if found is None else LOOK)
        return False, []

    def _is_time(self, blow: Blow, kept: int, since: float) -> bool:
        if blow.moment is Moment.MAILS:
            return self.mails() >= kept + blow.amount
        return time.monotonic() >= since + blow.amount

    def _await_end(self, process: subprocess.Popen[bytes], family: list[int]) -> None:
        try:
            process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Violation(f"the replay had not ended after {LONGEST:g} s") from None
        if not eventually(lambda: not any(map(_is_alive, family)), TIDY):
            raise Violation(f"left behind: {[_command(pid) for pid in family if _is_alive(pid)]}")
        if not eventually(lambda: not answers(self.sink_port) and not answers(self.prefect_port), TIDY):
            raise Violation("a port is still in use")


def descendants(pid: int) -> list[int]:
    """Return the processes that descend from ``pid``."""
    children: dict[int, list[int]] = {}
    for child, parent in _parents():
        children.setdefault(parent, []).append(child)
    found, look = [], [pid]
    while look:
        mine = children.get(look.pop(), [])
        found += mine
        look += mine
    return found


def _find(replay: int, blow: Blow) -> int | None:
    at_once = blow.moment is not Moment.START  # a replay's own start is when its first part is there
    if blow.victim is Victim.REPLAY and at_once:
        return replay
    part = Victim.SINK if blow.victim is Victim.REPLAY else blow.victim
    commands = {pid: _command(pid) for pid in descendants(replay)}
    there = next((pid for pid, words in commands.items() if MARKS[part] in words and LEASH not in words), None)
    return replay if there and blow.victim is Victim.REPLAY else there


def _kill(pid: int, replay: subprocess.Popen[bytes]) -> bool:
    """Kill a process of ours; return whether it and the replay were there to be killed."""
    alive = replay.poll() is None
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        return alive
    return False


def _parents() -> Iterator[tuple[int, int]]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            yield int(stat.parent.name), int(stat.read_text("utf-8", "replace").rpartition(")")[2].split()[1])


def _command(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace").replace("\0", " ")
    return ""


def _is_alive(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0] != "Z"
    return False
