"""Factor sets: versioned tables of default masses and emission factors, each row with its unit, source and licence.

A set never changes: what is different has another version. Values stand in one of four canonical units, beside what
the source printed and in which unit, so that anybody can follow the conversion.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from provenance.errors import FieldError
from provenance.model.sustainability.amounts import (
    Amount,
    EmissionPerItem,
    EmissionPerMass,
    EmissionPerTonneKilometre,
    MassPerItem,
    plain,
)

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,63}")
MAX_ROWS = 100_000


class Purpose(StrEnum):
    """What a set's emission factors were made for."""

    INVENTORY = "inventory"
    """Emissions that happened."""
    COMPARATIVE = "comparative"
    """A difference from what would have happened otherwise: never part of an inventory."""


class Unit(StrEnum):
    """The canonical units. Tonnes are metric; CO2e is by 100-year global warming potentials."""

    MASS_PER_ITEM = "kg/item"
    EMISSION_PER_ITEM = "kgCO2e/item"
    EMISSION_PER_MASS = "kgCO2e/kg"
    EMISSION_PER_TONNE_KILOMETRE = "kgCO2e/tkm"


AMOUNTS: Mapping[Unit, type[Amount]] = MappingProxyType(
    {
        Unit.MASS_PER_ITEM: MassPerItem,
        Unit.EMISSION_PER_ITEM: EmissionPerItem,
        Unit.EMISSION_PER_MASS: EmissionPerMass,
        Unit.EMISSION_PER_TONNE_KILOMETRE: EmissionPerTonneKilometre,
    }
)
"""The amount that a value of each unit is."""


@dataclass(frozen=True)
class Printed:
    """What the source says, letter by letter: the number and its unit. Empty number: computed from other rows."""

    value: str
    unit: str


@dataclass(frozen=True)
class FactorRow:
    """One factor. ``key`` is unique in its set: what it is (activity) of what (subject).

    ``uncertainty`` is half the 95 % confidence interval in per cent, None where unknown; ``gwp`` is the set of global
    warming potentials, None for a mass. Raises FieldError for a negative mass or an uncertainty below 0.
    """

    activity: str
    subject: str
    value: Decimal
    unit: Unit
    printed: Printed
    source: str
    licence: str
    gwp: str | None = None
    uncertainty: Decimal | None = None
    boundary: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        for field in ("activity", "subject", "source", "licence"):
            if not getattr(self, field).strip():
                raise FieldError(field, getattr(self, field), "say it: no factor counts without")
        if self.unit is Unit.MASS_PER_ITEM and self.value < 0:
            raise FieldError("value", plain(self.value), "give kg of 0 or more")
        if self.uncertainty is not None and self.uncertainty < 0:
            raise FieldError("uncertainty", plain(self.uncertainty), "give per cent of 0 or more")

    @property
    def key(self) -> str:
        return f"{self.activity}: {self.subject}"

    @property
    def amount(self) -> Amount:
        """The value in the type of its unit."""
        return AMOUNTS[self.unit](self.value)


@dataclass(frozen=True)
class FactorSet:
    """A named version of a table. ``file_sha256`` is of the file it was read from; rows are sorted by their keys.

    Raises FieldError for a name, version or row that no set has.
    """

    name: str
    version: str
    purpose: Purpose
    file_sha256: bytes
    rows: tuple[FactorRow, ...]

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise FieldError("name", self.name, "give lower-case letters, digits and hyphens, at most 64")
        if not _VERSION.fullmatch(self.version):
            raise FieldError(
                "version", self.version, "give letters, digits, points, plus and hyphens, at most 64"
            )
        if len(self.file_sha256) != 32:
            raise FieldError("file_sha256", self.file_sha256, "give 32 bytes")
        if not 1 <= len(self.rows) <= MAX_ROWS:
            raise FieldError("rows", len(self.rows), f"give 1 to {MAX_ROWS} rows")
        for key, times in Counter(row.key for row in self.rows).items():
            if times > 1:
                raise FieldError("key", key, f"it comes {times} times: give each factor a key of its own")
        object.__setattr__(self, "rows", tuple(sorted(self.rows, key=lambda row: row.key)))

    @property
    def label(self) -> str:
        """NAME@VERSION."""
        return f"{self.name}@{self.version}"

    def find(self, key: str) -> FactorRow | None:
        return next((row for row in self.rows if row.key == key), None)


def may_serve(purpose: Purpose, factors: FactorSet, row: FactorRow) -> bool:
    """Whether a row may enter a statement of this purpose.

    Masses serve both. No comparative emission factor enters an inventory; an inventory factor may be subtracted in a
    comparison, as a burden that the recovery caused.
    """
    return (
        row.unit is Unit.MASS_PER_ITEM
        or factors.purpose is Purpose.INVENTORY
        or purpose is Purpose.COMPARATIVE
    )


def parse_label(text: str) -> tuple[str, str]:
    """Name and version of NAME@VERSION. Raises FieldError."""
    name, at, version = text.partition("@")
    if not at or not _NAME.fullmatch(name) or not _VERSION.fullmatch(version):
        raise FieldError("factor set", text, "give NAME@VERSION, such as warm@15")
    return name, version


def parse_purpose(text: str) -> Purpose:
    """Raises FieldError for none of the two."""
    try:
        return Purpose(text)
    except ValueError:
        raise FieldError("purpose", text, "give inventory or comparative") from None


@dataclass(frozen=True)
class Change:
    """One row that two sets do not share alike; None where a set has no such row."""

    key: str
    before: FactorRow | None
    after: FactorRow | None

    @property
    def kind(self) -> str:
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    @property
    def fields(self) -> tuple[str, ...]:
        """Which fields differ, where both have the row."""
        if self.before is None or self.after is None:
            return ()
        before, after = vars(self.before), vars(self.after)
        return tuple(name for name in before if before[name] != after[name])


def changes(before: FactorSet, after: FactorSet) -> tuple[Change, ...]:
    """What is different, by key in order: rows added, removed, changed in any field."""
    old = {row.key: row for row in before.rows}
    new = {row.key: row for row in after.rows}
    return tuple(
        Change(key, old.get(key), new.get(key))
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    )
