"""For the operator: whether the installation runs as it should; the same facts as `bloc health`, and what waits."""

from fastapi import APIRouter, Response
from sqlalchemy import func
from sqlmodel import col, select

from bloc.actions.heartbeats import health
from bloc.enums import Job, NoticeState
from bloc.language import say
from bloc.portal.access import Here
from bloc.portal.mail_words import TAGS
from bloc.portal.pages import page
from models import Heartbeat, Notice

router = APIRouter()
TITLE = say("Installation")


@router.get("/installation")
def installation(visit: Here) -> Response:
    """Show what is wrong, when the sweep ran last, and how many mails of all years are in which state."""
    with visit.read() as session:
        wrong = health(session, visit.portal.settings, visit.moment)
        beaten = session.get(Heartbeat, Job.SWEEP)
        counts = dict(session.exec(select(Notice.state, func.count()).group_by(col(Notice.state))).all())
    mails = [(TAGS[state], counts[state]) for state in NoticeState if state in counts]
    return page(visit, "installation", wrong=wrong, ran_at=beaten.ran_at if beaten else None, mails=mails)
