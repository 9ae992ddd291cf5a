"""What is known of one item: as it stands, and its history. Every answer says how fresh it is."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from provenance.errors import FieldError, InputError, StoreError
from provenance.interchange.digital_link import ItemUri, parse_item_uri
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


Said = tuple[str, str]
"""A public field of details: its name, and its value as canonical JSON."""


class Field(NamedTuple):
    """One public field of an event's details. Of a hand-over, the receiver may have said it."""

    name: str
    value: Any
    by_receiver: bool


class Event(NamedTuple):
    """One event of an item's history, with the public part of its details: what the signer and the receiver said."""

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
    exceptions: int
    corrects: int | None
    answers: int | None
    signer_said: Sequence[Said]
    receiver_said: Sequence[Said]
    withheld: int
    missing_details: bool
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

    @property
    def fields(self) -> tuple[Field, ...]:
        """What both said, the signer first."""
        return _fields(self.signer_said, False) + _fields(self.receiver_said, True)

    @property
    def reservations(self) -> tuple[str, ...]:
        """What the receiver found wrong with what it took."""
        return tuple(wording.exception_words(self.exceptions)) if self.exceptions else ()

    @property
    def occurred(self) -> str | None:
        """When it happened, as it was said."""
        return next((day for text in self._texts("occurredAt") if (day := _day(text)) is not None), None)

    @property
    def made_up(self) -> tuple[str, ...]:
        """What of it is invented for a demonstration."""
        for said in (self.signer_said, self.receiver_said):
            for name, text in said:
                if name == "madeUp" and (parts := _parts(text)) is not None:
                    return parts
        return ()

    def said(self, name: str) -> Any | None:
        """The value of a public field, whoever of the two said it."""
        return next((json.loads(text) for text in self._texts(name)), None)

    def _texts(self, wanted: str) -> list[str]:
        return [text for name, text in (*self.signer_said, *self.receiver_said) if name == wanted]


def _fields(said: Sequence[Said], by_receiver: bool) -> tuple[Field, ...]:
    return tuple([Field(name, json.loads(text), by_receiver) for name, text in said])


@dataclass(frozen=True, slots=True)
class ChallengeView:
    """One challenge of an event."""

    count: int
    challenged: int
    by: Party
    signer_said: Sequence[Said]
    signer: bytes
    digest: bytes
    details: bytes
    word: bytes
    tx: bytes
    log_index: int
    time: datetime
    block: int
    final: bool

    @property
    def said(self) -> tuple[Field, ...]:
        """Its public fields."""
        return _fields(self.signer_said, False)


@dataclass(frozen=True, slots=True)
class History:
    """An item with all its events and challenges."""

    item: Item
    events: tuple[Event, ...]
    challenges: tuple[ChallengeView, ...]
    freshness: Freshness


class NotIndexedError(StoreError):
    """The index does not know the item, event, partner or key, as of a block.

    ``submitted`` is the status of what was submitted of it: then it is on its way.
    """

    def __init__(
        self, asked: str, freshness: Freshness, kind: str = "item", submitted: str | None = None
    ) -> None:
        self.asked = asked
        self.freshness = freshness
        self.kind = kind
        self.submitted = submitted
        remedy = (
            f"it was submitted ({submitted}) and is on its way: try again in a moment"
            if submitted
            else "check what you typed, or try again in a moment if it was recorded just now"
        )
        super().__init__(f"no {kind} {asked} is indexed as of block {freshness.as_of_block}; {remedy}")


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
    if ":" in text:
        return find_uri(database, parse_item_uri(text))
    found, position = reads.items_by_serial(database, text)
    if not found:
        raise NotIndexedError(text, _freshness(position))
    if len(found) > 1:
        raise InputError(f"serial number {text} is that of several items: give the whole URI")
    return found[0]


def find_uri(database: Database, uri: ItemUri) -> bytes:
    """The id of the item with this URI. Raises NotIndexedError."""
    found, position = reads.item_by_uri(database, uri.uri)
    if found:
        return found[0]
    with database.reading() as connection:
        named = reads.named_by_uri(connection, uri.uri)
    if named is None:
        raise NotIndexedError(uri.uri, _freshness(position))
    return named  # a name we gave: whether it is on its way is for who asks for the item


