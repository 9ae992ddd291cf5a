"""What was submitted and what became of it: pending, sent, included, final; or rejected, and why.

A submission is for one place in one history: an event's seq, or a challenge's count. Of those for one place at most one
is not rejected; the database itself sees to that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    text,
    update,
)

from provenance.store.rows import add_missing, in_parts
from provenance.store.schema import challenges, events, submissions

NEWEST = 2**62


class Blocks(NamedTuple):
    """The blocks after one block, up to and with another."""

    after: int
    last: int


class Status(StrEnum):
    """The status words, as every reader sees them."""

    PENDING = "pending"
    SENT = "sent"
    INCLUDED = "included"
    FINAL = "final"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Submission:
    """One event on its way to the chain, which we sign when we send it; (item, seq) is its place in the history."""

    item: bytes
    seq: int
    kind: str
    details: bytes
    acceptance_details: bytes | None = None
    status: str = Status.PENDING
    reason: str | None = None
    tx: bytes | None = None


@dataclass(frozen=True)
class Signed:
    """One event on its way to the chain, signed by partners.

    ``message`` is what was signed, as typed data has it (JSON); ``authorization`` says who signed it, as the
    ``leaf``-th of what was signed together. ``disputes``: a challenge, whose ``seq`` counts challenges.
    """

    item: bytes
    disputes: bool
    seq: int
    kind: str
    digest: bytes
    details: bytes
    acceptance_details: bytes | None
    submitted: int
    message: str
    authorization: int
    leaf: int
    receiver_authorization: int | None = None
    receiver_leaf: int | None = None
    exceptions: int | None = None


@dataclass(frozen=True)
class Receipt:
    """What became of a submission. ``submitted`` is in Unix seconds; ``revision`` grows with each change."""

    digest: bytes
    item: bytes
    disputes: bool
    seq: int
    kind: str
    status: str
    reason: str | None
    tx: bytes | None
    revision: int
    submitted: int


_OURS = tuple(field.name for field in fields(Submission))
_RECEIPT = tuple(field.name for field in fields(Receipt))
_ROW = ("id", *(field.name for field in fields(Signed)))


@dataclass(frozen=True)
class Queued(Signed):
    """A signed submission as it is kept; they are sent in the order of ``id``."""

    id: int = 0


def submit(connection: Connection, batch: Sequence[Submission]) -> None:
    """Saves submissions; one for the same place in the same history stays as it is."""
    add_missing(connection, submissions, [vars(submission) for submission in batch])


def submissions_of(
    connection: Connection, items: Sequence[bytes], since: int = 0
) -> dict[tuple[bytes, int], Submission]:
    """The submissions of events of these items, by item and seq; with ``since``, those from that seq on.

    Where several were for one place, the one that was not rejected, else the last.
    """
    table = submissions.c
    wanted = and_(table.item.in_(items), table.seq >= since, table.disputes.is_(False))
    order = (case((table.status == Status.REJECTED.value, 0), else_=1), table.id)
    rows = connection.execute(select(*(table[name] for name in _OURS)).where(wanted).order_by(*order))
    return {(row.item, row.seq): Submission(**row._asdict()) for row in rows}


def accept(connection: Connection, batch: Sequence[Signed]) -> None:
    """Saves signed submissions, each for a place that no other claims. The caller has locked their items."""
    if batch:
        rows = [{**vars(signed), "status": Status.PENDING.value} for signed in batch]
        connection.execute(submissions.insert(), rows)


def revive(connection: Connection, digests: Sequence[bytes]) -> None:
    """Lets rejected submissions wait for the chain once more."""
    for part in in_parts(digests):
        change = update(submissions).where(
            submissions.c.digest.in_(part), submissions.c.status == Status.REJECTED.value
        )
        connection.execute(change.values(**_now(Status.PENDING), reason=None, tx=None))


def receipts(connection: Connection, digests: Sequence[bytes]) -> dict[bytes, Receipt]:
    """The receipts of these events, by digest; those that there are."""
    found = {}
    for part in in_parts(digests):
        rows = connection.execute(
            select(*(submissions.c[name] for name in _RECEIPT)).where(submissions.c.digest.in_(part))
        )
        found.update({row.digest: Receipt(**row._asdict()) for row in rows})
    return found


def waiting(connection: Connection, items: Sequence[bytes]) -> dict[bytes, list[Queued]]:
    """What partners submitted for these items and was not rejected, in the order in which it came.

    What the index has meanwhile is among it: compare with the slot, read afterwards.
    """
    found: dict[bytes, list[Queued]] = {item: [] for item in items}
    unsettled = (Status.PENDING.value, Status.SENT.value, Status.INCLUDED.value)
    for part in in_parts(items):
        rows = connection.execute(
            select(*(submissions.c[name] for name in _ROW))
            .where(submissions.c.item.in_(part), submissions.c.status.in_(unsettled))
            .where(submissions.c.message.is_not(None))
            .order_by(submissions.c.id)
        )
        for row in rows:
            found[row.item].append(Queued(**row._asdict()))
    return found


def claimed(connection: Connection, items: Sequence[bytes]) -> set[tuple[bytes, bool, int]]:
    """The places (item, disputes, seq) of these items that a submission which was not rejected takes."""
    places: set[tuple[bytes, bool, int]] = set()
    columns = (submissions.c.item, submissions.c.disputes, submissions.c.seq)
    for part in in_parts(items):
        rows = connection.execute(
            select(*columns).where(
                submissions.c.item.in_(part), submissions.c.status != Status.REJECTED.value
            )
        )
        places.update((row.item, row.disputes, row.seq) for row in rows)
    return places


def lock_items(connection: Connection, items: Sequence[bytes]) -> None:
    """Lets one at a time decide about these items, until the transaction ends; SQLite's writers wait anyway."""
    if connection.dialect.name == "postgresql":
        # In one order for all, so that nobody waits for each other.
        connection.execute(
            text("SELECT pg_advisory_xact_lock(hash) FROM unnest(CAST(:hashes AS bigint[])) AS hash"),
            {"hashes": sorted({int.from_bytes(item[:8], "big", signed=True) for item in items})},
        )


