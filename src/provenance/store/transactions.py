"""One account's transactions: every nonce that was given out, durable before anything was broadcast with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, func, select, update

from provenance.store.rows import add_missing, in_parts, put
from provenance.store.schema import transaction_versions, transactions


class State(StrEnum):
    """What is known of a transaction."""

    OUT = "out"
    MINED = "mined"
    FINAL = "final"
    LOST = "lost"


@dataclass(frozen=True)
class Transaction:
    """A signed transaction; ``hash`` and ``raw`` are its newest version's. Fees are wei for a unit of gas.

    ``posted`` is when the newest version was made, in Unix seconds.
    """

    account: bytes
    nonce: int
    hash: bytes
    raw: bytes
    to: bytes
    data: bytes
    gas: int
    max_fee: int
    tip: int
    posted: int
    state: str = State.OUT
    block: int | None = None
    block_hash: bytes | None = None


def open_transactions(connection: Connection, account: bytes) -> list[Transaction]:
    """Those that are out, and those that were mined and might be taken back, by nonce."""
    states = (State.OUT.value, State.MINED.value)
    rows = connection.execute(
        select(transactions)
        .where(transactions.c.account == account, transactions.c.state.in_(states))
        .order_by(transactions.c.nonce)
    )
    return [Transaction(**row._asdict()) for row in rows]


def next_nonce(connection: Connection, account: bytes) -> int:
    """The lowest nonce above all that were given out and are not known to be lost."""
    given = select(func.max(transactions.c.nonce)).where(
        transactions.c.account == account, transactions.c.state != State.LOST.value
    )
    highest = connection.execute(given).scalar_one_or_none()
    return 0 if highest is None else int(highest) + 1


def save_transactions(connection: Connection, made: Sequence[Transaction]) -> None:
    """Saves transactions, or newer versions of them; one that was lost gives its nonce away."""
    put(connection, transactions, [vars(one) for one in made])
    versions = [{"hash": one.hash, "account": one.account, "nonce": one.nonce} for one in made]
    add_missing(connection, transaction_versions, versions)


def versions_of(connection: Connection, account: bytes, nonces: Sequence[int]) -> dict[int, list[bytes]]:
    """The hashes of all versions, by nonce."""
    found: dict[int, list[bytes]] = {nonce: [] for nonce in nonces}
    table = transaction_versions.c
    for part in in_parts(nonces):
        rows = connection.execute(
            select(table.nonce, table.hash).where(table.account == account, table.nonce.in_(part))
        )
        for row in rows:
            found[row.nonce].append(row.hash)
    return found


def note_mined(
    connection: Connection, one: Transaction, version: bytes, block: int, block_hash: bytes
) -> None:
    """The version with this hash is in this block."""
    _note(connection, one, state=State.MINED.value, hash=version, block=block, block_hash=block_hash)


def note_out(connection: Connection, one: Transaction) -> None:
    """The chain took its block back: it is on its way again."""
    _note(connection, one, state=State.OUT.value, block=None, block_hash=None)


def note_lost(connection: Connection, one: Transaction) -> None:
    """Its nonce was used for something else: it can never be mined."""
    _note(connection, one, state=State.LOST.value)


def note_final(connection: Connection, account: bytes, block: int) -> None:
    """What was mined up to this block is final."""
    change = update(transactions).where(
        transactions.c.account == account,
        transactions.c.state == State.MINED.value,
        transactions.c.block <= block,
    )
    connection.execute(change.values(state=State.FINAL.value))


def _note(connection: Connection, one: Transaction, **values: object) -> None:
    change = update(transactions).where(
        transactions.c.account == one.account, transactions.c.nonce == one.nonce
    )
    connection.execute(change.values(**values))
