"""Details documents: saved before the transaction that commits to them, read by what the chain commits to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from provenance.store.bulk import add_many_missing
from provenance.store.schema import details, fields

PUBLIC = "public"
AUDIENCES = (PUBLIC, "partners", "auditors")


@dataclass(frozen=True)
class StoredField:
    """One field of a document. ``value`` is canonical JSON; erased fields keep only their commitment."""

    commitment: bytes
    audience: str
    name: str | None
    salt: bytes | None
    value: str | None


@dataclass(frozen=True)
class StoredDetails:
    """One details document, by its root."""

    root: bytes
    item: bytes
    fields: tuple[StoredField, ...]


def save_details(connection: Connection, documents: Sequence[StoredDetails]) -> None:
    """Saves documents; one that is already there stays as it is."""
    add_many_missing(connection, details, [{"root": d.root, "item": d.item} for d in documents])
    add_many_missing(
        connection,
        fields,
        [{"root": document.root, **vars(field)} for document in documents for field in document.fields],
    )


def details_of(connection: Connection, roots: Sequence[bytes]) -> dict[bytes, StoredDetails]:
    """The documents with these roots, those that we have."""
    documents = connection.execute(select(details).where(details.c.root.in_(roots))).all()
    found = defaultdict(list)
    ordered = select(fields).where(fields.c.root.in_(roots)).order_by(fields.c.name)
    for row in connection.execute(ordered):
        found[row.root].append(StoredField(row.commitment, row.audience, row.name, row.salt, row.value))
    return {row.root: StoredDetails(row.root, row.item, tuple(found[row.root])) for row in documents}
