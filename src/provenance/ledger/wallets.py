"""Contract wallets: whether they stand by a signature (ERC-1271), asked as the contracts ask."""

from __future__ import annotations

from eth_abi.abi import encode

from provenance.ledger.chain import Chain
from provenance.ledger.embedded.errors import RpcError
from provenance.model.hashing import keccak

MAGIC = bytes.fromhex("1626ba7e")
"""What a wallet answers that stands by the signature: the function's selector. Source: ERC-1271."""
WALLET_GAS = 300_000
"""What the contracts give a wallet to answer (contracts/SPEC.md, section 3)."""
_AROUND = 25_000  # what the transaction itself costs, which the contracts do not pay from the wallet's gas
_SELECTOR = keccak(b"isValidSignature(bytes32,bytes)")[:4]


def ask_wallet(chain: Chain, wallet: bytes, digest: bytes, signature: bytes) -> bool:
    """Whether the contract at this address (20 bytes) says at the newest block that the signature is its own."""
    data = _SELECTOR + encode(["bytes32", "bytes"], [digest, signature])
    request = {
        "to": "0x" + wallet.hex(),
        "data": "0x" + data.hex(),
        "gas": hex(WALLET_GAS + _AROUND + 16 * len(data)),
    }
    try:
        answer = bytes.fromhex(chain.request("eth_call", [request, "latest"])[2:])
    except RpcError:
        return False  # it reverted, or is no contract
    return answer[:32] == MAGIC + bytes(28)
