"""What the operator is told when runs fail: one mail for a burst of them."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlmodel import col, select

from bloc.actions.heartbeats import alarm
from bloc.db import Work
from bloc.enums import NoticeKind
from bloc.language import say
from bloc.settings import Settings
from models import Notice

QUIET = timedelta(hours=1)  # in which no second mail about runs goes out
ABOUT = "runs/"  # of which the identity of such a mail is


def tell_of_failures(work: Work, settings: Settings, failed: Mapping[str, int], pages: str, wall: datetime) -> int:
    """Queue a mail to the operator that runs failed, unless one went out a short while ago; return how many are queued.

    Args:
        failed: how many runs of each flow.
        pages: where Prefect's pages are.
    """
    if not failed or _told_lately(work, wall):
        return 0
    flows = ", ".join(f"{name} ({count})" for name, count in sorted(failed.items()))
    what = say("Jobs have failed or crashed within the last hour: {flows}.", flows=flows)
    todo = say(
        "Please look at their logs in Prefect ({pages}) and find out why. What they left undone is done by the next run; "
        "for an hour no further mail says so.",
        pages=pages,
    )
    return alarm(work, settings, f"{ABOUT}{wall:%Y-%m-%dT%H%M%S}", what, wall, todo=todo)


def _told_lately(work: Work, wall: datetime) -> bool:
    recent = select(Notice.id).where(Notice.kind == NoticeKind.ALARM, col(Notice.queued_at) > wall - QUIET)
    told = recent.where(col(Notice.identity).startswith(f"{NoticeKind.ALARM}/{ABOUT}"))
    return work.session.exec(told.limit(1)).first() is not None
