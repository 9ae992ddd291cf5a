"""Strict JSON: one text, one value, or a refusal in one line."""

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.errors import FieldError
from provenance.proofs import reading
from provenance.proofs.reading import parse_json

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53 - 1), 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(values, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_every_plain_value_is_read_however_it_is_laid_out(
    value: object, indent: object, ascii_only: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert parse_json(text.encode()) == value


@given(st.binary(max_size=60))
def test_bytes_are_read_as_json_reads_them_or_refused(data: bytes) -> None:
    try:
        found = parse_json(data)
    except FieldError:
        return
    assert json.loads(data) == found


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "{", "[1,]", "[1 2]", '{"a":1,}', "{'a':1}", "{a:1}", "01", "+1", ".5", "1.", "1.0", "1e2", "-0", "-0.0",
        "9007199254740992", "-9007199254740992", "NaN", "Infinity", "-Infinity", "nul", "True", '"\t"', '"\x00"', '"\\x41"',
        '"\\u12"', '"\\u 123"', '"', "1 2", "[]]", '{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '[{"b":{"c":1,"c":2}}]', "\ufeff1",
        "\u00a01", "1\u2028", "\f1", "[" * 65 + "]" * 65, '{"a":' * 65 + "1" + "}" * 65, "\u0661", "0x1", "1_000", "// x\n1",
    ],
)  # fmt: skip
def test_a_text_that_two_readers_could_read_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(FieldError):
        parse_json(text.encode())


@pytest.mark.parametrize(
    "data", [b"\xff", b'"\xc0\xaf"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"', "1".encode("utf-16")]
)
def test_what_is_not_utf_8_is_refused(data: bytes) -> None:
    with pytest.raises(FieldError):
        parse_json(data)


def test_64_levels_are_read_and_one_more_is_refused() -> None:
    assert parse_json(b"[" * 64 + b"]" * 64)
    assert parse_json(b'["' + b"[" * 1000 + b'","\\"[[[", "]"]') == ["[" * 1000, '"[[[', "]"]
    with pytest.raises(FieldError, match="nested too deep"):
        parse_json(b"[" * 65 + b"]" * 65)


def test_a_file_of_brackets_is_refused_however_deep_the_interpreter_may_go() -> None:
    """Libraries raise the limit, and json's own parser then overflows the stack: the process would end here."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(10**6)
    try:
        for data in (b"[" * 1_000_000, b'{"a":' * 1_000_000, b'["\\"", ' + b"[" * 1_000_000):
            with pytest.raises(FieldError, match="nested too deep"):
                parse_json(data)
    finally:
        sys.setrecursionlimit(before)


def test_a_file_beyond_the_greatest_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 10)
    assert parse_json(b'"12345678"') == "12345678"
    with pytest.raises(FieldError, match="11 bytes long"):
        parse_json(b'"123456789"')


@given(st.binary(min_size=1, max_size=40))
def test_hex_is_read_as_it_is_written(data: bytes) -> None:
    assert reading.hex_bytes("0x" + data.hex(), "x") == data
    assert reading.hex_bytes("0x" + data.hex(), "x", len(data)) == data
    with pytest.raises(FieldError):
        reading.hex_bytes("0x" + data.hex(), "x", len(data) + 1)


@pytest.mark.parametrize(
    "value", ["", "0x", "00", "0X00", "0x0", "0xAB", "0xa b0", "0x 00", " 0x00", "0x00\n", "0xgg", "0x\u0661\u0661", 0, None]
)  # fmt: skip
def test_other_ways_to_write_hex_are_refused(value: object) -> None:
    with pytest.raises(FieldError):
        reading.hex_bytes(value, "x")


@given(st.integers(0, 2**64 - 1))
def test_a_decimal_is_read_as_it_is_written(number: int) -> None:
    assert reading.decimal(str(number), "x") == number


@pytest.mark.parametrize(
    "value", ["", "-1", "+1", "01", "1.0", " 1", "1 ", "\u0661", "1e3", str(2**64), "9" * 30, 1, True]
)
def test_other_ways_to_write_a_decimal_are_refused(value: object) -> None:
    with pytest.raises(FieldError):
        reading.decimal(value, "x")


@pytest.mark.parametrize(
    ("value", "bits"), [(True, 8), (256, 8), (-1, 8), ("1", 8), (1.0, 8), (None, 8), (2**53, 53)]
)
def test_an_integer_is_one_and_fits(value: object, bits: int) -> None:
    with pytest.raises(FieldError):
        reading.integer(value, "x", bits)


def test_a_member_that_is_missing_or_not_known_is_named() -> None:
    with pytest.raises(FieldError, match=r"thing\.b is missing"):
        reading.members({"a": 1}, "thing", ("a", "b"))
    with pytest.raises(FieldError, match="'c'"):
        reading.members({"a": 1, "c": 2}, "thing", ("a",), ("b",))
    assert reading.members({"a": 1, "b": 2}, "thing", ("a",), ("b",)) == {"a": 1, "b": 2}
    with pytest.raises(FieldError):
        reading.members([], "thing", ())


@given(st.lists(st.integers(0, 5), max_size=5))
def test_rows_ascend_with_none_twice(row: list[int]) -> None:
    if row == sorted(set(row)):
        reading.require_ascending(row, "row", "numbers")
    else:
        with pytest.raises(FieldError):
            reading.require_ascending(row, "row", "numbers")


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=5))
def test_words_together_are_read_as_one_by_one(row: list[bytes]) -> None:
    assert reading.words(["0x" + each.hex() for each in row], "row") == tuple(row)


@pytest.mark.parametrize(
    "each",
    ["0x" + "AB" * 32, "0x" + "00" * 31, "0x" + "00" * 33, "00" * 33, "0x" + " 0" * 32, "0x" + "0 " * 32, "0x" + "gg" * 32,
     "0x" + "\u0661" * 64, None, 1, ["0x" + "00" * 32]],
)  # fmt: skip
def test_a_word_among_others_that_is_none_is_refused(each: object) -> None:
    good = "0x" + "12" * 32
    for row in ([each], [good, each], [each, good], [each, each]):
        with pytest.raises(FieldError):
            reading.words(row, "row")


def test_the_one_name_that_comes_twice_among_many_is_found_at_once() -> None:
    """Fifty thousand names, compared each with each, would take a minute."""
    members = [f'"{number}":0' for number in range(50_000)]
    with pytest.raises(FieldError, match="49999"):
        parse_json(("{" + ",".join([*members, members[-1]]) + "}").encode())
