"""Custom errors of the contracts, read back into the rule errors that they mean."""

from collections.abc import Callable
from functools import cache
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from provenance.errors import RULE_ERRORS, ChainError, Refused
from provenance.ledger.artifact import load
from provenance.ledger.hexadecimal import from_hex
from provenance.model.hashing import keccak
from provenance.model.vocabulary import MAX_STAGE, Role, Stage

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
    meant = _MEANINGS.get(name, {})
    plain = [_plain(value) for value in values]
    return RULE_ERRORS[name](*(meant[i](value) if i in meant else value for i, value in enumerate(plain)))


def _plain(value: Any) -> Any:
    """An address as the bytes it is."""
    return from_hex(value) if isinstance(value, str) else value


def _stage(value: int) -> int:
    """The stage, which is told by its name; a number that is none stays one."""
    return Stage(value) if value <= MAX_STAGE else value


# Which values of an error are no mere numbers: so they read as where our own rules refuse.
_MEANINGS: dict[str, dict[int, Callable[[int], int]]] = {
    "ForbiddenMove": {1: _stage, 2: _stage},
    "NotTransferable": {1: _stage},
    "Ended": {1: _stage},
    "WrongCustodian": {1: _stage},
    "MissingRole": {1: Role, 2: Role},
}


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
