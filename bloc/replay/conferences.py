"""What people do about conferences in a scenario."""

from typing import TYPE_CHECKING

from bloc import queries
from bloc.actions.conference_answers import answer, record_attendance
from bloc.actions.postponing import postpone
from bloc.actions.sittings import quorum_said, sitting_of
from bloc.enums import Attends
from bloc.language import Message, say
from bloc.replay.schema import Answers, Attendances, Holds

if TYPE_CHECKING:
    from bloc.replay.acts import Stage

SAID = {Attends.COMING: say("it comes"), Attends.ABSENT: say("it does not come")}


def holds(stage: "Stage", what: Holds) -> list[Message]:
    """Hold a conference on a day, or at another time or place; return what it changes, in words."""
    return postpone(
        stage.work, stage.cycle, activity=what.activity, to=what.date, start=what.start, place=what.place, link=what.link,
        because=what.because, now=stage.now,
    )  # fmt: skip


def attends(stage: "Stage", what: Answers) -> list[Message]:
    """Let units answer an invitation."""
    for code in what.units:
        stage.work.by = queries.unit_by_code(stage.work.session, stage.cycle, code).name
        answer(
            stage.work, stage.cycle, unit=code, activity=what.activity, attends=what.answer, now=stage.now, who=what.who,
            people=what.people, because=what.because,
        )  # fmt: skip
    activity = queries.activity_by_code(stage.work.session, stage.cycle, what.activity)
    units = ", ".join(what.units)
    return [say("{units}: {answer}: {title}", units=units, answer=SAID[what.answer], title=activity.name)]


def attendance(stage: "Stage", what: Attendances) -> list[Message]:
    """Record who was there; return whether that is a quorum."""
    record_attendance(stage.work, stage.cycle, activity=what.activity, present=what.present, now=stage.now)
    found = sitting_of(stage.work.session, stage.cycle, what.activity)
    return [quorum_said(found)] if found else []
