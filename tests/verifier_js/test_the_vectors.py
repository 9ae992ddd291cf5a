"""The browser's verifier computes what the vectors say, which the contracts and the Python verifier compute too."""

import json
from pathlib import Path

import pytest

from provenance.proofs.eip712 import CONTRACT_OF, TYPE_STRINGS
from vectors import generate
from verifier_js.engine import Rejection

VECTORS = Path(generate.__file__).parent
RFC8785 = VECTORS / "rfc8785"


def load(name: str) -> list[dict]:
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))[name]


LEDGER_TYPES = {of.__name__ for of, contract in CONTRACT_OF.items() if contract.value == "ProvenanceLedger"}
MESSAGES = [vector for vector in load("messages") if vector["type"] in LEDGER_TYPES]
TREES = [vector for vector in load("trees") if vector["type"] in LEDGER_TYPES]
WORDS = load("words")[0]


def test_the_type_strings_of_the_ledgers_messages_are_those_of_the_python_side(engine):
    of_python = {of.__name__: text for of, text in TYPE_STRINGS.items() if of.__name__ in LEDGER_TYPES}
    assert engine.call("typeStrings") == of_python


@pytest.mark.parametrize("vector", MESSAGES, ids=lambda vector: vector["type"])
def test_a_message_has_the_struct_hash_digest_and_signer_of_its_vector(engine, vector):
    hashed = engine.call("structHash", type=vector["type"], message=vector["message"])
    assert hashed == vector["structHash"]
    digest = engine.call("typedDigest", domain=vector["domainSeparator"], hash=hashed)
    assert digest == vector["digest"]
    assert engine.call("recover", digest=digest, signature=vector["signature"]) == vector["signer"]


def test_the_ledgers_domain_is_that_of_the_vectors(engine):
    made = engine.call("domain", name="ProvenanceLedger", chainId=WORDS["chainId"], address=WORDS["ledger"])
    assert made == MESSAGES[0]["domainSeparator"]


@pytest.mark.parametrize("vector", TREES, ids=lambda v: f"{v['type']} {v['height']}")
def test_every_leaf_of_a_tree_leads_to_the_signed_hash_at_its_place_and_no_other(engine, vector):
    assert engine.call("treeTypeString", type=vector["type"], height=vector["height"]) == vector["typeString"]
    leaves = [part for part in vector["subtrees"] if part["height"] == 0 and part["count"] == 1]
    assert leaves
    for part in leaves:
        leaf = {"type": vector["type"], "leaf": vector["leaves"][part["first"]], "path": part["path"]}
        assert engine.call("signedHash", index=part["index"], **leaf) == vector["structHash"]
        assert engine.call("signedHash", index=part["index"] ^ 1, **leaf) != vector["structHash"]


def test_the_words_are_read_and_written_as_the_vectors_say(engine):
    for name, read in {"slots": "slot", "challenges": "challengeWord", "keys": "keyWord"}.items():
        for vector in WORDS[name]:
            found = engine.call(read, word=vector["word"])
            assert found.get("again", vector["word"]) == vector["word"]
            shared = found.keys() & vector.keys()
            assert len(shared) >= 2
            assert {label: str(found[label]) for label in shared} == {
                label: str(vector[label]) for label in shared
            }


def test_the_genesis_is_that_of_the_vectors(engine):
    made = engine.call("genesis", chainId=WORDS["chainId"], ledger=WORDS["ledger"], item=WORDS["item"])
    assert made == WORDS["genesis"]


@pytest.mark.parametrize("vector", load("events"), ids=lambda v: f"{v['type']} {v['word'][54:58]}")
def test_an_event_has_the_digest_of_its_vector_and_leaves_its_head(engine, vector):
    accepted = vector["accepted"]
    digest = engine.call(
        "eventDigest",
        begun=engine.call("structHash", type=vector["type"], message=vector["message"]),
        by={"address": vector["signer"], "kind": vector["kind"]},
        accepted=vector["acceptanceHash"] if accepted else None,
        receiver={"address": vector["receiver"], "kind": vector["receiverKind"]} if accepted else None,
    )
    assert digest == vector["digest"]
    head = engine.call("nextHead", prior=vector["prior"], digest=digest, time=vector["time"])
    assert head == vector["word"][:54]


@pytest.mark.parametrize("vector", load("details"), ids=range(len(load("details"))))
def test_the_fields_of_a_details_document_have_its_vectors_commitments_and_root(engine, vector):
    for field in vector["fields"]:
        text = json.dumps(field["value"], ensure_ascii=False)
        assert "0x" + engine.call("canonical", text=text).encode().hex() == field["canonical"]
        made = engine.call("field", salt=field["salt"], name=field["name"], value=field["value"])
        assert made == field["commitment"]
    commitments = [field["commitment"] for field in vector["fields"]]
    assert engine.call("detailsRoot", commitments=commitments) == vector["root"]


@pytest.mark.parametrize("vector", load("items"), ids=lambda vector: vector["uri"][:30])
def test_an_item_has_the_id_of_its_vector(engine, vector):
    assert engine.call("itemId", salt=vector["salt"], uri=vector["uri"]) == vector["item"]


# Our canonical form is RFC 8785 without fractions: these hold some.
WITH_FRACTIONS = {"structures", "values"}


@pytest.mark.parametrize("file", sorted(RFC8785.glob("input/*.json")), ids=lambda file: file.stem)
def test_the_vectors_of_rfc_8785_come_out_byte_for_byte_unless_they_hold_fractions(engine, file):
    given = file.read_text(encoding="utf-8")
    if file.stem in WITH_FRACTIONS:
        with pytest.raises(Rejection, match=r"2\^53 - 1"):
            engine.call("canonical", text=given)
    else:
        expected = (RFC8785 / "output" / file.name).read_text(encoding="utf-8")
        assert engine.call("canonical", text=given) == expected
