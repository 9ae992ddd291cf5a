"""Merkle Patricia tries, walked from a root that is believed down to a value, or to the proof that there is none.

Source: Ethereum Yellow Paper, appendix D. Keys are hashed before (the "secure" trie), so all have 32 bytes.
"""

from collections.abc import Collection

from provenance.errors import FieldError
from provenance.model.hashing import keccak
from provenance.proofs.rlp import Rlp, decode_list

EMPTY_ROOT = keccak(b"\x80")
"""The root of the trie without an entry."""

_KEY_NIBBLES = 64


class NodePool:
    """The nodes of all walks, found by their hashes, each once and in the order in which the walks first need them."""

    def __init__(self, nodes: Collection[bytes]) -> None:
        self._given = len(nodes)
        self._nodes = {keccak(node): node for node in nodes}
        self._decoded: dict[bytes, list[Rlp]] = {}

    def node(self, hash_: bytes) -> list[Rlp]:
        """The node with this hash. Raises FieldError if it is not there or is no node."""
        found = self._decoded.get(hash_)
        if found is None:
            place = f"node 0x{hash_.hex()}"
            if hash_ not in self._nodes:
                raise FieldError(place, "missing", "give every node on the way to a value")
            found = self._decoded[hash_] = decode_list(self._nodes[hash_], place)
        return found

    def unused(self) -> "NodePool":
        """The same nodes, none of them needed yet."""
        pool = NodePool(())
        pool._given, pool._nodes = self._given, self._nodes
        return pool

    @property
    def used(self) -> tuple[bytes, ...]:
        """The nodes needed so far, in the order of their first use."""
        return tuple(self._nodes[hash_] for hash_ in self._decoded)

    def require_used(self) -> None:
        """Raises FieldError unless every node was needed, once, and they stand in the order of their first use."""
        if twice := self._given - len(self._nodes):
            raise FieldError("nodes", f"{twice} too many", "give each node once")
        if unused := self._nodes.keys() - self._decoded.keys():
            raise FieldError("nodes", f"{len(unused)} that prove nothing", "leave them out")
        # Dictionaries keep the order of insertion: of the file, and of the first use.
        if list(self._nodes) != list(self._decoded):
            raise FieldError("nodes", "in another order", "give them in the order of their first use")


def value_at(pool: NodePool, root: bytes, key: bytes) -> bytes | None:
    """What the trie with this root holds under a key of 32 bytes; None is proven absence.

    Raises:
        FieldError: a node on the way is missing or is none.
    """
    if root == EMPTY_ROOT:
        return None
    nibbles = key.hex()
    node: Rlp = pool.node(root)
    depth = 0
    while True:
        child, depth, is_leaf = _step(node, nibbles, depth)
        if child == b"":
            return None
        if is_leaf:
            return _bytes(child)
        node = child if isinstance(child, list) else pool.node(_hash(child))


def _step(node: Rlp, nibbles: str, depth: int) -> tuple[Rlp, int, bool]:
    """What the node holds towards the key, how many nibbles are walked then, and whether it is the value itself."""
    if isinstance(node, bytes) or len(node) not in (2, 17):
        raise FieldError(
            "trie node", "neither a branch, an extension nor a leaf", "give the chain's own nodes"
        )
    if len(node) == 17:
        # All keys are equally long: no value ends in a branch.
        if depth >= _KEY_NIBBLES:
            raise FieldError("trie node", "a branch below a whole key", "give the chain's own nodes")
        return node[int(nibbles[depth], 16)], depth + 1, False
    segment, is_leaf = _segment(_bytes(node[0]))
    end = depth + len(segment)
    if is_leaf and end != _KEY_NIBBLES:
        raise FieldError("trie node", "a leaf that ends before its key", "give the chain's own nodes")
    if nibbles[depth:end] != segment:
        return b"", end, is_leaf
    if node[1] == b"":
        raise FieldError("trie node", "a path to nothing", "give the chain's own nodes")
    return node[1], end, is_leaf


def _segment(encoded: bytes) -> tuple[str, bool]:
    """Nibbles as hex digits, and whether they lead to a leaf. Source: appendix C, hex-prefix encoding."""
    digits = encoded.hex()
    flag = digits[:1]
    if flag in ("1", "3"):
        return digits[1:], flag == "3"
    if flag in ("0", "2") and digits[1] == "0":
        return digits[2:], flag == "2"
    raise FieldError("trie node", "a path that is not hex-prefix encoded", "give the chain's own nodes")


def _bytes(value: Rlp) -> bytes:
    if isinstance(value, bytes):
        return value
    raise FieldError("trie node", "a list where bytes belong", "give the chain's own nodes")


def _hash(value: Rlp) -> bytes:
    found = _bytes(value)
    if len(found) != 32:
        raise FieldError("trie node", "a reference that is no hash", "give the chain's own nodes")
    return found
