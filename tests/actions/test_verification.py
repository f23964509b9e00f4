import pytest
from sqlalchemy import update
from sqlmodel import Session, select

from bloc.actions.result_inputs import Inputs, hashes_of
from bloc.actions.verification import first_difference
from bloc.db import Database
from bloc.enums import Act, Stage
from models import AuditEntry, CountedSheet, Deposit, FileChunk, PlanVersion, Point, Result, Standing
from tests.factories import Year, cycle_of, plan
from tests.places import kept

pytestmark = [pytest.mark.replay, pytest.mark.either]

ONLY_SHEETS = {"covenant": None, "opinions": None, "reports": None, "exchange": None}


@kept
def scored(base: Database) -> Year:
    """Return a year with two versions of its result, the plan changed in between."""
    year = cycle_of(base, plan(activities=ONLY_SHEETS))
    year.advance(Stage.YEAR_END, "2030-11-18 07:00")
    for unit, points in (("u1", 11), ("u2", 12.25), ("u3", 13)):
        year.send_sheet(unit, "2030-11-20 09:00", {"u1": points, "u2": 9})
    year.aggregate("2030-11-20 10:00")
    year.apply(plan(size=2, activities=ONLY_SHEETS), "2030-11-25 09:00", "Sáp nhập")
    for unit in ("u1", "u2"):
        year.send_sheet(unit, "2030-11-26 09:00", {"u1": 7})
    year.aggregate("2030-11-26 10:00")
    return year


def differences(year):
    with year.open() as (work, cycle):
        results = work.session.exec(select(Result).order_by(Result.version)).all()
        found = [first_difference(work.session, cycle, result) for result in results]
        return [str(difference) if difference else None for difference in found]


def test_every_version_is_made_again_as_it_was(scored, base):
    assert differences(scored) == [None, None]


def change(base, statement):
    with Session(base.engine) as session:
        session.execute(statement)
        session.commit()


def first_result(base):
    with Session(base.engine) as session:
        return session.exec(select(Result.id).where(Result.version == 1)).one()


def test_a_changed_point_is_named(scored, base):
    change(base, update(Point).where(Point.thousandths == 12_250).values(thousandths=12_500))

    first, second = differences(scored)

    assert (first, second) == ("u2's sheet gives u1 12.25 for I.1; kept is 12.5", None)


def test_a_changed_rank_is_named(scored, base):
    change(base, update(Standing).where(Standing.result_id == first_result(base), Standing.rank == 1).values(rank=2))

    assert differences(scored)[0] == "u1 has rank 1 with 157/12; kept is rank 2 with 157/12"


def test_a_changed_score_is_named(scored, base):
    change(base, update(Standing).where(Standing.result_id == first_result(base), Standing.rank == 1).values(numerator=1))

    assert differences(scored)[0] == "u1 has rank 1 with 157/12; kept is rank 1 with 1/12"


def test_a_changed_file_is_named(scored, base):
    with Session(base.engine) as session:
        chunk = session.exec(select(FileChunk).join(Deposit, Deposit.sha256 == FileChunk.sha256)).first()
        chunk.data = chunk.data[:-1] + b"!"
        session.add(chunk)
        session.commit()

    assert [found for found in differences(scored) if found] in (
        [f"the file of {unit}'s sheet is not the one that was received"] for unit in ("u1", "u2", "u3")
    )


def test_a_sheet_taken_out_of_the_count_is_seen(scored, base):
    with Session(base.engine) as session:
        of_the_first = select(CountedSheet).join(Result).where(Result.version == 1)
        session.delete(session.exec(of_the_first).first())
        session.commit()

    assert differences(scored)[0] == ("the members, policies, criteria or points are not those that the version was made from")


def test_what_was_changed_together_with_the_digest_of_it_differs_from_the_audit_trail(scored, base):
    first_id = first_result(base)
    with scored.open() as (work, cycle):
        version = work.session.exec(select(PlanVersion).where(PlanVersion.version == 1)).one()
        version.plan = version.plan.replace('"titles_by":"rank"', '"titles_by":"open-vote"')
        result = work.session.get_one(Result, first_id)
        work.session.flush()
        result.input_hash = Inputs.of(work.session, cycle, result).hash()

    first, second = differences(scored)

    assert first == "the audit trail has it that the version was made from other members, policies, criteria or points"
    assert second is None


def test_a_version_that_was_made_before_sheets_had_digests_of_their_own_is_identical(scored, base):
    with scored.open() as (work, cycle):
        result = work.session.exec(select(Result).where(Result.version == 2)).one()
        inputs = Inputs.of(work.session, cycle, result)
        _, result.input_hash = hashes_of(inputs.kept_plan, inputs.points)
        entries = select(AuditEntry).where(AuditEntry.act == Act.RESULT, AuditEntry.about == "2")
        entry = work.session.exec(entries).one()
        entry.after = {**entry.after, "input_hash": result.input_hash}

    assert differences(scored) == [None, None]


def test_sheets_without_a_digest_of_their_own_get_it_from_their_points(scored, base):
    with scored.open() as (work, cycle):
        inputs = Inputs.now(work.session, cycle)
        with_digests = inputs.hash()
        for sheet in inputs.sheets.values():
            sheet.points_hash = None

        assert inputs.hash() == with_digests
