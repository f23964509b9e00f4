"""The calendar of a person's deadlines, at an address with a secret in it: no sign-in, no session."""

import uuid

from fastapi import APIRouter, Response

from bloc.actions import calendar_feeds
from bloc.db import Work
from bloc.errors import NotFound
from bloc.language import say
from bloc.portal.access import Here
from bloc.portal.door import Visit
from bloc.portal.downloads import TYPES
from bloc.portal.pages import page, to
from notifications import calendar_file
from notifications.envelope import Envelope

router = APIRouter()


@router.get("/calendar")
def calendar(visit: Here) -> Response:
    """Show whether a person has a calendar address, to make or revoke it."""
    return _show(visit)


def _show(visit: Visit, address: str = "") -> Response:
    with visit.read() as session:
        feed = calendar_feeds.feed_of(session, visit.signed_in.contact_id)
    return page(visit, "calendar", feed=feed, address=address, webcal=f"webcal:{address.partition(':')[2]}")


@router.post("/calendar")
def make(visit: Here) -> Response:
    """Make the address, and show it this once: of its secret only a digest is kept."""
    with visit.work() as work:
        mine = visit.signed_in
        secret = calendar_feeds.make_feed(work, visit.portal.key, mine.contact_id, visit.moment, demo=mine.demo)
    return _show(visit, f"{visit.portal.settings.portal.rstrip('/')}/feeds/{secret}.ics")


@router.post("/calendar/revoke")
def revoke(visit: Here) -> Response:
    """Revoke the address."""
    with visit.work() as work:
        calendar_feeds.revoke_feed(work, visit.signed_in.contact_id, visit.moment)
    return to("/calendar", note="feed-revoked")


@router.get("/feeds/{secret}.ics")
def feed(visit: Here, secret: str) -> Response:
    """Give the calendar to whatever program asks with the secret."""
    with visit.read() as session:
        found = calendar_feeds.feed_by(session, visit.portal.key, secret, demo=visit.portal.demo)
        if found is None:
            raise NotFound(say("This calendar address is good no more."))
        drafts = list(calendar_feeds.deadlines_of(Work(session), found, visit.moment))
    sender = visit.portal.settings.mail_from
    envelope = Envelope(
        mail_id=uuid.UUID(int=0), identities=(), cycle=None, sender=sender, name="", address="", moment=visit.moment
    )
    return Response(calendar_file.feed(drafts, envelope), media_type=TYPES[".ics"])
