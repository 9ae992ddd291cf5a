"""The shipped factor tables are read right, and what is wrong in them, or put wrong into them, is found and named."""

import csv
import io
import math
from decimal import Decimal
from statistics import mean, stdev

import pytest

from provenance.errors import FieldError, InputError
from provenance.interchange.factors.findings import Finding, Kind
from provenance.interchange.factors.numbers import says_the_same, uncertainty_of_mean
from provenance.interchange.factors.oefdb import Origin, parse_origin
from provenance.interchange.factors.reading import Reading, SourceFile, read_factors
from provenance.interchange.factors.shipped import TABLES, shipped_table
from provenance.model.factors import Purpose, Unit

HEADER = "activity,subject,value,unit,source,licence,gwp,uncertainty\n"


@pytest.fixture(scope="module")
def fixometer() -> Reading:
    table = shipped_table("fixometer")
    return read_factors(table.source(), table.summary())


@pytest.fixture(scope="module")
def warm() -> Reading:
    return read_factors(shipped_table("warm").source())


@pytest.fixture(scope="module")
def beis() -> Reading:
    return read_factors(shipped_table("beis").source())


def of_kind(reading: Reading, kind: Kind) -> list[Finding]:
    return [finding for finding in reading.findings if finding.kind is kind]


def table(*rows: str) -> Reading:
    return read_factors(SourceFile("own.csv", (HEADER + "\n".join(rows)).encode()))


def value(reading: Reading, key: str) -> Decimal:
    (found,) = [placed.row.value for placed in reading.rows if placed.row.key == key]
    return found


def test_rebuilt_means_are_those_of_the_product_rows(fixometer):
    """Compared with a few lines that read the file by themselves."""
    rows = list(csv.DictReader(io.StringIO(shipped_table("fixometer").source().content.decode())))
    kettles = [float(row["Product Weight (kg)"]) for row in rows if row["ORDS Product Category"] == "Kettle"]
    assert float(value(fixometer, "weight: Kettle")) == pytest.approx(mean(kettles))
    assert value(fixometer, "weight: Kettle") == Decimal("1.2454")
    assert value(fixometer, "before use: Laptop medium") == Decimal("265.315888889")


def test_all_published_means_but_seven_reproduce(fixometer):
    """Fixometer 2021: these means are not what their own product rows give."""
    assert [(finding.field, finding.value) for finding in of_kind(fixometer, Kind.MEAN)] == [
        ("weight of Laptop medium", "1.834364055"),
        ("weight of PC Accessory", "0.435"),
        ("weight of Printer/scanner", "12.4655"),
        ('footprint of Flat screen display ≥39"', "268.3365"),
        ("footprint of Jewellery", "3.334411211"),
        ("footprint of Misc (non-EEE)", "19.02127141"),
        ("footprint of Tool (non-EEE)", "4.348573127"),
    ]


def test_categories_with_products_and_no_published_mean_are_named(fixometer):
    """They would be missing from statements without anybody's noticing."""
    assert [finding.field for finding in of_kind(fixometer, Kind.NO_MEAN)] == [
        'weight of Flat screen display 32-37"',
        "mean of Desktop computer",
        "mean of Server",
        "mean of ThinClient",
    ]


def test_weights_by_frequency_are_taken_from_the_notes(fixometer):
    """Jewellery's published weight 0.05633027523 is the mean weighed by the shares in the rows' notes."""
    assert says_the_same("0.05633027523", value(fixometer, "weight: Jewellery"))


def test_a_category_spelt_in_two_ways_is_one_and_is_named(fixometer):
    """Printer/Scanner and Printer/scanner."""
    (finding,) = of_kind(fixometer, Kind.SPELLING)
    assert finding.value == "Printer/Scanner (4), Printer/scanner (6)"


