"""Judging: whether the contract would record what is submitted, by the same rules, before anything is promised."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import cast

from provenance.errors import BadSignature, Refused, SignatureError
from provenance.ledger.deployment import Deployment
from provenance.ledger.records import RecordKind
from provenance.model import item as rules
from provenance.model.calls import Contract
from provenance.model.events import AcceptedRuling, Event, HandOver, Signed, Signer, SingleMessage
from provenance.model.hashing import ZERO
from provenance.model.item import Item
from provenance.model.messages import (
    Acceptance,
    Challenge,
    ConditionReport,
    Correction,
    CustodyOffer,
    Hold,
    Intake,
    ItemMessage,
    Message,
    Ruling,
    Withdrawal,
)
from provenance.model.partners import NOBODY, Partner, Registry
from provenance.model.vocabulary import KeyKind, Role
from provenance.model.words import ChallengeWord, KeyWord, Slot, Standing, genesis
from provenance.proofs.signatures import DomainSignatures, WalletAnswer, recover
from provenance.store import index
from provenance.store.authorizations import keys_of, partners_of, signers_of
from provenance.store.database import Connection
from provenance.store.submissions import Queued, waiting
from provenance.workflows.parsing import read_message

KIND_OF: dict[type[Message], RecordKind] = {
    Intake: RecordKind.INTAKE,
    ConditionReport: RecordKind.CONDITION_REPORT,
    CustodyOffer: RecordKind.CUSTODY_TRANSFER,
    Withdrawal: RecordKind.WITHDRAWAL,
    Correction: RecordKind.CORRECTION,
    Challenge: RecordKind.CHALLENGE,
    Hold: RecordKind.HOLD,
    Ruling: RecordKind.RULING,
}
"""What each message is recorded as."""
MESSAGE_OF: dict[str, type[ItemMessage]] = {
    kind.value: cast(type[ItemMessage], of) for of, kind in KIND_OF.items()
}


class UnknownSignerError(SignatureError):
    """A signature recovers to an address that is no key: another content, chain or contract was signed."""


@dataclass(frozen=True)
class Signature:
    """A signature as it was handed in. Accounts need not say who they are; contract wallets must."""

    signature: bytes
    signer: bytes | None = None


@dataclass(frozen=True)
class Bench:
    """What judging needs to know of the deployment; ``ask_wallet`` answers for contract wallets."""

    deployment: Deployment
    ask_wallet: WalletAnswer

    @property
    def signatures(self) -> DomainSignatures:
        return replace(self.deployment.signatures(), ask_wallet=self.ask_wallet)


def signer(
    connection: Connection,
    bench: Bench,
    contract: Contract,
    struct_hash: bytes,
    given: Signature,
    *,
    now: int,
) -> Signer:
    """The key that signed and may sign now.

    Raises Refused as the contract would, SignatureError for what is no signature at all, UnknownSignerError.
    """
    signatures = bench.signatures
    domain = signatures.domains[contract]
    address = given.signer or recover(domain.digest(struct_hash), given.signature)
    registry = registry_of(connection, [address])
    if given.signer is None and address not in registry.keys:
        raise UnknownSignerError(
            "signature",
            given.signature,
            f"it recovers to 0x{address.hex()}, which is no key of the registry. Sign exactly the typed data that "
            f"was handed out (chain id {domain.chain_id}, {contract.value} at 0x{domain.address.hex()}), "
            "or have an administrator grant that key",
        )
    by = registry.authority(address, now)
    if not signatures.is_signed(contract, struct_hash, by.address, by.kind, given.signature):
        raise BadSignature(by.address)
    return by


def registry_of(connection: Connection, addresses: Sequence[bytes]) -> Registry:
    """The registry as the index knows it, of these keys and their partners."""
    words = {
        row["address"]: KeyWord(
            row["partner"], Role(row["roles"]), KeyKind(row["kind"]), row["valid_from"], row["valid_to"]
        )
        for row in keys_of(connection, addresses)
    }
    partners = {
        row["partner"]: Partner(row["name_hash"], Standing(Role(row["allowed"]), suspended=row["suspended"]))
        for row in partners_of(connection, [word.partner for word in words.values()])
    }
    return Registry(NOBODY, NOBODY, partners=MappingProxyType(partners), keys=MappingProxyType(words))


def foresee(
    connection: Connection, deployment: Deployment, items: Sequence[bytes], now: int
) -> dict[bytes, Item]:
    """The items as they will be once all that waits for the chain is recorded.

    Heads after what waits depend on block times and are not those that will be: a hand-over names none of them.
    """
    # Read before the index: what is recorded in between is in the slot, and refused as stale here.
    queue = waiting(connection, items)
    words = index.item_words(connection, items)
    signers = _signers_of(connection, [row for rows in queue.values() for row in rows])
    return {
        item: _after(_item(deployment, item, *words.get(item, (None, None))), queue[item], signers, now)
        for item in items
    }


def event_of(
    message: ItemMessage, by: Signer, acceptance: Acceptance | None = None, receiver: Signer | None = None
) -> Event:
    """The event that a message makes, together with its acceptance where there is one."""
    if acceptance is None or receiver is None:
        return Signed(cast(SingleMessage, message), by)
    if isinstance(message, Ruling):
        return AcceptedRuling(message, by, acceptance, receiver)
    return HandOver(cast(CustodyOffer, message), by, acceptance, receiver)


def message_of(kind: str, text: str) -> ItemMessage:
    """A message as it is kept: its kind of record, and its fields as JSON."""
    return cast(ItemMessage, read_message(MESSAGE_OF[kind], json.loads(text)))


def _after(item: Item, queue: Sequence[Queued], signers: dict[int, Signer], now: int) -> Item:
    for row in queue:
        event = _queued_event(row, signers)
        if event is None:
            continue
        try:
            item = rules.apply(item, event, row.digest, now)
        except Refused:
            continue  # recorded already, or it will be rejected
    return item


def _queued_event(row: Queued, signers: dict[int, Signer]) -> Event | None:
    by = signers.get(row.authorization)
    if by is None:
        return None
    receiver = None if row.receiver_authorization is None else signers.get(row.receiver_authorization)
    accepted = None if receiver is None else Acceptance(row.exceptions or 0, row.acceptance_details or ZERO)
    return event_of(message_of(row.kind, row.message), by, accepted, receiver)


def _signers_of(connection: Connection, rows: Sequence[Queued]) -> dict[int, Signer]:
    numbers = {n for row in rows for n in (row.authorization, row.receiver_authorization) if n is not None}
    addresses = signers_of(connection, sorted(numbers))
    keys = registry_of(connection, sorted(set(addresses.values()))).keys
    return {
        number: Signer(address, word.partner, word.roles, word.kind)
        for number, address in addresses.items()
        if (word := keys.get(address)) is not None
    }


def _item(deployment: Deployment, item: bytes, slot: bytes | None, challenges: bytes | None) -> Item:
    return Item(
        item,
        genesis(deployment.chain_id, deployment.ledger, item),
        Slot.from_word(slot) if slot else None,
        ChallengeWord.from_word(challenges) if challenges else None,
    )
