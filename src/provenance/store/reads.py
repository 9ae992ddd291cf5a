"""The reads behind every page and answer: plain SQL, one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, text

from provenance.store.database import Database

ITEM_COLUMNS = """
    i.item, i.slot, i.seq, i.stage, i.on_hold, i.grade, i.custodian, i.challenges, i.first_block,
    i.last_block, i.last_time, i.uri, i.gtin, i.serial, i.title, i.category, i.brand, i.made_up,
    n.name AS custodian_name
"""
_ITEM_TABLES = """
    items i
    LEFT JOIN partners p ON p.partner = i.custodian
    LEFT JOIN partner_names n ON n.name_hash = p.name_hash
"""
ITEM = f"SELECT {ITEM_COLUMNS} FROM {_ITEM_TABLES} WHERE i.item = :item"  # noqa: S608  # only constants
ITEM_BY_URI = "SELECT item FROM items WHERE uri = :uri"
ITEMS_BY_SERIAL = "SELECT item FROM items WHERE serial = :serial ORDER BY item LIMIT 2"
EVENTS = """
    SELECT e.seq, e.kind, e.slot, e.digest, e.block, b.hash, e.time, e.tx, e.log_index,
        e.signer, e.signer_partner, giver.name, e.receiver, e.receiver_partner, taker.name,
        e.details, e.acceptance_details, e.exceptions, e.corrects, e.answers
    FROM events e
    JOIN blocks b ON b.number = e.block
    LEFT JOIN partners g ON g.partner = e.signer_partner
    LEFT JOIN partner_names giver ON giver.name_hash = g.name_hash
    LEFT JOIN partners r ON r.partner = e.receiver_partner
    LEFT JOIN partner_names taker ON taker.name_hash = r.name_hash
    WHERE e.item = :item ORDER BY e.seq
"""
CHALLENGES = """
    SELECT c.count, c.word, c.digest, c.challenged, c.block, c.time, c.tx, c.log_index,
        c.signer, c.signer_partner, n.name, c.details
    FROM challenges c
    LEFT JOIN partners p ON p.partner = c.signer_partner
    LEFT JOIN partner_names n ON n.name_hash = p.name_hash
    WHERE c.item = :item ORDER BY c.count
"""
FIELDS = """
    SELECT 2 * e.seq AS place, f.audience, f.name, f.value
    FROM events e JOIN fields f ON f.root = e.details WHERE e.item = :item
    UNION ALL
    SELECT 2 * e.seq + 1, f.audience, f.name, f.value
    FROM events e JOIN fields f ON f.root = e.acceptance_details WHERE e.item = :item
    UNION ALL
    SELECT -c.count, f.audience, f.name, f.value
    FROM challenges c JOIN fields f ON f.root = c.details WHERE c.item = :item
"""
POSITION = "SELECT block, time, finalized, head FROM cursor"


class ItemRow(NamedTuple):
    """A row of ITEM_COLUMNS."""

    item: bytes
    slot: bytes
    seq: int
    stage: int
    on_hold: bool
    grade: int
    custodian: int
    challenges: bytes | None
    first_block: int
    last_block: int
    last_time: int
    uri: str | None
    gtin: str | None
    serial: str | None
    title: str | None
    category: str | None
    brand: str | None
    made_up: bool | None
    custodian_name: str | None


class EventRow(NamedTuple):
    """A row of EVENTS: an event with the names of those who signed it."""

    seq: int
    kind: str
    slot: bytes
    digest: bytes
    block: int
    block_hash: bytes
    time: int
    tx: bytes
    log_index: int
    signer: bytes
    signer_partner: int
    signer_name: str | None
    receiver: bytes | None
    receiver_partner: int | None
    receiver_name: str | None
    details: bytes
    acceptance_details: bytes | None
    exceptions: int | None
    corrects: int | None
    answers: int | None


class ChallengeRow(NamedTuple):
    """A row of CHALLENGES."""

    number: int
    word: bytes
    digest: bytes
    challenged: int
    block: int
    time: int
    tx: bytes
    log_index: int
    signer: bytes
    signer_partner: int
    signer_name: str | None
    details: bytes


class Cursor(NamedTuple):
    """How far the index is, and the chain's head. ``time`` is in Unix seconds."""

    block: int
    time: int
    finalized: int
    head: int


FieldRow = tuple[int, str, str | None, str | None]
"""A row of FIELDS: whose document it is of (twice the event's seq, one more for what its receiver said, or minus the
challenge's number), audience, name and canonical JSON; None once erased."""


