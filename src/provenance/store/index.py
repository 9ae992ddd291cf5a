"""Writing the index: ranges of blocks in one transaction each, so nobody ever reads half a block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from provenance.store import schema
from provenance.store.rows import Row, add, put
from provenance.store.tallies import add_tallies
from provenance.store.terms import add_terms


@dataclass(frozen=True)
class Position:
    """How far the index has followed the chain: all blocks up to and with ``block``. Unix seconds."""

    ledger: bytes
    block: int
    hash: bytes
    time: int
    journal: bytes
    finalized: int
    head: int


@dataclass
class Projection:
    """The rows that a range of blocks adds; partners and keys replace what was there."""

    blocks: list[Row] = field(default_factory=list)
    new_items: list[Row] = field(default_factory=list)
    changed_items: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    challenges: list[Row] = field(default_factory=list)
    signatures: list[Row] = field(default_factory=list)
    partners: list[Row] = field(default_factory=list)
    keys: list[Row] = field(default_factory=list)


def write(connection: Connection, projection: Projection, position: Position) -> None:
    """Adds a range and moves the cursor, in the caller's transaction."""
    add(connection, schema.blocks, projection.blocks)
    put(connection, schema.partners, projection.partners)
    put(connection, schema.keys, projection.keys)
    add_tallies(connection, projection.events, projection.new_items)
    add(connection, schema.items, projection.new_items)
    add_terms(connection, projection.new_items)
    _change_items(connection, projection.changed_items)
    add(connection, schema.events, projection.events)
    add(connection, schema.challenges, projection.challenges)
    add(connection, schema.signatures, projection.signatures)
    put(connection, schema.cursor, [{"one": 1, **vars(position)}])


def _change_items(connection: Connection, rows: Sequence[Row]) -> None:
    if rows:
        changed: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "of_item"}
        statement = update(schema.items).where(schema.items.c.item == bindparam("of_item")).values(changed)
        connection.execute(statement, list(rows))


def position(connection: Connection) -> Position | None:
    """How far the index has come; None if it has not begun."""
    table = schema.cursor
    row = connection.execute(select(*(column for column in table.c if column.name != "one"))).one_or_none()
    return Position(**row._asdict()) if row else None


def note_head(connection: Connection, head: int, finalized: int) -> None:
    """Notes how far the chain itself has come, though nothing new concerns us."""
    connection.execute(update(schema.cursor).values(head=head, finalized=finalized))


def keys(connection: Connection) -> list[Row]:
    """All keys, as rows of the keys table."""
    return [row._asdict() for row in connection.execute(select(schema.keys))]


def partners(connection: Connection) -> list[Row]:
    """All partners, as rows of the partners table."""
    return [row._asdict() for row in connection.execute(select(schema.partners))]


def item_words(connection: Connection, items: Sequence[bytes]) -> dict[bytes, tuple[bytes, bytes | None]]:
    """Slot and challenge word of each of these items that the index knows."""
    table = schema.items
    rows = connection.execute(
        select(table.c.item, table.c.slot, table.c.challenges).where(table.c.item.in_(items))
    )
    return {row.item: (row.slot, row.challenges) for row in rows}
