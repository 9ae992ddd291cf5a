"""Commitments: what a details document says, provable field by field (contracts/SPEC.md, section 6)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from provenance.errors import FieldError
from provenance.model.checks import require_bytes, require_word
from provenance.model.hashing import ZERO, keccak
from provenance.proofs.canonical import JsonValue, canonical

SALT = 16
"""Length of a field's salt in bytes: random, so that nobody can guess a withheld value."""

_FIELD_TAG = keccak(b"returns-provenance field 1")
_DETAILS_TAG = keccak(b"returns-provenance details 1")


@dataclass(frozen=True)
class Field:
    """One field of a details document, with the salt that hides it where it is withheld.

    Raises (when built):
        FieldError: a name that is empty or no text, a salt that is not 16 bytes.
        CanonicalError: a value without canonical form.
    """

    name: str
    value: JsonValue
    salt: bytes

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise FieldError("field name", self.name, "give a name")
        require_bytes("salt", self.salt, SALT)
        # Computed at once: a field that cannot be committed to is not built. Where the properties below would keep them.
        form = canonical(self.value)
        self.__dict__.update(canonical=form, commitment=_commitment(self.salt, self.name, form))

    @cached_property
    def canonical(self) -> bytes:
        """The value in its one form (RFC 8785), UTF-8."""
        return canonical(self.value)

    @cached_property
    def commitment(self) -> bytes:
        """32 bytes that stand for the field."""
        return _commitment(self.salt, self.name, self.canonical)


def field_commitment(salt: bytes, name: str, value: JsonValue) -> bytes:
    """keccak256(tag || salt || keccak256(UTF-8 name) || RFC 8785 value)."""
    return _commitment(salt, name, canonical(value))


def _commitment(salt: bytes, name: str, value: bytes) -> bytes:
    return keccak(_FIELD_TAG + salt + _name_hash(name) + value)


@lru_cache(maxsize=1024)
def _name_hash(name: str) -> bytes:
    """Documents share their few field names."""
    canonical(name)  # refuses a lone surrogate
    return keccak(name.encode())


def details_root(commitments: Iterable[bytes]) -> bytes:
    """keccak256(tag || the commitments, ascending, none twice); zero where there is none.

    Ascending by their own bytes: a withheld field gives nothing away, not even the place of its name.

    Raises:
        FieldError: a commitment is not 32 bytes or comes twice.
    """
    ordered = sorted(commitments)
    for commitment in ordered:
        require_word("commitment", commitment)
    for first, second in pairwise(ordered):
        if first == second:
            raise FieldError("commitment", first, "give each once")
    return keccak(_DETAILS_TAG + b"".join(ordered)) if ordered else ZERO


def root_of(fields: Iterable[Field], withheld: Iterable[bytes] = ()) -> bytes:
    """The details root over shown fields and the commitments of those withheld.

    Raises:
        FieldError: a field's name comes twice, or a commitment does.
    """
    shown = list(fields)
    names = [field.name for field in shown]
    if len(set(names)) < len(names):
        twice = next(name for name, count in Counter(names).items() if count > 1)
        raise FieldError("field name", twice, "give each field once")
    return details_root([*(field.commitment for field in shown), *withheld])
