"""Each named constraint: a row that it allows, and one that it forbids by that name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import Session, SQLModel, select

from bloc import enums
from models import (
    Activity,
    Aggregation,
    Attendance,
    AuditEntry,
    Bloc,
    CalendarFeed,
    ChairChoice,
    CityAnswer,
    CityGrant,
    CityViewer,
    Contact,
    Criterion,
    Cycle,
    Deposit,
    Document,
    ExtensionRequest,
    Hand,
    Heartbeat,
    Incoming,
    Membership,
    Notice,
    NoticeChange,
    Objection,
    Obligation,
    PlanVersion,
    Response,
    Result,
    Role,
    SheetDraft,
    SignedIn,
    SignIn,
    Standing,
    StoredFile,
    TitleChange,
    Unit,
    VoteCount,
    VoteRound,
    Wakeup,
)
from tests.factories import cycle_of, on, plan

NOW = datetime(2030, 6, 3, 0, 30, tzinfo=UTC)
SHA256 = "5d" * 32
NO_ROW = UUID(int=1)  # of a row that is not there: a constraint of the table itself is looked at first
CONFIRMED = {"answer": "confirmed", "answered_because": "-", "answered_by": "B", "answered_at": NOW}
ABSENT = {"answer": "absent", "because": "-", "answered_at": NOW, "answered_by": "B"}
COMING = {"answer": "coming", "who": "W", "people": 1, "answered_at": NOW, "answered_by": "B"}
WITHDRAWN = {"withdrawn_at": NOW, "withdrawn_because": "-"}


@dataclass(frozen=True)
class Case:
    """What a constraint allows and forbids: changes to a row that is otherwise good."""

    table: type[SQLModel]
    name: str
    allowed: Mapping[str, Any]
    forbidden: Mapping[str, Any]


CHECKS = [
    Case(Cycle, "a_replay_has_its_own_clock", {"mode": "replay", "reached_at": NOW}, {"mode": "replay", "reached_at": None}),
    Case(Cycle, "a_replay_has_its_own_clock", {"mode": "live"}, {"mode": "live", "reached_at": NOW}),
    Case(Activity, "opens_before_it_closes", {"opens_at": NOW, "due_at": None}, {"opens_at": NOW, "due_at": NOW}),
    Case(Activity, "open_only_when_dated", {"state": "open", "due_at": NOW}, {"state": "open", "due_at": None}),
    Case(Criterion, "minimum_up_to_maximum", {"minimum": -5, "maximum": -5}, {"minimum": 1, "maximum": 0}),
    Case(StoredFile, "sha256_in_hex", {"sha256": "0" * 64}, {"sha256": "0" * 63}),
    Case(Deposit, "a_receipt_unless_refused", {"state": "refused", "receipt": None}, {"state": "refused", "receipt": 1}),
    Case(Deposit, "a_receipt_unless_refused", {"receipt": 1}, {"state": "accepted", "receipt": None}),
    Case(Deposit, "returned_for_a_reason", {"state": "returned", "returned_because": "-"}, {"state": "returned"}),
    Case(Deposit, "returned_for_a_reason", {"state": "accepted"}, {"state": "accepted", "returned_because": "-"}),
    Case(Notice, "claimed_while_sending", {"state": "sending", "claimed_at": NOW}, {"state": "sending", "claimed_at": None}),
    Case(Notice, "claimed_while_sending", {"state": "sent"}, {"state": "sent", "claimed_at": NOW}),
    Case(NoticeChange, "suppressed_or_remarked", {"suppressed": True}, {"suppressed": False}),
    Case(NoticeChange, "suppressed_or_remarked", {"suppressed": False, "remark": "-"}, {"suppressed": False}),
    Case(Result, "sheets_up_to_members", {"sheets": 1, "state": "provisional"}, {"sheets": 0, "state": "provisional"}),
    Case(Result, "final_only_when_all_are_in", {"sheets": 3, "state": "final"}, {"sheets": 2, "state": "final"}),
    Case(Result, "final_only_when_all_are_in", {"sheets": 2, "state": "provisional"}, {"sheets": 3, "state": "provisional"}),
    Case(Result, "withdrawn_or_published", {"published_at": NOW}, {"published_at": NOW, **WITHDRAWN}),
    Case(Result, "withdrawn_for_a_reason", WITHDRAWN, {"withdrawn_at": NOW}),
    Case(Standing, "a_rank_and_a_fraction", {"rank": 1, "denominator": 1}, {"rank": 0}),
    Case(Standing, "a_rank_and_a_fraction", {"numerator": -1}, {"denominator": 0}),
    Case(CityViewer, "a_view_is_ended_by_somebody", {"ended_at": NOW, "ended_by": "B"}, {"ended_at": NOW}),
    Case(Document, "issued_on_a_day", {"state": "issued", "issued_on": NOW.date()}, {"state": "issued"}),
    Case(Document, "a_number_of_a_year", {}, {"number_year": None}),
    Case(Document, "signed_when_issued", {}, {"scan_sha256": SHA256}),
    Case(VoteRound, "present_are_members", {"present": 3}, {"present": 4}),
    Case(VoteRound, "slips_add_up", {"invalid": 1, "valid": 1}, {"invalid": 1}),
    Case(VoteRound, "slips_are_counted", {}, {"places": 0}),
    Case(VoteCount, "votes_are_counted", {"votes": 0}, {"votes": -1}),
    Case(Attendance, "attends_at_some_time", ABSENT, {**ABSENT, "answered_at": None}),
    Case(Attendance, "attends_by_somebody", {}, {"answered_by": "B"}),
    Case(Attendance, "somebody_comes", COMING, {**COMING, "people": 0}),
    Case(Attendance, "somebody_comes", COMING, {**COMING, "who": None}),
    Case(Attendance, "absent_for_a_reason", ABSENT, {**ABSENT, "because": None}),
    Case(Attendance, "recorded_by_somebody", {"present": False, "recorded_by": "B"}, {"present": False}),
    Case(SheetDraft, "revisions_from_one", {"revision": 1}, {"revision": 0}),
    Case(ExtensionRequest, "answered_at_some_time", {}, {"answered_at": NOW}),
    Case(ExtensionRequest, "answered_by_somebody", {}, {"answered_by": "B"}),
    Case(
        ExtensionRequest,
        "refused_for_a_reason",
        {"answer": "granted", "answered_at": NOW, "answered_by": "B"},
        {"answer": "refused", "answered_at": NOW, "answered_by": "B"},
    ),
    Case(Objection, "contested_by_another", {}, {"unit_id": NO_ROW, "giver_id": NO_ROW}),
    Case(Objection, "evidence_has_a_name", {"evidence": SHA256, "evidence_name": "a.pdf"}, {"evidence": SHA256}),
    Case(Objection, "objection_answered_for_a_reason", CONFIRMED, CONFIRMED | {"answered_because": None}),
    Case(Objection, "objection_answered_by_somebody", CONFIRMED, CONFIRMED | {"answered_by": None}),
    Case(Objection, "objection_answered_at_some_time", CONFIRMED, CONFIRMED | {"answered_at": None}),
    Case(Objection, "corrected_to_points", CONFIRMED, CONFIRMED | {"answer": "corrected"}),
    Case(Objection, "corrected_by_a_sheet", CONFIRMED, CONFIRMED | {"answer": "corrected", "corrected_to": 1}),
]
UNIQUE = [
    Case(Bloc, "one_bloc_per_code", {"code": "z"}, {"name": "other"}),
    Case(Unit, "one_unit_per_code", {"code": "z"}, {"name": "other"}),
    Case(Cycle, "one_cycle_per_year", {"year": 2031, "key": "z"}, {"key": "z"}),
    Case(Cycle, "one_cycle_per_key", {"year": 2031, "key": "z"}, {"year": 2031}),
    Case(Contact, "one_contact_per_address", {"email": "z@example.vn"}, {}),
    Case(Role, "one_role_once", {"role": "head"}, {"name": "other"}),
    Case(PlanVersion, "one_plan_per_version", {"version": 98}, {"plan": "other"}),
    Case(AuditEntry, "one_entry_per_number", {"number": 98}, {"hash": "other"}),
    Case(Activity, "one_activity_per_code", {"code": "z"}, {"title": "other"}),
    Case(Criterion, "one_criterion_per_code", {"since": 2}, {"title": "other"}),
    Case(Deposit, "one_version_once", {"version": 2, "receipt": 2}, {"receipt": 2}),
    Case(Deposit, "one_receipt_number_once", {"version": 2, "state": "refused", "receipt": None}, {"version": 2}),
    Case(Notice, "one_notice_per_contact_and_step", {"identity": "z"}, {"kind": "overdue"}),
    Case(NoticeChange, "one_change_per_notice", {"identity": "z"}, {"because": "other"}),
    Case(Incoming, "one_incoming_mail_once", {}, {}),
    Case(Aggregation, "one_aggregation_per_set_of_sheets", {"sheets_hash": "z"}, {"state": "done"}),
    Case(Result, "one_result_per_version", {"version": 2}, {"input_hash": "other"}),
    Case(Membership, "one_membership_per_unit", {}, {"position": 9}),
    Case(Obligation, "one_obligation_per_unit", {}, {"extended": True}),
    Case(Standing, "one_standing_per_unit", {}, {"rank": 2}),
    Case(SignIn, "one_wish_per_token", {"token": "z"}, {"address": "other"}),
    Case(SignedIn, "one_browser_per_token", {"token": "z"}, {"client": "other"}),
    Case(Attendance, "one_attendance_per_unit", {}, {"moves": 2}),
    Case(SheetDraft, "one_draft_per_obligation", {}, {"revision": 2}),
    Case(Document, "one_version_of_a_document", {"version": 2, "number": None}, {"number": None}),
    Case(Document, "one_document_per_number", {"version": 2, "number": "02/KH"}, {"version": 2}),
    Case(Objection, "one_objection_per_number", {}, {"sheet": NO_ROW}),
    Case(Objection, "one_objection_per_score", {}, {"number": 2}),
    Case(CalendarFeed, "one_feed_per_secret", {"secret": "z"}, {}),
    Case(TitleChange, "one_change_per_title_and_unit", {"title": "z"}, {"kind": "withdrawn"}),
    Case(VoteRound, "one_round_per_number", {"number": 2}, {"present": 3}),
    Case(VoteCount, "one_count_per_candidate", {}, {"votes": 0}),
    Case(Hand, "one_hand_per_candidate", {}, {}),
    Case(ChairChoice, "one_choice_per_candidate", {}, {"because": "other"}),
    Case(CityAnswer, "one_answer_per_number", {"number": "z"}, {}),
    Case(CityGrant, "one_grant_per_title_and_unit", {"title": "z"}, {"granted": False}),
]
CHOICES = [
    (Cycle, "mode", "cycle_mode"),
    (Membership, "role", "membership_role"),
    (Role, "role", "role_kind"),
    (Activity, "kind", "activity_kind"),
    (Activity, "stage", "activity_stage"),
    (Activity, "state", "activity_state"),
    (Obligation, "state", "obligation_state"),
    (Deposit, "state", "deposit_state"),
    (Response, "kind", "response_kind"),
    (Notice, "kind", "notice_kind"),
    (Notice, "state", "notice_state"),
    (Aggregation, "state", "aggregation_state"),
    (Result, "state", "result_state"),
    (AuditEntry, "act", "audited_act"),
    (Incoming, "state", "incoming_state"),
    (Heartbeat, "job", "heartbeat_job"),
    (ExtensionRequest, "answer", "extension_answer"),
    (Objection, "answer", "objection_answer"),
    (Attendance, "answer", "attendance_answer"),
    (Document, "kind", "document_kind"),
    (Document, "state", "document_state"),
    (TitleChange, "kind", "title_change"),
    (VoteRound, "held_by", "vote_held_by"),
    (Wakeup, "kind", "wakeup_kind"),
    (Wakeup, "state", "wakeup_state"),
]


@dataclass
class Tables:
    """A transaction beside a bloc's year, good rows of every table, and what becomes of a changed one."""

    session: Session
    good: Mapping[type[SQLModel], Mapping[str, Any]]

    def keep(self, table: type[SQLModel], **changes: Any) -> None:
        """Insert a row."""
        self.session.add(table(**{**self.good[table], **changes}))
        self.session.flush()

    def takes(self, table: type[SQLModel], changes: Mapping[str, Any]) -> bool:
        """Insert a row and take it back."""
        with self.session.begin_nested() as point:
            self.keep(table, **changes)
            point.rollback()
        return True

    def refusal(self, table: type[SQLModel], changes: Mapping[str, Any]) -> str:
        """Return what the database says of a row that it refuses."""
        with pytest.raises(IntegrityError) as refused:
            self.takes(table, changes)
        return str(refused.value.orig)


