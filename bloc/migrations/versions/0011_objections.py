"""Objections to published cross-scores, and the notices about them."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0011"
down_revision = "0010"

NOTICE_KINDS = (
    "invitation", "reminder", "overdue", "escalation", "extension", "declined", "receipt", "refusal", "returned",
    "reissue", "waiver", "result-ready", "result", "objections-open", "objection", "objection-reminder",
    "objection-answer", "thanks", "document", "conference", "conference-reminder", "postponed", "called-off",
    "weekly", "undeliverable", "held", "alarm",
)  # fmt: skip
ACTS = (
    "plan", "response", "freeze", "deposit", "extension", "declined", "waiver", "return", "closing", "reopening",
    "aggregation", "result", "publication", "objection", "objection-answer", "notice", "incoming", "document",
    "conference", "title", "vote", "chair", "city-answer",
)  # fmt: skip


def upgrade() -> None:
    with op.batch_alter_table("notice") as table:
        table.drop_constraint("notice_kind", type_="check")
        table.create_check_constraint(op.f("notice_kind"), sa.column("kind").in_(NOTICE_KINDS))
    with op.batch_alter_table("auditentry") as table:
        table.drop_constraint("audited_act", type_="check")
        table.create_check_constraint(op.f("audited_act"), sa.column("act").in_(ACTS))
    op.create_table(
        "objection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("giver_id", sa.Uuid(), nullable=False),
        sa.Column("criterion_id", sa.Uuid(), nullable=False),
        sa.Column("sheet", sa.Uuid(), nullable=False),
        sa.Column("thousandths", sa.Integer(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=True),
        sa.Column("evidence_name", sa.String(), nullable=True),
        sa.Column("raised_by", sa.String(), nullable=False),
        sa.Column("raised_at", UTCDateTime(), nullable=False),
        sa.Column("answer", _choice(("confirmed", "corrected"), "objection_answer"), nullable=True),
        sa.Column("answered_because", sa.String(), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("answered_at", UTCDateTime(), nullable=True),
        sa.Column("corrected_to", sa.Integer(), nullable=True),
        sa.Column("correction", sa.Uuid(), nullable=True),
        sa.Column("reminded_until", UTCDateTime(), nullable=True),
        sa.Column("next_step_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("unit_id <> giver_id", name=op.f("contested_by_another")),
        sa.CheckConstraint("(evidence IS NULL) = (evidence_name IS NULL)", name=op.f("evidence_has_a_name")),
        sa.CheckConstraint("(answer IS NULL) = (answered_because IS NULL)", name=op.f("objection_answered_for_a_reason")),
        sa.CheckConstraint("(answer IS NULL) = (answered_by IS NULL)", name=op.f("objection_answered_by_somebody")),
        sa.CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name=op.f("objection_answered_at_some_time")),
        sa.CheckConstraint(
            "(coalesce(answer, '') = 'corrected') = (corrected_to IS NOT NULL)", name=op.f("corrected_to_points")
        ),
        sa.CheckConstraint("(corrected_to IS NULL) = (correction IS NULL)", name=op.f("corrected_by_a_sheet")),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_objection_cycle_id_cycle")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_objection_unit_id_unit")),
        sa.ForeignKeyConstraint(["giver_id"], ["unit.id"], name=op.f("fk_objection_giver_id_unit")),
        sa.ForeignKeyConstraint(["criterion_id"], ["criterion.id"], name=op.f("fk_objection_criterion_id_criterion")),
        sa.ForeignKeyConstraint(["sheet"], ["deposit.id"], name=op.f("fk_objection_sheet_deposit")),
        sa.ForeignKeyConstraint(["evidence"], ["storedfile.sha256"], name=op.f("fk_objection_evidence_storedfile")),
        sa.ForeignKeyConstraint(["correction"], ["deposit.id"], name=op.f("fk_objection_correction_deposit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
        sa.UniqueConstraint("cycle_id", "number", name="one_objection_per_number"),
        sa.UniqueConstraint("sheet", "unit_id", "criterion_id", name="one_objection_per_score"),
    )
    op.create_index("ix_objection_next_step_at", "objection", ["next_step_at", "cycle_id"])


def _choice(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)
