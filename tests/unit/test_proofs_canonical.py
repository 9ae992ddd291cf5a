"""Canonical JSON is RFC 8785's, for fewer kinds of values."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from provenance.errors import CanonicalError
from provenance.proofs.canonical import canonical

RFC = Path(__file__).parents[1] / "vectors" / "rfc8785"
NAMES = sorted(path.name for path in (RFC / "input").iterdir())

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def expected(name: str) -> bytes:
    return (RFC / "output" / name).read_bytes().rstrip(b"\n")


@pytest.mark.parametrize("name", NAMES)
def test_the_library_gives_the_published_form(name):
    assert rfc8785.dumps(json.loads((RFC / "input" / name).read_text(encoding="utf-8"))) == expected(name)


WITH_FRACTIONS = {
    "structures.json": r"value\.1\.'\\n' is 56\.0",
    "values.json": r"value\.numbers\[0\] is 333333333",
}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in WITH_FRACTIONS])
def test_the_published_inputs_without_fractions_pass(name):
    assert canonical(json.loads((RFC / "input" / name).read_text(encoding="utf-8"))) == expected(name)


@pytest.mark.parametrize(("name", "place"), WITH_FRACTIONS.items())
def test_the_published_inputs_with_fractions_are_refused_by_place(name, place):
    value = json.loads((RFC / "input" / name).read_text(encoding="utf-8"))
    with pytest.raises(CanonicalError, match=f"{place}.*decimal text"):
        canonical(value)


@pytest.mark.parametrize(
    "value",
    [1.0, Decimal("1.5"), float("nan"), b"bytes", (1, 2), {1: "a"}, 2**53, -(2**53), {"a": {1, 2}}, "\ud800"],
    ids=repr,
)
def test_values_without_one_form_are_refused(value):
    with pytest.raises(CanonicalError):
        canonical(value)


def test_a_name_with_a_lone_surrogate_is_refused():
    with pytest.raises(CanonicalError, match="surrogate"):
        canonical({"\ud800": 1})


def test_a_document_nested_without_end_is_refused_before_it_exhausts_the_stack():
    value: list = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(CanonicalError, match="32 deep"):
        canonical(value)


@given(plain)
def test_the_form_is_json_of_the_same_value_and_stays_as_it_is(value):
    once = canonical(value)
    assert json.loads(once) == value
    assert canonical(json.loads(once)) == once


@given(st.dictionaries(st.text(), st.integers(0, 9), min_size=2))
def test_the_order_of_names_does_not_matter(value):
    assert canonical(dict(reversed(value.items()))) == canonical(value)


@given(st.text())
def test_text_alone_is_written_as_rfc_8785_writes_it(text: str) -> None:
    """A way of its own, for speed: whatever the library writes, this writes."""
    assert canonical(text) == rfc8785.dumps(text)
