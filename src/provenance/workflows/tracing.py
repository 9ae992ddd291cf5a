"""What is known of one item: as it stands, and its history. Every answer says how fresh it is."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from provenance.errors import FieldError, InputError, StoreError
from provenance.interchange.digital_link import parse_item_uri
from provenance.model.hashing import ZERO
from provenance.model.vocabulary import Stage
from provenance.model.words import SLOT_HEAD, Condition, Slot
from provenance.store import index, reads
from provenance.store.database import Connection, Database
from provenance.store.details import PUBLIC
from provenance.workflows import wording

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
ITEM_ID = re.compile(r"(?:0x)?([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
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


class Party(NamedTuple):
    """A partner as readers see it; ``name`` is None where only the chain's name hash is known."""

    partner: int
    name: str | None


@dataclass(frozen=True, slots=True)
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


class Field(NamedTuple):
    """One public field of an event's details, its value as canonical JSON. Of a hand-over, the receiver may say it."""

    name: str
    text: str
    by_receiver: bool

    @property
    def value(self) -> Any:
        return json.loads(self.text)


class Event(NamedTuple):
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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
    row, position = reads.item(database, item)
    freshness = _freshness(position)
    return item_of(_found(row, item, freshness), freshness), freshness


def history(database: Database, item: bytes) -> History:
    """One item's whole history, with what the public may read of its details. Raises NotIndexedError."""
    rows = reads.history(database, item)
    freshness = _freshness(rows.position)
    found = item_of(_found(rows.item, item, freshness), freshness)
    documents = _documents(rows.fields)
    return History(
        found,
        _events(rows, documents, freshness),
        tuple(_challenge(row, documents, freshness) for row in rows.challenges),
        freshness,
    )


def _found(row: reads.ItemRow | None, item: bytes, freshness: Freshness) -> reads.ItemRow:
    if row is None:
        raise NotIndexedError(f"0x{item.hex()}", freshness)
    return row


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


def _freshness(position: index.Position | reads.Cursor | None) -> Freshness:
    if position is None:
        return Freshness(0, moment(0), 0, False)
    return Freshness(
        position.block,
        moment(position.time),
        min(position.finalized, position.block),
        position.block >= position.head,
    )


@lru_cache(maxsize=10_000)
def moment(time: int) -> datetime:
    """Aware UTC of Unix seconds. Many events share a block, and so its time."""
    return datetime.fromtimestamp(time, UTC)


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
        last_time=moment(row.last_time),
        final=row.last_block <= freshness.finalized_block,
    )


@dataclass(slots=True)
class _Document:
    """What is public of a details document, and of how many fields only the commitment is."""

    said: list[Field]
    withheld: int = 0


_NOTHING = _Document([])
_Documents = dict[tuple[str, int], _Document]


def _documents(rows: Sequence[reads.FieldRow]) -> _Documents:
    """Each document by whose it is, its fields by name."""
    found: _Documents = {}
    for whose, number, audience, name, text in rows:
        document = found.get((whose, number))
        if document is None:
            document = found[whose, number] = _Document([])
        if audience == PUBLIC and name is not None and text is not None:
            document.said.append(Field(name, text, whose == "receiver"))
        else:
            document.withheld += 1
    for document in found.values():
        document.said.sort()
    return found


def _document(documents: _Documents, whose: str, number: int, root: bytes | None) -> tuple[_Document, bool]:
    """The document, and whether the chain commits to one that is not here."""
    document = documents.get((whose, number))
    return document or _NOTHING, document is None and root is not None and root != ZERO


def _events(rows: reads.HistoryRows, documents: _Documents, freshness: Freshness) -> tuple[Event, ...]:
    corrected = {row.corrects: row.seq for row in rows.events if row.corrects}
    disputed: dict[int, list[int]] = {}
    for challenge in rows.challenges:
        disputed.setdefault(challenge.challenged, []).append(challenge.number)
    events, before = [], None
    for row in rows.events:
        condition = _condition(row.slot[SLOT_HEAD:])
        given, given_missing = _document(documents, "event", row.seq, row.details)
        taken, taken_missing = _document(documents, "receiver", row.seq, row.acceptance_details)
        said = (*given.said, *taken.said)
        events.append(
            Event(
                seq=row.seq,
                kind=row.kind,
                words=_words(row.kind, condition.stage, before),
                stage=condition.stage,
                grade=condition.grade,
                on_hold=condition.on_hold,
                custodian=condition.custodian,
                signer=row.signer,
                by=Party(row.signer_partner, row.signer_name),
                receiver=row.receiver,
                to=Party(row.receiver_partner, row.receiver_name) if row.receiver_partner else None,
                reservations=tuple(wording.exception_words(row.exceptions)) if row.exceptions else (),
                corrects=row.corrects,
                answers=row.answers or None,
                occurred=_occurred(said),
                fields=said,
                withheld=given.withheld + taken.withheld,
                missing_details=given_missing or taken_missing,
                made_up=_made_up(said),
                time=moment(row.time),
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
        before = condition.stage
    return tuple(events)


# Few values come again and again: reading them each time would take longer than all else.
_words = lru_cache(maxsize=1_000)(wording.event_words)


@lru_cache(maxsize=10_000)
def _condition(low: bytes) -> Condition:
    """What a slot says in its low 6 bytes."""
    return Slot.from_word(bytes(SLOT_HEAD) + low).condition


@lru_cache(maxsize=1_000)
def _day(text: str) -> str | None:
    value = json.loads(text)
    return value if isinstance(value, str) else None


@lru_cache(maxsize=1_000)
def _parts(text: str) -> tuple[str, ...] | None:
    value = json.loads(text)
    return tuple(part for part in value if isinstance(part, str)) if isinstance(value, list) else None


def _occurred(said: Sequence[Field]) -> str | None:
    found = (_day(field.text) for field in said if field.name == "occurredAt")
    return next((day for day in found if day is not None), None)


def _made_up(said: Sequence[Field]) -> tuple[str, ...]:
    found = (_parts(field.text) for field in said if field.name == "madeUp")
    return next((parts for parts in found if parts is not None), ())


def _challenge(row: reads.ChallengeRow, documents: _Documents, freshness: Freshness) -> ChallengeView:
    document, _ = _document(documents, "challenge", row.number, row.details)
    return ChallengeView(
        count=row.number,
        challenged=row.challenged,
        by=Party(row.signer_partner, row.signer_name),
        said=tuple(document.said),
        signer=row.signer,
        digest=row.digest,
        details=row.details,
        word=row.word,
        tx=row.tx,
        log_index=row.log_index,
        time=moment(row.time),
        block=row.block,
        final=row.block <= freshness.finalized_block,
    )
