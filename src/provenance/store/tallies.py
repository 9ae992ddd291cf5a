"""Counts that are kept while the index is written, so that nobody has to count a million rows to read them.

They are kept by block: a block that is undone takes its counts along.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from provenance.store.rows import Row, add
from provenance.store.schema import first_intakes, flows


class Move(NamedTuple):
    """From which stage and grade (0: not known before) an event of a block took its item to which."""

    block: int
    kind: str
    stage_before: int
    stage: int
    grade_before: int
    grade: int


def add_tallies(connection: Connection, moves: Sequence[tuple[Move, int]], new_items: Sequence[Row]) -> None:
    """Notes how many events made which move, and how many items came newly, by block."""
    add(connection, flows, [move._asdict() | {"events": count} for move, count in moves])
    _add_first_intakes(connection, new_items)


def _add_first_intakes(connection: Connection, new_items: Sequence[Row]) -> None:
    counts = Counter((row["first_block"], row["category"] or "") for row in new_items)
    rows = [{"block": block, "category": name, "items": n} for (block, name), n in sorted(counts.items())]
    add(connection, first_intakes, rows)