def test_a_laptop_of_sixteen_kilograms_is_found(fixometer):
    """With its line, and what to compare it with."""
    lines = [str(finding) for finding in of_kind(fixometer, Kind.WEIGHT)]
    assert (
        "fixometer-2021-products.csv, line 1200: implausible weight: weight of Laptop medium is 16 kg: "
        "the median of 217 is 1.75 kg: compare it with its source"
    ) in lines


def test_a_part_larger_than_its_whole_is_found(fixometer):
    """Four products emit more before their use than in their whole life."""
    assert len(of_kind(fixometer, Kind.COLUMNS)) == 4


def test_a_mean_of_several_products_says_how_uncertain_it_is():
    """Half the 95 % interval of 2, 4, 4, 5, 5, 6 with t(5) = 2.571, against the statistics module."""
    values = [2, 4, 4, 5, 5, 6]
    found = uncertainty_of_mean([Decimal(number) for number in values])
    assert float(found) == pytest.approx(2.571 * stdev(values) / math.sqrt(6) / mean(values) * 100, rel=1e-3)
    assert uncertainty_of_mean([Decimal(3)]) is None


@pytest.mark.parametrize(
    ("printed", "number", "same"),
    [
        ("480", "480.4", True),
        ("480", "480.6", False),
        ("0.435", "0.435833", False),
        ("1,562.8", "1562.84", True),
    ],
)
def test_a_printed_mean_says_as_much_as_its_digits(printed, number, same):
    """Rounding is no error; anything beyond is."""
    assert says_the_same(printed, Decimal(number)) is same


def test_warm_is_read_by_its_short_tons(warm):
    """-9.127378 MTCO2E per short ton of cans, at 907.18474 kg: -10.0612120085 by hand."""
    assert len(warm.rows) == 198
    assert warm.unread == 0
    assert value(warm, "Recycling: Aluminum Cans") == Decimal("-10.0612120085")
    assert {placed.row.unit for placed in warm.rows} == {Unit.EMISSION_PER_MASS}


def test_a_column_converted_with_a_rounded_short_ton_is_found(warm):
    """The table's own column per kg was made with 907.18 kg."""
    found = {finding.field: finding.value for finding in of_kind(warm, Kind.COLUMNS)}
    assert found["kgco2e_per_kg of MSW recycling of Aluminum Cans"] == "-10.061265"
    assert round(Decimal("-9.127378") * 1000 / Decimal("907.18"), 6) == Decimal("-10.061265")


def test_beis_is_its_227_rows_of_great_britain(beis):
    """In kilograms per kilogram and per tonne-kilometre, whatever the row's unit."""
    assert (len(beis.rows), beis.unread) == (227, 0)
    assert value(beis, "Sea Transport: Container ship") == Decimal("0.01614")
    assert value(beis, "Plastic Waste: PVC waste disposal (incl. forming) - landfill") == Decimal("0.008902")


def test_the_one_row_in_grams_among_kilograms_is_found(beis):
    """A crude tanker of 0.00457 g per t.km would be a thousand times better than any other ship."""
    (finding,) = of_kind(beis, Kind.PREFIX)
    assert (finding.field, finding.value) == ("Sea Transport: Crude tanker", "0.00457 g-CO2e/tkm")


def test_rows_of_several_origins_do_not_mix():
    """A year or region is chosen, or the table is refused with what there is to choose."""
    content = shipped_table("beis").source().content
    other = content.splitlines(keepends=True)[1].replace(b"BEIS,2021,GB", b"UBA,2020,DE")
    file = SourceFile("both.csv", content + other)
    with pytest.raises(InputError, match=r"--only: BEIS/2021/GB \(227 rows\), UBA/2020/DE \(1 rows\)"):
        read_factors(file)
    with pytest.raises(InputError, match="no row is of BEIS/2022/GB"):
        read_factors(file, only=Origin("BEIS", "2022", "GB"))
    assert len(read_factors(file, only=parse_origin("UBA/2020/DE")).rows) == 1