def show(database: Database, item: bytes) -> tuple[Item, Freshness]:
    """One item as it stands. Raises NotIndexedError."""
    row, position = reads.item(database, item)
    freshness = _freshness(position)
    if row is None:
        raise _not_indexed(database, item, freshness)
    return item_of(row, freshness), freshness


def history(database: Database, item: bytes) -> History:
    """One item's whole history, with what the public may read of its details. Raises NotIndexedError."""
    rows = reads.history(database, item)
    freshness = _freshness(rows.position)
    if rows.item is None:
        raise _not_indexed(database, item, freshness)
    found = item_of(rows.item, freshness)
    documents = _Documents(rows.fields)
    return History(
        found,
        _events(rows, documents, freshness),
        tuple(_challenge(row, documents, freshness) for row in rows.challenges),
        freshness,
    )


def _not_indexed(database: Database, item: bytes, freshness: Freshness) -> NotIndexedError:
    with database.reading() as connection:
        submitted = reads.on_its_way(connection, item)
    return NotIndexedError(f"0x{item.hex()}", freshness, submitted=submitted)


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


class _Documents:
    """What is public of each document, by the place that FIELDS gives it, and how many fields are not."""

    def __init__(self, rows: Sequence[reads.FieldRow]) -> None:
        self.said: defaultdict[int, list[Said]] = defaultdict(list)
        self.withheld: dict[int, int] = {}
        for place, audience, name, text in rows:
            if audience == PUBLIC and name is not None and text is not None:
                self.said[place].append((name, text))
            else:
                self.withheld[place] = self.withheld.get(place, 0) + 1
        for said in self.said.values():
            said.sort()

    def lacks(self, place: int, root: bytes | None) -> bool:
        """Whether the chain commits to a document that is not here: one always has a field."""
        return bool(root and root != ZERO and place not in self.said and place not in self.withheld)


def _events(rows: reads.HistoryRows, documents: _Documents, freshness: Freshness) -> tuple[Event, ...]:
    corrected = {row.corrects: row.seq for row in rows.events if row.corrects}
    disputed: dict[int, tuple[int, ...]] = {}
    for challenge in rows.challenges:
        disputed[challenge.challenged] = (*disputed.get(challenge.challenged, ()), challenge.number)
    said, withheld = documents.said, documents.withheld
    events, before = [], None
    for row in rows.events:
        condition = _condition(row.slot[SLOT_HEAD:])
        given, taken = 2 * row.seq, 2 * row.seq + 1
        event = Event(
            row.seq,
            row.kind,
            _words(row.kind, condition.stage, before),
            condition.stage,
            condition.grade,
            condition.on_hold,
            condition.custodian,
            row.signer,
            Party(row.signer_partner, row.signer_name),
            row.receiver,
            Party(row.receiver_partner, row.receiver_name) if row.receiver_partner else None,
            row.exceptions or 0,
            row.corrects,
            row.answers or None,
            said.get(given, ()),
            said.get(taken, ()),
            withheld.get(given, 0) + withheld.get(taken, 0),
            documents.lacks(given, row.details) or documents.lacks(taken, row.acceptance_details),
            moment(row.time),
            row.block,
            row.block_hash,
            row.tx,
            row.log_index,
            row.slot,
            row.digest,
            row.details,
            row.acceptance_details,
            row.block <= freshness.finalized_block,
            corrected.get(row.seq),
            disputed.get(row.seq, ()),
        )
        events.append(event)
        before = condition.stage
    return tuple(events)


# Few values come again and again: making them each time would take longer than all else.
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


def _challenge(row: reads.ChallengeRow, documents: _Documents, freshness: Freshness) -> ChallengeView:
    return ChallengeView(
        count=row.number,
        challenged=row.challenged,
        by=Party(row.signer_partner, row.signer_name),
        signer_said=documents.said.get(-row.number, ()),
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
