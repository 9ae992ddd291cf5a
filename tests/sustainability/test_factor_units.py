"""Units convert by what they are, and the traps in how tables spell them are refused or read right."""

from decimal import Decimal

import pytest

from provenance.errors import FieldError
from provenance.interchange.factors.units import convert
from provenance.model.factors import Unit

D = Decimal


@pytest.mark.parametrize(
    ("value", "unit", "converted", "canonical"),
    [
        # 1 short ton is 2,000 lb of 0.45359237 kg (NIST Handbook 44, appendix C): 1000 / 907.18474 by hand.
        ("1", "MTCO2E/short ton", "1.10231131092", Unit.EMISSION_PER_MASS),
        ("907.18474", "kgCO2e/short ton", "1", Unit.EMISSION_PER_MASS),
        ("21.294", "kg-CO2e/t", "0.021294", Unit.EMISSION_PER_MASS),
        ("25.5", "g-CO2e/tkm", "0.0255", Unit.EMISSION_PER_TONNE_KILOMETRE),
        ("0.01614", "kg-CO2e/tkm", "0.01614", Unit.EMISSION_PER_TONNE_KILOMETRE),
        # 1 mile is 1.609344 km: 1 / (0.90718474 x 1.609344) by hand.
        ("1", "kgCO2e/short ton mile", "0.684944493486", Unit.EMISSION_PER_TONNE_KILOMETRE),
        ("265.3", "kgCO2e/item", "265.3", Unit.EMISSION_PER_ITEM),
        ("150", "g/item", "0.15", Unit.MASS_PER_ITEM),
        ("2", "lb/item", "0.90718474", Unit.MASS_PER_ITEM),
    ],
)
def test_what_a_table_prints_becomes_one_of_four_units(value, unit, converted, canonical):
    """Exactly, up to 12 digits."""
    assert convert(D(value), unit) == (D(converted), canonical)


def test_grams_and_kilograms_per_tonne_kilometre_are_a_thousand_apart():
    """The trap in tables whose unit changes from row to row."""
    grams, _ = convert(D(1), "g-CO2e/tkm")
    kilograms, _ = convert(D(1), "kg-CO2e/tkm")
    assert kilograms == 1000 * grams


@pytest.mark.parametrize(
    ("unit", "remedy"),
    [
        ("", "say the unit"),
        ("kgCO2e/ton", "say which ton"),
        ("kgCO2e/ton mile", "say which ton"),
        ("MtCO2e/t", "not known"),
        ("mtCO2e/t", "not known"),
        ("kg/kg", "no factor has it"),
        ("kgCO2e", "not known"),
        ("kWh/item", "not known"),
        ("kgCO2/kg", "not known"),
        ("__import__('os')/kg", "not known"),
    ],
)
def test_a_unit_that_could_mean_two_things_or_nothing_is_refused(unit, remedy):
    """A ton is metric, short or long; Mt is a megatonne or a metric tonne."""
    with pytest.raises(FieldError, match=remedy):
        convert(D(1), unit)
