"""What a team would otherwise pick: attestations (EAS) and tokens (OpenZeppelin's ERC-721)."""

import json
from typing import Any

from eth_abi.abi import encode

from bench.figures import Table
from bench.testbed import ROOT, Testbed, calldata, compiled
from provenance.model.hashing import keccak

EAS = ROOT / "tests/bench/peers/node_modules/@ethereum-attestation-service/eas-contracts/artifacts/contracts"
REQUEST = "(address,uint64,bool,bytes32,bytes,uint256)"
COUNTS = (("10 in a call", 10), ("100 in a call", 100))
NOBODY = bytes(20)


def measure_attestations(bed: Testbed, table: Table) -> None:
    """One attestation says what one condition report says; the attester sends it, so that nothing is signed.

    A hundred of them take more than the 16,777,216 gas of a transaction (EIP-7825).
    """
    registry = bed.create(_published("SchemaRegistry"))
    eas = bed.create(_published("EAS") + encode(["address"], [registry]))
    fields = "bytes32 item,uint8 stage,uint8 grade,bytes32 details"
    bed.gas(registry, calldata("register(string,address,bool)", fields, NOBODY, True))
    schema = keccak(fields.encode() + NOBODY + b"\x01")

    table.section(
        "peers: Ethereum Attestation Service 1.9.0, as published, sent by the attester", "EAS attest"
    )
    one = calldata(f"attest((bytes32,{REQUEST}))", (schema, _attestation("one")))
    table.put("EAS attest", "alone", bed.gas(eas, one))
    assert len(bed.logs_of_last_block()) == 1
    for column, count in COUNTS:
        many = [_attestation(f"{column} {i}") for i in range(count)]
        data = calldata(f"multiAttest((bytes32,{REQUEST}[])[])", [(schema, many)])
        table.put("EAS multiAttest", column, bed.gas_beyond_the_cap(eas, data))
        assert len(bed.logs_of_last_block()) == count


def measure_tokens(bed: Testbed, table: Table) -> None:
    token = bed.create(compiled("HashedToken"))
    row = "ERC-721 mint"
    table.section(
        "peers: OpenZeppelin ERC-721 with a metadata hash, sent by the owner, no rule enforced", row
    )
    for column, count in (("alone", 1), *COUNTS):
        tokens = [int.from_bytes(keccak(f"{column} {i}".encode()), "big") for i in range(count)]
        for action, function in (("mint", "mint"), ("change the hash", "change")):
            hashes = [keccak(f"{action} {i}".encode()) for i in range(count)]
            data = calldata(f"{function}(uint256[],bytes32[])", tokens, hashes)
            table.put(f"ERC-721 {action}", column, bed.gas(token, data))
        # The receiver has tokens already, as a partner has items.
        receiver = keccak(b"receiver")[12:]
        if column == "alone":
            spare = int.from_bytes(keccak(b"spare"), "big")
            bed.gas(token, calldata("mint(uint256[],bytes32[])", [spare], [keccak(b"spare")]))
            bed.gas(token, calldata("handOver(uint256[],address)", [spare], receiver))
            # ... and the giver keeps some.
            bed.gas(token, calldata("mint(uint256[],bytes32[])", [spare + 1], [keccak(b"spare")]))
        data = calldata("handOver(uint256[],address)", tokens, receiver)
        table.put("ERC-721 transferFrom", column, bed.gas(token, data))


def _attestation(label: str) -> tuple[Any, ...]:
    data = encode(
        ["bytes32", "uint8", "uint8", "bytes32"], [keccak(label.encode()), 2, 3, keccak(b"details")]
    )
    return (NOBODY, 0, True, bytes(32), data, 0)


def _published(contract: str) -> bytes:
    artifact = json.loads((EAS / f"{contract}.sol" / f"{contract}.json").read_text(encoding="utf-8"))
    return bytes.fromhex(artifact["bytecode"].removeprefix("0x"))
