"""Rule errors are the contracts' custom errors, and read as one clear line."""

import copy
import json
import pickle
import re
from dataclasses import fields
from pathlib import Path

import pytest

from provenance import errors
from provenance.errors import RULE_ERRORS, FieldError, ProvenanceError, Refused, StaleSeq, shown
from provenance.model.vocabulary import Role, Stage

ROOT = Path(__file__).parents[2]
CONTRACTS = ("PartnerRegistry", "ProvenanceLedger", "Anchors")
# Of OpenZeppelin's EIP712, thrown by constructors only, for names too long; ours are constants.
NEVER_THROWN = {"InvalidShortString", "StringTooLong"}


def solidity_errors() -> dict[str, list[tuple[str, str]]]:
    found = {}
    for contract in CONTRACTS:
        artifact = ROOT / "src" / "provenance" / "ledger" / "artifacts" / f"{contract}.json"
        for entry in json.loads(artifact.read_text(encoding="utf-8"))["abi"]:
            if entry["type"] == "error" and entry["name"] not in NEVER_THROWN:
                found[entry["name"]] = [(given["name"], given["type"]) for given in entry["inputs"]]
    return found


SOLIDITY = solidity_errors()
SAMPLE = {"bool": True, "bytes32": b"\x01" * 32, "address": b"\x02" * 20}


def sample(name: str) -> Refused:
    return RULE_ERRORS[name](*(SAMPLE.get(sort, 3) for _, sort in SOLIDITY[name]))


def camel(name: str) -> str:
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(part.capitalize() for part in rest)


def test_every_custom_error_of_the_contracts_has_a_class_and_none_is_too_many():
    assert set(SOLIDITY) == set(RULE_ERRORS)


@pytest.mark.parametrize("name", sorted(SOLIDITY))
def test_a_rule_error_has_the_values_of_its_custom_error_in_the_same_order(name):
    types = {"bool": bool, "bytes32": bytes, "address": bytes}
    assert [(camel(field.name), field.type) for field in fields(RULE_ERRORS[name])] == [
        (label, types.get(sort, int)) for label, sort in SOLIDITY[name]
    ]


def test_every_error_that_the_specification_names_exists():
    spec = (ROOT / "contracts" / "SPEC.md").read_text(encoding="utf-8")
    rules = spec[spec.index("## 4.") : spec.index("## 6.")]
    named = set(re.findall(r"`([A-Z]\w+)(?:\(|`)", rules))
    not_errors = {"Skipped", "CallSkipped", "NotCustodian"} - set(RULE_ERRORS)
    assert named - not_errors <= set(RULE_ERRORS)
    assert set(RULE_ERRORS) - named <= {"OwnableUnauthorizedAccount", "OwnableInvalidOwner", "ExpectedPause"}


@pytest.mark.parametrize("name", sorted(SOLIDITY))
def test_a_rule_error_reads_as_one_line_that_names_its_values_and_a_remedy(name):
    error = sample(name)
    text = str(error)
    assert "\n" not in text
    assert "{" not in text
    assert ":" in text
    for value in error.args:
        assert shown(value) in text


@pytest.mark.parametrize("name", sorted(SOLIDITY))
def test_a_rule_error_survives_copying_and_pickling(name):
    error = sample(name)
    assert copy.copy(error) == pickle.loads(pickle.dumps(error)) == error


def test_rule_errors_are_equal_by_name_and_values():
    assert StaleSeq(b"\1" * 32, 2, 3) == StaleSeq(item=b"\1" * 32, given=2, expected=3)
    assert StaleSeq(b"\1" * 32, 2, 3) != StaleSeq(b"\1" * 32, 2, 4)
    assert StaleSeq(b"\1" * 32, 2, 3) != errors.StaleCount(b"\1" * 32, 2, 3)
    assert len({StaleSeq(b"", 1, 2), StaleSeq(b"", 1, 2)}) == 1


def test_a_rule_error_keeps_its_values_and_can_still_be_raised_and_noted():
    error = StaleSeq(b"\1" * 32, 2, 3)
    with pytest.raises(AttributeError, match="given is set once"):
        error.given = 9
    with pytest.raises(StaleSeq):
        raise error
    error.add_note("seen in a test")
    assert "seq 2" in str(error)
    assert error.args == (b"\1" * 32, 2, 3)


def test_stages_and_roles_are_shown_by_name():
    error = errors.MissingRole(b"\2" * 20, Role.CARRIER | Role.DEVICE, Role.INSPECTOR)
    assert "CARRIER|DEVICE (132)" in str(error)
    assert "INSPECTOR (8)" in str(error)
    assert "RECEIVED (1)" in str(errors.ForbiddenMove(bytes(32), Stage.RECEIVED, Stage.RESOLD))
    assert shown(Role(0)) == "none (0)"


def test_every_error_of_the_project_has_one_root():
    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    assert all(issubclass(kind, ProvenanceError) for kind in classes if issubclass(kind, Exception))


def test_an_input_error_names_field_value_and_remedy():
    assert str(FieldError("seq", 70000, "give less")) == "seq is 70000: give less"
    assert len(str(FieldError("uri", "x" * 9999, "give less"))) < 300
