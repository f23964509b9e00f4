"""The digest of an accepted score sheet's points. Older sheets have none: it is reckoned from their points."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("deposit", sa.Column("points_hash", sa.String(), nullable=True))
