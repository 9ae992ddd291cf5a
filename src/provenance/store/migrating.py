"""The tables as this version wants them, whatever version wrote the database before.

Kept tables are migrated, step by step (Alembic). Derived ones never are: where their shape is another than this
version's, they are dropped, and the next following fills them from the chain.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from provenance.errors import StoreError
from provenance.store import schema

NEWEST = "0004"
VERSION_TABLE = "alembic_version"
MIGRATIONS = Path(__file__).parent / "migrations"


def is_current(connection: Connection) -> bool:
    """Whether the tables are as this version wants them."""
    return _kept_version(connection) == NEWEST and _has_index_shape(connection)


def bring_up_to_date(connection: Connection) -> None:
    """Makes and migrates what is missing, in the caller's transaction. StoreError for a later version's database."""
    if connection.dialect.name == "postgresql":  # one process at a time; SQLite's writers wait by themselves
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('returns-provenance tables'))"))
    if _kept_version(connection) != NEWEST:
        _migrate(connection)
    if not _has_index_shape(connection):
        make_index_anew(connection)


def make_index_anew(connection: Connection) -> None:
    """Drops the derived tables and makes them again, empty."""
    schema.derived.drop_all(connection)
    schema.derived.create_all(connection)
    connection.execute(schema.index_shape.insert().values(shape=_index_shape(connection)))


def _kept_version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one_or_none()  # noqa: S608


def _migrate(connection: Connection) -> None:
    # Imported where it is needed: it takes a tenth of a second, and most openings migrate nothing.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(f"the database was written by another version: {error}; update this one") from error


def _has_index_shape(connection: Connection) -> bool:
    if not inspect(connection).has_table(schema.index_shape.name):
        return False
    return connection.execute(select(schema.index_shape.c.shape)).scalar_one_or_none() == _index_shape(
        connection
    )


def _index_shape(connection: Connection) -> str:
    """A hash of what makes the derived tables."""
    statements: list[ExecutableDDLElement] = []
    for table in schema.derived.sorted_tables:
        statements.append(CreateTable(table))
        statements += [
            CreateIndex(index) for index in sorted(table.indexes, key=lambda index: str(index.name))
        ]
    made = [str(statement.compile(dialect=connection.dialect)) for statement in statements]
    return sha256("\n".join(made).encode()).hexdigest()
