"""Lists of items, events, challenges and holds: filtered, in order, page by page, each saying how fresh it is."""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from typing import Any, Literal, Self, TypeVar

from provenance.errors import FieldError, InputError
from provenance.interchange.digital_link import checked_gtin, parse_item_uri
from provenance.model.vocabulary import Stage
from provenance.model.words import Slot
from provenance.store import lists
from provenance.store.database import Connection, Database
from provenance.store.terms import asked_terms
from provenance.workflows import wording
from provenance.workflows.paging import Asked, Cursor, read_cursor
from provenance.workflows.tracing import CONTROL, ITEM_ID, Freshness, Item, Party, freshness_now, item_of

Sort = Literal["newest", "oldest"]
DAY = 86_400
COUNTED_UP_TO = 10_000
STREAMED_AT_ONCE = 500
MOST_TERMS = 8
NOTHING = (1, 0)
"""A range of blocks without blocks."""


@dataclass(frozen=True)
class ItemQuery:
    """Which items to list, as it was asked. ``q`` is the search box: any identifier, or words.

    ``since`` and ``until`` are days (UTC, both included) of the item's last change.
    """

    q: str | None = None
    uri: str | None = None
    gtin: str | None = None
    serial: str | None = None
    category: str | None = None
    brand: str | None = None
    stage: int | None = None
    grade: int | None = None
    custodian: int | None = None
    on_hold: bool | None = None
    since: str | None = None
    until: str | None = None
    sort: str | None = None

    def asked(self) -> Asked:
        """What was asked for, without what was not."""
        return _asked(self)

    @classmethod
    def of(cls, asked: Asked) -> Self:
        """The query that a cursor carries."""
        return cls(**_checked(cls, asked))


@dataclass(frozen=True)
class EventQuery:
    """Which events to list. ``item`` is an item id in hex; ``since`` and ``until`` are days of the block's time."""

    item: str | None = None
    kind: str | None = None
    since: str | None = None
    until: str | None = None
    sort: str | None = None

    def asked(self) -> Asked:
        """What was asked for, without what was not."""
        return _asked(self)

    @classmethod
    def of(cls, asked: Asked) -> Self:
        """The query that a cursor carries."""
        return cls(**_checked(cls, asked))


@dataclass(frozen=True)
class Count:
    """How many match; ``exact`` is False where counting stopped at the limit."""

    number: int
    exact: bool


@dataclass(frozen=True)
class ItemPage:
    """Some items; ``next`` is the cursor of the page after, if there is one; ``count`` where it was asked for."""

    items: tuple[Item, ...]
    next: str | None
    freshness: Freshness
    count: Count | None = None


@dataclass(frozen=True)
class EventEntry:
    """One event in a list of events; its details are on the event's own page."""

    item: bytes
    title: str | None
    uri: str | None
    seq: int
    kind: str
    words: str
    stage: Stage
    grade: int
    by: Party
    signer: bytes
    to: Party | None
    receiver: bytes | None
    corrects: int | None
    corrected_by: int | None
    answers: int | None
    time: datetime
    block: int
    log_index: int
    tx: bytes
    digest: bytes
    final: bool


@dataclass(frozen=True)
class ChallengeEntry:
    """One challenge in a list; ``answered_by`` is the seq of the correction or ruling that answers it."""

    item: bytes
    title: str | None
    uri: str | None
    count: int
    challenged: int
    answered_by: int | None
    by: Party
    signer: bytes
    time: datetime
    block: int
    log_index: int
    tx: bytes
    digest: bytes
    final: bool


@dataclass(frozen=True)
class HoldEntry:
    """An item on hold, and the event that froze it."""

    item: Item
    seq: int
    by: Party
    signer: bytes
    time: datetime
    block: int


Row = TypeVar("Row")


@dataclass(frozen=True)
class Entries(Sequence[Row]):
    """A page of entries; ``next`` is the cursor of the page after, if there is one."""

    entries: tuple[Row, ...]
    next: str | None
    freshness: Freshness

    def __getitem__(self, index: Any) -> Any:
        return self.entries[index]

    def __len__(self) -> int:
        return len(self.entries)


def find_items(
    database: Database, query: ItemQuery, *, after: str | None = None, limit: int = 50, count: bool = False
) -> ItemPage:
    """Items that match, newest change first unless asked otherwise.

    Raises InputError (FieldError) for a filter that cannot be, or for a cursor of another list.
    """
    query, place = _continued(query, after, "items")
    with database.reading() as connection:
        freshness = freshness_now(connection)
        which = _item_filter(connection, query)
        rows = lists.items(which, place, limit + 1).rows(connection) if which else []
        counted = _count(connection, which) if count else None
    found = tuple(item_of(row, freshness) for row in rows[:limit])
    more = _item_cursor(query, found[-1]) if len(rows) > limit else None
    return ItemPage(found, more, freshness, counted)


