"""The lists, as SQL that both databases read alike: every one walks an index from where the page before ended.

A `Listing` is a statement with its values, so that a test can read the plan of the very query that is run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, text

from provenance.store.reads import ITEM_COLUMNS
from provenance.store.schema import RARE_KINDS
from provenance.store.terms import term_range

LAST_BLOCK = 2**31 - 1
EVERY_BLOCK = (0, LAST_BLOCK)
USUAL_KINDS = ("Intake", "ConditionReport", "CustodyTransfer")


@dataclass(frozen=True)
class Listing:
    """A statement and what is bound in it."""

    sql: str
    values: dict[str, Any]

    def rows(self, connection: Connection) -> Sequence[Any]:
        return connection.execute(text(self.sql), self.values).all()


@dataclass(frozen=True)
class Order:
    """By which columns a list is sorted, all the same way; together they are different in every row."""

    columns: tuple[str, ...]
    kinds: tuple[type, ...]
    descending: bool = False

    @property
    def selected(self) -> str:
        """The columns, selected under the names that `place_of` reads."""
        return ", ".join(f"{column} AS at_{number}" for number, column in enumerate(self.columns))

    def place_of(self, row: Any) -> tuple[Any, ...]:
        """Where a row stands in this order."""
        return tuple(getattr(row, f"at_{number}") for number in range(len(self.columns)))


@dataclass(frozen=True)
class Place:
    """A list's order, and the place of the last row before; none at the beginning."""

    order: Order
    after: tuple[Any, ...] | None = None


# Both databases compare these alike: the column's collation is by code points, and lower() changes ASCII alone.
# Cut, because it goes into cursors.
BY_TITLE = "lower(substr(coalesce(i.title, ''), 1, 64))"
BY_BRAND = "lower(substr(coalesce(i.brand, ''), 1, 64))"
LAST_CHANGE = Order(("i.last_block", "i.item"), (int, bytes), descending=True)
FIRST_SEEN = Order(("i.first_block", "i.item"), (int, bytes))
TITLE = Order((BY_TITLE, "i.item"), (str, bytes))
BRAND = Order((BY_BRAND, "i.item"), (str, bytes))
LOG = Order(("block", "log_index"), (int, int), descending=True)
PARTNER = Order(("p.partner",), (int,))
KEY = Order(("k.address",), (bytes,))


def backwards(order: Order) -> Order:
    """The same order, read from its end."""
    return replace(order, descending=not order.descending)


@dataclass(frozen=True)
class ItemFilter:
    """Which items. ``terms``: it must have a term that begins with each; ``blocks``: when it changed last."""

    terms: tuple[bytes, ...] = ()
    item: bytes | None = None
    uri: str | None = None
    gtin: str | None = None
    serial: str | None = None
    category: str | None = None
    brand: str | None = None
    stage: int | None = None
    grade: int | None = None
    custodian: int | None = None
    on_hold: bool | None = None
    blocks: tuple[int, int] = EVERY_BLOCK


@dataclass(frozen=True)
class EventFilter:
    """Which events. ``partner`` signed or received; ``blocks`` are the first and the last one."""

    item: bytes | None = None
    kind: str | None = None
    partner: int | None = None
    tx: bytes | None = None
    blocks: tuple[int, int] = EVERY_BLOCK


@dataclass
class _Query:
    """A query being put together."""

    source: str
    conditions: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def require(self, condition: str, **values: Any) -> None:
        self.conditions.append(condition)
        self.values |= values

    def behind(self, place: Place, columns: tuple[str, ...] | None = None) -> str:
        """Starts behind the place; the order that goes with it."""
        columns = columns or place.order.columns
        sign, way = ("<", "DESC") if place.order.descending else (">", "ASC")
        if place.after is not None:
            names = [f"after_{number}" for number in range(len(columns))]
            self.require(f"({', '.join(columns)}) {sign} ({', '.join(f':{name}' for name in names)})")
            self.values |= dict(zip(names, place.after, strict=True))
        return ", ".join(f"{column} {way}" for column in columns)

    def select(self, columns: str, rest: str) -> Listing:
        where = " AND ".join(self.conditions) or "1 = 1"
        return Listing(f"SELECT {columns} FROM {self.source} WHERE {where} {rest}", self.values)  # noqa: S608


_NAMED = " LEFT JOIN partners p ON p.partner = {of} LEFT JOIN partner_names n ON n.name_hash = p.name_hash"


