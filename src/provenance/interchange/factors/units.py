"""From the units that tables print to the canonical four, by a units library (pint).

Emission is a dimension of its own here: a kilogram of CO2e is no kilogram of goods. Some spellings say something else
than a units library would read: EPA's MT is a metric tonne (to a library a megatonne), and a ton is read as none of
metric, short or long: it must say which.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cache
from typing import TYPE_CHECKING

from provenance.errors import FieldError
from provenance.model.factors import Unit

if TYPE_CHECKING:
    from pint import UnitRegistry

SIGNIFICANT = 12
"""Digits of a converted value, rounded half-even: more than any table prints, and the same on every machine."""
_ROUNDING = Context(prec=SIGNIFICANT, rounding=ROUND_HALF_EVEN)

# Only spellings stand here; what they are worth, the library knows.
_EMISSION = {"g": "gCO2e", "kg": "kgCO2e", "t": "tCO2e", "MT": "tCO2e"}
# Mt and mt are refused: to some a megatonne, to others a metric tonne.
_EMISSION_TEXT = re.compile(r"(kg|g|MT|t)[ -]?(?i:CO2[- ]?eq?)")
_PER = {
    "kg": "kilogram",
    "g": "gram",
    "t": "metric_ton",
    "tonne": "metric_ton",
    "short ton": "short_ton",
    "lb": "pound",
    "tkm": "(metric_ton * kilometer)",
    "t.km": "(metric_ton * kilometer)",
    "t*km": "(metric_ton * kilometer)",
    "tonne.km": "(metric_ton * kilometer)",
    "short ton mile": "(short_ton * mile)",
    "item": "item",
}
_MASS = {"kg": "kilogram", "g": "gram", "lb": "pound", "t": "metric_ton"}
_CANONICAL = {
    Unit.MASS_PER_ITEM: "kilogram / item",
    Unit.EMISSION_PER_ITEM: "kgCO2e / item",
    Unit.EMISSION_PER_MASS: "kgCO2e / kilogram",
    Unit.EMISSION_PER_TONNE_KILOMETRE: "kgCO2e / (metric_ton * kilometer)",
}


def convert(value: Decimal, unit: str) -> tuple[Decimal, Unit]:
    """The value in the canonical unit of its dimension, at most 12 significant digits, half-even.

    Raises FieldError for a unit that is missing, not known, or of a dimension that no factor has.
    """
    if not unit.strip():
        raise FieldError("unit", unit, "say the unit, such as kgCO2e/kg")
    quantity = _registry().Quantity(value, _spelt_out(unit))
    for canonical, text in _CANONICAL.items():
        if quantity.is_compatible_with(text):
            return _rounded(quantity.to(text).magnitude), canonical
    raise FieldError("unit", unit, f"no factor has it: give one that converts to {', '.join(Unit)}")


def _spelt_out(unit: str) -> str:
    above, slash, below = (part.strip() for part in unit.strip().partition("/"))
    per = _PER.get(below.lower())
    emission = _EMISSION_TEXT.fullmatch(above)
    if slash and per is not None:
        if emission:
            return f"{_EMISSION[emission[1]]} / {per}"
        if above.lower() in _MASS:
            return f"{_MASS[above.lower()]} / {per}"
    if below.lower() in ("ton", "ton mile", "tons"):
        raise FieldError("unit", unit, "say which ton: t (metric) or short ton")
    raise FieldError("unit", unit, "not known: give such as kg/item, kgCO2e/item, kgCO2e/t, gCO2e/tkm")


def _rounded(number: Decimal) -> Decimal:
    return _ROUNDING.plus(number)


@cache
def _registry() -> UnitRegistry[Decimal]:
    from pint import UnitRegistry  # noqa: PLC0415 - it reads its definitions: not before a unit is converted

    registry: UnitRegistry[Decimal] = UnitRegistry(non_int_type=Decimal)
    registry.define("gCO2e = [greenhouse_effect]")
    registry.define("tCO2e = 1000 * kgCO2e")
    registry.define("item = [piece]")
    return registry
