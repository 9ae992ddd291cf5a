"""What is known of one item: as it stands, and its history. Every answer says how fresh it is."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from provenance.errors import FieldError, InputError, StoreError
from provenance.interchange.digital_link import parse_item_uri
from provenance.model.vocabulary import Stage
from provenance.model.words import Slot
from provenance.store import index, reads
from provenance.store.database import Connection, Database
from provenance.store.details import PUBLIC, StoredDetails, details_of
from provenance.workflows import wording

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
ITEM_ID = re.compile(r"(?:0x)?([0-9a-f]{64})")


@dataclass(frozen=True)
class Freshness:
    """Up to which block an answer is complete. Times are aware UTC."""

    as_of_block: int
    as_of_time: datetime
    finalized_block: int
    complete: bool


@dataclass(frozen=True)
class Lag:
    """The last block indexed, and by how many blocks the chain is ahead."""

    block: int
    blocks: int


@dataclass(frozen=True)
class Party:
    """A partner as readers see it; ``name`` is None where only the chain's name hash is known."""

    partner: int
    name: str | None


@dataclass(frozen=True)
class Item:
    """An item as it stands now."""

    id: bytes
    slot: bytes
    seq: int
    stage: Stage
    grade: int
    on_hold: bool
    custodian: Party | None
    challenges: int
    uri: str | None
    gtin: str | None
    serial: str | None
    title: str | None
    category: str | None
    brand: str | None
    made_up: bool
    last_block: int
    last_time: datetime
    final: bool


@dataclass(frozen=True)
class Field:
    """One public field of an event's details. Of a hand-over, the receiver may have said it."""

    name: str
    value: Any
    by_receiver: bool


@dataclass(frozen=True)
class Event:
    """One event of an item's history, with the public part of its details."""

    seq: int
    kind: str
    words: str
    stage: Stage
    grade: int
    on_hold: bool
    custodian: int
    signer: bytes
    by: Party
    receiver: bytes | None
    to: Party | None
    reservations: tuple[str, ...]
    corrects: int | None
    answers: int | None
    occurred: str | None
    fields: tuple[Field, ...]
    withheld: int
    missing_details: bool
    made_up: tuple[str, ...]
    time: datetime
    block: int
    block_hash: bytes
    tx: bytes
    log_index: int
    slot: bytes
    digest: bytes
    details: bytes
    acceptance_details: bytes | None
    final: bool
    corrected_by: int | None
    challenged: tuple[int, ...]

    def said(self, name: str) -> Any | None:
        """The value of a public field, whoever of the two said it."""
        return next((field.value for field in self.fields if field.name == name), None)


@dataclass(frozen=True)
class ChallengeView:
    """One challenge of an event."""

    count: int
    challenged: int
    by: Party
    said: tuple[Field, ...]
    signer: bytes
    digest: bytes
    details: bytes
    word: bytes
    tx: bytes
    log_index: int
    time: datetime
    block: int
    final: bool


@dataclass(frozen=True)
class History:
    """An item with all its events and challenges."""

    item: Item
    events: tuple[Event, ...]
    challenges: tuple[ChallengeView, ...]
    freshness: Freshness


class NotIndexedError(StoreError):
    """The index does not know the item, event, partner or key, as of a block."""

    def __init__(self, asked: str, freshness: Freshness, kind: str = "item") -> None:
        self.asked = asked
        self.freshness = freshness
        self.kind = kind
        super().__init__(
            f"no {kind} {asked} is indexed as of block {freshness.as_of_block}; "
            "check what you typed, or try again in a moment if it was recorded just now"
        )


def page_path(item: Item) -> str:
    """Where the item's page is: the path of its GS1 Digital Link, or one by its id."""
    if item.gtin and item.uri:
        return parse_item_uri(item.uri).path
    return f"/page/0x{item.id.hex()}"


def find(database: Database, asked: str) -> bytes:
    """The id of the item meant: by its id, its URI in any spelling, or its serial number.

    Raises NotIndexedError, or InputError where a serial number is that of several items.
    """
    text = asked.strip()
    if CONTROL.search(text):
        raise FieldError("item", text, "leave control characters out")
    if match := ITEM_ID.fullmatch(text.lower()):
        return bytes.fromhex(match[1])
    with database.reading() as connection:
        freshness = freshness_now(connection)
        if ":" in text:
            uri = parse_item_uri(text).uri
            row = reads.item_by_uri(connection, uri)
            rows = [row] if row else []
        else:
            rows = list(reads.items_by_serial(connection, text))
    if not rows:
        raise NotIndexedError(text, freshness)
    if len(rows) > 1:
        raise InputError(f"serial number {text} is that of several items: give the whole URI")
    return bytes(rows[0].item)


def show(database: Database, item: bytes) -> tuple[Item, Freshness]:
    """One item as it stands. Raises NotIndexedError."""
    with database.reading() as connection:
        freshness = freshness_now(connection)
        row = reads.item(connection, item)
    if row is None:
        raise NotIndexedError(f"0x{item.hex()}", freshness)
    return item_of(row, freshness), freshness


def history(database: Database, item: bytes) -> History:
    """One item's whole history, with what the public may read of its details. Raises NotIndexedError."""
    with database.reading() as connection:
        freshness = freshness_now(connection)
        row = reads.item(connection, item)
        if row is None:
            raise NotIndexedError(f"0x{item.hex()}", freshness)
        events = reads.events(connection, item)
        challenges = reads.challenges(connection, item)
        roots = {root for e in events for root in (e.details, e.acceptance_details) if root and any(root)}
        documents = details_of(connection, [*roots, *(challenge.details for challenge in challenges)])
    return History(
        item_of(row, freshness),
        _events(events, challenges, documents, freshness),
        tuple(_challenge(challenge, documents, freshness) for challenge in challenges),
        freshness,
    )


