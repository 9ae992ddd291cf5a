"""Writing the index: ranges of blocks in one transaction each, so nobody ever reads half a block.

Undoing blocks needs no log of its own. Events, challenges, signatures and changes of partners and keys are only ever
added, each with its block: those of undone blocks are deleted. Items, partners and keys are their latest such rows,
so what is left gives their former state back, exactly as following the same blocks afresh would.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select, text, update

from provenance.model.words import Slot
from provenance.store import schema
from provenance.store.bulk import add_many, change_many
from provenance.store.rows import Row, add, in_parts, put
from provenance.store.tallies import Move, add_tallies
from provenance.store.terms import add_terms

BEFORE_ALL = -1


@dataclass(frozen=True)
class Position:
    """How far the index has followed the chain: all blocks up to and with ``block``. Unix seconds.

    Up to ``proven`` the journal was compared with the chain's own.
    """

    ledger: bytes
    block: int
    hash: bytes
    time: int
    journal: bytes
    finalized: int
    head: int
    proven: int


@dataclass(frozen=True)
class KnownBlock:
    """A block that the index has followed."""

    number: int
    hash: bytes
    time: int


@dataclass
class Projection:
    """The rows that a range of blocks adds; partners and keys replace what was there.

    Events and challenges as `bulk.add_many` takes them.
    """

    blocks: list[Row] = field(default_factory=list)
    unfinal_blocks: list[Row] = field(default_factory=list)
    new_items: list[Row] = field(default_factory=list)
    changed_items: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    challenges: list[Row] = field(default_factory=list)
    moves: list[tuple[Move, int]] = field(default_factory=list)
    signatures: list[Row] = field(default_factory=list)
    partners: list[Row] = field(default_factory=list)
    keys: list[Row] = field(default_factory=list)
    partner_changes: list[Row] = field(default_factory=list)
    key_changes: list[Row] = field(default_factory=list)


def be_the_only_writer(connection: Connection) -> None:
    """Lets one follower at a time write; SQLite's transactions do so by themselves."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE cursor IN SHARE ROW EXCLUSIVE MODE"))


def write(connection: Connection, projection: Projection, position: Position) -> None:
    """Adds a range and moves the cursor, in the caller's transaction."""
    add_many(connection, schema.blocks, projection.blocks)
    add_many(connection, schema.unfinal_blocks, projection.unfinal_blocks)
    put(connection, schema.partners, projection.partners)
    put(connection, schema.keys, projection.keys)
    add(connection, schema.partner_changes, projection.partner_changes)
    add(connection, schema.key_changes, projection.key_changes)
    add_tallies(connection, projection.moves, projection.new_items)
    # Rows in the order of their keys find their places next to each other, however large the table.
    add_many(connection, schema.items, sorted(projection.new_items, key=itemgetter("item")))
    add_terms(connection, projection.new_items)
    change_many(connection, schema.items, "item", sorted(projection.changed_items, key=itemgetter("item")))
    add_many(connection, schema.events, sorted(projection.events, key=itemgetter("item", "seq")))
    add_many(connection, schema.challenges, projection.challenges)
    add_many(connection, schema.signatures, projection.signatures)
    put(connection, schema.cursor, [{"one": 1, **vars(position)}])
    _forget_final(connection, position.finalized)


def undo(connection: Connection, to: KnownBlock | None, opened: bytes) -> None:
    """Takes back every block after ``to``, all of them for None; the cursor then stands at ``to``.

    ``opened`` is the journal before any record.
    """
    last = to.number if to else BEFORE_ALL
    items = _touched(connection, last, "item", schema.events, schema.challenges)
    partners = _touched(connection, last, "partner", schema.partner_changes)
    keys = _touched(connection, last, "address", schema.key_changes)
    for table in (
        schema.events,
        schema.challenges,
        schema.signatures,
        schema.partner_changes,
        schema.key_changes,
    ):
        connection.execute(delete(table).where(table.c.block > last))
    for table in (schema.blocks, schema.unfinal_blocks):
        connection.execute(delete(table).where(table.c.number > last))
    _restore_items(connection, items)
    _restore_latest(connection, schema.partners, schema.partner_changes, partners)
    _restore_latest(connection, schema.keys, schema.key_changes, keys)
    _move_back(connection, to, opened)


def known_blocks(connection: Connection) -> Iterator[KnownBlock]:
    """The blocks whose hash the index knows, newest first: all that are not final, and those with records."""
    known = [
        select(table.c.number, table.c.hash, table.c.time) for table in (schema.unfinal_blocks, schema.blocks)
    ]
    united = known[0].union(known[1]).subquery()
    for row in connection.execute(select(united).order_by(united.c.number.desc())):
        yield KnownBlock(row.number, row.hash, row.time)


def slot_columns(word: bytes) -> Row:
    """What an item's row shows of its slot."""
    slot = Slot.from_word(word)
    return {
        "slot": word,
        "seq": slot.seq,
        "stage": int(slot.stage),
        "on_hold": slot.on_hold,
        "grade": slot.grade,
        "custodian": slot.custodian,
    }


