"""The documents that the leader unit drafts, issues and sends; and the notice that brings them."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0008"
down_revision = "0007"

NOTICE_KINDS = (
    "invitation", "reminder", "overdue", "escalation", "extension", "declined", "receipt", "refusal", "returned",
    "reissue", "waiver", "result-ready", "result", "thanks", "document", "weekly", "undeliverable", "held", "alarm",
)  # fmt: skip
ACTS = (
    "plan", "response", "freeze", "deposit", "extension", "declined", "waiver", "return", "closing", "reopening",
    "aggregation", "result", "publication", "notice", "incoming", "document",
)  # fmt: skip
DOCUMENT_KINDS = (
    "plan", "covenant-invitation", "covenant", "report-request", "urging", "midyear-report", "year-end-plan",
    "exchange-plan", "study-plan", "minutes", "year-end-report", "result-annex", "statistics", "submission",
    "achievements",
)  # fmt: skip


def upgrade() -> None:
    with op.batch_alter_table("notice") as table:
        table.drop_constraint("notice_kind", type_="check")
        table.create_check_constraint(op.f("notice_kind"), sa.column("kind").in_(NOTICE_KINDS))
    with op.batch_alter_table("auditentry") as table:
        table.drop_constraint("audited_act", type_="check")
        table.create_check_constraint(op.f("audited_act"), sa.column("act").in_(ACTS))
    op.create_table(
        "document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("bloc_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _choice(DOCUMENT_KINDS, "document_kind"), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("about", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", _choice(("draft", "issued"), "document_state"), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("number_year", sa.Integer(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("scan_sha256", sa.String(), nullable=True),
        sa.Column("scan_name", sa.String(), nullable=True),
        sa.Column("sent_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("(state = 'issued') = (issued_on IS NOT NULL)", name=op.f("issued_on_a_day")),
        sa.CheckConstraint("number IS NULL OR number_year IS NOT NULL", name=op.f("a_number_of_a_year")),
        sa.CheckConstraint("scan_sha256 IS NULL OR state = 'issued'", name=op.f("signed_when_issued")),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_document_cycle_id_cycle")),
        sa.ForeignKeyConstraint(["bloc_id"], ["bloc.id"], name=op.f("fk_document_bloc_id_bloc")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_document_unit_id_unit")),
        sa.ForeignKeyConstraint(["sha256"], ["storedfile.sha256"], name=op.f("fk_document_sha256_storedfile")),
        sa.ForeignKeyConstraint(["scan_sha256"], ["storedfile.sha256"], name=op.f("fk_document_scan_sha256_storedfile")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("cycle_id", "name", "version", name="one_version_of_a_document"),
        sa.UniqueConstraint("bloc_id", "number_year", "number", name="one_document_per_number"),
    )


def _choice(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)
