"""Rebuilding: the index dropped, followed again from the chain, and compared with what it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from provenance.errors import StoreError
from provenance.ledger.gateway import Block
from provenance.store import index
from provenance.store.database import Database
from provenance.store.fingerprints import Fingerprint, fingerprints
from provenance.store.index import Position
from provenance.workflows.following import Source, follow


@dataclass(frozen=True)
class Rebuilt:
    """What came of it: the block up to which both were compared, rows by table, tables that differ."""

    block: int
    rows: dict[str, int]
    differing: tuple[str, ...]


class _StillSource:
    """A chain that stands still at one block, so that two indexes of it can be compared."""

    def __init__(self, source: Source, head: Block, finalized: Block | None) -> None:
        self._source, self._head, self._finalized = source, head, finalized

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def head(self) -> Block:
        return self._head

    def finalized(self) -> Block | None:
        return self._finalized


def rebuild(database: Database, source: Source, notice: Callable[[int], None] = lambda _: None) -> Rebuilt:
    """Drops the index and makes it again from the chain and what is kept; ``notice`` hears how far it has come.

    Killed midway, the next following goes on. Raises ChainError as `follow`, StoreError where another process
    follows at the same time, so that nothing can be compared.
    """
    still: Any = _StillSource(source, source.head(), source.finalized())
    before = _fingerprints(database, follow(database, still))
    database.drop_index()
    position = follow(database, still, notice)
    after = _fingerprints(database, position)
    follow(database, source)
    differing = tuple(name for name in after if after[name] != before[name])
    return Rebuilt(position.block, {name: found.rows for name, found in after.items()}, differing)


def _fingerprints(database: Database, position: Position) -> dict[str, Fingerprint]:
    with database.reading() as connection:
        if index.position(connection) != position:
            raise StoreError("another process follows the same index: stop it, then rebuild")
        return fingerprints(connection)
