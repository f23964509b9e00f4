"""What the portal keeps: who is signed in, drafts of sheets, extensions asked for, calendar feeds; and where acts came from."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("auditentry", sa.Column("client", sa.String(), nullable=True))
    _signing_in()
    _drafts()
    _extension_requests()
    _feeds()
    _proposals()


def _signing_in() -> None:
    op.create_table(
        "signin",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("then", sa.String(), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("spent_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_signin_contact_id_contact")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signin")),
        sa.UniqueConstraint("token", name="one_wish_per_token"),
    )
    op.create_index("ix_signin_address_asked_at", "signin", ["address", "asked_at"])
    op.create_index("ix_signin_client_asked_at", "signin", ["client", "asked_at"])
    op.create_table(
        "signedin",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("begun_at", UTCDateTime(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_signedin_contact_id_contact")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signedin")),
        sa.UniqueConstraint("token", name="one_browser_per_token"),
    )
    op.create_index("ix_signedin_contact_id", "signedin", ["contact_id"])


def _drafts() -> None:
    op.create_table(
        "sheetdraft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("obligation_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("saved_at", UTCDateTime(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.CheckConstraint("revision > 0", name=op.f("revisions_from_one")),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_sheetdraft_cycle_id_cycle")),
        sa.ForeignKeyConstraint(["obligation_id"], ["obligation.id"], name=op.f("fk_sheetdraft_obligation_id_obligation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheetdraft")),
        sa.UniqueConstraint("obligation_id", name="one_draft_per_obligation"),
    )
    op.create_index("ix_sheetdraft_cycle_id", "sheetdraft", ["cycle_id"])


def _extension_requests() -> None:
    answer = sa.Enum("granted", "refused", name="extension_answer", native_enum=False, create_constraint=True, length=24)
    refused = "answer IS NULL OR answer <> 'refused' OR answered_because IS NOT NULL"
    op.create_table(
        "extensionrequest",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("obligation_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("answer", answer, nullable=True),
        sa.Column("answered_because", sa.String(), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("answered_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name=op.f("answered_at_some_time")),
        sa.CheckConstraint("(answer IS NULL) = (answered_by IS NULL)", name=op.f("answered_by_somebody")),
        sa.CheckConstraint(refused, name=op.f("refused_for_a_reason")),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_extensionrequest_cycle_id_cycle")),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_extensionrequest_obligation_id_obligation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extensionrequest")),
    )
    op.create_index("ix_extensionrequest_cycle_id", "extensionrequest", ["cycle_id"])
    op.create_index("ix_extensionrequest_obligation_id", "extensionrequest", ["obligation_id"])


def _feeds() -> None:
    op.create_table(
        "calendarfeed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("revoked_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_calendarfeed_contact_id_contact")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendarfeed")),
        sa.UniqueConstraint("secret", name="one_feed_per_secret"),
    )
    op.create_index("ix_calendarfeed_contact_id", "calendarfeed", ["contact_id"])


def _proposals() -> None:
    op.create_table(
        "planproposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("proposed_at", UTCDateTime(), nullable=False),
        sa.Column("applied_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_planproposal_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planproposal")),
    )
    op.create_index("ix_planproposal_cycle_id", "planproposal", ["cycle_id"])
