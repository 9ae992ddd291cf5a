"""What was submitted and what became of it: pending, sent, included, final; or rejected, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from sqlalchemy import Connection, and_, bindparam, exists, select, update

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
    add_missing(connection, submissions, [asdict(submission) for submission in batch])


def submissions_of(connection: Connection, items: Sequence[bytes]) -> dict[tuple[bytes, int], Submission]:
    """All submissions for these items, by item and seq."""
    rows = connection.execute(select(submissions).where(submissions.c.item.in_(items)))
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


def mark_indexed(connection: Connection, finalized: int) -> None:
    """Notes which submissions the index now holds as events, and which of those are final."""
    same = and_(
        events.c.item == submissions.c.item,
        events.c.seq == submissions.c.seq,
        events.c.details == submissions.c.details,
    )
    open_ones = submissions.c.status.in_([Status.PENDING.value, Status.SENT.value, Status.INCLUDED.value])
    for status, condition in (
        (Status.INCLUDED, exists().where(same)),
        (Status.FINAL, exists().where(and_(same, events.c.block <= finalized))),
    ):
        connection.execute(update(submissions).where(open_ones, condition).values(status=status.value))
