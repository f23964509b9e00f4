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
    ("deposit", sa.Column("marked", sa.String())),
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
    with op.batch_alter_table("membership") as table:
        table.alter_column("since", existing_type=UTCDateTime(), nullable=False)
    with op.batch_alter_table("role") as table:
        _called(table)
    with op.batch_alter_table("result") as table:
        table.alter_column("plan_version", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("criterion") as table:
        table.alter_column("since", existing_type=sa.Integer(), nullable=False)
        table.drop_constraint("one_criterion_per_code", type_="unique")
        table.create_unique_constraint("one_criterion_per_code", ["cycle_id", "since", "code"])
    with op.batch_alter_table("deposit") as table:
        returned = "(state = 'returned') = (returned_because IS NOT NULL)"
        table.create_check_constraint(op.f("returned_for_a_reason"), returned)
        table.create_foreign_key(op.f("fk_deposit_marked_storedfile"), "storedfile", ["marked"], ["sha256"])
    with op.batch_alter_table("notice") as table:
        _called(table)
        table.drop_constraint("notice_kind", type_="check")
        table.create_check_constraint(op.f("notice_kind"), sa.column("kind").in_(NOTICE_KINDS))


def _called(table: BatchOperations) -> None:
    for column in ("name", "language"):
        table.alter_column(column, existing_type=sa.String(), nullable=False)
