"""What a running year that changes needs: versions of its plan, memberships and criteria with dates, reasons, the audit trail.

There is no way back: what has been recorded would be lost.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0002"
down_revision = "0001"

NOTICE_KINDS = (
    "invitation", "reminder", "overdue", "extension", "receipt", "refusal", "returned", "reissue", "waiver", "result-ready",
    "result",
)  # fmt: skip
ACTS = (
    "plan", "response", "freeze", "deposit", "extension", "waiver", "return", "closing", "aggregation", "result", "publication",
)  # fmt: skip
NEW_COLUMNS: tuple[tuple[str, sa.Column[Any]], ...] = (
    ("membership", sa.Column("since", UTCDateTime())),
    ("membership", sa.Column("until", UTCDateTime())),
    ("role", sa.Column("name", sa.String())),
    ("role", sa.Column("language", sa.String())),
    ("notice", sa.Column("name", sa.String())),
    ("notice", sa.Column("language", sa.String())),
    ("result", sa.Column("plan_version", sa.Integer())),
    ("criterion", sa.Column("since", sa.Integer())),
    ("criterion", sa.Column("until", sa.Integer())),
    ("deposit", sa.Column("returned_because", sa.String())),
    ("obligation", sa.Column("waived_because", sa.String())),
)
FILLED = (
    *(
        f"UPDATE {table} SET {column} = (SELECT contact.{column} FROM contact WHERE contact.id = {table}.contact_id)"  # noqa: S608
        for table in ("role", "notice")
        for column in ("name", "language")
    ),
    "UPDATE result SET plan_version = (SELECT cycle.plan_version FROM cycle WHERE cycle.id = result.cycle_id)",
    "UPDATE criterion SET since = (SELECT cycle.plan_version FROM cycle WHERE cycle.id = criterion.cycle_id)",
    "UPDATE deposit SET returned_because = '-' WHERE state = 'returned'",
)
RETURNED = "(state = 'returned') = (returned_because IS NOT NULL)"


def upgrade() -> None:
    _new_tables()
    for table, column in NEW_COLUMNS:
        op.add_column(table, column)
    for statement in FILLED:
        op.execute(statement)
    _keep_the_plans()
    _memberships_from_now_on()
    _constrain()
    for gone in ("name", "language"):
        op.drop_column("contact", gone)


def _new_tables() -> None:
    op.create_table(
        "planversion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("applied_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_planversion_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planversion")),
        sa.UniqueConstraint("cycle_id", "version", name="one_plan_per_version"),
    )
    op.create_table(
        "auditentry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("act", _choice(ACTS, "audited_act"), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("because", sa.String(), nullable=True),
        sa.Column("former", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_auditentry_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auditentry")),
        sa.UniqueConstraint("cycle_id", "number", name="one_entry_per_number"),
    )


def _choice(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def _keep_the_plans() -> None:
    """Keep the plan of each cycle as the version that it stands at; of earlier ones nothing is known."""
    columns = (sa.column("id", sa.Uuid()), sa.column("plan_version", sa.Integer()), sa.column("plan", sa.Text()))
    kept = sa.table(
        "planversion", sa.column("id", sa.Uuid()), sa.column("cycle_id", sa.Uuid()), sa.column("version", sa.Integer()),
        sa.column("plan", sa.Text()), sa.column("applied_at", UTCDateTime()),
    )  # fmt: skip
    now = datetime.now(UTC)
    for cycle, version, plan in op.get_bind().execute(sa.select(*columns).select_from(sa.table("cycle", *columns))).all():
        op.execute(kept.insert().values(id=uuid4(), cycle_id=cycle, version=version, plan=plan, applied_at=now))


def _memberships_from_now_on() -> None:
    op.execute(sa.table("membership", sa.column("since", UTCDateTime())).update().values(since=datetime.now(UTC)))


def _constrain() -> None:
    """Make columns NOT NULL and bring the checks up to date. SQLite makes a table anew for that: its checks are told again."""
    role = _choice(("leader", "deputy", "member"), "membership_role")
    with op.batch_alter_table("membership", reflect_args=(_told("role", role),)) as table:
        table.alter_column("since", existing_type=UTCDateTime(), nullable=False)
    kind = _choice(("contact", "deputy_contact", "head", "secretary"), "role_kind")
    with op.batch_alter_table("role", reflect_args=(_told("role", kind),)) as table:
        _not_null(table, "name", "language")
    state = _choice(("provisional", "final"), "result_state")
    checks = (
        sa.CheckConstraint("sheets BETWEEN 1 AND members", name=op.f("sheets_up_to_members")),
        sa.CheckConstraint("(state = 'final') = (sheets = members)", name=op.f("final_only_when_all_are_in")),
    )
    with op.batch_alter_table("result", reflect_args=(_told("state", state),), table_args=checks) as table:
        table.alter_column("plan_version", existing_type=sa.Integer(), nullable=False)
    bounds = (sa.CheckConstraint("minimum <= maximum", name=op.f("minimum_up_to_maximum")),)
    with op.batch_alter_table("criterion", table_args=bounds) as table:
        table.alter_column("since", existing_type=sa.Integer(), nullable=False)
        table.drop_constraint("one_criterion_per_code", type_="unique")
        table.create_unique_constraint("one_criterion_per_code", ["cycle_id", "since", "code"])
    _constrain_deposits()
    _constrain_notices()


def _constrain_deposits() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.create_check_constraint(op.f("returned_for_a_reason"), "deposit", RETURNED)
        return
    state = _choice(("accepted", "refused", "returned"), "deposit_state")
    checks = (
        sa.CheckConstraint("(state = 'refused') = (receipt IS NULL)", name=op.f("a_receipt_unless_refused")),
        sa.CheckConstraint(RETURNED, name=op.f("returned_for_a_reason")),
    )
    with op.batch_alter_table("deposit", reflect_args=(_told("state", state),), table_args=checks, recreate="always"):
        pass


def _constrain_notices() -> None:
    kinds = ", ".join(f"'{kind}'" for kind in NOTICE_KINDS)
    with op.batch_alter_table("notice") as table:  # Alembic knows SQLite's named checks: what is told again stands twice
        table.drop_constraint("notice_kind", type_="check")
        table.create_check_constraint(op.f("notice_kind"), sa.text(f"kind IN ({kinds})"))
        _not_null(table, "name", "language")


def _told(name: str, values: sa.Enum) -> sa.Column[str]:
    return sa.Column(name, values, nullable=False)


def _not_null(table: BatchOperations, *columns: str) -> None:
    for column in columns:
        table.alter_column(column, existing_type=sa.String(), nullable=False)
