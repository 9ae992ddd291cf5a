"""RLP against the `rlp` library, in both directions, and the examples of the Yellow Paper's wiki."""

import pytest
import rlp as library
from hypothesis import given
from hypothesis import strategies as st
from rlp.exceptions import RLPException

from provenance.errors import FieldError
from provenance.proofs import rlp

values = st.recursive(st.binary(max_size=70), lambda inner: st.lists(inner, max_size=5), max_leaves=12)


def plain(value: object) -> object:
    return value if isinstance(value, bytes) else [plain(inner) for inner in value]  # type: ignore[union-attr]


@given(values)
def test_what_the_library_encodes_is_read(value: object) -> None:
    assert rlp.decode(library.encode(value)) == value


@given(st.binary(max_size=80))
def test_what_is_read_is_the_one_encoding_of_its_value(data: bytes) -> None:
    try:
        found = rlp.decode(data)
    except FieldError:
        return
    assert library.encode(found) == data
    assert plain(library.decode(data, strict=True)) == found


@given(values, st.data())
def test_an_encoding_with_a_changed_byte_is_refused_or_is_that_of_another_value(
    value: object, data: st.DataObject
) -> None:
    encoded = bytearray(library.encode(value))
    place = data.draw(st.integers(0, len(encoded) - 1))
    encoded[place] ^= data.draw(st.integers(1, 255))
    try:
        found = rlp.decode(bytes(encoded))
    except FieldError:
        return
    assert found != value
    assert library.encode(found) == bytes(encoded)


@given(st.binary(max_size=60))
def test_whatever_the_library_takes_strictly_and_encodes_alike_is_taken(data: bytes) -> None:
    try:
        theirs = library.decode(data, strict=True)
    except RLPException:
        return
    if library.encode(theirs) == data:
        assert rlp.decode(data) == plain(theirs)
    else:  # the library reads lists that run over their end
        with pytest.raises(FieldError):
            rlp.decode(data)


# Source: ethereum.org, "Recursive-length prefix serialization", examples.
@pytest.mark.parametrize(
    ("encoded", "value"),
    [
        ("83646f67", b"dog"),
        ("c88363617483646f67", [b"cat", b"dog"]),
        ("80", b""),
        ("c0", []),
        ("00", b"\0"),
        ("0f", b"\x0f"),
        ("820400", b"\x04\x00"),
        ("c7c0c1c0c3c0c1c0", [[], [[]], [[], [[]]]]),
        (
            "b8384c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e7365637465747572206164697069736963696e6720656c6974",
            b"Lorem ipsum dolor sit amet, consectetur adipisicing elit",
        ),
    ],
)
def test_the_published_examples(encoded: str, value: object) -> None:
    assert rlp.decode(bytes.fromhex(encoded)) == value


@pytest.mark.parametrize(
    "encoded",
    ["", "8100", "817f", "b800", "b837" + "00" * 55, "b90038" + "00" * 56, "83646f", "c883636174", "c20102c0", "8180ff", "f800",
     "f90000", "bf" + "ff" * 8, "ff" + "ff" * 8, "c183", "c28300ff", "f838" + "00" * 55],
)  # fmt: skip
def test_other_forms_are_refused(encoded: str) -> None:
    with pytest.raises(FieldError):
        rlp.decode(bytes.fromhex(encoded))


def test_lists_within_lists_end_somewhere() -> None:
    nested: object = []
    for _ in range(100):
        nested = [nested]
    with pytest.raises(FieldError, match="nested too deep"):
        rlp.decode(library.encode(nested))


def test_a_list_is_no_text_and_text_no_list() -> None:
    with pytest.raises(FieldError):
        rlp.decode_list(b"\x80")
    with pytest.raises(FieldError):
        rlp.decode_bytes(b"\xc0")
