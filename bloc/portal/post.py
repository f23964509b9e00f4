"""The mails that the portal sends itself: a link and a code to sign in; a test mail.

They are no notices. A notice is a row, kept for good and sent by the delivery that a sweep or an event starts; a mail to
sign in holds a secret that must be kept nowhere, and whoever waits for either looks at a screen. So they are handed to the same
mail server at once, and tried once: asking again is easy. To sign in, that is done after the page was answered, which is then
as quick for an address that nobody has.
"""

import logging
from datetime import datetime

from bloc.actions.direct_mail import Parcel
from bloc.actions.signing_in import Asked, parcel_of
from bloc.db import reading
from bloc.portal.door import Portal
from notifications.envelope import Envelope
from notifications.render import message
from notifications.smtp import MailServer, Outcome, Verdict

log = logging.getLogger("bloc.portal")


async def send(portal: Portal, asked: Asked, now: datetime) -> None:
    """Mail the link and the code to whoever asked, if anybody has that address; a failure is on record without it."""
    with reading(portal.base) as session:
        parcel = parcel_of(session, portal.settings, asked)
    if parcel is None:
        return
    outcome = await hand_over(portal, parcel, now)
    if outcome.verdict is not Verdict.ACCEPTED:
        log.error("The mail server did not take a sign-in mail: %s", outcome.verdict)


async def hand_over(portal: Portal, parcel: Parcel, now: datetime) -> Outcome:
    """Give a mail to the mail server, once; return what became of it."""
    settings, envelope = portal.settings, _envelope(portal, parcel, now)
    async with MailServer(settings) as server:
        written = message([parcel.draft], parcel.language, envelope)
        return await server.send(settings.mail_from, envelope.redirect or parcel.address, written)


def _envelope(portal: Portal, parcel: Parcel, now: datetime) -> Envelope:
    return Envelope(
        mail_id=parcel.mail_id,
        identities=(str(parcel.draft.kind),),
        cycle=None,
        sender=portal.settings.mail_from,
        name=parcel.name,
        address=parcel.address,
        moment=now,
        redirect=portal.settings.mail_redirect,
    )
