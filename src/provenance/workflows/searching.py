"""The one search box: any identifier, or words. Every hit says what kind of thing it is and by what it was found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from provenance.errors import FieldError
from provenance.interchange.digital_link import checked_gtin, parse_item_uri
from provenance.store import lists
from provenance.store.database import Connection, Database
from provenance.store.lists import KEY, LAST_CHANGE, LOG, PARTNER, EventFilter, ItemFilter, Place
from provenance.store.terms import asked_terms, named
from provenance.workflows.listing import CONTROL_OR_SURROGATE, MOST_TERMS, item_listing
from provenance.workflows.members import ADDRESS
from provenance.workflows.tracing import ITEM_ID, Freshness, Item, freshness_now, item_of, page_path

MOST_HITS = 20
# Partners are organisations of one network: their names are read whole and compared here.
MOST_PARTNERS = 5_000
LARGEST_PARTNER = 2**24 - 1


@dataclass(frozen=True)
class Hit:
    """Something found. ``kind`` is item, transaction, key or partner; ``by`` what the words asked for are of it.

    ``path`` is the address under which the API tells more; an item's is also its page.
    """

    kind: str
    by: str
    id: str
    title: str | None
    path: str

    @property
    def is_identified(self) -> bool:
        """What was asked names this very thing; it does not only occur in it."""
        return self.by not in ("words", "name", "GTIN")


@dataclass(frozen=True)
class Search:
    """What was asked, and what was found, the surest first."""

    asked: str
    hits: tuple[Hit, ...]
    freshness: Freshness


def search(database: Database, asked: str) -> Search:
    """What an identifier names, or words occur in: items, transactions, keys and partners.

    An item is found by its id, its URI in any spelling, its serial number, IMEI or GTIN, or by words; a
    transaction by its hash, a key by its address, a partner by its number or name. Raises FieldError for control
    characters.
    """
    text = asked.strip()
    if CONTROL_OR_SURROGATE.search(text):
        raise FieldError("q", text, "leave control characters out")
    found: dict[tuple[str, str], Hit] = {}
    with database.reading() as connection:
        freshness = freshness_now(connection)
        for look in LOOKS if text else ():
            for hit in look(connection, text, freshness):
                found.setdefault((hit.kind, hit.id), hit)
    return Search(text, tuple(found.values())[:MOST_HITS], freshness)


Look = Callable[[Connection, str, Freshness], Iterator[Hit]]


def _by_hash(connection: Connection, text: str, freshness: Freshness) -> Iterator[Hit]:
    match = ITEM_ID.fullmatch(text.lower())
    if match is None:
        return
    value = bytes.fromhex(match[1])
    yield from _items(connection, ItemFilter(item=value), "item id", freshness)
    if lists.events(EventFilter(tx=value), Place(LOG), 1).rows(connection):
        name = f"0x{value.hex()}"
        yield Hit("transaction", "transaction hash", name, None, f"/events?transaction={name}")


def _by_address(connection: Connection, text: str, _: Freshness) -> Iterator[Hit]:
    match = ADDRESS.fullmatch(text)
    if match is None:
        return
    for row in lists.keys(Place(KEY), 1, address=bytes.fromhex(match[1])).rows(connection):
        name = f"0x{row.address.hex()}"
        yield Hit("key", "address", name, row.name, f"/keys/{name}")


def _by_uri(connection: Connection, text: str, freshness: Freshness) -> Iterator[Hit]:
    """A URI as it is given, or the digits of an IMEI alone."""
    for uri, by in ((text, "URI"), (f"urn:imei:{text}", "IMEI")):
        if not re.match(r"(?i)(https?|urn):", uri):
            continue
        try:
            canonical = parse_item_uri(uri).uri
        except FieldError:
            continue
        yield from _items(connection, ItemFilter(uri=canonical), by, freshness)


def _by_serial(connection: Connection, text: str, freshness: Freshness) -> Iterator[Hit]:
    yield from _items(connection, ItemFilter(serial=text), "serial number", freshness)


def _by_gtin(connection: Connection, text: str, freshness: Freshness) -> Iterator[Hit]:
    try:
        gtin = checked_gtin(text)
    except FieldError:
        return
    yield from _items(connection, ItemFilter(gtin=gtin), "GTIN", freshness)


def _by_number(connection: Connection, text: str, _: Freshness) -> Iterator[Hit]:
    if re.fullmatch(r"[0-9]{1,8}", text) and 0 < int(text) <= LARGEST_PARTNER:
        for row in lists.partners(Place(PARTNER), 1, int(text)).rows(connection):
            yield _partner(row, "number")


def _by_partner_name(connection: Connection, text: str, _: Freshness) -> Iterator[Hit]:
    asked = asked_terms(text)
    rows = lists.partners(Place(PARTNER), MOST_PARTNERS).rows(connection) if asked else ()
    for row in rows:
        if row.name and named(row.name, asked):
            yield _partner(row, "name")


def _by_words(connection: Connection, text: str, freshness: Freshness) -> Iterator[Hit]:
    terms = tuple(asked_terms(text)[:MOST_TERMS])
    if terms:
        yield from _items(connection, ItemFilter(terms=terms), "words", freshness)


# The surest first: what is found twice is shown as what it was found first.
LOOKS: tuple[Look, ...] = (
    _by_hash,
    _by_address,
    _by_uri,
    _by_serial,
    _by_number,
    _by_partner_name,
    _by_gtin,
    _by_words,
)


def _items(connection: Connection, which: ItemFilter, by: str, freshness: Freshness) -> Iterator[Hit]:
    listing = item_listing(connection, which, Place(LAST_CHANGE), MOST_HITS)
    for row in listing.rows(connection):
        yield _item(item_of(row, freshness), by)


def _item(item: Item, by: str) -> Hit:
    return Hit("item", by, f"0x{item.id.hex()}", item.title or item.uri, page_path(item))


def _partner(row: Any, by: str) -> Hit:
    return Hit("partner", by, str(row.partner), row.name, f"/partners/{row.partner}")
