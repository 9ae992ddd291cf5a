"""What Alembic runs: the migrations, on the connection and in the transaction of whoever opens the database."""

from alembic import context

from provenance.store.schema import kept

context.configure(connection=context.config.attributes["connection"], target_metadata=kept)
context.run_migrations()
