"""A unit's part in a conference, as the oracle reckons it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from tests.replay import written

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Seat:
    """What a unit knows of a conference (its day, its time of day), how often that moved, and whether it has answered."""

    known: tuple[str, str | None]
    moves: int = 0
    over: bool = False
    seen: datetime = NEVER

    @property
    def day(self) -> date:
        return written.day(self.known[0])

    @property
    def begins(self) -> datetime:
        start = self.known[1]
        return written.at(self.day, time.fromisoformat(start)) if start else written.end(self.day)

    @property
    def which(self) -> str:
        return f"{self.day}.{self.moves}"

    deadline = which

    def move(self, known: tuple[str, str | None]) -> None:
        self.known, self.moves, self.over = known, self.moves + 1, False
