"""A factor set is kept once and for all, found by its name, and compared with another."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from provenance.cli import app
from provenance.errors import InputError, ProvenanceError, StoreError
from provenance.interchange.factors.reading import SourceFile
from provenance.model.factors import Purpose
from provenance.proofs.factors import parse_set, set_bytes, set_digest
from provenance.store.factors import FactorSetMissingError, FactorSetTakenError, FactorStore
from provenance.workflows.factors import Request, changes_on_reading_again, import_table, kept_set

HEADER = "activity,subject,value,unit,source,licence\n"
KETTLES = HEADER + "weight,Kettle,1.2,kg/item,scales,CC0\nbefore use,Kettle,44,kgCO2e/item,a study,CC0\n"
LATER = HEADER + "before use,Kettle,55,kgCO2e/item,a study,CC0\nweight,Iron,1.1,kg/item,scales,CC0\n"


@pytest.fixture
def store(tmp_path: Path) -> FactorStore:
    return FactorStore(tmp_path / "data" / "factors")


def take(store: FactorStore, text: str = KETTLES, version: str = "1", **other):
    request = Request("kettles", version, Purpose.COMPARATIVE, **other)
    return import_table(store, SourceFile("kettles.csv", text.encode()), request)


def run(tmp_path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["factors", *arguments, "--data", str(tmp_path / "data")])


def test_what_was_taken_in_is_found_by_its_name(store):
    """Equal, row for row."""
    imported = take(store)
    assert imported.is_new
    assert kept_set(store, "kettles@1") == imported.factors


def test_the_same_again_changes_nothing(store):
    """Importing twice is no mistake."""
    take(store)
    assert not take(store).is_new
    assert store.labels() == ["kettles@1"]


def test_a_name_is_never_given_to_another_set(store):
    """And the first stays as it was."""
    first = take(store)
    with pytest.raises(FactorSetTakenError, match="give this one a new version"):
        take(store, LATER)
    assert kept_set(store, "kettles@1") == first.factors


def test_a_set_that_was_changed_on_the_disk_is_not_given_out_until_it_is_put_right(store):
    """The file's own hash tells, and importing the file again repairs it."""
    take(store)
    for path in (store.folder / "contents").rglob("*"):
        if path.is_file() and b"kgCO2e/item" in path.read_bytes():
            path.write_bytes(path.read_bytes().replace(b"44", b"45"))
    with pytest.raises(StoreError, match="import its file again"):
        kept_set(store, "kettles@1")
    take(store)
    assert kept_set(store, "kettles@1").rows


def test_a_name_that_points_to_another_set_is_refused(store):
    """A swapped name is no other set's."""
    take(store)
    take(store, LATER, version="2")
    names = store.folder / "names"
    (names / "kettles@1").write_bytes((names / "kettles@2").read_bytes())
    with pytest.raises(StoreError, match="under the name kettles@1 the set kettles@2 is kept"):
        kept_set(store, "kettles@1")


def test_a_row_that_cannot_be_read_refuses_the_table_unless_it_is_left_out(store):
    """Nothing is dropped in silence."""
    text = KETTLES + "weight,Iron,1.1,stone/item,scales,CC0\n"
    with pytest.raises(InputError, match=r"1 rows cannot be read, the first: kettles.csv, line 4: unit"):
        take(store, text)
    assert take(store, text, leaves_out=True).reading.unread == 1


@pytest.mark.parametrize("label", ["kettles@9", "nobody@1"])
def test_a_set_that_is_not_kept_is_missed_by_name(store, label):
    """With the command that shows those that are."""
    with pytest.raises(FactorSetMissingError, match=label):
        kept_set(store, label)


