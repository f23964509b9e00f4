"""Mail that did not arrive: the secretary is told, the unit's next contact gets it, an address that takes none is marked."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.audit import record
from bloc.actions.heartbeats import LOOK, alarm
from bloc.actions.notices import STAND_INS, Post, unlisted
from bloc.clock import local_day
from bloc.db import Work
from bloc.enums import Act, CycleMode, NoticeKind, NoticeState
from bloc.errors import NotAllowed, NotFound
from bloc.language import Message, say
from bloc.queries import Owed, Person
from bloc.rules.refusals import Refusal, refusal_of
from bloc.settings import Settings
from models import Activity, Contact, Cycle, Notice, Obligation, Role, Unit
from notifications import ledger, messages
from notifications.ledger import Attachment
from notifications.messages import Draft

# What is for those above a unit, and never falls to the unit itself.
ABOVE = (NoticeKind.RESULT_READY, NoticeKind.WEEKLY, NoticeKind.UNDELIVERABLE, NoticeKind.HELD, NoticeKind.ESCALATION)
# Who has a notice that got so far has what it says, or will have it.
HAS_IT = (NoticeState.QUEUED, NoticeState.SENDING, NoticeState.SENT, NoticeState.UNCERTAIN)

REACH_A_SECRETARY = say(
    "Please see to an address at which the secretary is reached: in the plan (`bloc plan apply`), or, where the present one "
    "works again, by `bloc inbox works`."
)


def years_with_failures(session: Session, cycle_id: uuid.UUID | None) -> Sequence[uuid.UUID]:
    """Return the years, the one named or the live ones, with notices that failed and that nobody has seen to."""
    which = Cycle.id == cycle_id if cycle_id is not None else Cycle.mode == CycleMode.LIVE
    failed = select(Notice.id).where(Notice.state == NoticeState.FAILED, col(Notice.followed_up_at).is_(None))
    return session.exec(
        select(Cycle.id).where(which, failed.where(Notice.cycle_id == Cycle.id).exists()).order_by(Cycle.key)
    ).all()


def follow_up(work: Work, cycle: Cycle, settings: Settings, now: datetime) -> int:
    """See to the notices of ``cycle`` that failed since this ran last; return how many notices are queued because of them.

    The secretary is told of each address, once a marking or a day. What a notice said goes to the unit's next contact, if it
    is still wanted and nobody else of the unit has it. An address whose mailbox was refused is marked as undeliverable. On
    trial, with all mail redirected, a refusal says nothing about the contact: nothing follows. What no server has refused (it
    could not be put into words; the line was lost again and again) is no contact's matter but the operator's.
    """
    failed = select(Notice).where(Notice.cycle_id == cycle.id, Notice.state == NoticeState.FAILED)
    rows = work.session.exec(
        failed.where(col(Notice.followed_up_at).is_(None)).order_by(col(Notice.queued_at), Notice.identity)
    )
    queued = 0
    for notice in rows.all():
        notice.followed_up_at = now
        if refusal_of(notice.reply) is Refusal.UNSAID:
            queued += _tell_unsaid(work, cycle, settings, notice, now)
        elif settings.mail_redirect is None:
            queued += _see_to(work, cycle, settings, notice, now)
    work.session.flush()
    return queued


def _see_to(work: Work, cycle: Cycle, settings: Settings, notice: Notice, now: datetime) -> int:
    contact = work.session.get_one(Contact, notice.contact_id)
    if refusal_of(notice.reply) is Refusal.MAILBOX and _may_mark(work.session, cycle, contact):
        told = _mark(work, cycle, settings, contact, notice, now)
    else:
        told = _tell(Post(work, cycle, now), settings, contact, notice.reply or "", [_unit(work.session, notice)])
    return told + _hand_on(Post(work, cycle, now), notice, contact)


def _tell_unsaid(work: Work, cycle: Cycle, settings: Settings, notice: Notice, now: datetime) -> int:
    what = say(
        "Mails could not be sent, though no mail server has refused them, such as {notice}: {reply}. "
        "`bloc notices list --state failed` names them all.",
        notice=notice.identity, reply=notice.reply or "-",
    )  # fmt: skip
    return _alarm(work, cycle, settings, f"unsent/{local_day(now)}", what, now)


def _alarm(
    work: Work, cycle: Cycle, settings: Settings, identity: str, what: Message, now: datetime, since: datetime | None = None,
    *, todo: Message = LOOK,
) -> int:  # fmt: skip
    if cycle.mode is not CycleMode.LIVE:  # what a replay plays is no trouble of this installation
        return 0
    return alarm(work, settings, f"{cycle.key}/{identity}", what, now, since, todo=todo)


def _may_mark(session: Session, cycle: Cycle, contact: Contact) -> bool:
    """Return whether a mark concerns no other clock: what a replay plays must not silence somebody of a live year."""
    return cycle.mode is CycleMode.LIVE or not _served(session, contact, Cycle.mode == CycleMode.LIVE)


def _mark(work: Work, cycle: Cycle, settings: Settings, contact: Contact, notice: Notice, now: datetime) -> int:
    """Mark an address, and tell the secretaries of all years under way that it serves; return how many are told."""
    if contact.undeliverable_since is None:
        contact.undeliverable_since, contact.undeliverable_because = now, notice.reply
        work.session.flush()
    under_way = Cycle.mode == CycleMode.LIVE if cycle.mode is CycleMode.LIVE else Cycle.id == cycle.id
    served = _served(work.session, contact, under_way) or [(cycle, [_unit(work.session, notice)])]
    reply = contact.undeliverable_because or ""
    return sum(_tell(Post(work, each, now), settings, contact, reply, units) for each, units in served)


def _served(session: Session, contact: Contact, which: Any) -> list[tuple[Cycle, list[Unit]]]:
    """Return the years that a contact serves in, with its units there."""
    rows = session.exec(
        select(Cycle, Unit)
        .join(Role, col(Role.cycle_id) == Cycle.id)
        .join(Unit, col(Role.unit_id) == Unit.id)
        .where(Role.contact_id == contact.id, which)
        .order_by(Cycle.key, Unit.code)
    )
    found: dict[uuid.UUID, tuple[Cycle, list[Unit]]] = {}
    for cycle, unit in rows:
        _, units = found.setdefault(cycle.id, (cycle, []))
        units += [unit] if unit not in units else []
    return list(found.values())


def _unit(session: Session, notice: Notice) -> Unit:
    return session.get_one(Unit, notice.unit_id)


def _tell(post: Post, settings: Settings, contact: Contact, reply: str, units: Sequence[Unit]) -> int:
    """Tell the secretary that an address takes no mail, once a marking, or once a day if it is not marked."""
    since = contact.undeliverable_since
    which = f"{since:%Y-%m-%dT%H%M%S}" if since else f"{local_day(post.now)}"
    identity = f"{NoticeKind.UNDELIVERABLE}/{contact.email}/{which}"
    away = _away(post.work.session) | {contact.id}
    secretaries = [person for person in post.secretaries if person.contact_id not in away]
    if not secretaries:
        what = say(
            "Mail to {address} does not arrive, and no secretary can be told: {reply}", address=contact.email, reply=reply
        )
        return _alarm(post.work, post.cycle, settings, identity, what, post.now, since, todo=REACH_A_SECRETARY)
    instead = {person.email: person for unit in units for person in _next(post, unit, away)[:1]}.values()
    about = replace(post.about_cycle(units[0]), unit="; ".join(unit.name for unit in units))
    draft = messages.undeliverable(
        about=about, address=contact.email, reply=reply, marked=since is not None,
        instead=[f"{person.name} ({person.email})" for person in instead],
    )  # fmt: skip
    return post.queue(draft, units[0], list({each.email: each for each in secretaries}.values()), identity)


def _away(session: Session) -> set[uuid.UUID]:
    """Return the contacts whose address takes no mail."""
    return set(session.exec(select(Contact.id).where(col(Contact.undeliverable_since).is_not(None))))


def _next(post: Post, unit: Unit, away: set[uuid.UUID]) -> list[Person]:
    """Return who gets a unit's mail, in the order in which they are asked: its own people, then the secretary."""
    own = [person for role in STAND_INS for person in post.book.get((unit.id, role), ())]
    return [person for person in (*own, *post.secretaries) if person.contact_id not in away]


