"""The net claim of one item-cycle: what was displaced, less what that took.

Source: GHG Protocol, "Estimating and Reporting the Comparative Emissions Impacts of Products" (WRI 2019): a comparative
figure counts negative effects too, stands apart from inventory figures and is never netted into them.

Boundary: comparative. The burdens are those that the recovery itself caused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from provenance.model.sustainability.amounts import NO_EMISSION, Emission, total


@dataclass(frozen=True)
class NetClaim:
    """The four terms in kgCO2e.

    ``displaced`` is avoided; ``parts`` and ``transport`` are emitted; ``end_of_life`` is the change against the
    baseline (`recycling.change_against_baseline`), negative where less is emitted.
    """

    displaced: Emission = NO_EMISSION
    parts: Emission = NO_EMISSION
    transport: Emission = NO_EMISSION
    end_of_life: Emission = NO_EMISSION

    @property
    def net(self) -> Emission:
        """Net = displaced - parts - transport - end_of_life, in kgCO2e avoided; negative where more was emitted."""
        return self.displaced - self.parts - self.transport - self.end_of_life


def sum_of(claims: Iterable[NetClaim]) -> NetClaim:
    """Term by term; the net of the sum is the sum of the nets, harm included."""
    kept = list(claims)
    return NetClaim(
        total((claim.displaced for claim in kept), NO_EMISSION),
        total((claim.parts for claim in kept), NO_EMISSION),
        total((claim.transport for claim in kept), NO_EMISSION),
        total((claim.end_of_life for claim in kept), NO_EMISSION),
    )
