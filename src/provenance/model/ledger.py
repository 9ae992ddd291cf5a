"""The whole ledger in memory: every item's words and the journal, moved by the same calls as the contract.

A Ledger is a value: `record` and `submit` return the ledger after the call and what it logged, or raise the
reason for which the contract would revert, which leaves everything as it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import cast

from provenance.errors import BadPath, BadSignature, LengthMismatch, NothingToRecord, Refused
from provenance.model import item as rules
from provenance.model.calls import (
    Authorization,
    Call,
    CallSkip,
    Contract,
    Outcome,
    Record,
    Signatures,
    Skip,
    Submission,
)
from provenance.model.events import AcceptedRuling, Event, HandOver, Signed, Signer, SingleMessage
from provenance.model.hashing import keccak_words
from provenance.model.item import Item
from provenance.model.messages import (
    Acceptance,
    Challenge,
    CustodyAcceptance,
    CustodyOffer,
    ItemMessage,
    Message,
    Ruling,
)
from provenance.model.partners import Registry
from provenance.model.words import Journal, genesis

MAX_HEIGHT = 10
"""The highest tree that one signature may cover: 1024 messages."""


@dataclass(frozen=True)
class Ledger:
    """One deployed ledger: its chain id and address (20 bytes), its items and its journal."""

    chain_id: int
    address: bytes
    journal: Journal
    items: Mapping[bytes, Item] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def deployed(cls, chain_id: int, address: bytes) -> "Ledger":
        """A ledger without any record."""
        return cls(chain_id, address, Journal.opened(chain_id, address))

    def item(self, item: bytes) -> Item:
        """The item, which may be one the ledger has never seen."""
        known = self.items.get(item)
        return known or Item(item, genesis(self.chain_id, self.address, item))

    def record(
        self, call: Call, registry: Registry, time: int, signatures: Signatures
    ) -> tuple["Ledger", tuple[Outcome, ...]]:
        """Records what the call's messages allow and skips the others.

        Raises:
            Refused: what concerns the whole call failed, or every message was refused (then the first one's
            reason).
        """
        pairs = _authorized(call, registry, time, signatures)
        changed: dict[bytes, Item] = {}
        journal = self.journal
        outcomes: list[Outcome] = []
        for index, (event, digest) in enumerate(pairs):
            before = changed.get(event.item) or self.item(event.item)
            try:
                after = rules.apply(before, event, digest, time)
            except Refused as reason:
                outcomes.append(Skip(event.item, index, reason))
                continue
            word = _word_left(event, after)
            changed[event.item] = after
            journal = journal.fold(event.item, word)
            outcomes.append(Record(index, event, digest, word))
        if not changed:
            raise cast(Skip, outcomes[0]).reason
        items = MappingProxyType({**self.items, **changed})
        return replace(self, items=items, journal=journal), tuple(outcomes)

    def make(
        self, call: Call | Submission, registry: Registry, time: int, signatures: Signatures
    ) -> tuple["Ledger", tuple[Outcome, ...]]:
        """Makes a call of either kind, see `record` and `submit`."""
        if isinstance(call, Submission):
            return self.submit(call.calls, registry, time, signatures)
        return self.record(call, registry, time, signatures)

    def submit(
        self,
        calls: Sequence[Call | Submission],
        registry: Registry,
        time: int,
        signatures: Signatures,
    ) -> tuple["Ledger", tuple[Outcome, ...]]:
        """Makes each call, or skips it whole.

        Raises:
            Refused: there was no call, or every one was refused (then the first one's reason).
        """
        if not calls:
            raise NothingToRecord()
        ledger, outcomes, done = self, list[Outcome](), False
        for index, call in enumerate(calls):
            try:
                ledger, logged = ledger.make(call, registry, time, signatures)
            except Refused as reason:
                outcomes.append(CallSkip(index, reason))
                continue
            done = True
            outcomes.extend(logged)
        if not done:
            raise cast(CallSkip, outcomes[0]).reason
        return ledger, tuple(outcomes)


def event_digest(
    struct_hash: bytes, by: Signer, acceptance_hash: bytes = b"", receiver: Signer | None = None
) -> bytes:
    """keccak256(enc(struct hash, signer, kind)); with a receiver its acceptance's hash, address, kind."""
    if receiver is None:
        return keccak_words(struct_hash, by.address, by.kind)
    return keccak_words(struct_hash, by.address, by.kind, acceptance_hash, receiver.address, receiver.kind)


def height_of(messages: int) -> int:
    """The height of the smallest tree for so many messages: ceil(log2 n)."""
    return (messages - 1).bit_length()


def _authorized(
    call: Call, registry: Registry, time: int, signatures: Signatures
) -> list[tuple[Event, bytes]]:
    if call.receiver is not None and len(call.messages) != len(call.acceptances):
        raise LengthMismatch(len(call.messages), len(call.acceptances))
    if not call.messages:
        raise NothingToRecord()
    hashes = tuple(signatures.struct_hash(message) for message in call.messages)
    by = _signer(call.of, hashes, call.authorization, registry, time, signatures)
    if call.receiver is None:
        return [
            (Signed(cast(SingleMessage, message), by), event_digest(struct_hash, by))
            for message, struct_hash in zip(call.messages, hashes, strict=True)
        ]
    accepted = tuple(
        signatures.struct_hash(acceptance.of(struct_hash))
        for acceptance, struct_hash in zip(call.acceptances, hashes, strict=True)
    )
    receiver = _signer(CustodyAcceptance, accepted, call.receiver, registry, time, signatures)
    return [
        (
            _accepted(message, by, acceptance, receiver),
            event_digest(struct_hash, by, acceptance_hash, receiver),
        )
        for message, acceptance, struct_hash, acceptance_hash in zip(
            call.messages, call.acceptances, hashes, accepted, strict=True
        )
    ]


def _accepted(message: ItemMessage, by: Signer, acceptance: Acceptance, receiver: Signer) -> Event:
    match message:
        case CustodyOffer():
            return HandOver(message, by, acceptance, receiver)
        case Ruling():
            return AcceptedRuling(message, by, acceptance, receiver)
        case _:
            raise TypeError(f"nobody accepts a {type(message).__name__}")


def _signer(  # noqa: PLR0917 - what a call says of one signer, and the world it is said in
    of: type[Message],
    hashes: tuple[bytes, ...],
    authorization: Authorization,
    registry: Registry,
    time: int,
    signatures: Signatures,
) -> Signer:
    steps = len(authorization.path)
    height = height_of(len(hashes)) + steps
    if height > MAX_HEIGHT or authorization.index >> steps:
        raise BadPath(authorization.index, height)
    by = registry.authority(authorization.signer, time)
    signed = signatures.tree_hash(of, hashes, authorization.index, authorization.path)
    if not signatures.is_signed(Contract.LEDGER, signed, by.address, by.kind, authorization.signature):
        raise BadSignature(by.address)
    return by


def _word_left(event: Event, item: Item) -> bytes:
    if isinstance(event, Signed) and isinstance(event.message, Challenge):
        assert item.challenges is not None
        return item.challenges.to_word()
    assert item.slot is not None
    return item.slot.to_word()
