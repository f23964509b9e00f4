"""What must hold of mail whose delivery was killed: each notice is accounted for, and none left twice."""

import zlib
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, text
from sqlmodel import Session, select

from bloc.enums import NoticeState
from models import Mail, Notice
from notifications.ledger import MOVES
from tests.notifications.faults import FaultServer, identities

Step = tuple[NoticeState, NoticeState]
ENDS = {NoticeState.SENT, NoticeState.FAILED, NoticeState.UNCERTAIN}


@dataclass(frozen=True)
class Account:
    """What became of each notice, by the ledger and by the server."""

    fates: Mapping[str, NoticeState]
    history: Mapping[str, Sequence[Step]]
    kept: Sequence[bytes]  # every mail that the server has kept
    taken: Sequence[bytes]  # those of them of which it has said so
    record: Mapping[str, bytes]  # of each notice that was sent the message, as it is on record
    bundles: Mapping[str, str | None]  # of each notice
    damage: Sequence[str] = ()

    @classmethod
    def of(cls, engine: Engine, server: FaultServer) -> "Account":
        """Return the account of a database and of the server that its mail went to."""
        history: defaultdict[str, list[Step]] = defaultdict(list)
        with Session(engine) as session:
            fates = dict(session.exec(select(Notice.identity, Notice.state)).all())
            bundles = dict(session.exec(select(Notice.identity, Notice.bundle)).all())
            sent = select(Notice.identity, Mail.message).join(Mail, Mail.id == Notice.mail_id)
            record = {
                identity: zlib.decompress(message)
                for identity, message in session.exec(sent.where(Notice.state == NoticeState.SENT)).all()
            }
            steps = session.execute(text("SELECT identity, origin, state FROM history ORDER BY number"))
            for identity, origin, state in steps:
                history[identity].append((NoticeState(origin), NoticeState(state)))
        kept = [mail for _, mail in server.kept]
        return cls(fates, history, kept, list(server.taken), record, bundles, _damage(engine))

    @property
    def uncertain(self) -> set[str]:
        """Return the notices of which nobody can know."""
        return {identity for identity, fate in self.fates.items() if fate is NoticeState.UNCERTAIN}

    def mails(self, names: Collection[str]) -> int:
        """Return how many mails those notices are: a bundle is one."""
        return len({self.bundles[name] or name for name in names})

    def violations(self) -> list[str]:
        """Return what does not hold."""
        kept = Counter(identity for mail in self.kept for identity in identities(mail))
        taken = {identity for mail in self.taken for identity in identities(mail)}
        sent = {identity for identity, fate in self.fates.items() if fate is NoticeState.SENT}
        return [
            *(f"damaged: {line}" for line in self.damage),
            *(f"left in between: {name}, {fate}" for name, fate in self.fates.items() if fate not in ENDS),
            *(f"unknown: {name}" for name in sorted(kept.keys() - self.fates.keys())),
            *(f"left twice: {name}" for name, times in kept.items() if times > 1),
            *(f"said to be sent, and was not: {name}" for name in sorted(sent - taken)),
            *(f"sent, and said not to be: {name}" for name in sorted(kept.keys() - sent - self.uncertain)),
            *(f"not as it is on record: {name}" for name in sorted(sent) if self.record.get(name) not in set(self.kept)),
            *(f"an unlawful life: {name}, {self.history[name]}" for name in sorted(self.history) if not self._lawful(name)),
        ]

    def _lawful(self, name: str) -> bool:
        """Return whether a notice moved as the ledger's table of moves says, with no person to decide, to where it is now."""
        steps = self.history[name]
        states = [NoticeState.QUEUED, *(state for _, state in steps)]
        joined = all(origin is former for (origin, _), former in zip(steps, states, strict=False))
        allowed = all(state in MOVES[origin] for origin, state in steps)
        ended = [state for state in states if state in ENDS]
        return joined and allowed and len(ended) <= 1 and states[-1] is self.fates[name]


def _damage(engine: Engine) -> list[str]:
    if engine.dialect.name != "sqlite":
        return []
    with engine.connect() as connection:
        checks = ("PRAGMA integrity_check", "PRAGMA foreign_key_check")
        found = [str(row[0]) for check in checks for row in connection.execute(text(check))]
    return [line for line in found if line != "ok"]
