"""Leases: what only one process may do at a time, and a fence against whoever went on after losing one.

Times are those of the database server where it has a clock that all share, else of this machine.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import Connection, select, text, update

from provenance.errors import StoreError
from provenance.store.rows import add_missing
from provenance.store.schema import leases


class LeaseLostError(StoreError):
    """Another process has taken over: this one must not write."""


@dataclass(frozen=True)
class Held:
    """A lease as its holder knows it. The token is higher than every earlier holder's."""

    name: str
    holder: str
    token: int


def take(connection: Connection, name: str, holder: str, seconds: float) -> Held | None:
    """The lease for so many seconds from now, if it is free, has expired, or is this holder's already."""
    now = _now(connection)
    nobody = {"name": name, "holder": "", "token": 0, "expires": 0.0}
    add_missing(connection, leases, [nobody])
    row = connection.execute(_locked(name)).one()
    if row.holder != holder and row.expires > now:
        return None
    token = row.token if row.holder == holder else row.token + 1
    change = update(leases).where(leases.c.name == name)
    connection.execute(change.values(holder=holder, token=token, expires=now + seconds))
    return Held(name, holder, token)


def give_back(connection: Connection, held: Held) -> None:
    """Lets the next one take it at once."""
    mine = (leases.c.name == held.name, leases.c.holder == held.holder, leases.c.token == held.token)
    connection.execute(update(leases).where(*mine).values(holder="", expires=0.0))


def require_held(connection: Connection, held: Held) -> None:
    """Fences the transaction: it may go on only while the lease is held, and nobody takes it before the end.

    Raises LeaseLostError.
    """
    row = connection.execute(_locked(held.name)).one_or_none()
    if row is None or (row.holder, row.token) != (held.holder, held.token) or row.expires < _now(connection):
        raise LeaseLostError(f"the lease {held.name!r} is no longer held here: another process writes now")


def _locked(name: str):  # type: ignore[no-untyped-def]  # a Select of three columns
    return (
        select(leases.c.holder, leases.c.token, leases.c.expires)
        .where(leases.c.name == name)
        .with_for_update()
    )


def _now(connection: Connection) -> float:
    if connection.dialect.name == "postgresql":
        return float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
    return time.time()
