"""RLP, Keccak-256 and secp256k1 as somebody else wrote them down: both verifiers agree with those vectors."""

import json
from pathlib import Path
from typing import Any

import pytest

from provenance.errors import FieldError
from provenance.model.hashing import keccak
from provenance.proofs import rlp
from provenance.proofs.signatures import ORDER, address_of_key, recover, sign
from verifier_js.engine import Engine, Rejection

VECTORS = Path(__file__).parents[1] / "vectors" / "ethersproject"
Case = dict[str, Any]


def load(name: str) -> list[Case]:
    return list(json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8")))


def unhexed(value: Any) -> Any:
    return [unhexed(inner) for inner in value] if isinstance(value, list) else bytes.fromhex(value[2:])


def depth(value: Any) -> int:
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


RLP = load("rlp-coder")
HASHES = load("hashes")
TRANSACTIONS = load("transactions")


@pytest.mark.parametrize("case", RLP, ids=[case["name"] for case in RLP])
def test_rlp_is_decoded_as_written_down(case: Case, engine: Engine) -> None:
    encoded, decoded = unhexed(case["encoded"]), unhexed(case["decoded"])
    assert depth(decoded) <= 16  # as deep as either reads
    assert rlp.decode(encoded) == decoded
    assert engine.call("rlp", data=case["encoded"]) == case["decoded"]
    for cut in (encoded[:-1], encoded + b"\0"):
        with pytest.raises(FieldError):
            rlp.decode(cut)
        with pytest.raises(Rejection):
            engine.call("rlp", data=f"0x{cut.hex()}")


def test_keccak_hashes_as_written_down() -> None:
    assert [f"0x{keccak(unhexed(case['data'])).hex()}" for case in HASHES] == [
        case["keccak256"] for case in HASHES
    ]


@pytest.mark.parametrize("case", TRANSACTIONS[::5], ids=[case["name"] for case in TRANSACTIONS[::5]])
def test_signatures_recover_to_the_account_that_made_them(case: Case, engine: Engine) -> None:
    """Transactions of before EIP-155: the last three fields are v, r and s over the hash of the unsigned form."""
    digest = keccak(unhexed(case["unsignedTransaction"]))
    *_, v, r, s = rlp.decode_list(unhexed(case["signedTransaction"]))
    assert isinstance(v, bytes)
    assert isinstance(r, bytes)
    assert isinstance(s, bytes)
    signature = r.rjust(32, b"\0") + s.rjust(32, b"\0") + v
    key = unhexed(case["privateKey"])
    assert address_of_key(key) == unhexed(case["accountAddress"])
    # RFC 6979: the same key and content give the same signature everywhere.
    assert sign(key, digest) == signature
    assert recover(digest, signature) == unhexed(case["accountAddress"])
    asked = {"digest": f"0x{digest.hex()}", "signature": f"0x{signature.hex()}"}
    assert engine.call("recover", **asked) == case["accountAddress"]
    high = (ORDER - int.from_bytes(s, "big")).to_bytes(32, "big")
    with pytest.raises(FieldError):
        recover(digest, signature[:32] + high + bytes([55 - signature[64]]))