def _touched(connection: Connection, last: int, name: str, *tables: Table) -> list[Any]:
    found: set[Any] = set()
    for table in tables:
        found.update(connection.scalars(select(table.c[name]).where(table.c.block > last).distinct()))
    return sorted(found)


def _restore_items(connection: Connection, items: Sequence[bytes]) -> None:
    """Gives items the state that their remaining records left; those without any were never there."""
    remaining = _latest(connection, schema.events, "item", "seq", items)
    disputes = _latest(connection, schema.challenges, "item", "count", items)
    rows = []
    for item, event in remaining.items():
        dispute = disputes.get(item)
        last = max((row for row in (event, dispute) if row is not None), key=lambda row: row.block)
        rows.append(
            {
                "item": item,
                **slot_columns(event.slot),
                "challenges": dispute.word if dispute else None,
                "last_block": last.block,
                "last_time": last.time,
            }
        )
    gone = [item for item in items if item not in remaining]
    for table in reversed(schema.derived.sorted_tables):
        if "item" in table.c:
            _delete_rows(connection, table, "item", gone)
    change_many(connection, schema.items, "item", rows)


def _restore_latest(connection: Connection, table: Table, changes: Table, touched: Sequence[Any]) -> None:
    (key,) = (column.name for column in table.primary_key)
    _delete_rows(connection, table, key, touched)
    for part in in_parts(touched):
        rows = connection.execute(
            select(*(changes.c[column.name] for column in table.c))
            .where(changes.c[key].in_(part))
            .order_by(changes.c.block, changes.c.log_index)
        )
        latest = {row._mapping[key]: dict(row._mapping) for row in rows}
        add(connection, table, list(latest.values()))


def _latest(
    connection: Connection, table: Table, key: str, number: str, keys: Sequence[bytes]
) -> dict[bytes, Any]:
    """The row with the highest number for each of these keys that has one."""
    found = {}
    for part in in_parts(keys):
        highest = (
            select(table.c[key], func.max(table.c[number]).label("highest"))
            .where(table.c[key].in_(part))
            .group_by(table.c[key])
            .subquery()
        )
        rows = select(table).join(
            highest, (table.c[key] == highest.c[key]) & (table.c[number] == highest.c.highest)
        )
        found.update({row._mapping[key]: row for row in connection.execute(rows)})
    return found


def _delete_rows(connection: Connection, table: Table, key: str, keys: Sequence[Any]) -> None:
    for part in in_parts(keys):
        connection.execute(delete(table).where(table.c[key].in_(part)))


def _move_back(connection: Connection, to: KnownBlock | None, opened: bytes) -> None:
    table = schema.cursor
    if to is None:
        connection.execute(delete(table))
        return
    before = select(schema.blocks.c.journal).order_by(schema.blocks.c.number.desc()).limit(1)
    journal = connection.execute(before).scalar_one_or_none() or opened
    connection.execute(update(table).values(block=to.number, hash=to.hash, time=to.time, journal=journal))
    for name in ("finalized", "proven"):
        connection.execute(update(table).where(table.c[name] > to.number).values({name: to.number}))


def _forget_final(connection: Connection, finalized: int) -> None:
    table = schema.unfinal_blocks
    connection.execute(delete(table).where(table.c.number <= finalized))


def position(connection: Connection) -> Position | None:
    """How far the index has come; None if it has not begun."""
    table = schema.cursor
    row = connection.execute(select(*(column for column in table.c if column.name != "one"))).one_or_none()
    return Position(**row._asdict()) if row else None


def note_progress(connection: Connection, reached: Position) -> None:
    """Notes how far the chain itself has come and what is proven, though no block was added."""
    connection.execute(
        update(schema.cursor).values(head=reached.head, finalized=reached.finalized, proven=reached.proven)
    )
    _forget_final(connection, reached.finalized)


def keys_of(connection: Connection, addresses: Sequence[bytes]) -> list[Row]:
    """Those of these keys that the index knows, as rows of the keys table."""
    found: list[Row] = []
    for part in in_parts(addresses):
        rows = connection.execute(select(schema.keys).where(schema.keys.c.address.in_(part)))
        found += [row._asdict() for row in rows]
    return found


def partner_count(connection: Connection) -> int:
    """How many partners the index knows."""
    return connection.execute(select(func.count()).select_from(schema.partners)).scalar_one()


def partners(connection: Connection) -> list[Row]:
    """All partners, as rows of the partners table."""
    return [row._asdict() for row in connection.execute(select(schema.partners))]


def item_words(connection: Connection, items: Sequence[bytes]) -> dict[bytes, tuple[bytes, bytes | None]]:
    """Slot and challenge word of each of these items that the index knows."""
    table = schema.items
    found: dict[bytes, tuple[bytes, bytes | None]] = {}
    for part in in_parts(items):
        rows = connection.execute(
            select(table.c.item, table.c.slot, table.c.challenges).where(table.c.item.in_(part))
        )
        found.update({row.item: (row.slot, row.challenges) for row in rows})
    return found
