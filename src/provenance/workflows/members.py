"""Who takes part: partners and their keys, with roles and validity."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from provenance.errors import FieldError
from provenance.model.vocabulary import KeyKind, Role
from provenance.store import lists
from provenance.store.database import Connection, Database
from provenance.store.lists import Place
from provenance.workflows.listing import NoQuestion
from provenance.workflows.paging import Entries, Question, Roll
from provenance.workflows.tracing import Freshness, NotIndexedError, Party, freshness_now

ADDRESS = re.compile(r"(?:0x)?([0-9a-fA-F]{40})")
LAST_TIME = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())
ALL_KEYS = 10_000


@dataclass(frozen=True)
class PartnerView:
    """A partner; ``name`` is None where only the chain's name hash is known."""

    partner: int
    name: str | None
    business: str | None
    made_up: bool
    allowed: Role
    suspended: bool
    keys: int
    name_hash: bytes


@dataclass(frozen=True)
class KeyView:
    """A key. Times are aware UTC; ``valid_to`` is None where no end is set that a calendar can hold."""

    address: bytes
    of: Party
    roles: Role
    kind: KeyKind
    valid_from: datetime | None
    valid_to: datetime | None
    valid: bool


@dataclass(frozen=True)
class PartnerKeys:
    """A partner with all its keys."""

    partner: PartnerView
    keys: tuple[KeyView, ...]
    freshness: Freshness


@dataclass(frozen=True)
class KeyQuery(Question):
    """Which keys to list: one partner's, or everybody's."""

    partner: int | None = None


def find_partners(database: Database, *, after: str | None = None, limit: int = 50) -> Entries[PartnerView]:
    """Partners by number. Raises InputError for a cursor of another list."""
    return PARTNERS.page(database, NoQuestion(), after, limit)


def partner(database: Database, number: int) -> PartnerKeys:
    """One partner with its keys. Raises NotIndexedError."""
    with database.reading() as connection:
        freshness = freshness_now(connection)
        rows = lists.partners(Place(lists.PARTNER), 1, number).rows(connection)
        if not rows:
            raise NotIndexedError(str(number), freshness, "partner")
        keys = lists.keys(Place(lists.KEY), ALL_KEYS, partner=number).rows(connection)
    return PartnerKeys(_partner(rows[0], freshness), tuple(_key(row, freshness) for row in keys), freshness)


def find_keys(
    database: Database, number: int | None = None, *, after: str | None = None, limit: int = 50
) -> Entries[KeyView]:
    """Keys by address, one partner's or everybody's. Raises InputError for a cursor of another list."""
    return KEYS.page(database, KeyQuery(number), after, limit)


def key(database: Database, address: bytes) -> tuple[KeyView, Freshness]:
    """One key. Raises NotIndexedError."""
    with database.reading() as connection:
        freshness = freshness_now(connection)
        rows = lists.keys(Place(lists.KEY), 1, address=address).rows(connection)
    if not rows:
        raise NotIndexedError(f"0x{address.hex()}", freshness, "key")
    return _key(rows[0], freshness), freshness


def parse_address(text: str) -> bytes:
    """The 20 bytes of an address in hex; raises FieldError."""
    match = ADDRESS.fullmatch(text.strip())
    if not match:
        raise FieldError("key", text, "an address is 0x and 40 hex digits")
    return bytes.fromhex(match[1])


def _partner(row: Any, _: Freshness) -> PartnerView:
    return PartnerView(
        partner=row.partner,
        name=row.name,
        business=row.business,
        made_up=bool(row.made_up),
        allowed=Role(row.allowed),
        suspended=bool(row.suspended),
        keys=row.keys,
        name_hash=row.name_hash,
    )


def _key(row: Any, freshness: Freshness) -> KeyView:
    # Plain SQL gives a Uint64 as it is stored: eight bytes, big-endian.
    begin, end = int.from_bytes(row.valid_from, "big"), int.from_bytes(row.valid_to, "big")
    return KeyView(
        address=row.address,
        of=Party(row.partner, row.name),
        roles=Role(row.roles),
        kind=KeyKind(row.kind),
        valid_from=_moment(begin),
        valid_to=_moment(end),
        valid=begin <= int(freshness.as_of_time.timestamp()) <= end,
    )


def _moment(time: int) -> datetime | None:
    return datetime.fromtimestamp(time, UTC) if time <= LAST_TIME else None


def _read_partners(connection: Connection, _: NoQuestion, place: Place, limit: int) -> Sequence[Any]:
    return lists.partners(place, limit).rows(connection)


def _read_keys(connection: Connection, query: KeyQuery, place: Place, limit: int) -> Sequence[Any]:
    return lists.keys(place, limit, partner=query.partner).rows(connection)


PARTNERS: Roll[NoQuestion, PartnerView] = Roll("partners", lambda _: lists.PARTNER, _read_partners, _partner)
KEYS: Roll[KeyQuery, KeyView] = Roll("keys", lambda _: lists.KEY, _read_keys, _key)
