"""An issued document goes to those on its list: the units, and whoever else has an address there; the rest is the clerk's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, col, select

from bloc import queries
from bloc.actions.audit import record
from bloc.actions.documents import document_named, file_of
from bloc.actions.notices import Post
from bloc.actions.people import contact_at
from bloc.db import Work
from bloc.documents.kinds import KINDS, Readers
from bloc.enums import Act, ContactRole, DocumentState
from bloc.errors import NotAllowed
from bloc.files import digest_of
from bloc.language import say
from bloc.plan import Plan
from bloc.plan.schema import Recipient
from bloc.queries import Person
from models import Cycle, Document, Unit
from notifications import messages
from notifications.ledger import Attachment

FILED = "Lưu"


@dataclass(frozen=True)
class Sent:
    """What came of sending: how many mails are queued, and who is the clerk's to send to."""

    queued: int
    by_clerk: Sequence[str]


def send(work: Work, cycle: Cycle, name: str, *, now: datetime) -> Sent:
    """Queue an issued document for those on its list; sent again, it goes only to who has not had this copy.

    Raises:
        NotFound: the year has no such document.
        NotAllowed: it is not issued.
    """
    cycle = queries.locked(work.session, cycle.id)
    document = document_named(work.session, cycle, name)
    if document.state is not DocumentState.ISSUED:
        raise NotAllowed(say("Only an issued document is sent. Please issue it first."))
    file_name, data = file_of(work.session, document)
    attached, post = Attachment(file_name, digest_of(data)), Post(work, cycle, now)
    queued = sum(_to_unit(post, document, unit, attached) for unit in units_for(work.session, cycle, document))
    outside = [each for each in outside_for(post.plan, document) if each.email]
    queued += sum(_to_outside(post, document, each, attached) for each in outside)
    document.sent_at = document.sent_at or now
    work.session.add(document)
    if queued:
        record(work, cycle, Act.DOCUMENT, name, now=now, after={"document": name, "sent": queued, "sha256": attached.sha256})
    return Sent(queued, by_clerk(post.plan, document))


def units_for(session: Session, cycle: Cycle, document: Document) -> list[Unit]:
    """Return the units that a document is sent to."""
    members = queries.members(session, cycle.id)
    match KINDS[document.kind].readers:
        case Readers.OWN:
            return [unit for unit in members if unit.id == document.unit_id]
        case Readers.HIGHER:
            return []
        case _:
            return list(members)


def outside_for(plan: Plan, document: Document) -> list[Recipient]:
    """Return who of the plan's list gets a document beside the units."""
    if KINDS[document.kind].readers not in (Readers.PLAN, Readers.HIGHER):
        return []
    return [each for each in plan.recipients if not each.name.startswith(FILED) and not _are_units(each)]


def by_clerk(plan: Plan, document: Document) -> list[str]:
    """Return who of them has no address in the plan: the clerk's office sends it to them."""
    return [each.name for each in outside_for(plan, document) if not each.email]


def documents_for(session: Session, cycle: Cycle, unit: Unit) -> list[Document]:
    """Return the documents that have been sent to a unit, the newest first."""
    sent = select(Document).where(Document.cycle_id == cycle.id, col(Document.sent_at).is_not(None))
    rows = session.exec(sent.order_by(col(Document.sent_at).desc(), Document.name)).all()
    return [row for row in rows if any(each.id == unit.id for each in units_for(session, cycle, row))]


def _are_units(recipient: Recipient) -> bool:
    return recipient.name.lower().startswith("các đơn vị")


def _to_unit(post: Post, document: Document, unit: Unit, attached: Attachment) -> int:
    return _queue(post, document, unit, unit.name, post.audience(unit, [ContactRole.CONTACT]), attached)


def _to_outside(post: Post, document: Document, recipient: Recipient, attached: Attachment) -> int:
    """Queue it for somebody outside the bloc: should that address take no mail, it falls back to the leader's own people."""
    assert recipient.email is not None
    contact = contact_at(post.work.session, recipient.email)
    if contact.undeliverable_since is not None:
        return 0
    person = Person(contact.id, recipient.name, contact.email, "vi")
    return _queue(post, document, post.leading_unit, recipient.name, [person], attached)


def _queue(post: Post, document: Document, unit: Unit, to: str, people: Iterable[Person], attached: Attachment) -> int:
    draft = messages.document(
        about=replace(post.about_cycle(unit), unit=to), document=KINDS[document.kind].name, number=document.number,
        issued_on=document.issued_on, is_signed=document.scan_sha256 is not None,
    )  # fmt: skip
    return post.queue(draft, unit, people, f"{draft.kind}/{document.name}/{attached.sha256[:12]}", attachments=[attached])
