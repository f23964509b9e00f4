"""What a scenario may say of objections: a unit contests a published cross-score, and who gave it answers."""

from typing import TYPE_CHECKING

from bloc import queries
from bloc.actions import objections
from bloc.actions.contested import contested_by
from bloc.actions.objections import Evidence, points_typed
from bloc.language import Message, points, say
from bloc.plan.fields import Code, Line, Strict, Text

if TYPE_CHECKING:
    from bloc.replay.acts import Stage


class Objects(Strict):
    """A unit contests what another, the ``scorer``, gave it for a criterion; ``evidence``: a file that shows why."""

    unit: Code
    scorer: Code
    criterion: Line
    because: Text
    evidence: Line | None = None


class AnswersObjection(Strict):
    """The unit that gave the points confirms them, or corrects them ``to`` others, as typed."""

    number: int
    unit: Code
    because: Text
    to: Line | None = None


def objects(stage: "Stage", what: Objects, shown: bytes | None) -> list[Message]:
    """Carry out ``Objects``; ``shown`` is what stands in its file."""
    stage.work.by = queries.unit_by_code(stage.work.session, stage.cycle, what.unit).name
    evidence = Evidence(what.evidence, shown) if what.evidence is not None and shown is not None else None
    row = objections.raise_objection(
        stage.work, stage.cycle, unit=what.unit, scorer=what.scorer, criterion=what.criterion, because=what.because,
        now=stage.now, limit=stage.settings.upload_limit, evidence=evidence,
    )  # fmt: skip
    return [say("{unit} contests what {scorer} gave it for {criterion}, objection no. {number}: {because}", unit=what.unit,
                scorer=what.scorer, criterion=what.criterion, number=row.number, because=row.because)]  # fmt: skip


def answers(stage: "Stage", what: AnswersObjection) -> list[Message]:
    """Carry out ``AnswersObjection``."""
    session, giver = stage.work.session, queries.unit_by_code(stage.work.session, stage.cycle, what.unit)
    stage.work.by = giver.name
    each = contested_by(session, stage.cycle, what.number, giver)
    to = points_typed(stage.cycle, each.criterion, what.to) if what.to is not None else None
    row = objections.answer(
        stage.work, stage.cycle, what.number, unit=what.unit, because=what.because, now=stage.now,
        limit=stage.settings.upload_limit, to=to,
    )  # fmt: skip
    told = {"unit": what.unit, "number": what.number, "because": row.answered_because or ""}
    if to is None:
        return [say("{unit} confirms the points of objection no. {number}: {because}", **told)]
    return [say("{unit} corrects the points of objection no. {number} to {points}: {because}", points=points(to), **told)]
