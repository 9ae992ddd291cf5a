"""EIP-712: what is signed, hashed. Type strings stand beside what they type; their hashes are computed once.

Typed trees (one signature over many messages of one type) are EIP-712 too: nested fixed arrays hash as a
binary Merkle tree. The rules are in contracts/SPEC.md, section 3.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import Any

from provenance.errors import FieldError
from provenance.model.calls import Contract
from provenance.model.checks import require_address, require_uint
from provenance.model.hashing import enc, keccak, keccak_words
from provenance.model.ledger import MAX_HEIGHT, height_of
from provenance.model.messages import (
    Anchor,
    Challenge,
    ConditionReport,
    Correction,
    CustodyAcceptance,
    CustodyOffer,
    Hold,
    Intake,
    KeyGrant,
    KeyRevocation,
    Message,
    Ruling,
    Withdrawal,
    zero,
)

TYPE_STRINGS: dict[type[Message], str] = {
    Intake: "Intake(bytes32 item,uint16 seq,uint8 grade,uint64 deadline,bytes32 details)",
    ConditionReport: (
        "ConditionReport(bytes32 item,uint16 seq,uint8 stage,uint8 grade,uint64 deadline,bytes32 details)"
    ),
    CustodyOffer: "CustodyOffer(bytes32 item,bytes32 prior,uint24 to,uint64 deadline,bytes32 details)",
    CustodyAcceptance: "CustodyAcceptance(bytes32 offer,uint16 exceptions,bytes32 details)",
    Withdrawal: "Withdrawal(bytes32 item,uint16 seq,bytes32 offer,uint64 deadline,bytes32 details)",
    Correction: (
        "Correction(bytes32 item,uint16 seq,uint16 corrects,uint16 answers,uint64 deadline,bytes32 details)"
    ),
    Challenge: "Challenge(bytes32 item,uint16 count,uint16 challenged,uint64 deadline,bytes32 details)",
    Hold: "Hold(bytes32 item,uint16 seq,bool onHold,uint64 deadline,bytes32 details)",
    Ruling: (
        "Ruling(bytes32 item,uint16 seq,uint8 stage,uint8 grade,uint24 to,uint16 answers,"
        "uint64 deadline,bytes32 details)"
    ),
    KeyGrant: (
        "KeyGrant(address key,uint24 partner,uint16 roles,uint8 kind,"
        "uint64 validFrom,uint64 validTo,uint64 deadline)"
    ),
    KeyRevocation: "KeyRevocation(address key,uint64 validTo,uint64 deadline)",
    Anchor: "Anchor(uint8 kind,bytes32 digest,uint64 deadline)",
}
"""Each message's EIP-712 type. Its Python fields are the same, in the same order, in snake case."""

CONTRACT_OF: dict[type[Message], Contract] = {
    **dict.fromkeys(TYPE_STRINGS, Contract.LEDGER),
    KeyGrant: Contract.REGISTRY,
    KeyRevocation: Contract.REGISTRY,
    Anchor: Contract.ANCHORS,
}
"""The contract for which each message is signed."""

DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
VERSION = "1"
_DOMAIN_TYPE_HASH = keccak(DOMAIN_TYPE.encode())


@dataclass(frozen=True)
class _Shape:
    """A message's type, ready to hash. `tree_types` and `zeros` have entries for heights 0 to 10."""

    name: str
    type_string: str
    fields: tuple[tuple[str, str], ...]
    type_hash: bytes
    tree_types: tuple[bytes, ...]
    zeros: tuple[bytes, ...]
    values: Callable[[Message], tuple[bytes | int, ...]] = field(repr=False)


def _shape(of: type[Message], type_string: str) -> _Shape:
    name, _, inside = type_string.removesuffix(")").partition("(")
    fields = _parsed_fields(inside)
    type_hash = keccak(type_string.encode())
    tree_types = [keccak(_tree_type(name, height, type_string).encode()) for height in range(MAX_HEIGHT + 1)]
    values = attrgetter(*(_snake(label) for _, label in fields))
    zeros = [_hash(type_hash, values(zero(of)))]
    while len(zeros) <= MAX_HEIGHT:
        zeros.append(keccak(zeros[-1] + zeros[-1]))
    return _Shape(name, type_string, fields, type_hash, tuple(tree_types), tuple(zeros), values)


