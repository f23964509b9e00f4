"""Mail that comes in: kept whole, and then handed in, taken for a bounce, held for a person, or set aside.

What a mail says of itself is believed only as far as two things agree: who sent it (a contact of a year under way), and what
it is about (the token in the address that it was sent to, or the score workbook in it). docs/incoming-mail.md has the table.
"""

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from bloc import files, queries
from bloc.actions import bounces, deposits
from bloc.actions.aimed import Aim, Doubt, Sender, aims, sender_of
from bloc.actions.held import tell_of_held, year_of
from bloc.actions.reading import check_file
from bloc.clock import local_day
from bloc.db import Work
from bloc.enums import CycleMode, DepositState, IncomingState
from bloc.errors import BlocError, PartFailed
from bloc.language import Message, say
from bloc.queries import Owed
from bloc.settings import Settings
from models import Cycle, Deposit, Incoming
from notifications.bounces import read_bounce
from notifications.incoming_mail import AnyMessage, Letter, parse, read_letter
from notifications.origin import Origin, origin_of

NOBODY = "-"


@dataclass(frozen=True)
class Raw:
    """A mail as it came: its bytes, when it arrived, and how large it is; ``whole``: all of it was taken."""

    data: bytes
    arrived_at: datetime
    size: int
    whole: bool = True


@dataclass(frozen=True)
class Desk:
    """Where mail is taken in: a transaction, the years under way, the settings, and the real time."""

    work: Work
    cycles: Sequence[Cycle]
    settings: Settings
    wall: datetime

    @property
    def session(self) -> Session:
        """Return the transaction's session."""
        return self.work.session


@dataclass(frozen=True)
class Decision:
    """What becomes of a mail, of which year it is, and in words why."""

    state: IncomingState
    says: tuple[Message, ...]
    cycle_id: uuid.UUID | None = None


def take(desk: Desk, raw: Raw) -> Incoming:
    """Keep a mail and decide what becomes of it; the same bytes again are the same mail, and nothing more happens.

    Raises:
        PartFailed: the reader of score sheets does not work at present. Nothing is kept; the mail is to be taken again later.
    """
    sha256 = files.put(desk.session, raw.data)
    mail = parse(raw.data)
    letter = read_letter(raw.data, mail)
    row = Incoming(
        sha256=sha256,
        sender=letter.sender or NOBODY,
        subject=letter.subject,
        received_at=raw.arrived_at,
        state=IncomingState.HELD,
    )
    if known := _known(desk.session, row):
        return known
    sender = sender_of(desk.session, desk.cycles, letter, raw.arrived_at)
    decision = _decide(desk, raw, mail, letter, sender)
    row.state, row.cycle_id = decision.state, decision.cycle_id
    row.outcome = [line.to_json() for line in decision.says]
    if row.state is IncomingState.HELD:
        _hold(desk, row, letter, sender)
    desk.session.flush()
    return row


def _hold(desk: Desk, row: Incoming, letter: Letter, sender: Sender) -> None:
    row.cycle_id = row.cycle_id or year_of(desk.session, desk.cycles, letter, sender)
    tell_of_held(desk.work, desk.settings, desk.cycles, row, sender, desk.wall, by_hand=not letter.automatic)


def read_ahead(session: Session, cycles: Sequence[Cycle], raw: Raw) -> None:
    """Read the files of a mail as ``take`` will: the slow part of it, which within ``read_once`` it then need not do.

    Raises:
        PartFailed: the reader of score sheets does not work at present.
    """
    letter = read_letter(raw.data, parse(raw.data))
    sender = sender_of(session, cycles, letter, raw.arrived_at)
    if letter.automatic or not sender.roles:
        return
    with suppress(Doubt):  # which ``take`` will have, too
        for aim in aims(session, cycles, letter, sender).aims:
            check_file(queries.plan_of(aim.cycle), aim.cycle, aim.owed, aim.file.data)


def _known(session: Session, row: Incoming) -> Incoming | None:
    """Add the mail's row, so that nobody else takes it; return the one that is there already, if one is."""
    same = select(Incoming).where(Incoming.sha256 == row.sha256)
    if found := session.exec(same).first():
        return found
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:  # another door has taken it at this moment
        return session.exec(same).one()
    return None


def _decide(desk: Desk, raw: Raw, mail: AnyMessage | None, letter: Letter, sender: Sender) -> Decision:
    if not raw.whole:
        megabytes = f"{raw.size / 1_000_000:.0f}"
        return _held(say("The mail is too large ({size} MB) to be taken; it lies in the mailbox.", size=megabytes))
    if mail is None or not letter.readable:
        return _held(say("The mail is built so oddly that it is not taken apart."))
    bounce = read_bounce(mail)
    if bounce is not None and not (sender.roles and letter.files):
        return Decision(*bounces.settle(desk.work, desk.cycles, desk.settings, bounce, desk.wall))
    if letter.sender in _ourselves(desk.settings):
        return _set_aside(sender, say("It is a mail of our own."))
    if not letter.files:
        return _without_files(sender, letter)
    try:
        return _hand_in(desk, raw, letter, sender, origin_of(mail, letter.sender, desk.settings.imap_authserv))
    except Doubt as doubt:
        return _held(doubt.message)


