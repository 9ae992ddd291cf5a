"""Every error of the project.

```
ProvenanceError
├── InputError              something handed in does not have the form it must have
│   ├── FieldError          ... a named field of a message, word or document (field, value, remedy)
│   ├── CanonicalError      ... a value that has no canonical JSON form
│   └── SignatureError      ... bytes that are no signature at all
├── ConfigError             a setting is missing or does not fit the others
├── ChainError              the chain, or the way to it
├── StoreError              a database or the evidence store
└── Refused                 a rule said no; one class per custom error of the contracts, of the same name
    ├── StaleSeq            ... e.g. StaleSeq(item, given, expected)
    └── ...                 all of them are in RULE_ERRORS, by their Solidity name
```

An error's text is one line for a person: it names the field, its value and what to do.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import Flag, IntEnum
from typing import Any, ClassVar, Self, TypeVar


class ProvenanceError(Exception):
    """The root: catch this to catch whatever the project raises on purpose."""


class InputError(ProvenanceError):
    """Something handed in does not have the form it must have."""


class ConfigError(ProvenanceError):
    """A setting is missing or does not fit the others."""


class ChainError(ProvenanceError):
    """The chain, or the way to it, failed."""


class StoreError(ProvenanceError):
    """A database or the evidence store failed."""


class FieldError(InputError):
    """A named field holds a value it cannot hold.

    `remedy` is the rest of the sentence: what the field takes, or what to do.
    """

    def __init__(self, field: str, value: object, remedy: str) -> None:
        self.field = field
        self.value = value
        self.remedy = remedy
        super().__init__(field, value, remedy)

    def __str__(self) -> str:
        return f"{self.field} is {shown(self.value)}: {self.remedy}"


class CanonicalError(FieldError):
    """A value has no canonical JSON form (RFC 8785), or one that this project refuses."""


class SignatureError(FieldError):
    """Bytes that are no signature: wrong length, v, or numbers out of range."""


def shown(value: object) -> str:
    """The value as a person reads it, on one line: bytes in hex, stages and roles by name, long text cut."""
    if isinstance(value, bytes | bytearray):
        return "0x" + value.hex()
    if isinstance(value, Flag):
        return f"{value.name or 'none'} ({value.value})"
    if isinstance(value, IntEnum):
        return f"{value.name} ({value.value})"
    text = value if isinstance(value, str) and value.isprintable() else repr(value)
    return text if len(text) <= 200 else text[:200] + "..."


class Refused(ProvenanceError):  # noqa: N818 - rule errors bear the names of the custom errors
    """A rule refused a message or a call.

    Equal to the contracts' custom error of the same name: `name` and `args` compare with a decoded revert
    reason. `args` are the values in the Solidity order; addresses (20 bytes) and words (32) are bytes,
    everything else is int or bool.
    Values cannot be changed once they are set.
    """

    sentence: ClassVar[str]

    @property
    def name(self) -> str:
        """The custom error's name in Solidity."""
        return type(self).__name__

    @classmethod
    def of(cls, *values: object) -> Self:
        """The error with these values, in the Solidity order."""
        return cls(*values)

    def __post_init__(self) -> None:
        self.args = tuple(vars(self).values())

    def __setattr__(self, name: str, value: object) -> None:
        if name in vars(self) and name in _field_names(type(self)):
            raise AttributeError(f"{self.name}.{name} is set once")
        super().__setattr__(name, value)

    def __reduce__(self) -> tuple[type[Self], tuple[Any, ...]]:
        return type(self), self.args

    def __str__(self) -> str:
        return self.sentence.format(**{name: shown(value) for name, value in vars(self).items()})

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.args == other.args

    def __hash__(self) -> int:
        return hash((type(self), self.args))


def _field_names(cls: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls))


RULE_ERRORS: dict[str, type[Refused]] = {}
"""Each rule error by the name of its custom error in Solidity."""

_R = TypeVar("_R", bound=type[Refused])


