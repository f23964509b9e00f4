"""What a person decides about a mail that is held: to hand in a file of it, or to set it aside. Each is on record."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from bloc import files, queries
from bloc.actions import deposits
from bloc.actions.audit import record
from bloc.actions.incoming import outcome_of, under_way
from bloc.actions.withheld import withheld
from bloc.db import Work
from bloc.enums import Act, ActivityKind, IncomingState
from bloc.errors import NotAllowed, NotFound, Way
from bloc.language import Message, say
from models import Activity, Cycle, Incoming, Obligation
from notifications.incoming_mail import Attached, FileKind, Letter, parse, read_letter
from notifications.references import LEAST


def mails(session: Session, *, every: bool) -> Sequence[Incoming]:
    """Return the mails that wait for a person, or all that came in, the oldest first."""
    rows = select(Incoming).order_by(col(Incoming.received_at), Incoming.sha256)
    return session.exec(rows if every else rows.where(Incoming.state == IncomingState.HELD)).all()


def mail_called(session: Session, ref: str) -> Incoming:
    """Return the mail whose SHA-256 begins with ``ref``.

    Raises:
        NotFound: there is none, or more than one.
    """
    wanted = ref.strip().lower()
    begins = col(Incoming.sha256).startswith(wanted, autoescape=True)
    found = session.exec(select(Incoming).where(begins).limit(2)).all() if len(wanted) >= LEAST else []
    if len(found) != 1:
        raise NotFound(say('There is no mail called "{ref}".', ref=ref), Way.MAILS)
    return found[0]


def content_of(session: Session, mail: Incoming) -> bytes:
    """Return a mail as it came: for what is done with it, not to be read by people (``readable_content_of``)."""
    return files.read(session, mail.sha256)


def readable_content_of(session: Session, mail: Incoming) -> bytes:
    """Return a mail as it came, with all that is attached, to be read at the secretary's desk.

    Raises:
        NotAllowed: it brings a score sheet, or was sent where one is asked for, and is withheld (bloc.actions.withheld).
    """
    data = content_of(session, mail)
    if (why := hidden_in(session, mail, data)) is not None:
        raise NotAllowed(why)
    return data


def hidden_in(session: Session, mail: Incoming, data: bytes) -> Message | None:
    """Return why what a mail says, and what is attached, may not be read at the secretary's desk yet; None if it may."""
    if not _brings_points(session, read_letter(data, parse(data))):
        return None
    own = session.get(Cycle, mail.cycle_id) if mail.cycle_id else None
    each = (
        withheld(session, cycle, reader=queries.leading_unit(session, cycle.id), of=None) for cycle in under_way(session, own)
    )
    return next((why for why in each if why is not None), None)


def _brings_points(session: Session, letter: Letter) -> bool:
    tokens = [uuid.UUID(hex=token) for token in letter.tokens]
    asked = (
        select(Activity.id).join(Obligation).where(col(Obligation.id).in_(tokens), Activity.kind == ActivityKind.SCORE_SHEETS)
    )
    return any(file.kind is FileKind.WORKBOOK for file in letter.files) or session.exec(asked).first() is not None


def hand_in(
    work: Work, cycle: Cycle, ref: str, *, unit: str, activity: str, because: str, now: datetime, limit: int,
    name: str | None = None,
) -> Incoming:  # fmt: skip
    """Hand in a file of a mail that is held, as of when the mail came, by a person's act; the unit is answered as always.

    Args:
        name: which file; by default the only one of the kind that is asked for.
        limit: the largest file taken, in bytes.

    Raises:
        NotFound: there is no such mail, unit, activity or file in it.
        NotAllowed: the mail is not held, no reason is given, several files fit, or the file cannot be taken.
    """
    mail = _held(work.session, ref, because)
    owed_kind = queries.activity_by_code(work.session, cycle, activity).kind
    file = _chosen(work.session, mail, name, owed_kind)
    incoming = deposits.Incoming(unit, activity, file.name, file.data, mail.received_at)
    deposit = deposits.receive_deposit(work, cycle, incoming, now=now, limit=limit)
    owed = queries.obligation_of(work.session, cycle, activity, queries.unit_by_code(work.session, cycle, unit))
    mail.cycle_id, mail.state = cycle.id, IncomingState.DEPOSITED
    mail.outcome = [*mail.outcome, outcome_of(deposit, owed).to_json(), _decided(work, because)]
    _record(work, cycle, f"{activity}/{unit}", mail, because, now)
    return mail


def set_aside(work: Work, cycle: Cycle, ref: str, *, because: str, now: datetime) -> Incoming:
    """Decide that nothing is done about a mail that is held, on record in ``cycle`` or, where it is known, in the mail's own.

    Raises:
        NotFound: there is no such mail.
        NotAllowed: it is not held, or no reason is given.
    """
    mail = _held(work.session, ref, because)
    mail.state, mail.outcome = IncomingState.SET_ASIDE, [*mail.outcome, _decided(work, because)]
    own = work.session.get_one(Cycle, mail.cycle_id) if mail.cycle_id else cycle
    _record(work, own, mail.sha256, mail, because, now)
    return mail


def _decided(work: Work, because: str) -> dict[str, object]:
    return say("{who} has decided so: {because}", who=work.by, because=because).to_json()


def _record(work: Work, cycle: Cycle, about: str, mail: Incoming, because: str, now: datetime) -> None:
    after = {"mail": mail.sha256, "state": mail.state}
    record(work, cycle, Act.INCOMING, about, now=now, before={"state": IncomingState.HELD}, after=after, because=because)
    work.session.flush()


def _held(session: Session, ref: str, because: str) -> Incoming:
    mail = mail_called(session, ref)
    if mail.state is not IncomingState.HELD:
        raise NotAllowed(say("This mail waits for nobody: what became of it is decided."))
    if not because.strip():
        raise NotAllowed(say("This needs its reason."))
    return mail


def _chosen(session: Session, mail: Incoming, name: str | None, kind: ActivityKind) -> Attached:
    data = content_of(session, mail)
    there = read_letter(data, parse(data)).files
    asked_for = FileKind.WORKBOOK if kind is ActivityKind.SCORE_SHEETS else FileKind.DOCUMENT
    found = [file for file in there if (file.kind is asked_for if name is None else file.name == name)] or (
        list(there) if name is None else []
    )
    names = "; ".join(file.name for file in there) or "-"
    if not found:
        raise NotFound(say("There is no such file in this mail; it has: {names}", names=names))
    if len(found) > 1:
        raise NotAllowed(say("Several files of this mail fit; please choose one: {names}", names=names), Way.FILE)
    return found[0]