def test_shipped_tables_become_sets_with_their_findings(tmp_path):
    """Name, version and purpose are known; what is wrong in them is named."""
    result = run(tmp_path, "import", "shipped:beis", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert (document["name"], document["version"], document["purpose"]) == ("beis", "2021", "inventory")
    assert (document["factors"], len(document["findings"]), document["new"]) == (227, 1, True)
    assert document["findings"][0]["kind"] == "factor of thousand?"
    listed = json.loads(run(tmp_path, "list", "--json").stdout)["factor_sets"]
    assert [found["set_digest"] for found in listed] == [document["set_digest"]]


def test_a_kept_set_is_written_out_as_the_file_that_its_digest_is_of(tmp_path):
    """For whoever checks a statement elsewhere."""
    run(tmp_path, "import", "shipped:warm")
    file = tmp_path / "warm.json"
    result = run(tmp_path, "show", "warm@15", "--find", "aluminum cans", "--to", str(file), "--json")
    document = json.loads(result.stdout)
    assert "0x" + set_digest(parse_set(file.read_bytes())).hex() == document["set_digest"]
    assert {row["subject"] for row in document["rows"]} == {"Aluminum Cans", "Aluminum Cans (Energy)"}


def test_a_difference_is_told_with_numbers(tmp_path):
    """Added, removed, and changed by how much."""
    for version, text in (("1", KETTLES), ("2", LATER)):
        path = tmp_path / f"{version}.csv"
        path.write_text(text)
        given = ["--name", "kettles", "--version", version, "--purpose", "comparative"]
        assert run(tmp_path, "import", str(path), *given).exit_code == 0
    result = run(tmp_path, "diff", "kettles@1", "kettles@2")
    assert result.stdout.splitlines() == [
        "changed  before use: Kettle: value, printed: 44 -> 55 kgCO2e/item (+25.00 %)",
        "added    weight: Iron: 1.1 kg/item (printed 1.1 kg/item)",
        "removed  weight: Kettle: 1.2 kg/item (printed 1.2 kg/item)",
    ]
    document = json.loads(run(tmp_path, "diff", "kettles@1", "kettles@2", "--json").stdout)
    assert [change["kind"] for change in document["changes"]] == ["changed", "added", "removed"]


def test_checking_keeps_nothing_and_its_exit_code_says_whether_something_looks_wrong(tmp_path):
    """1 with findings, 0 without."""
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(KETTLES)
    bad.write_text(KETTLES.replace("1.2", "1200"))
    runner = CliRunner()
    assert runner.invoke(app, ["factors", "check", str(good)]).exit_code == 0
    result = runner.invoke(app, ["factors", "check", str(bad)])
    assert result.exit_code == 1
    assert "bad.csv, line 2: implausible weight: weight: Kettle is 1200 kg" in result.stdout
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("name", ["fixometer", "warm", "beis"])
def test_a_shipped_set_recomputes_from_its_own_file(tmp_path, name):
    """Every row of it, from the file that was kept beside it."""
    label = json.loads(run(tmp_path, "import", f"shipped:{name}", "--json").stdout)
    result = run(tmp_path, "recompute", f"{label['name']}@{label['version']}", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["changes"] == []


def test_a_set_that_its_file_does_not_give_is_found(tmp_path, store):
    """One digit of one factor, under a name and hashes that are all in order."""
    factors = take(store).factors
    (tampered,) = [row for row in factors.rows if row.activity == "weight"]
    others = tuple(row for row in factors.rows if row is not tampered)
    changed = replace(factors, version="2", rows=(*others, replace(tampered, value=Decimal("1.3"))))
    store.keep(changed.label, set_bytes(changed), KETTLES.encode())
    result = run(tmp_path, "recompute", "kettles@2")
    assert result.exit_code == 1
    assert result.stdout == "changed  weight: Kettle: value: 1.3 -> 1.2 kg/item (-7.69 %)\n"


def test_a_file_that_was_changed_on_the_disk_recomputes_nothing(store):
    """It is not given out."""
    factors = take(store).factors
    name = factors.file_sha256.hex()
    (store.folder / "contents" / name[:2] / name).write_text(LATER)
    with pytest.raises(StoreError, match="import it again"):
        changes_on_reading_again(store, "kettles@1")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["import", "shipped:dogs"], "shipped table is dogs: give one of fixometer, warm, beis"),
        (["import", "shipped:warm", "--purpose", "inventory"], "purpose is inventory: the factors of warm"),
        (["import", "shipped:warm", "--purpose", "fun"], "purpose is fun: give inventory or comparative"),
        (["import", "shipped:warm", "--only", "BEIS/2021/GB"], "leave --only out"),
        (["import", "shipped:warm", "--name", "../x"], "name is ../x"),
        (["show", "warm"], "factor set is warm: give NAME@VERSION"),
        (["show", "warm@15"], "factor set warm@15 is not kept here"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(tmp_path, arguments, told):
    """Field, value, remedy."""
    result = run(tmp_path, *arguments)
    assert isinstance(result.exception, ProvenanceError)
    assert told in str(result.exception)
    assert "\n" not in str(result.exception)


def test_a_file_of_ones_own_needs_a_name(tmp_path):
    """Nobody guesses it."""
    path = tmp_path / "own.csv"
    path.write_text(KETTLES)
    assert "--name is missing" in str(run(tmp_path, "import", str(path)).exception)
