"""The JSON Schemas take what is valid, and refuse what a schema can refuse."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from attacks.verifiers import case_bytes, load_files
from provenance import proofs
from provenance.model.hashing import keccak
from provenance.proofs.attestations import attest
from provenance.proofs.journal import JournalHead
from sample_keys import private_key

SCHEMAS = Path(proofs.__file__).parent / "schemas"
FILES = load_files()
BUNDLES = [name for name in FILES if name != "corpus" and not name.startswith("trust")]
TRUSTS = [name for name in FILES if name.startswith("trust")]

BEYOND = {
    # Two JSON texts of one value, or order between elements: no schema sees them.
    "a member comes twice, alike",
    "a member comes twice, once false",
    "a member comes twice, once escaped",
    "a member comes twice inside a field's value",
    "zero has a sign",
    "text has a lone surrogate",
    "surrogates come in the wrong order",
    "a member's name has a lone surrogate",
    "a value is NaN",
    "a number has a fraction",
    "a number has an exponent",
    "a number has five thousand digits",
    "a value is nested a hundred deep",
    "a value is nested deeper than fields are",
    "fields stand in another order",
    "withheld commitments stand in another order",
    "a withheld commitment is that of a shown field",
    "partners stand in another order",
    "witnesses stand in another order",
    # Arithmetic between members.
    "a deadline is beyond 64 bits",
    "a leaf stands outside the tree",
}
"""What step 1 refuses and a schema cannot: SPEC.md says so, and the verifiers do it."""


def validator(name: str) -> Any:
    return jsonschema_rs.Draft202012Validator(json.loads((SCHEMAS / f"{name}.schema.json").read_bytes()))


@pytest.mark.parametrize("name", BUNDLES)
def test_every_valid_bundle_fits_the_schema(name: str) -> None:
    assert list(validator("bundle").iter_errors(FILES[name])) == []


@pytest.mark.parametrize("name", TRUSTS)
def test_every_trust_file_fits_the_schema(name: str) -> None:
    assert list(validator("trust").iter_errors(FILES[name])) == []


def test_the_schema_refuses_what_step_1_refuses_as_far_as_a_schema_can() -> None:
    schema = validator("bundle")
    taken = set()
    for case in FILES["corpus"]:
        if case["step"] != 1:
            continue
        if case["name"] == "a value is nested a hundred thousand deep":
            continue  # Python's own parser must not see it
        try:
            value = json.loads(case_bytes(case, FILES)[0].decode())
        except ValueError:
            continue  # no JSON at all
        try:
            if schema.is_valid(value):
                taken.add(case["name"])
        except ValueError:  # the schema's library refuses such a value itself
            continue
    assert taken <= BEYOND, taken - BEYOND


def test_the_schema_takes_all_that_passes_step_1() -> None:
    schema = validator("bundle")
    for case in FILES["corpus"]:
        if case["verdict"] == "verified" or (case["verdict"] == "rejected" and case["step"] > 1):
            value = json.loads(case_bytes(case, FILES)[0])
            assert schema.is_valid(value), case["name"]


def test_the_trust_schema_takes_what_the_verifier_can_use_and_refuses_most_of_the_rest() -> None:
    schema = validator("trust")
    beyond = {"a threshold is above the number of witnesses", "pinned witnesses stand in another order"}
    for case in FILES["corpus"]:
        if not case["trustEdits"]:
            continue
        try:
            value = json.loads(case_bytes(case, FILES)[1])
        except ValueError:
            continue
        usable = case["verdict"] != "cannot evaluate" or case["name"].startswith("the pinned block")
        if not usable and case["name"] not in beyond and "twice" not in case["name"]:
            assert not schema.is_valid(value), case["name"]
        elif usable:
            assert schema.is_valid(value), case["name"]


def test_attestations_and_a_journals_first_line_fit_their_schemas() -> None:
    word = attest(private_key("a witness"), 1, 2, keccak(b"block"))
    assert validator("attestation").is_valid(dict(word.as_json()))
    assert not validator("attestation").is_valid({**word.as_json(), "number": -1})
    head = JournalHead(1, bytes(20), b"\xc0", (replace(word.by),), (b"\x80",))
    assert validator("journal").is_valid(head.as_json())
    assert not validator("journal").is_valid({**head.as_json(), "format": "returns-provenance bundle 1"})
