"""Each formula gives the number that its source, or a few lines by hand, give."""

from decimal import Decimal

import pytest

from provenance.errors import FieldError
from provenance.model.sustainability.amounts import (
    Distance,
    Emission,
    EmissionPerItem,
    EmissionPerMass,
    EmissionPerTonneKilometre,
    Mass,
    parse_decimal,
    plain,
)
from provenance.model.sustainability.circularity import Flows, material_circularity
from provenance.model.sustainability.displacement import displace
from provenance.model.sustainability.net import NetClaim
from provenance.model.sustainability.parts import PartUsed, parts
from provenance.model.sustainability.recycling import change_against_baseline
from provenance.model.sustainability.transport import Leg, transport
from provenance.model.sustainability.uncertainty import Estimate, combine, of_product

D = Decimal


def test_a_repaired_laptop_avoids_half_of_its_category_mean():
    """Fixometer 2021 summary, Laptop medium: 265.3158889 kgCO2e and 1.834364055 kg an item; half by hand."""
    displaced = displace(EmissionPerItem(D("265.3158889")), Mass(D("1.834364055")))
    assert displaced.avoided == Emission(D("132.65794445"))
    assert displaced.diverted == Mass(D("1.834364055"))


def test_a_displacement_of_none_still_diverts_the_mass():
    """By hand: 0 x 50 = 0; the item is in use all the same."""
    displaced = displace(EmissionPerItem(D(50)), Mass(D(2)), D(0))
    assert (displaced.avoided, displaced.diverted) == (Emission(D(0)), Mass(D(2)))


@pytest.mark.parametrize("share", [D("1.01"), D("-0.1"), D("NaN")])
def test_a_displacement_beyond_one_product_is_refused(share):
    """Nothing displaces more than the one product it is."""
    with pytest.raises(FieldError, match="displacement"):
        displace(EmissionPerItem(D(50)), Mass(D(2)), share)


def test_a_short_ton_of_cans_recycled_instead_of_landfilled_is_the_difference_of_both_factors():
    """EPA WARM v15, Aluminum Cans: recycled -9.13, landfilled 0.02 MTCO2E per short ton: -9.15, here in kg."""
    short_ton, tonne = D("907.18474"), D(1000)
    per_kg = [EmissionPerMass(D(factor) * tonne / short_ton) for factor in ("-9.13", "0.02")]
    change = change_against_baseline(Mass(short_ton), *per_kg)
    assert round(change.value, 6) == D("-9150")


def test_incineration_against_landfill_may_be_a_harm():
    """By hand: 2 kg x (2.0 - 0.5) = 3 kgCO2e more than the baseline, and it stays positive."""
    change = change_against_baseline(Mass(D(2)), EmissionPerMass(D(2)), EmissionPerMass(D("0.5")))
    assert change == Emission(D(3))
    assert NetClaim(end_of_life=change).net == Emission(D(-3))


def test_a_leg_is_tonnes_times_kilometres_times_intensity():
    """By hand, with UK BEIS 2021, container ship: 0.01614 kgCO2e per t.km; 2.5 kg over 19,000 km = 47.5 t.km."""
    leg = Leg(Mass(D("2.5")), Distance(D(19000)), EmissionPerTonneKilometre(D("0.01614")))
    assert leg.emission == Emission(D("0.766650"))
    assert transport([leg, leg]) == Emission(D("1.5333"))


def test_parts_are_their_masses_times_their_factors():
    """By hand: 0.25 kg x 8 + 0.1 kg x 30 = 5 kgCO2e."""
    used = [
        PartUsed(Mass(D("0.25")), EmissionPerMass(D(8))),
        PartUsed(Mass(D("0.1")), EmissionPerMass(D(30))),
    ]
    assert parts(used) == Emission(D(5))


def test_a_repair_that_took_more_than_it_saved_has_a_negative_net():
    """By hand: 10 - 12 - 1.5 - (-0.5) = -3."""
    claim = NetClaim(Emission(D(10)), Emission(D(12)), Emission(D("1.5")), Emission(D("-0.5")))
    assert claim.net == Emission(D(-3))


def test_a_wholly_linear_product_of_average_utility_has_a_tenth():
    """Ellen MacArthur Foundation, Circularity Indicators: a = 0.9 is chosen so that LFI = 1 and X = 1 give 0.1."""
    found = material_circularity(Mass(D(3)), Flows())
    assert (found.indicator, found.linear_flow) == (D("0.1"), D(1))