def _hand_on(post: Post, notice: Notice, contact: Contact) -> int:
    """Queue what a notice said to the next who may get it, unless it is wanted no more or somebody of the unit has it."""
    session, unit = post.work.session, _unit(post.work.session, notice)
    wanted = select(Notice.id).where(Notice.id == notice.id, ledger.wanted(), ledger.fresh(post.now))
    if session.exec(wanted).first() is None:
        return 0
    base, away = notice.identity.removesuffix(f"/{contact.email}"), _away(session) | {contact.id}
    people = [*post.secretaries] if notice.kind in ABOVE else _next(post, unit, away)
    identities = {f"{base}/{person.email}": person for person in people if person.contact_id not in away}
    rows = session.exec(select(Notice.identity, Notice.state).where(col(Notice.identity).in_(identities)))
    had = dict(rows.all())
    if any(state in HAS_IT for state in had.values()):
        return 0
    following = (person for identity, person in identities.items() if identity not in had)
    # Whose mail a person has suppressed beforehand is put on record as such, and passed over.
    return next(filter(None, (_queue(post, notice, contact, unit, person) for person in following)), 0)


def _queue(post: Post, notice: Notice, contact: Contact, unit: Unit, person: Person) -> int:
    draft, attachments = Draft(notice.kind, notice.values), [Attachment(**each) for each in notice.attachments]
    if _is_strange(post, unit, person):
        draft, attachments = _without_points(draft), []
    prefix = f"{post.cycle.key}/"
    return post.queue(
        draft,
        unit,
        [person],
        notice.identity.removeprefix(prefix).removesuffix(f"/{contact.email}"),
        _owed(post.work.session, notice, unit),
        notice.expires_at,
        notice.bundle and notice.bundle.removeprefix(prefix).removesuffix(f"/{contact.email}"),
        attachments,
    )


