"""The dead-man's switch, as pages tell of it: whoever steers a live year is told that the service does not run."""

from datetime import datetime, timedelta

from bloc.actions.heartbeats import silent_since
from bloc.db import Database, reading
from bloc.language import Message, clock_time, say
from bloc.settings import Settings

FRESH = timedelta(minutes=1)  # for so long what was found is taken for true: a page more does not ask again


class Watch:
    """Whether the sweep is silent, by the wall clock."""

    def __init__(self) -> None:
        self._asked_at: datetime | None = None
        self._since: datetime | None = None

    def silence(self, base: Database, settings: Settings, wall: datetime) -> Message | None:
        """Return what is told while the sweep is silent; None if all is well."""
        if self._asked_at is None or abs(wall - self._asked_at) >= FRESH:
            with reading(base) as session:
                self._since = silent_since(session, settings, wall)
            self._asked_at = wall
        if self._since is None:
            return None
        return say(
            "The service has not run since {moment}: no reminder goes out and no result is made. Please tell the operator.",
            moment=clock_time(self._since),
        )