def _ourselves(settings: Settings) -> set[str]:
    return {address.lower() for address in (settings.mail_from, settings.imap_address) if address}


def _without_files(sender: Sender, letter: Letter) -> Decision:
    if letter.automatic:
        return _set_aside(sender, say("It is an automatic reply."))
    if not sender.roles:
        return _set_aside(sender, say("Nothing is attached, and its sender is no contact of a year under way."))
    if letter.recipients & sender.secretaries:
        return _set_aside(sender, say("Nothing is attached; the secretary has it, too."))
    return _held(say("Nothing is attached; perhaps somebody should read it."))


def _held(*says: Message) -> Decision:
    return Decision(IncomingState.HELD, says)


def _set_aside(sender: Sender, *says: Message) -> Decision:
    return Decision(IncomingState.SET_ASIDE, says, sender.cycle_id)


def _hand_in(desk: Desk, raw: Raw, letter: Letter, sender: Sender, origin: Origin) -> Decision:
    if letter.automatic:
        raise Doubt(say("A machine has sent it, with files; machines are not answered."))
    if not sender.roles:
        raise Doubt(say("Its sender is no contact of a year under way."))
    if origin is Origin.REFUTED:
        raise Doubt(say("The mail server says that it does not come from its sender."))
    if origin is Origin.UNSAID and not desk.settings.imap_checks_senders:
        raise Doubt(say("No mail server that is believed (BLOC_IMAP_AUTHSERV) says that it comes from its sender."))
    found = aims(desk.session, desk.cycles, letter, sender)
    with desk.session.begin_nested():  # all of it or nothing
        says = [_deposited(desk, raw, aim) for aim in found.aims]
    says += [say('"{name}" is kept with the mail and was not handed in.', name=file.name) for file in found.left]
    return Decision(IncomingState.DEPOSITED, tuple(says), found.aims[0].cycle.id)


def _deposited(desk: Desk, raw: Raw, aim: Aim) -> Message:
    """Hand in one file, on record by the office of who sent it, as of when the mail arrived; return what came of it.

    Raises:
        Doubt: it cannot be handed in. A person decides about the whole mail.
    """
    work, now = replace(desk.work, by=aim.by), queries.now_of(aim.cycle, desk.wall)
    file = deposits.Incoming(aim.owed.unit.code, aim.owed.activity.code, aim.file.name, aim.file.data, raw.arrived_at)
    try:
        deposit = deposits.receive_deposit(work, aim.cycle, file, now=now, limit=desk.settings.upload_limit)
    except PartFailed:
        raise
    except BlocError as refusal:
        raise Doubt(say('"{name}" could not be handed in: {why}', name=aim.file.name, why=refusal.message)) from refusal
    return outcome_of(deposit, aim.owed)


def outcome_of(deposit: Deposit, owed: Owed) -> Message:
    """Return in words what became of a file that a mail brought."""
    what = {"name": deposit.file_name, "unit": owed.unit.name, "title": owed.activity.name}
    if deposit.state is DepositState.REFUSED:
        return say('"{name}" was refused (faults: {count}), {unit}: {title}', count=len(deposit.faults), **what)
    return say('"{name}" was received, receipt {number}, {unit}: {title}', number=deposit.receipt, **what)


def keep_unread(desk: Desk, raw: Raw) -> Incoming:
    """Keep a mail that ``take`` has failed at, for a person: nothing that comes in is lost."""
    head = read_letter(raw.data, None)
    row = Incoming(
        sha256=files.put(desk.session, raw.data),
        sender=head.sender or NOBODY,
        subject=head.subject,
        received_at=raw.arrived_at,
        state=IncomingState.HELD,
        outcome=[say("Dealing with this mail failed; the log says why.").to_json()],
    )
    if known := _known(desk.session, row):
        return known
    _hold(desk, row, head, Sender())
    return row


def first_day(session: Session) -> date | None:
    """Return the day since which mail is for us: that on which the first live year began; None if none is live."""
    first = queries.live_since(session)
    return local_day(first) if first else None


def under_way(session: Session, cycle: Cycle | None) -> Sequence[Cycle]:
    """Return the years whose mail is taken in: the one named, or all live ones."""
    live = select(Cycle).where(Cycle.mode == CycleMode.LIVE).order_by(Cycle.key)
    return [cycle] if cycle is not None else session.exec(live).all()
