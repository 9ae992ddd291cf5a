"""Calldata is what the reference encoder makes, its covers those that were signed; garbled it covers nothing."""

from dataclasses import astuple

from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from provenance.ledger.calls import ACCEPTANCE, AUTHORIZATION, encode_call, encode_submission
from provenance.ledger.signatures import NO_COVER, SignedInput
from provenance.model.calls import Authorization, Call
from provenance.model.hashing import keccak
from provenance.model.messages import Acceptance, ConditionReport, CustodyOffer, Intake
from provenance.proofs.eip712 import SignedTree, struct_hash

WORDS = st.binary(min_size=32, max_size=32)
AUTHORIZATIONS = st.builds(
    Authorization,
    st.binary(min_size=20, max_size=20),
    st.binary(max_size=100),
    st.integers(0, 3),
    st.lists(WORDS, max_size=3).map(tuple),
)
REPORTS = st.builds(
    ConditionReport,
    WORDS,
    st.integers(1, 9),
    st.integers(1, 14),
    st.integers(0, 7),
    st.integers(0, 2**64 - 1),
    WORDS,
)
OFFERS = st.builds(CustodyOffer, WORDS, WORDS, st.integers(1, 2**24 - 1), st.integers(0, 2**64 - 1), WORDS)
SAID = st.builds(Acceptance, st.integers(0, 65_535), WORDS)
REPORTED = st.builds(
    Call, st.just(ConditionReport), st.lists(REPORTS, min_size=1, max_size=9).map(tuple), AUTHORIZATIONS
)


@st.composite
def handed_over(draw: st.DrawFn) -> Call:
    pairs = draw(st.lists(st.tuples(OFFERS, SAID), min_size=1, max_size=9))
    offers, said = zip(*pairs, strict=True)
    return Call(CustodyOffer, offers, draw(AUTHORIZATIONS), said, draw(AUTHORIZATIONS))


CALLS = REPORTED | handed_over()


def covers_of(call: Call) -> list[tuple[Authorization | None, Authorization | None]]:
    """What each message's cover must be, by the trees that are signed (`proofs.eip712.SignedTree`)."""
    given_for = alone(call.authorization, SignedTree(call.messages))
    if call.receiver is None:
        return [(each, None) for each in given_for]
    taken = [a.of(struct_hash(m)) for a, m in zip(call.acceptances, call.messages, strict=True)]
    return list(zip(given_for, alone(call.receiver, SignedTree(tuple(taken))), strict=True))


def alone(whole: Authorization, tree: SignedTree) -> list[Authorization]:
    return [
        Authorization(
            whole.signer, whole.signature, whole.index << tree.height | place, tree.path(place) + whole.path
        )
        for place in range(len(tree.messages))
    ]


@given(CALLS)
def test_calldata_laid_out_by_hand_is_what_the_reference_encoder_makes(call: Call) -> None:
    report, offer = "(bytes32,uint16,uint8,uint8,uint64,bytes32)", "(bytes32,bytes32,uint24,uint64,bytes32)"
    types = [f"{report if call.of is ConditionReport else offer}[]", AUTHORIZATION]
    values = [[astuple(message) for message in call.messages], astuple(call.authorization)]
    if call.receiver:
        types += [f"{ACCEPTANCE}[]", AUTHORIZATION]
        values += [[astuple(said) for said in call.acceptances], astuple(call.receiver)]
    data = encode_call(call)
    assert data[4:] == encode(types, values)
    assert data[:4] == keccak(f"{'transfer' if call.receiver else 'report'}({','.join(types)})".encode())[:4]
    assert encode_submission([call, call])[4:] == encode(["bytes[]"], [[data, data]])


@given(CALLS)
def test_each_message_of_a_call_gets_its_own_place_in_the_signed_tree(call: Call) -> None:
    covers = SignedInput(encode_call(call))
    assert [covers.next_message() for _ in call.messages] == covers_of(call)
    assert covers.next_message() == NO_COVER


@given(st.lists(CALLS, min_size=1, max_size=4), st.data())
def test_refused_calls_of_a_submission_are_passed_over(calls: list[Call], data: st.DataObject) -> None:
    covers = SignedInput(encode_submission(calls))
    for call in calls:
        if data.draw(st.booleans(), label="refused"):
            covers.pass_call()
        else:
            assert [covers.next_message() for _ in call.messages] == covers_of(call)


@given(CALLS, st.data())
def test_calldata_that_is_cut_off_covers_nothing_rather_than_something_else(
    call: Call, data: st.DataObject
) -> None:
    whole = encode_call(call)
    cut = data.draw(st.integers(0, len(whole) - 33), label="bytes left")
    assert SignedInput(whole[:cut]).next_message() == NO_COVER


def test_other_calls_and_submissions_inside_submissions_cover_nothing() -> None:
    intake = Call(Intake, (Intake(bytes(32), 1, 0, 0),), Authorization(bytes(20), b""))
    inner = encode_submission([intake])
    nested = inner[:4] + encode(["bytes[]"], [[encode_call(intake), inner]])
    for data in (b"", b"\x12\x34\x56\x78" + bytes(64), nested):
        assert SignedInput(data).next_message() == NO_COVER
