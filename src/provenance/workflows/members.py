"""Who takes part: partners and their keys, with roles and validity."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from provenance.errors import FieldError
from provenance.model.vocabulary import KeyKind, Role
from provenance.store import lists
from provenance.store.database import Database
from provenance.workflows.listing import Entries
from provenance.workflows.paging import Cursor, read_cursor
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


def find_partners(database: Database, *, after: str | None = None, limit: int = 50) -> Entries[PartnerView]:
    """Partners by number. Raises InputError for a cursor of another list."""
    begin = read_cursor(after, "partners", {}).block if after else 0
    with database.reading() as connection:
        freshness = freshness_now(connection)
        rows = lists.partners(begin, limit + 1).rows(connection)
    found = tuple(_partner(row) for row in rows[:limit])
    more = Cursor("partners", {}, found[-1].partner, 0).encode() if len(rows) > limit else None
    return Entries(found, more, freshness)


def partner(database: Database, number: int) -> PartnerKeys:
    """One partner with its keys. Raises NotIndexedError."""
    with database.reading() as connection:
        freshness = freshness_now(connection)
        rows = lists.partners(number - 1, 1).rows(connection)
        if not rows or rows[0].partner != number:
            raise NotIndexedError(str(number), freshness, "partner")
        keys = lists.keys(b"", ALL_KEYS, partner=number).rows(connection)
    return PartnerKeys(_partner(rows[0]), tuple(_key(row, freshness) for row in keys), freshness)


def find_keys(
    database: Database, number: int | None = None, *, after: str | None = None, limit: int = 50
) -> Entries[KeyView]:
    """Keys by address, one partner's or everybody's. Raises InputError for a cursor of another list."""
    asked = {} if number is None else {"partner": number}
    begin = b""
    if after:
        cursor = read_cursor(after, "keys", asked)
        begin, of = parse_address(str(cursor.key)), cursor.asked.get("partner")
        number = of if isinstance(of, int) else None
        asked = {} if number is None else {"partner": number}
    with database.reading() as connection:
        freshness = freshness_now(connection)
        rows = lists.keys(begin, limit + 1, partner=number).rows(connection)
    found = tuple(_key(row, freshness) for row in rows[:limit])
    more = Cursor("keys", asked, 0, found[-1].address.hex()).encode() if len(rows) > limit else None
    return Entries(found, more, freshness)


def key(database: Database, address: bytes) -> tuple[KeyView, Freshness]:
    """One key. Raises NotIndexedError."""
    with database.reading() as connection:
        freshness = freshness_now(connection)
        rows = lists.keys(b"", 1, address=address).rows(connection)
    if not rows:
        raise NotIndexedError(f"0x{address.hex()}", freshness, "key")
    return _key(rows[0], freshness), freshness


def parse_address(text: str) -> bytes:
    """The 20 bytes of an address in hex; raises FieldError."""
    match = ADDRESS.fullmatch(text.strip())
    if not match:
        raise FieldError("key", text, "an address is 0x and 40 hex digits")
    return bytes.fromhex(match[1])


def _partner(row: Any) -> PartnerView:
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
