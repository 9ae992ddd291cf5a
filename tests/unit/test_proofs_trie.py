"""Tries against the `trie` library: what is there, what is not, and nodes that do not belong."""

import pytest
import rlp
from hypothesis import given, settings
from hypothesis import strategies as st
from trie import HexaryTrie

from provenance.errors import FieldError
from provenance.model.hashing import keccak
from provenance.proofs.trie import EMPTY_ROOT, NodePool, value_at

entries = st.dictionaries(st.integers(0, 300), st.binary(min_size=1, max_size=40), min_size=1, max_size=40)
# Long common beginnings make extensions; short values make nodes that stand within others.
close = st.dictionaries(
    st.builds(lambda tail: b"\xab" * 31 + bytes([tail]), st.integers(0, 255)), st.binary(min_size=1, max_size=3),
    min_size=1, max_size=12,
)  # fmt: skip


def trie_of(held: dict[bytes, bytes]) -> HexaryTrie:
    trie = HexaryTrie({})
    for key, value in held.items():
        trie[key] = value
    return trie


def way(trie: HexaryTrie, *keys: bytes) -> list[bytes]:
    """The nodes on the way to the keys that are found by their hashes, each once."""
    found: dict[bytes, None] = {}
    for key in keys:
        nodes = [bytes(rlp.encode(node)) for node in trie.get_proof(key)]
        found.update(
            dict.fromkeys(node for node in nodes if len(node) >= 32 or keccak(node) == trie.root_hash)
        )
    return list(found)


@settings(max_examples=60)
@given(entries, st.integers(0, 400))
def test_presence_and_absence_are_read_as_the_library_keeps_them(held: dict[int, bytes], asked: int) -> None:
    trie = trie_of({keccak(b"%d" % key): value for key, value in held.items()})
    key = keccak(b"%d" % asked)
    pool = NodePool(way(trie, key))
    assert value_at(pool, trie.root_hash, key) == held.get(asked)
    pool.require_used()


@settings(max_examples=60)
@given(close, st.integers(0, 255))
def test_keys_with_a_long_common_beginning_and_nodes_within_nodes(
    held: dict[bytes, bytes], last: int
) -> None:
    trie = trie_of(held)
    for key in (b"\xab" * 31 + bytes([last]), b"\xab" * 15 + b"\xac" * 17, bytes(32)):
        pool = NodePool(way(trie, key))
        assert value_at(pool, trie.root_hash, key) == held.get(key)
        pool.require_used()


@settings(max_examples=40)
@given(entries, st.data())
def test_a_node_that_is_missing_added_doubled_or_moved_is_noticed(
    held: dict[int, bytes], data: st.DataObject
) -> None:
    trie = trie_of({keccak(b"%d" % key): value for key, value in held.items()})
    keys = [keccak(b"%d" % key) for key in sorted(held)]
    nodes = way(trie, *keys)
    place = data.draw(st.integers(0, len(nodes) - 1))
    broken = {
        "missing": nodes[:place] + nodes[place + 1 :],
        "added": [*nodes[:place], rlp.encode([b"\x20", b"foreign"]), *nodes[place:]],
        "doubled": [*nodes, nodes[place]],
        "moved": [*nodes[:place], *nodes[place + 1 :], nodes[place]],
        "altered": [*nodes[:place], nodes[place][:-1] + bytes([nodes[place][-1] ^ 1]), *nodes[place + 1 :]],
    }
    if place == len(nodes) - 1:
        del broken["moved"]  # to where it was
    for given_ in broken.values():
        with pytest.raises(FieldError):
            read_all(given_, trie.root_hash, keys)
    assert read_all(nodes, trie.root_hash, keys) == [held[key] for key in sorted(held)]


def read_all(nodes: list[bytes], root: bytes, keys: list[bytes]) -> list[bytes | None]:
    pool = NodePool(nodes)
    found = [value_at(pool, root, key) for key in keys]
    pool.require_used()
    return found


def test_the_empty_trie_needs_no_node_and_takes_none() -> None:
    assert HexaryTrie({}).root_hash == EMPTY_ROOT
    assert value_at(NodePool([]), EMPTY_ROOT, bytes(32)) is None
    with pytest.raises(FieldError):
        read_all([b"\x80"], EMPTY_ROOT, [bytes(32)])


LEAF = b"\x20" + b"\x11" * 32
"""A whole key of ones, hex-prefix encoded as a leaf of even length."""


@pytest.mark.parametrize(
    "node",
    [
        [b"\x20" + b"\x11" * 31, b"v"],  # a leaf that ends before its key
        [b"\x20" + b"\x11" * 33, b"v"],  # ... behind it
        [b"\x40" + b"\x11" * 32, b"v"],  # no flag that there is
        [b"\x21" + b"\x11" * 32, b"v"],  # an even path with a nibble in its padding
        [b"", b"v"],  # no path at all
        [LEAF, [b"v"]],  # a list as the value
        [LEAF, b"v", b"w"],  # three fields
        [b""] * 16,
        [b""] * 18,
        [b"\x00" + b"\x11" * 3, b""],  # an extension to nothing
        [b"\x00" + b"\x11" * 3, b"\x01" * 31],  # ... to what is no hash
        [b""] + [b"\x01" * 33] + [b""] * 15,
        [b"\x00" + b"\x11" * 32, [b""] * 17],  # a branch below a whole key
    ],
)
def test_what_is_no_node_is_refused(node: object) -> None:
    encoded = bytes(rlp.encode(node))
    with pytest.raises(FieldError):
        value_at(NodePool([encoded]), keccak(encoded), b"\x11" * 32)


def test_an_endless_way_ends() -> None:
    """Extensions of no length, each within the other: nesting ends where RLP's does."""
    node: object = [LEAF, b"v"]
    for _ in range(30):
        node = [b"\x00", node]
    encoded = bytes(rlp.encode(node))
    with pytest.raises(FieldError):
        value_at(NodePool([encoded]), keccak(encoded), b"\x11" * 32)
