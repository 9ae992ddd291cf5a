"""What holds of the methods for whatever numbers come in."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.errors import FieldError
from provenance.model.sustainability.amounts import (
    NO_EMISSION,
    Distance,
    Emission,
    EmissionPerTonneKilometre,
    Mass,
    broken_down,
    total,
)
from provenance.model.sustainability.circularity import Flows, material_circularity
from provenance.model.sustainability.claims import (
    ClaimKey,
    ClaimType,
    DisplacementClaim,
    allot,
    doubled,
)
from provenance.model.sustainability.net import NetClaim, sum_of
from provenance.model.sustainability.transport import Leg, transport
from provenance.model.sustainability.uncertainty import Estimate, combine

numbers = st.decimals("-1e12", "1e12", allow_nan=False, places=9)
positive = st.decimals("0", "1e6", allow_nan=False, places=6)
shares = st.decimals("0", "1", allow_nan=False, places=3)
emissions = numbers.map(Emission)
net_claims = st.builds(NetClaim, emissions, emissions, emissions, emissions)
items = st.sampled_from([bytes([n]) * 32 for n in range(3)])
displacement_claims = st.lists(
    st.builds(DisplacementClaim, items, st.integers(1, 6), shares),
    unique_by=lambda claim: claim.key,
    max_size=12,
)


@given(st.lists(emissions, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_adding_never_matters(amounts, random):
    """Not even in the last digit."""
    shuffled = random.sample(amounts, len(amounts))
    assert total(shuffled, NO_EMISSION) == total(amounts, NO_EMISSION)


@given(st.lists(st.tuples(st.sampled_from("abc"), emissions), max_size=10))
def test_a_total_is_the_sum_of_its_breakdown(lines):
    """Whatever the lines are grouped by."""
    parts = broken_down(lines, lambda line: line[0], lambda line: line[1], NO_EMISSION)
    assert total(parts.values(), NO_EMISSION) == total((line[1] for line in lines), NO_EMISSION)


@given(st.lists(net_claims, max_size=6))
def test_the_net_of_the_sum_is_the_sum_of_the_nets(claims):
    """No loss is dropped on the way up: negative results count as they are."""
    assert sum_of(claims).net == total((claim.net for claim in claims), NO_EMISSION)


@given(net_claims)
def test_a_net_is_negative_exactly_where_more_was_emitted_than_displaced(claim):
    """Nothing is cut off at zero."""
    burden = claim.parts + claim.transport + claim.end_of_life
    assert (claim.net.value < 0) == (claim.displaced.value < burden.value)


@given(st.lists(st.tuples(positive, positive, positive), max_size=5), st.randoms(use_true_random=False))
def test_legs_may_come_in_any_order(values, random):
    """A route is a sum."""
    legs = [Leg(Mass(m), Distance(d), EmissionPerTonneKilometre(i)) for m, d, i in values]
    assert transport(random.sample(legs, len(legs))) == transport(legs)


@given(displacement_claims)
def test_one_serial_never_displaces_more_than_one_product(claims):
    """However often it comes back, and whatever it asks for."""
    granted = allot(claims)
    for item in {claim.item for claim in claims}:
        assert sum(got.share for got in granted if got.claim.item == item) <= 1
    assert all(0 <= got.share <= got.claim.asked for got in granted)


@given(displacement_claims, st.randoms(use_true_random=False))
def test_claims_are_allotted_alike_in_any_order(claims, random):
    """Earlier cycles first, wherever they stand in the list."""
    assert allot(random.sample(claims, len(claims))) == allot(claims)


@given(displacement_claims, items, shares)
def test_a_later_cycle_takes_nothing_from_an_earlier_one(claims, item, asked):
    """What was said of a cycle stays true when the item comes back once more."""
    later = allot([*claims, DisplacementClaim(item, 7, asked)])
    assert [got for got in later if got.claim.cycle < 7] == list(allot(claims))


def test_an_item_returned_three_times_claims_one_product():
    """Half, half, and nothing is left for the third."""
    item = bytes(32)
    granted = allot([DisplacementClaim(item, cycle, Decimal("0.5")) for cycle in (3, 1, 2)])
    assert [(got.claim.cycle, got.share, got.is_cut) for got in granted] == [
        (1, Decimal("0.5"), False),
        (2, Decimal("0.5"), False),
        (3, Decimal("0"), True),
    ]


def test_what_another_statement_claimed_before_is_taken_off():
    """The cap is the network's, not the statement's."""
    item = bytes(32)
    (granted,) = allot([DisplacementClaim(item, 2, Decimal("0.5"))], {item: Decimal("0.8")})
    assert granted.share == Decimal("0.2")


def test_a_cycle_claimed_twice_is_refused_by_name():
    """The same key never counts twice."""
    claim = DisplacementClaim(b"\x11" * 32, 1, Decimal("0.5"))
    with pytest.raises(FieldError, match=r"claim is 1111.* cycle 1: claim a displacement once per cycle"):
        allot([claim, claim])


def test_keys_that_come_twice_are_named_once():
    """A fate and a displacement of one cycle are two claims, two fates are one too many."""
    fate = ClaimKey(bytes(32), 1, ClaimType.FATE)
    displacement = ClaimKey(bytes(32), 1, ClaimType.DISPLACEMENT)
    assert doubled([fate, displacement, fate, fate]) == (fate,)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), numbers, positive), max_size=8),
    st.randoms(use_true_random=False),
)
def test_uncertainty_knows_no_order_and_never_exceeds_full_correlation(values, random):
    """Root-sum-square across categories is at most their plain sum."""
    estimates = [Estimate(category, Emission(amount), percent) for category, amount, percent in values]
    found = combine(estimates)
    assert combine(random.sample(estimates, len(estimates))) == found
    widest = sum((abs(e.amount.value) * e.percent / 100 for e in estimates), Decimal(0))
    assert found.half_width.value <= widest + Decimal("1e-6")


@given(shares, shares, shares, positive.filter(bool), st.decimals("0.1", "10", places=2))
def test_circularity_lies_between_nought_and_one_and_has_no_unit(
    recycled, collected, efficiency, mass, utility
):
    """It does not depend on the product's size."""
    flows = Flows(recycled=recycled, to_recycling=collected, efficiency_after_use=efficiency)
    found = material_circularity(Mass(mass), flows, utility)
    assert 0 <= found.indicator <= 1
    assert found.indicator == material_circularity(Mass(Decimal(1)), flows, utility).indicator
