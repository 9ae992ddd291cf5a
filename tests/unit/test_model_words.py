"""Storage words pack and unpack without loss, and words that no contract writes are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.errors import FieldError
from provenance.model.anchors import AnchorWord
from provenance.model.hashing import keccak
from provenance.model.vocabulary import KeyKind, Role, Stage
from provenance.model.words import ChallengeWord, Journal, KeyWord, Slot, Standing, genesis, next_head

heads = st.binary(min_size=26, max_size=26)
stages = st.sampled_from([stage for stage in Stage if stage])
slots = st.builds(
    Slot,
    head=heads,
    seq=st.integers(1, 65535),
    stage=stages,
    on_hold=st.booleans(),
    grade=st.integers(0, 7),
    custodian=st.integers(0, 2**24 - 1),
)
key_words = st.builds(
    KeyWord,
    partner=st.integers(1, 2**24 - 1),
    roles=st.integers(1, 511).map(Role),
    kind=st.sampled_from(KeyKind),
    valid_from=st.integers(0, 2**64 - 1),
    valid_to=st.integers(0, 2**64 - 1),
)


@given(slots)
def test_a_slot_survives_its_word(slot):
    assert Slot.from_word(slot.to_word()) == slot


@given(st.builds(ChallengeWord, heads, st.integers(1, 65535)))
def test_a_challenge_word_survives_and_is_never_a_slot(word):
    assert ChallengeWord.from_word(word.to_word()) == word
    with pytest.raises(FieldError):
        Slot.from_word(word.to_word())


@given(slots)
def test_a_slot_is_never_a_challenge_word(slot):
    with pytest.raises(FieldError):
        ChallengeWord.from_word(slot.to_word())


@given(st.builds(Journal, st.binary(min_size=24, max_size=24), st.integers(0, 2**64 - 1)))
def test_a_journal_survives_its_word(journal):
    assert Journal.from_word(journal.to_word()) == journal


@given(key_words)
def test_a_key_word_survives(word):
    assert KeyWord.from_word(word.to_word()) == word


@given(st.builds(Standing, st.integers(0, 511).map(Role), st.booleans()))
def test_a_standing_survives(standing):
    assert Standing.from_word(standing.to_word()) == standing


@given(st.builds(AnchorWord, st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1)))
def test_an_anchor_survives(anchor):
    assert AnchorWord.from_word(anchor.to_word()) == anchor


@given(st.binary(min_size=32, max_size=32))
def test_what_a_word_reads_it_writes_again(word):
    for kind in (Slot, ChallengeWord, Journal, KeyWord, Standing, AnchorWord):
        try:
            read = kind.from_word(word)
        except FieldError:
            continue
        assert read.to_word() == word


@pytest.mark.parametrize("kind", [Slot, ChallengeWord, KeyWord])
def test_an_empty_place_is_none_and_no_word(kind):
    assert kind.from_storage(bytes(32)) is None
    with pytest.raises(FieldError):
        kind.from_word(bytes(32))


@pytest.mark.parametrize("kind", [Slot, ChallengeWord, Journal, KeyWord, Standing, AnchorWord])
@pytest.mark.parametrize("word", [b"", bytes(31), bytes(33)], ids=len)
def test_only_32_bytes_are_a_word(kind, word):
    with pytest.raises(FieldError, match="exactly 32 bytes"):
        kind.from_word(word)


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (Slot, bytes(26) + (1 << 32 | 15 << 28).to_bytes(6, "big")),
        (Slot, b"\1" * 26 + (0 << 32 | 1 << 28).to_bytes(6, "big")),
        (ChallengeWord, bytes(26) + b"\0\1" + b"\0\0\0\1"),
        (KeyWord, b"\1" + bytes(9) + b"\0\0\1" + b"\0\1" + b"\1" + bytes(16)),
        (KeyWord, bytes(10) + b"\0\0\1" + b"\2\0" + b"\1" + bytes(16)),
        (KeyWord, bytes(10) + b"\0\0\1" + b"\0\1" + b"\3" + bytes(16)),
        (KeyWord, bytes(10) + b"\0\0\0" + b"\0\1" + b"\1" + bytes(16)),
        (Standing, bytes(29) + b"\2\0\0"),
        (AnchorWord, bytes(15) + b"\1" + bytes(16)),
    ],
    ids=[
        "stage 15",
        "seq 0",
        "low bits of a challenge word",
        "high bits of a key word",
        "role 512",
        "kind 3",
        "partner 0",
        "bit 17 of a standing",
        "high bits of an anchor",
    ],
)
def test_a_word_that_no_contract_writes_is_refused(kind, word):
    with pytest.raises(FieldError):
        kind.from_word(word)


def test_a_slot_lies_in_its_word_as_specified():
    slot = Slot(b"\xaa" * 26, 0x1234, Stage.DISPOSED, True, 5, 0xABCDEF)
    assert slot.to_word().hex() == "aa" * 26 + "1234" + "ed" + "abcdef"


def test_a_key_word_lies_as_specified():
    word = KeyWord(0xABCDEF, Role(0x101), KeyKind.WALLET, 1, 2).to_word()
    assert word.hex() == "00" * 10 + "abcdef" + "0101" + "02" + "00" * 7 + "01" + "00" * 7 + "02"


@pytest.mark.parametrize(
    "changed",
    [{"seq": 65536}, {"grade": 8}, {"custodian": 1 << 24}, {"head": bytes(25)}, {"on_hold": 1}, {"seq": -1}],
    ids=str,
)
def test_a_slot_out_of_range_cannot_be_built(changed):
    good = {
        "head": bytes(26),
        "seq": 1,
        "stage": Stage.RECEIVED,
        "on_hold": False,
        "grade": 0,
        "custodian": 1,
    }
    with pytest.raises(FieldError, match=next(iter(changed))):
        Slot(**{**good, **changed})


def test_heads_genesis_and_journal_are_hashes_over_words():
    at, item, digest = b"\x22" * 20, b"\x33" * 32, b"\x44" * 32
    seven, eight = (7).to_bytes(32, "big"), (8).to_bytes(32, "big")
    start = genesis(7, at, item)
    assert start == keccak(seven + bytes(12) + at + item)
    assert next_head(start, digest, 8) == keccak(start + digest + eight)[:26]
    journal = Journal.opened(7, at)
    assert journal.to_word() == keccak(seven + bytes(12) + at)[:24] + bytes(8)
    folded = journal.fold(item, digest)
    assert folded.to_word() == keccak(journal.to_word() + item + digest)[:24] + (1).to_bytes(8, "big")


@given(key_words)
def test_both_ends_of_a_keys_validity_belong_to_it(word):
    if word.valid_from <= word.valid_to:
        assert word.is_valid_at(word.valid_from)
        assert word.is_valid_at(word.valid_to)
    assert not word.is_valid_at(word.valid_from - 1)
    assert not word.is_valid_at(word.valid_to + 1)