@dataclass(frozen=True, slots=True)
class HistoryRows:
    """An item's history as it is stored. Fields are in no order."""

    item: ItemRow | None
    position: Cursor | None
    events: Sequence[EventRow]
    challenges: Sequence[ChallengeRow]
    fields: Sequence[FieldRow]


_Row = TypeVar("_Row", ItemRow, Cursor)
NAMED_BY_URI = text("SELECT item FROM item_names WHERE uri = :uri")
ON_ITS_WAY = text(
    "SELECT status FROM submissions WHERE item = :item AND status <> 'rejected' ORDER BY seq LIMIT 1"
)
# These sum what is counted block by block as the index is written: never the items or events themselves.
FLOWS = text("""
    SELECT kind, stage_before, stage, grade_before, grade, sum(events) AS events FROM flows
    WHERE block >= :first AND block <= :last GROUP BY kind, stage_before, stage, grade_before, grade
""")
FIRST_INTAKES = text("SELECT category, sum(items) AS items FROM first_intakes GROUP BY category")
RARITIES = text("""
    SELECT (SELECT count(*) FROM items WHERE on_hold) AS on_hold,
        (SELECT count(*) FROM challenges) AS challenges
""")
# All but the final ones are few, and a table's rows are counted without looking at them: never a million by status.
NOT_FINAL = text("""
    SELECT status, count(*) AS submissions FROM submissions WHERE status < 'final' GROUP BY status
    UNION ALL SELECT status, count(*) FROM submissions WHERE status > 'final' GROUP BY status
""")
SUBMISSIONS = text("SELECT count(*) AS submissions FROM submissions")


def item(database: Database, item_id: bytes) -> tuple[ItemRow | None, Cursor | None]:
    """One item with its custodian's name, and how far the index was when it was read."""
    found, positions = database.look((ITEM, POSITION), {"item": item_id})
    return _one(ItemRow, found), _one(Cursor, positions)


def history(database: Database, item_id: bytes) -> HistoryRows:
    """Everything that is told of an item, as of one moment."""
    asked = (ITEM, POSITION, EVENTS, CHALLENGES, FIELDS)
    found, positions, events, challenges, fields = database.look(asked, {"item": item_id})
    return HistoryRows(
        _one(ItemRow, found),
        _one(Cursor, positions),
        list(map(EventRow._make, events)),
        list(map(ChallengeRow._make, challenges)),
        fields,
    )


def _one(kind: type[_Row], rows: Sequence[Any]) -> _Row | None:
    return kind(*rows[0]) if rows else None


def item_by_uri(database: Database, uri: str) -> tuple[list[bytes], Cursor | None]:
    """The id of the item with this canonical URI, if there is one, and how far the index was when it was read."""
    found, positions = database.look((ITEM_BY_URI, POSITION), {"uri": uri})
    return [row[0] for row in found], _one(Cursor, positions)


def items_by_serial(database: Database, serial: str) -> tuple[list[bytes], Cursor | None]:
    """The ids of at most two items with this serial number: one is an answer, two are a question."""
    found, positions = database.look((ITEMS_BY_SERIAL, POSITION), {"serial": serial})
    return [row[0] for row in found], _one(Cursor, positions)


def named_by_uri(connection: Connection, uri: str) -> bytes | None:
    """The id that goes with this canonical URI, whether the item is recorded or not."""
    found = connection.execute(NAMED_BY_URI, {"uri": uri}).scalar_one_or_none()
    return None if found is None else bytes(found)


def on_its_way(connection: Connection, item: bytes) -> str | None:
    """The status of the first of the item's submissions that was not rejected."""
    found = connection.execute(ON_ITS_WAY, {"item": item}).scalar_one_or_none()
    return None if found is None else str(found)


def flows(connection: Connection, first: int, last: int) -> Sequence[Any]:
    """How many events of these blocks went from which stage and grade to which, by kind."""
    return connection.execute(FLOWS, {"first": first, "last": last}).all()


def first_intakes(connection: Connection) -> dict[str, int]:
    """How many items of each category were ever taken in; the empty text where no category was said."""
    return {row.category: row.items for row in connection.execute(FIRST_INTAKES)}


def rarities(connection: Connection) -> tuple[int, int]:
    """Numbers of items on hold and of challenges."""
    row = connection.execute(RARITIES).one()
    return row.on_hold, row.challenges


def submission_counts(connection: Connection) -> dict[str, int]:
    """How many submissions have each status, those that some have."""
    found = {row.status: row.submissions for row in connection.execute(NOT_FINAL)}
    final = connection.execute(SUBMISSIONS).scalar_one() - sum(found.values())
    return dict(sorted((found | {"final": final} if final else found).items()))
