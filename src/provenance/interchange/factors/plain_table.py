"""A table of one's own: a CSV file with a row for each factor.

Columns ``activity``, ``subject``, ``value``, ``unit``, ``source``, ``licence``; where known ``gwp``, ``uncertainty`` (half the
95 % confidence interval, per cent), ``boundary``, ``note``.
"""

from __future__ import annotations

from collections.abc import Sequence

from provenance.errors import FieldError
from provenance.interchange.factors.checks import Placed
from provenance.interchange.factors.findings import Finding, Kind
from provenance.interchange.factors.units import convert
from provenance.interchange.tables import Problem, TableRow, read_table
from provenance.model.factors import FactorRow, Printed, Unit
from provenance.model.sustainability.amounts import parse_decimal

COLUMNS = ("activity", "subject", "value", "unit", "source", "licence")


def read_plain_table(lines: Sequence[str], source: str) -> tuple[list[Placed], list[Finding], int]:
    """The rows, what is wrong with them, and how many could not be read."""
    table = read_table(lines, source)
    table.require(COLUMNS, f"give a CSV file with the columns {', '.join(COLUMNS)}")
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
                Finding(_kind(error), source, row.line, error.field, str(error.value), error.remedy)
            )
            unread += 1
    return placed, findings, unread


def _kind(error: FieldError) -> Kind:
    if error.field == "unit":
        return Kind.UNIT
    return Kind.NO_NUMBER if error.field in ("value", "uncertainty") else Kind.INCOMPLETE


def _row(row: TableRow) -> Placed:
    def text(name: str) -> str:
        return row.values.get(name, "").strip()

    value, unit = convert(parse_decimal(text("value"), "value"), text("unit"))
    is_mass = unit is Unit.MASS_PER_ITEM
    return Placed(
        row.line,
        FactorRow(
            text("activity"),
            text("subject"),
            value,
            unit,
            Printed(text("value"), text("unit")),
            text("source"),
            text("licence"),
            gwp=None if is_mass else text("gwp") or "not stated",
            uncertainty=parse_decimal(text("uncertainty"), "uncertainty") if text("uncertainty") else None,
            boundary=text("boundary"),
            note=text("note"),
        ),
        text("activity"),
    )
