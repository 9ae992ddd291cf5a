"""The vectors are what the code computes, and what an independent implementation computes."""

import json
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from provenance.proofs.eip712 import CONTRACT_OF, SignedTree, tree_hash, typed_data
from vectors import generate

VECTORS = Path(generate.__file__).parent


def load(name: str) -> list[dict]:
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))[name]


def independent_digest(document: dict) -> bytes:
    signable = encode_typed_data(full_message=document)
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


@pytest.mark.parametrize("name", generate.FILES)
def test_the_committed_vectors_are_what_the_code_computes_now(name):
    assert (VECTORS / f"{name}.json").read_text(encoding="utf-8") == generate.text_of(name)


@pytest.mark.parametrize("message", generate.MESSAGES, ids=lambda message: type(message).__name__)
def test_eth_account_computes_the_same_digest_and_signature_of_each_message(message):
    vector = next(entry for entry in load("messages") if entry["type"] == type(message).__name__)
    document = typed_data(message, generate.DOMAINS[CONTRACT_OF[type(message)]])
    assert independent_digest(document).hex() == vector["digest"][2:]
    signed = Account.sign_typed_data(vector["privateKey"], full_message=document)
    assert signed.signature.hex() == vector["signature"][2:]


@pytest.mark.parametrize("vector", load("trees"), ids=lambda v: f"{v['type']} {v['height']}")
def test_eth_account_computes_the_same_digest_of_each_tree(vector):
    base = next(m for m in generate.MESSAGES if type(m).__name__ == vector["type"])
    tree = SignedTree(tuple(generate.nth(base, number) for number in range(len(vector["leaves"]))))
    document = tree.typed_data(generate.DOMAINS[CONTRACT_OF[tree.of]])
    assert independent_digest(document).hex() == vector["digest"][2:]


@pytest.mark.parametrize("vector", load("trees"), ids=lambda v: f"{v['type']} {v['height']}")
def test_every_subtree_of_the_vectors_leads_to_the_signed_hash(vector):
    of = next(type(m) for m in generate.MESSAGES if type(m).__name__ == vector["type"])
    leaves = [bytes.fromhex(leaf[2:]) for leaf in vector["leaves"]]
    for sub in vector["subtrees"]:
        part = leaves[sub["first"] : sub["first"] + sub["count"]]
        path = [bytes.fromhex(node[2:]) for node in sub["path"]]
        # A last, thin subtree may be lower than its height: it stands in its own, smaller one.
        if 1 << sub["height"] >= sub["count"] > (1 << sub["height"]) // 2:
            assert tree_hash(of, part, sub["index"], path).hex() == vector["structHash"][2:]
