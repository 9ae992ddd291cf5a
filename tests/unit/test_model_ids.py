"""One product has one id, and its number cannot be guessed from it."""

import hashlib
import hmac

import pytest

from provenance.errors import FieldError
from provenance.model.hashing import keccak
from provenance.model.ids import item_id, item_salt, require_canonical_uri

URI = "https://id.gs1.org/01/02000000000008/21/A1"
KEY = b"k" * 32


def test_the_salt_is_an_hmac_and_the_id_a_tagged_hash():
    salt = hmac.new(KEY, URI.encode(), hashlib.sha256).digest()
    assert item_salt(KEY, URI) == salt
    assert item_id(salt, URI) == keccak(keccak(b"returns-provenance item 1") + salt + URI.encode())


def test_another_key_or_uri_makes_another_id():
    ids = {item_id(item_salt(key, uri), uri) for key in (KEY, b"l" * 32) for uri in (URI, URI + "2")}
    assert len(ids) == 4


@pytest.mark.parametrize(
    "uri",
    [
        URI,
        "urn:imei:353879234252633",
        "https://id.gs1.org/01/02000000000008/21/A%2F1",
        "tel:+1",
        "https://a.b/c?d=e",
    ],
)
def test_an_absolute_uri_in_normal_form_is_taken(uri):
    require_canonical_uri(uri)


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("", "absolute"),
        ("/01/02000000000008/21/A1", "absolute"),
        ("HTTPS://id.gs1.org/01/1", "lower-case scheme"),
        ("https://ID.gs1.org/01/1", "host in lower case"),
        ("https:///01/1", "host after //"),
        ("https://a.b/ c", "ASCII"),
        ("https://a.b/c\n", "ASCII"),
        ("https://a.b/ü", "ASCII"),
        ("https://a.b/%2f", "upper case"),
        ("https://a.b/%", "upper case"),
        ("https://a.b/%41", "write %41 as"),
        ("https://a.b/%7E", "write %7E as"),
        ("https://a.b/%30", "write %30 as"),
        ("https://a.b/#c", "fragment"),
        ("urn:x:" + "1" * 2000, "at most 2000"),
        (b"urn:x:1", "absolute"),
    ],
)
def test_any_other_spelling_is_refused_with_the_reason(uri, why):
    with pytest.raises(FieldError, match=why):
        require_canonical_uri(uri)


def test_every_needless_percent_code_is_refused_and_every_needed_one_taken():
    unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
    for code in range(256):
        uri = f"urn:x:%{code:02X}"
        if chr(code) in unreserved:
            with pytest.raises(FieldError):
                require_canonical_uri(uri)
        else:
            require_canonical_uri(uri)


def test_a_network_key_of_another_length_is_refused_and_not_shown():
    with pytest.raises(FieldError, match="network key is 6 bytes long") as caught:
        item_salt(b"secret", URI)
    assert "secret" not in str(caught.value)


def test_a_salt_of_another_length_is_refused():
    with pytest.raises(FieldError, match="exactly 32 bytes"):
        item_id(b"", URI)