@pytest.mark.parametrize("name", ["fixometer", "warm"])
def test_avoided_emissions_serve_no_inventory(name):
    """Comparative tables are refused as inventories."""
    with pytest.raises(FieldError, match="give comparative"):
        read_factors(TABLES[name].source()).require_purpose(Purpose.INVENTORY)


def test_a_table_of_ones_own_is_read_with_its_units():
    """Grams become kilograms."""
    found = table(
        "weight,Phone,151,g/item,scales,CC0,,10", "before use,Phone,50.5,kgCO2e/item,a study,CC0,AR5,"
    )
    assert value(found, "weight: Phone") == Decimal("0.151")
    assert [placed.row.gwp for placed in found.rows] == [None, "AR5"]
    assert found.findings == ()


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ("weight,Phone,1,,scales,CC0,,", "own.csv, line 2: unit: unit is : say the unit, such as kgCO2e/kg"),
        ("weight,Phone,1,stone/item,scales,CC0,,", "own.csv, line 2: unit: unit is stone/item: not known"),
        (
            "weight,Phone,heavy,kg/item,scales,CC0,,",
            "own.csv, line 2: no number: value is heavy: give a decimal",
        ),
        ("weight,Phone,1,kg/item,,CC0,,", "own.csv, line 2: incomplete: source is : say it"),
        ("weight,Phone,1,kg/item", "own.csv, line 2: incomplete: row is unreadable"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_with_line_and_remedy(row, line):
    """It is counted, and not among the rows."""
    found = table(row)
    assert (len(found.rows), found.unread) == (0, 1)
    assert str(found.findings[0]).startswith(line)


@pytest.mark.parametrize(
    ("rows", "kind", "field"),
    [
        (
            ["weight,Sofa,43,kg/item,s,CC0,,", "before use,Sofa,2.4,kgCO2e/item,s,CC0,,"],
            Kind.PER_KILOGRAM,
            "before use: Sofa",
        ),
        (
            ["weight,Phone,0.15,kg/item,s,CC0,,", "before use,Phone,333,kgCO2e/item,s,CC0,,"],
            Kind.PER_KILOGRAM,
            "before use: Phone",
        ),
        (["weight,Phone,1150,kg/item,s,CC0,,"], Kind.WEIGHT, "weight: Phone"),
        (["weight,Phone,0,kg/item,s,CC0,,"], Kind.WEIGHT, "weight: Phone"),
        (["weight,Phone,1,kg/item,s,CC0,,", "weight,Phone,2,kg/item,s,CC0,,"], Kind.TWICE, "key"),
    ],
)
def test_what_looks_wrong_is_found(rows, kind, field):
    """A value per kilogram in a column per item, a weight in grams, a key that comes again."""
    (finding,) = table(*rows).findings
    assert (finding.kind, finding.field) == (kind, field)


def test_a_changed_product_row_shows_in_its_mean():
    """One kettle of a kilogram more, and the published mean does not follow from the rows."""
    shipped = shipped_table("fixometer")
    lines = shipped.source().content.decode().splitlines(keepends=True)
    place = next(i for i, line in enumerate(lines) if line.startswith("Kettle,"))
    cells = next(csv.reader([lines[place]]))
    cells[5] = str(Decimal(cells[5]) + 1)
    changed = io.StringIO()
    csv.writer(changed, lineterminator="\n").writerow(cells)
    lines[place] = changed.getvalue()
    found = read_factors(SourceFile("changed.csv", "".join(lines).encode()), shipped.summary())
    assert ("weight of Kettle", "1.2454") in [(f.field, f.value) for f in of_kind(found, Kind.MEAN)]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00"])
def test_what_is_no_factor_table_is_refused_in_one_line(content):
    """With what would be one."""
    with pytest.raises(InputError) as refused:
        read_factors(SourceFile("x.csv", content))
    assert "\n" not in str(refused.value)
