"""Describing: what a partner says in clear becomes a details document and the commitment that is signed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from provenance.errors import FieldError
from provenance.model.hashing import ZERO
from provenance.proofs.canonical import JsonValue
from provenance.proofs.commitments import SALT, Field, root_of
from provenance.store.details import AUDIENCES, StoredDetails, StoredField


def describe(item: bytes, fields: Mapping[str, tuple[JsonValue, str]]) -> StoredDetails:
    """A details document with fresh salts. ``fields`` maps a name to its value and audience.

    The caller saves it before its root goes anywhere.

    Raises CanonicalError for a value without canonical form, FieldError for an audience that does not exist.
    """
    for name, (_, audience) in fields.items():
        if audience not in AUDIENCES:
            raise FieldError(f"audience of {name}", audience, f"give one of {', '.join(AUDIENCES)}")
    made = {name: Field(name, value, secrets.token_bytes(SALT)) for name, (value, _) in fields.items()}
    stored = tuple(
        StoredField(field.commitment, fields[name][1], name, field.salt, field.canonical.decode())
        for name, field in made.items()
    )
    return StoredDetails(root_of(made.values()) if made else ZERO, item, stored)
