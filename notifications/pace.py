"""How many mails may go in a minute: in all, and to each domain. Values in, values out; the time is an argument, in seconds."""

from collections import defaultdict, deque

WINDOW = 60.0  # seconds


class Pace:
    """What has gone in the last minute, and so what may go now. A limit of None is none."""

    def __init__(self, in_all: int | None, to_a_domain: int | None) -> None:
        self._in_all, self._to_a_domain = in_all, to_a_domain
        self._all: deque[float] = deque(maxlen=in_all or 0)
        self._to: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=to_a_domain or 0))

    def went(self, domain: str, at: float) -> None:
        """Note a mail to ``domain``."""
        self._all.append(at)
        if self._to_a_domain is not None:
            self._to[domain].append(at)

    def pause(self, domain: str, at: float) -> float:
        """Return after how many seconds a mail may go to ``domain``; 0: now."""
        here = _pause(self._to[domain], self._to_a_domain, at) if domain in self._to else 0.0
        return max(here, self.pause_of_all(at))

    def pause_of_all(self, at: float) -> float:
        """Return after how many seconds a mail may go at all; 0: now."""
        return _pause(self._all, self._in_all, at)

    def resting(self, at: float) -> dict[str, float]:
        """Return the domains that no mail may go to for now, each with the seconds until one may."""
        pauses = {domain: _pause(gone, self._to_a_domain, at) for domain, gone in self._to.items()}
        return {domain: pause for domain, pause in pauses.items() if pause > 0}


def _pause(gone: deque[float], limit: int | None, at: float) -> float:
    return 0.0 if limit is None or len(gone) < limit else max(0.0, gone[0] + WINDOW - at)


def domain_of(address: str) -> str:
    """Return the domain of an address, in small letters."""
    return address.rpartition("@")[2].lower()
