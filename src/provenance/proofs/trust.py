"""The trust file: what whoever verifies pins, so that nothing has to be believed (SPEC.md, section 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from provenance.errors import FieldError
from provenance.model.calls import Contract
from provenance.proofs import reading

FORMAT = "returns-provenance trust 1"
ACCEPTED, REFUSED = "accepted", "refused"
ONE, MANY = "one", "many"


@dataclass(frozen=True, slots=True)
class PinnedContract:
    """Where a contract is (20 bytes), and the hash of the code it must have there (32 bytes)."""

    address: bytes
    code_hash: bytes


@dataclass(frozen=True, slots=True)
class NodeRoot:
    """Trust in a node, which is asked for the block's hash."""

    url: str


@dataclass(frozen=True, slots=True)
class BlockRoot:
    """Trust in one block, known by its hash from elsewhere."""

    number: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class WitnessRoot:
    """Trust in what so many of these witnesses (addresses, 20 bytes, ascending) say alike."""

    threshold: int
    witnesses: tuple[bytes, ...]


TrustRoot = NodeRoot | BlockRoot | WitnessRoot


@dataclass(frozen=True, slots=True)
class Trust:
    """What is pinned. `block` and `block_hash` are those of the ledger's deployment."""

    chain_id: int
    contracts: Mapping[Contract, PinnedContract]
    block: int
    block_hash: bytes
    predecessor: bytes | None
    accepts_wallets: bool
    one_operator: bool
    root: TrustRoot

    @property
    def ledger(self) -> PinnedContract:
        return self.contracts[Contract.LEDGER]

    @property
    def registry(self) -> PinnedContract:
        return self.contracts[Contract.REGISTRY]

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The trust in a file. Raises FieldError where it holds none."""
        value = reading.parse_json(data)
        found = reading.members(
            value,
            "trust",
            (
                "format", "chainId", "contracts", "block", "blockHash",
                "predecessor", "walletSignatures", "operators", "root",
            ),
        )  # fmt: skip
        reading.choice(found["format"], "trust.format", [FORMAT])
        predecessor = found["predecessor"]
        return cls(
            chain_id=reading.integer(found["chainId"], "trust.chainId"),
            contracts=_contracts(found["contracts"]),
            block=reading.integer(found["block"], "trust.block"),
            block_hash=reading.word(found["blockHash"], "trust.blockHash"),
            predecessor=None if predecessor is None else reading.address(predecessor, "trust.predecessor"),
            accepts_wallets=_word(found, "walletSignatures", ACCEPTED, REFUSED),
            one_operator=_word(found, "operators", ONE, MANY),
            root=_root(found["root"]),
        )

    def as_json(self) -> dict[str, Any]:
        """What `from_bytes` reads."""
        return {
            "format": FORMAT,
            "chainId": self.chain_id,
            "contracts": {
                contract.value: {"address": _hex(pinned.address), "codeHash": _hex(pinned.code_hash)}
                for contract, pinned in self.contracts.items()
            },
            "block": self.block,
            "blockHash": _hex(self.block_hash),
            "predecessor": None if self.predecessor is None else _hex(self.predecessor),
            "walletSignatures": ACCEPTED if self.accepts_wallets else REFUSED,
            "operators": ONE if self.one_operator else MANY,
            "root": root_json(self.root),
        }


def root_json(root: TrustRoot) -> dict[str, Any]:
    """A trust root as the trust file has it."""
    match root:
        case NodeRoot(url):
            return {"kind": "node", "url": url}
        case BlockRoot(number, hash_):
            return {"kind": "block", "number": number, "hash": _hex(hash_)}
        case WitnessRoot(threshold, witnesses):
            return {
                "kind": "witnesses",
                "threshold": threshold,
                "witnesses": [_hex(witness) for witness in witnesses],
            }


def _contracts(value: object) -> dict[Contract, PinnedContract]:
    found = reading.members(value, "trust.contracts", [contract.value for contract in Contract])
    return {contract: _contract(found[contract.value], contract) for contract in Contract}


def _contract(value: object, contract: Contract) -> PinnedContract:
    place = f"trust.contracts.{contract.value}"
    found = reading.members(value, place, ("address", "codeHash"))
    return PinnedContract(
        reading.address(found["address"], f"{place}.address"),
        reading.word(found["codeHash"], f"{place}.codeHash"),
    )


def _word(found: Mapping[str, Any], name: str, yes: str, no: str) -> bool:
    return reading.choice(found[name], f"trust.{name}", (yes, no)) == yes


def _root(value: object) -> TrustRoot:
    kind = value.get("kind") if isinstance(value, dict) else None
    match kind:
        case "node":
            found = reading.members(value, "trust.root", ("kind", "url"))
            return NodeRoot(reading.text(found["url"], "trust.root.url"))
        case "block":
            found = reading.members(value, "trust.root", ("kind", "number", "hash"))
            return BlockRoot(
                reading.integer(found["number"], "trust.root.number"),
                reading.word(found["hash"], "trust.root.hash"),
            )
        case "witnesses":
            return _witnesses(reading.members(value, "trust.root", ("kind", "threshold", "witnesses")))
        case _:
            raise FieldError("trust.root.kind", kind, "give node, block or witnesses")


def _witnesses(found: Mapping[str, Any]) -> WitnessRoot:
    witnesses = reading.array(found["witnesses"], "trust.root.witnesses", reading.address)
    reading.require_ascending(witnesses, "trust.root.witnesses", "witnesses")
    threshold = reading.integer(found["threshold"], "trust.root.threshold")
    if not 1 <= threshold <= len(witnesses):
        raise FieldError("trust.root.threshold", threshold, f"give 1 to {len(witnesses)}, one per witness")
    return WitnessRoot(threshold, witnesses)


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
