"""Offices with first and last days, closings withdrawn, drafts that know what was sent, calendars of demonstrations."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0007"
down_revision = "0006"

NOTICE_KINDS = (
    "invitation", "reminder", "overdue", "escalation", "extension", "declined", "receipt", "refusal", "returned", "reissue",
    "waiver", "result-ready", "result", "thanks", "weekly", "undeliverable", "held", "alarm",
)  # fmt: skip
ACTS = (
    "plan", "response", "freeze", "deposit", "extension", "declined", "waiver", "return", "closing", "reopening", "aggregation",
    "result", "publication", "notice", "incoming",
)  # fmt: skip
NEW_COLUMNS: tuple[tuple[str, sa.Column[Any]], ...] = (
    ("role", sa.Column("since", sa.Date())),
    ("role", sa.Column("until", sa.Date())),
    ("result", sa.Column("withdrawn_at", UTCDateTime())),
    ("result", sa.Column("withdrawn_because", sa.String())),
    ("sheetdraft", sa.Column("sent", sa.Integer())),
    ("calendarfeed", sa.Column("demo", sa.Boolean())),
)
SENT = "SELECT coalesce(max(version), 0) FROM deposit WHERE deposit.obligation_id = sheetdraft.obligation_id"
FILLED = (f"UPDATE sheetdraft SET sent = ({SENT})", "UPDATE calendarfeed SET demo = false")  # noqa: S608  no value is in it


def upgrade() -> None:
    for name, column in NEW_COLUMNS:
        op.add_column(name, column)
    for statement in FILLED:
        op.execute(statement)
    with op.batch_alter_table("sheetdraft") as table:
        table.alter_column("sent", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("calendarfeed") as table:
        table.alter_column("demo", existing_type=sa.Boolean(), nullable=False)
    with op.batch_alter_table("result") as table:
        table.create_check_constraint(op.f("withdrawn_or_published"), "withdrawn_at IS NULL OR published_at IS NULL")
        table.create_check_constraint(op.f("withdrawn_for_a_reason"), "(withdrawn_at IS NULL) = (withdrawn_because IS NULL)")
    with op.batch_alter_table("notice") as table:
        table.drop_constraint("notice_kind", type_="check")
        table.create_check_constraint(op.f("notice_kind"), sa.column("kind").in_(NOTICE_KINDS))
    with op.batch_alter_table("auditentry") as table:
        table.drop_constraint("audited_act", type_="check")
        table.create_check_constraint(op.f("audited_act"), sa.column("act").in_(ACTS))
