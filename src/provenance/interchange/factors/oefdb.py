"""Tables of the Open Emission Factors DB: rows of many sources, years and regions, each with a unit of its own.

Source: motin/Open-Emission-Factors-DB (CC BY-SA 4.0). One set takes the rows of one source, year and region: others
count by other rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from provenance.errors import FieldError, InputError
from provenance.interchange.factors.checks import Placed
from provenance.interchange.factors.findings import Finding, Kind
from provenance.interchange.factors.units import convert
from provenance.interchange.tables import Problem, TableRow, read_table
from provenance.model.factors import FactorRow, Printed
from provenance.model.sustainability.amounts import parse_decimal

COLUMNS = (
    "category",
    "id",
    "name",
    "unit",
    "factor",
    "uncertainty",
    "source",
    "year",
    "region",
    "source_link",
    "lca_activity",
)
LICENCE = "CC BY-SA 4.0, Open Emission Factors DB; the figures under their source's terms"
GWP = "as the source took it; the table does not say"


@dataclass(frozen=True)
class Origin:
    """Whose factors: of which year and region."""

    source: str
    year: str
    region: str

    def __str__(self) -> str:
        return f"{self.source}/{self.year}/{self.region}"


def parse_origin(text: str) -> Origin:
    """SOURCE/YEAR/REGION, such as ``BEIS/2021/GB``. Raises FieldError."""
    parts = [part.strip() for part in text.split("/")]
    if len(parts) != 3 or not all(parts):
        raise FieldError("only", text, "give SOURCE/YEAR/REGION, such as BEIS/2021/GB")
    return Origin(*parts)


def read_oefdb(
    lines: Sequence[str], source: str, only: Origin | None
) -> tuple[list[Placed], list[Finding], int]:
    """The rows of one origin, what is wrong with them, and how many could not be read.

    Raises InputError where the table holds several origins and none is chosen, or none of the chosen.
    """
    table = read_table(lines, source, ",")
    table.require(COLUMNS, "give a table of the Open Emission Factors DB")
    found = list(table.rows)
    origins = Counter(_origin(row) for row in found if isinstance(row, TableRow))
    chosen = only or _only_one(origins, source)
    if chosen not in origins:
        raise InputError(f"{source}: no row is of {chosen}: choose one of {_listed(origins)}")
    placed: list[Placed] = []
    findings: list[Finding] = []
    unread = 0
    for row in found:
        if isinstance(row, Problem):
            findings.append(Finding(Kind.INCOMPLETE, source, row.line, "row", "unreadable", row.reason))
            unread += 1
        elif _origin(row) == chosen:
            try:
                placed.append(_row(row))
            except FieldError as error:
                kind = Kind.UNIT if error.field == "unit" else Kind.NO_NUMBER
                field = f"{error.field} of {row.values['name']}"
                findings.append(Finding(kind, source, row.line, field, str(error.value), error.remedy))
                unread += 1
    return placed, findings, unread


def _origin(row: TableRow) -> Origin:
    return Origin(*(row.values[name].strip() for name in ("source", "year", "region")))


def _only_one(origins: Counter[Origin], source: str) -> Origin:
    if len(origins) == 1:
        return next(iter(origins))
    raise InputError(
        f"{source}: rows of several origins do not mix: choose one with --only: {_listed(origins)}"
    )


def _listed(origins: Counter[Origin]) -> str:
    return ", ".join(f"{origin} ({count} rows)" for origin, count in origins.most_common())


def _row(row: TableRow) -> Placed:
    values = {name: row.values[name].strip() for name in COLUMNS}
    value, unit = convert(parse_decimal(values["factor"], "factor"), values["unit"])
    uncertainty = values["uncertainty"]
    return Placed(
        row.line,
        FactorRow(
            values["category"],
            values["name"],
            value,
            unit,
            Printed(values["factor"], values["unit"]),
            f"{values['source']} {values['year']}, {values['region']}, {values['source_link']}",
            LICENCE,
            gwp=GWP,
            uncertainty=parse_decimal(uncertainty, "uncertainty") if uncertainty else None,
            boundary=values["lca_activity"].replace("_", " "),
            note=values["id"],
        ),
        values["category"],
    )
