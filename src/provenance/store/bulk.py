"""Writing very many rows: past SQLAlchemy's work on each value, straight to what the database does fastest.

That is `executemany` on SQLite and COPY on PostgreSQL. Rows hold values as the database keeps them: plain integers, and
bytes for `schema.Uint64`.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table

from provenance.errors import StoreError
from provenance.store.rows import Row


def add_many(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Inserts rows that must be new; all have the same columns, two at least."""
    if not rows:
        return
    columns = tuple(rows[0])
    values = list(map(itemgetter(*columns), rows))
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {table.name} ({_named(columns)}) FROM STDIN", values)
    else:
        connection.exec_driver_sql(_insertion(connection, table, columns), values)


def add_many_missing(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Inserts rows; one whose key is there already stays as it is. All have the same columns, two at least."""
    if rows:
        columns = tuple(rows[0])
        statement = f"{_insertion(connection, table, columns)} ON CONFLICT DO NOTHING"
        connection.exec_driver_sql(statement, list(map(itemgetter(*columns), rows)))


def change_many(connection: Connection, table: Table, key: str, rows: Sequence[Row]) -> None:
    """Changes the rows of a table that have these keys; all rows give the same columns, the key among them."""
    if not rows:
        return
    columns = [column for column in rows[0] if column != key]
    place = _place(connection)
    changes = ", ".join(f'"{column}" = {place}' for column in columns)
    statement = f'UPDATE {table.name} SET {changes} WHERE "{key}" = {place}'  # noqa: S608
    connection.exec_driver_sql(statement, list(map(itemgetter(*columns, key), rows)))


def _insertion(connection: Connection, table: Table, columns: Sequence[str]) -> str:
    places = ", ".join([_place(connection)] * len(columns))
    return f"INSERT INTO {table.name} ({_named(columns)}) VALUES ({places})"  # noqa: S608


def _named(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _place(connection: Connection) -> str:
    return "%s" if connection.dialect.name == "postgresql" else "?"


def _copy(connection: Connection, statement: str, values: Sequence[tuple[Any, ...]]) -> None:
    dbapi: Any = connection.dialect.dbapi
    try:
        cursor: Any = connection.connection.cursor()
        with cursor, cursor.copy(statement) as copy:
            for row in values:
                copy.write_row(row)
    except dbapi.Error as error:  # SQLAlchemy does not see this, so it cannot say it as its own
        raise StoreError(f"the database failed: {error}") from error
