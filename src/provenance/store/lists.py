"""The lists, as SQL that both databases read alike: every one walks an index from where the page before ended.

A `Listing` is a statement with its values, so that a test can read the plan of the very query that is run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
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
    """Which events; ``blocks`` are the first and the last one."""

    item: bytes | None = None
    kind: str | None = None
    blocks: tuple[int, int] = EVERY_BLOCK


@dataclass(frozen=True)
class Place:
    """Where the page before ended, and the way it goes. ``block`` None: at the beginning."""

    newest_first: bool = True
    block: int | None = None
    key: bytes | int = 0


@dataclass
class _Query:
    """A query being put together."""

    source: str
    conditions: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def require(self, condition: str, **values: Any) -> None:
        self.conditions.append(condition)
        self.values |= values

    def behind(self, place: Place, columns: str) -> str:
        """Starts behind the place; the order that goes with it."""
        sign, way = ("<", "DESC") if place.newest_first else (">", "ASC")
        if place.block is not None:
            self.require(f"({columns}) {sign} (:after_block, :after_key)")
            self.values |= {"after_block": place.block, "after_key": place.key}
        return ", ".join(f"{column.strip()} {way}" for column in columns.split(","))

    def select(self, columns: str, rest: str) -> Listing:
        where = " AND ".join(self.conditions)
        return Listing(f"SELECT {columns} FROM {self.source} WHERE {where} {rest}", self.values)  # noqa: S608


_NAMED = " LEFT JOIN partners p ON p.partner = {of} LEFT JOIN partner_names n ON n.name_hash = p.name_hash"


def items(which: ItemFilter, place: Place, limit: int) -> Listing:
    """Items by when they changed last, with their custodian's name."""
    query = _items(which)
    query.source += _NAMED.format(of="i.custodian")
    order = query.behind(place, "i.last_block, i.item")
    query.values["limit"] = limit
    return query.select(ITEM_COLUMNS, f"ORDER BY {order} LIMIT :limit")


def item_count(which: ItemFilter, limit: int) -> Listing:
    """How many items there are, counting no further than ``limit``."""
    query = _items(which)
    query.values["limit"] = limit
    inner = query.select("1 AS one", "LIMIT :limit")
    return Listing(f"SELECT count(*) AS items FROM ({inner.sql}) counted", inner.values)  # noqa: S608


def _items(which: ItemFilter) -> _Query:
    query = _Query("items i")
    for place, term in enumerate(which.terms):
        _require_term(query, place, term)
    for name in ("item", "uri", "gtin", "serial", "category", "brand", "stage", "grade", "custodian"):
        value = getattr(which, name)
        if value is not None:
            query.require(f"i.{name} = :{name}", **{name: value})
    if which.on_hold is not None:
        query.require("i.on_hold" if which.on_hold else "NOT i.on_hold")
    # Without another filter these bounds make the walk along the index a search with a beginning and an end.
    if which.blocks != EVERY_BLOCK or which.on_hold is not None or not query.conditions:
        query.require(
            "i.last_block >= :first AND i.last_block <= :last", first=which.blocks[0], last=which.blocks[1]
        )
    return query


def _require_term(query: _Query, place: int, term: bytes) -> None:
    """The first term finds the items, the others are looked up item by item."""
    begin, end = term_range(term)
    asked = f"term >= :term{place} AND term < :end{place}"
    if place == 0:
        # CROSS JOIN: SQLite then begins on the left; PostgreSQL chooses for itself.
        query.source = f"(SELECT DISTINCT item FROM item_terms WHERE {asked}) found CROSS JOIN items i"  # noqa: S608
        query.require("i.item = found.item")
    else:
        query.require(f"EXISTS (SELECT 1 FROM item_terms t WHERE t.item = i.item AND t.{asked})")  # noqa: S608
    query.values |= {f"term{place}": begin, f"end{place}": end}


EVENT_COLUMNS = """
    e.item, e.seq, e.kind, e.slot, e.digest, e.block, e.log_index, e.time, e.tx, e.signer, e.signer_partner,
    e.receiver, e.receiver_partner, e.corrects, e.answers, prior.slot AS prior_slot, i.title, i.uri, i.gtin,
    n.name AS signer_name, taker.name AS receiver_name,
    (SELECT min(c.seq) FROM events c WHERE c.item = e.item AND c.corrects = e.seq) AS corrected_by
"""


def events(which: EventFilter, place: Place, limit: int) -> Listing:
    """Events in the order of the chain, each with the slot before it and the names of those who signed."""
    query = _Query(
        "events e JOIN items i ON i.item = e.item"
        " LEFT JOIN events prior ON prior.item = e.item AND prior.seq = e.seq - 1"
        + _NAMED.format(of="e.signer_partner")
        + " LEFT JOIN partners r ON r.partner = e.receiver_partner"
        " LEFT JOIN partner_names taker ON taker.name_hash = r.name_hash"
    )
    if which.item is not None:
        query.require("e.item = :item", item=which.item)
    if which.kind is not None:
        query.require("e.kind = :kind", kind=which.kind)
        if which.kind not in USUAL_KINDS:
            query.require(f"e.{RARE_KINDS}")
    query.require("e.block >= :first AND e.block <= :last", first=which.blocks[0], last=which.blocks[1])
    order = query.behind(place, "e.block, e.log_index")
    query.values["limit"] = limit
    return query.select(EVENT_COLUMNS, f"ORDER BY {order} LIMIT :limit")


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
    order = query.behind(place, "c.block, c.log_index")
    query.values["limit"] = limit
    return query.select(CHALLENGE_COLUMNS, f"ORDER BY {order} LIMIT :limit")


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
    order = query.behind(place, "i.last_block, i.item")
    query.values["limit"] = limit
    return query.select(HOLD_COLUMNS, f"ORDER BY {order} LIMIT :limit")


def partners(after: int, limit: int) -> Listing:
    """Partners by number, from behind ``after``, with how many items each holds."""
    return Listing(
        """
        SELECT p.partner, p.name_hash, p.allowed, p.suspended, n.name, n.business, n.made_up,
            (SELECT count(*) FROM keys k WHERE k.partner = p.partner) AS keys
        FROM partners p LEFT JOIN partner_names n ON n.name_hash = p.name_hash
        WHERE p.partner > :after ORDER BY p.partner LIMIT :limit""",
        {"after": after, "limit": limit},
    )


def keys(after: bytes, limit: int, partner: int | None = None, address: bytes | None = None) -> Listing:
    """Keys by address, from behind ``after``, with their partner's name; one partner's, or one alone."""
    query = _Query("keys k" + _NAMED.format(of="k.partner"))
    query.require("k.address > :after", after=after, limit=limit)
    if partner is not None:
        query.require("k.partner = :partner", partner=partner)
    if address is not None:
        query.require("k.address = :address", address=address)
    return query.select(
        "k.address, k.partner, k.roles, k.kind, k.valid_from, k.valid_to, n.name",
        "ORDER BY k.address LIMIT :limit",
    )


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
