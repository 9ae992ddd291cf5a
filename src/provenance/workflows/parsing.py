"""From JSON to signed messages: what typed data shows, read back strictly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import IntEnum, IntFlag
from typing import Any

from provenance.errors import FieldError
from provenance.model.messages import (
    Challenge,
    ConditionReport,
    Correction,
    CustodyAcceptance,
    CustodyOffer,
    Hold,
    Intake,
    KeyGrant,
    KeyRevocation,
    Message,
    Ruling,
    Withdrawal,
)
from provenance.model.vocabulary import Exceptions, KeyKind, Role, Stage
from provenance.proofs.eip712 import TYPE_STRINGS

MESSAGES: dict[str, type[Message]] = {
    "intake": Intake,
    "condition-report": ConditionReport,
    "custody-offer": CustodyOffer,
    "custody-acceptance": CustodyAcceptance,
    "withdrawal": Withdrawal,
    "correction": Correction,
    "challenge": Challenge,
    "hold": Hold,
    "ruling": Ruling,
    "key-grant": KeyGrant,
    "key-revocation": KeyRevocation,
}
"""The messages by the name that addresses and commands have for them."""

_HEX = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,77}")
_NAMES: dict[str, type[IntEnum] | type[IntFlag]] = {
    "stage": Stage,
    "roles": Role,
    "kind": KeyKind,
    "exceptions": Exceptions,
}


def labels_of(of: type[Message]) -> dict[str, str]:
    """The fields of a message as typed data names them, each with its Solidity type."""
    inside = TYPE_STRINGS[of].removesuffix(")").partition("(")[2]
    return {label: kind for kind, _, label in (part.partition(" ") for part in inside.split(","))}


def read_message(of: type[Message], document: Mapping[str, Any]) -> Message:
    """The message in a JSON object, which has each of its fields and no other.

    Raises FieldError for one that lacks, is unknown, or does not fit.
    """
    labels = labels_of(of)
    if unknown := [name for name in document if name not in labels]:
        raise FieldError(unknown[0], document[unknown[0]], f"a {of.__name__} has {', '.join(labels)}")
    if lacking := [name for name in labels if name not in document]:
        raise FieldError(lacking[0], "missing", f"a {of.__name__} has {', '.join(labels)}")
    return of(*(read_value(label, kind, document[label]) for label, kind in labels.items()))


def read_value(label: str, kind: str, value: Any) -> bytes | int | bool:
    """A field's value by its Solidity type. Stages, roles, kinds and exceptions may be named."""
    if kind == "bool":
        if not isinstance(value, bool):
            raise FieldError(label, value, "give true or false")
        return value
    if kind in ("bytes32", "address"):
        return read_bytes(label, value, 32 if kind == "bytes32" else 20)
    if label in _NAMES and not isinstance(value, int) and not _is_number(value):
        return _named(label, value)
    return read_number(label, value)


def read_bytes(label: str, value: Any, length: int | None = None) -> bytes:
    """Bytes in hex, exactly so many where a length is given."""
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise FieldError(label, value, "give 0x and hex digits, two a byte")
    data = bytes.fromhex(value[2:])
    if length is not None and len(data) != length:
        raise FieldError(label, value, f"give exactly {length} bytes, not {len(data)}")
    return data


def read_number(label: str, value: Any) -> int:
    """A number, or one as decimal text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if _is_number(value):
        return int(value)
    raise FieldError(label, value, "give a whole number, as such or as decimal text")


def _is_number(value: Any) -> bool:
    return isinstance(value, str) and _NUMBER.fullmatch(value) is not None


def _named(label: str, value: Any) -> int:
    names = value if isinstance(value, list) else [value]
    kind = _NAMES[label]
    known = {_plain(name): int(member) for name, member in kind.__members__.items()}
    total = 0
    for name in names:
        if not isinstance(name, str) or _plain(name) not in known:
            shown = ", ".join(member.lower().replace("_", " ") for member in kind.__members__)
            raise FieldError(label, name, f"give a number, or of these names: {shown}")
        total |= known[_plain(name)]
    if len(names) > 1 and label not in ("roles", "exceptions"):
        raise FieldError(label, value, "give one")
    return total


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())
