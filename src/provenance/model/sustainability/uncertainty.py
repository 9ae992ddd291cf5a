"""How uncertain a total is.

Source: IPCC 2006 Guidelines for National Greenhouse Gas Inventories, volume 1, chapter 3, approach 1 (propagation of
error), equations 3.1 and 3.2. Uncertainties are half the 95 % confidence interval in per cent of the value.

What one factor errs, it errs for every item of its category alike: within a category the errors are fully correlated and
add up. Between categories they are taken as independent: the root of the sum of their squares. (The guidelines' section
3.2.3.1 names correlation as what approach 1 must be given by aggregating first.)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

from provenance.errors import FieldError
from provenance.model.sustainability.amounts import EXACT, NO_EMISSION, Emission

_WIDE = Context(prec=50, rounding=ROUND_HALF_EVEN)
PLACES = Decimal("1e-9")
_HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Estimate:
    """An amount in kgCO2e that rests on one factor, and that factor's uncertainty in per cent, None where unknown."""

    category: str
    amount: Emission
    percent: Decimal | None

    def __post_init__(self) -> None:
        if self.percent is not None and (not self.percent.is_finite() or self.percent < 0):
            raise FieldError("uncertainty", str(self.percent), "give per cent of 0 or more, or leave it out")


@dataclass(frozen=True)
class Uncertain:
    """A total with half its 95 % confidence interval, both in kgCO2e.

    ``without`` is the sum of the absolute amounts whose factor states no uncertainty: they widen nothing, so it is
    shown beside the interval.
    """

    total: Emission
    half_width: Emission
    without: Emission

    @property
    def percent(self) -> Decimal | None:
        """The half width in per cent of the absolute total (equation 3.2); None for a total of 0."""
        if not self.total.value:
            return None
        share = _WIDE.divide(self.half_width.value, abs(self.total.value))
        return _WIDE.multiply(share, _HUNDRED).quantize(PLACES, ROUND_HALF_EVEN, _WIDE)


def combine(estimates: Iterable[Estimate]) -> Uncertain:
    """Total = sum; half width = sqrt(sum over categories of (sum within of amount x percent / 100) squared).

    Within a category signed amounts add before they are squared: where one factor is both added and subtracted, its
    error cancels as it does in truth. The half width is rounded half-even to 9 places of a kgCO2e.
    """
    total, without = NO_EMISSION, NO_EMISSION
    errors: dict[str, Decimal] = {}
    for estimate in estimates:
        total = total + estimate.amount
        if estimate.percent is None:
            without = without + Emission(abs(estimate.amount.value))
            continue
        error = EXACT.scaleb(EXACT.multiply(estimate.amount.value, estimate.percent), Decimal(-2))
        errors[estimate.category] = EXACT.add(errors.get(estimate.category, Decimal(0)), error)
    squares = Decimal(0)
    for error in errors.values():
        squares = EXACT.add(squares, EXACT.multiply(error, error))
    half = squares.sqrt(_WIDE).quantize(PLACES, ROUND_HALF_EVEN, _WIDE)
    return Uncertain(total, Emission(half), without)


def of_product(percents: Iterable[Decimal]) -> Decimal:
    """The uncertainty of a product of independent factors: the root of the sum of squares, in per cent (equation 3.1)."""
    squares = Decimal(0)
    for percent in percents:
        squares = EXACT.add(squares, EXACT.multiply(percent, percent))
    return squares.sqrt(_WIDE).quantize(PLACES, ROUND_HALF_EVEN, _WIDE)