@pytest.fixture
def tables(year, base) -> Iterator[Tables]:
    with Session(base.engine) as session:
        cycle, activity = year.cycle, year.activity("reports")
        unit, contact = session.exec(select(Unit)).first(), session.exec(select(Contact)).first()
        owed = Obligation(cycle_id=cycle.id, activity_id=activity.id, unit_id=unit.id, due_at=NOW)
        result = Result(cycle_id=cycle.id, version=99, **RESULT)
        held = VoteRound(cycle_id=cycle.id, **{**ROUND, "number": 99})
        answer = CityAnswer(cycle_id=cycle.id, **{**ANSWER, "number": "99/QĐ"})
        session.add_all([owed, result, held, answer, StoredFile(sha256=SHA256, size=1)])
        session.flush()
        here, member = {"cycle_id": cycle.id}, {"cycle_id": cycle.id, "unit_id": unit.id}
        other, leaf = session.exec(select(Unit).where(Unit.id != unit.id)).first(), session.exec(select(Criterion)).first()
        sent = Deposit(cycle_id=cycle.id, obligation_id=owed.id, **DEPOSIT | {"version": 97, "receipt": 97})
        session.add(sent)
        session.flush()
        contested = {"unit_id": unit.id, "giver_id": other.id}
        yield Tables(
            session,
            {
                Bloc: {"code": "new", "name": "B"},
                Unit: {"bloc_id": cycle.bloc_id, "code": "new", "name": "U"},
                Cycle: {"bloc_id": cycle.bloc_id, **CYCLE},
                PlanVersion: {**here, "version": 99, "plan": "{}", "applied_at": NOW},
                AuditEntry: {**here, **ENTRY},
                Membership: {**member, "role": enums.MemberRole.MEMBER, "position": 1, "since": NOW},
                Contact: {"email": "new@example.vn"},
                Role: {**member, "contact_id": contact.id, "role": enums.ContactRole.DEPUTY_CONTACT, "name": "C"},
                Activity: {**here, **ACTIVITY},
                Obligation: {**member, "activity_id": activity.id, "due_at": NOW},
                Attendance: {**member, "activity_id": activity.id},
                Criterion: {**here, "code": "new", "title": "T", "position": 1, "minimum": 0, "maximum": 1, "since": 1},
                StoredFile: {"sha256": "a" * 64, "size": 1},
                Deposit: {**here, "obligation_id": owed.id, **DEPOSIT},
                Response: {**here, "obligation_id": owed.id, "kind": enums.ResponseKind.AGREED, "responded_at": NOW},
                Notice: {**member, "contact_id": contact.id, **NOTICE},
                NoticeChange: {**here, **CHANGE},
                Incoming: {**here, **INCOMING},
                Heartbeat: {"job": enums.Job.SWEEP, "ran_at": NOW},
                Wakeup: {"kind": enums.WakeupKind.DELIVERY},
                Aggregation: {**here, "sheets_hash": "new", "claimed_at": NOW},
                Result: {**here, "version": 1, **RESULT},
                Standing: {"result_id": result.id, "unit_id": unit.id, **STANDING},
                Document: {**here, "bloc_id": cycle.bloc_id, **DOCUMENT},
                CityViewer: {"contact_id": contact.id, **VIEWER},
                TitleChange: {**member, **TITLE_CHANGE},
                VoteRound: {**here, **ROUND},
                VoteCount: {"round_id": held.id, "unit_id": unit.id, "votes": 1},
                Hand: {"round_id": held.id, "voter_id": unit.id, "unit_id": unit.id},
                ChairChoice: {"round_id": held.id, "unit_id": unit.id, "because": "-", "by": "B", "at": NOW},
                CityAnswer: {**here, **ANSWER},
                CityGrant: {"answer_id": answer.id, "title": "t", "unit_id": unit.id, "granted": True},
                SignIn: WISH,
                SignedIn: {"contact_id": contact.id, **SIGNED_IN},
                SheetDraft: {**here, "obligation_id": owed.id, "by": "B", "saved_at": NOW},
                ExtensionRequest: {**here, "obligation_id": owed.id, **ASKED},
                Objection: {**here, **contested, "criterion_id": leaf.id, "sheet": sent.id, **CONTESTED},
                CalendarFeed: {"contact_id": contact.id, "secret": "s", "made_at": NOW},
            },
        )