def items(which: ItemFilter, place: Place, limit: int) -> Listing:
    """Items in the order of the place, with their custodian's name, found by an index of a filter.

    By the last change they come out of that index in order; for another order all that match are sorted. Without any
    filter but words, the first word finds the items.
    """
    order = place.order
    columns = order.columns if order.columns == LAST_CHANGE.columns else _never_walked(order)
    return _item_rows(_items(which), place, columns, limit)


def items_in_order(which: ItemFilter, place: Place, limit: int) -> Listing:
    """The same items, found by walking along the order's own index and leaving out what does not match."""
    query = _Query("items i")
    _require_terms(query, which.terms)
    inner = _items(replace(which, terms=()))
    # Neither database takes an index for what IS TRUE.
    query.conditions += [f"({condition}) IS TRUE" for condition in inner.conditions]
    query.values |= inner.values
    return _item_rows(query, place, place.order.columns, limit)


def items_with_term(which: ItemFilter, place: Place, limit: int) -> Listing:
    """The same items, found by the first word; the other filters are looked up item by item."""
    return _item_rows(_items_by_term(which), place, _never_walked(place.order), limit)


def term_count(term: bytes, limit: int) -> Listing:
    """How many times a word stands for an item, counting no further than ``limit``."""
    begin, end = term_range(term)
    return Listing(
        "SELECT count(*) AS items FROM"
        " (SELECT 1 AS one FROM item_terms WHERE term >= :term AND term < :end LIMIT :limit) counted",
        {"term": begin, "end": end, "limit": limit},
    )


def _item_rows(query: _Query, place: Place, columns: tuple[str, ...], limit: int) -> Listing:
    query.source += _NAMED.format(of="i.custodian")
    order = query.behind(place, columns)
    query.values["limit"] = limit
    return query.select(f"{ITEM_COLUMNS}, {place.order.selected}", f"ORDER BY {order} LIMIT :limit")


def _never_walked(order: Order) -> tuple[str, ...]:
    """The order's columns as expressions that are in no index, so that the filter's index is taken."""
    plain = {int: "({} + 0)", str: "({} || '')"}
    return tuple(
        plain.get(kind, "{}").format(column) for column, kind in zip(order.columns, order.kinds, strict=True)
    )


def item_count(which: ItemFilter, limit: int) -> Listing:
    """How many items there are, counting no further than ``limit``."""
    query = _items_by_term(which) if which.terms else _items(which)
    query.values["limit"] = limit
    inner = query.select("1 AS one", "LIMIT :limit")
    return Listing(f"SELECT count(*) AS items FROM ({inner.sql}) counted", inner.values)  # noqa: S608


def _items(which: ItemFilter) -> _Query:
    query = _Query("items i")
    _require_columns(query, which)
    # Without another filter these bounds make the walk along the index a search with a beginning and an end.
    if which.blocks != EVERY_BLOCK or which.on_hold is not None or not query.conditions:
        query.require(
            "i.last_block >= :first AND i.last_block <= :last", first=which.blocks[0], last=which.blocks[1]
        )
    _require_terms(query, which.terms)
    return query


def _items_by_term(which: ItemFilter) -> _Query:
    begin, end = term_range(which.terms[0])
    # CROSS JOIN: SQLite then begins on the left; PostgreSQL chooses for itself.
    query = _Query(
        "(SELECT DISTINCT item FROM item_terms WHERE term >= :term AND term < :end) found CROSS JOIN items i"
    )
    query.require("i.item = found.item", term=begin, end=end)
    _require_columns(query, which)
    if which.blocks != EVERY_BLOCK:
        query.require(
            "i.last_block >= :first AND i.last_block <= :last", first=which.blocks[0], last=which.blocks[1]
        )
    _require_terms(query, which.terms[1:])
    return query


def _require_columns(query: _Query, which: ItemFilter) -> None:
    for name in ("item", "uri", "gtin", "serial", "category", "brand", "stage", "grade", "custodian"):
        value = getattr(which, name)
        if value is not None:
            query.require(f"i.{name} = :{name}", **{name: value})
    if which.on_hold is not None:
        query.require("i.on_hold" if which.on_hold else "NOT i.on_hold")