def _rule(sentence: str) -> Callable[[_R], _R]:
    """Makes a class of annotated fields a rule error that reads as the sentence."""

    def define(cls: _R) -> _R:
        cls.sentence = sentence
        cls.__doc__ = sentence
        # Equality, hash and text come from Refused.
        RULE_ERRORS[cls.__name__] = dataclass(eq=False, repr=False)(cls)
        return cls

    return define


# What concerns a whole call.


@_rule("the call holds no message: put at least one in")
class NothingToRecord(Refused):
    pass


@_rule("{messages} messages came with {acceptances} acceptances: give one acceptance for each")
class LengthMismatch(Refused):
    messages: int
    acceptances: int


@_rule(
    "place {index} does not exist in the signed tree of height {height}: "
    "trees are at most 10 high and index is below 2 to the length of the path"
)
class BadPath(Refused):
    index: int
    height: int


@_rule("the registry is paused: nothing can be written until its owner lifts the pause")
class EnforcedPause(Refused):
    pass


@_rule("key {signer} is not in the registry: have an administrator of its partner grant it")
class UnknownKey(Refused):
    signer: bytes


@_rule(
    "key {signer} is valid from {valid_from} to {valid_to}, not at the block's time {time}: "
    "sign with a key that is valid now"
)
class KeyNotValid(Refused):
    signer: bytes
    valid_from: int
    valid_to: int
    time: int


@_rule("partner {partner} is suspended: the registrar must reinstate it first")
class PartnerSuspended(Refused):
    partner: int


@_rule(
    "the signature is not one of {signer} over exactly this content for this chain and contract: "
    "sign again (65 bytes, low s, v 27 or 28, for accounts)"
)
class BadSignature(Refused):
    signer: bytes


# What concerns one message.


@_rule("the deadline of the message for item {item} was {deadline}, the block's time is {time}: sign again")
class Expired(Refused):
    item: bytes
    deadline: int
    time: int


@_rule("item {item} is unknown to this ledger: take it in first")
class UnknownItem(Refused):
    item: bytes


@_rule("item {item} has used up its 65535 numbers: nothing more of this kind can be recorded for it")
class SeqExhausted(Refused):
    item: bytes


@_rule("seq {given} is not the next of item {item}: read the item again and sign with seq {expected}")
class StaleSeq(Refused):
    item: bytes
    given: int
    expected: int


@_rule(
    "count {given} is not the next of item {item}: read its challenges again and sign with count {expected}"
)
class StaleCount(Refused):
    item: bytes
    given: int
    expected: int


@_rule("stage {stage} for item {item} does not exist: stages go from 1 (Received) to 14 (Disposed)")
class UnknownStage(Refused):
    item: bytes
    stage: int


@_rule("grade {grade} for item {item} does not exist: grades go from 0 (none) to 7")
class UnknownGrade(Refused):
    item: bytes
    grade: int


@_rule("item {item} would be evaluated without a grade: give a grade from 1 to 7")
class GradeMissing(Refused):
    item: bytes


@_rule(
    "item {item} is in stage {from_} and cannot move to {to}: choose a stage that the table of moves allows"
)
class ForbiddenMove(Refused):
    item: bytes
    from_: int
    to: int


@_rule("partner {partner} is not the custodian of item {item}, {custodian} is: the custodian must sign")
class NotCustodian(Refused):
    item: bytes
    partner: int
    custodian: int


@_rule("key {signer} has the roles {has}, but this takes {needs}: sign with a key that has the role")
class MissingRole(Refused):
    signer: bytes
    has: int
    needs: int


@_rule(
    "item {item} is on hold: an auditor must lift the hold before it is sold, leaves, ends or changes hands"
)
class OnHold(Refused):
    item: bytes


@_rule("onHold of item {item} is {on_hold} already: nothing to change")
class HoldUnchanged(Refused):
    item: bytes
    on_hold: bool


@_rule("the offer for item {item} names the history {prior}, which is now {slot}: offer and accept again")
class HistoryChanged(Refused):
    item: bytes
    prior: bytes
    slot: bytes


@_rule(
    "item {item} is in stage {stage}, in which custody cannot change: only what a custodian has at hand can"
)
class NotTransferable(Refused):
    item: bytes
    stage: int


