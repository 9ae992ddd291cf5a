"""What an item is called, as its first intake says in public: copied into the index for search."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, select

from provenance.store.details import PUBLIC
from provenance.store.rows import in_parts
from provenance.store.schema import fields

NAMES = ("title", "category", "brand")


def titles_of(connection: Connection, roots: Sequence[bytes]) -> dict[bytes, dict[str, str]]:
    """By document: those of title, category and brand that it says in public.

    Only text counts: what partners say may be of any type.
    """
    found: defaultdict[bytes, dict[str, str]] = defaultdict(dict)
    columns = select(fields.c.root, fields.c.name, fields.c.value)
    for part in in_parts(roots):
        said = columns.where(
            fields.c.root.in_(part),
            fields.c.audience == PUBLIC,
            fields.c.name.in_(NAMES),
            fields.c.value.is_not(None),
        )
        for root, name, value in connection.execute(said):
            text = json.loads(value)
            if isinstance(text, str):
                found[root][name] = text
    return found
