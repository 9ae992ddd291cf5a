"""What the contracts logged, as typed records in the order in which it happened.

Log layouts are those of contracts/SPEC.md, section 7. A record holds all that its digest needs but the prior slot of a
hand-over, which is the word of the item's record before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

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
from provenance.model.words import ChallengeWord, KeyWord, Slot

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


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when a log was written. `block_time` is in Unix seconds; hashes have 32 bytes."""

    block_number: int
    block_hash: bytes
    block_time: int
    transaction_hash: bytes
    transaction_index: int
    log_index: int


@dataclass(frozen=True, slots=True)
class Record:
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
    offer: bytes | None = None
    corrects: int | None = None
    challenged: int | None = None
    answers: int | None = None
    receiver: bytes | None = None
    acceptance: Acceptance | None = None
    authorization: Authorization | None = None
    receiver_authorization: Authorization | None = None

    @property
    def slot(self) -> Slot | None:
        """The item's slot after the record; None for a challenge, which leaves it."""
        return None if self.kind is RecordKind.CHALLENGE else Slot.from_word(self.word)

    def message(self, prior: bytes) -> ItemMessage:
        """The signed message. `prior` is the item's slot before the record, zero if it had none."""
        if self.kind is RecordKind.CHALLENGE:
            count = ChallengeWord.from_word(self.word).count
            return Challenge(self.item, count, _known(self.challenged), self.deadline, self.details)
        slot = Slot.from_word(self.word)
        return _MESSAGES[self.kind](self, slot, prior)


def _known(value: Any) -> Any:
    if value is None:
        raise ChainError("a record lacks a field that its kind always has")
    return value


