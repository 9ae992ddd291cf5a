"""A signature has one form, and only its signer's key makes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.errors import FieldError, SignatureError
from provenance.model.hashing import keccak
from provenance.proofs.signatures import ORDER, address_of_key, is_signed_by, recover, sign
from sample_keys import address, private_key

DIGEST = keccak(b"content")
GOOD = sign(private_key("anna"), DIGEST)


def malleable(signature: bytes) -> bytes:
    """The other signature of the same key over the same digest: high s."""
    s = ORDER - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])


@given(st.binary(min_size=32, max_size=32), st.text())
def test_what_a_key_signs_recovers_to_its_address(digest, label):
    assert recover(digest, sign(private_key(label), digest)) == address(label)


def test_signing_twice_gives_the_same_signature():
    assert sign(private_key("anna"), DIGEST) == GOOD


def test_the_twin_with_a_high_s_is_refused():
    with pytest.raises(SignatureError, match="lower half"):
        recover(DIGEST, malleable(GOOD))


@pytest.mark.parametrize("length", [0, 64, 66, 130])
def test_any_other_length_than_65_bytes_is_refused(length):
    with pytest.raises(SignatureError, match=f"not {length}"):
        recover(DIGEST, (GOOD * 2)[:length])


@pytest.mark.parametrize("v", [0, 1, 26, 29, 255])
def test_any_other_v_than_27_and_28_is_refused(v):
    with pytest.raises(SignatureError, match="must be 27 or 28"):
        recover(DIGEST, GOOD[:64] + bytes([v]))


@pytest.mark.parametrize("number", [0, ORDER, 2**256 - 1])
@pytest.mark.parametrize("place", [0, 32])
def test_r_and_s_outside_the_order_are_refused(number, place):
    forged = GOOD[:place] + number.to_bytes(32, "big") + GOOD[place + 32 :]
    with pytest.raises(SignatureError):
        recover(DIGEST, forged)


def test_an_r_that_is_no_point_is_refused():
    with pytest.raises(SignatureError, match="no key"):
        recover(DIGEST, (5).to_bytes(32, "big") + GOOD[32:])


@given(st.integers(0, 64), st.integers(1, 255))
def test_a_signature_with_any_byte_changed_is_not_the_signers(place, change):
    forged = GOOD[:place] + bytes([GOOD[place] ^ change]) + GOOD[place + 1 :]
    assert not is_signed_by(address("anna"), DIGEST, forged)


@pytest.mark.parametrize("key", [bytes(32), ORDER.to_bytes(32, "big"), b"short"])
def test_a_bad_private_key_is_refused_without_being_shown(key):
    with pytest.raises(FieldError, match="not shown") as caught:
        address_of_key(key)
    assert key.hex() not in str(caught.value)


def test_only_a_digest_of_32_bytes_can_be_signed_or_recovered():
    with pytest.raises(FieldError, match="exactly 32 bytes"):
        sign(private_key("anna"), b"text")
    with pytest.raises(FieldError, match="exactly 32 bytes"):
        recover(b"text", GOOD)
