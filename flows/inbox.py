"""Reading the mailbox: each new mail is taken in a transaction of its own, and marked in the mailbox once that has committed.

It knows nothing of Prefect, so that `bloc inbox fetch` need not pay for it.
"""

import logging
from datetime import datetime

from sqlalchemy.exc import OperationalError

from bloc.actions.incoming import Desk, Raw, first_day, keep_unread, read_ahead, take, under_way
from bloc.db import Database, Work, reading, unit_of_work
from bloc.errors import PartFailed
from bloc.settings import Settings
from bloc.sheets.apart import read_once
from models import Incoming
from notifications.mailbox import Mailbox, open_mailbox

MOST = 200  # mails taken in one sweep; the next goes on
OVERHEAD = 2  # times a file's size that a mail with it may have: base64 makes four bytes of three

log = logging.getLogger("bloc.flows")


def read_mailbox(base: Database, settings: Settings, wall: datetime) -> int:
    """Take what is new in the mailbox since the first live year began; return how many mails that was.

    Raises:
        MailboxFailed: the mailbox cannot be read, or not to its end. What was taken by then is kept, and marked.
    """
    if settings.imap_host is None:
        return 0
    with reading(base) as session:
        since = first_day(session)
    if since is None:
        return 0
    with open_mailbox(settings) as mailbox:
        return sum(_taken(base, settings, mailbox, uid, wall) for uid in mailbox.new(since)[:MOST])


def _taken(base: Database, settings: Settings, mailbox: Mailbox, uid: str, wall: datetime) -> bool:
    mail = mailbox.fetch(uid, OVERHEAD * settings.upload_limit)
    if mail is None:
        return False
    raw = Raw(mail.data, min(mail.arrived_at, wall), mail.size, mail.whole)
    row = take_in(base, settings, raw, wall)
    if row is None:
        return False
    mailbox.mark(uid)
    return True


def take_in(base: Database, settings: Settings, raw: Raw, wall: datetime) -> Incoming | None:
    """Take one mail in the live years; return its row, or None if it is to be tried again later.

    One that cannot be dealt with is kept all the same, for a person.
    """
    try:
        with read_once():  # a sheet can take half a minute to read: nobody waits for that with the database
            with reading(base) as session:
                read_ahead(session, under_way(session, None), raw)
            with unit_of_work(base) as work:
                return take(_desk(work, settings, wall), raw)
    except PartFailed as error:
        log.warning("%s", error)
        return None
    except OperationalError:  # the database's trouble, not this mail's
        raise
    except Exception:  # whatever it is, it is this mail's: recorded here, and the others go on
        log.exception("a mail could not be dealt with")
    with unit_of_work(base) as work:
        return keep_unread(_desk(work, settings, wall), raw)


def _desk(work: Work, settings: Settings, wall: datetime) -> Desk:
    return Desk(work, under_way(work.session, None), settings, wall)
