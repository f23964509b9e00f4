import pytest

from bloc.db import Database
from bloc.enums import ObligationState, ResponseKind, Stage
from bloc.errors import NotAllowed, NotFound
from models import Response
from tests.factories import Year, cycle_of, on, plan, report, year_begun
from tests.places import kept

pytestmark = pytest.mark.either


@kept
def year(base: Database) -> Year:
    """Return the year in which opinions have been asked for and the covenant is open for signing."""
    year = year_begun(base)
    year.advance(Stage.SIGNING, "2030-02-11 07:00")
    year.advance(Stage.SIGNING, "2030-02-18 07:00")
    return year


def test_an_answer_meets_the_obligation(year):
    said = year.respond("u2", "opinions", ResponseKind.COMMENTED, "2030-02-12 09:00", text="Thêm một ý")

    owed = year.obligation("u2", "opinions")
    assert (said.kind, said.text, said.responded_at) == (ResponseKind.COMMENTED, "Thêm một ý", on("2030-02-12 09:00"))
    assert (owed.state, owed.accepted_at) == (ObligationState.ACCEPTED, on("2030-02-12 09:00"))


def test_each_answer_is_kept_and_the_first_one_says_when_it_was_met(year):
    year.respond("u2", "opinions", ResponseKind.AGREED, "2030-02-12 09:00")
    year.respond("u2", "opinions", ResponseKind.COMMENTED, "2030-02-13 09:00", text="Thêm một ý")

    assert sorted(row.kind.value for row in year.rows(Response)) == ["agreed", "commented"]
    assert year.obligation("u2", "opinions").accepted_at == on("2030-02-12 09:00")


@pytest.mark.parametrize(
    ("activity", "kind", "answer", "said"),
    [
        ("opinions", ResponseKind.SIGNED, {}, '"Góp ý dự thảo giao ước" is answered with: agreed, commented'),
        ("opinions", ResponseKind.COMMENTED, {}, "A comment needs its text."),
        ("opinions", ResponseKind.COMMENTED, {"text": "  "}, "A comment needs its text."),
        ("covenant", ResponseKind.SIGNED, {}, "A signature needs the office of who signed."),
        ("covenant", ResponseKind.DONE, {}, '"Ký giao ước thi đua" is answered with: signed'),
    ],
    ids=["a signature of an opinion", "no comment", "an empty comment", "nobody signs", "a covenant is done"],
)
def test_an_answer_of_another_kind_is_refused(year, activity, kind, answer, said):
    with pytest.raises(NotAllowed) as refused:
        year.respond("u2", activity, kind, "2030-02-19 09:00", **answer)

    assert str(refused.value) == said
    assert year.rows(Response) == []


def test_what_asks_for_a_file_is_not_answered_otherwise(year):
    year.advance(Stage.MIDYEAR, "2030-05-06 07:00")

    with pytest.raises(NotAllowed, match=r'^"Báo cáo sơ kết" asks for a file\.$'):
        year.respond("u2", "reports", ResponseKind.DONE, "2030-05-07 09:00")


def test_what_is_not_asked_yet_is_not_answered(base):
    year = cycle_of(base, plan())

    with pytest.raises(NotFound, match=r'^"Ký giao ước thi đua" asks nothing of Đơn vị 1 now\.$'):
        year.sign("u1", "2030-02-10 09:00")


def test_the_last_signature_freezes_what_was_agreed_and_no_earlier_one_does(year):
    frozen = []
    for unit, hour in (("u1", 9), ("u2", 10), ("u2", 11), ("u3", 12), ("u1", 13)):
        year.sign(unit, f"2030-02-20 {hour:02}:00")
        frozen.append(year.cycle.frozen_at)

    moment = on("2030-02-20 12:00")
    assert frozen == [None, None, None, moment, moment]


def test_a_report_is_no_signature(year):
    year.deposit("u1", report(), "2030-04-20 09:00")

    assert year.cycle.frozen_at is None