CYCLE = {"key": "new", "year": 2040, "mode": enums.CycleMode.LIVE, "plan": "{}", "plan_hash": ""}
ACTIVITY = {
    "code": "new",
    "position": 1,
    "kind": enums.ActivityKind.REPORT,
    "stage": enums.Stage.MIDYEAR,
    "title": "T",
    "name": "T",
    "state": enums.ActivityState.PLANNED,
}
DEPOSIT = {
    "version": 1,
    "state": enums.DepositState.ACCEPTED,
    "sha256": SHA256,
    "file_name": "a",
    "received_at": NOW,
    "receipt": 1,
}
ENTRY = {"number": 99, "at": NOW, "by": "B", "act": enums.Act.PLAN, "about": "b", "former": "", "hash": ""}
WHOM = {"name": "C", "language": "vi"}
NOTICE = {"kind": enums.NoticeKind.REMINDER, "identity": "new", "queued_at": NOW, "send_at": NOW, "urgency": NOW, **WHOM}
CHANGE = {"identity": "new", "suppressed": True, "by": "B", "because": "-", "changed_at": NOW}
INCOMING = {"sha256": SHA256, "sender": "a@example.vn", "subject": "S", "received_at": NOW, "state": enums.IncomingState.HELD}
RESULT = {
    "state": enums.ResultState.FINAL,
    "sheets": 3,
    "members": 3,
    "plan_version": 1,
    "input_hash": "",
    "policies": {},
    "code_version": "",
    "computed_at": NOW,
}
DOCUMENT = {
    "kind": enums.DocumentKind.PLAN,
    "name": "new",
    "number": "01/KH",
    "number_year": 2030,
    "sha256": SHA256,
    "made_at": NOW,
}
TITLE_CHANGE = {"title": "t", "kind": enums.ByHand.ADDED, "because": "-", "by": "B", "at": NOW}
ROUND = {
    "title": "t",
    "number": 1,
    "held_by": enums.TitlesBy.SECRET_VOTE,
    "members": 3,
    "present": 2,
    "issued": 2,
    "valid": 2,
    "invalid": 0,
    "not_returned": 0,
    "places": 1,
    "recorded_at": NOW,
    "recorded_by": "B",
}
ANSWER = {"number": "1/QĐ", "dated": NOW.date(), "recorded_at": NOW, "recorded_by": "B"}
VIEWER = {"name": "V", "language": "vi", "granted_at": NOW, "granted_by": "B"}
WISH = {"address": "a", "client": "c", "token": "t", "code": "c", "then": "/", "asked_at": NOW, "expires_at": NOW}
SIGNED_IN = {"token": "t", "client": "c", "browser": "b", "begun_at": NOW, "seen_at": NOW, "expires_at": NOW}
ASKED = {"until": NOW.date(), "because": "-", "by": "B", "asked_at": NOW}
CONTESTED = {"number": 1, "thousandths": 1, "because": "-", "raised_by": "B", "raised_at": NOW}
STANDING = {"rank": 1, "tied": False, "numerator": 1, "denominator": 1}


