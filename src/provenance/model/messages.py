"""The signed messages, well-formed by construction.

Each fits its Solidity types; whether it keeps the rules is another matter (a stage of 15 can be signed, and
is refused). Deadlines and validity times are Unix seconds, inclusive. `item`, `prior`, `offer` and
`details` are 32 bytes. Fields stand in the order of the EIP-712 type.
"""

from dataclasses import dataclass, fields
from functools import cache

from provenance.model.checks import require_address, require_bool, require_uint, require_word
from provenance.model.hashing import WORD, ZERO

_WORDS = frozenset({"item", "prior", "offer", "details", "digest"})
_BITS = {
    "seq": 16,
    "count": 16,
    "corrects": 16,
    "challenged": 16,
    "answers": 16,
    "exceptions": 16,
    "roles": 16,
    "stage": 8,
    "grade": 8,
    "kind": 8,
    "to": 24,
    "partner": 24,
    "deadline": 64,
    "valid_from": 64,
    "valid_to": 64,
}


class Message:
    """What is signed. Its fields fit their Solidity types, or it cannot be built (FieldError)."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for name, limit in _limits(type(self)):  # type: ignore[arg-type]  # dataclasses make it hashable
            value = getattr(self, name)
            # Nearly all values are plain and fit; whatever else there may be is looked at closely.
            if type(value) is int:
                if 0 <= value < limit:
                    continue
            elif type(value) is bytes and len(value) == WORD and name in _WORDS:
                continue
            _require(name, value)


@cache
def _limits(of: type[Message]) -> tuple[tuple[str, int], ...]:
    """The fields' names, each with what a number in it stays below; 0 where it is no number."""
    names = [field.name for field in fields(of)]  # type: ignore[arg-type]
    return tuple((name, 1 << _BITS[name] if name in _BITS else 0) for name in names)


def _require(name: str, value: object) -> None:
    if name in _WORDS:
        require_word(name, value)  # type: ignore[arg-type]
    elif name == "key":
        require_address(name, value)  # type: ignore[arg-type]
    elif name == "on_hold":
        require_bool(name, value)  # type: ignore[arg-type]
    else:
        require_uint(name, value, _BITS[name])  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Intake(Message):
    """First record of a return; opens a cycle. `seq` is the number the event will have, the first being 1."""

    item: bytes
    seq: int
    grade: int
    deadline: int
    details: bytes = ZERO


@dataclass(frozen=True, slots=True)
class ConditionReport(Message):
    """A new stage, or an observation when the stage is the present one."""

    item: bytes
    seq: int
    stage: int
    grade: int
    deadline: int
    details: bytes = ZERO


@dataclass(frozen=True, slots=True)
class CustodyOffer(Message):
    """The custodian offers the item with its history so far (`prior`, the slot's word) to partner `to`."""

    item: bytes
    prior: bytes
    to: int
    deadline: int
    details: bytes = ZERO


@dataclass(frozen=True, slots=True)
class CustodyAcceptance(Message):
    """The receiver's half:

    `offer` is the struct hash of the CustodyOffer or Ruling, `exceptions` its reservations.
    """

    offer: bytes
    exceptions: int = 0
    details: bytes = ZERO


@dataclass(frozen=True, slots=True)
class Withdrawal(Message):
    """The custodian takes an offer (its struct hash) back."""

    item: bytes
    seq: int
    offer: bytes
    deadline: int
    details: bytes = ZERO


@dataclass(frozen=True, slots=True)
class Correction(Message):
    """Names an earlier event as wrong; `answers` is the number of the challenge answered, 0 for none."""

    item: bytes
    seq: int
    corrects: int
    answers: int
    deadline: int
    details: bytes = ZERO


@dataclass(frozen=True, slots=True)
class Challenge(Message):
    """Disputes an event. `count` is the number the challenge will have, the first being 1."""

    item: bytes
    count: int
    challenged: int
    deadline: int
    details: bytes = ZERO


@dataclass(frozen=True, slots=True)
class Hold(Message):
    """An auditor of another partner freezes the item or lifts the hold."""

    item: bytes
    seq: int
    on_hold: bool
    deadline: int
    details: bytes = ZERO


@dataclass(frozen=True, slots=True)
class Ruling(Message):
    """An auditor of another partner sets stage, grade and custodian (`to`, 0 where left or ended) right."""

    item: bytes
    seq: int
    stage: int
    grade: int
    to: int
    answers: int
    deadline: int
    details: bytes = ZERO


@dataclass(frozen=True, slots=True)
class KeyGrant(Message):
    """A key's rights, signed by an administrator and countersigned by the key."""

    key: bytes
    partner: int
    roles: int
    kind: int
    valid_from: int
    valid_to: int
    deadline: int


@dataclass(frozen=True, slots=True)
class KeyRevocation(Message):
    """The end of a key's validity."""

    key: bytes
    valid_to: int
    deadline: int


@dataclass(frozen=True, slots=True)
class Anchor(Message):
    """A digest (of a factor set, a statement, a telemetry root) to be dated by the chain."""

    kind: int
    digest: bytes
    deadline: int


ItemMessage = Intake | ConditionReport | CustodyOffer | Withdrawal | Correction | Challenge | Hold | Ruling
"""The messages that name an item and begin a record of the ledger."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What a receiver adds to an offer or ruling, as a call carries it:

    the acceptance without the hash it accepts.
    """

    exceptions: int = 0
    details: bytes = ZERO

    def __post_init__(self) -> None:
        require_uint("exceptions", self.exceptions, 16)
        require_word("details", self.details)

    def of(self, offer: bytes) -> CustodyAcceptance:
        """The message the receiver signs; `offer` is the struct hash of what is accepted."""
        return CustodyAcceptance(offer, self.exceptions, self.details)


def zero(kind: type[Message]) -> Message:
    """The message whose every field is zero: it fills the unused places of a tree."""
    return kind(*(_zero_of(field.name) for field in fields(kind)))  # type: ignore[arg-type]


def _zero_of(name: str) -> bytes | bool | int:
    if name in _WORDS:
        return ZERO
    if name == "key":
        return bytes(20)
    return False if name == "on_hold" else 0
