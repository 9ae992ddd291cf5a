"""What the contracts logged, as typed records in the order in which it happened.

Log layouts are those of contracts/SPEC.md, section 7. A record holds all that its digest needs but the prior slot of a
hand-over, which is the word of the item's record before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from provenance.errors import ChainError, Refused
from provenance.ledger.refusals import Reverted, read_refusal
from provenance.model.calls import Authorization
from provenance.model.hashing import keccak
from provenance.model.messages import (
    Acceptance,
    Challenge,
    ConditionReport,
    Correction,
    CustodyOffer,
    Hold,
    Intake,
    ItemMessage,
    Ruling,
    Withdrawal,
)
from provenance.model.words import SLOT_HEAD, KeyWord, Slot

Json = dict[str, Any]
NOBODY = bytes(20)


class RecordKind(StrEnum):
    """The kinds of record, by the message that begins them."""

    INTAKE = "Intake"
    CONDITION_REPORT = "ConditionReport"
    CUSTODY_TRANSFER = "CustodyTransfer"
    WITHDRAWAL = "Withdrawal"
    CORRECTION = "Correction"
    CHALLENGE = "Challenge"
    HOLD = "Hold"
    RULING = "Ruling"


# A tuple is made in a third of a frozen dataclass's time, and millions of these two are made.
class Place(NamedTuple):
    """Where and when a log was written. `block_time` is in Unix seconds; hashes have 32 bytes."""

    block_number: int
    block_hash: bytes
    block_time: int
    transaction_hash: bytes
    transaction_index: int
    log_index: int


class Record(NamedTuple):
    """One record of the ledger: the word it left, who signed, and the rest of what was signed.

    `word` is the item's new slot, or its new challenge word for a challenge. `authorization` and
    `receiver_authorization` are those of the record's message alone, its path leading from the message to the signed
    root; None where another contract made the call, so that the input does not show them.
    """

    kind: RecordKind
    item: bytes
    word: bytes
    signer: bytes
    deadline: int
    details: bytes
    place: Place
    authorization: Authorization | None = None
    receiver_authorization: Authorization | None = None
    offer: bytes | None = None
    corrects: int | None = None
    challenged: int | None = None
    answers: int | None = None
    receiver: bytes | None = None
    acceptance: Acceptance | None = None

    @property
    def slot(self) -> Slot | None:
        """The item's slot after the record; None for a challenge, which leaves it."""
        return None if self.kind is RecordKind.CHALLENGE else Slot.from_word(self.word)

    def message(self, prior: bytes) -> ItemMessage:
        """The signed message. `prior` is the item's slot before the record, zero if it had none."""
        return _MESSAGES[self.kind](self, int.from_bytes(self.word[SLOT_HEAD:], "big"), prior)


def _known(value: Any) -> Any:
    if value is None:
        raise ChainError("a record lacks a field that its kind always has")
    return value


# What a message shares with the slot it left is read from the slot's low bits (`model.words.Slot`), not from a Slot:
# the rules make that one, and compare.
def _seq(low: int) -> int:
    return low >> 32


def _stage(low: int) -> int:
    return low >> 28 & 0xF


def _on_hold(low: int) -> bool:
    return bool(low >> 27 & 1)


def _grade(low: int) -> int:
    return low >> 24 & 7


def _custodian(low: int) -> int:
    return low & 0xFFFFFF


_MESSAGES: dict[RecordKind, Callable[[Record, int, bytes], ItemMessage]] = {
    RecordKind.INTAKE: lambda r, low, _: Intake(r.item, _seq(low), _grade(low), r.deadline, r.details),
    RecordKind.CONDITION_REPORT: lambda r, low, _: ConditionReport(
        r.item, _seq(low), _stage(low), _grade(low), r.deadline, r.details
    ),
    RecordKind.CUSTODY_TRANSFER: lambda r, low, prior: CustodyOffer(
        r.item, prior, _custodian(low), r.deadline, r.details
    ),
    RecordKind.WITHDRAWAL: lambda r, low, _: Withdrawal(
        r.item, _seq(low), _known(r.offer), r.deadline, r.details
    ),
    RecordKind.CORRECTION: lambda r, low, _: Correction(
        r.item, _seq(low), _known(r.corrects), _known(r.answers), r.deadline, r.details
    ),
    # A challenge word's count stands where a slot has its seq.
    RecordKind.CHALLENGE: lambda r, low, _: Challenge(
        r.item, _seq(low), _known(r.challenged), r.deadline, r.details
    ),
    RecordKind.HOLD: lambda r, low, _: Hold(r.item, _seq(low), _on_hold(low), r.deadline, r.details),
    RecordKind.RULING: lambda r, low, _: Ruling(
        r.item, _seq(low), _stage(low), _grade(low), _custodian(low), _known(r.answers), r.deadline, r.details
    ),
}


