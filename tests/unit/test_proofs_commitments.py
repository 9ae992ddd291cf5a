"""Commitments hide, bind and do not depend on order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.errors import CanonicalError, FieldError
from provenance.proofs.commitments import Field, details_root, field_commitment, root_of

salts = st.binary(min_size=16, max_size=16)
made = st.lists(
    st.builds(Field, st.text(min_size=1), st.integers(0, 9) | st.text(), salts),
    unique_by=lambda field: field.name,
    max_size=8,
)


@given(made, st.randoms())
def test_the_root_does_not_depend_on_the_order_of_fields(fields, random):
    shuffled = list(fields)
    random.shuffle(shuffled)
    assert root_of(shuffled) == root_of(fields)


@given(made, st.data())
def test_any_fields_can_be_withheld_without_changing_the_root(fields, data):
    hidden = data.draw(st.sets(st.sampled_from(range(len(fields))))) if fields else set()
    shown = [field for place, field in enumerate(fields) if place not in hidden]
    assert root_of(shown, [fields[place].commitment for place in hidden]) == root_of(fields)


@given(made.filter(bool), st.data())
def test_any_other_value_name_or_salt_makes_another_root(fields, data):
    field = data.draw(st.sampled_from(fields))
    others = [other for other in fields if other is not field]
    for changed in (
        Field(field.name + "x", field.value, field.salt),
        Field(field.name, [field.value], field.salt),
        Field(field.name, field.value, bytes([field.salt[0] ^ 1]) + field.salt[1:]),
    ):
        assert details_root([*(o.commitment for o in others), changed.commitment]) != root_of(fields)


def test_no_fields_have_the_root_zero():
    assert root_of([]) == bytes(32)


def test_a_text_and_a_number_that_look_alike_are_told_apart():
    assert field_commitment(bytes(16), "a", "1") != field_commitment(bytes(16), "a", 1)


def test_name_and_value_cannot_be_shifted_into_each_other():
    assert field_commitment(bytes(16), "a1", 2) != field_commitment(bytes(16), "a", 12)


def test_a_commitment_given_twice_is_refused():
    field = Field("a", 1, bytes(16))
    with pytest.raises(FieldError, match="give each once"):
        root_of([field], [field.commitment])


def test_a_field_given_twice_under_other_salts_is_refused():
    with pytest.raises(FieldError, match="field name is a: give each field once"):
        root_of([Field("a", 1, bytes(16)), Field("a", 2, b"1" * 16)])


@pytest.mark.parametrize(
    ("name", "value", "salt"), [("", 1, bytes(16)), ("a", 1, bytes(15)), ("a", 1, "x" * 16)]
)
def test_a_field_without_name_or_with_a_wrong_salt_cannot_be_built(name, value, salt):
    with pytest.raises(FieldError):
        Field(name, value, salt)


def test_a_field_with_a_fraction_cannot_be_built():
    with pytest.raises(CanonicalError, match="decimal text"):
        Field("mass", 1.5, bytes(16))
