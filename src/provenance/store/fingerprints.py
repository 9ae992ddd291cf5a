"""What tables hold, in one hash each: equal fingerprints mean equal rows."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, Table

from provenance.store import schema

ROWS_AT_ONCE = 5_000


@dataclass(frozen=True)
class Fingerprint:
    """How many rows a table has, and SHA-256 over all of them in the order of their primary key."""

    rows: int
    digest: bytes


def fingerprints(connection: Connection) -> dict[str, Fingerprint]:
    """Those of all tables, kept and derived, by name; rows stream, so memory stays small."""
    tables = (*schema.kept.sorted_tables, *schema.derived.sorted_tables)
    return {table.name: _fingerprint(connection, table) for table in tables}


def _fingerprint(connection: Connection, table: Table) -> Fingerprint:
    rows, running = 0, sha256()
    statement = table.select().order_by(*table.primary_key)
    options = {"yield_per": ROWS_AT_ONCE}
    for row in connection.execute(statement, execution_options=options):
        rows += 1
        running.update(repr(tuple(row)).encode())
    return Fingerprint(rows, running.digest())