@dataclass(frozen=True, slots=True)
class Skip:
    """A message, or a whole call of a submission (`item` is then None), that was refused beside others."""

    item: bytes | None
    index: int
    reason: Refused | Reverted
    place: Place


class RegistryKind(StrEnum):
    """What can be written about partners and their keys."""

    ENROLLED = "PartnerEnrolled"
    ROLES_ALLOWED = "RolesAllowed"
    SUSPENSION = "SuspensionChanged"
    KEY_GRANTED = "KeyGranted"
    KEY_REVOKED = "KeyRevoked"


@dataclass(frozen=True, slots=True)
class RegistryRecord:
    """A change in the registry. `by` is the administrator or signer, zero at enrolment."""

    kind: RegistryKind
    partner: int
    place: Place
    name_hash: bytes | None = None
    roles: int | None = None
    suspended: bool | None = None
    key: bytes | None = None
    word: KeyWord | None = None
    by: bytes | None = None


Entry = Record | Skip | RegistryRecord
Cover = tuple[Authorization | None, Authorization | None]
"""The authorization of a message alone, and its receiver's; None where nothing shows it."""


class Covers(Protocol):
    """Who signed what a transaction recorded, handed out in the order of its logs (`ledger.signatures`)."""

    def next_message(self) -> Cover:
        """The cover of the next message, whether it was recorded or skipped."""
        ...

    def pass_call(self) -> None:
        """The next call of the submission was refused whole: none of its messages left a log."""
        ...


def read_log(log: Json, place: Place, covers: Covers) -> Entry | None:
    """The entry in a JSON-RPC log object, None for an event that none of ours is (ownership, pause)."""
    topics = log["topics"]
    reader = _READERS.get(topics[0])
    if reader is None:
        return None
    fromhex = bytes.fromhex
    return reader([fromhex(topic[2:]) for topic in topics[1:]], fromhex(log["data"][2:]), place, covers)


Reader = Callable[[list[bytes], bytes, Place, Covers], Entry]


def _int(data: bytes, position: int) -> int:
    return int.from_bytes(data[32 * position : 32 * position + 32], "big")


def _word(data: bytes, position: int) -> bytes:
    return data[32 * position : 32 * position + 32]


def _address(data: bytes, position: int) -> bytes:
    return data[32 * position + 12 : 32 * position + 32]


def _tail(data: bytes, position: int) -> bytes:
    """A dynamic `bytes` whose offset stands at `position`."""
    start = _int(data, position)
    length = int.from_bytes(data[start : start + 32], "big")
    return data[start + 32 : start + 32 + length]


def _record(
    kind: RecordKind, words: int, rest: Callable[[bytes], dict[str, Any]] | None = None, details: int = 3
) -> Reader:
    """A reader of logs of one kind, which have so many words.

    All begin with the word that resulted, who signed and the deadline (of a hand-over two signed first). The others
    that a kind has are its `rest`; `details` is where those of the message stand.
    """
    deadline = 3 if kind is RecordKind.CUSTODY_TRANSFER else 2

    def read(topics: list[bytes], data: bytes, place: Place, covers: Covers) -> Record:
        if len(data) != 32 * words:
            raise ChainError(f"block {place.block_number}: a log of a {kind} has {len(data)} bytes")
        authorization, received = covers.next_message()
        fixed = topics[0], data[:32], data[44:64], _int(data, deadline), _word(data, details), place
        if rest is None:
            return Record(kind, *fixed, authorization)
        return Record(kind, *fixed, authorization, received, **rest(data))

    return read


def _transferred(data: bytes) -> dict[str, Any]:
    return {"receiver": data[76:96], "acceptance": Acceptance(_int(data, 4), data[192:224])}


def _withdrawn(data: bytes) -> dict[str, Any]:
    return {"offer": _word(data, 3)}


