"""Digests bind every byte of what is signed; a tree's path proves each message and no other."""

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest
from eth_account.messages import encode_typed_data
from eth_utils import keccak as other_keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from provenance.errors import FieldError
from provenance.model.calls import Contract
from provenance.model.messages import (
    _BITS,
    _WORDS,
    ConditionReport,
    CustodyAcceptance,
    Hold,
    Intake,
    Message,
    zero,
)
from provenance.proofs.eip712 import (
    TYPE_STRINGS,
    Domain,
    SignedTree,
    root_by_path,
    struct_hash,
    subtree_root,
    tree_hash,
    tree_type_string,
    typed_data,
    zero_hash,
)

SPEC = (Path(__file__).parents[2] / "contracts" / "SPEC.md").read_text(encoding="utf-8")
DOMAIN = Domain(Contract.LEDGER, 1, b"\x11" * 20)
words = st.binary(min_size=32, max_size=32)


def any_value(name: str) -> st.SearchStrategy:
    if name in _WORDS:
        return words
    if name == "key":
        return st.binary(min_size=20, max_size=20)
    return st.booleans() if name == "on_hold" else st.integers(0, (1 << _BITS[name]) - 1)


def any_of(kind: type[Message]) -> st.SearchStrategy[Message]:
    return st.builds(kind, **{field.name: any_value(field.name) for field in fields(kind)})


any_message = st.sampled_from(sorted(TYPE_STRINGS, key=lambda kind: kind.__name__)).flatmap(any_of)


def independent_digest(document: dict) -> bytes:
    signable = encode_typed_data(full_message=document)
    return other_keccak(b"\x19" + signable.version + signable.header + signable.body)


def test_the_types_are_those_of_the_specification():
    section = SPEC[SPEC.index("## 3.") : SPEC.index("## 4.")]
    assert re.findall(r"^([A-Z]\w+\([^)]*\))$", section, re.MULTILINE) == list(TYPE_STRINGS.values())


@given(any_message, st.sampled_from(Contract), st.integers(1, 2**64), st.binary(min_size=20, max_size=20))
def test_a_wallet_that_reads_the_document_signs_the_same_digest(message, contract, chain_id, at):
    domain = Domain(contract, chain_id, at)
    assert independent_digest(typed_data(message, domain)) == domain.digest(struct_hash(message))


@settings(max_examples=25, deadline=None)
@given(st.data(), st.integers(1, 20))
def test_a_wallet_that_reads_a_tree_signs_the_same_digest(data, size):
    kind = data.draw(st.sampled_from([Hold, ConditionReport, CustodyAcceptance]))
    tree = SignedTree(tuple(data.draw(any_of(kind)) for _ in range(size)))
    assert independent_digest(tree.typed_data(DOMAIN)) == DOMAIN.digest(tree.struct_hash)


@given(any_message, st.data())
def test_any_other_field_makes_another_hash(message, data):
    name = data.draw(st.sampled_from([field.name for field in fields(message)]))
    changed = data.draw(any_value(name).filter(lambda value: value != getattr(message, name)))
    assert struct_hash(replace(message, **{name: changed})) != struct_hash(message)


def test_another_chain_contract_or_address_makes_another_digest():
    digests = {
        Domain(contract, chain_id, at).digest(bytes(32))
        for contract in Contract
        for chain_id in (1, 2)
        for at in (b"\x11" * 20, b"\x12" * 20)
    }
    assert len(digests) == 12


@pytest.mark.parametrize("size", [*range(1, 34), 63, 64, 65, 100, 1023, 1024])
def test_each_message_of_a_tree_of_any_size_leads_to_what_was_signed(size):
    tree = SignedTree(tuple(Intake(bytes(32), number % 65536, 0, number) for number in range(size)))
    for index, leaf in enumerate(tree.hashes):
        assert tree_hash(Intake, [leaf], index, tree.path(index)) == tree.struct_hash
    assert tree_hash(Intake, tree.hashes) == tree.struct_hash


@given(st.integers(2, 70), st.data())
def test_an_aligned_part_of_a_tree_leads_to_what_was_signed(size, data):
    tree = SignedTree(tuple(Intake(bytes(32), number, 0, 0) for number in range(size)))
    height = data.draw(st.integers(0, tree.height))
    index = data.draw(st.integers(0, (size - 1) >> height))
    part = tree.hashes[index << height : (index + 1) << height]
    node = root_by_path(subtree_root(Intake, part), 0, [])
    for level in range((len(part) - 1).bit_length(), height):
        node = other_keccak(node + zero_hash(Intake, level))
    assert root_by_path(node, index, tree.path(index, height)) == root_by_path(
        subtree_root(Intake, tree.hashes), 0, []
    )


@given(st.integers(2, 40), st.data())
def test_a_path_proves_no_other_message_place_or_path(size, data):
    tree = SignedTree(tuple(Intake(bytes(32), number, 0, 0) for number in range(size)))
    index = data.draw(st.integers(0, size - 1))
    path = tree.path(index)
    stranger = struct_hash(Intake(bytes(32), 9999, 0, 0))
    assert tree_hash(Intake, [stranger], index, path) != tree.struct_hash
    other = data.draw(st.integers(0, (1 << len(path)) - 1).filter(lambda place: place != index))
    assert tree_hash(Intake, [tree.hashes[index]], other, path) != tree.struct_hash
    step = data.draw(st.integers(0, len(path) - 1))
    forged = (*path[:step], stranger, *path[step + 1 :])
    assert tree_hash(Intake, [tree.hashes[index]], index, forged) != tree.struct_hash
    assert tree_hash(Intake, [tree.hashes[index]], index >> 1, path[:-1]) != tree.struct_hash


def test_a_node_of_a_tree_is_never_taken_for_a_message():
    tree = SignedTree(tuple(Intake(bytes(32), number, 0, 0) for number in range(4)))
    assert tree_hash(Intake, [subtree_root(Intake, tree.hashes[:2])], 0, tree.path(0, 1)) != tree.struct_hash


def test_the_type_of_a_tree_names_its_height():
    assert tree_type_string(Hold, 2) == "Holds(Hold[2][2] tree)" + TYPE_STRINGS[Hold]


def test_unused_places_hold_the_message_of_zeros():
    three = SignedTree(tuple(Intake(bytes(32), number, 0, 0) for number in (7, 8, 9)))
    four = SignedTree((*three.messages, zero(Intake)))
    assert three.struct_hash == four.struct_hash


@pytest.mark.parametrize("index", [1, -1, 5])
def test_a_place_beyond_the_path_is_refused(index):
    with pytest.raises(FieldError, match="index"):
        tree_hash(Intake, [bytes(32)], index, ())


def test_a_tree_above_ten_is_refused():
    with pytest.raises(FieldError, match="at most 10 high"):
        tree_hash(Intake, [bytes(32)] * 2, 0, [bytes(32)] * 10)
    with pytest.raises(FieldError, match="1 to 1024"):
        SignedTree((Intake(bytes(32), 1, 0, 0),) * 1025)


def test_a_tree_of_two_types_or_of_nothing_is_refused():
    with pytest.raises(FieldError, match="Hold, Intake"):
        SignedTree((zero(Intake), zero(Hold)))
    with pytest.raises(FieldError, match="1 to 1024"):
        SignedTree(())
