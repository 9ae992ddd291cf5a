"""The reads behind every page and answer: plain SQL, one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

ITEM_COLUMNS = """
    i.item, i.slot, i.seq, i.stage, i.on_hold, i.grade, i.custodian, i.challenges, i.first_block,
    i.last_block, i.last_time, i.uri, i.gtin, i.serial, i.title, i.category, i.brand, i.made_up,
    n.name AS custodian_name
"""
_ITEM_TABLES = """
    items i
    LEFT JOIN partners p ON p.partner = i.custodian
    LEFT JOIN partner_names n ON n.name_hash = p.name_hash
"""
ITEM = text(f"SELECT {ITEM_COLUMNS} FROM {_ITEM_TABLES} WHERE i.item = :item")  # noqa: S608  # only constants
ITEM_BY_URI = text(f"SELECT {ITEM_COLUMNS} FROM {_ITEM_TABLES} WHERE i.uri = :uri")  # noqa: S608
ITEMS_BY_SERIAL = text(
    f"SELECT {ITEM_COLUMNS} FROM {_ITEM_TABLES} WHERE i.serial = :serial ORDER BY i.item LIMIT 2"  # noqa: S608
)
EVENTS = text("""
    SELECT e.*, b.hash AS block_hash, giver.name AS signer_name, taker.name AS receiver_name
    FROM events e
    JOIN blocks b ON b.number = e.block
    LEFT JOIN partners g ON g.partner = e.signer_partner
    LEFT JOIN partner_names giver ON giver.name_hash = g.name_hash
    LEFT JOIN partners r ON r.partner = e.receiver_partner
    LEFT JOIN partner_names taker ON taker.name_hash = r.name_hash
    WHERE e.item = :item ORDER BY e.seq
""")
CHALLENGES = text("""
    SELECT c.*, b.hash AS block_hash, n.name AS signer_name
    FROM challenges c
    JOIN blocks b ON b.number = c.block
    LEFT JOIN partners p ON p.partner = c.signer_partner
    LEFT JOIN partner_names n ON n.name_hash = p.name_hash
    WHERE c.item = :item ORDER BY c.count
""")
# These sum what is counted block by block as the index is written: never the items or events themselves.
FLOWS = text("""
    SELECT kind, stage_before, stage, grade_before, grade, sum(events) AS events FROM flows
    WHERE block >= :first AND block <= :last GROUP BY kind, stage_before, stage, grade_before, grade
""")
FIRST_INTAKES = text("SELECT category, sum(items) AS items FROM first_intakes GROUP BY category")
RARITIES = text("""
    SELECT (SELECT count(*) FROM items WHERE on_hold) AS on_hold,
        (SELECT count(*) FROM challenges) AS challenges
""")
PENDING = text("""
    SELECT status, count(*) AS submissions FROM submissions GROUP BY status ORDER BY status
""")


def item(connection: Connection, item_id: bytes) -> Any | None:
    """One item's row with its custodian's name."""
    return connection.execute(ITEM, {"item": item_id}).one_or_none()


def item_by_uri(connection: Connection, uri: str) -> Any | None:
    """The row of the item with this canonical URI."""
    return connection.execute(ITEM_BY_URI, {"uri": uri}).one_or_none()


def items_by_serial(connection: Connection, serial: str) -> Sequence[Any]:
    """At most two items with this serial number: one is an answer, two are a question."""
    return connection.execute(ITEMS_BY_SERIAL, {"serial": serial}).all()


def events(connection: Connection, item_id: bytes) -> Sequence[Any]:
    """All events of an item, in order, with partners' names."""
    return connection.execute(EVENTS, {"item": item_id}).all()


def challenges(connection: Connection, item_id: bytes) -> Sequence[Any]:
    """All challenges of an item, in order."""
    return connection.execute(CHALLENGES, {"item": item_id}).all()


def flows(connection: Connection, first: int, last: int) -> Sequence[Any]:
    """How many events of these blocks went from which stage and grade to which, by kind."""
    return connection.execute(FLOWS, {"first": first, "last": last}).all()


def first_intakes(connection: Connection) -> dict[str, int]:
    """How many items of each category were ever taken in; the empty text where no category was said."""
    return {row.category: row.items for row in connection.execute(FIRST_INTAKES)}


def rarities(connection: Connection) -> tuple[int, int]:
    """Numbers of items on hold and of challenges."""
    row = connection.execute(RARITIES).one()
    return row.on_hold, row.challenges


def submission_counts(connection: Connection) -> dict[str, int]:
    """How many submissions have each status."""
    return {row.status: row.submissions for row in connection.execute(PENDING)}
