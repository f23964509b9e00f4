"""What notices need to be accounted for: messages as sent, bundles, attachments, what people changed; mail that comes in."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0003"
down_revision = "0002"

NOTICE_KINDS = (
    "invitation", "reminder", "overdue", "escalation", "extension", "receipt", "refusal", "returned", "reissue", "waiver",
    "result-ready", "result", "thanks", "weekly", "undeliverable", "held", "alarm",
)  # fmt: skip
ACTS = (
    "plan", "response", "freeze", "deposit", "extension", "waiver", "return", "closing", "aggregation", "result", "publication",
    "notice", "incoming",
)  # fmt: skip
NEW_COLUMNS: tuple[tuple[str, sa.Column[Any]], ...] = (
    ("activity", sa.Column("next_at", UTCDateTime())),
    ("contact", sa.Column("undeliverable_since", UTCDateTime())),
    ("contact", sa.Column("undeliverable_because", sa.String())),
    ("cycle", sa.Column("weekly_at", UTCDateTime())),
    ("notice", sa.Column("bundle", sa.String())),
    ("notice", sa.Column("attachments", sa.JSON())),
    ("notice", sa.Column("urgency", UTCDateTime())),
    ("notice", sa.Column("mail_id", sa.Uuid())),
    ("notice", sa.Column("followed_up_at", UTCDateTime())),
)
FILLED = (
    "UPDATE activity SET next_at = opens_at WHERE state IN ('planned', 'open')",
    "UPDATE notice SET attachments = '[]', urgency = coalesce(about_due_at, send_at)",
    "UPDATE notice SET followed_up_at = send_at WHERE state = 'failed'",
    # As if the first digest had been missed: the next run of the reminders owes it, and sets the next.
    "UPDATE cycle SET weekly_at = (SELECT min(applied_at) FROM planversion WHERE planversion.cycle_id = cycle.id)",
)


def upgrade() -> None:
    _new_tables()
    for table, column in NEW_COLUMNS:
        op.add_column(table, column)
    for statement in FILLED:
        op.execute(statement)
    _constrain()
    op.drop_index("ix_obligation_next_step_at", "obligation")
    op.create_index("ix_obligation_state_next_step_at", "obligation", ["state", "next_step_at", "cycle_id"])
    op.create_index("ix_activity_stage_next_at", "activity", ["stage", "next_at", "cycle_id"])
    op.create_index("ix_aggregation_state", "aggregation", ["state", "cycle_id"])
    op.create_index("ix_cycle_weekly_at", "cycle", ["weekly_at"])
    op.create_index("ix_notice_bundle", "notice", ["bundle"])
    op.create_index("ix_notice_mail_id", "notice", ["mail_id"])
    op.create_index("ix_notice_state_urgency", "notice", ["state", "urgency"])


def _new_tables() -> None:
    op.create_table(
        "mail",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
    )
    op.create_table(
        "noticechange",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("suppressed", sa.Boolean(), nullable=False),
        sa.Column("remark", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("suppressed OR remark IS NOT NULL", name=op.f("suppressed_or_remarked")),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_noticechange_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_noticechange")),
        sa.UniqueConstraint("identity", name="one_change_per_notice"),
    )
    op.create_index("ix_noticechange_cycle_id", "noticechange", ["cycle_id"])
    op.create_table(
        "incoming",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("state", _choice(("deposited", "bounce", "held", "set-aside"), "incoming_state"), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_incoming_cycle_id_cycle")),
        sa.ForeignKeyConstraint(["sha256"], ["storedfile.sha256"], name=op.f("fk_incoming_sha256_storedfile")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming")),
        sa.UniqueConstraint("sha256", name="one_incoming_mail_once"),
    )
    op.create_index("ix_incoming_cycle_id", "incoming", ["cycle_id"])
    op.create_table(
        "heartbeat",
        sa.Column("job", _choice(("sweep",), "heartbeat_job"), nullable=False),
        sa.Column("ran_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_heartbeat")),
    )


def _choice(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def _constrain() -> None:
    with op.batch_alter_table("notice") as table:
        table.alter_column("cycle_id", existing_type=sa.Uuid(), nullable=True)
        table.alter_column("unit_id", existing_type=sa.Uuid(), nullable=True)
        table.alter_column("attachments", existing_type=sa.JSON(), nullable=False)
        table.alter_column("urgency", existing_type=UTCDateTime(), nullable=False)
        table.create_foreign_key(op.f("fk_notice_mail_id_mail"), "mail", ["mail_id"], ["id"])
        table.drop_constraint("notice_kind", type_="check")
        table.create_check_constraint(op.f("notice_kind"), sa.column("kind").in_(NOTICE_KINDS))
    with op.batch_alter_table("auditentry") as table:
        table.drop_constraint("audited_act", type_="check")
        table.create_check_constraint(op.f("audited_act"), sa.column("act").in_(ACTS))
