"""No list reads a whole table: the plans that both databases make of the very queries are read here.

SQLite plans by the shape of a query alone, so a small ledger shows its plans. PostgreSQL also asks how large the tables
are: there the tables are filled with thousands of rows and analysed first, so that its plans are those of a
grown index, and nothing about the planner is switched off.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Connection, text

from played import played
from postgres import Server
from provenance.store import lists, reads
from provenance.store.database import Database, open_database
from provenance.store.lists import (
    KEY,
    LAST_CHANGE,
    LOG,
    PARTNER,
    EventFilter,
    ItemFilter,
    Listing,
    Order,
    Place,
    backwards,
)
from provenance.workflows import listing as listings
from provenance.workflows.listing import EVENT_KINDS, ITEM_ORDERS

ITEMS, EVENTS_OF_EACH = 24_000, 3
BIG = (
    "items",
    "events",
    "challenges",
    "fields",
    "details",
    "signatures",
    "item_terms",
    "blocks",
    "submissions",
    "item_names",
)
ALIASES = {"i", "e", "c", "t", "h", "prior", *BIG}
ITEM, TX = bytes(32), bytes(range(32))
AFTER = {bytes: bytes(32), int: 9, str: "kettle"}

# Which index of SQLite finds the items of each filter.
ITEM_FILTERS = {
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
    "not on hold in a stage": (ItemFilter(on_hold=False, stage=1), "items_stage"),
    "days": (ItemFilter(blocks=(3, 7)), "items_newest"),
    "stage and days": (ItemFilter(stage=1, blocks=(3, 7)), "items_stage"),
    "a word and a stage": (ItemFilter(terms=(b"kettle",), stage=1), "items_stage"),
    "stage and category": (ItemFilter(stage=1, category="Kettle"), "items_"),
    "all but identifiers": (
        ItemFilter(
            category="Kettle", brand="Philips", stage=1, grade=1, custodian=1, on_hold=False, blocks=(3, 7)
        ),
        "items_",
    ),
    "everything": (ItemFilter(), "items_newest"),
}
TERM_FILTERS = {
    "one word": ItemFilter(terms=(b"kettle",)),
    "two words": ItemFilter(terms=(b"kettle", b"philips")),
    "a word and a stage": ItemFilter(terms=(b"kettle",), stage=1),
    "a word and days": ItemFilter(terms=(b"kettle",), blocks=(3, 7)),
}
# Which index of SQLite an order walks along.
WALKED = {
    "i.last_block": "items_newest",
    "i.first_block": "items_first_seen",
    lists.BY_TITLE: "items_by_title",
    lists.BY_BRAND: "items_by_brand",
}
EVENT_FILTERS = [
    EventFilter(item=item, kind=kind, partner=partner, tx=tx, blocks=blocks)
    for item, kind, partner, tx, blocks in product(
        (None, ITEM), (None, *EVENT_KINDS), (None, 3), (None, TX), (lists.EVERY_BLOCK, (3, 7))
    )
]
ONE_ITEM = {
    "an item by its URI": Listing(str(reads.ITEM_BY_URI), {"uri": "urn:x:1"}),
    "items by serial number": Listing(str(reads.ITEMS_BY_SERIAL), {"serial": "A"}),
    "an item": Listing(str(reads.ITEM), {"item": ITEM}),
    "events of a history": Listing(str(reads.EVENTS), {"item": ITEM}),
    "challenges of a history": Listing(str(reads.CHALLENGES), {"item": ITEM}),
    "an id by its URI": Listing(str(reads.NAMED_BY_URI), {"uri": "urn:x:1"}),
    "what is on its way": Listing(str(reads.ON_ITS_WAY), {"item": ITEM}),
    "flows": Listing(str(reads.FLOWS), {"first": 3, "last": 9}),
}


def places(order: Order) -> list[Place]:
    """The beginning of a list, and further on."""
    return [Place(order), Place(order, tuple(AFTER[kind] for kind in order.kinds))]


def other_lists() -> Iterator[tuple[str, Listing, str]]:
    """Each with the index of SQLite that it walks."""
    for place in (*places(LOG), *places(backwards(LOG))):
        yield "challenges", lists.challenges(None, place, 50), "autoindex_challenges_2"
        yield "challenges of an item", lists.challenges(ITEM, place, 50), "autoindex_challenges_1"
    for place in places(LAST_CHANGE):
        yield "holds", lists.holds(place, 50), "items_held"
    for place in places(PARTNER):
        yield "partners", lists.partners(place, 50), "p USING INTEGER PRIMARY KEY"
    for place in places(KEY):
        yield "keys", lists.keys(place, 50), "autoindex_keys_1"
        yield "keys of a partner", lists.keys(place, 50, partner=3), "keys"
    yield "first block of a day", lists.first_block_from(9), "blocks_time"
    yield "last block of a day", lists.last_block_before(9), "blocks_time"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """An SQLite index of two items."""
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


def is_sorted(steps: list[str]) -> bool:
    return any("TEMP B-TREE FOR ORDER BY" in step for step in steps)


@pytest.mark.parametrize("name", ITEM_FILTERS)
@pytest.mark.parametrize("sort", ITEM_ORDERS)
def test_items_of_a_filter_are_found_by_its_index_in_any_order(
    small: Connection, name: str, sort: str
) -> None:
    which, index = ITEM_FILTERS[name]
    order = ITEM_ORDERS[sort]
    for listing in (
        *(lists.items(which, place, 50) for place in places(order)),
        lists.item_count(replace(which, terms=()), 100),
    ):
        steps = plan(small, listing)
        assert not scanned(steps), steps
        assert any(index in step for step in steps), steps
        assert not any("AUTOMATIC" in step for step in steps), steps


@pytest.mark.parametrize("name", TERM_FILTERS)
@pytest.mark.parametrize("sort", ITEM_ORDERS)
def test_items_of_few_words_are_found_by_the_words(small: Connection, name: str, sort: str) -> None:
    which = TERM_FILTERS[name]
    found = [lists.items_with_term(which, place, 50) for place in places(ITEM_ORDERS[sort])]
    for listing in (*found, lists.item_count(which, 100), lists.term_count(which.terms[0], 100)):
        steps = plan(small, listing)
        assert not scanned(steps), steps
        assert any("item_terms_term" in step for step in steps), steps
        assert not any("AUTOMATIC" in step for step in steps), steps


@pytest.mark.parametrize("name", {**ITEM_FILTERS, **TERM_FILTERS})
@pytest.mark.parametrize("sort", ITEM_ORDERS)
def test_many_items_come_in_another_order_by_walking_along_it_with_nothing_to_sort(
    small: Connection, name: str, sort: str
) -> None:
    """The one walk that begins at an index's end; it stops when the page is full."""
    which, order = TERM_FILTERS.get(name) or ITEM_FILTERS[name][0], ITEM_ORDERS[sort]
    for place in places(order):
        steps = plan(small, lists.items_in_order(which, place, 50))
        walked = [
            step
            for step in steps
            if re.match(rf"(SCAN|SEARCH) i USING INDEX {WALKED[order.columns[0]]}\b", step)
        ]
        assert len(walked) == 1, steps
        assert scanned(steps) in ([], walked), steps
        assert not is_sorted(steps), steps


