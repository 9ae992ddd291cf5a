"""No list reads a whole table: the plans that the database makes of the very queries are read here."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text

from played import played
from provenance.store import lists, reads
from provenance.store.lists import EventFilter, ItemFilter, Listing, Place

BIG = ("items", "events", "challenges", "fields", "details", "signatures", "item_terms", "blocks")
ALIASES = {"i", "e", "c", "t", "h", "prior", *BIG}
HERE, ITEM = Place(block=9, key=bytes(32)), bytes(32)
LOG = Place(block=9, key=3)

ITEM_LISTS = {
    "everything": (ItemFilter(), "items_newest"),
    "one word": (ItemFilter(terms=(b"kettle",)), "item_terms_term"),
    "two words": (ItemFilter(terms=(b"kettle", b"philips")), "item_terms_term"),
    "a word and a stage": (ItemFilter(terms=(b"kettle",), stage=1), "item_terms_term"),
    "item": (ItemFilter(item=ITEM), "items_1"),
    "uri": (ItemFilter(uri="urn:x:1"), "items_uri"),
    "gtin": (ItemFilter(gtin="09521234543213"), "items_gtin_serial"),
    "gtin and serial": (ItemFilter(gtin="09521234543213", serial="A"), "items_"),
    "serial": (ItemFilter(serial="A"), "items_serial"),
    "category": (ItemFilter(category="Kettle"), "items_category"),
    "brand": (ItemFilter(brand="Philips"), "items_brand"),
    "stage": (ItemFilter(stage=1), "items_stage"),
    "grade": (ItemFilter(grade=1), "items_grade"),
    "custodian": (ItemFilter(custodian=1), "items_custodian"),
    "on hold": (ItemFilter(on_hold=True), "items_held"),
    "not on hold": (ItemFilter(on_hold=False), "items_newest"),
    "on hold in a stage": (ItemFilter(on_hold=False, stage=1), "items_stage"),
    "days": (ItemFilter(blocks=(3, 7)), "items_newest"),
    "stage and days": (ItemFilter(stage=1, blocks=(3, 7)), "items_stage"),
    "stage and category": (ItemFilter(stage=1, category="Kettle"), "items_"),
}
OTHER_LISTS = {
    "events": (lists.events(EventFilter(), LOG, 50), "autoindex_events_2"),
    "first events": (lists.events(EventFilter(), Place(), 50), "autoindex_events_2"),
    "oldest events": (lists.events(EventFilter(), Place(False, 9, 3), 50), "autoindex_events_2"),
    "events of a day": (lists.events(EventFilter(blocks=(3, 7)), Place(), 50), "autoindex_events_2"),
    "events of an item": (lists.events(EventFilter(item=ITEM), LOG, 50), "autoindex_events_1"),
    "intakes": (lists.events(EventFilter(kind="Intake"), LOG, 50), "autoindex_events_2"),
    "rulings": (lists.events(EventFilter(kind="Ruling"), LOG, 50), "events_rare"),
    "challenges": (lists.challenges(None, LOG, 50), "autoindex_challenges_2"),
    "challenges of an item": (lists.challenges(ITEM, LOG, 50), "autoindex_challenges_1"),
    "holds": (lists.holds(HERE, 50), "items_held"),
    "partners": (lists.partners(3, 50), "p USING INTEGER PRIMARY KEY"),
    "keys": (lists.keys(bytes(20), 50), "autoindex_keys_1"),
    "keys of a partner": (lists.keys(bytes(20), 50, partner=3), "keys"),
    "first block of a day": (lists.first_block_from(9), "blocks_time"),
    "last block of a day": (lists.last_block_before(9), "blocks_time"),
}
ONE_ITEM = {
    "an item": Listing(str(reads.ITEM), {"item": ITEM}),
    "an item by its URI": Listing(str(reads.ITEM_BY_URI), {"uri": "urn:x:1"}),
    "items by serial number": Listing(str(reads.ITEMS_BY_SERIAL), {"serial": "A"}),
    "events of a history": Listing(str(reads.EVENTS), {"item": ITEM}),
    "challenges of a history": Listing(str(reads.CHALLENGES), {"item": ITEM}),
    "flows": Listing(str(reads.FLOWS), {"first": 3, "last": 9}),
}


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    with (
        played(tmp_path_factory.mktemp("plans"), 2) as network,
        network.database.reading() as connection,
    ):
        yield connection


def plan(connection: Connection, listing: Listing) -> list[str]:
    rows = connection.execute(text(f"EXPLAIN QUERY PLAN {listing.sql}"), listing.values)
    return [row.detail for row in rows]


def scanned(steps: list[str]) -> list[str]:
    """The steps that read a whole big table, or a whole index of one, which is no better."""
    found = []
    for step in steps:
        match = re.match(r"SCAN (\w+)", step)
        if match and match[1] in ALIASES:
            found.append(step)
    return found


@pytest.mark.parametrize("place", [Place(), HERE, Place(newest_first=False)], ids=["first", "next", "oldest"])
@pytest.mark.parametrize("name", ITEM_LISTS)
def test_a_list_of_items_walks_the_index_of_its_filter(
    connection: Connection, name: str, place: Place
) -> None:
    which, index = ITEM_LISTS[name]
    for listing in (lists.items(which, place, 50), lists.item_count(which, 100)):
        steps = plan(connection, listing)
        assert not scanned(steps), steps
        assert any(index in step for step in steps), steps
        assert not any("AUTOMATIC" in step for step in steps), steps


@pytest.mark.parametrize("name", OTHER_LISTS)
def test_every_other_list_walks_an_index(connection: Connection, name: str) -> None:
    listing, index = OTHER_LISTS[name]
    steps = plan(connection, listing)
    assert not scanned(steps), steps
    assert any(index in step for step in steps), steps
    assert not any("AUTOMATIC" in step for step in steps), steps


@pytest.mark.parametrize("name", ONE_ITEM)
def test_what_is_read_of_one_item_is_looked_up(connection: Connection, name: str) -> None:
    steps = plan(connection, ONE_ITEM[name])
    assert not scanned(steps), steps


def test_a_whole_read_would_be_noticed(connection: Connection) -> None:
    assert scanned(plan(connection, Listing("SELECT * FROM items i WHERE i.title LIKE '%x%'", {})))
    assert scanned(plan(connection, Listing("SELECT count(*) FROM events e", {})))


def test_lists_in_order_of_the_chain_are_not_sorted(connection: Connection) -> None:
    for listing in (
        lists.items(ItemFilter(), HERE, 50),
        lists.events(EventFilter(), LOG, 50),
        lists.events(EventFilter(kind="Ruling"), LOG, 50),
        lists.challenges(None, LOG, 50),
    ):
        steps = plan(connection, listing)
        assert not any("TEMP B-TREE" in step for step in steps), steps