def event(history: History, seq: int) -> Event:
    """One event of a history. Raises NotIndexedError."""
    found = next((event for event in history.events if event.seq == seq), None)
    if found is None:
        item = f"{seq} of item {history.item.uri or '0x' + history.item.id.hex()}"
        raise NotIndexedError(item, history.freshness, "event")
    return found


def lag(database: Database) -> Lag:
    """How far the index is, and how many blocks the chain is ahead of it."""
    with database.reading() as connection:
        position = index.position(connection)
    return Lag(position.block, max(position.head - position.block, 0)) if position else Lag(0, 0)


def freshness(database: Database) -> Freshness:
    """How fresh the index is now."""
    with database.reading() as connection:
        return freshness_now(connection)


def freshness_now(connection: Connection) -> Freshness:
    """How fresh what this connection reads is."""
    return _freshness(index.position(connection))


def _freshness(position: index.Position | None) -> Freshness:
    if position is None:
        return Freshness(0, datetime.fromtimestamp(0, UTC), 0, False)
    return Freshness(
        position.block,
        datetime.fromtimestamp(position.time, UTC),
        min(position.finalized, position.block),
        position.block >= position.head,
    )


def item_of(row: Any, freshness: Freshness) -> Item:
    """The item in a row of `store.reads.ITEM_COLUMNS`."""
    return Item(
        id=row.item,
        slot=row.slot,
        seq=row.seq,
        stage=Stage(row.stage),
        grade=row.grade,
        on_hold=bool(row.on_hold),
        custodian=Party(row.custodian, row.custodian_name) if row.custodian else None,
        challenges=int.from_bytes(row.challenges[26:28], "big") if row.challenges else 0,
        uri=row.uri,
        gtin=row.gtin,
        serial=row.serial,
        title=row.title,
        category=row.category,
        brand=row.brand,
        made_up=bool(row.made_up),
        last_block=row.last_block,
        last_time=datetime.fromtimestamp(row.last_time, UTC),
        final=row.last_block <= freshness.finalized_block,
    )


def _events(
    rows: Sequence[Any],
    challenges: Sequence[Any],
    documents: dict[bytes, StoredDetails],
    freshness: Freshness,
) -> tuple[Event, ...]:
    corrected = {row.corrects: row.seq for row in rows if row.corrects}
    disputed: dict[int, list[int]] = {}
    for challenge in challenges:
        disputed.setdefault(challenge.challenged, []).append(challenge.count)
    events, before = [], None
    for row in rows:
        slot = Slot.from_word(row.slot)
        said, withheld, missing = _said(row, documents)
        events.append(
            Event(
                seq=row.seq,
                kind=row.kind,
                words=wording.event_words(row.kind, slot.stage, before),
                stage=slot.stage,
                grade=slot.grade,
                on_hold=slot.on_hold,
                custodian=slot.custodian,
                signer=row.signer,
                by=Party(row.signer_partner, row.signer_name),
                receiver=row.receiver,
                to=Party(row.receiver_partner, row.receiver_name) if row.receiver_partner else None,
                reservations=tuple(wording.exception_words(row.exceptions or 0)),
                corrects=row.corrects,
                answers=row.answers or None,
                occurred=_occurred(said),
                fields=said,
                withheld=withheld,
                missing_details=missing,
                made_up=_made_up(said),
                time=datetime.fromtimestamp(row.time, UTC),
                block=row.block,
                block_hash=row.block_hash,
                tx=row.tx,
                log_index=row.log_index,
                slot=row.slot,
                digest=row.digest,
                details=row.details,
                acceptance_details=row.acceptance_details,
                final=row.block <= freshness.finalized_block,
                corrected_by=corrected.get(row.seq),
                challenged=tuple(disputed.get(row.seq, ())),
            )
        )
        before = slot.stage
    return tuple(events)


def _occurred(said: Sequence[Field]) -> str | None:
    found = (field.value for field in said if field.name == "occurredAt")
    return next((value for value in found if isinstance(value, str)), None)


def _made_up(said: Sequence[Field]) -> tuple[str, ...]:
    found = (field.value for field in said if field.name == "madeUp" and isinstance(field.value, list))
    return tuple(part for part in next(found, []) if isinstance(part, str))


def _said(row: Any, documents: dict[bytes, StoredDetails]) -> tuple[tuple[Field, ...], int, bool]:
    """Public fields of both sides, how many are not public, and whether a whole document is not here."""
    said: list[Field] = []
    withheld, missing = 0, False
    for root, by_receiver in ((row.details, False), (row.acceptance_details, True)):
        if not root or not any(root):
            continue
        if root not in documents:
            missing = True
            continue
        public, hidden = _public(documents[root], by_receiver)
        said += public
        withheld += hidden
    return tuple(said), withheld, missing


def _public(document: StoredDetails, by_receiver: bool) -> tuple[list[Field], int]:
    public = [
        Field(field.name, json.loads(field.value), by_receiver)
        for field in document.fields
        if field.audience == PUBLIC and field.name is not None and field.value is not None
    ]
    return public, len(document.fields) - len(public)


def _challenge(row: Any, documents: dict[bytes, StoredDetails], freshness: Freshness) -> ChallengeView:
    document = documents.get(row.details)
    return ChallengeView(
        count=row.count,
        challenged=row.challenged,
        by=Party(row.signer_partner, row.signer_name),
        said=tuple(_public(document, False)[0]) if document else (),
        signer=row.signer,
        digest=row.digest,
        details=row.details,
        word=row.word,
        tx=row.tx,
        log_index=row.log_index,
        time=datetime.fromtimestamp(row.time, UTC),
        block=row.block,
        final=row.block <= freshness.finalized_block,
    )