def list_items(
    database: Database,
    *,
    search: str = "",
    stage: int | None = None,
    after: str | None = None,
    limit: int = 50,
) -> ItemPage:
    """The items that the search box finds, newest change first; see `find_items`."""
    return find_items(database, ItemQuery(q=search or None, stage=stage), after=after, limit=limit)


def every_item(database: Database, query: ItemQuery) -> Iterator[Freshness | Item]:
    """First how fresh it is, then every item that matches, all as of one moment; few are in memory at once."""
    place = _place(query)
    with database.reading() as connection:
        freshness = freshness_now(connection)
        which = _item_filter(connection, query)
        yield freshness
        while which:
            rows = lists.items(which, place, STREAMED_AT_ONCE).rows(connection)
            yield from (item_of(row, freshness) for row in rows)
            if len(rows) < STREAMED_AT_ONCE:
                return
            place = replace(place, block=rows[-1].last_block, key=rows[-1].item)


def find_events(
    database: Database, query: EventQuery, *, after: str | None = None, limit: int = 50
) -> Entries[EventEntry]:
    """Events in the order of the chain, newest first unless asked otherwise. Raises InputError."""
    query, place = _continued(query, after, "events")
    with database.reading() as connection:
        freshness = freshness_now(connection)
        blocks = blocks_of(connection, query.since, query.until)
        which = lists.EventFilter(_item_id(query.item), query.kind, blocks)
        rows = lists.events(which, place, limit + 1).rows(connection)
    found = tuple(_event_entry(row, freshness) for row in rows[:limit])
    more = _log_cursor("events", query.asked(), found[-1]) if len(rows) > limit else None
    return Entries(found, more, freshness)


def find_challenges(
    database: Database, item: bytes | None = None, *, after: str | None = None, limit: int = 50
) -> Entries[ChallengeEntry]:
    """Challenges, newest first; of one item or of all. Raises InputError for a cursor of another list."""
    query, place = _continued(EventQuery(item=item.hex() if item else None), after, "challenges")
    with database.reading() as connection:
        freshness = freshness_now(connection)
        rows = lists.challenges(_item_id(query.item), place, limit + 1).rows(connection)
    found = tuple(_challenge_entry(row, freshness) for row in rows[:limit])
    more = _log_cursor("challenges", query.asked(), found[-1]) if len(rows) > limit else None
    return Entries(found, more, freshness)


def find_holds(database: Database, *, after: str | None = None, limit: int = 50) -> Entries[HoldEntry]:
    """Items on hold now, newest change first. Raises InputError for a cursor of another list."""
    _, place = _continued(ItemQuery(), after, "holds")
    with database.reading() as connection:
        freshness = freshness_now(connection)
        rows = lists.holds(place, limit + 1).rows(connection)
    found = tuple(
        HoldEntry(
            item_of(row, freshness),
            row.hold_seq,
            Party(row.hold_partner, row.hold_name),
            row.hold_signer,
            datetime.fromtimestamp(row.hold_time, UTC),
            row.hold_block,
        )
        for row in rows[:limit]
    )
    last = found[-1].item if len(rows) > limit else None
    more = Cursor("holds", {}, last.last_block, last.id.hex()).encode() if last else None
    return Entries(found, more, freshness)


Query = TypeVar("Query", ItemQuery, EventQuery)


def _continued(query: Query, after: str | None, of: str) -> tuple[Query, lists.Place]:
    if after is None:
        return query, _place(query)
    cursor = read_cursor(after, of, query.asked())
    query = type(query).of(cursor.asked)
    return query, replace(_place(query), block=cursor.block, key=_key(cursor))


def _place(query: ItemQuery | EventQuery) -> lists.Place:
    return lists.Place(newest_first=query.sort != "oldest")


def _key(cursor: Cursor) -> bytes | int:
    if cursor.of in ("items", "holds"):
        match = ITEM_ID.fullmatch(str(cursor.key))
        if match:
            return bytes.fromhex(match[1])
    elif isinstance(cursor.key, int):
        return cursor.key
    raise InputError("the cursor is none of ours: take it from the answer before, unchanged")


def _asked(query: ItemQuery | EventQuery) -> Asked:
    return {f.name: getattr(query, f.name) for f in fields(query) if getattr(query, f.name) is not None}


def _checked(cls: type[Any], asked: Asked) -> dict[str, Any]:
    numbers, switches = {"stage", "grade", "custodian"}, {"on_hold"}
    for name, value in asked.items():
        kind = int if name in numbers else bool if name in switches else str
        if name not in {f.name for f in fields(cls)} or type(value) is not kind:
            raise InputError("the cursor is none of ours: take it from the answer before, unchanged")
    return dict(asked)


