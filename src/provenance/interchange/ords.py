"""Open Repair Data Standard rows -> typed repair records.

Source: Open Repair Alliance, Open Repair Data Standard v0.3 (14 columns) and v0.2.1 (12: no category number, no
age), https://standard.openrepair.org. Columns are found by their names, in any order.
One row is one repair attempt. It has no serial number and no custody chain: those are made up here,
deterministically from the row's id, and labelled so by whoever shows them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum

from provenance.errors import FieldError, InputError
from provenance.interchange.digital_link import ItemUri, gs1_item, with_check_digit
from provenance.interchange.tables import Problem, Table, read_table

NEEDED = ("id", "data_provider", "country", "product_category", "repair_status", "event_date")
"""What every row must say, in every version."""

ADDED_IN_V03 = ("product_category_id", "product_age")
COLUMNS = (
    "id",
    "data_provider",
    "country",
    "partner_product_category",
    "product_category",
    "product_category_id",
    "brand",
    "year_of_manufacture",
    "product_age",
    "repair_status",
    "repair_barrier_if_end_of_life",
    "group_identifier",
    "event_date",
    "problem",
)
UNKNOWN = "Unknown"


class Outcome(Enum):
    """ORDS ``repair_status``: how the repair attempt ended."""

    FIXED = "Fixed"
    REPAIRABLE = "Repairable"
    END_OF_LIFE = "End of life"
    UNKNOWN = "Unknown"


@dataclass(frozen=True)
class RepairRecord:
    """One real repair attempt. ``age`` is in years; what is empty, or a brand called Unknown, is None."""

    row_id: str
    provider: str
    country: str
    product: str
    category: str
    fixometer_category: str
    brand: str | None
    year: int | None
    age: Decimal | None
    outcome: Outcome
    barrier: str | None
    group: str | None
    day: date
    problem: str | None
    standard: str = "v0.3"

    @property
    def title(self) -> str:
        """What a person would call it: brand and product."""
        return f"{self.brand} {self.product}" if self.brand else self.product


def read_repairs(lines: Iterable[str], source: str) -> Iterator[RepairRecord]:
    """Each row of an Open Repair Data CSV file; ``source`` is its name, for messages.

    Raises InputError with source and line for a wrong header or a malformed row.
    """
    for _, found in repairs_in(read_table(lines, source)):
        if isinstance(found, Problem):
            raise InputError(str(found))
        yield found


def repairs_in(table: Table) -> Iterator[tuple[int, RepairRecord | Problem]]:
    """Each row of a table as a record, or what is wrong with it, with its line.

    Raises InputError for a column that is missing.
    """
    table.require(NEEDED, "give an Open Repair Data CSV file, v0.3 or v0.2.1")
    standard = "v0.3" if any(column in table.columns for column in ADDED_IN_V03) else "v0.2.1"
    for row in table.rows:
        if isinstance(row, Problem):
            yield row.line, row
            continue
        try:
            yield row.line, parse_repair(row.values, standard)
        except FieldError as error:
            yield row.line, Problem(table.source, row.line, str(error))


def parse_repair(row: Mapping[str, str], standard: str = "v0.3") -> RepairRecord:
    """One CSV row, columns by name, as a record. Raises FieldError naming the column and its value."""
    fixometer, _, partner_product = row.get("partner_product_category", "").partition(" ~ ")
    return RepairRecord(
        row_id=_needed(row, "id"),
        provider=_needed(row, "data_provider"),
        country=_needed(row, "country"),
        product=_plain(partner_product) or _plain(fixometer) or _needed(row, "product_category"),
        category=_needed(row, "product_category"),
        fixometer_category=_plain(fixometer) or UNKNOWN,
        brand=_known(row.get("brand", "")),
        year=_year(row.get("year_of_manufacture", "")),
        age=_age(row.get("product_age", "")),
        outcome=_outcome(row["repair_status"]),
        barrier=_plain(row.get("repair_barrier_if_end_of_life", "")) or None,
        group=_plain(row.get("group_identifier", "")) or None,
        day=_day(row["event_date"]),
        problem=_plain(row.get("problem", "")) or None,
        standard=standard,
    )


def made_up_item(record: RepairRecord) -> ItemUri:
    """A made-up identity, always the same for the same row, that can never collide with a real product's.

    The GTIN stands for category, product and brand; it begins with 20 to 29, GS1's prefixes for restricted
    circulation (GS1 General Specifications 1.4.4). The serial number is M and a hash of the row's id.
    """
    kind = hashlib.sha256(f"{record.category}\n{record.product}\n{record.brand or UNKNOWN}".encode()).digest()
    payload = f"02{kind[0] % 10}{int.from_bytes(kind[1:9], 'big') % 10**10:010d}"
    serial = hashlib.sha256(record.row_id.encode()).hexdigest()[:11].upper()
    return gs1_item(with_check_digit(payload), f"M{serial}")


def coin(record: RepairRecord, what: str) -> bool:
    """A reproducible coin toss for made-up choices: a bit of the hash of the question and the row's id."""
    return bool(hashlib.sha256(f"{what}\n{record.row_id}".encode()).digest()[0] & 1)


def _plain(text: str) -> str:
    """The text on one line: the data has line breaks and control characters inside fields."""
    return re.sub(r"[\s\x00-\x1f\x7f]+", " ", text).strip()


def _needed(row: Mapping[str, str], column: str) -> str:
    value = _plain(row[column])
    if not value:
        raise FieldError(column, "", "every row needs one")
    return value


def _known(text: str) -> str | None:
    value = _plain(text)
    return None if value in ("", UNKNOWN) else value


def _year(text: str) -> int | None:
    if not text.strip().strip("?"):  # some providers of v0.2.1 write ???? where nobody knew
        return None
    if not re.fullmatch(r"[0-9]{4}", text.strip()):
        raise FieldError("year_of_manufacture", text, "give four digits or nothing")
    return int(text)


def _age(text: str) -> Decimal | None:
    if not text.strip():
        return None
    try:
        age = Decimal(text.strip())
    except InvalidOperation:
        age = Decimal("NaN")
    if not age.is_finite():
        raise FieldError("product_age", text, "give years as a number or nothing")
    return age


def _outcome(text: str) -> Outcome:
    try:
        return Outcome(text.strip())
    except ValueError:
        known = ", ".join(outcome.value for outcome in Outcome)
        raise FieldError("repair_status", text, f"give one of {known}") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise FieldError("event_date", text, "give a date as YYYY-MM-DD") from None