@pytest.mark.parametrize("case", CHECKS, ids=lambda case: case.name)
def test_a_check_allows_and_forbids(tables, case):
    assert tables.takes(case.table, case.allowed)
    assert case.name in tables.refusal(case.table, case.forbidden)


@pytest.mark.parametrize("case", UNIQUE, ids=lambda case: case.name)
def test_what_is_unique_is_there_once(tables, case):
    if case.table not in (Membership, Obligation):  # of which the year has one already
        tables.keep(case.table)
    if case.allowed:  # else one of it is all there can be
        assert tables.takes(case.table, case.allowed)

    said = tables.refusal(case.table, case.forbidden)

    # PostgreSQL names the constraint, SQLite its columns.
    assert case.name in said or said == f"UNIQUE constraint failed: {columns_of(case.table, case.name)}"


def columns_of(table: type[SQLModel], name: str) -> str:
    constraint = next(c for c in table.__table__.constraints if c.name == name)
    return ", ".join(f"{table.__tablename__}.{column.name}" for column in constraint.columns)


@pytest.mark.parametrize(("table", "column", "name"), CHOICES, ids=[name for _, _, name in CHOICES])
def test_a_closed_set_takes_nothing_else(tables, table, column, name):
    answered = {"answered_at": NOW, "answered_by": "B"}
    others = {Result: {"sheets": 2}, ExtensionRequest: answered, Attendance: answered}
    others[Objection] = answered | {"answered_because": "-"}
    other = others.get(table, {})  # so that no other constraint refuses it first

    assert name in tables.refusal(table, {column: "nonsense", **other})


