"""One product has one canonical URI, however it was written, and a slip of the pen is told apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.errors import FieldError
from provenance.interchange.digital_link import (
    checked_gtin,
    gs1_item,
    parse_item_uri,
    with_check_digit,
)
from provenance.model.ids import require_canonical_uri

SERIALS = st.text(
    alphabet="!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz",
    min_size=1,
    max_size=20,
)
PAYLOADS = st.text(alphabet="0123456789", min_size=13, max_size=13)


@given(payload=PAYLOADS, serial=SERIALS)
def test_a_canonical_uri_reads_back_as_itself(payload: str, serial: str) -> None:
    item = gs1_item(with_check_digit(payload), serial)
    assert parse_item_uri(item.uri) == item
    require_canonical_uri(item.uri)


@given(payload=PAYLOADS, serial=SERIALS, wrong=st.integers(1, 9))
def test_any_wrong_check_digit_is_refused_by_name(payload: str, serial: str, wrong: int) -> None:
    right = with_check_digit(payload)
    gtin = right[:-1] + str((int(right[-1]) + wrong) % 10)
    with pytest.raises(FieldError, match="gtin"):
        gs1_item(gtin, serial)


@pytest.mark.parametrize(
    "spelling",
    [
        "https://id.gs1.org/01/09521234543213/21/A%2FB1",
        "http://id.gs1.org/01/09521234543213/21/A%2fB1",
        "https://ID.GS1.org/01/09521234543213/21/%41%2FB1",
        "https://brand.example/some/path/01/09521234543213/21/A%2FB1",
        "https://id.gs1.org/01/09521234543213/10/LOT7/21/A%2FB1?17=271231&linkType=gs1:pip",
        "https://id.gs1.org/01/9521234543213/21/A%2FB1",
        "  https://id.gs1.org/01/09521234543213/21/A%2FB1 ",
    ],
)
def test_every_spelling_of_a_digital_link_gives_the_canonical_one(spelling: str) -> None:
    item = parse_item_uri(spelling)
    assert item.uri == "https://id.gs1.org/01/09521234543213/21/A%2FB1"
    assert (item.gtin, item.serial) == ("09521234543213", "A/B1")
    assert item.path == "/01/09521234543213/21/A%2FB1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("https://id.gs1.org/01/09521234543214/21/A1", "check digit"),
        ("https://id.gs1.org/01/09521234543213", "serial number"),
        ("https://id.gs1.org/01/09521234543213/21/", "Digital Link"),
        ("https://id.gs1.org/01/09521234543213/21/ABCDEFGHIJKLMNOPQRSTU", "Digital Link"),
        ("https://id.gs1.org/01/09521234543213/21/A%", "hex digits"),
        ("https://id.gs1.org/01/09521234543213/21/A%C3%28", "UTF-8"),
        ("https://id.gs1.org/01/09521234543213/21/%C3%A9", "Digital Link"),
        ("https://id.gs1.org/01/09521234543213/21/A 1", "without spaces"),
        ("urn:imei:490154203237519", "check digit"),
        ("urn:imei:49015420323751", "15 digits"),
        ("urn:", "RFC 8141"),
        ("ftp://example.org/1", "begin with https"),
        ("M68A66AB8044", "begin with https"),
        ("", "give a URI"),
        ("https://example.org/items/1#part", "no '#' part"),
    ],
)
def test_a_mistake_is_named_with_what_to_do(text: str, words: str) -> None:
    with pytest.raises(FieldError, match=words):
        parse_item_uri(text)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("urn:imei:490154203237518", "urn:imei:490154203237518"),
        ("URN:GSMA:IMEI:49-015420-323751-8", "urn:imei:490154203237518"),
        ("urn:Example:Asset-7", "urn:example:Asset-7"),
        ("HTTPS://Example.ORG/Asset/%7e%2f7", "https://example.org/Asset/~%2F7"),
    ],
)
def test_what_has_no_gtin_has_a_canonical_uri_too(text: str, canonical: str) -> None:
    item = parse_item_uri(text)
    assert item.uri == canonical
    assert item.gtin is None
    assert item.path == ""
    require_canonical_uri(item.uri)


@pytest.mark.parametrize(
    ("short", "long"), [("96385074", "00000096385074"), ("036000291452", "00036000291452")]
)
def test_short_gtins_are_filled_up_to_fourteen_digits(short: str, long: str) -> None:
    assert checked_gtin(short) == long
