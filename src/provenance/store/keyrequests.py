"""Grants and revocations of keys on their way to the registry."""

from __future__ import annotations

from dataclasses import dataclass, fields

from sqlalchemy import Connection, and_, exists, or_, select, update

from provenance.store.schema import cursor, key_changes, key_requests, transactions
from provenance.store.submissions import Status
from provenance.store.transactions import State

GRANT, REVOCATION = "KeyGrant", "KeyRevocation"
_NEXT = key_requests.c.revision + 1


@dataclass(frozen=True)
class KeyRequest:
    """A signed grant or revocation. ``digest`` is its struct hash; ``submitted`` is in Unix seconds."""

    digest: bytes
    kind: str
    key: bytes
    message: str
    signer: bytes
    signature: bytes
    countersignature: bytes | None
    submitted: int
    status: str = Status.PENDING
    reason: str | None = None
    tx: bytes | None = None
    revision: int = 0


_COLUMNS = [key_requests.c[field.name] for field in fields(KeyRequest)]


def save_request(connection: Connection, request: KeyRequest) -> KeyRequest:
    """Keeps a request; the same again is the first one, and waits once more where it was rejected."""
    before = request_of(connection, request.digest)
    if before is None:
        connection.execute(key_requests.insert().values(**vars(request)))
    elif before.status == Status.REJECTED:
        change = update(key_requests).where(key_requests.c.digest == request.digest)
        connection.execute(
            change.values(
                status=Status.PENDING.value,
                reason=None,
                tx=None,
                revision=_NEXT,
                signer=request.signer,
                signature=request.signature,
                countersignature=request.countersignature,
            )
        )
    return request_of(connection, request.digest) or request


def request_of(connection: Connection, digest: bytes) -> KeyRequest | None:
    """The request with this struct hash."""
    row = connection.execute(select(*_COLUMNS).where(key_requests.c.digest == digest)).one_or_none()
    return KeyRequest(**row._asdict()) if row else None


def pending_requests(connection: Connection, limit: int) -> list[KeyRequest]:
    """What waits, oldest first, of each key one alone."""
    rows = connection.execute(
        select(*_COLUMNS)
        .where(key_requests.c.status == Status.PENDING.value)
        .order_by(key_requests.c.id)
        .limit(limit)
    )
    first: dict[bytes, KeyRequest] = {}
    for row in rows:
        first.setdefault(row.key, KeyRequest(**row._asdict()))
    return list(first.values())


def is_busy(connection: Connection) -> bool:
    """Whether a request waits, is under way, or is not final."""
    open_ = (Status.PENDING.value, Status.SENT.value, Status.INCLUDED.value)
    return bool(connection.execute(select(exists().where(key_requests.c.status.in_(open_)))).scalar_one())


def mark_request(
    connection: Connection,
    digest: bytes,
    status: Status,
    *,
    tx: bytes | None = None,
    reason: str | None = None,
) -> None:
    """Notes what became of a request."""
    change = update(key_requests).where(key_requests.c.digest == digest)
    connection.execute(change.values(status=status.value, tx=tx, reason=reason, revision=_NEXT))


def carry_requests_by(connection: Connection, before: bytes, after: bytes) -> None:
    """Another version of the transaction carries what this one did."""
    connection.execute(update(key_requests).where(key_requests.c.tx == before).values(tx=after))


def settle_requests(connection: Connection, account: bytes) -> None:
    """Brings requests in line with their transactions and the index: included, final, or waiting again."""
    changed = exists().where(
        key_changes.c.address == key_requests.c.key, key_changes.c.block == transactions.c.block
    )
    indexed = and_(
        transactions.c.state.in_((State.MINED.value, State.FINAL.value)),
        transactions.c.block <= select(cursor.c.block).scalar_subquery(),
    )
    for before, met, after in (
        (Status.INCLUDED, transactions.c.state == State.OUT.value, Status.SENT),
        (Status.SENT, and_(indexed, changed), Status.INCLUDED),
        (Status.SENT, or_(and_(indexed, ~changed), transactions.c.state == State.LOST.value), Status.PENDING),
        (Status.INCLUDED, transactions.c.state == State.FINAL.value, Status.FINAL),
    ):
        carrier = exists().where(
            transactions.c.account == account, transactions.c.hash == key_requests.c.tx, met
        )
        change = update(key_requests).where(key_requests.c.status == before.value, carrier)
        connection.execute(change.values(status=after.value, revision=_NEXT))
