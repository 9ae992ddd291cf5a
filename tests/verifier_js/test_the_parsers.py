"""What reads bytes in the browser takes one form and no other: JSON, RLP, tries, signatures, URIs."""

import base64
import json
from random import Random

import pytest
import rlp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trie import HexaryTrie

from provenance.errors import CanonicalError, FieldError, InputError
from provenance.model.hashing import keccak
from provenance.model.ids import require_canonical_uri
from provenance.proofs import rlp as of_python
from provenance.proofs.canonical import canonical
from provenance.proofs.remarks import _earliest
from provenance.proofs.signatures import ORDER, recover, sign
from provenance.workflows import wording
from sample_keys import private_key
from verifier_js.engine import Engine, Rejection, hexed

FIXTURES = [HealthCheck.function_scoped_fixture]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None, suppress_health_check=FIXTURES)
@given(json_values, st.booleans(), st.sampled_from([None, 1]))
def test_a_value_is_read_back_and_has_the_canonical_form_of_the_python_side(
    engine, value, ascii_only, indent
):
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    given_file = {"base64": base64.b64encode(text).decode()}
    assert engine.call("parse", **given_file) == value
    assert engine.call("canonical", **given_file).encode() == canonical(value)


REFUSED = [
    "", " ", "{", "[1,]", '{"a":1,}', "[1 2]", "01", "-", "-0", "1.0", "1e3", "1E400", "9007199254740992", "NaN",
    "Infinity", "+1", "0x10", "'a'", '"a', '"\n"', '"\\x"', '"\\u12"', '"\\ud800"', '"\\udc00\\ud800"', '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}', '{"x":{"a":1,"a":1}}', "{1:2}", '{"a" 1}', "nul", "true false", "[] []", "[]\u00a0", "\ufeff[]",
    "// no", "[" * 65 + "]" * 65, "-9007199254740992", '{"__proto__":1,"__proto__":2}', "2." , "1" * 400,
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_what_two_readers_could_take_differently_is_refused(engine, text):
    with pytest.raises(Rejection):
        engine.call("parse", text=text)


TAKEN = [
    "[" * 64 + "]" * 64,
    " [ 1 , {} ] \r\n\t",
    '{"__proto__":1}',
    '"\\ud83d\\ude02\\/"',
    "0",
    "-9007199254740991",
]


@pytest.mark.parametrize("text", TAKEN)
def test_what_has_one_meaning_is_taken(engine, text):
    assert engine.call("parse", text=text) == json.loads(text)


@pytest.mark.parametrize("data", [b"\xff", b'"\xed\xa0\x80"', b'"\xc0\x80"', b"\xef\xbb\xbf{}"])
def test_bytes_that_are_no_plain_utf_8_are_refused(engine, data):
    with pytest.raises(Rejection):
        engine.call("parse", base64=base64.b64encode(data).decode())


def nested(containers: int) -> list:
    value: list = []
    for _ in range(containers - 1):
        value = [value]
    return value


@pytest.mark.parametrize("containers", [32, 33, 34, 35])
@pytest.mark.parametrize("innermost", [[], [1]])
def test_both_sides_nest_a_fields_value_equally_deep(engine, containers, innermost):
    value = json.loads(json.dumps(nested(containers)).replace("[]", json.dumps(innermost)))
    try:
        expected = canonical(value)
    except CanonicalError:
        with pytest.raises(Rejection, match="deep"):
            engine.call("canonical", text=json.dumps(value))
    else:
        assert engine.call("canonical", text=json.dumps(value)).encode() == expected


# RLP.

rlp_values = st.recursive(st.binary(max_size=70), lambda inner: st.lists(inner, max_size=5), max_leaves=10)


def shown(value: object) -> object:
    return hexed(value) if isinstance(value, bytes) else [shown(inner) for inner in value]  # type: ignore[attr-defined]


@settings(max_examples=200, deadline=None, suppress_health_check=FIXTURES)
@given(rlp_values)
def test_what_a_library_encodes_is_decoded(engine, value):
    assert engine.call("rlp", data=hexed(rlp.encode(value))) == shown(value)


@settings(max_examples=400, deadline=None, suppress_health_check=FIXTURES)
@given(rlp_values, st.integers(0, 400), st.integers(0, 255), st.integers(-2, 2))
def test_both_sides_take_and_refuse_the_same_garbled_rlp(engine, value, place, byte, longer):
    data = bytearray(rlp.encode(value))
    data[place % len(data)] = byte
    given_bytes = bytes(data) + bytes(longer) if longer >= 0 else bytes(data)[:longer]
    try:
        expected = shown(of_python.decode(given_bytes))
    except FieldError:
        with pytest.raises(Rejection):
            engine.call("rlp", data=hexed(given_bytes))
    else:
        assert engine.call("rlp", data=hexed(given_bytes)) == expected


def test_long_lengths_are_read_to_the_byte(engine):
    for size in (55, 56, 255, 256, 65_535, 65_536):
        for value in (b"\x81" * size, [b"\x81" * size]):
            assert engine.call("rlp", data=hexed(rlp.encode(value))) == shown(value)


# Tries.


@pytest.mark.parametrize("size", [1, 2, 17, 300])
def test_values_and_absences_in_a_librarys_trie_are_proven(engine, size):
    trie, random = HexaryTrie({}), Random(size)
    keys = [keccak(number.to_bytes(4, "big")) for number in range(size)]
    values = {key: rlp.encode(random.randbytes(random.randint(1, 40))) for key in keys}
    for key, value in values.items():
        trie[key] = value
    asked = [*random.sample(keys, min(size, 12)), keccak(b"absent"), keccak(b"absent too")]
    nodes = list(dict.fromkeys(rlp.encode(node) for key in asked for node in trie.get_proof(key)))
    hashed = [node for node in nodes if len(node) >= 32 or keccak(node) == trie.root_hash]
    found = engine.call(
        "trie",
        nodes=[hexed(node) for node in hashed],
        root=hexed(trie.root_hash),
        keys=[hexed(key) for key in asked],
    )
    assert found == [hexed(values[key]) if key in values else None for key in asked]
    for wrong in (
        hashed[:-1],
        [*hashed, hashed[-1]],
        [*hashed, b"\xc0"],
        hashed[::-1] if len(hashed) > 1 else [],
    ):
        with pytest.raises(Rejection, match="node"):
            engine.call(
                "trie",
                nodes=[hexed(node) for node in wrong],
                root=hexed(trie.root_hash),
                keys=[hexed(k) for k in asked],
            )


# Signatures: the edges that test suites for ECDSA try.

DIGEST = keccak(b"content")
GOOD = sign(private_key("anna"), DIGEST)
EDGES = [
    0,
    1,
    2,
    3,
    5,
    ORDER // 2 - 1,
    ORDER // 2,
    ORDER // 2 + 1,
    ORDER - 1,
    ORDER,
    ORDER + 1,
    2**256 - 2**32 - 978,
    2**256 - 1,
]


def both(engine: Engine, digest: bytes, signature: bytes) -> tuple[object, object]:
    try:
        expected: object = hexed(recover(digest, signature))
    except InputError:
        expected = "refused"
    try:
        found: object = engine.call("recover", digest=hexed(digest), signature=hexed(signature))
    except Rejection:
        found = "refused"
    return expected, found


def test_both_recover_the_same_signer_or_none_at_the_edges_of_the_curve(engine):
    good_r, good_s = GOOD[:32], GOOD[32:64]
    numbers = [edge.to_bytes(32, "big") for edge in EDGES]
    pairs = [(r, s) for r in (good_r, *numbers) for s in (good_s, *numbers)]
    recovered = 0
    for digest in (DIGEST, bytes(32), b"\xff" * 32, ORDER.to_bytes(32, "big")):
        for r, s in pairs:
            for v in (27, 28):
                expected, found = both(engine, digest, r + s + bytes([v]))
                assert found == expected, (digest, r, s, v)
                recovered += expected != "refused"
    assert recovered > 50


@pytest.mark.parametrize("v", [0, 1, 2, 26, 29, 30, 255])
def test_any_other_v_than_27_and_28_is_refused(engine, v):
    assert both(engine, DIGEST, GOOD[:64] + bytes([v])) == ("refused", "refused")


@pytest.mark.parametrize("length", [0, 1, 64, 66, 130])
def test_any_other_length_than_65_bytes_is_refused(engine, length):
    with pytest.raises(Rejection, match="65 bytes"):
        engine.call("recover", digest=hexed(DIGEST), signature=hexed((GOOD * 2)[:length]))


@settings(max_examples=60, deadline=None, suppress_health_check=FIXTURES)
@given(st.binary(min_size=32, max_size=32), st.text(max_size=5))
def test_what_a_key_signs_recovers_to_its_address_in_both(engine, digest, label):
    expected, found = both(engine, digest, sign(private_key(label), digest))
    assert found == expected != "refused"


# URIs, times, words.


@settings(max_examples=200, deadline=None, suppress_health_check=FIXTURES)
@given(
    st.from_regex(r"\A[a-zA-Z]{1,4}:(//)?[a-zA-Z0-9%/?#\[\]~._:-]{0,12}(%[0-9a-fA-F]{2}){0,2}[a-z/]{0,3}\Z")
)
def test_both_call_the_same_uris_canonical(engine, uri):
    try:
        require_canonical_uri(uri)
    except FieldError:
        with pytest.raises(Rejection, match="uri"):
            engine.call("itemId", salt=hexed(bytes(32)), uri=uri)
    else:
        assert engine.call("itemId", salt=hexed(bytes(32)), uri=uri)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01",
        "2026-01-01T12:00:00Z",
        "2026-01-01T12:00:00+02:00",
        "2026-01-01T12:00",
        "2026-13-01",
        "soon",
        "2026",
    ],
)
def test_both_read_the_same_moment_from_what_an_event_says_of_its_time(engine, text):
    assert engine.call("firstMoment", text=text) == _earliest(text)


def test_the_words_people_read_are_those_of_the_python_side(engine):
    words = engine.call("words")
    assert words["grades"] == [wording.grade_words(grade) for grade in range(8)]
    assert words["stages"][1:] == [wording.stage_words(stage) for stage in range(1, 15)]
    for flags in (1, 33, 65535):
        assert engine.call("exceptionWords", exceptions=flags) == wording.exception_words(flags)
    for kind in ("Intake", "CustodyTransfer", "Withdrawal", "Correction", "Ruling", "Challenge"):
        assert engine.call("eventWords", kind=kind) == wording.event_words(kind, 1, None)
    for stage in range(1, 15):
        for before in (None, stage):
            told = engine.call("eventWords", kind="ConditionReport", stage=stage, stageBefore=before)
            assert told == wording.event_words("ConditionReport", stage, before)
