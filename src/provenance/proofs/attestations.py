"""Attestations: witnesses sign which block their own node calls final (SPEC.md beside this file, section 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from provenance.errors import SignatureError
from provenance.model.hashing import keccak, keccak_words
from provenance.proofs import reading
from provenance.proofs.signatures import address_of_key, recover, sign

FORMAT = "returns-provenance attestation 1"
NAME = "ReturnsProvenanceWitness"
VERSION = "1"
TYPE_STRING = "FinalBlock(uint64 number,bytes32 hash)"

_DOMAIN_TYPE_HASH = keccak(b"EIP712Domain(string name,string version,uint256 chainId)")
_TYPE_HASH = keccak(TYPE_STRING.encode())


@dataclass(frozen=True, slots=True)
class WitnessSignature:
    """A witness (address, 20 bytes) and its signature (65 bytes) over a block that is named elsewhere."""

    witness: bytes
    signature: bytes

    @classmethod
    def from_json(cls, value: object, place: str) -> Self:
        """Raises FieldError where the value has another shape."""
        found = reading.members(value, place, ("witness", "signature"))
        return cls(
            reading.address(found["witness"], f"{place}.witness"),
            reading.hex_bytes(found["signature"], f"{place}.signature", 65),
        )

    def as_json(self) -> dict[str, str]:
        """What `from_json` reads."""
        return {"witness": f"0x{self.witness.hex()}", "signature": f"0x{self.signature.hex()}"}

    def require_over(self, chain_id: int, number: int, block_hash: bytes) -> None:
        """Raises SignatureError unless the witness signed this block."""
        signer = recover(attestation_digest(chain_id, number, block_hash), self.signature)
        if signer != self.witness:
            raise SignatureError(
                f"attestation of 0x{self.witness.hex()}",
                self.signature,
                f"it is not that witness's over block {number}",
            )


@dataclass(frozen=True, slots=True)
class Attestation:
    """A witness's word that a block is final."""

    chain_id: int
    number: int
    hash: bytes
    by: WitnessSignature

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The attestation in a file. Raises FieldError where it holds none."""
        members = ("format", "chainId", "number", "hash", "witness", "signature")
        found = reading.members(reading.parse_json(data), "attestation", members)
        reading.choice(found["format"], "attestation.format", [FORMAT])
        return cls(
            reading.integer(found["chainId"], "attestation.chainId"),
            reading.integer(found["number"], "attestation.number"),
            reading.word(found["hash"], "attestation.hash"),
            WitnessSignature.from_json(
                {"witness": found["witness"], "signature": found["signature"]}, "attestation"
            ),
        )

    def as_json(self) -> Mapping[str, Any]:
        """What `from_bytes` reads."""
        return {
            "format": FORMAT,
            "chainId": self.chain_id,
            "number": self.number,
            "hash": f"0x{self.hash.hex()}",
            **self.by.as_json(),
        }


def attest(private_key: bytes, chain_id: int, number: int, block_hash: bytes) -> Attestation:
    """The word of the witness with this key. Whoever calls this has seen the block final on a node of their own."""
    signature = sign(private_key, attestation_digest(chain_id, number, block_hash))
    return Attestation(chain_id, number, block_hash, WitnessSignature(address_of_key(private_key), signature))


def attestation_digest(chain_id: int, number: int, block_hash: bytes) -> bytes:
    """The 32 bytes that a witness signs. Source: EIP-712."""
    separator = keccak_words(_DOMAIN_TYPE_HASH, keccak(NAME.encode()), keccak(VERSION.encode()), chain_id)
    return keccak(b"\x19\x01" + separator + keccak_words(_TYPE_HASH, number, block_hash))
