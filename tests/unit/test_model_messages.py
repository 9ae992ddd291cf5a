"""A message that was built fits its Solidity types."""

from dataclasses import FrozenInstanceError, fields

import pytest

from provenance.errors import FieldError
from provenance.model.messages import _BITS, _WORDS, Acceptance, ConditionReport, zero
from provenance.proofs.eip712 import TYPE_STRINGS

SOLIDITY = {
    (kind, label): sort
    for kind, string in TYPE_STRINGS.items()
    for sort, _, label in (part.partition(" ") for part in string[:-1].partition("(")[2].split(","))
}


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


CASES = [(kind, field.name) for kind in TYPE_STRINGS for field in fields(kind)]


@pytest.mark.parametrize(("kind", "name"), CASES, ids=[f"{k.__name__}.{n}" for k, n in CASES])
def test_a_field_takes_what_its_solidity_type_takes_and_no_more(kind, name):
    sort = SOLIDITY[kind, camel(name)]
    good = {field.name: getattr(zero(kind), field.name) for field in fields(kind)}
    if sort.startswith("uint"):
        top = (1 << int(sort[4:])) - 1
        takes, refuses = [0, top], [-1, top + 1, True, "1", 1.0]
    elif sort == "bool":
        takes, refuses = [True, False], [0, 1, None]
    else:
        length = 20 if sort == "address" else 32
        takes, refuses = [b"\xff" * length], [b"", bytes(length + 1), bytes(length - 1), "0x", None]
    for value in takes:
        kind(**{**good, name: value})
    for value in refuses:
        with pytest.raises(FieldError, match=name):
            kind(**{**good, name: value})


def test_every_field_of_a_message_has_a_known_type():
    names = {name for _, name in CASES}
    assert names == set(_BITS) | set(_WORDS) | {"key", "on_hold"}


def test_what_breaks_the_rules_can_still_be_said():
    report = ConditionReport(bytes(32), 0, 15, 9, 0)
    assert (report.stage, report.grade) == (15, 9)


def test_a_message_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        zero(ConditionReport).stage = 3


def test_an_acceptance_out_of_range_cannot_be_built():
    with pytest.raises(FieldError, match="exceptions is 65536"):
        Acceptance(65536)