def _parsed_fields(inside: str) -> tuple[tuple[str, str], ...]:
    """Pairs of type and label."""
    return tuple((kind, label) for kind, _, label in (part.partition(" ") for part in inside.split(",")))


def _tree_type(name: str, height: int, type_string: str) -> str:
    return f"{name}s({name}{'[2]' * height} tree){type_string}"


def _snake(label: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in label)


def _hash(type_hash: bytes, values: tuple[bytes | int, ...]) -> bytes:
    return keccak(type_hash + enc(*values))


_SHAPES = {of: _shape(of, type_string) for of, type_string in TYPE_STRINGS.items()}


def struct_hash(message: Message) -> bytes:
    """The message's hashStruct, 32 bytes. Source: EIP-712, "Definition of hashStruct"."""
    shape = _SHAPES[type(message)]
    return _hash(shape.type_hash, shape.values(message))


def type_hash(of: type[Message]) -> bytes:
    """The type's hash."""
    return _SHAPES[of].type_hash


def zero_hash(of: type[Message], height: int = 0) -> bytes:
    """The node of this height (0 to 10) under which every place holds the message of zeros."""
    return _SHAPES[of].zeros[height]


def tree_type_string(of: type[Message], height: int) -> str:
    """The EIP-712 type of a tree, e.g. `Holds(Hold[2][2] tree)Hold(...)` for height 2."""
    return _tree_type(of.__name__, height, TYPE_STRINGS[of])


def tree_type_hash(of: type[Message], height: int) -> bytes:
    """Hash of the tree's type, for heights 1 to 10."""
    return _SHAPES[of].tree_types[height]


def subtree_root(of: type[Message], leaves: Sequence[bytes]) -> bytes:
    """Root of the smallest tree over the leaves (struct hashes), filled up with the message of zeros.

    Raises:
        FieldError: no leaf.
    """
    if not leaves:
        raise FieldError("leaves", 0, "give at least one message")
    row, height = list(leaves), 0
    while len(row) > 1:
        if len(row) & 1:
            row.append(zero_hash(of, height))
        row = [keccak(row[i] + row[i + 1]) for i in range(0, len(row), 2)]
        height += 1
    return row[0]


def root_by_path(node: bytes, index: int, path: Sequence[bytes]) -> bytes:
    """The root above a node: bit k of `index` says that at step k the node so far is the right one."""
    for step, sibling in enumerate(path):
        node = keccak(sibling + node if index >> step & 1 else node + sibling)
    return node


def tree_hash(
    of: type[Message], hashes: Sequence[bytes], index: int = 0, path: Sequence[bytes] = ()
) -> bytes:
    """The hashStruct of what was signed, given the struct hashes of the messages at hand.

    They are the aligned subtree at `index` of its height; `path` leads from its root to the signed root.
    Height 0 in all is the lone message itself.

    Raises:
        FieldError: the tree is higher than 10, or has no such place.
    """
    height = height_of(len(hashes)) + len(path)
    if height > MAX_HEIGHT:
        raise FieldError("tree height", height, f"trees are at most {MAX_HEIGHT} high; sign in parts")
    if index >> len(path):
        raise FieldError("index", index, f"must be below {1 << len(path)} for a path of {len(path)} steps")
    root = root_by_path(subtree_root(of, hashes), index, path)
    return root if height == 0 else keccak(tree_type_hash(of, height) + root)


@dataclass(frozen=True)
class Domain:
    """For which contract, at which address (20 bytes), on which chain something is signed."""

    contract: Contract
    chain_id: int
    address: bytes

    def __post_init__(self) -> None:
        require_uint("chain_id", self.chain_id, 256)
        require_address("address", self.address)

    @cached_property
    def separator(self) -> bytes:
        """The domain's hashStruct. Source: EIP-712, "Definition of domainSeparator"."""
        name = keccak(self.contract.value.encode())
        return keccak_words(_DOMAIN_TYPE_HASH, name, keccak(VERSION.encode()), self.chain_id, self.address)

    def digest(self, struct_hash: bytes) -> bytes:
        """The 32 bytes that are signed: keccak256(0x1901 || domain separator || hashStruct)."""
        return keccak(b"\x19\x01" + self.separator + struct_hash)

    def as_json(self) -> dict[str, Any]:
        """The `domain` of a typed-data document."""
        return {
            "name": self.contract.value,
            "version": VERSION,
            "chainId": self.chain_id,
            "verifyingContract": "0x" + self.address.hex(),
        }


