"""Who signed what together, and what the registry says of who signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from provenance.store.rows import Row, in_parts
from provenance.store.schema import authorizations, keys, partners


@dataclass(frozen=True)
class SignedTogether:
    """One signature. ``of`` is the messages' type; ``leaves`` their struct hashes, one after the other."""

    of: str
    signer: bytes
    signature: bytes
    leaves: bytes


def save_authorization(connection: Connection, signed: SignedTogether) -> int:
    """Saves a signature; its number."""
    made = connection.execute(authorizations.insert().values(**vars(signed)))
    number = made.inserted_primary_key
    assert number is not None  # one row was inserted
    return int(number[0])


def authorizations_of(connection: Connection, numbers: Sequence[int]) -> dict[int, SignedTogether]:
    """The signatures with these numbers."""
    found = {}
    for part in in_parts(numbers):
        for row in connection.execute(select(authorizations).where(authorizations.c.id.in_(part))):
            found[row.id] = SignedTogether(row.of, row.signer, row.signature, row.leaves)
    return found


def signers_of(connection: Connection, numbers: Sequence[int]) -> dict[int, bytes]:
    """Who made the signatures with these numbers."""
    found: dict[int, bytes] = {}
    columns = (authorizations.c.id, authorizations.c.signer)
    for part in in_parts(numbers):
        rows = connection.execute(select(*columns).where(authorizations.c.id.in_(part)))
        found.update({row.id: row.signer for row in rows})
    return found


def keys_of(connection: Connection, addresses: Sequence[bytes]) -> list[Row]:
    """The rows of these keys, those that the index has."""
    return [
        row._asdict()
        for part in in_parts(addresses)
        for row in connection.execute(select(keys).where(keys.c.address.in_(part)))
    ]


def partners_of(connection: Connection, numbers: Sequence[int]) -> list[Row]:
    """The rows of these partners, those that the index has."""
    return [
        row._asdict()
        for part in in_parts(numbers)
        for row in connection.execute(select(partners).where(partners.c.partner.in_(part)))
    ]
