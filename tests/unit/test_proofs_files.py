"""Bundles, trust files and attestations: written and read they are the same; a witness signs what EIP-712 says."""

import json
from typing import Any

import pytest
from eth_account.messages import encode_typed_data
from eth_utils import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from provenance.errors import InputError, SignatureError
from provenance.model.calls import Contract
from provenance.model.messages import (
    Acceptance,
    Challenge,
    ConditionReport,
    Correction,
    CustodyOffer,
    Hold,
    Intake,
    Ruling,
    Withdrawal,
)
from provenance.proofs.attestations import Attestation, WitnessSignature, attest, attestation_digest
from provenance.proofs.bundle import Accepted, Bundle, Document, ItemName, KeySignature, Told
from provenance.proofs.commitments import Field
from provenance.proofs.trust import BlockRoot, NodeRoot, PinnedContract, Trust, WitnessRoot
from sample_keys import address, private_key


def fixed(size: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size)


def uint(bits: int) -> st.SearchStrategy[int]:
    return st.integers(0, 2**bits - 1)


words, addresses, times = fixed(32), fixed(20), uint(53)
texts = st.text(min_size=1, max_size=12)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53 - 1), 2**53 - 1) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
shown = st.lists(
    st.builds(Field, texts, json_values, fixed(16)), unique_by=lambda field: field.name, max_size=3
).map(lambda row: tuple(sorted(row, key=lambda field: field.name.encode())))
hidden = st.sets(words, max_size=2).map(lambda row: tuple(sorted(row)))
documents = st.one_of(
    st.just(Document(bytes(32))),
    words.filter(any).map(Document),
    st.tuples(shown, hidden).filter(any).map(lambda both: Document.of(*both)),
)


@st.composite
def signatures(draw: st.DrawFn) -> KeySignature:
    path = tuple(draw(st.lists(words, max_size=10)))
    return KeySignature(
        draw(addresses), draw(st.none() | fixed(65)), draw(st.integers(0, 2 ** len(path) - 1)), path
    )


@st.composite
def accepted(draw: st.DrawFn) -> Accepted:
    document = draw(documents)
    return Accepted(Acceptance(draw(uint(16)), document.root), document, draw(signatures()))


SAID: dict[type[Any], tuple[st.SearchStrategy[Any], ...]] = {
    Intake: (uint(16), uint(8)),
    ConditionReport: (uint(16), uint(8), uint(8)),
    CustodyOffer: (words, uint(24)),
    Withdrawal: (uint(16), words),
    Correction: (uint(16), uint(16), uint(16)),
    Hold: (uint(16), st.booleans()),
    Ruling: (uint(16), uint(8), uint(8), uint(24), uint(16)),
    Challenge: (uint(16), uint(16)),
}


def told(item: bytes, *kinds: type[Any]) -> st.SearchStrategy[Told]:
    @st.composite
    def made(draw: st.DrawFn) -> Told:
        of = draw(st.sampled_from(kinds))
        document = draw(documents)
        message = of(item, *(draw(each) for each in SAID[of]), draw(uint(64)), document.root)
        takes = of is CustodyOffer or (of is Ruling and draw(st.booleans()))
        return Told(draw(times), message, document, draw(signatures()), draw(accepted()) if takes else None)

    return made()


@st.composite
def bundles(draw: st.DrawFn) -> Bundle:
    item = draw(words)
    opened = draw(st.booleans())
    name = ItemName(item, draw(texts), draw(words)) if opened else ItemName(item)
    events = tuple(draw(st.lists(told(item, *(kind for kind in SAID if kind is not Challenge)), max_size=3)))
    challenges = tuple(draw(st.lists(told(item, Challenge), max_size=2))) if events else ()
    partners = draw(st.dictionaries(uint(24), st.none() | texts, max_size=3)) if events else {}
    witnesses = draw(st.dictionaries(addresses, fixed(65), max_size=2))
    return Bundle(
        draw(times), draw(addresses), name, draw(st.binary(min_size=1, max_size=20)),
        tuple(WitnessSignature(*each) for each in sorted(witnesses.items())), tuple(sorted(partners.items())),
        events, challenges, tuple(draw(st.lists(st.binary(min_size=1, max_size=9), max_size=3))),
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(bundles())
def test_a_bundle_written_and_read_is_the_same(bundle: Bundle) -> None:
    assert Bundle.from_bytes(json.dumps(bundle.as_json()).encode()) == bundle


roots = st.one_of(
    st.builds(NodeRoot, texts),
    st.builds(BlockRoot, times, words),
    st.sets(addresses, min_size=1, max_size=4).flatmap(
        lambda row: st.builds(WitnessRoot, st.integers(1, len(row)), st.just(tuple(sorted(row))))
    ),
)
trusts = st.builds(
    Trust, times, st.fixed_dictionaries({contract: st.builds(PinnedContract, addresses, words) for contract in Contract}),
    times, words, st.none() | addresses, st.booleans(), st.booleans(), roots,
)  # fmt: skip


@settings(max_examples=50)
@given(trusts)
def test_a_trust_file_written_and_read_is_the_same(trust: Trust) -> None:
    assert Trust.from_bytes(json.dumps(trust.as_json()).encode()) == trust


@given(times, times, words)
def test_a_witness_signs_what_eip_712_says(chain_id: int, number: int, block_hash: bytes) -> None:
    signable = encode_typed_data(
        full_message={
            "types": {
                "EIP712Domain": [
                    {"name": "name", "type": "string"},
                    {"name": "version", "type": "string"},
                    {"name": "chainId", "type": "uint256"},
                ],
                "FinalBlock": [{"name": "number", "type": "uint64"}, {"name": "hash", "type": "bytes32"}],
            },
            "primaryType": "FinalBlock",
            "domain": {"name": "ReturnsProvenanceWitness", "version": "1", "chainId": chain_id},
            "message": {"number": number, "hash": block_hash},
        }
    )
    theirs = keccak(b"\x19" + signable.version + signable.header + signable.body)
    assert attestation_digest(chain_id, number, block_hash) == theirs


def test_an_attestation_is_read_as_it_was_written_and_stands_for_its_block_alone() -> None:
    made = attest(private_key("witness"), 20511, 7, bytes(32))
    found = Attestation.from_bytes(json.dumps(made.as_json()).encode())
    assert found == made
    assert found.by.witness == address("witness")
    found.by.require_over(20511, 7, bytes(32))
    for other in ((1, 7, bytes(32)), (20511, 8, bytes(32)), (20511, 7, b"\1" * 32)):
        with pytest.raises(SignatureError):
            found.by.require_over(*other)


@pytest.mark.parametrize("member", ["format", "chainId", "number", "hash", "witness", "signature"])
def test_an_attestation_that_lacks_a_member_or_has_it_otherwise_is_refused(member: str) -> None:
    whole = dict(attest(private_key("witness"), 1, 2, bytes(32)).as_json())
    for value in (None, [], {}, -1, "0x", True):
        with pytest.raises(InputError):
            Attestation.from_bytes(json.dumps({**whole, member: value}).encode())
    del whole[member]
    with pytest.raises(InputError):
        Attestation.from_bytes(json.dumps(whole).encode())
