"""Reading: a range of blocks as one node tells it, made sure to be part of one chain from first to last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from provenance.errors import ChainError
from provenance.ledger.deployment import Deployment
from provenance.ledger.embedded.errors import RpcError
from provenance.ledger.gateway import Block
from provenance.ledger.records import Entry
from provenance.model.words import Journal
from provenance.store.index import Position


class Source(Protocol):
    """What following needs of the chain (`ledger.gateway.Gateway` is one)."""

    @property
    def deployment(self) -> Deployment: ...
    def head(self) -> Block: ...
    def finalized(self) -> Block | None: ...
    def block(self, number: int) -> Block | None: ...
    def blocks(self, first: int, last: int) -> list[Block]: ...
    def entries(self, first: int, last: int) -> list[Entry]: ...
    def journal(self, block: int | str = "latest") -> Journal: ...
    def partner_count(self, block: int | str = "latest") -> int: ...


@dataclass(frozen=True)
class ChainEnds:
    """How far the chain itself is: its newest block, and its newest final one."""

    head: int
    final: int


@dataclass(frozen=True)
class Range:
    """What the chain told of a range of blocks: those not final yet, the last one, and the entries in order.

    ``journal`` is the chain's own after the last block, None where the node keeps no state so old.
    """

    unfinal: list[Block]
    end: Block
    entries: list[Entry]
    journal: Journal | None


def chain_ends(source: Source) -> ChainEnds:
    """Where the chain ends now."""
    head, final = source.head(), source.finalized()
    return ChainEnds(head.number, min(final.number, head.number) if final else 0)


def has_block(source: Source, number: int, hash_: bytes) -> bool:
    """Whether the chain has this very block."""
    block = source.block(number)
    return block is not None and block.hash == hash_


def read_range(source: Source, position: Position | None, chain: ChainEnds, first: int, last: int) -> Range:
    """Reads a range that is part of one chain from its first block to its last, on top of the position."""
    unfinal = source.blocks(max(first, chain.final + 1), last)
    end = unfinal[-1] if unfinal else source.block(last)
    if end is None:
        raise ChainError(f"block {last} was there and is gone: the chain is reorganising, follow again")
    _require_links(position, unfinal)
    entries = source.entries(first, last)
    hashes = {block.number: block.hash for block in (*unfinal, end)}
    if any(hashes.get(e.place.block_number, e.place.block_hash) != e.place.block_hash for e in entries):
        raise ChainError(f"blocks {first} to {last} were exchanged while they were read: follow again")
    journal = _journal_at(source, last, chain)
    if not has_block(source, last, end.hash):
        raise ChainError(f"block {last} was exchanged while it was read: follow again")
    return Range(unfinal, end, entries, journal)


def _require_links(position: Position | None, blocks: Sequence[Block]) -> None:
    for parent, child in pairwise(blocks):
        if child.parent_hash != parent.hash or child.number != parent.number + 1:
            raise ChainError(f"block {child.number} does not follow block {parent.number}: follow again")
    first = blocks[0] if blocks else None
    joins = position and first and first.number == position.block + 1
    if position and first and joins and first.parent_hash != position.hash:
        raise ChainError(f"block {first.number} does not follow what is indexed: follow again")


def _journal_at(source: Source, block: int, chain: ChainEnds) -> Journal | None:
    """The chain's journal; None for a block whose state the node has dropped, which is then proven at the head."""
    try:
        return source.journal(block)
    except RpcError:
        if block >= chain.head:
            raise
        return None
