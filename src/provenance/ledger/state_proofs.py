"""What a node proves of a block's state: its header and trie nodes (EIP-1186), as a bundle carries them.

What the node answers is not believed: nodes are found by their hashes, and the header must hash to the block's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import rlp  # type: ignore[import-untyped]

from provenance.errors import ChainError, FieldError
from provenance.ledger.chain import Chain
from provenance.ledger.deployment import Deployment
from provenance.ledger.embedded.errors import RpcError
from provenance.ledger.hexadecimal import from_hex, to_hex
from provenance.model.calls import Contract
from provenance.model.hashing import keccak
from provenance.proofs.state import Header, read_header

Json = Mapping[str, Any]

# The order of a header's fields; those that forks appended are left out where the block does not have them.
# Source: Ethereum execution specifications, `Header` of each fork up to Osaka.
_HASHED = ("parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom")
_COUNTED = ("difficulty", "number", "gasLimit", "gasUsed", "timestamp")
_SEALED = ("extraData", "mixHash", "nonce")
_APPENDED = (
    ("baseFeePerGas", True),
    ("withdrawalsRoot", False),
    ("blobGasUsed", True),
    ("excessBlobGas", True),
    ("parentBeaconBlockRoot", False),
    ("requestsHash", False),
)


class StateGone(ChainError):  # noqa: N818 - named for what was found
    """The node no longer keeps the state of the block asked for."""


@dataclass(frozen=True)
class ProvenHeader:
    """A block's header, encoded and read."""

    encoded: bytes
    header: Header


def header_of(chain: Chain, block: int) -> ProvenHeader:
    """The header of a block. Raises ChainError where the node has no such block, or tells of it what does not hash to it."""
    found = chain.request("eth_getBlockByNumber", [hex(block), False])
    if found is None:
        raise ChainError(f"the node has no block {block}: ask for one up to its head")
    expected = from_hex(found["hash"])
    encoded = _encoded(found)
    if keccak(encoded) != expected:
        encoded = _raw_header(chain, block)
    if keccak(encoded) != expected:
        raise ChainError(
            f"the header of block {block} does not hash to 0x{expected.hex()}: this kind of chain cannot be proven yet"
        )
    return ProvenHeader(encoded, read_header(encoded))


def nodes_of(
    chain: Chain, deployment: Deployment, block: int, places: Mapping[Contract, Sequence[bytes]]
) -> frozenset[bytes]:
    """The trie nodes from the block's state root to each contract's account, and on to these places of its storage.

    Places are the 32-byte keys of storage. Raises StateGone where the node has dropped the block's state.
    """
    calls = [
        (
            "eth_getProof",
            [to_hex(deployment.address(contract)), [to_hex(place) for place in wanted], hex(block)],
        )
        for contract, wanted in places.items()
    ]
    answers = chain.batch(calls)
    for answer in answers:
        if isinstance(answer, RpcError):
            raise StateGone(f"the node proves nothing of block {block} ({answer}): ask for a newer one")
    return frozenset(node for answer in answers for node in _nodes(answer))


def _nodes(answer: Json) -> Iterable[bytes]:
    try:
        for node in answer["accountProof"]:
            yield from_hex(node)
        for proof in answer["storageProof"]:
            for node in proof["proof"]:
                yield from_hex(node)
    except (KeyError, TypeError, ValueError) as error:
        raise ChainError(f"the node's eth_getProof answer lacks or garbles {error}: ask another") from error


def _encoded(block: Json) -> bytes:
    try:
        fields = [from_hex(block[name]) for name in _HASHED]
        fields += [_number(block[name]) for name in _COUNTED]
        fields += [from_hex(block[name]) for name in _SEALED]
        fields += [
            _number(block[name]) if counted else from_hex(block[name])
            for name, counted in _APPENDED
            if block.get(name) is not None
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise ChainError(f"the node's block lacks or garbles {error}: ask another") from error
    return bytes(rlp.encode(fields))


def _raw_header(chain: Chain, block: int) -> bytes:
    """The header as the node itself encodes it; empty where it does not tell."""
    try:
        encoded = from_hex(chain.request("debug_getRawHeader", [hex(block)]))
        read_header(encoded)
    except (RpcError, FieldError, TypeError, ValueError):
        return b""
    return encoded


def _number(text: str) -> bytes:
    value = int(text, 16)
    return value.to_bytes((value.bit_length() + 7) // 8, "big")
