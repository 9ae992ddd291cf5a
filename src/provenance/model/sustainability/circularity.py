"""The Material Circularity Indicator of a product.

Source: Ellen MacArthur Foundation and ANSYS Granta, "Circularity Indicators: An Approach to Measuring Circularity.
Methodology" (2019 revision), product-level methodology. Variant: the *comprehensive* approach in its 2019 form, with
biological feedstock (FS), composting (CC) and energy recovery (CE); where those are 0 it is the form of 2015. The product
is taken whole, as one material, not part by part.

Boundary: the product's own mass; production scrap, packaging and energy are outside. A number without unit.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import ROUND_HALF_EVEN, Context, Decimal

from provenance.errors import FieldError
from provenance.model.sustainability.amounts import Mass, parse_share

_ZERO, _ONE = Decimal(0), Decimal(1)
_WIDE = Context(prec=50, rounding=ROUND_HALF_EVEN)
_UTILITY_FACTOR = Decimal("0.9")
"""a in F(X) = a / X: a wholly linear product of average utility then has 0.1, not 0."""
PLACES = Decimal("1e-12")


@dataclass(frozen=True)
class Flows:
    """A product's material flows as shares of its mass, each from 0 to 1.

    Feedstock that is ``recycled`` (FR), ``reused`` (FU), ``biological`` from sustained production (FS); after use
    ``to_recycling`` (CR), ``to_reuse`` (CU), ``to_composting`` (CC), ``to_energy`` (CE: biological, meeting the source's
    conditions); efficiency of recycling ``after_use`` (EC) and of making recycled ``feedstock`` (EF).
    Raises FieldError for a share out of range, shares that exceed 1 together, or recycled feedstock at efficiency 0.
    """

    recycled: Decimal = _ZERO
    reused: Decimal = _ZERO
    biological: Decimal = _ZERO
    to_recycling: Decimal = _ZERO
    to_reuse: Decimal = _ZERO
    to_composting: Decimal = _ZERO
    to_energy: Decimal = _ZERO
    efficiency_after_use: Decimal = _ONE
    efficiency_feedstock: Decimal = _ONE

    def __post_init__(self) -> None:
        for field in fields(self):
            parse_share(getattr(self, field.name), field.name)
        if self.recycled + self.reused + self.biological > 1:
            raise FieldError(
                "feedstock", self.recycled + self.reused + self.biological, "its shares exceed 1"
            )
        if self.collected > 1:
            raise FieldError("collection", str(self.collected), "its shares exceed 1")
        if self.recycled and not self.efficiency_feedstock:
            raise FieldError("efficiency_feedstock", 0, "give more than 0 where feedstock is recycled")

    @property
    def collected(self) -> Decimal:
        return self.to_recycling + self.to_reuse + self.to_composting + self.to_energy


@dataclass(frozen=True)
class Circularity:
    """The indicator, from 0 (linear) to 1, and what it is made of: virgin and unrecoverable mass, linear flow index."""

    indicator: Decimal
    linear_flow: Decimal
    virgin: Mass
    unrecoverable: Mass


def material_circularity(mass: Mass, flows: Flows, utility: Decimal = _ONE) -> Circularity:
    """MCI = max(0, 1 - LFI x 0.9 / X), rounded half-even to 12 places.

    V   = M (1 - FR - FU - FS)                 virgin feedstock
    W0  = M (1 - CR - CU - CC - CE)            to landfill or plain incineration
    WC  = M (1 - EC) CR                        lost when the product is recycled
    WF  = M (1 - EF) FR / EF                   lost when its recycled feedstock was made
    W   = W0 + (WF + WC) / 2
    LFI = (V + W) / (2 M + (WF - WC) / 2)

    ``mass`` M in kg, ``utility`` X = (lifetime / average) x (use / average use), above 0. Raises FieldError.
    """
    if mass.value <= 0:
        raise FieldError("mass", str(mass.value), "give kg above 0")
    if type(utility) is not Decimal or not utility.is_finite() or utility <= 0:
        raise FieldError("utility", str(utility), "give a number above 0; 1 is the industry's average")
    context = _WIDE
    virgin = context.multiply(mass.value, 1 - flows.recycled - flows.reused - flows.biological)
    lost_after = context.multiply(mass.value, (1 - flows.efficiency_after_use) * flows.to_recycling)
    lost_before = context.divide(
        context.multiply(mass.value, (1 - flows.efficiency_feedstock) * flows.recycled),
        flows.efficiency_feedstock
        or _ONE,  # without recycled feedstock nothing is lost, whatever the efficiency
    )
    dumped = context.multiply(mass.value, 1 - flows.collected)
    unrecoverable = context.add(dumped, context.divide(context.add(lost_before, lost_after), Decimal(2)))
    whole = context.add(
        context.multiply(mass.value, Decimal(2)),
        context.divide(context.subtract(lost_before, lost_after), Decimal(2)),
    )
    linear = context.divide(context.add(virgin, unrecoverable), whole)
    indicator = context.subtract(_ONE, context.divide(context.multiply(linear, _UTILITY_FACTOR), utility))
    return Circularity(
        max(_ZERO, indicator).quantize(PLACES, ROUND_HALF_EVEN, _WIDE),
        linear.quantize(PLACES, ROUND_HALF_EVEN, _WIDE),
        Mass(virgin),
        Mass(unrecoverable),
    )
