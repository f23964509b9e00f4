"""The mail that the portal sends itself: a link and a code to sign in.

It is no notice. A notice is a row, kept for good and sent by the delivery that a sweep or an event starts; this mail holds a
secret that must be kept nowhere, and whoever waits for it looks at a screen. So it is handed to the same mail server at once,
after the page was answered (which is then as quick for an address that nobody has), and is tried once: asking again is easy.
"""

import logging
from datetime import datetime

from bloc.actions.signing_in import Asked, Parcel, parcel_of
from bloc.db import reading
from bloc.portal.door import Portal
from notifications.envelope import Envelope
from notifications.render import message
from notifications.smtp import MailServer, Verdict

log = logging.getLogger("bloc.portal")


async def send(portal: Portal, asked: Asked, now: datetime) -> None:
    """Mail the link and the code to whoever asked, if anybody has that address; a failure is on record without it."""
    with reading(portal.base) as session:
        parcel = parcel_of(session, portal.settings, asked)
    if parcel is None:
        return
    settings, envelope = portal.settings, _envelope(portal, parcel, now)
    async with MailServer(settings) as server:
        written = message([parcel.draft], parcel.language, envelope)
        outcome = await server.send(settings.mail_from, envelope.redirect or parcel.address, written)
    if outcome.verdict is not Verdict.ACCEPTED:
        log.error("The mail server did not take a sign-in mail: %s", outcome.verdict)


def _envelope(portal: Portal, parcel: Parcel, now: datetime) -> Envelope:
    return Envelope(
        mail_id=parcel.wish,
        identities=(str(parcel.draft.kind),),
        cycle=None,
        sender=portal.settings.mail_from,
        name=parcel.name,
        address=parcel.address,
        moment=now,
        redirect=portal.settings.mail_redirect,
    )
