"""Files of any origin are read as they are; what cannot be read is named with its line, and the rest goes on."""

import codecs
from pathlib import Path

import pytest

from provenance.errors import InputError
from provenance.interchange.ords import RepairRecord, repairs_in
from provenance.interchange.tables import Problem, TableRow, read_table
from provenance.workflows.textfiles import open_text

TEXT = 'id,problem\n1,"Kabel schmorte,\nGehäuse heiß, 20 €"\n2,nichts\n'
V021 = (
    "id,data_provider,country,partner_product_category,product_category,brand,year_of_manufacture,"
    "repair_status,repair_barrier_if_end_of_life,group_identifier,event_date,problem\n"
    "x_1,Provider,USA,Iron,Iron,Sunbeam,????,Unknown,,Group,2018-01-02,Switch broken\n"
)


def rows_of(path: Path) -> list[TableRow | Problem]:
    return list(read_table(open_text(path).lines(), path.name).rows)


@pytest.mark.parametrize(
    "encoded",
    [TEXT.encode(), codecs.BOM_UTF8 + TEXT.encode(), TEXT.encode("cp1252"), TEXT.encode("utf-16")],
    ids=["UTF-8", "UTF-8 with a mark", "Windows-1252", "UTF-16"],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_every_usual_encoding_and_line_ending_gives_the_same_rows(
    tmp_path: Path, encoded: bytes, ending: str
) -> None:
    file = tmp_path / "file.csv"
    wide = encoded.startswith(codecs.BOM_UTF16_LE)
    swap = [text.encode("utf-16-le" if wide else "ascii") for text in ("\n", ending)]
    file.write_bytes(encoded.replace(*swap))
    first, second = rows_of(file)
    assert isinstance(first, TableRow)
    assert first.values["problem"].split() == ["Kabel", "schmorte,", "Gehäuse", "heiß,", "20", "€"]
    assert second == TableRow(4, {"id": "2", "problem": "nichts"})


def test_bytes_that_are_no_windows_text_are_read_as_latin_1(tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    file.write_bytes(b"id,problem\n1,\x81\xe9\n")
    assert open_text(file).encoding == "latin-1"
    assert rows_of(file) == [TableRow(2, {"id": "1", "problem": "\x81é"})]


def test_a_delimiter_is_told_from_the_header() -> None:
    table = read_table(["id;a,b;c\n", "1;2;3\n"], "file.csv")
    assert list(table.rows) == [TableRow(2, {"id": "1", "a,b": "2", "c": "3"})]


def test_rows_of_the_wrong_length_or_with_stray_quotes_are_named_and_the_next_is_read() -> None:
    lines = ["id,b\n", "1\n", '2,"x"y\n', "\n", "3,fine\n", '4,"open\n']
    short, stray, fine, unclosed = read_table(lines, "file.csv").rows
    assert str(short) == "file.csv, line 2: the row has 1 fields, the header 2"
    assert isinstance(stray, Problem)
    assert stray.line == 3
    assert isinstance(fine, TableRow)
    assert isinstance(unclosed, Problem)
    assert unclosed.line == 6


@pytest.mark.parametrize("text", [[], ["\n"], ["id,id\n"]])
def test_a_file_without_a_usable_header_is_refused(text: list[str]) -> None:
    with pytest.raises(InputError, match=r"file\.csv"):
        read_table(text, "file.csv")


def test_the_twelve_columns_of_v0_2_1_are_read_and_labelled_with_their_version() -> None:
    ((line, record),) = repairs_in(read_table(V021.splitlines(keepends=True), "file.csv"))
    assert line == 2
    assert isinstance(record, RepairRecord)
    assert (record.standard, record.age, record.year) == ("v0.2.1", None, None)
    assert (record.product, record.brand) == ("Iron", "Sunbeam")


def test_a_row_with_a_wrong_value_is_a_problem_and_the_rows_after_it_are_read() -> None:
    broken = V021 + V021.splitlines()[1].replace("Unknown", "Broken") + "\n" + V021.splitlines()[1] + "\n"
    found = [each for _, each in repairs_in(read_table(broken.splitlines(keepends=True), "file.csv"))]
    assert str(found[1]).startswith("file.csv, line 3: repair_status is Broken: give one of Fixed")
    assert isinstance(found[2], RepairRecord)