def test_a_wholly_restored_product_has_one():
    """Ellen MacArthur Foundation, Circularity Indicators: no virgin feedstock and no waste give 1."""
    assert material_circularity(Mass(D(3)), Flows(reused=D(1), to_reuse=D(1))).indicator == 1


def test_circularity_with_losses_on_both_sides_is_as_reckoned_by_hand():
    """By hand: M 10, FR .4, EF .8, CR .5, EC .75, X 1.25.

    V 6; W0 5; WC 1.25; WF 1; W 6.125; LFI 12.125 / 19.875 = 97/159; MCI = 1 - 97/159 x 0.72 = 0.560754716981...
    """
    flows = Flows(
        recycled=D("0.4"),
        to_recycling=D("0.5"),
        efficiency_after_use=D("0.75"),
        efficiency_feedstock=D("0.8"),
    )
    found = material_circularity(Mass(D(10)), flows, D("1.25"))
    assert (found.virgin, found.unrecoverable) == (Mass(D(6)), Mass(D("6.125")))
    assert found.indicator == D("0.560754716981")


def test_a_linear_product_that_lasts_half_as_long_has_no_less_than_nothing():
    """Ellen MacArthur Foundation: where 1 - LFI F(X) is below 0 the indicator is 0."""
    assert material_circularity(Mass(D(1)), Flows(), D("0.5")).indicator == 0


@pytest.mark.parametrize(
    "flows",
    [
        {"recycled": D("0.6"), "reused": D("0.6")},
        {"to_reuse": D("0.6"), "to_recycling": D("0.6")},
        {"recycled": D("0.1"), "efficiency_feedstock": D(0)},
        {"reused": D("1.1")},
    ],
)
def test_flows_that_cannot_be_are_refused(flows):
    """Shares of one mass do not exceed it."""
    with pytest.raises(FieldError):
        Flows(**flows)


def test_errors_of_one_factor_add_and_those_of_several_add_as_squares():
    """By hand, after IPCC 2006 volume 1 equation 3.2: (40 + 60) x 30 % = 30, 200 x 20 % = 40, root = 50 of 300."""
    found = combine(
        [
            Estimate("kettle", Emission(D(40)), D(30)),
            Estimate("kettle", Emission(D(60)), D(30)),
            Estimate("lamp", Emission(D(200)), D(20)),
        ]
    )
    assert (found.total, found.half_width) == (Emission(D(300)), Emission(D(50)))
    assert found.percent == D("16.666666667")


def test_what_has_no_stated_uncertainty_is_shown_beside_the_interval():
    """A missing uncertainty is not one of nought."""
    found = combine([Estimate("a", Emission(D(-7)), None), Estimate("b", Emission(D(10)), D(10))])
    assert (found.half_width, found.without) == (Emission(D(1)), Emission(D(7)))


def test_factors_multiplied_have_the_root_of_their_squares():
    """By hand, after IPCC 2006 volume 1 equation 3.1: 30 % and 40 % give 50 %."""
    assert of_product([D(30), D(40)]) == 50


def test_a_mass_is_not_added_to_an_emission():
    """The unit is the type."""
    with pytest.raises(TypeError):
        Mass(D(1)) + Emission(D(1))


@pytest.mark.parametrize("value", [1.5, 1, True, D("Infinity"), D("NaN")])
def test_an_amount_is_a_finite_decimal(value):
    """Nobody's floating point decides what a figure is."""
    with pytest.raises(FieldError):
        Mass(value)


def test_a_negative_mass_is_refused_by_name():
    """A mass that was measured is never below zero."""
    with pytest.raises(FieldError, match=r"mass is -1: give kg of 0 or more"):
        Leg(Mass(D(-1)), Distance(D(1)), EmissionPerTonneKilometre(D(1)))


@pytest.mark.parametrize("text", ["", "1,5", "1_000", "٣", "inf", "nan", "1e99", "1" * 35, "0x1"])
def test_what_is_no_decimal_number_is_refused(text):
    """One way to write a number."""
    with pytest.raises(FieldError, match="factor"):
        parse_decimal(text, "factor")


@pytest.mark.parametrize(
    ("number", "text"), [("1.500", "1.5"), ("-0", "0"), ("1E+3", "1000"), ("1e-7", "0.0000001")]
)
def test_a_number_has_one_text(number, text):
    """Canonical rows hash alike however their numbers were typed."""
    assert plain(D(number)) == text