_MESSAGES: dict[RecordKind, Callable[[Record, Slot, bytes], ItemMessage]] = {
    RecordKind.INTAKE: lambda r, s, _: Intake(r.item, s.seq, s.grade, r.deadline, r.details),
    RecordKind.CONDITION_REPORT: lambda r, s, _: ConditionReport(
        r.item, s.seq, s.stage, s.grade, r.deadline, r.details
    ),
    RecordKind.CUSTODY_TRANSFER: lambda r, s, prior: CustodyOffer(
        r.item, prior, s.custodian, r.deadline, r.details
    ),
    RecordKind.WITHDRAWAL: lambda r, s, _: Withdrawal(r.item, s.seq, _known(r.offer), r.deadline, r.details),
    RecordKind.CORRECTION: lambda r, s, _: Correction(
        r.item, s.seq, _known(r.corrects), _known(r.answers), r.deadline, r.details
    ),
    RecordKind.HOLD: lambda r, s, _: Hold(r.item, s.seq, s.on_hold, r.deadline, r.details),
    RecordKind.RULING: lambda r, s, _: Ruling(
        r.item, s.seq, s.stage, s.grade, s.custodian, _known(r.answers), r.deadline, r.details
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


def read_log(log: Json, place: Place) -> Entry | None:
    """The entry in a JSON-RPC log object, None for an event that none of ours is (ownership, pause)."""
    reader = _READERS.get(log["topics"][0])
    if reader is None:
        return None
    topics = [bytes.fromhex(topic[2:]) for topic in log["topics"][1:]]
    return reader(topics, bytes.fromhex(log["data"][2:]), place)


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


def _plain_record(kind: RecordKind) -> Callable[[list[bytes], bytes, Place], Record]:
    def read(topics: list[bytes], data: bytes, place: Place) -> Record:
        return Record(
            kind, topics[0], _word(data, 0), _address(data, 1), _int(data, 2), _word(data, 3), place
        )

    return read


def _transfer(topics: list[bytes], data: bytes, place: Place) -> Record:
    return Record(
        RecordKind.CUSTODY_TRANSFER,
        topics[0],
        _word(data, 0),
        _address(data, 1),
        _int(data, 3),
        _word(data, 5),
        place,
        receiver=_address(data, 2),
        acceptance=Acceptance(_int(data, 4), _word(data, 6)),
    )


def _withdrawal(topics: list[bytes], data: bytes, place: Place) -> Record:
    signer, deadline = _address(data, 1), _int(data, 2)
    return Record(
        RecordKind.WITHDRAWAL,
        topics[0],
        _word(data, 0),
        signer,
        deadline,
        _word(data, 4),
        place,
        offer=_word(data, 3),
    )


def _correction(topics: list[bytes], data: bytes, place: Place) -> Record:
    return Record(
        RecordKind.CORRECTION,
        topics[0],
        _word(data, 0),
        _address(data, 1),
        _int(data, 2),
        _word(data, 5),
        place,
        corrects=_int(data, 3),
        answers=_int(data, 4),
    )


def _challenge(topics: list[bytes], data: bytes, place: Place) -> Record:
    signer, deadline = _address(data, 1), _int(data, 2)
    return Record(
        RecordKind.CHALLENGE,
        topics[0],
        _word(data, 0),
        signer,
        deadline,
        _word(data, 4),
        place,
        challenged=_int(data, 3),
    )


def _ruling(topics: list[bytes], data: bytes, place: Place) -> Record:
    receiver = _address(data, 5)
    return Record(
        RecordKind.RULING,
        topics[0],
        _word(data, 0),
        _address(data, 1),
        _int(data, 2),
        _word(data, 4),
        place,
        answers=_int(data, 3),
        receiver=None if receiver == NOBODY else receiver,
        acceptance=None if receiver == NOBODY else Acceptance(_int(data, 6), _word(data, 7)),
    )


def _skip(topics: list[bytes], data: bytes, place: Place) -> Skip:
    return Skip(topics[0], _int(data, 0), read_refusal(_tail(data, 1)), place)


def _call_skip(_: list[bytes], data: bytes, place: Place) -> Skip:
    return Skip(None, _int(data, 0), read_refusal(_tail(data, 1)), place)


def _partner(topic: bytes) -> int:
    return int.from_bytes(topic, "big")


def _enrolled(topics: list[bytes], data: bytes, place: Place) -> RegistryRecord:
    return RegistryRecord(
        RegistryKind.ENROLLED, _partner(topics[0]), place, name_hash=_word(data, 0), roles=_int(data, 1)
    )


def _roles_allowed(topics: list[bytes], data: bytes, place: Place) -> RegistryRecord:
    return RegistryRecord(RegistryKind.ROLES_ALLOWED, _partner(topics[0]), place, roles=_int(data, 0))


def _suspension(topics: list[bytes], data: bytes, place: Place) -> RegistryRecord:
    return RegistryRecord(RegistryKind.SUSPENSION, _partner(topics[0]), place, suspended=bool(_int(data, 0)))


def _key_change(kind: RegistryKind) -> Callable[[list[bytes], bytes, Place], RegistryRecord]:
    def read(topics: list[bytes], data: bytes, place: Place) -> RegistryRecord:
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
_READERS: dict[str, Callable[[list[bytes], bytes, Place], Entry]] = {
    topic(f"ItemTakenIn({_PLAIN},bytes32)"): _plain_record(RecordKind.INTAKE),
    topic(f"ConditionReported({_PLAIN},bytes32)"): _plain_record(RecordKind.CONDITION_REPORT),
    topic(f"HoldChanged({_PLAIN},bytes32)"): _plain_record(RecordKind.HOLD),
    topic("CustodyTransferred(bytes32,uint256,address,address,uint64,uint16,bytes32,bytes32)"): _transfer,
    topic(f"OfferWithdrawn({_PLAIN},bytes32,bytes32)"): _withdrawal,
    topic(f"EventCorrected({_PLAIN},uint16,uint16,bytes32)"): _correction,
    topic(f"EventChallenged({_PLAIN},uint16,bytes32)"): _challenge,
    topic(f"ItemRuled({_PLAIN},uint16,bytes32,address,uint16,bytes32)"): _ruling,
    topic("Skipped(bytes32,uint256,bytes)"): _skip,
    topic("CallSkipped(uint256,bytes)"): _call_skip,
    topic("PartnerEnrolled(uint24,bytes32,uint16)"): _enrolled,
    topic("RolesAllowed(uint24,uint16)"): _roles_allowed,
    topic("SuspensionChanged(uint24,bool)"): _suspension,
    topic("KeyGranted(address,uint24,address,uint256)"): _key_change(RegistryKind.KEY_GRANTED),
    topic("KeyRevoked(address,uint24,address,uint256)"): _key_change(RegistryKind.KEY_REVOKED),
}
