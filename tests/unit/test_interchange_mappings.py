"""A mapping file makes any returns system's export legal histories, and says which of their steps are inferred."""

import tomllib
from datetime import date
from importlib.resources import files
from itertools import pairwise

import pytest

from provenance.errors import FieldError, InputError
from provenance.interchange import play
from provenance.interchange.mappings import ExportMapping, ReturnCase, read_case, read_mapping, way
from provenance.interchange.tables import TableRow, read_table
from provenance.model.vocabulary import MOVES, Grade, Stage

SHIPPED = files("provenance").joinpath("samples/mappings")
TODAY = date(2025, 1, 1)
GOOD = SHIPPED.joinpath("rma-desk.toml").read_text(encoding="utf-8")


def cases(name: str) -> list[ReturnCase]:
    mapping = read_mapping(SHIPPED.joinpath(f"{name}.toml").read_text(encoding="utf-8"), name)
    lines = SHIPPED.joinpath(f"{name}.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    rows = read_table(lines, name, mapping.delimiter).rows
    return [read_case(mapping, row.values, name, TODAY) for row in rows if isinstance(row, TableRow)]


@pytest.mark.parametrize("name", ["rma-desk", "phone-trade-in"])
def test_each_shipped_mapping_reads_its_example_and_says_that_it_is_made_up(name: str) -> None:
    found = cases(name)
    assert len(found) == 6
    for case in found:
        assert all(step.fields["madeUp"] for step in case.steps)
        stages = [Stage.RECEIVED, *(step.stage for step in case.steps if isinstance(step, play.Report))]
        assert all(after in MOVES[before] for before, after in pairwise(stages))


def test_steps_that_the_file_does_not_state_say_so_and_have_no_day() -> None:
    sold = next(case for case in cases("rma-desk") if case.code == "REPAIRED-SOLD")
    inferred = ["inferred" in step.fields for step in sold.steps]
    assert inferred == [False, True, False, False, True, False]
    assert all("occurredAt" not in step.fields for step in sold.steps if "inferred" in step.fields)


def test_native_codes_are_kept_beside_ours_with_their_scheme() -> None:
    sold = next(case for case in cases("rma-desk") if case.code == "SOLD B-STOCK")
    last = sold.steps[-1]
    assert isinstance(last, play.Report)
    assert (last.stage, last.grade) == (Stage.RESOLD, Grade.GOOD)
    said = {name: value for name, (value, _) in last.fields.items()}
    assert (said["gradeScheme"], said["gradeCode"]) == ("RMA desk condition A-D", "B")
    assert (said["stageScheme"], said["stageCode"]) == ("RMA desk status 2024", "SOLD B-STOCK")
    assert said["occurredAt"] == "2024-03-21"


def test_references_and_notes_are_for_partners_alone() -> None:
    fields = cases("rma-desk")[0].steps[0].fields
    assert {name for name, (_, audience) in fields.items() if audience == play.PARTNERS} == {
        "reference",
        "notes",
    }


def test_an_assumed_grade_says_so() -> None:
    stored = next(case for case in cases("phone-trade-in") if case.code == "60")
    assert "gradeAssumed" in stored.steps[-1].fields


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"OPEN" = "Received"', '"OPEN" = "Recieved"', "stage.codes.OPEN is Recieved: give one of Received"),
        ('"B" = "Good"', '"B" = "good"', "grade.codes.B is good: give one of AsNew"),
        ('"Evaluated", "Resold"]', '"Resold", "InRepair"]', "stage.codes.REPAIRED-SOLD is"),
        ('gtin = "EAN"', 'imei = "EAN"', "item is imei, serial: give columns for gtin and serial"),
        ('product = "Product"', 'produkt = "Product"', "columns.produkt is Product: no such entry"),
        ('product = "Product"', "product = 3", "columns.product is 3: give text"),
        ("mapping 1", "mapping 9", "format is returns-provenance mapping 9"),
        ("made_up = true", 'made_up = "yes"', "made_up is yes: give true or false"),
        ("[stage]", "[stage", "is no TOML"),
        ('scheme = "RMA desk status 2024"', "", "stage.scheme is None: give text"),
    ],
)
def test_a_wrong_entry_is_one_line_that_names_it(old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(InputError) as refused:
        read_mapping(GOOD.replace(old, new), "map.toml")
    text = str(refused.value)
    assert text.startswith("map.toml")
    assert message in text
    assert "\n" not in text


def test_a_uri_template_names_items_by_any_columns_and_escapes_them() -> None:
    mapping = with_uri("urn:example:{Serial No}:{EAN}")
    assert read_case(mapping, row(**{"Serial No": "A/1"}), "f", TODAY).uri.uri == "urn:example:A%2F1:1"


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"Status": "???"}, "Status"),
        ({"Cond.": "Z"}, "Cond."),
        ({"Closed": "2024-03-21"}, "Closed"),
        ({"Closed": "21/03/2099"}, "Closed"),
        ({"Cond.": ""}, "Cond."),
        ({"Serial No": ""}, "Serial No"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused_by_its_column(changed: dict[str, str], column: str) -> None:
    with pytest.raises(FieldError) as refused:
        read_case(with_uri("urn:example:{Serial No}"), row(**changed), "file", TODAY)
    assert refused.value.field == column


def test_every_stage_can_be_reached_by_legal_moves_or_is_refused() -> None:
    for stage in set(Stage) - {Stage.NONE}:
        stages = [Stage.RECEIVED, *(move.stage for move in way([stage]))]
        assert stages[-1] is stage
        assert all(after in MOVES[before] for before, after in pairwise(stages))


def with_uri(template: str) -> ExportMapping:
    text = GOOD.replace('gtin = "EAN"', f'uri = "{template}"').replace('serial = "Serial No"', "")
    assert tomllib.loads(text)["item"] == {"uri": template}
    return read_mapping(text, "map.toml")


def row(**changed: str) -> dict[str, str]:
    columns = "RMA No,EAN,Serial No,Product,Brand,Category,Received,Closed,Status,Cond.,Fault reported,Internal notes"
    plain = dict.fromkeys(columns.split(","), "1")
    dated = {"Received": "14/03/2024", "Closed": "21/03/2024", "Status": "SOLD B-STOCK", "Cond.": "B"}
    return plain | dated | changed
