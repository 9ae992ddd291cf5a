"""Calls of the contracts, as calldata and back: what the sender writes and the follower reads.

Types follow the Solidity ABI specification; names and order are those of contracts/interfaces. Reading back
finds, for each record of a transaction, the signature that covered it and its path in the typed tree.
"""

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError

from provenance.errors import FieldError
from provenance.model.calls import Authorization, Call
from provenance.model.hashing import keccak
from provenance.model.messages import (
    Acceptance,
    Anchor,
    Challenge,
    ConditionReport,
    Correction,
    CustodyOffer,
    Hold,
    Intake,
    KeyGrant,
    KeyRevocation,
    Ruling,
    Withdrawal,
)

AUTHORIZATION = "(address,bytes,uint256,bytes32[])"
ACCEPTANCE = "(uint16,bytes32)"
KEY_GRANT = "(address,uint24,uint16,uint8,uint64,uint64,uint64)"

_STRUCTS: dict[type[Any], tuple[str, str]] = {
    Intake: ("takeIn", "(bytes32,uint16,uint8,uint64,bytes32)"),
    ConditionReport: ("report", "(bytes32,uint16,uint8,uint8,uint64,bytes32)"),
    CustodyOffer: ("transfer", "(bytes32,bytes32,uint24,uint64,bytes32)"),
    Withdrawal: ("withdraw", "(bytes32,uint16,bytes32,uint64,bytes32)"),
    Correction: ("correct", "(bytes32,uint16,uint16,uint16,uint64,bytes32)"),
    Challenge: ("challenge", "(bytes32,uint16,uint16,uint64,bytes32)"),
    Hold: ("hold", "(bytes32,uint16,bool,uint64,bytes32)"),
    Ruling: ("rule", "(bytes32,uint16,uint8,uint8,uint24,uint16,uint64,bytes32)"),
}


@dataclass(frozen=True, slots=True)
class Submission:
    """Many calls in one transaction, each recorded or skipped alone."""

    calls: tuple[Call, ...]


def encode_call(call: Call) -> bytes:
    """Calldata of one call; FieldError if one of its messages is of another type than the call."""
    for message in call.messages:
        if type(message) is not call.of:
            raise FieldError("messages", message, f"a call of {call.of.__name__} carries no other messages")
    name, struct = _STRUCTS[call.of]
    values = [[astuple(message) for message in call.messages], _fields(call.authorization)]
    types = [f"{struct}[]", AUTHORIZATION]
    if call.receiver is not None:
        name = "ruleAndTransfer" if name == "rule" else name
        types += [f"{ACCEPTANCE}[]", AUTHORIZATION]
        values += [[astuple(acceptance) for acceptance in call.acceptances], _fields(call.receiver)]
    return _calldata(name, types, values)


def encode_submission(calls: Sequence[Call]) -> bytes:
    """Calldata of `submit`: each call alone, all in one transaction."""
    return _calldata("submit", ["bytes[]"], [[encode_call(call) for call in calls]])


def encode_enrolment(name_hash: bytes, roles: int, grant: KeyGrant, countersignature: bytes) -> bytes:
    """Calldata of the registry's `enrol`."""
    types = ["bytes32", "uint16", KEY_GRANT, "bytes"]
    return _calldata("enrol", types, [name_hash, roles, astuple(grant), countersignature])


def encode_key_grant(
    grant: KeyGrant, administrator: bytes, signature: bytes, countersignature: bytes
) -> bytes:
    """Calldata of the registry's `grantKey`."""
    types = [KEY_GRANT, "address", "bytes", "bytes"]
    return _calldata("grantKey", types, [astuple(grant), administrator, signature, countersignature])


def encode_key_revocation(revocation: KeyRevocation, signer: bytes, signature: bytes) -> bytes:
    """Calldata of the registry's `revokeKey`."""
    types = ["(address,uint64,uint64)", "address", "bytes"]
    return _calldata("revokeKey", types, [astuple(revocation), signer, signature])


def encode_suspension(partner: int, suspended: bool) -> bytes:
    """Calldata of the registry's `suspend` or `reinstate`."""
    return _calldata("suspend" if suspended else "reinstate", ["uint24"], [partner])


def encode_allowed_roles(partner: int, roles: int) -> bytes:
    """Calldata of the registry's `allowRoles`."""
    return _calldata("allowRoles", ["uint24", "uint16"], [partner, roles])


def encode_pause(paused: bool) -> bytes:
    """Calldata of the registry's `pause` or `unpause`."""
    return _calldata("pause" if paused else "unpause", [], [])


def encode_anchor(anchor: Anchor, signer: bytes, signature: bytes) -> bytes:
    """Calldata of `Anchors.anchor`."""
    types = ["(uint8,bytes32,uint64)", "address", "bytes"]
    return _calldata("anchor", types, [astuple(anchor), signer, signature])


def read_calldata(data: bytes) -> Call | Submission | None:
    """The ledger's call in a transaction's input, None where it is no call that records (or one inside another)."""
    try:
        if data[:4] == _SUBMIT:
            (inner,) = decode(["bytes[]"], data[4:])
            calls = [_read_call(part) for part in inner]
            return None if None in calls else Submission(tuple(call for call in calls if call is not None))
        return _read_call(data)
    except DecodingError:
        return None


def _read_call(data: bytes) -> Call | None:
    reader = _READERS.get(data[:4])
    return None if reader is None else reader(data[4:])


def _reader(message: type[Any], types: Sequence[str]) -> Callable[[bytes], Call]:
    def read(data: bytes) -> Call:
        values = decode(types, data)
        messages = tuple(message(*fields) for fields in values[0])
        if len(values) == 2:
            return Call(message, messages, _authorization(values[1]))
        acceptances = tuple(Acceptance(*fields) for fields in values[2])
        return Call(message, messages, _authorization(values[1]), acceptances, _authorization(values[3]))

    return read


def _authorization(fields: tuple[str, bytes, int, tuple[bytes, ...]]) -> Authorization:
    signer, signature, index, path = fields
    return Authorization(bytes.fromhex(signer[2:]), signature, index, tuple(path))


def _fields(authorization: Authorization) -> tuple[bytes, bytes, int, tuple[bytes, ...]]:
    return authorization.signer, authorization.signature, authorization.index, authorization.path


def _selector(name: str, types: Sequence[str]) -> bytes:
    return keccak(f"{name}({','.join(types)})".encode())[:4]


def _calldata(name: str, types: Sequence[str], values: Sequence[Any]) -> bytes:
    return _selector(name, types) + encode(types, values)


_SUBMIT = _selector("submit", ["bytes[]"])


def _readers() -> dict[bytes, Callable[[bytes], Call]]:
    readers = {}
    for message, (name, struct) in _STRUCTS.items():
        alone = [f"{struct}[]", AUTHORIZATION]
        accepted = [*alone, f"{ACCEPTANCE}[]", AUTHORIZATION]
        if message is not CustodyOffer:
            readers[_selector(name, alone)] = _reader(message, alone)
        if message is CustodyOffer or message is Ruling:
            both = "ruleAndTransfer" if message is Ruling else name
            readers[_selector(both, accepted)] = _reader(message, accepted)
    return readers


_READERS = _readers()