def mark_sent(connection: Connection, places: Sequence[tuple[bytes, int]], tx: bytes) -> None:
    """Notes the transaction that carries these events, which we signed."""
    _mark_ours(connection, places, Status.SENT, {"tx": tx})


def mark_rejected(connection: Connection, places: Sequence[tuple[bytes, int]], reason: str) -> None:
    """Notes why these events, which we signed, were not recorded."""
    _mark_ours(connection, places, Status.REJECTED, {"reason": reason})


def _mark_ours(
    connection: Connection, places: Sequence[tuple[bytes, int]], status: Status, also: dict[str, Any]
) -> None:
    if places:
        ours = and_(
            submissions.c.item == bindparam("of_item"),
            submissions.c.seq == bindparam("of_seq"),
            # Not `IS NULL`: SQLite would take the digests' index for it, and walk through everything we ever signed.
            func.coalesce(submissions.c.digest, b"") == b"",
        )
        connection.execute(
            update(submissions).where(ours).values(**_now(status), **also),
            [{"of_item": item, "of_seq": seq} for item, seq in places],
        )


def mark_skipped(connection: Connection, skips: Sequence[tuple[bytes, bytes, str]]) -> None:
    """Notes why the chain skipped what was sent: transaction, item and reason.

    Where several events of one item were sent together, those that were recorded are put right by `mark_indexed`.
    """
    if skips:
        connection.execute(
            update(submissions)
            .where(
                submissions.c.tx == bindparam("of_tx"),
                submissions.c.item == bindparam("of_item"),
                submissions.c.status == Status.SENT.value,
            )
            .values(**_now(Status.REJECTED), reason=bindparam("because")),
            [{"of_tx": tx, "of_item": item, "because": reason} for tx, item, reason in skips],
        )


