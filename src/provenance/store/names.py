"""Names that only we know: what an item id and a partner's name hash stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, select

from provenance.store.rows import add_missing
from provenance.store.schema import item_names, partner_names


@dataclass(frozen=True)
class ItemName:
    """The identity behind an item id; ``salt`` opens the id."""

    item: bytes
    uri: str
    salt: bytes
    gtin: str | None
    serial: str | None
    made_up: bool


@dataclass(frozen=True)
class PartnerName:
    """The name behind a partner's name hash, and what the partner does in plain words."""

    name_hash: bytes
    name: str
    business: str
    made_up: bool


def save_item_names(connection: Connection, names: Sequence[ItemName]) -> None:
    """Saves names; one that is already there stays as it is."""
    add_missing(connection, item_names, [asdict(name) for name in names])


def save_partner_names(connection: Connection, names: Sequence[PartnerName]) -> None:
    """Saves names; one that is already there stays as it is."""
    add_missing(connection, partner_names, [asdict(name) for name in names])


def item_names_of(connection: Connection, items: Sequence[bytes]) -> dict[bytes, ItemName]:
    """The names of those of these items that have one."""
    found = select(item_names).where(item_names.c.item.in_(items))
    return {row.item: ItemName(**row._asdict()) for row in connection.execute(found)}
