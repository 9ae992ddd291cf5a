"""Amounts whose unit is their type, in exact decimal arithmetic.

Units are those of the canonical factor rows: kg, km, kgCO2e, and rates of them (100-year global warming
potential, of the set that the factor states). Conversion from other units happens at the border, never here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow, Underflow
from typing import ClassVar, Self, TypeVar

from provenance.errors import FieldError

# Either exact or an error: 400 digits hold any sum of products of parsed amounts (34 digits each).
EXACT = Context(prec=400, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow, Underflow])
MAX_DIGITS = 34
"""Of a parsed number. Source: IEEE 754-2008, decimal128."""
MAX_EXPONENT = 30


@dataclass(frozen=True)
class Amount:
    """A number of ``unit``. Amounts of different types neither add up nor compare."""

    value: Decimal
    unit: ClassVar[str] = ""

    def __post_init__(self) -> None:
        # Exact type: bool and float would slip through arithmetic and bring their own rounding.
        if type(self.value) is not Decimal or not self.value.is_finite():
            raise FieldError(type(self).__name__, str(self.value), "give a finite decimal number")

    def __add__(self, other: Self) -> Self:
        if type(other) is not type(self):
            return NotImplemented
        return type(self)(EXACT.add(self.value, other.value))

    def __sub__(self, other: Self) -> Self:
        if type(other) is not type(self):
            return NotImplemented
        return type(self)(EXACT.subtract(self.value, other.value))

    def __neg__(self) -> Self:
        return type(self)(EXACT.minus(self.value))

    def times(self, number: Decimal) -> Self:
        """The amount so many times, exactly."""
        return type(self)(EXACT.multiply(self.value, number))

    def __str__(self) -> str:
        return f"{plain(self.value)} {self.unit}"


class Mass(Amount):
    unit = "kg"


class Distance(Amount):
    unit = "km"


class Emission(Amount):
    """Greenhouse gases as carbon dioxide equivalent. Positive where emitted, or avoided, as its name says."""

    unit = "kgCO2e"


class MassPerItem(Amount):
    unit = "kg/item"

    @property
    def of_one(self) -> Mass:
        return Mass(self.value)


class EmissionPerItem(Amount):
    unit = "kgCO2e/item"

    @property
    def of_one(self) -> Emission:
        return Emission(self.value)


class EmissionPerMass(Amount):
    unit = "kgCO2e/kg"

    def of(self, mass: Mass) -> Emission:
        return Emission(EXACT.multiply(self.value, mass.value))


class EmissionPerTonneKilometre(Amount):
    """Per metric tonne and kilometre."""

    unit = "kgCO2e/tkm"

    def of(self, mass: Mass, distance: Distance) -> Emission:
        tonnes = EXACT.scaleb(mass.value, Decimal(-3))
        return Emission(EXACT.multiply(EXACT.multiply(tonnes, distance.value), self.value))


NO_EMISSION = Emission(Decimal(0))
NO_MASS = Mass(Decimal(0))

A = TypeVar("A", bound=Amount)
L = TypeVar("L")


def total(amounts: Iterable[A], none: A) -> A:
    """The exact sum; ``none`` is the zero of its type, and the sum of nothing."""
    result = none
    for amount in amounts:
        result = result + amount
    return result


def broken_down(
    lines: Iterable[L], group: Callable[[L], str], amount: Callable[[L], A], none: A
) -> dict[str, A]:
    """The exact sum of each group, by its name in order. The sum of the parts is the total, always."""
    parts: dict[str, A] = {}
    for line in lines:
        name = group(line)
        parts[name] = parts.get(name, none) + amount(line)
    return dict(sorted(parts.items()))


def parse_decimal(text: str, field: str) -> Decimal:
    """A decimal number as ASCII text, such as ``-9.127378`` or ``1e-3``.

    Raises FieldError for anything else, more than 34 digits, or an exponent beyond +-30.
    """
    try:
        number = Decimal(text.strip()) if text.isascii() and "_" not in text else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise FieldError(field, text, "give a decimal number with a point, such as 12.5")
    _, digits, exponent = number.as_tuple()
    if len(digits) > MAX_DIGITS or not isinstance(exponent, int) or abs(exponent) > MAX_EXPONENT:
        raise FieldError(
            field, text, f"give at most {MAX_DIGITS} digits and an exponent within +-{MAX_EXPONENT}"
        )
    return number


def plain(number: Decimal) -> str:
    """The one text of a number: no exponent, no trailing zeros, no minus before zero."""
    if not number:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def parse_share(number: Decimal, field: str) -> Decimal:
    """A share from 0 to 1. Raises FieldError for anything else."""
    if type(number) is not Decimal or not number.is_finite() or not 0 <= number <= 1:
        raise FieldError(field, str(number), "give a share from 0 to 1")
    return number


def require_not_negative(amount: Amount, field: str) -> None:
    """Raises FieldError where the amount is below zero: of a mass or distance that was measured it never is."""
    if amount.value < 0:
        raise FieldError(field, str(amount.value), f"give {amount.unit} of 0 or more")
