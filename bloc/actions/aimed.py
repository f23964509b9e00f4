"""For what a mail's files are: whose they are by sender, and for what by the token or the workbook, if both agree."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from sqlmodel import Session, col, select

from bloc.clock import local_day
from bloc.enums import ActivityKind, ContactRole
from bloc.language import Message, say
from bloc.queries import Owed, owing, serving
from bloc.sheets.apart import whose_apart
from models import Activity, Contact, Cycle, Notice, Obligation, Role, Unit
from notifications.incoming_mail import Attached, FileKind, Letter

RANK = {role: number for number, role in enumerate(ContactRole)}


class Doubt(Exception):
    """A mail is not acted on by itself; ``message`` says why. A person decides."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Sender:
    """Who sent a mail: what the address does for which units in the years under way, and whom their secretaries are."""

    roles: tuple[Role, ...] = ()
    secretaries: frozenset[str] = frozenset()

    @property
    def cycle_id(self) -> uuid.UUID | None:
        """Return the one year that the sender serves in; None if there is none, or more."""
        cycles = {role.cycle_id for role in self.roles}
        return cycles.pop() if len(cycles) == 1 else None

    def office(self, cycle_id: uuid.UUID, unit_id: uuid.UUID) -> str | None:
        """Return what the sender is called as somebody of that unit; None if it is nobody of it."""
        return next((role.name for role in self.roles if (role.cycle_id, role.unit_id) == (cycle_id, unit_id)), None)


@dataclass(frozen=True)
class Aim:
    """A file, and what it is for; ``by``: on whose behalf."""

    file: Attached
    cycle: Cycle
    owed: Owed
    by: str


@dataclass(frozen=True)
class Aims:
    """Which files of a mail are handed in, for what, in their order; and which are left with the mail."""

    aims: Sequence[Aim]
    left: Sequence[Attached] = ()


def sender_of(session: Session, cycles: Iterable[Cycle], letter: Letter, now: datetime) -> Sender:
    """Return who sent a mail that came ``now``, by its one address: as what they serve on that day."""
    mine = col(Role.cycle_id).in_([cycle.id for cycle in cycles])
    named = select(Role, Contact.email).join(Contact, col(Role.contact_id) == Contact.id)
    rows = session.exec(named.where(mine, serving(local_day(now)))).all()
    roles = sorted((role for role, email in rows if email.lower() == letter.sender), key=lambda role: RANK[role.role])
    return Sender(tuple(roles), frozenset(email.lower() for role, email in rows if role.role is ContactRole.SECRETARY))


def aims(session: Session, cycles: Sequence[Cycle], letter: Letter, sender: Sender) -> Aims:
    """Return what each file of a mail is for.

    Raises:
        Doubt: it does not follow from the mail; or what the mail says does not agree with who sent it.
        PartFailed: the reader of score sheets does not work at present.
    """
    by_id = {cycle.id: cycle for cycle in cycles}
    named = _named_by_token(session, by_id, letter)
    sheets = [aim for file in letter.files if (aim := _sheet(session, cycles, file, sender)) is not None]
    if any(named and aim.owed.unit.id != named.unit.id for aim in sheets):
        raise Doubt(say("The address that it was sent to and the score sheet in it name different units."))
    if len({aim.owed.obligation.id for aim in sheets}) < len(sheets):
        raise Doubt(say("It brings more than one score sheet of the same unit."))
    rest = [file for file in letter.files if file not in [aim.file for aim in sheets]]
    if named is None or (sheets and named.activity.kind is not ActivityKind.REPORT):
        return _only_sheets(sheets, rest)
    office = sender.office(named.obligation.cycle_id, named.unit.id)
    if office is None:
        raise Doubt(say("It was sent to an address of {unit}, for which its sender does not act.", unit=named.unit.name))
    chosen = _for(named, rest) if rest or not sheets else []
    if chosen and named.activity.kind is ActivityKind.REPORT and _answers_a_digest(session, letter):
        raise Doubt(say("It answers a mail about several reports: it does not say which one this is."))
    found = sheets + [Aim(file, by_id[named.obligation.cycle_id], named, office) for file in chosen]
    return Aims(found, [file for file in rest if file not in chosen])


