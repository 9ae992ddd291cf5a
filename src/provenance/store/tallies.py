"""Counts that are kept while the index is written, so that nobody has to count a million rows to read them.

They are kept by block: a block that is undone takes its counts along.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection, select

from provenance.model.words import Slot
from provenance.store.rows import Row, add
from provenance.store.schema import first_intakes, flows, items

NOWHERE = (0, 0)


def add_tallies(connection: Connection, events: Sequence[Row], new_items: Sequence[Row]) -> None:
    """Counts new events, in the order of the chain; must run before the items' own rows change."""
    places = _places(connection, {event["item"] for event in events})
    counts: Counter[tuple[int, str, int, int, int, int]] = Counter()
    for event in events:
        before = places.get(event["item"], NOWHERE)
        slot = Slot.from_word(event["slot"])
        after = places[event["item"]] = (int(slot.stage), slot.grade)
        counts[event["block"], event["kind"], before[0], after[0], before[1], after[1]] += 1
    names = ("block", "kind", "stage_before", "stage", "grade_before", "grade")
    add(
        connection,
        flows,
        [dict(zip(names, key, strict=True)) | {"events": n} for key, n in sorted(counts.items())],
    )
    _add_first_intakes(connection, new_items)


def _add_first_intakes(connection: Connection, new_items: Sequence[Row]) -> None:
    counts = Counter((row["first_block"], row["category"] or "") for row in new_items)
    rows = [{"block": block, "category": name, "items": n} for (block, name), n in sorted(counts.items())]
    add(connection, first_intakes, rows)


def _places(connection: Connection, wanted: set[bytes]) -> dict[bytes, tuple[int, int]]:
    """Stage and grade of each of these items that is indexed already."""
    found = select(items.c.item, items.c.stage, items.c.grade).where(items.c.item.in_(list(wanted)))
    return {row.item: (row.stage, row.grade) for row in connection.execute(found)}
