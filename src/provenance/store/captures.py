"""Captured proofs: the trie nodes that proved an item when its newest event had become final."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, text

from provenance.model.hashing import keccak
from provenance.store.rows import add_missing, in_parts, put
from provenance.store.schema import capture_blocks, capture_nodes, capture_progress, captures

_CHANGED = text("""
    SELECT item, last_block FROM items
    WHERE (last_block > :block OR (last_block = :block AND item > :item)) AND last_block <= :final
    ORDER BY last_block, item LIMIT :limit
""")
_BEGINNING = (-1, b"")


@dataclass(frozen=True)
class Capture:
    """What proves an item as of a block: its header (RLP) and trie nodes, in no order."""

    block: int
    header: bytes
    nodes: tuple[bytes, ...]


@dataclass(frozen=True)
class Change:
    """An item, and the block in which it changed last."""

    item: bytes
    block: int


def uncaptured(connection: Connection, final: int, limit: int) -> list[Change]:
    """The next items, in the order of their last change, of which no proof was captured since; none after block `final`."""
    progress = connection.execute(select(capture_progress.c.block, capture_progress.c.item)).one_or_none()
    block, item = progress or _BEGINNING
    rows = connection.execute(_CHANGED, {"block": block, "item": item, "final": final, "limit": limit})
    return [Change(bytes(row.item), row.last_block) for row in rows]


def save_captures(
    connection: Connection,
    block: int,
    header: bytes,
    nodes_of: Mapping[bytes, Collection[bytes]],
    reached: Change,
) -> None:
    """Keeps each item's nodes as of the block, in place of older ones; `reached` is the last change captured."""
    hashes = {node: keccak(node) for nodes in nodes_of.values() for node in nodes}
    add_missing(connection, capture_blocks, [{"number": block, "header": header}])
    add_missing(connection, capture_nodes, [{"hash": hash_, "node": node} for node, hash_ in hashes.items()])
    put(
        connection,
        captures,
        [
            {"item": item, "block": block, "nodes": b"".join(hashes[node] for node in nodes)}
            for item, nodes in nodes_of.items()
        ],
    )
    put(connection, capture_progress, [{"one": 1, "block": reached.block, "item": reached.item}])


def captured(connection: Connection, item: bytes) -> Capture | None:
    """The newest captured proof of an item, None where there is none."""
    found = connection.execute(
        select(captures.c.block, captures.c.nodes, capture_blocks.c.header)
        .join(capture_blocks, capture_blocks.c.number == captures.c.block)
        .where(captures.c.item == item)
    ).one_or_none()
    if found is None:
        return None
    hashes = bytes(found.nodes)
    wanted = [hashes[start : start + 32] for start in range(0, len(hashes), 32)]
    return Capture(found.block, bytes(found.header), _nodes(connection, wanted))


def _nodes(connection: Connection, hashes: Sequence[bytes]) -> tuple[bytes, ...]:
    return tuple(
        bytes(row.node)
        for part in in_parts(hashes)
        for row in connection.execute(select(capture_nodes.c.node).where(capture_nodes.c.hash.in_(part)))
    )