def _corrected(data: bytes) -> dict[str, Any]:
    return {"corrects": _int(data, 3), "answers": _int(data, 4)}


def _challenged(data: bytes) -> dict[str, Any]:
    return {"challenged": _int(data, 3)}


def _ruled(data: bytes) -> dict[str, Any]:
    receiver = _address(data, 5)
    if receiver == NOBODY:
        return {"answers": _int(data, 3)}
    acceptance = Acceptance(_int(data, 6), _word(data, 7))
    return {"answers": _int(data, 3), "receiver": receiver, "acceptance": acceptance}


def _skip(topics: list[bytes], data: bytes, place: Place, covers: Covers) -> Skip:
    covers.next_message()
    return Skip(topics[0], _int(data, 0), read_refusal(_tail(data, 1)), place)


def _call_skip(_: list[bytes], data: bytes, place: Place, covers: Covers) -> Skip:
    covers.pass_call()
    return Skip(None, _int(data, 0), read_refusal(_tail(data, 1)), place)


def _partner(topic: bytes) -> int:
    return int.from_bytes(topic, "big")


def _enrolled(topics: list[bytes], data: bytes, place: Place, _: Covers) -> RegistryRecord:
    return RegistryRecord(
        RegistryKind.ENROLLED, _partner(topics[0]), place, name_hash=_word(data, 0), roles=_int(data, 1)
    )


def _roles_allowed(topics: list[bytes], data: bytes, place: Place, _: Covers) -> RegistryRecord:
    return RegistryRecord(RegistryKind.ROLES_ALLOWED, _partner(topics[0]), place, roles=_int(data, 0))


def _suspension(topics: list[bytes], data: bytes, place: Place, _: Covers) -> RegistryRecord:
    return RegistryRecord(RegistryKind.SUSPENSION, _partner(topics[0]), place, suspended=bool(_int(data, 0)))


def _key_change(kind: RegistryKind) -> Reader:
    def read(topics: list[bytes], data: bytes, place: Place, _: Covers) -> RegistryRecord:
        return RegistryRecord(
            kind,
            _partner(topics[1]),
            place,
            key=topics[0][12:],
            by=_address(data, 0),
            word=KeyWord.from_word(_word(data, 1)),
        )

    return read


def topic(signature: str) -> str:
    """The first topic of an event, as JSON-RPC writes it."""
    return "0x" + keccak(signature.encode()).hex()


_PLAIN = "bytes32,uint256,address,uint64"
_READERS: dict[str, Reader] = {
    topic(f"ItemTakenIn({_PLAIN},bytes32)"): _record(RecordKind.INTAKE, 4),
    topic(f"ConditionReported({_PLAIN},bytes32)"): _record(RecordKind.CONDITION_REPORT, 4),
    topic(f"HoldChanged({_PLAIN},bytes32)"): _record(RecordKind.HOLD, 4),
    topic("CustodyTransferred(bytes32,uint256,address,address,uint64,uint16,bytes32,bytes32)"): _record(
        RecordKind.CUSTODY_TRANSFER, 7, _transferred, details=5
    ),
    topic(f"OfferWithdrawn({_PLAIN},bytes32,bytes32)"): _record(
        RecordKind.WITHDRAWAL, 5, _withdrawn, details=4
    ),
    topic(f"EventCorrected({_PLAIN},uint16,uint16,bytes32)"): _record(
        RecordKind.CORRECTION, 6, _corrected, details=5
    ),
    topic(f"EventChallenged({_PLAIN},uint16,bytes32)"): _record(
        RecordKind.CHALLENGE, 5, _challenged, details=4
    ),
    topic(f"ItemRuled({_PLAIN},uint16,bytes32,address,uint16,bytes32)"): _record(
        RecordKind.RULING, 8, _ruled, details=4
    ),
    topic("Skipped(bytes32,uint256,bytes)"): _skip,
    topic("CallSkipped(uint256,bytes)"): _call_skip,
    topic("PartnerEnrolled(uint24,bytes32,uint16)"): _enrolled,
    topic("RolesAllowed(uint24,uint16)"): _roles_allowed,
    topic("SuspensionChanged(uint24,bool)"): _suspension,
    topic("KeyGranted(address,uint24,address,uint256)"): _key_change(RegistryKind.KEY_GRANTED),
    topic("KeyRevoked(address,uint24,address,uint256)"): _key_change(RegistryKind.KEY_REVOKED),
}
