"""What must hold after the last start of a replay that was killed: nothing lost, nothing doubled, nothing left in between."""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session, select

from bloc.db import Database, open_engine
from bloc.enums import NoticeKind, NoticeState
from models import Cycle, Notice
from tests.replay.oracle import Mail, Year
from tests.replay.playing import House, mail_named
from tests.soak.killing import Installation

Fates = dict[str, NoticeState]  # of a notice, by its identity
Results = list[tuple[str, int, str]]


@dataclass(frozen=True)
class Outcome:
    """How a year ended: every version of its ranking, what became of each notice, what lies in the sink."""

    results: Results
    fates: Fates
    mails: Counter[Mail]
    damage: list[str]  # what the database says of itself

    @classmethod
    def of(cls, installation: Installation) -> "Outcome":
        """Return how the year of an installation ended."""
        settings = installation.settings
        house = House(settings, Database(open_engine(settings.database)))
        try:
            with Session(house.base.engine) as session:
                fates = dict(session.exec(select(Notice.identity, Notice.state)).all())
                (key,) = session.exec(select(Cycle.key)).all()
            return cls(house.results(key), fates, house.mails(), _damage(house))
        finally:
            house.base.engine.dispose()

    def without_digests_beyond(self, called_for: Counter[Mail], fates: Fates) -> "Outcome":
        """Return this outcome without the weekly digests that are not among ``called_for``, nor among those of ``fates``."""
        return replace(
            self,
            fates={
                name: fate for name, fate in self.fates.items() if name in fates or mail_named(name)[1] != NoticeKind.WEEKLY
            },
            mails=Counter(
                {mail: times for mail, times in self.mails.items() if mail in called_for or mail.kind != NoticeKind.WEEKLY}
            ),
        )


def _damage(house: House) -> list[str]:
    if house.base.engine.dialect.name != "sqlite":
        return []
    with house.base.engine.connect() as connection:
        checks = ("PRAGMA integrity_check", "PRAGMA foreign_key_check")
        found = [str(row[0]) for check in checks for row in connection.execute(text(check))]
    return [line for line in found if line != "ok"]


def violations(scenario: Path, found: Outcome, undisturbed: Outcome, kills: int) -> list[str]:
    """Return what does not hold of a year that was killed so many times, beside the same one undisturbed."""
    called_for = Year(scenario).mails
    uncertain = [identity for identity, fate in found.fates.items() if fate is NoticeState.UNCERTAIN]
    unsure = {mail_named(identity) for identity in uncertain}
    excused = dict.fromkeys(uncertain, NoticeState.SENT)  # what it would have become
    if uncertain:  # which the secretary is told of, week by week, until each is settled
        found = found.without_digests_beyond(called_for, undisturbed.fates)
    return [
        *(f"damaged: {line}" for line in found.damage),
        *(f"another ranking: {found.results}" for _ in [1] if found.results != undisturbed.results),
        *(f"lost: {mail}" for mail in called_for - found.mails if mail[:5] not in unsure),
        *(f"not called for: {mail}" for mail in found.mails if mail not in called_for),
        *(f"twice: {mail}" for mail, times in found.mails.items() if times > 1),
        *(f"another fate: {found_and_wanted}" for found_and_wanted in _differing(found.fates | excused, undisturbed.fates)),
        *(f"more uncertain than {kills} kills explain: {uncertain}" for _ in [1] if len(uncertain) > kills),
    ]


def _differing(found: Fates, wanted: Fates) -> list[str]:
    return sorted(f"{name}: {found.get(name)}, not {wanted.get(name)}" for name, _ in found.items() ^ wanted.items())
