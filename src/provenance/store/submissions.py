"""What was submitted and what became of it: pending, sent, included, final; or rejected, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, and_, bindparam, case, exists, select, update

from provenance.store.rows import add_missing
from provenance.store.schema import events, submissions


class Status(StrEnum):
    """The status words, as every reader sees them."""

    PENDING = "pending"
    SENT = "sent"
    INCLUDED = "included"
    FINAL = "final"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Submission:
    """One event on its way to the chain; (item, seq) is its place in the item's history."""

    item: bytes
    seq: int
    kind: str
    details: bytes
    acceptance_details: bytes | None = None
    status: str = Status.PENDING
    reason: str | None = None
    tx: bytes | None = None


def submit(connection: Connection, batch: Sequence[Submission]) -> None:
    """Saves submissions; one for the same place in the same history stays as it is."""
    add_missing(connection, submissions, [vars(submission) for submission in batch])


def submissions_of(
    connection: Connection, items: Sequence[bytes], since: int = 0
) -> dict[tuple[bytes, int], Submission]:
    """The submissions for these items, by item and seq; with ``since``, those from that seq on."""
    wanted = and_(submissions.c.item.in_(items), submissions.c.seq >= since)
    rows = connection.execute(select(submissions).where(wanted))
    return {(row.item, row.seq): Submission(**row._asdict()) for row in rows}


def mark_sent(connection: Connection, places: Sequence[tuple[bytes, int]], tx: bytes) -> None:
    """Notes the transaction that carries these events."""
    if places:
        connection.execute(
            update(submissions)
            .where(submissions.c.item == bindparam("of_item"), submissions.c.seq == bindparam("of_seq"))
            .values(status=Status.SENT.value, tx=tx),
            [{"of_item": item, "of_seq": seq} for item, seq in places],
        )


def mark_rejected(connection: Connection, places: Sequence[tuple[bytes, int]], reason: str) -> None:
    """Notes why these events were not recorded."""
    if places:
        connection.execute(
            update(submissions)
            .where(submissions.c.item == bindparam("of_item"), submissions.c.seq == bindparam("of_seq"))
            .values(status=Status.REJECTED.value, reason=reason),
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
            .values(status=Status.REJECTED.value, reason=bindparam("because")),
            [{"of_tx": tx, "of_item": item, "because": reason} for tx, item, reason in skips],
        )


def mark_indexed(connection: Connection, finalized: int) -> None:
    """Notes which submissions the index now holds as events, which of those are final, whose place was taken."""
    place = and_(events.c.item == submissions.c.item, events.c.seq == submissions.c.seq)
    same = and_(place, events.c.details == submissions.c.details)
    taken = and_(place, events.c.details != submissions.c.details)
    unsettled = submissions.c.status != Status.FINAL.value
    for status, condition, reason in (
        (Status.REJECTED, exists().where(taken), "another event was recorded in its place"),
        (Status.INCLUDED, exists().where(same), None),
        (Status.FINAL, exists().where(and_(same, events.c.block <= finalized)), None),
    ):
        change = update(submissions).where(unsettled, submissions.c.status != status.value, condition)
        connection.execute(change.values(status=status.value, reason=reason))


def mark_undone(connection: Connection, block: int) -> None:
    """Notes that what was recorded after this block is so no more: its submissions wait for the chain again.

    Called before the events are deleted.
    """
    place = and_(events.c.item == submissions.c.item, events.c.seq == submissions.c.seq)
    waiting = case((submissions.c.tx.is_(None), Status.PENDING.value), else_=Status.SENT.value)
    change = update(submissions).where(exists().where(and_(place, events.c.block > block)))
    connection.execute(change.values(status=waiting, reason=None))