def test_only_a_list_whose_matches_are_few_is_sorted(
    small: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few are sorted, many are met by walking; both say the same."""
    which = ItemFilter(on_hold=False)
    told = []
    for limit in (listings.SORTED_AT_MOST, 1):
        monkeypatch.setattr(listings, "SORTED_AT_MOST", limit)
        chosen = listings.item_listing(small, which, Place(lists.TITLE), 50)
        assert is_sorted(plan(small, chosen)) is (limit != 1)
        told.append([tuple(row) for row in chosen.rows(small)])
    assert told[0] == told[1]
    assert len(told[0]) == 2


@pytest.mark.parametrize("which", EVENT_FILTERS, ids=str)
def test_events_of_any_filters_are_found_by_an_index(small: Connection, which: EventFilter) -> None:
    for place in (*places(LOG), *places(backwards(LOG))):
        steps = plan(small, lists.events(which, place, 50))
        assert not scanned(steps), steps
        assert not any("AUTOMATIC" in step for step in steps), steps
        if which.item is None and which.tx is None:
            walked = "events_rare" if which.kind in EVENT_KINDS[3:] else "autoindex_events_2"
            if which.partner is not None and walked != "events_rare":
                assert {"events_signed", "events_received"} <= set(
                    re.findall(r"INDEX (\w+)", " ".join(steps))
                ), steps
            else:
                assert any(walked in step for step in steps), steps
                assert not is_sorted(steps), steps


@pytest.mark.parametrize(
    ("listing", "index"),
    [(one, index) for _, one, index in other_lists()],
    ids=[n for n, _, _ in other_lists()],
)
def test_every_other_list_walks_an_index(small: Connection, listing: Listing, index: str) -> None:
    steps = plan(small, listing)
    assert not scanned(steps), steps
    assert any(index in step for step in steps), steps
    assert not any("AUTOMATIC" in step for step in steps), steps


@pytest.mark.parametrize("name", ONE_ITEM)
def test_what_is_read_of_one_item_is_looked_up(small: Connection, name: str) -> None:
    steps = plan(small, ONE_ITEM[name])
    assert not scanned(steps), steps


def test_a_whole_read_would_be_noticed(small: Connection) -> None:
    assert scanned(plan(small, Listing("SELECT * FROM items i WHERE i.title LIKE '%x%'", {})))
    assert scanned(plan(small, Listing("SELECT count(*) FROM events e", {})))


# Most items are as most items are; the values that are asked for are those of a few hundredths of a percent.
FILLED = f"""
INSERT INTO blocks SELECT n, sha256(n::text::bytea), 1700000000 + 60 * n, sha256('j') FROM generate_series(1, 2000) n;
INSERT INTO partners SELECT n, sha256(n::text::bytea), 1023, false FROM generate_series(1, 60) n;
INSERT INTO keys SELECT substr(sha256(n::text::bytea), 1, 20), 1 + n % 40, 2, 0, '\\x00'::bytea, '\\xff'::bytea
    FROM generate_series(1, 200) n;
INSERT INTO items SELECT sha256(n::text::bytea), sha256('s'), {EVENTS_OF_EACH},
    CASE WHEN n % 900 < 14 THEN 1 + n % 900 ELSE 8 END, n % 997 = 0,
    CASE WHEN n % 900 < 8 THEN n % 900 ELSE 0 END, n % 900, null,
    1 + n % 2000, 1 + (n * 7) % 2000, 1700000000, 'urn:x:' || n, lpad(n::text, 14, '0'), 'S' || n,
    'Kettle ' || n % 300, 'Category ' || n % 900, 'Brand ' || n % 900, false FROM generate_series(1, {ITEMS}) n;
INSERT INTO item_terms SELECT item, convert_to(word, 'UTF8') FROM items,
    LATERAL (VALUES (lower(serial)), ('kettle'), ('brand' || split_part(brand, ' ', 2))) words (word);
INSERT INTO events SELECT sha256((n / {EVENTS_OF_EACH})::text::bytea), 1 + n % {EVENTS_OF_EACH},
    CASE WHEN n % 500 = 0 THEN 'Ruling' WHEN n % 5 = 0 THEN 'Intake' WHEN n % 5 < 3 THEN 'CustodyTransfer'
    ELSE 'ConditionReport' END, sha256('s'), sha256(n::text::bytea), 1 + n / 20, 1700000000, sha256((n / 3)::text::bytea),
    n, substr(sha256('k'), 1, 20), 1 + n % 40, 0, CASE WHEN n % 5 = 1 THEN substr(sha256('r'), 1, 20) END,
    CASE WHEN n % 5 = 1 THEN 1 + n % 39 END, null, '\\xff'::bytea, sha256('d'), null, null, null,
    CASE WHEN n % 900 = 0 THEN 1 END, null
    FROM generate_series({EVENTS_OF_EACH}, {ITEMS * EVENTS_OF_EACH} - 1) n;
INSERT INTO challenges SELECT sha256((n % {ITEMS})::text::bytea), 1 + n / {ITEMS}, sha256('w'), sha256('d'), 1, 1 + n / 5,
    1700000000, sha256('t'), n, substr(sha256('k'), 1, 20), 1, 0, '\\xff'::bytea, sha256('d')
    FROM generate_series(1, 9000) n
"""


@pytest.fixture(scope="module")
def grown(postgres: Server) -> Iterator[Connection]:
    """A PostgreSQL index of thousands of items, made up for its planner alone."""
    database: Database = open_database(postgres.new_database())
    with database.writing() as connection:
        for statement in FILLED.split(";\n"):
            connection.exec_driver_sql(statement.replace("%", "%%"))  # psycopg's placeholders
        connection.exec_driver_sql("ANALYZE")
    with database.reading() as connection:
        yield connection
    database.close()


# These take all their rows before they give the first: a limit above stops nothing below.
BLOCKING = {"Sort", "Aggregate", "Hash", "Materialize", "Bitmap Heap Scan"}


def whole_reads(node: dict[str, Any], stopped: bool = False) -> Iterator[str]:
    """Sequential scans of big tables, and walks along an index that no condition bounds and no limit stops."""
    kind = node["Node Type"]
    if node.get("Relation Name") in BIG:
        bounded = {"Index Cond", "Recheck Cond"} & node.keys()
        if kind == "Seq Scan" or not (bounded or stopped):
            yield f"{kind} of {node['Relation Name']} {node.get('Index Name', '')}"
    for below in node.get("Plans", ()):
        yield from whole_reads(below, (stopped or kind == "Limit") and kind not in BLOCKING)


def explained(connection: Connection, listing: Listing) -> dict[str, Any]:
    row = connection.execute(text(f"EXPLAIN (FORMAT JSON) {listing.sql}"), listing.values).scalar_one()
    ((found,),) = (json.loads(row) if isinstance(row, str) else row,)
    top: dict[str, Any] = found["Plan"]
    return top


GROWN_FILTERS = {
    "everything": ItemFilter(),
    "a common word": ItemFilter(terms=(b"kettle",)),
    "a rare word": ItemFilter(terms=(b"brand170",)),
    "a rare and a common word": ItemFilter(terms=(b"brand170", b"kettle")),
    "a common word and a stage": ItemFilter(terms=(b"kettle",), stage=1),
    "a common word and the commonest stage": ItemFilter(terms=(b"kettle",), stage=8),
    "item": ItemFilter(item=ITEM),
    "uri": ItemFilter(uri="urn:x:77"),
    "gtin": ItemFilter(gtin="00000000000077"),
    "serial": ItemFilter(serial="S77"),
    "category": ItemFilter(category="Category 7"),
    "brand": ItemFilter(brand="Brand 7"),
    "stage": ItemFilter(stage=1),
    "the commonest stage": ItemFilter(stage=8),
    "grade": ItemFilter(grade=1),
    "custodian": ItemFilter(custodian=7),
    "on hold": ItemFilter(on_hold=True),
    "not on hold": ItemFilter(on_hold=False),
    "days": ItemFilter(blocks=(3, 17)),
    "stage and days": ItemFilter(stage=1, blocks=(3, 700)),
    "stage and category": ItemFilter(stage=1, category="Category 7"),
    "nothing": ItemFilter(brand="none such"),
}


@pytest.mark.parametrize("name", GROWN_FILTERS)
@pytest.mark.parametrize("sort", ITEM_ORDERS)
def test_postgresql_reads_no_whole_table_for_a_list_of_items(grown: Connection, name: str, sort: str) -> None:
    for place in places(ITEM_ORDERS[sort]):
        top = explained(grown, listings.item_listing(grown, GROWN_FILTERS[name], place, 50))
        assert not list(whole_reads(top)), json.dumps(top, indent=1)


def test_postgresql_reads_no_whole_table_for_a_list_of_events(grown: Connection) -> None:
    tx = grown.execute(text("SELECT tx FROM events LIMIT 1")).scalar_one()
    for which in EVENT_FILTERS:
        for place in (*places(LOG), *places(backwards(LOG))):
            top = explained(grown, lists.events(replace(which, tx=which.tx and tx), place, 50))
            assert not list(whole_reads(top)), (which, json.dumps(top, indent=1))


@pytest.mark.parametrize(
    "listing", [one for _, one, _ in other_lists()], ids=[n for n, _, _ in other_lists()]
)
def test_postgresql_reads_no_whole_table_for_other_lists(grown: Connection, listing: Listing) -> None:
    top = explained(grown, listing)
    assert not list(whole_reads(top)), json.dumps(top, indent=1)


def test_a_whole_read_of_postgresql_would_be_noticed(grown: Connection) -> None:
    for sql in (
        "SELECT * FROM items i WHERE title LIKE '%x%'",
        "SELECT block FROM events e ORDER BY digest LIMIT 5",
    ):
        assert list(whole_reads(explained(grown, Listing(sql, {}))))
