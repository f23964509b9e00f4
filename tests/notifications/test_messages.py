import inspect
import json
from collections.abc import Callable
from datetime import date
from fractions import Fraction

import pytest

from bloc.enums import DirectMail, NoticeKind, Tone
from notifications import messages
from notifications.messages import About, Draft, Line
from notifications.templating import TEMPLATES, WRITTEN_IN

MESSAGES = (*NoticeKind, *DirectMail)


@pytest.mark.parametrize("language", WRITTEN_IN)
def test_every_kind_of_notice_has_a_function_and_a_template_of_its_name(language: str) -> None:
    written = {path.stem for path in (TEMPLATES / language).glob("*.j2") if not path.stem.startswith("_")}

    assert written == {kind.value for kind in MESSAGES}
    assert [kind for kind in MESSAGES if not callable(getattr(messages, kind.name.lower(), None))] == []


@pytest.mark.parametrize("kind", MESSAGES, ids=str)
def test_a_message_says_only_what_its_keywords_name(kind: NoticeKind | DirectMail) -> None:
    parameters = inspect.signature(getattr(messages, kind.name.lower())).parameters.values()

    assert {parameter.kind for parameter in parameters} == {inspect.Parameter.KEYWORD_ONLY}


def test_a_draft_survives_being_kept_as_json(drafts: Callable[..., list[Draft]]) -> None:
    kept = [json.loads(json.dumps(draft.values)) for draft in drafts()]

    assert kept == [draft.values for draft in drafts()]


def test_scores_stay_exact(about: Callable[..., About]) -> None:
    third = Fraction(280, 3)

    draft = messages.result(
        about=about(), version=1, rank=1, score=third, ranking=[Line(1, "A", third, 280_000, third)], sheets=1
    )

    (line,) = draft.values["ranking"]
    assert Fraction(draft.values["score"]) == Fraction(line["score"]) == Fraction(line["cross_mean"]) == third


def test_the_mail_to_the_secretary_holds_no_score(about: Callable[..., About]) -> None:
    draft = messages.result_ready(about=about(), version=1, final=True, sheets=7, members=7)

    assert not {"score", "ranking", "rank"} & set(draft.values)


@pytest.mark.parametrize(
    ("today", "left", "late"),
    [(date(2024, 6, 3), 3, 1), (date(2024, 6, 5), 1, 1), (date(2024, 6, 6), 0, 1), (date(2024, 6, 10), 0, 4)],
    ids=["as queued", "two days later", "on the last day", "past it"],
)
def test_days_are_counted_on_the_day_on_which_a_mail_leaves(
    about: Callable[..., About], today: date, left: int, late: int
) -> None:
    it = about(last_day=date(2024, 6, 6))
    reminder = messages.reminder(about=it, days_left=3, tone=Tone.COURTEOUS)
    others = [messages.overdue(about=it, days_late=1), messages.escalation(about=it, days_late=1, to=None)]

    told = messages.as_of(reminder, today)

    assert told == Draft(NoticeKind.REMINDER, reminder.values | {"days_left": left})
    assert [messages.as_of(each, today).values["days_late"] for each in others] == [late, late]


def test_what_counts_no_days_is_left_as_it_is(about: Callable[..., About]) -> None:
    draft = messages.invitation(about=about())

    assert messages.as_of(draft, date(2024, 6, 10)) is draft
