"""Repair and reuse: what a product that is used again displaces.

Source: The Restart Project, Fixometer ("How we calculate our impact", 2021 reference data): of the emissions of
making a new product of the category, the share that a repaired or reused one displaces counts as avoided, by
default one half; what is kept in use counts with its mass as diverted.

Boundary: the product's emissions before use (materials, manufacture, transport to the shop). The use phase and the
end of life of the displaced product are outside. Only an item that ends fixed, resold or reused displaces anything:
whoever calls decides that from the item's events.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from provenance.model.sustainability.amounts import (
    Emission,
    EmissionPerItem,
    Mass,
    parse_share,
    require_not_negative,
)

DEFAULT_DISPLACEMENT = Decimal("0.5")
"""Share of a new product that a repaired one displaces. Source: Fixometer, an assumption of its authors."""


@dataclass(frozen=True)
class Displaced:
    """What one item, used again, avoids and keeps in use: kgCO2e and kg."""

    avoided: Emission
    diverted: Mass


def displace(
    footprint: EmissionPerItem, mass: Mass, displacement: Decimal = DEFAULT_DISPLACEMENT
) -> Displaced:
    """Avoided = footprint x displacement; diverted = mass.

    ``footprint`` in kgCO2e per item before use, ``mass`` in kg, ``displacement`` a share from 0 to 1. A displacement
    of 0 avoids nothing and diverts the mass all the same. Raises FieldError for a share or a mass out of range.
    """
    require_not_negative(mass, "mass")
    share = parse_share(displacement, "displacement")
    return Displaced(footprint.of_one.times(share), mass)
