"""Where the contracts are, and proof that they are ours.

A deployment file holds what an auditor pins: chain id, addresses, code hashes, the deploy block and the predecessor. Code
hashes are computed from the compiled artifacts and the constructors' values, never read from the chain that is judged by them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from provenance.errors import ChainError, ConfigError
from provenance.ledger import immutables
from provenance.ledger.artifact import expected_runtime_code, load
from provenance.ledger.hexadecimal import from_hex, to_hex
from provenance.model.calls import Contract
from provenance.model.hashing import keccak
from provenance.proofs.signatures import DomainSignatures

if TYPE_CHECKING:
    from provenance.ledger.chain import Chain  # whoever only pins a deployment needs no client of a chain

FORMAT = "returns-provenance deployment 1"
NOBODY = bytes(20)


class WrongCode(ChainError):  # noqa: N818 - named for what was found
    """The chain is another one, or has other code at the contracts' addresses."""


@dataclass(frozen=True)
class Deployment:
    """One deployment of the three contracts. Addresses have 20 bytes, hashes 32, `block` is the ledger's."""

    chain_id: int
    registry: bytes
    ledger: bytes
    anchors: bytes
    block: int
    block_hash: bytes
    predecessor: bytes = NOBODY

    def code_hashes(self) -> dict[Contract, bytes]:
        """keccak256 of the code that each contract must have, from the artifacts alone."""
        chain, registry = self.chain_id, self.registry
        values: dict[Contract, Mapping[str, bytes]] = {
            Contract.REGISTRY: immutables.of_registry(chain, registry),
            Contract.LEDGER: immutables.of_ledger(chain, self.ledger, registry, self.predecessor),
            Contract.ANCHORS: immutables.of_anchors(chain, self.anchors, registry),
        }
        return {
            contract: keccak(expected_runtime_code(load(contract.value), fixed))
            for contract, fixed in values.items()
        }

    def address(self, contract: Contract) -> bytes:
        """Where a contract is."""
        places = {
            Contract.REGISTRY: self.registry,
            Contract.LEDGER: self.ledger,
            Contract.ANCHORS: self.anchors,
        }
        return places[contract]

    def signatures(self) -> DomainSignatures:
        """What is signed for this deployment."""
        return DomainSignatures(self.chain_id, self.registry, self.ledger, self.anchors)

    def require_on(self, chain: Chain) -> None:
        """Raises WrongCode unless the chain is this one and carries exactly our code at each address."""
        if chain.chain_id != self.chain_id:
            raise WrongCode(
                f"chain id is {chain.chain_id}, the deployment is on {self.chain_id}: connect to that chain"
            )
        for contract, expected in self.code_hashes().items():
            address = self.address(contract)
            code = from_hex(chain.request("eth_getCode", [to_hex(address), "latest"]))
            if keccak(code) != expected:
                found = f"code with hash {to_hex(keccak(code))}" if code else "no code"
                raise WrongCode(
                    f"{contract.value} at {to_hex(address)} has {found}, not {to_hex(expected)}: "
                    "this chain does not carry the deployment"
                )

    def as_json(self) -> dict[str, Any]:
        """The deployment file's document."""
        hashes = self.code_hashes()
        return {
            "format": FORMAT,
            "chainId": self.chain_id,
            "contracts": {
                contract.value: {
                    "address": to_hex(self.address(contract)),
                    "codeHash": to_hex(hashes[contract]),
                }
                for contract in Contract
            },
            "block": self.block,
            "blockHash": to_hex(self.block_hash),
            "predecessor": None if self.predecessor == NOBODY else to_hex(self.predecessor),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Reads `as_json`; ConfigError if a field is missing or the code hashes are not this version's."""
        try:
            if document["format"] != FORMAT:
                raise ConfigError(f"format is {document['format']!r}: this version reads {FORMAT!r}")
            contracts = document["contracts"]
            found = cls(
                chain_id=int(document["chainId"]),
                registry=from_hex(contracts["PartnerRegistry"]["address"]),
                ledger=from_hex(contracts["ProvenanceLedger"]["address"]),
                anchors=from_hex(contracts["Anchors"]["address"]),
                block=int(document["block"]),
                block_hash=from_hex(document["blockHash"]),
                predecessor=from_hex(document["predecessor"]) if document["predecessor"] else NOBODY,
            )
            for contract, expected in found.code_hashes().items():
                given = contracts[contract.value]["codeHash"]
                if given != to_hex(expected):
                    raise ConfigError(
                        f"{contract.value}.codeHash is {given}, this version's contracts have {to_hex(expected)}: "
                        "use the version that deployed them, or deploy anew"
                    )
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(f"the deployment lacks or garbles a field: {error}") from error
        return found

    def save(self, path: Path) -> None:
        """Writes the deployment file, whole or not at all."""
        part = path.with_suffix(".part")
        part.write_text(json.dumps(self.as_json(), indent=2) + "\n", encoding="utf-8")
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads a deployment file; ConfigError if there is none or it is not one."""
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ConfigError(f"{path} is missing: deploy first, or name the right data directory") from None
        except ValueError as error:
            raise ConfigError(f"{path} is no JSON: {error}") from error
        return cls.from_json(document)
