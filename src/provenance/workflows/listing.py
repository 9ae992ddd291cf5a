"""Lists of items, events, challenges and holds: filtered, in order, page by page, each saying how fresh it is."""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Literal, get_args

from provenance.errors import FieldError
from provenance.interchange.digital_link import checked_gtin, parse_item_uri
from provenance.model.vocabulary import Stage
from provenance.model.words import Slot
from provenance.store import index, lists
from provenance.store.database import Connection, Database
from provenance.store.lists import BRAND, FIRST_SEEN, LAST_CHANGE, LOG, TITLE, Order, Place, backwards
from provenance.store.terms import asked_terms
from provenance.workflows import wording
from provenance.workflows.paging import Entries, Question, Roll
from provenance.workflows.tracing import ITEM_ID, Freshness, Item, Party, item_of

ItemSort = Literal[
    "newest", "oldest", "first_seen", "-first_seen", "title", "-title", "brand", "-brand"
]  # fmt: skip
EventSort = Literal["newest", "oldest"]
EventKind = Literal[
    "Intake", "ConditionReport", "CustodyTransfer", "Withdrawal", "Correction", "Hold", "Ruling"
]
ITEM_ORDERS: dict[str, Order] = {
    "newest": LAST_CHANGE,
    "oldest": backwards(LAST_CHANGE),
    "first_seen": FIRST_SEEN,
    "-first_seen": backwards(FIRST_SEEN),
    "title": TITLE,
    "-title": backwards(TITLE),
    "brand": BRAND,
    "-brand": backwards(BRAND),
}
EVENT_ORDERS: dict[str, Order] = {"newest": LOG, "oldest": backwards(LOG)}
EVENT_KINDS: tuple[str, ...] = get_args(EventKind)
CONTROL_OR_SURROGATE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
DAY = 86_400
COUNTED_UP_TO = 10_000
# So many that match are sorted; of more, enough stand near each other in any order to walk along it.
SORTED_AT_MOST = 5_000
MOST_TERMS = 8
NOTHING = (1, 0)
"""A range of blocks without blocks."""


