"""Recycling, or any other end of life, against a baseline.

Source: US EPA, Waste Reduction Model (WARM) v15, "Documentation for Greenhouse Gas Emission and Energy Factors":
the change is the emissions of the alternative practice less those of the baseline practice, for the same mass of
the same material. Its recycling factors are negative where recycled material displaces virgin material.

Boundary: from the point where the material is discarded (waste-generation reference point). WARM's factors include
collection and transport to the facility: such legs are not added again.
"""

from __future__ import annotations

from provenance.model.sustainability.amounts import Emission, EmissionPerMass, Mass, require_not_negative


def change_against_baseline(mass: Mass, happened: EmissionPerMass, baseline: EmissionPerMass) -> Emission:
    """Change = mass x (factor of what happened - factor of the baseline), in kgCO2e.

    ``mass`` in kg, factors in kgCO2e per kg of the same material. Negative: less is emitted than in the baseline.
    Raises FieldError for a negative mass.
    """
    require_not_negative(mass, "mass")
    return (happened - baseline).of(mass)