@pytest.mark.parametrize(("table", "column", "name"), CHOICES, ids=[name for _, _, name in CHOICES])
def test_a_closed_set_takes_each_of_its_values(base, table, column, name):
    known = {each["name"]: each["sqltext"] for each in inspect(base.engine).get_check_constraints(table.__tablename__)}

    assert [value for value in table.__table__.c[column].type.enums if f"'{value}'" not in known[name]] == []


def test_a_closed_set_is_stored_by_value(tables):
    tables.keep(Notice, kind=enums.NoticeKind.RESULT_READY)

    assert tables.session.connection().exec_driver_sql("SELECT kind FROM notice").scalar() == "result-ready"


def test_every_named_constraint_has_a_case_here():
    named = {
        str(constraint.name)
        for table in SQLModel.metadata.tables.values()
        for constraint in table.constraints
        if type(constraint).__name__ in ("CheckConstraint", "UniqueConstraint")
    }

    assert {case.name for case in (*CHECKS, *UNIQUE)} | {name for _, _, name in CHOICES} == named


def test_moments_come_back_aware_and_in_utc(base):
    reached = cycle_of(base, plan(), mode=enums.CycleMode.REPLAY).cycle.reached_at

    assert (reached, reached.tzinfo) == (on("2030-01-02 08:00"), UTC)


def test_a_moment_without_a_zone_is_refused(tables):
    with pytest.raises((StatementError, ValueError)):
        tables.keep(Aggregation, claimed_at=datetime(2030, 1, 1))  # noqa: DTZ001
