"""What the index and the kept tables contribute to a proof: records with their signatures, names, and the journal's rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Connection, bindparam, text

_EVENTS = text("SELECT * FROM events WHERE item = :item AND block <= :block ORDER BY seq")
_CHALLENGES = text('SELECT * FROM challenges WHERE item = :item AND block <= :block ORDER BY "count"')
_SIGNATURES = text("""
    SELECT s.* FROM events e JOIN signatures s ON s.block = e.block AND s.log_index = e.log_index
    WHERE e.item = :item AND e.block <= :block
    UNION ALL
    SELECT s.* FROM challenges c JOIN signatures s ON s.block = c.block AND s.log_index = c.log_index
    WHERE c.item = :item AND c.block <= :block
""")
_PARTNER_NAMES = text("""
    SELECT p.partner, n.name FROM partners p JOIN partner_names n ON n.name_hash = p.name_hash
    WHERE p.partner IN :partners
""").bindparams(bindparam("partners", expanding=True))
_MENTIONED = text("""
    SELECT signer AS "key", signer_partner AS partner FROM events WHERE item = :item
    UNION SELECT receiver, receiver_partner FROM events WHERE item = :item AND receiver IS NOT NULL
    UNION SELECT signer, signer_partner FROM challenges WHERE item = :item
""")
_RECORDS = text("""
    SELECT item, slot AS word, block, log_index FROM events WHERE block <= :block
    UNION ALL
    SELECT item, word, block, log_index FROM challenges WHERE block <= :block
    ORDER BY block, log_index
""")


def events_up_to(connection: Connection, item: bytes, block: int) -> list[Any]:
    """The item's events up to and with the block, in order."""
    return list(connection.execute(_EVENTS, {"item": item, "block": block}))


def challenges_up_to(connection: Connection, item: bytes, block: int) -> list[Any]:
    """The item's challenges up to and with the block, in order."""
    return list(connection.execute(_CHALLENGES, {"item": item, "block": block}))


def signatures_up_to(
    connection: Connection, item: bytes, block: int
) -> dict[tuple[int, int, int], tuple[bytes, int, tuple[bytes, ...]]]:
    """Signature, leaf and path of each of the item's records, by block, log index and place (0 signer, 1 receiver)."""
    rows = connection.execute(_SIGNATURES, {"item": item, "block": block})
    return {
        (row.block, row.log_index, row.place): (bytes(row.signature), row.leaf, _steps(bytes(row.path)))
        for row in rows
    }


def partner_names(connection: Connection, partners: Collection[int]) -> dict[int, str]:
    """The names of those of these partners whose name we know."""
    rows = connection.execute(_PARTNER_NAMES, {"partners": list(partners)})
    return {row.partner: row.name for row in rows}


def mentioned(connection: Connection, item: bytes) -> tuple[tuple[bytes, ...], tuple[int, ...]]:
    """The keys that signed anything about the item, and the partners they act for."""
    rows = connection.execute(_MENTIONED, {"item": item}).all()
    return tuple(bytes(row.key) for row in rows), tuple(sorted({row.partner for row in rows}))


def records_up_to(connection: Connection, block: int) -> Iterator[tuple[bytes, bytes]]:
    """Item and word of every record of the ledger up to and with the block, in order; read as they are asked for."""
    rows = connection.execution_options(yield_per=2_000).execute(_RECORDS, {"block": block})
    return ((bytes(row.item), bytes(row.word)) for row in rows)


def _steps(path: bytes) -> tuple[bytes, ...]:
    return tuple(path[start : start + 32] for start in range(0, len(path), 32))
