"""eth_getProof (EIP-1186): the trie nodes from a block's state root down to an account and its slots."""

from collections.abc import Sequence
from typing import Any

import rlp  # type: ignore[import-untyped]
from eth.constants import BLANK_ROOT_HASH
from eth.rlp.accounts import Account
from eth_utils.crypto import keccak

from .database import PendingNodes


def account_proof(
    nodes: PendingNodes, state_root: bytes, address: bytes, slots: Sequence[tuple[str, bytes]]
) -> Any:
    """The EIP-1186 answer. `slots` are (key as the caller wrote it, 32-byte key); absence is proven alike."""
    value, path = walk(nodes, state_root, keccak(address))
    account = rlp.decode(value, sedes=Account) if value else Account()
    return {
        "address": "0x" + address.hex(),
        "accountProof": _hex(path),
        "balance": hex(account.balance),
        "codeHash": "0x" + account.code_hash.hex(),
        "nonce": hex(account.nonce),
        "storageHash": "0x" + account.storage_root.hex(),
        "storageProof": [_slot_proof(nodes, account.storage_root, key, slot) for key, slot in slots],
    }


def _slot_proof(nodes: PendingNodes, storage_root: bytes, key: str, slot: bytes) -> dict[str, Any]:
    value, path = walk(nodes, storage_root, keccak(slot))
    number = int.from_bytes(rlp.decode(value), "big") if value else 0
    return {"key": key, "value": hex(number), "proof": _hex(path)}


def _hex(path: list[bytes]) -> list[str]:
    return ["0x" + node.hex() for node in path]


def walk(nodes: PendingNodes, root: bytes, key: bytes) -> tuple[bytes, list[bytes]]:
    """Value under `key` (empty when absent) and the nodes passed, root first (yellow paper, app. D).

    Nodes shorter than 32 bytes lie inside their parent and are not listed, as geth does it.
    """
    if root == BLANK_ROOT_HASH:
        return b"", []
    path = [nodes[root]]
    node = rlp.decode(path[0])
    nibbles = [nibble for byte in key for nibble in (byte >> 4, byte & 15)]
    while True:
        if len(node) == 17:
            if not nibbles:
                return bytes(node[16]), path
            child, nibbles = node[nibbles[0]], nibbles[1:]
        else:
            segment, is_leaf = _decode_segment(node[0])
            if nibbles[: len(segment)] != segment:
                return b"", path
            child, nibbles = node[1], nibbles[len(segment) :]
            if is_leaf:
                return (b"", path) if nibbles else (bytes(child), path)
        if child == b"":
            return b"", path
        if isinstance(child, bytes):
            path.append(nodes[child])
            child = rlp.decode(path[-1])
        node = child


def _decode_segment(encoded: bytes) -> tuple[list[int], bool]:
    """Hex-prefix encoding: the nibbles, and whether they end in a leaf."""
    nibbles = [nibble for byte in encoded for nibble in (byte >> 4, byte & 15)]
    flag = nibbles[0]
    return nibbles[1 if flag & 1 else 2 :], bool(flag & 2)
