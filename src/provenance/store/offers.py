"""Offers that one side signed: open until the other side accepts or declines, or until they can no longer be accepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum

from sqlalchemy import Connection, and_, bindparam, exists, func, select, update

from provenance.store.rows import in_parts
from provenance.store.schema import events, items, offers, submissions

SWEPT_AT_ONCE = 1_000


class State(StrEnum):
    """What became of an offer, as both sides see it."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    VOIDED = "voided"


@dataclass(frozen=True)
class Offer:
    """A signed offer. ``offer`` is its struct hash, ``giver`` the key that signed it; times are Unix seconds.

    ``prior`` is the slot that a custody offer names; None for a ruling. ``event`` is the digest of the hand-over that it
    became.
    """

    offer: bytes
    giver: bytes
    kind: str
    item: bytes
    from_partner: int
    to_partner: int
    prior: bytes | None
    deadline: int
    details: bytes
    message: str
    authorization: int
    leaf: int
    made: int
    state: str
    changed: int
    reason: str | None = None
    event: bytes | None = None
    id: int = 0


_COLUMNS = [offers.c[field.name] for field in fields(Offer)]


def save_offers(connection: Connection, made: Sequence[Offer]) -> None:
    """Saves new offers."""
    if made:
        rows = [{name: value for name, value in vars(one).items() if name != "id"} for one in made]
        connection.execute(offers.insert(), rows)


def offers_of(connection: Connection, hashes: Sequence[bytes]) -> list[Offer]:
    """The offers with these struct hashes, oldest first."""
    found = []
    for part in in_parts(hashes):
        rows = connection.execute(select(*_COLUMNS).where(offers.c.offer.in_(part)).order_by(offers.c.id))
        found += [Offer(**row._asdict()) for row in rows]
    return found


def offers_between(
    connection: Connection,
    *,
    to: int | None = None,
    giver: int | None = None,
    state: str | None = None,
    after: int = 0,
    limit: int = 50,
) -> list[Offer]:
    """Offers to a partner, or from one, oldest first, after the one with this number."""
    wanted = [offers.c.id > after]
    if to is not None:
        wanted.append(offers.c.to_partner == to)
    if giver is not None:
        wanted.append(offers.c.from_partner == giver)
    if state is not None:
        wanted.append(offers.c.state == state)
    rows = connection.execute(select(*_COLUMNS).where(*wanted).order_by(offers.c.id).limit(limit))
    return [Offer(**row._asdict()) for row in rows]


def close(
    connection: Connection, hashes: Sequence[bytes], state: State, reason: str | None, now: int
) -> None:
    """Notes what became of open offers."""
    for part in in_parts(hashes):
        change = update(offers).where(offers.c.offer.in_(part), offers.c.state == State.OPEN.value)
        connection.execute(change.values(state=state.value, reason=reason, changed=now))


def accept(connection: Connection, taken: Sequence[tuple[int, bytes]], now: int) -> None:
    """Notes the events (digests) that offers, by number, became."""
    if taken:
        change = update(offers).where(offers.c.id == bindparam("of_id"))
        connection.execute(
            change.values(state=State.ACCEPTED.value, event=bindparam("of_event"), reason=None, changed=now),
            [{"of_id": number, "of_event": digest} for number, digest in taken],
        )


def sweep(connection: Connection, time: int, now: int) -> int:
    """Closes what can no longer be accepted: expired, voided by another event, or refused as a hand-over.

    ``time`` is the chain's, ``now`` this machine's, in Unix seconds. How many.
    """
    is_open = offers.c.state == State.OPEN.value
    late = update(offers).where(is_open, offers.c.deadline < time)
    reason = "its deadline has passed: offer again"
    done = connection.execute(late.values(state=State.EXPIRED.value, reason=reason, changed=now)).rowcount
    done += _void_changed(connection, now)
    refused = and_(submissions.c.digest == offers.c.event, submissions.c.status == "rejected")
    void = update(offers).where(offers.c.state == State.ACCEPTED.value, exists().where(refused))
    because = select(submissions.c.reason).where(refused).scalar_subquery()
    done += connection.execute(
        void.values(
            state=State.VOIDED.value,
            reason=func.coalesce(because, "the hand-over was refused: sign it again"),
            changed=now,
        )
    ).rowcount
    return int(done)


def _void_changed(connection: Connection, now: int) -> int:
    """An offer names the whole history: once the item has another one of that length or more, it is void for ever."""
    rows = connection.execute(
        select(offers.c.offer, offers.c.prior, items.c.seq)
        .join(items, items.c.item == offers.c.item)
        .where(offers.c.state == State.OPEN.value, offers.c.prior.is_not(None))
        .where(items.c.slot != offers.c.prior)
        .limit(SWEPT_AT_ONCE)
    )
    # While the index is taken back, the slot may be an earlier one for a moment.
    gone = [row.offer for row in rows if row.seq >= int.from_bytes(row.prior[26:28], "big")]
    close(connection, gone, State.VOIDED, "the item's history changed since: offer and sign again", now)
    return len(gone)


def any_open(connection: Connection) -> bool:
    """Whether there is an offer that a sweep might close."""
    watched = (State.OPEN.value, State.ACCEPTED.value)
    return bool(connection.execute(select(exists().where(offers.c.state.in_(watched)))).scalar_one())


def last_blocks(connection: Connection, wanted: Sequence[bytes]) -> dict[bytes, int]:
    """The block of each item's last event: its slot is final when that block is."""
    found: dict[bytes, int] = {}
    for part in in_parts(wanted):
        rows = connection.execute(
            select(events.c.item, events.c.block).where(events.c.item.in_(part)).order_by(events.c.block)
        )
        found.update({row.item: row.block for row in rows})
    return found