@dataclass(frozen=True)
class SignedTree:
    """Messages of one type that one signature covers: 1 to 1024, in their order.

    One message alone is signed as itself, not as a tree.
    """

    messages: tuple[Message, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.messages) <= 1 << MAX_HEIGHT:
            raise FieldError("messages", len(self.messages), f"sign 1 to {1 << MAX_HEIGHT} at once")
        if len({type(message) for message in self.messages}) > 1:
            names = sorted({type(message).__name__ for message in self.messages})
            raise FieldError("messages", ", ".join(names), "sign messages of one type at once")

    @property
    def of(self) -> type[Message]:
        """The messages' type."""
        return type(self.messages[0])

    @property
    def height(self) -> int:
        """0 for one message, else ceil(log2 n)."""
        return height_of(len(self.messages))

    @cached_property
    def _rows(self) -> tuple[tuple[bytes, ...], ...]:
        row = [struct_hash(message) for message in self.messages]
        rows = [tuple(row)]
        for height in range(self.height):
            if len(row) & 1:
                row.append(zero_hash(self.of, height))
            row = [keccak(row[i] + row[i + 1]) for i in range(0, len(row), 2)]
            rows.append(tuple(row))
        return tuple(rows)

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The messages' struct hashes."""
        return self._rows[0]

    @property
    def struct_hash(self) -> bytes:
        """The hashStruct of what is signed."""
        root = self._rows[-1][0]
        return root if self.height == 0 else keccak(tree_type_hash(self.of, self.height) + root)

    def path(self, index: int, height: int = 0) -> tuple[bytes, ...]:
        """The hashes that lead from the `index`-th subtree of this height (0: a message) up to the root.

        Raises:
            FieldError: there is no such subtree.
        """
        if not 0 <= height <= self.height or not 0 <= index < len(self._rows[height]):
            raise FieldError("index", index, f"the tree has no such subtree of height {height}")
        path = []
        for level in range(height, self.height):
            row, sibling = self._rows[level], index ^ 1
            path.append(row[sibling] if sibling < len(row) else zero_hash(self.of, level))
            index >>= 1
        return tuple(path)

    def typed_data(self, domain: Domain) -> dict[str, Any]:
        """The document for `eth_signTypedData_v4`: wallets show every message of the tree."""
        shape = _SHAPES[self.of]
        types = {
            "EIP712Domain": _fields(_parsed_fields(DOMAIN_TYPE.removesuffix(")").partition("(")[2])),
            shape.name: _fields(shape.fields),
        }
        if self.height == 0:
            return _document(types, shape.name, domain, message_json(self.messages[0]))
        primary = shape.name + "s"
        types[primary] = [{"name": "tree", "type": shape.name + "[2]" * self.height}]
        return _document(types, primary, domain, {"tree": self._nested()})

    def _nested(self) -> Any:
        places = list(self.messages) + [zero(self.of)] * ((1 << self.height) - len(self.messages))
        row: list[Any] = [message_json(message) for message in places]
        while len(row) > 2:
            row = [row[i : i + 2] for i in range(0, len(row), 2)]
        return row


def typed_data(message: Message, domain: Domain) -> dict[str, Any]:
    """The document for `eth_signTypedData_v4` of one message."""
    return SignedTree((message,)).typed_data(domain)


def message_json(message: Message) -> dict[str, Any]:
    """A message's fields as typed data has them: hex bytes, integers as decimal text, truth values as such.

    Integers are text because JavaScript wallets lose digits of numbers above 2**53.
    """
    shape = _SHAPES[type(message)]
    return {
        label: _json_value(value)
        for (_, label), value in zip(shape.fields, shape.values(message), strict=True)
    }


def _json_value(value: bytes | bool | int) -> str | bool:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return value if isinstance(value, bool) else str(int(value))


def _fields(pairs: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"name": label, "type": kind} for kind, label in pairs]


def _document(
    types: dict[str, list[dict[str, str]]], primary: str, domain: Domain, message: dict[str, Any]
) -> dict[str, Any]:
    return {"types": types, "primaryType": primary, "domain": domain.as_json(), "message": message}