def _owed(session: Session, notice: Notice, unit: Unit) -> Owed | None:
    if notice.obligation_id is None:
        return None
    obligation = session.get_one(Obligation, notice.obligation_id)
    return Owed(obligation, session.get_one(Activity, obligation.activity_id), unit)


def _is_strange(post: Post, unit: Unit, person: Person) -> bool:
    """Return whether somebody of another unit gets this in the unit's stead: nobody reads other units' points."""
    return all(person not in people for (unit_id, _), people in post.book.items() if unit_id == unit.id)


def _without_points(draft: Draft) -> Draft:
    """Return what a receipt or a refusal says without what it quotes of a score sheet."""
    values = dict(draft.values)
    for name in {"faults", "remarks"} & values.keys():
        values[name] = [unlisted(len(values[name])).to_json()] if values[name] else []
    hides: dict[str, Any] = {"totals": [], "marked": None}
    return replace(draft, values=values | {name: none for name, none in hides.items() if name in values})


def has_marked(session: Session, cycle: Cycle, address: str) -> bool:
    """Return whether ``address`` is known to take no mail, and a year of that clock can have found that out."""
    marked = [contact for contact in _called(session, address) if contact.undeliverable_since is not None]
    return any(_may_mark(session, cycle, contact) for contact in marked)


def works_again(work: Work, address: str, *, because: str, now: datetime) -> list[Cycle]:
    """Write to ``address`` again, by a person's act; return the years that it serves in, each with the act on record.

    Raises:
        NotFound: nobody has that address.
        NotAllowed: it is not marked as undeliverable, or no reason is given.
    """
    contact = next((each for each in _called(work.session, address)), None)
    if contact is None:
        raise NotFound(say("Nobody has the address {address}.", address=address))
    if contact.undeliverable_since is None:
        raise NotAllowed(say("{address} is written to already.", address=address))
    if not because.strip():
        raise NotAllowed(say("This needs its reason."))
    contact.undeliverable_since = contact.undeliverable_because = None
    served = _served(work.session, contact, col(Cycle.id).is_not(None))
    for cycle, units in served:
        record(
            work, cycle, Act.NOTICE, units[0].code, now=queries.now_of(cycle, now), after={"reachable": True}, because=because
        )
    return [cycle for cycle, _ in served]


def forget_what_was_played(session: Session, contact: Contact) -> None:
    """Take a mark away that no live year has made: who is written to in one from now on was marked by what a replay played."""
    failed = select(Notice.id).join(Cycle, col(Notice.cycle_id) == Cycle.id).where(Cycle.mode == CycleMode.LIVE)
    mine = failed.where(Notice.contact_id == contact.id, Notice.state == NoticeState.FAILED)
    if contact.undeliverable_since is not None and session.exec(mine.limit(1)).first() is None:
        contact.undeliverable_since = contact.undeliverable_because = None


def _called(session: Session, address: str) -> Iterator[Contact]:
    wanted = address.strip().lower()
    yield from (contact for contact in session.exec(select(Contact)) if contact.email.lower() == wanted)
