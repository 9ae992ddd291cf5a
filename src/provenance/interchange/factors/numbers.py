"""Numbers as tables print them, and means of them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal

from provenance.errors import FieldError
from provenance.model.sustainability.amounts import parse_decimal

_WIDE = Context(prec=50, rounding=ROUND_HALF_EVEN)
_MEAN = Context(prec=12, rounding=ROUND_HALF_EVEN)
_PERCENT = Context(prec=4, rounding=ROUND_HALF_EVEN)

# Student's t, 95 % two-sided, by degrees of freedom. Source: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
_T = (
    "12.706 4.303 3.182 2.776 2.571 2.447 2.365 2.306 2.262 2.228 2.201 2.179 2.160 2.145 2.131 "
    "2.120 2.110 2.101 2.093 2.086 2.080 2.074 2.069 2.064 2.060 2.056 2.052 2.048 2.045 2.042"
)


def printed_number(text: str, field: str) -> Decimal | None:
    """The number, its thousands apart by commas or not; None for an empty cell or a dash. Raises FieldError."""
    bare = text.strip()
    if bare in ("", "-"):
        return None
    return parse_decimal(bare.replace(",", ""), field)


def says_the_same(printed: str, number: Decimal) -> bool:
    """Whether the printed number is this one, rounded as far as it was printed."""
    said = parse_decimal(printed.strip().replace(",", ""), "number")
    return abs(said - number) <= half_a_place(printed)


def half_a_place(printed: str) -> Decimal:
    """Half of the last printed digit's place."""
    exponent = parse_decimal(printed.strip().replace(",", ""), "number").as_tuple().exponent
    return Decimal(5).scaleb(int(exponent) - 1)


def mean(values: Sequence[Decimal], shares: Sequence[Decimal] | None = None) -> Decimal:
    """The mean, weighted by the shares where there are any; 12 significant digits, half-even."""
    if shares is None:
        shares = [Decimal(1)] * len(values)
    weighed = sum(
        (_WIDE.multiply(value, share) for value, share in zip(values, shares, strict=True)), Decimal(0)
    )
    if not (whole := sum(shares, Decimal(0))):
        raise FieldError("shares", 0, "give shares that are not all 0")
    return _MEAN.divide(weighed, whole)


def uncertainty_of_mean(values: Sequence[Decimal]) -> Decimal | None:
    """Half the 95 % confidence interval of the mean in per cent of it: t s / sqrt(n); None below two values.

    Source: IPCC 2006 Guidelines, volume 1, section 3.2.2.3 (uncertainty of a mean from measured data). 4 digits.
    """
    count = len(values)
    middle = mean(values) if values else Decimal(0)
    if count < 2 or not middle:
        return None
    squares = sum((_WIDE.power(_WIDE.subtract(value, middle), 2) for value in values), Decimal(0))
    deviation = _WIDE.sqrt(_WIDE.divide(squares, Decimal(count - 1)))
    width = _WIDE.divide(_WIDE.multiply(students_t(count - 1), deviation), _WIDE.sqrt(Decimal(count)))
    return _PERCENT.divide(_WIDE.multiply(width, Decimal(100)), abs(middle))


def students_t(degrees: int) -> Decimal:
    """Beyond 30 degrees of freedom that of 30: wider, never narrower, than the true one."""
    table = _T.split()
    return Decimal(table[min(degrees, len(table)) - 1])
