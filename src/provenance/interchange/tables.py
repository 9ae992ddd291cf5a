"""Tables as other systems export them: CSV with any usual delimiter and line ending, one row at a time.

Source: RFC 4180, and what spreadsheets make of it. A row that cannot be read is handed on as such, with its line:
nothing is swallowed, and the rows after it are read.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from provenance.errors import InputError

if TYPE_CHECKING:
    from _csv import Reader

DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class TableRow:
    """One row: its columns by name. ``line`` is where it begins; the first line of a file is 1."""

    line: int
    values: dict[str, str]


@dataclass(frozen=True)
class Problem:
    """A row that was not read, and why: one line for a person."""

    source: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.source}, line {self.line}: {self.reason}"


@dataclass(frozen=True)
class Table:
    """A header and, once, its rows. ``source`` is the file's name, for messages."""

    source: str
    columns: tuple[str, ...]
    rows: Iterator[TableRow | Problem]

    def require(self, columns: Iterable[str], remedy: str) -> None:
        """Raises InputError that names the first of these columns that is missing."""
        for column in columns:
            if column not in self.columns:
                raise InputError(f"{self.source}: column {column} is missing: {remedy}")


def read_table(lines: Iterable[str], source: str, delimiter: str | None = None) -> Table:
    """The table in the lines, their endings kept. Without a ``delimiter`` the commonest of the header is taken.

    Raises InputError where there is no header, or a column comes twice.
    """
    remaining = iter(lines)
    first = next(remaining, "")
    reader = csv.reader(chain([first], remaining), delimiter=delimiter or _delimiter(first), strict=True)
    try:
        columns = tuple(name.strip() for name in next(reader, []))
    except csv.Error as error:
        raise InputError(f"{source}, line 1: the header cannot be read: {error}") from error
    if not any(columns):
        raise InputError(f"{source}: the file begins with no header: give a CSV file with column names")
    for column in columns:
        if columns.count(column) > 1 and column:
            raise InputError(f"{source}: column {column} comes twice: give each column a name of its own")
    return Table(source, columns, _rows(reader, columns, source))


def _delimiter(header: str) -> str:
    return max(DELIMITERS, key=header.count)


def _rows(reader: Reader, columns: tuple[str, ...], source: str) -> Iterator[TableRow | Problem]:
    while True:
        line = reader.line_num + 1
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Problem(source, line, f"the row{_span(line, reader.line_num)} is no CSV: {error}")
            continue
        if not values:  # an empty line
            continue
        if len(values) != len(columns):
            reason = (
                f"the row{_span(line, reader.line_num)} has {len(values)} fields, the header {len(columns)}"
            )
            yield Problem(source, line, reason)
            continue
        yield TableRow(line, dict(zip(columns, values, strict=True)))


def _span(first: int, last: int) -> str:
    return f", up to line {last}," if last > first else ""
