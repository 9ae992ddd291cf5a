"""Offers that one side signed and the other has not answered yet."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from provenance.store.rows import in_parts
from provenance.store.schema import events


def last_blocks(connection: Connection, items: Sequence[bytes]) -> dict[bytes, int]:
    """The block of each item's last event: its slot is final when that block is."""
    found: dict[bytes, int] = {}
    for part in in_parts(items):
        rows = connection.execute(
            select(events.c.item, events.c.block).where(events.c.item.in_(part)).order_by(events.c.block)
        )
        found.update({row.item: row.block for row in rows})
    return found