@dataclass(frozen=True)
class ItemQuery(Question):
    """Which items to list, as it was asked. ``q`` is the search box: any identifier, or words.

    ``since`` and ``until`` are days (UTC, both included) of the item's last change; ``sort`` is an `ItemSort`.
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


@dataclass(frozen=True)
class EventQuery(Question):
    """Which events to list. ``item`` is an item id in hex, ``transaction`` a hash in hex, ``partner`` signed or received.

    ``since`` and ``until`` are days of the block's time; ``sort`` is an `EventSort`.
    """

    item: str | None = None
    kind: str | None = None
    partner: int | None = None
    transaction: str | None = None
    since: str | None = None
    until: str | None = None
    sort: str | None = None


@dataclass(frozen=True)
class NoQuestion(Question):
    """A list without filters."""


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


def find_items(
    database: Database, query: ItemQuery, *, after: str | None = None, limit: int = 50, count: bool = False
) -> ItemPage:
    """Items that match, newest change first unless asked otherwise.

    Raises InputError (FieldError) for a filter that cannot be, or for a cursor of another list.
    """
    query, _ = ITEMS.continued(query, after)
    with database.reading() as connection:
        page = ITEMS.page_now(connection, query, after, limit)
        counted = _count(connection, _item_filter(connection, query)) if count else None
    return ItemPage(page.entries, page.next, page.freshness, counted)


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
    return ITEMS.every(database, query)


def find_events(
    database: Database, query: EventQuery, *, after: str | None = None, limit: int = 50
) -> Entries[EventEntry]:
    """Events in the order of the chain, newest first unless asked otherwise. Raises InputError."""
    return EVENTS.page(database, query, after, limit)


def find_challenges(
    database: Database, item: bytes | None = None, *, after: str | None = None, limit: int = 50
) -> Entries[ChallengeEntry]:
    """Challenges, newest first; of one item or of all. Raises InputError for a cursor of another list."""
    return CHALLENGES.page(database, challenges_of(item), after, limit)


def challenges_of(item: bytes | None) -> EventQuery:
    """The question for the challenges of one item, or of all."""
    return EventQuery(item=item.hex() if item else None)


def find_holds(database: Database, *, after: str | None = None, limit: int = 50) -> Entries[HoldEntry]:
    """Items on hold now, newest change first. Raises InputError for a cursor of another list."""
    return HOLDS.page(database, NoQuestion(), after, limit)


def state(database: Database) -> str:
    """Changes whenever any list may: the index's position with its block's hash, and how many names are known."""
    with database.reading() as connection:
        (names,) = lists.names_known().rows(connection)
        return f"{index.position(connection)} {names.names}"


def _order(name: str, orders: dict[str, Order]) -> Order:
    if name not in orders:
        raise FieldError("sort", name, f"give one of {', '.join(orders)}")
    return orders[name]


def _item_order(query: ItemQuery) -> Order:
    return _order(query.sort or "newest", ITEM_ORDERS)


def _event_order(query: EventQuery) -> Order:
    return _order(query.sort or "newest", EVENT_ORDERS)


def _read_items(connection: Connection, query: ItemQuery, place: Place, limit: int) -> Sequence[Any]:
    which = _item_filter(connection, query)
    return item_listing(connection, which, place, limit).rows(connection) if which else []


def item_listing(connection: Connection, which: lists.ItemFilter, place: Place, limit: int) -> lists.Listing:
    """The statement that lists these items from a place on; how many match decides which index it takes.

    By the last change, every filter's index has its items in order. What else matches few is found and sorted; many
    are met by walking along the order, for among many the next ones are near.
    """
    columns = replace(which, terms=())
    if not which.terms and place.order.columns == LAST_CHANGE.columns:
        return lists.items(which, place, limit)
    if columns != lists.ItemFilter() and _are_few(connection, lists.item_count(columns, SORTED_AT_MOST + 1)):
        return lists.items(which, place, limit)
    if which.terms and _are_few(connection, lists.term_count(which.terms[0], SORTED_AT_MOST + 1)):
        return lists.items_with_term(which, place, limit)
    return lists.items_in_order(which, place, limit)


def _are_few(connection: Connection, count: lists.Listing) -> bool:
    (row,) = count.rows(connection)
    return bool(row.items <= SORTED_AT_MOST)


def _read_events(connection: Connection, query: EventQuery, place: Place, limit: int) -> Sequence[Any]:
    which = lists.EventFilter(
        item=_hash("item", query.item),
        kind=_kind(query.kind),
        partner=query.partner,
        tx=_hash("transaction", query.transaction),
        blocks=blocks_of(connection, query.since, query.until),
    )
    return lists.events(which, place, limit).rows(connection)


def _read_challenges(connection: Connection, query: EventQuery, place: Place, limit: int) -> Sequence[Any]:
    return lists.challenges(_hash("item", query.item), place, limit).rows(connection)


def _read_holds(connection: Connection, _: NoQuestion, place: Place, limit: int) -> Sequence[Any]:
    return lists.holds(place, limit).rows(connection)


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
    if value is not None and CONTROL_OR_SURROGATE.search(value):
        raise FieldError(name, value, "leave control characters out")
    return value


def _kind(name: str | None) -> str | None:
    if name is not None and name not in EVENT_KINDS:
        raise FieldError("kind", name, f"give one of {', '.join(EVENT_KINDS)}")
    return name


def _hash(name: str, text: str | None) -> bytes | None:
    if text is None:
        return None
    match = ITEM_ID.fullmatch(text.strip().lower())
    if not match:
        raise FieldError(name, text, "give 64 hex digits")
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


def _item_entry(row: Any, freshness: Freshness) -> Item:
    return item_of(row, freshness)


def _hold_entry(row: Any, freshness: Freshness) -> HoldEntry:
    return HoldEntry(
        item_of(row, freshness),
        row.hold_seq,
        Party(row.hold_partner, row.hold_name),
        row.hold_signer,
        datetime.fromtimestamp(row.hold_time, UTC),
        row.hold_block,
    )


ITEMS: Roll[ItemQuery, Item] = Roll("items", _item_order, _read_items, _item_entry)
EVENTS: Roll[EventQuery, EventEntry] = Roll("events", _event_order, _read_events, _event_entry)
CHALLENGES: Roll[EventQuery, ChallengeEntry] = Roll(
    "challenges", _event_order, _read_challenges, _challenge_entry
)
HOLDS: Roll[NoQuestion, HoldEntry] = Roll("holds", lambda _: LAST_CHANGE, _read_holds, _hold_entry)
