"""Writing many rows at once, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Row = Mapping[str, Any]
Value = TypeVar("Value")
VALUES_AT_ONCE = 10_000  # in one statement: SQLite takes 32,766, PostgreSQL 65,535


def add(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Inserts rows that must be new."""
    if rows:
        connection.execute(table.insert(), list(rows))


def add_missing(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Inserts rows; one whose key is there already stays as it is."""
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), list(rows))


def put(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Inserts rows; one whose primary key is there already is overwritten in the columns given."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    statement = _insert(connection, table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), list(rows))


def in_parts(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """The values in parts that fit one statement each."""
    for start in range(0, len(values), VALUES_AT_ONCE):
        yield values[start : start + VALUES_AT_ONCE]


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
