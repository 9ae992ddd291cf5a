"""The reads behind every page and answer: plain SQL, one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

_ITEM_COLUMNS = """
    i.item, i.slot, i.seq, i.stage, i.on_hold, i.grade, i.custodian, i.challenges, i.first_block,
    i.last_block, i.last_time, i.uri, i.gtin, i.serial, i.title, i.category, i.brand, i.made_up,
    n.name AS custodian_name
"""
_ITEM_TABLES = """
    items i
    LEFT JOIN partners p ON p.partner = i.custodian
    LEFT JOIN partner_names n ON n.name_hash = p.name_hash
"""
ITEM = text(f"SELECT {_ITEM_COLUMNS} FROM {_ITEM_TABLES} WHERE i.item = :item")  # noqa: S608  # only constants
ITEM_BY_URI = text(f"SELECT {_ITEM_COLUMNS} FROM {_ITEM_TABLES} WHERE i.uri = :uri")  # noqa: S608
ITEMS_BY_SERIAL = text(
    f"SELECT {_ITEM_COLUMNS} FROM {_ITEM_TABLES} WHERE i.serial = :serial ORDER BY i.item LIMIT 2"  # noqa: S608
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
COUNTS = text("SELECT stage, count(*) AS items FROM items GROUP BY stage ORDER BY stage")
SIZES = text("SELECT (SELECT count(*) FROM items) AS items, (SELECT count(*) FROM events) AS events")
PENDING = text("""
    SELECT status, count(*) AS submissions FROM submissions GROUP BY status ORDER BY status
""")


@dataclass(frozen=True)
class ItemFilter:
    """Which items to list. ``words`` must all occur in title, category, brand, URI or serial number."""

    words: tuple[str, ...] = ()
    stage: int | None = None
    custodian: int | None = None


@dataclass(frozen=True)
class After:
    """The last row of the page before: keyset paging, newest first."""

    last_block: int
    item: bytes


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


def counts_by_stage(connection: Connection) -> dict[int, int]:
    """How many items are in each stage."""
    return {row.stage: row.items for row in connection.execute(COUNTS)}


def sizes(connection: Connection) -> tuple[int, int]:
    """Numbers of items and events indexed."""
    row = connection.execute(SIZES).one()
    return row.items, row.events


def submission_counts(connection: Connection) -> dict[str, int]:
    """How many submissions have each status."""
    return {row.status: row.submissions for row in connection.execute(PENDING)}


def items(connection: Connection, which: ItemFilter, after: After | None, limit: int) -> Sequence[Any]:
    """Items that match, newest change first, at most ``limit``, from behind ``after``."""
    conditions, values = ["1 = 1"], dict[str, Any](limit=limit)
    for place, word in enumerate(which.words):
        conditions.append(
            f"lower(coalesce(i.title, '') || ' ' || coalesce(i.category, '') || ' ' || coalesce(i.brand, '')"
            f" || ' ' || coalesce(i.uri, '')) LIKE :word{place} ESCAPE '!'"
        )
        values[f"word{place}"] = f"%{_escaped(word.lower())}%"
    for name in ("stage", "custodian"):
        if getattr(which, name) is not None:
            conditions.append(f"i.{name} = :{name}")
            values[name] = getattr(which, name)
    if after:
        conditions.append("(i.last_block < :block OR (i.last_block = :block AND i.item > :item))")
        values |= {"block": after.last_block, "item": after.item}
    statement = text(
        f"SELECT {_ITEM_COLUMNS} FROM {_ITEM_TABLES} WHERE {' AND '.join(conditions)}"  # noqa: S608  # values are bound
        " ORDER BY i.last_block DESC, i.item LIMIT :limit"
    )
    return connection.execute(statement, values).all()


def _escaped(word: str) -> str:
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")