def mark_indexed(connection: Connection, new: Blocks, final: Blocks) -> None:
    """Notes which submissions the index now holds as events, which of those are final, whose place was taken.

    ``new`` are the blocks just indexed, ``final`` those that just became final. Nothing else is looked at but
    what still waits, so that it costs the same however much was ever submitted.
    """
    # Whose place was taken comes first: it makes room for what was recorded there.
    for record in _RECORDS:
        taken = and_(submissions.c.status.in_(_WAITING), record.taken())
        _mark_recorded(connection, Status.REJECTED, "another event was recorded in its place", taken)
    for record in _RECORDS:
        waiting = and_(submissions.c.status.in_(_WAITING), record.same())
        refused = submissions.c.status == Status.REJECTED.value  # one of several that were sent together
        late = and_(refused, record.same(record.table.c.block > new.after))
        for met in (waiting, late):
            _mark_recorded(connection, Status.INCLUDED, None, met)
    for record in _RECORDS:
        _mark_recorded(connection, Status.FINAL, None, and_(record.submitted_in(final), record.same()))


def _mark_recorded(
    connection: Connection, status: Status, reason: str | None, met: ColumnElement[bool]
) -> None:
    others = submissions.c.status.not_in((status.value, Status.FINAL.value))
    connection.execute(update(submissions).where(others, met).values(**_now(status), reason=reason))


def mark_undone(connection: Connection, block: int) -> None:
    """Notes that what was recorded after this block is so no more: its submissions wait for the chain again.

    Called before the events are deleted.
    """
    status = case((submissions.c.tx.is_(None), Status.PENDING.value), else_=Status.SENT.value)
    recorded = submissions.c.status.in_((Status.INCLUDED.value, Status.FINAL.value))
    for record in _RECORDS:
        change = update(submissions).where(
            recorded, record.submitted_in(Blocks(block, NEWEST)), record.same(record.table.c.block > block)
        )
        connection.execute(change.values(status=status, reason=None, revision=submissions.c.revision + 1))


def _now(status: Status) -> dict[str, Any]:
    return {"status": status.value, "revision": submissions.c.revision + 1}


_WAITING = (Status.PENDING.value, Status.SENT.value)


class _Recorded:
    """Where the index has what a submission became: the events, or the challenges."""

    def __init__(self, table: Any, number: Any, disputes: bool) -> None:
        self.table = table
        self._disputes = disputes
        self._place = and_(
            submissions.c.disputes.is_(disputes),
            table.c.item == submissions.c.item,
            number == submissions.c.seq,
        )
        ours = and_(submissions.c.digest.is_(None), table.c.details == submissions.c.details)
        self._same = or_(table.c.digest == submissions.c.digest, ours)

    def submitted_in(self, blocks: Blocks) -> ColumnElement[bool]:
        """It is for a place that was taken in these blocks."""
        other = submissions.alias()
        number = self.table.c.count if self._disputes else self.table.c.seq
        found = (
            select(other.c.id)
            .join(self.table, and_(other.c.item == self.table.c.item, other.c.seq == number))
            .where(self.table.c.block > blocks.after, self.table.c.block <= blocks.last)
            .where(other.c.disputes.is_(self._disputes))
        )
        return submissions.c.id.in_(found)

    def same(self, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        """The very event is recorded, under these conditions."""
        return exists().where(and_(self._place, self._same, *conditions))

    def taken(self) -> ColumnElement[bool]:
        """Another event is recorded in its place."""
        other = case((self._same, 0), else_=1) == 1
        return exists().where(and_(self._place, other))


_RECORDS = (_Recorded(events, events.c.seq, False), _Recorded(challenges, challenges.c.count, True))
