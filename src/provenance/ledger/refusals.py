"""Custom errors of the contracts, read back into the rule errors that they mean."""

from functools import cache
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from provenance.errors import RULE_ERRORS, ChainError, Refused
from provenance.ledger.artifact import load
from provenance.model.hashing import keccak

CONTRACTS = ("PartnerRegistry", "ProvenanceLedger", "Anchors")


class Reverted(ChainError):  # noqa: N818 - named for what happened
    """A contract reverted with data that is none of its rule errors (out of gas, a panic, a foreign contract)."""


def read_refusal(data: bytes) -> Refused | Reverted:
    """The error in a call's revert data, or in the reason of a skipped message."""
    known = _errors().get(data[:4])
    if known is None:
        return Reverted(f"the contract reverted with {'0x' + data.hex() if data else 'no reason'}")
    name, types = known
    try:
        values = decode(types, data[4:])
    except DecodingError:
        return Reverted(f"the contract reverted with a malformed {name}: 0x{data.hex()}")
    return RULE_ERRORS[name](*map(_plain, values))


def _plain(value: Any) -> Any:
    """An address as the bytes it is."""
    return bytes.fromhex(value[2:]) if isinstance(value, str) else value


@cache
def _errors() -> dict[bytes, tuple[str, list[str]]]:
    found = {}
    for contract in CONTRACTS:
        for entry in load(contract).abi:
            if entry["type"] == "error" and entry["name"] in RULE_ERRORS:
                types = [parameter["type"] for parameter in entry["inputs"]]
                signature = f"{entry['name']}({','.join(types)})"
                found[keccak(signature.encode())[:4]] = (entry["name"], types)
    return found
