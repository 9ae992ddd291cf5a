"""WARM v15: emissions of what becomes of a material, by mass.

Source: US EPA, Waste Reduction Model v15, as the public matrices of USEPA/WARMer give it. Printed in metric tonnes of
CO2e per *short* ton; a second column in kg per kg is compared and not used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from provenance.errors import FieldError
from provenance.interchange.factors.checks import Placed
from provenance.interchange.factors.findings import Finding, Kind
from provenance.interchange.factors.numbers import half_a_place
from provenance.interchange.factors.units import convert
from provenance.interchange.tables import Problem, TableRow, read_table
from provenance.model.factors import FactorRow, Printed
from provenance.model.sustainability.amounts import parse_decimal, plain

PER_SHORT_TON, PER_KG = "mtco2e_per_short_ton", "kgco2e_per_kg"
COLUMNS = ("process", "category", PER_SHORT_TON, PER_KG, "gwp_set")
UNIT = "MTCO2E/short ton"
SOURCE = "US EPA, Waste Reduction Model (WARM) v15, matrices of USEPA/WARMer"
LICENCE = "MIT (USEPA/WARMer); WARM itself is a work of the US government"
BOUNDARY = "from waste generation on; collection and transport to the facility are included"
_MATERIAL = re.compile(
    r"(?:(?:MSW )?(?:combustion|composting|landfilling|recycling)|Anaerobic digestion) of ([^;]+)(?:;.*)?"
)


def read_warm(lines: Sequence[str], source: str) -> tuple[list[Placed], list[Finding], int]:
    """The rows, what is wrong with them, and how many could not be read."""
    table = read_table(lines, source, ",")
    table.require(COLUMNS, "give the table of WARM v15 processes")
    placed: list[Placed] = []
    findings: list[Finding] = []
    unread = 0
    for row in table.rows:
        if isinstance(row, Problem):
            findings.append(Finding(Kind.INCOMPLETE, source, row.line, "row", "unreadable", row.reason))
            unread += 1
            continue
        try:
            placed.append(_row(row))
        except FieldError as error:
            findings.append(
                Finding(Kind.NO_NUMBER, source, row.line, error.field, str(error.value), error.remedy)
            )
            unread += 1
            continue
        findings += _disagreement(row, placed[-1].row.value, source)
    return placed, findings, unread


def _row(row: TableRow) -> Placed:
    values = {name: row.values[name].strip() for name in COLUMNS}
    value, unit = convert(parse_decimal(values[PER_SHORT_TON], PER_SHORT_TON), UNIT)
    material = _MATERIAL.fullmatch(values["process"])
    return Placed(
        row.line,
        FactorRow(
            values["category"],
            material[1].strip() if material else values["process"],
            value,
            unit,
            Printed(values[PER_SHORT_TON], UNIT),
            SOURCE,
            LICENCE,
            gwp=values["gwp_set"],
            boundary=BOUNDARY,
            note=values["process"],
        ),
        values["category"],
    )


def _disagreement(row: TableRow, value: Decimal, source: str) -> list[Finding]:
    """The column per kg against the one per short ton, as far as both were printed."""
    printed = row.values[PER_KG].strip()
    try:
        said = parse_decimal(printed, PER_KG)
    except FieldError as error:
        return [Finding(Kind.NO_NUMBER, source, row.line, PER_KG, printed, error.remedy)]
    slack, _ = convert(half_a_place(row.values[PER_SHORT_TON]), UNIT)
    if abs(said - value) <= slack + half_a_place(printed):
        return []
    remedy = f"{PER_SHORT_TON} gives {plain(value)} (a short ton is 907.18474 kg): the set takes this"
    return [Finding(Kind.COLUMNS, source, row.line, f"{PER_KG} of {row.values['process']}", printed, remedy)]
