"""Any factor table: which one it is, its rows, what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from provenance.errors import FieldError, InputError
from provenance.interchange.factors import fixometer, oefdb, warm
from provenance.interchange.factors.checks import Placed, check_rows
from provenance.interchange.factors.findings import Finding
from provenance.interchange.factors.oefdb import Origin, read_oefdb
from provenance.interchange.factors.plain_table import read_plain_table
from provenance.interchange.factors.warm import read_warm
from provenance.model.factors import Purpose

MAX_BYTES = 64 * 1024 * 1024
FIXOMETER, WARM, OEFDB, PLAIN = "fixometer", "warm", "oefdb", "table"


@dataclass(frozen=True)
class SourceFile:
    """A file as it was given: its name, for messages, and its bytes."""

    name: str
    content: bytes

    def lines(self) -> list[str]:
        """Its lines, their endings kept. Raises InputError for what is no UTF-8 or too large."""
        if len(self.content) > MAX_BYTES:
            raise InputError(f"{self.name} has {len(self.content)} bytes: give at most {MAX_BYTES}")
        try:
            return self.content.decode("utf-8-sig").splitlines(keepends=True)
        except UnicodeDecodeError as error:
            raise InputError(f"{self.name} is no UTF-8 (byte {error.start}): save it as UTF-8") from None


@dataclass(frozen=True)
class Reading:
    """What a table holds. ``unread`` counts the rows that are not among ``rows``, each named by a finding."""

    format: str
    rows: tuple[Placed, ...]
    findings: tuple[Finding, ...]
    unread: int

    def require_purpose(self, purpose: Purpose) -> None:
        """Raises FieldError where the table's factors cannot serve the purpose."""
        if purpose is Purpose.INVENTORY and self.format in (FIXOMETER, WARM):
            raise FieldError(
                "purpose",
                purpose.value,
                f"the factors of {self.format} say what is avoided: give comparative",
            )


def read_factors(file: SourceFile, means: SourceFile | None = None, only: Origin | None = None) -> Reading:
    """The table, by its columns. ``means`` is a published summary to compare rebuilt means with, ``only`` whose rows.

    Raises InputError for a file that is no factor table, or options that do not fit it.
    """
    lines = file.lines()
    kind = _format(lines)
    if means is not None and kind != FIXOMETER:
        raise InputError(
            f"{file.name}: a summary of means (--means) goes with raw product rows only: leave it out"
        )
    if only is not None and kind != OEFDB:
        raise InputError(f"{file.name}: it holds rows of one origin: leave --only out")
    if kind == FIXOMETER:
        return _read_fixometer(file, lines, means)
    if kind == OEFDB:
        placed, findings, unread = read_oefdb(lines, file.name, only)
    elif kind == WARM:
        placed, findings, unread = read_warm(lines, file.name)
    else:
        placed, findings, unread = read_plain_table(lines, file.name)
    return Reading(kind, tuple(placed), (*findings, *check_rows(placed, file.name)), unread)


def _read_fixometer(file: SourceFile, lines: Sequence[str], means: SourceFile | None) -> Reading:
    products, findings, unread = fixometer.read_products(lines, file.name)
    rows = tuple(fixometer.rebuilt_rows(products))
    found = [*fixometer.check_products(products, file.name), *check_rows(rows, file.name), *findings]
    if means is not None:  # what the set itself says comes first
        published = fixometer.read_means(means.lines(), means.name)
        found = [*fixometer.compare_means(products, published, means.name), *found]
    return Reading(FIXOMETER, rows, tuple(found), unread)


def _format(lines: Sequence[str]) -> str:
    if any(fixometer.CATEGORY in line for line in lines[:3]):
        return FIXOMETER
    header = lines[0] if lines else ""
    if warm.PER_SHORT_TON in header:
        return WARM
    return OEFDB if "lca_activity" in header and oefdb.COLUMNS[1] in header else PLAIN
