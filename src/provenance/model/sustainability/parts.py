"""Repair parts: what making them emitted.

Source: GHG Protocol, Corporate Value Chain (Scope 3) Standard, category 1 (purchased goods): quantity times a
cradle-to-gate emission factor.

Boundary: cradle to gate of the part. Its transport is a leg of its own; the part taken out follows its own end of life.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from provenance.model.sustainability.amounts import (
    NO_EMISSION,
    Emission,
    EmissionPerMass,
    Mass,
    require_not_negative,
    total,
)


@dataclass(frozen=True)
class PartUsed:
    """New material that a repair put in: kg and kgCO2e per kg. Raises FieldError for a negative mass."""

    mass: Mass
    factor: EmissionPerMass

    def __post_init__(self) -> None:
        require_not_negative(self.mass, "mass")

    @property
    def emission(self) -> Emission:
        """Kg x kgCO2e per kg."""
        return self.factor.of(self.mass)


def parts(used: Iterable[PartUsed]) -> Emission:
    """Emission = sum over the parts of mass x factor, in kgCO2e."""
    return total((part.emission for part in used), NO_EMISSION)
