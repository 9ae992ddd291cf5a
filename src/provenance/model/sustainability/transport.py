"""Transport legs.

Source: ISO 14083:2023 and the GLEC Framework v3 (Smart Freight Centre): the emissions of a transport chain are the
sum over its elements of transport activity (tonnes x kilometres) times emission intensity.

Boundary: that of the intensity, which says whether it counts from well to wheel or fuel combustion alone; mixing both
in one sum is for the caller to refuse. ISO 14083 wants the shortest feasible or great-circle distance, without detours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from provenance.model.sustainability.amounts import (
    NO_EMISSION,
    Distance,
    Emission,
    EmissionPerTonneKilometre,
    Mass,
    require_not_negative,
    total,
)


@dataclass(frozen=True)
class Leg:
    """One leg: how much was carried how far, at which intensity. Raises FieldError for a negative mass or distance."""

    mass: Mass
    distance: Distance
    intensity: EmissionPerTonneKilometre

    def __post_init__(self) -> None:
        require_not_negative(self.mass, "mass")
        require_not_negative(self.distance, "distance")

    @property
    def emission(self) -> Emission:
        """Tonnes x km x kgCO2e per tonne-kilometre."""
        return self.intensity.of(self.mass, self.distance)


def transport(legs: Iterable[Leg]) -> Emission:
    """Emission = sum over the legs of tonnes x km x intensity, in kgCO2e."""
    return total((leg.emission for leg in legs), NO_EMISSION)
