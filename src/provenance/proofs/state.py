"""A block's state as its header commits to it: accounts, and the words that our contracts keep.

The places of the mappings are those which the compiler gave them (`storageLayout` of the artifacts); they belong to the code
whose hash is pinned.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from provenance.errors import FieldError
from provenance.model.calls import Contract
from provenance.model.hashing import ZERO, keccak, keccak_words, word
from provenance.proofs import rlp
from provenance.proofs.trie import NodePool, value_at

SLOTS = 2
CHALLENGES = 3
JOURNAL = 4
KEYS = 4
NAME_HASHES = 5

_STATE_ROOT, _NUMBER, _TIME = 3, 8, 11
_LEAST_FIELDS = 15
"""Item 14, the nonce, ended the first headers; forks have appended since, never inserted."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a proof needs of a block's header. `time` is in Unix seconds; hashes have 32 bytes."""

    number: int
    time: int
    state_root: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Account:
    """A contract's account: the root of its storage and the hash of its code, 32 bytes each."""

    storage_root: bytes
    code_hash: bytes


def read_header(encoded: bytes) -> Header:
    """The header in its RLP form. Source: Ethereum Yellow Paper, section 4.4.

    Raises:
        FieldError: it is none.
    """
    fields = rlp.decode_list(encoded, "header")
    if len(fields) < _LEAST_FIELDS or not all(isinstance(field, bytes) for field in fields):
        raise FieldError("header", f"{len(fields)} fields", "give the RLP of a block's header")
    root = _bytes(fields[_STATE_ROOT])
    if len(root) != 32:
        raise FieldError("header", root, "its state root has 32 bytes")
    return Header(_integer(fields[_NUMBER]), _integer(fields[_TIME]), root, keccak(encoded))


def read_account(pool: NodePool, state_root: bytes, address: bytes) -> Account | None:
    """The account at the address, None where it is proven that there is none.

    Raises:
        FieldError: the nodes do not show it.
    """
    value = value_at(pool, state_root, keccak(address))
    if value is None:
        return None
    fields = rlp.decode_list(value, "account")
    if len(fields) != 4:
        raise FieldError("account", f"{len(fields)} fields", "an account has four")
    _, _, storage_root, code_hash = fields
    return Account(_bytes(storage_root), _bytes(code_hash))


def read_word(pool: NodePool, storage_root: bytes, place: bytes) -> bytes:
    """The 32-byte word at a place of a contract's storage; zero where it is proven that nothing was written.

    Raises:
        FieldError: the nodes do not show it.
    """
    value = value_at(pool, storage_root, keccak(place))
    if value is None:
        return ZERO
    found = rlp.decode_bytes(value, "word")
    if not 0 < len(found) <= 32 or found[0] == 0:
        raise FieldError("word", found, "the trie keeps words of 1 to 32 bytes without leading zeros")
    return word(found)


def places_of(
    item: bytes, keys: Iterable[bytes], partners: Iterable[int]
) -> Mapping[Contract, tuple[bytes, ...]]:
    """Where the words stand that prove an item's history, in the order in which a bundle's nodes lead to them.

    They are the item's slot and challenge word; the words of the keys, and the name hashes of the partners.
    """
    rights = [of_mapping(key, KEYS) for key in keys]
    names = [of_mapping(partner, NAME_HASHES) for partner in partners]
    return {
        Contract.LEDGER: (of_mapping(item, SLOTS), of_mapping(item, CHALLENGES)),
        Contract.REGISTRY: (*rights, *names),
    }


def of_mapping(key: bytes | int, place: int) -> bytes:
    """Where a mapping keeps the value of a key. Source: Solidity, "Layout of State Variables in Storage"."""
    return keccak_words(key, place)


def of_variable(place: int) -> bytes:
    """Where a plain variable is kept."""
    return word(place)


def _integer(value: rlp.Rlp) -> int:
    digits = _bytes(value)
    if len(digits) > 8 or digits[:1] == b"\0":
        raise FieldError("header", digits, "its numbers have at most 8 bytes and no leading zeros")
    return int.from_bytes(digits, "big")


def _bytes(value: rlp.Rlp) -> bytes:
    if isinstance(value, bytes):
        return value
    raise FieldError("account", "a list where bytes belong", "give the chain's own nodes")