def _require_terms(query: _Query, terms: Sequence[bytes]) -> None:
    """Items found otherwise must have these words too: looked up item by item."""
    for number, term in enumerate(terms):
        begin, end = term_range(term)
        name, other = f"term{number}", f"end{number}"
        query.require(
            f"EXISTS (SELECT 1 FROM item_terms t WHERE t.item = i.item AND t.term >= :{name} AND t.term < :{other})",  # noqa: S608
            **{name: begin, other: end},
        )


EVENT_COLUMNS = """
    e.item, e.seq, e.kind, e.slot, e.digest, e.block, e.log_index, e.time, e.tx, e.signer, e.signer_partner,
    e.receiver, e.receiver_partner, e.corrects, e.answers, prior.slot AS prior_slot, i.title, i.uri, i.gtin,
    n.name AS signer_name, taker.name AS receiver_name,
    (SELECT min(c.seq) FROM events c WHERE c.item = e.item AND c.corrects = e.seq) AS corrected_by
"""


_EVENT_TABLES = (
    "events e JOIN items i ON i.item = e.item"
    " LEFT JOIN events prior ON prior.item = e.item AND prior.seq = e.seq - 1"
    + _NAMED.format(of="e.signer_partner")
    + " LEFT JOIN partners r ON r.partner = e.receiver_partner"
    " LEFT JOIN partner_names taker ON taker.name_hash = r.name_hash"
)
_BY_EITHER = "(e.signer_partner = :partner OR e.receiver_partner = :partner)"


def events(which: EventFilter, place: Place, limit: int) -> Listing:
    """Events in the order of the chain, each with the slot before it and the names of those who signed."""
    few = which.item is not None or which.tx is not None or _is_rare(which.kind)
    query = _Query(_EVENT_TABLES)
    if which.partner is not None and few:
        query.require(_BY_EITHER, partner=which.partner)
    elif which.partner is not None:
        return _events_of_partner(which, which.partner, place, limit)
    _require_event(query, which)
    order = query.behind(place, _of_event(place))
    query.values["limit"] = limit
    return query.select(f"{EVENT_COLUMNS}, {_AT_EVENT}", f"ORDER BY {order} LIMIT :limit")


_AT_EVENT = "e.block AS at_0, e.log_index AS at_1"


def _events_of_partner(which: EventFilter, partner: int, place: Place, limit: int) -> Listing:
    """Those it signed and those it received: two walks along two indexes, each no longer than the page, then merged."""
    walks: list[str] = []
    values: dict[str, Any] = {}
    columns = ("block", "log_index")
    for role in ("signer_partner", "receiver_partner"):
        walk = _Query("events e")
        walk.require(f"e.{role} = :partner", partner=partner, limit=limit)
        _require_event(walk, which)
        order = walk.behind(place, _of_event(place))
        inner = walk.select("e.item, e.seq, e.block, e.log_index", f"ORDER BY {order} LIMIT :limit")
        walks.append(f"SELECT item, seq, block, log_index FROM ({inner.sql}) {role}")  # noqa: S608
        values |= inner.values
    anywhere = replace(place, after=None)
    merged = _Query(f"({' UNION '.join(walks)}) walked", [], values)
    found = merged.select("item, seq", f"ORDER BY {merged.behind(anywhere, columns)} LIMIT :limit")
    # CROSS JOIN: SQLite then begins with the few that were found.
    query = _Query(
        f"({found.sql}) found CROSS JOIN {_EVENT_TABLES}",
        ["e.item = found.item AND e.seq = found.seq"],
        values,
    )
    order = query.behind(anywhere, _of_event(place))
    return query.select(f"{EVENT_COLUMNS}, {_AT_EVENT}", f"ORDER BY {order}")


def _require_event(query: _Query, which: EventFilter) -> None:
    if which.item is not None:
        query.require("e.item = :item", item=which.item)
    if which.tx is not None:
        # The index holds the beginning alone: eight bytes tell transactions apart as well as 32.
        query.require("substr(e.tx, 1, 8) = :tx_begin AND e.tx = :tx", tx_begin=which.tx[:8], tx=which.tx)
    if which.kind is not None:
        query.require("e.kind = :kind", kind=which.kind)
        if _is_rare(which.kind):
            query.require(f"e.{RARE_KINDS}")
    query.require("e.block >= :first AND e.block <= :last", first=which.blocks[0], last=which.blocks[1])


def _is_rare(kind: str | None) -> bool:
    return kind is not None and kind not in USUAL_KINDS


