"""Calls of the contracts, as calldata.

Types follow the Solidity ABI specification; names and order are those of contracts/interfaces. What a follower reads
back of them is in `ledger.signatures`.
"""

from collections.abc import Sequence
from dataclasses import astuple, fields
from operator import attrgetter
from typing import Any

from eth_abi.abi import encode

from provenance.errors import FieldError
from provenance.model.calls import Authorization, Call
from provenance.model.hashing import WORD, enc, keccak
from provenance.model.messages import (
    Anchor,
    Challenge,
    ConditionReport,
    Correction,
    CustodyOffer,
    Hold,
    Intake,
    ItemMessage,
    KeyGrant,
    KeyRevocation,
    Ruling,
    Withdrawal,
)

AUTHORIZATION = "(address,bytes,uint256,bytes32[])"
ACCEPTANCE = "(uint16,bytes32)"
KEY_GRANT = "(address,uint24,uint16,uint8,uint64,uint64,uint64)"

_STRUCTS: dict[type[ItemMessage], tuple[str, str]] = {
    Intake: ("takeIn", "(bytes32,uint16,uint8,uint64,bytes32)"),
    ConditionReport: ("report", "(bytes32,uint16,uint8,uint8,uint64,bytes32)"),
    CustodyOffer: ("transfer", "(bytes32,bytes32,uint24,uint64,bytes32)"),
    Withdrawal: ("withdraw", "(bytes32,uint16,bytes32,uint64,bytes32)"),
    Correction: ("correct", "(bytes32,uint16,uint16,uint16,uint64,bytes32)"),
    Challenge: ("challenge", "(bytes32,uint16,uint16,uint64,bytes32)"),
    Hold: ("hold", "(bytes32,uint16,bool,uint64,bytes32)"),
    Ruling: ("rule", "(bytes32,uint16,uint8,uint8,uint24,uint16,uint64,bytes32)"),
}


def encode_call(call: Call) -> bytes:
    """Calldata of one call; FieldError if one of its messages is of another type than the call."""
    for message in call.messages:
        if type(message) is not call.of:
            raise FieldError("messages", message, f"a call of {call.of.__name__} carries no other messages")
    selector = _SELECTORS.get((call.of, call.receiver is not None))
    if selector is None:
        raise FieldError(
            "receiver", call.receiver, f"a call of {call.of.__name__} has one exactly if it is accepted"
        )
    values = _VALUES[call.of]
    parts = [_array([enc(*values(each)) for each in call.messages]), _authorization(call.authorization)]
    if call.receiver is not None:
        said = [enc(acceptance.exceptions, acceptance.details) for acceptance in call.acceptances]
        parts += [_array(said), _authorization(call.receiver)]
    return selector + _dynamic(parts)


def encode_submission(calls: Sequence[Call]) -> bytes:
    """Calldata of `submit`: each call alone, all in one transaction."""
    parts = [_byte_string(encode_call(call)) for call in calls]
    return SUBMIT + _dynamic([enc(len(parts)) + _dynamic(parts)])


# What is sent by the thousand is laid out by hand, as the Solidity ABI specification says ("Formal Specification of
# the Encoding"); the rest by eth_abi. Values fit their types since the messages were built.
def _dynamic(parts: Sequence[bytes]) -> bytes:
    """Dynamic values, one after the other: first where each begins, then all of them."""
    heads, tail = [], WORD * len(parts)
    for part in parts:
        heads.append(tail)
        tail += len(part)
    return enc(*heads) + b"".join(parts)


def _array(words: Sequence[bytes]) -> bytes:
    """An array of static structs."""
    return enc(len(words)) + b"".join(words)


def _byte_string(data: bytes) -> bytes:
    return enc(len(data)) + data + bytes(-len(data) % WORD)


def _authorization(authorization: Authorization) -> bytes:
    """(address signer, bytes signature, uint256 index, bytes32[] path)."""
    signature, path = _byte_string(authorization.signature), _array(authorization.path)
    begins = 4 * WORD
    return enc(authorization.signer, begins, authorization.index, begins + len(signature)) + signature + path


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


def _selector(name: str, types: Sequence[str]) -> bytes:
    return keccak(f"{name}({','.join(types)})".encode())[:4]


def _calldata(name: str, types: Sequence[str], values: Sequence[Any]) -> bytes:
    return _selector(name, types) + encode(types, values)


SUBMIT = _selector("submit", ["bytes[]"])
"""The selector of the call that carries others."""


def _known_calls() -> dict[bytes, tuple[type[ItemMessage], int, bool]]:
    known: dict[bytes, tuple[type[ItemMessage], int, bool]] = {}
    for message, (name, struct) in _STRUCTS.items():
        words = struct.count(",") + 1
        alone = [f"{struct}[]", AUTHORIZATION]
        accepted = [*alone, f"{ACCEPTANCE}[]", AUTHORIZATION]
        if message is not CustodyOffer:
            known[_selector(name, alone)] = message, words, False
        if message is CustodyOffer or message is Ruling:
            both = "ruleAndTransfer" if message is Ruling else name
            known[_selector(both, accepted)] = message, words, True
    return known


CALLS = _known_calls()
"""The calls that record, by selector: their messages' type, words in each message, whether a receiver signs too."""

_SELECTORS = {(of, accepted): selector for selector, (of, _, accepted) in CALLS.items()}
# A message's fields stand in the order of its struct.
_VALUES = {of: attrgetter(*(field.name for field in fields(of))) for of in _STRUCTS}
