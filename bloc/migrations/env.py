"""Run by Alembic: on the connection that it is handed, in that connection's transaction."""

from alembic import context
from sqlmodel import SQLModel

import models  # noqa: F401 - so that the metadata is whole

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