def _of_event(place: Place) -> tuple[str, ...]:
    return tuple(f"e.{column}" for column in place.order.columns)


CHALLENGE_COLUMNS = """
    c.item, c.count, c.challenged, c.digest, c.details, c.block, c.log_index, c.time, c.tx, c.signer,
    c.signer_partner, i.title, i.uri, i.gtin, n.name AS signer_name,
    (SELECT min(e.seq) FROM events e WHERE e.item = c.item AND e.answers = c.count) AS answered_by
"""


def challenges(item: bytes | None, place: Place, limit: int) -> Listing:
    """Challenges in the order of the chain, each with the event that answers it."""
    query = _Query(
        "challenges c JOIN items i ON i.item = c.item" + _NAMED.format(of="c.signer_partner"),
    )
    if item is not None:
        query.require("c.item = :item", item=item)
    query.require("c.block >= 0")
    order = query.behind(place, tuple(f"c.{column}" for column in place.order.columns))
    query.values["limit"] = limit
    at = "c.block AS at_0, c.log_index AS at_1"
    return query.select(f"{CHALLENGE_COLUMNS}, {at}", f"ORDER BY {order} LIMIT :limit")


HOLD_COLUMNS = f"""{ITEM_COLUMNS}, h.seq AS hold_seq, h.block AS hold_block, h.time AS hold_time,
    h.signer AS hold_signer, h.signer_partner AS hold_partner, auditor.name AS hold_name"""


def holds(place: Place, limit: int) -> Listing:
    """Items on hold, by when they changed last, each with the event that put the hold on."""
    query = _Query(
        "items i"  # noqa: S608  # only constants
        " JOIN events h ON h.item = i.item AND h.seq ="
        " (SELECT max(e.seq) FROM events e WHERE e.item = i.item AND e.kind = 'Hold')"
        + _NAMED.format(of="i.custodian")
        + " LEFT JOIN partners hp ON hp.partner = h.signer_partner"
        " LEFT JOIN partner_names auditor ON auditor.name_hash = hp.name_hash"
    )
    query.require("i.on_hold AND i.last_block >= 0")
    order = query.behind(place)
    query.values["limit"] = limit
    return query.select(f"{HOLD_COLUMNS}, {place.order.selected}", f"ORDER BY {order} LIMIT :limit")


PARTNER_COLUMNS = """
    p.partner, p.name_hash, p.allowed, p.suspended, n.name, n.business, n.made_up,
    (SELECT count(*) FROM keys k WHERE k.partner = p.partner) AS keys
"""


def partners(place: Place, limit: int, number: int | None = None) -> Listing:
    """Partners by number, with how many keys each has; or one alone."""
    query = _Query("partners p LEFT JOIN partner_names n ON n.name_hash = p.name_hash")
    query.require("p.partner > 0", limit=limit)
    if number is not None:
        query.require("p.partner = :partner", partner=number)
    order = query.behind(place)
    return query.select(f"{PARTNER_COLUMNS}, {place.order.selected}", f"ORDER BY {order} LIMIT :limit")


def keys(place: Place, limit: int, partner: int | None = None, address: bytes | None = None) -> Listing:
    """Keys by address, with their partner's name; one partner's, or one alone."""
    query = _Query("keys k" + _NAMED.format(of="k.partner"))
    query.require("k.address > :nobody", nobody=b"", limit=limit)
    if partner is not None:
        query.require("k.partner = :partner", partner=partner)
    if address is not None:
        query.require("k.address = :address", address=address)
    order = query.behind(place)
    columns = "k.address, k.partner, k.roles, k.kind, k.valid_from, k.valid_to, n.name"
    return query.select(f"{columns}, {place.order.selected}", f"ORDER BY {order} LIMIT :limit")


def names_known() -> Listing:
    """How many partners' names are known: the one thing in lists that no block brings."""
    return Listing("SELECT count(*) AS names FROM partner_names", {})


def first_block_from(time: int) -> Listing:
    """The first block with a record at or after this moment."""
    return Listing(
        "SELECT number FROM blocks WHERE time >= :time ORDER BY time, number LIMIT 1", {"time": time}
    )


def last_block_before(time: int) -> Listing:
    """The last block with a record before this moment."""
    return Listing(
        "SELECT number FROM blocks WHERE time < :time ORDER BY time DESC, number DESC LIMIT 1", {"time": time}
    )
