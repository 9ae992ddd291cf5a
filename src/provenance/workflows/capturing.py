"""Capturing: proofs of items are kept while nodes still serve the state, so that a pruned node does not end provability."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from provenance.ledger.gateway import Gateway
from provenance.ledger.state_proofs import header_of, nodes_of
from provenance.model.calls import Contract
from provenance.proofs import state
from provenance.proofs.trie import NodePool
from provenance.store import index
from provenance.store.captures import Change, save_captures, uncaptured
from provenance.store.database import Database
from provenance.store.proving import mentioned

AT_ONCE = 100


@dataclass(frozen=True)
class _Item:
    """An item with those whose words a proof of it needs."""

    change: Change
    keys: tuple[bytes, ...]
    partners: tuple[int, ...]

    @property
    def places(self) -> Mapping[Contract, tuple[bytes, ...]]:
        return state.places_of(self.change.item, self.keys, self.partners)


def capture(database: Database, gateway: Gateway, at_once: int = AT_ONCE) -> int:
    """Captures proofs of the next items whose last change is final, as of the newest final block; how many it were.

    Call it again until it answers 0. Raises StateGone where the node does not even serve the final block's state.
    """
    with database.reading() as connection:
        position = index.position(connection)
        if position is None:
            return 0
        final = min(position.finalized, position.block)
        changes = uncaptured(connection, final, at_once)
        items = [_Item(change, *mentioned(connection, change.item)) for change in changes]
    if not items:
        return 0
    header = header_of(gateway.chain, final)
    nodes = NodePool(nodes_of(gateway.chain, gateway.deployment, final, _all_places(items)))
    roots = {}
    for contract in (Contract.LEDGER, Contract.REGISTRY):
        account = state.read_account(nodes, header.header.state_root, gateway.deployment.address(contract))
        roots[contract] = account.storage_root if account else b""
    on_the_way = nodes.used
    found = {item.change.item: (*on_the_way, *_nodes_of(item, nodes, roots)) for item in items}
    with database.writing() as connection:
        save_captures(connection, final, header.encoded, found, items[-1].change)
    return len(items)


def _all_places(items: list[_Item]) -> Mapping[Contract, tuple[bytes, ...]]:
    """The places of all items, each once: two questions to the node, however many items."""
    return {
        contract: tuple(dict.fromkeys(place for item in items for place in item.places[contract]))
        for contract in (Contract.LEDGER, Contract.REGISTRY)
    }


def _nodes_of(item: _Item, nodes: NodePool, roots: Mapping[Contract, bytes]) -> tuple[bytes, ...]:
    pool = nodes.unused()
    for contract, places in item.places.items():
        for place in places:
            state.read_word(pool, roots[contract], place)
    return pool.used
