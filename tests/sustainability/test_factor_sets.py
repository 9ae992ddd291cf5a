"""A factor set is what its bytes say, whatever order its rows came in, and any change of it shows."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.errors import FieldError
from provenance.model.factors import (
    FactorRow,
    FactorSet,
    Printed,
    Purpose,
    Unit,
    changes,
    may_serve,
    parse_label,
)
from provenance.model.hashing import keccak
from provenance.model.sustainability.amounts import EmissionPerItem
from provenance.proofs.canonical import canonical
from provenance.proofs.factors import parse_set, rows_digest, set_bytes, set_digest


def row(subject="Kettle", value="44.32", **other) -> FactorRow:
    unit = other.pop("unit", Unit.EMISSION_PER_ITEM)
    given = {"source": "a study", "licence": "CC0", "gwp": "AR5", "uncertainty": Decimal("12.5")}
    return FactorRow(
        "before use", subject, Decimal(value), unit, Printed(value, unit.value), **(given | other)
    )


ROWS = (row(), row("Iron", "11"), row("Lamp", "14.964", uncertainty=None))
SET = FactorSet("small", "1", Purpose.COMPARATIVE, bytes(32), ROWS)


@given(st.permutations(ROWS))
def test_the_order_of_rows_in_the_file_does_not_matter(rows):
    """Rows are sorted by key."""
    assert set_digest(replace(SET, rows=tuple(rows))) == set_digest(SET)


def test_the_bytes_read_back_as_the_set():
    """What is hashed is what is kept."""
    assert parse_set(set_bytes(SET)) == SET


def test_digests_are_as_their_description_says():
    """keccak of a tag and the canonical form, by hand."""
    document = parse_set(set_bytes(SET))
    tag = keccak(b"returns-provenance factor set 1")
    assert set_digest(document) == keccak(tag + set_bytes(SET))
    assert set_bytes(FactorSet("a", "1", Purpose.INVENTORY, bytes(32), (row(),))) == canonical(
        {
            "file_sha256": "0x" + "00" * 32,
            "format": "returns-provenance factor set",
            "format_version": 1,
            "name": "a",
            "purpose": "inventory",
            "rows": [
                {
                    "activity": "before use",
                    "boundary": "",
                    "gwp": "AR5",
                    "licence": "CC0",
                    "note": "",
                    "printed": {"unit": "kgCO2e/item", "value": "44.32"},
                    "source": "a study",
                    "subject": "Kettle",
                    "uncertainty": "12.5",
                    "unit": "kgCO2e/item",
                    "value": "44.32",
                }
            ],
            "version": "1",
        }
    )


@pytest.mark.parametrize(
    "changed",
    [
        replace(SET, name="other"),
        replace(SET, version="2"),
        replace(SET, purpose=Purpose.INVENTORY),
        replace(SET, file_sha256=b"\x01" * 32),
        replace(SET, rows=ROWS[:2]),
        replace(SET, rows=(*ROWS[:2], replace(ROWS[2], value=Decimal("14.965")))),
        replace(SET, rows=(*ROWS[:2], replace(ROWS[2], uncertainty=Decimal(0)))),
        replace(SET, rows=(*ROWS[:2], replace(ROWS[2], gwp="AR4"))),
    ],
)
def test_whatever_changes_changes_the_digest(changed):
    """A set never changes unseen."""
    assert set_digest(changed) != set_digest(SET)


def test_the_rows_digest_does_not_know_the_name():
    """Two sets of the same rows can be told to be so."""
    assert rows_digest(replace(SET, name="other", version="9")) == rows_digest(SET)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"44.32"},"source"', b'"44.320"},"source"'),
        (b'"value":"11"}', b'"value":"11.0"}'),
        (b"{", b" {"),
        (b"kgCO2e/item", b"kg/cow"),
        (b"comparative", b"both"),
        (b'"name"', b'"Name"'),
    ],
)
def test_a_file_in_any_other_form_is_refused(old, new):
    """Unless only the printed text differs, which is another set of another digest."""
    data = set_bytes(SET)
    assert old in data
    tampered = data.replace(old, new, 1)
    try:
        found = parse_set(tampered)
    except FieldError:
        return
    assert set_digest(found) != set_digest(SET)


def test_a_key_that_comes_twice_is_refused_by_name():
    """Nobody guesses which of two factors counts."""
    with pytest.raises(FieldError, match="before use: Kettle: it comes 2 times"):
        FactorSet("small", "1", Purpose.COMPARATIVE, bytes(32), (row(), row(value="1")))


@pytest.mark.parametrize("field", ["source", "licence"])
def test_a_factor_says_where_it_is_from(field):
    """No factor counts without source and licence."""
    with pytest.raises(FieldError, match=field):
        row(**{field: " "})


@pytest.mark.parametrize("label", ["small", "small@", "@1", "Small@1", "../x@1", "small@1/2", "a@1@2"])
def test_a_label_is_a_name_and_a_version(label):
    """It never leads out of a folder."""
    with pytest.raises(FieldError, match="factor set"):
        parse_label(label)


def test_the_amount_of_a_row_has_the_type_of_its_unit():
    """From here on nobody mixes units."""
    assert row().amount == EmissionPerItem(Decimal("44.32"))


def test_no_comparative_factor_serves_an_inventory():
    """A mass serves both; an inventory's factor serves a comparison too."""
    weight = row("Kettle", "1.2", unit=Unit.MASS_PER_ITEM, gwp=None)
    inventory = replace(SET, purpose=Purpose.INVENTORY)
    assert not may_serve(Purpose.INVENTORY, SET, row())
    assert may_serve(Purpose.INVENTORY, SET, weight)
    assert may_serve(Purpose.COMPARATIVE, inventory, row())
    assert may_serve(Purpose.INVENTORY, inventory, row())


def test_a_difference_names_what_was_added_removed_and_changed():
    """By key, with the fields that differ."""
    after = replace(SET, version="2", rows=(row(value="45"), ROWS[1], row("Fan", "15.6")))
    found = [(change.kind, change.key, change.fields) for change in changes(SET, after)]
    assert found == [
        ("added", "before use: Fan", ()),
        ("changed", "before use: Kettle", ("value", "printed")),
        ("removed", "before use: Lamp", ()),
    ]
