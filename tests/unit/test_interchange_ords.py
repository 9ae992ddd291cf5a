"""Real repair data is read as it is, and what is made up for it is made up the same way by everybody."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from provenance.errors import InputError
from provenance.interchange.digital_link import parse_item_uri
from provenance.interchange.ords import COLUMNS, Outcome, made_up_item, read_repairs
from provenance.interchange.sample import sample_repairs

ROW = {
    "id": "restart_1",
    "data_provider": "The Restart Project",
    "country": "GBR",
    "partner_product_category": "Small kitchen item ~ Soup maker",
    "product_category": "Food processor",
    "product_category_id": "37",
    "brand": "Unknown",
    "year_of_manufacture": "2019",
    "product_age": "2.5",
    "repair_status": "End of life",
    "repair_barrier_if_end_of_life": "Spare parts not available",
    "group_identifier": "A group",
    "event_date": "2021-10-16",
    "problem": "no heat,\nmotor \tfine",
}


def csv_of(**changes: str) -> list[str]:
    row = ROW | changes
    return [",".join(COLUMNS) + "\n", ",".join('"' + row[c].replace('"', '""') + '"' for c in COLUMNS) + "\n"]


def test_a_row_becomes_a_typed_record() -> None:
    (record,) = read_repairs(csv_of(), "file.csv")
    assert record.product == "Soup maker"
    assert record.fixometer_category == "Small kitchen item"
    assert record.category == "Food processor"
    assert record.brand is None
    assert record.title == "Soup maker"
    assert (record.year, record.age) == (2019, Decimal("2.5"))
    assert record.outcome is Outcome.END_OF_LIFE
    assert record.barrier == "Spare parts not available"
    assert record.day == date(2021, 10, 16)
    assert record.problem == "no heat, motor fine"


def test_without_a_partner_s_own_word_the_fixometer_category_is_the_product() -> None:
    (record,) = read_repairs(csv_of(partner_product_category="Laptop medium", brand="Asus"), "file.csv")
    assert (record.product, record.fixometer_category) == ("Laptop medium", "Laptop medium")
    assert record.title == "Asus Laptop medium"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", ""),
        ("repair_status", "Broken"),
        ("event_date", "16/10/2021"),
        ("product_age", "old"),
        ("product_age", "NaN"),
        ("year_of_manufacture", "19"),
    ],
)
def test_a_malformed_row_is_refused_with_file_line_and_column(column: str, value: str) -> None:
    lines = csv_of(**{column: value})
    with pytest.raises(InputError, match=rf"file\.csv, line \d+: {column} is"):
        list(read_repairs(lines, "file.csv"))


def test_a_file_of_another_kind_is_refused_by_its_missing_column() -> None:
    with pytest.raises(InputError, match=r"file\.csv: column id is missing"):
        list(read_repairs(["name,price\n", "a,1\n"], "file.csv"))


def test_the_sample_has_the_whole_file_s_proportions_in_any_first_part() -> None:
    whole = {Outcome.FIXED: 12409, Outcome.REPAIRABLE: 6448, Outcome.END_OF_LIFE: 4851, Outcome.UNKNOWN: 232}
    for count in (100, 200, 400):
        found = Counter(record.outcome for record in sample_repairs(count))
        for outcome, rows in whole.items():
            assert abs(found[outcome] - count * rows / 23_940) <= 1
    assert set(Counter(record.outcome for record in sample_repairs(200))) == set(Outcome)


def test_made_up_identities_are_valid_distinct_and_never_a_real_product_s() -> None:
    items = [made_up_item(record) for record in sample_repairs(400)]
    assert len({item.uri for item in items}) == 400
    for item in items:
        assert parse_item_uri(item.uri) == item
        # A GTIN-13 from GS1 prefix 20 to 29: restricted circulation, never issued to a brand.
        assert item.gtin is not None
        assert item.gtin.startswith("02")


def test_a_made_up_identity_depends_on_the_row_alone() -> None:
    first, second = (made_up_item(next(iter(read_repairs(csv_of(), "file.csv")))) for _ in range(2))
    assert first == second
    assert first.uri == f"https://id.gs1.org/01/{first.gtin}/21/{first.serial}"
