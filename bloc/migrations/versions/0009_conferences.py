"""Conferences: who is invited, who comes, who was there; and the notices about it."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0009"
down_revision = "0008"

NOTICE_KINDS = (
    "invitation", "reminder", "overdue", "escalation", "extension", "declined", "receipt", "refusal", "returned",
    "reissue", "waiver", "result-ready", "result", "thanks", "document",
    "conference", "conference-reminder", "postponed", "called-off", "weekly", "undeliverable", "held", "alarm",
)  # fmt: skip
ACTS = (
    "plan", "response", "freeze", "deposit", "extension", "declined", "waiver", "return", "closing", "reopening",
    "aggregation", "result", "publication", "notice", "incoming", "document", "conference",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "attendance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("called_off", sa.Boolean(), nullable=False),
        sa.Column("answer", _choice(("coming", "absent"), "attendance_answer"), nullable=True),
        sa.Column("who", sa.String(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("because", sa.String(), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("answered_at", UTCDateTime(), nullable=True),
        sa.Column("present", sa.Boolean(), nullable=True),
        sa.Column("recorded_by", sa.String(), nullable=True),
        sa.Column("reminded_until", UTCDateTime(), nullable=True),
        sa.Column("next_step_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name=op.f("attends_at_some_time")),
        sa.CheckConstraint("(answer IS NULL) = (answered_by IS NULL)", name=op.f("attends_by_somebody")),
        sa.CheckConstraint(
            "answer IS NULL OR answer <> 'coming' OR (who IS NOT NULL AND people > 0)", name=op.f("somebody_comes")
        ),
        sa.CheckConstraint("answer IS NULL OR answer <> 'absent' OR because IS NOT NULL", name=op.f("absent_for_a_reason")),
        sa.CheckConstraint("(present IS NULL) = (recorded_by IS NULL)", name=op.f("recorded_by_somebody")),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_attendance_cycle_id_cycle")),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_attendance_activity_id_activity")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_attendance_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance")),
        sa.UniqueConstraint("activity_id", "unit_id", name="one_attendance_per_unit"),
    )
    op.create_index("ix_attendance_cycle_id", "attendance", ["cycle_id"])
    op.create_index("ix_attendance_unit_id", "attendance", ["unit_id"])
    op.create_index("ix_attendance_next_step_at", "attendance", ["next_step_at", "cycle_id"])
    with op.batch_alter_table("notice") as table:
        table.drop_constraint("notice_kind", type_="check")
        table.create_check_constraint(op.f("notice_kind"), sa.column("kind").in_(NOTICE_KINDS))
        table.add_column(sa.Column("attendance_id", sa.Uuid(), nullable=True))
        table.create_foreign_key(op.f("fk_notice_attendance_id_attendance"), "attendance", ["attendance_id"], ["id"])
        table.create_index("ix_notice_attendance_id", ["attendance_id"])
    with op.batch_alter_table("auditentry") as table:
        table.drop_constraint("audited_act", type_="check")
        table.create_check_constraint(op.f("audited_act"), sa.column("act").in_(ACTS))


def _choice(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)
