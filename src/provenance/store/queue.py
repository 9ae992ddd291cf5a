"""The way of signed submissions to the chain: waiting, carried by a transaction, waiting again, refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from sqlalchemy import Connection, and_, bindparam, exists, or_, select, update

from provenance.store.rows import in_parts
from provenance.store.schema import cursor, submissions, transactions
from provenance.store.submissions import Queued, Status
from provenance.store.transactions import State

_COLUMNS = [submissions.c[field.name] for field in fields(Queued)]
_NEXT = submissions.c.revision + 1


def next_queued(connection: Connection, limit: int) -> list[Queued]:
    """What waits, oldest first, but for items of which something is under way: their order is kept that way."""
    other = submissions.alias()
    under_way = exists().where(other.c.item == submissions.c.item, other.c.status == Status.SENT.value)
    rows = connection.execute(
        select(*_COLUMNS)
        .where(submissions.c.status == Status.PENDING.value, submissions.c.message.is_not(None), ~under_way)
        .order_by(submissions.c.id)
        .limit(limit)
    )
    return [Queued(**row._asdict()) for row in rows]


def is_busy(connection: Connection) -> bool:
    """Whether a signed submission waits or is under way, or a transaction is out."""
    unsettled = (Status.PENDING.value, Status.SENT.value)
    waits = exists().where(submissions.c.status.in_(unsettled), submissions.c.message.is_not(None))
    out = exists().where(transactions.c.state == State.OUT.value)
    return bool(connection.execute(select(or_(waits, out))).scalar_one())


def carry(connection: Connection, numbers: Sequence[int], tx: bytes) -> None:
    """Notes the transaction that carries these submissions."""
    for part in in_parts(numbers):
        change = update(submissions).where(submissions.c.id.in_(part))
        connection.execute(change.values(status=Status.SENT.value, tx=tx, reason=None, revision=_NEXT))


def carry_by(connection: Connection, before: bytes, after: bytes) -> None:
    """Another version of the transaction carries what this one did."""
    connection.execute(update(submissions).where(submissions.c.tx == before).values(tx=after))


def release(connection: Connection, tx: bytes) -> None:
    """Lets what a transaction carried, and was not recorded, wait again."""
    sent = and_(submissions.c.tx == tx, submissions.c.status == Status.SENT.value)
    change = update(submissions).where(sent, submissions.c.digest.is_not(None))
    connection.execute(change.values(status=Status.PENDING.value, tx=None, revision=_NEXT))


def release_unrecorded(connection: Connection, account: bytes) -> int:
    """Lets wait again what was carried by transactions in blocks that the index has, and is not in the index.

    How many; they are simulated afresh, and so recorded or refused by name.
    """
    mined = (
        select(transactions.c.hash)
        .where(transactions.c.account == account)
        .where(transactions.c.state.in_((State.MINED.value, State.FINAL.value)))
        .where(transactions.c.block <= select(cursor.c.block).scalar_subquery())
    )
    change = update(submissions).where(
        submissions.c.status == Status.SENT.value,
        submissions.c.digest.is_not(None),
        submissions.c.tx.in_(mined),
    )
    done = connection.execute(change.values(status=Status.PENDING.value, tx=None, revision=_NEXT))
    return int(done.rowcount)


def reject(connection: Connection, refused: Sequence[tuple[int, str]]) -> None:
    """Notes why these are not recorded, those of them that still wait."""
    if refused:
        change = update(submissions).where(
            submissions.c.id == bindparam("of_id"), submissions.c.status == Status.PENDING.value
        )
        connection.execute(
            change.values(status=Status.REJECTED.value, reason=bindparam("because"), revision=_NEXT),
            [{"of_id": number, "because": reason} for number, reason in refused],
        )
