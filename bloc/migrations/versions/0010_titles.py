"""Titles and commendations: what was decided by hand, the votes, and the city's answer."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0010"
down_revision = "0009"

ACTS = (
    "plan", "response", "freeze", "deposit", "extension", "declined", "waiver", "return", "closing", "reopening",
    "aggregation", "result", "publication", "notice", "incoming", "document", "conference", "title", "vote",
    "chair", "city-answer",
)  # fmt: skip
DOCUMENT_KINDS = (
    "plan", "covenant-invitation", "covenant", "report-request", "urging", "midyear-report", "year-end-plan",
    "exchange-plan", "study-plan", "minutes", "year-end-report", "result-annex", "statistics", "ballot", "count-sheet",
    "count-minutes", "submission", "achievements",
)  # fmt: skip


def upgrade() -> None:
    with op.batch_alter_table("auditentry") as table:
        table.drop_constraint("audited_act", type_="check")
        table.create_check_constraint(op.f("audited_act"), sa.column("act").in_(ACTS))
    with op.batch_alter_table("document") as table:
        table.drop_constraint("document_kind", type_="check")
        table.create_check_constraint(op.f("document_kind"), sa.column("kind").in_(DOCUMENT_KINDS))
    _decided()
    _votes()
    _chair()


def _decided() -> None:
    op.create_table(
        "titlechange",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _choice(("added", "withdrawn", "excluded"), "title_change"), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_titlechange_cycle_id_cycle")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_titlechange_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_titlechange")),
        sa.UniqueConstraint("cycle_id", "title", "unit_id", name="one_change_per_title_and_unit"),
    )
    op.create_table(
        "cityanswer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_cityanswer_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cityanswer")),
        sa.UniqueConstraint("cycle_id", "number", name="one_answer_per_number"),
    )
    op.create_table(
        "citygrant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["cityanswer.id"], name=op.f("fk_citygrant_answer_id_cityanswer")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_citygrant_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citygrant")),
        sa.UniqueConstraint("answer_id", "title", "unit_id", name="one_grant_per_title_and_unit"),
    )


def _votes() -> None:
    op.create_table(
        "voteround",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("held_by", _choice(("rank", "open-vote", "secret-vote"), "vote_held_by"), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("present", sa.Integer(), nullable=False),
        sa.Column("issued", sa.Integer(), nullable=False),
        sa.Column("valid", sa.Integer(), nullable=False),
        sa.Column("invalid", sa.Integer(), nullable=False),
        sa.Column("not_returned", sa.Integer(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint("present BETWEEN 1 AND members", name=op.f("present_are_members")),
        sa.CheckConstraint("issued = valid + invalid + not_returned AND issued <= present", name=op.f("slips_add_up")),
        sa.CheckConstraint("valid >= 0 AND invalid >= 0 AND not_returned >= 0 AND places > 0", name=op.f("slips_are_counted")),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_voteround_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voteround")),
        sa.UniqueConstraint("cycle_id", "title", "number", name="one_round_per_number"),
    )
    op.create_table(
        "votecount",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.CheckConstraint("votes >= 0", name=op.f("votes_are_counted")),
        sa.ForeignKeyConstraint(["round_id"], ["voteround.id"], name=op.f("fk_votecount_round_id_voteround")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_votecount_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_votecount")),
        sa.UniqueConstraint("round_id", "unit_id", name="one_count_per_candidate"),
    )
    op.create_table(
        "hand",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("voter_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["voteround.id"], name=op.f("fk_hand_round_id_voteround")),
        sa.ForeignKeyConstraint(["voter_id"], ["unit.id"], name=op.f("fk_hand_voter_id_unit")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_hand_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand")),
        sa.UniqueConstraint("round_id", "voter_id", "unit_id", name="one_hand_per_candidate"),
    )


def _chair() -> None:
    op.create_table(
        "chairchoice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["voteround.id"], name=op.f("fk_chairchoice_round_id_voteround")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_chairchoice_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chairchoice")),
        sa.UniqueConstraint("round_id", "unit_id", name="one_choice_per_candidate"),
    )


def _choice(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)