def _only_sheets(sheets: list[Aim], rest: list[Attached]) -> Aims:
    if not sheets:
        raise Doubt(say("It does not say for what its files are: there is no token in its address, and no score sheet in it."))
    return Aims(sheets, rest)


def _named_by_token(session: Session, cycles: Mapping[uuid.UUID, Cycle], letter: Letter) -> Owed | None:
    if len(letter.tokens) > 1:
        raise Doubt(say("It was sent to several addresses with tokens."))
    for token in letter.tokens:
        row = session.exec(owing().where(Obligation.id == uuid.UUID(hex=token), col(Obligation.cycle_id).in_(cycles))).first()
        if row is None:
            raise Doubt(say("It was sent to an address with a token that means nothing in a year under way."))
        return Owed(*row)
    return None


def _sheet(session: Session, cycles: Sequence[Cycle], file: Attached, sender: Sender) -> Aim | None:
    """Return what a score workbook is for, by what it says of itself; None for what is none that was issued."""
    whose = whose_apart(file.data) if file.kind is FileKind.WORKBOOK else None
    cycle = next((cycle for cycle in cycles if whose and cycle.key == whose.cycle), None)
    if whose is None or cycle is None:
        return None
    row = session.exec(
        owing().where(Activity.cycle_id == cycle.id, Activity.kind == ActivityKind.SCORE_SHEETS, Unit.code == whose.unit)
    ).first()
    if row is None:
        raise Doubt(say("The score sheet in it is of a unit that owes none now."))
    office = sender.office(cycle.id, row[2].id)
    if office is None:
        raise Doubt(say("The score sheet in it is that of {unit}, for which its sender does not act.", unit=row[2].name))
    return Aim(file, cycle, Owed(*row), office)


def _for(named: Owed, files: Sequence[Attached]) -> list[Attached]:
    """Return the files that are meant for what the token names, the one that is to count last.

    Raises:
        Doubt: none of them can be it, or several can.
    """
    kinds = [FileKind.DOCUMENT, FileKind.WORKBOOK]
    match named.activity.kind:
        case ActivityKind.REPORT | ActivityKind.SIGNATURE:
            pass
        case ActivityKind.SCORE_SHEETS:
            kinds.reverse()
        case _:
            raise Doubt(say('"{title}" takes no file.', title=named.activity.name))
    for kind in kinds:  # of the wrong kind, it is handed in all the same: the answer says what is asked for
        if fit := [file for file in files if file.kind is kind]:
            return _one_of(fit)
    raise Doubt(say("None of its files is of a kind that is asked for: .docx, .pdf or .xlsx."))


def _one_of(files: list[Attached]) -> list[Attached]:
    """Return one file; or two of one name, a .docx and the .pdf of it, of which the .pdf, commonly the signed one, counts."""
    names = [PurePosixPath(file.name) for file in files]
    if len(files) > 1 and not (
        len(files) == 2
        and names[0].stem.casefold() == names[1].stem.casefold()
        and {name.suffix.lower() for name in names} == {".docx", ".pdf"}
    ):
        raise Doubt(say("Several of its files can be the one that is asked for: {names}", names="; ".join(map(str, names))))
    return sorted(files, key=lambda file: PurePosixPath(file.name).suffix.lower())


def _answers_a_digest(session: Session, letter: Letter) -> bool:
    """Return whether it answers a mail of ours that was about more than one report."""
    ids = [found for answered in letter.answered if (found := _uuid(answered.partition("@")[0]))]
    rows = session.exec(
        select(Notice.obligation_id)
        .join(Obligation, col(Notice.obligation_id) == Obligation.id)
        .join(Activity, col(Obligation.activity_id) == Activity.id)
        .where(col(Notice.mail_id).in_(ids), Activity.kind == ActivityKind.REPORT)
    )
    return len(set(rows)) > 1


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