@_rule("item {item} goes to partner {to}, but a key of partner {partner} accepted it: {to} must accept")
class WrongReceiver(Refused):
    item: bytes
    partner: int
    to: int


@_rule("partner {to} has item {item} already: offer it to another partner")
class SameCustodian(Refused):
    item: bytes
    to: int


@_rule("item {item} has ended in stage {stage}: only a ruling can still be recorded")
class Ended(Refused):
    item: bytes
    stage: int


@_rule("event {named} of item {item} does not exist: its last event is {last}")
class NoSuchEvent(Refused):
    item: bytes
    named: int
    last: int


@_rule("challenge {named} of item {item} does not exist: its last challenge is {last}")
class NoSuchChallenge(Refused):
    item: bytes
    named: int
    last: int


@_rule("partner {partner} has a part in item {item}: an auditor of another partner must sign")
class NotIndependent(Refused):
    item: bytes
    partner: int


@_rule("item {item} in stage {stage} cannot have custodian {to}: 0 exactly where the stage has left or ended")
class WrongCustodian(Refused):
    item: bytes
    stage: int
    to: int


@_rule("the ruling gives item {item} to partner {to}, who has not accepted: bring its acceptance")
class AcceptanceMissing(Refused):
    item: bytes
    to: int


@_rule("the ruling for item {item} gives it to nobody new: leave the acceptance out")
class AcceptanceUnexpected(Refused):
    item: bytes


# The registry.


@_rule("{caller} is not the registrar: send it from the registrar's address")
class NotRegistrar(Refused):
    caller: bytes


@_rule("the name hash is zero: give keccak256 of the partner's name")
class NameMissing(Refused):
    pass


@_rule("roles {roles} are none or hold unknown bits: give a sum of 1 (ADMIN) to 256 (AUDITOR)")
class UnknownRoles(Refused):
    roles: int


@_rule("partner {partner} is not enrolled: enrol it first")
class UnknownPartner(Refused):
    partner: int


@_rule("partner {given} is not the one that this concerns: it must be {expected}")
class WrongPartner(Refused):
    given: int
    expected: int


@_rule("the deadline was {deadline}, the block's time is {time}: sign again")
class GrantExpired(Refused):
    deadline: int
    time: int


@_rule("key {key} has its word already, and that is written once: use another address")
class KeyExists(Refused):
    key: bytes


@_rule("kind {kind} does not exist: 1 is an account, 2 a contract wallet")
class UnknownKind(Refused):
    kind: int


@_rule("partner {partner} may not grant the roles {roles}, only some of {allowed}: ask the registrar")
class RolesNotAllowed(Refused):
    partner: int
    roles: int
    allowed: int


@_rule("the key would be valid from {valid_from} to {valid_to}, which is never: give a later end")
class ValidityEmpty(Refused):
    valid_from: int
    valid_to: int


@_rule("the end of key {key} can only fall: {given} is not before {current}")
class ValidityNotLowered(Refused):
    key: bytes
    given: int
    current: int


@_rule("the registry is not paused: nothing to lift")
class ExpectedPause(Refused):
    pass


@_rule("{account} is not the owner: send it from the owner's address")
class OwnableUnauthorizedAccount(Refused):
    account: bytes


@_rule("{owner} cannot own the registry: give an address that is not zero")
class OwnableInvalidOwner(Refused):
    owner: bytes


@_rule("ownership cannot be renounced: hand it to another address in two steps")
class RenouncingRefused(Refused):
    pass


# The anchors.


@_rule("the deadline was {deadline}, the block's time is {time}: sign again")
class AnchorExpired(Refused):
    deadline: int
    time: int


@_rule("anchor kind {kind} does not exist: 1 factor set, 2 statement, 3 telemetry root")
class UnknownAnchorKind(Refused):
    kind: int


@_rule("partner {partner} has anchored {digest} (kind {kind}) in block {block_number} already: nothing to do")
class AlreadyAnchored(Refused):
    partner: int
    kind: int
    digest: bytes
    block_number: int