def _item_cursor(query: ItemQuery, last: Item) -> str:
    return Cursor("items", query.asked(), last.last_block, last.id.hex()).encode()


def _log_cursor(of: str, asked: Asked, last: EventEntry | ChallengeEntry) -> str:
    return Cursor(of, asked, last.block, last.log_index).encode()


def _count(connection: Connection, which: lists.ItemFilter | None) -> Count:
    if which is None:
        return Count(0, True)
    (row,) = lists.item_count(which, COUNTED_UP_TO + 1).rows(connection)
    return Count(min(row.items, COUNTED_UP_TO), row.items <= COUNTED_UP_TO)


def _item_filter(connection: Connection, query: ItemQuery) -> lists.ItemFilter | None:
    """The filter that the query means; None where nothing can match."""
    which = lists.ItemFilter(
        uri=parse_item_uri(query.uri).uri if query.uri else None,
        gtin=checked_gtin(query.gtin) if query.gtin else None,
        serial=_text("serial", query.serial),
        category=_text("category", query.category),
        brand=_text("brand", query.brand),
        stage=query.stage,
        grade=query.grade,
        custodian=query.custodian,
        on_hold=query.on_hold,
        blocks=blocks_of(connection, query.since, query.until),
    )
    return _searched(which, query.q.strip()) if query.q and query.q.strip() else which


def _searched(which: lists.ItemFilter, asked: str) -> lists.ItemFilter | None:
    """The search box: an item id, a URI in any spelling, or words and other identifiers."""
    if match := ITEM_ID.fullmatch(asked.lower()):
        return replace(which, item=bytes.fromhex(match[1]))
    if re.match(r"(?i)(https?|urn):", asked):
        try:
            uri = parse_item_uri(asked).uri
        except FieldError:
            pass
        else:
            return replace(which, uri=uri) if which.uri in (None, uri) else None
    terms = asked_terms(asked)[:MOST_TERMS]
    return replace(which, terms=tuple(terms)) if terms else None


def _text(name: str, value: str | None) -> str | None:
    if value is not None and CONTROL.search(value):
        raise FieldError(name, value, "leave control characters out")
    return value


def _item_id(text: str | None) -> bytes | None:
    if text is None:
        return None
    match = ITEM_ID.fullmatch(text)
    if not match:
        raise FieldError("item", text, "an item id is 64 hex digits")
    return bytes.fromhex(match[1])


def blocks_of(connection: Connection, since: str | None, until: str | None) -> tuple[int, int]:
    """The first and last block of these days, which block times, always rising, decide."""
    first, last = lists.EVERY_BLOCK
    if since is not None:
        rows = lists.first_block_from(_midnight("from", since)).rows(connection)
        if not rows:
            return NOTHING
        first = rows[0].number
    if until is not None:
        rows = lists.last_block_before(_midnight("to", until) + DAY).rows(connection)
        if not rows:
            return NOTHING
        last = rows[0].number
    return first, last


def _midnight(name: str, day: str) -> int:
    try:
        return timegm(date.fromisoformat(day).timetuple())
    except ValueError:
        raise FieldError(name, day, "give a day as YYYY-MM-DD, such as 2026-05-31") from None


def _event_entry(row: Any, freshness: Freshness) -> EventEntry:
    slot = Slot.from_word(row.slot)
    before = Slot.from_word(row.prior_slot).stage if row.prior_slot else None
    return EventEntry(
        item=row.item,
        title=row.title,
        uri=row.uri,
        seq=row.seq,
        kind=row.kind,
        words=wording.event_words(row.kind, slot.stage, before),
        stage=slot.stage,
        grade=slot.grade,
        by=Party(row.signer_partner, row.signer_name),
        signer=row.signer,
        to=Party(row.receiver_partner, row.receiver_name) if row.receiver_partner else None,
        receiver=row.receiver,
        corrects=row.corrects,
        corrected_by=row.corrected_by,
        answers=row.answers or None,
        time=datetime.fromtimestamp(row.time, UTC),
        block=row.block,
        log_index=row.log_index,
        tx=row.tx,
        digest=row.digest,
        final=row.block <= freshness.finalized_block,
    )


def _challenge_entry(row: Any, freshness: Freshness) -> ChallengeEntry:
    return ChallengeEntry(
        item=row.item,
        title=row.title,
        uri=row.uri,
        count=row.count,
        challenged=row.challenged,
        answered_by=row.answered_by,
        by=Party(row.signer_partner, row.signer_name),
        signer=row.signer,
        time=datetime.fromtimestamp(row.time, UTC),
        block=row.block,
        log_index=row.log_index,
        tx=row.tx,
        digest=row.digest,
        final=row.block <= freshness.finalized_block,
    )
