"""Importing a file: look through it once, say what is wrong with it, then play every good row to its end.

Nothing is remembered between runs but what the ledger holds: the same file again records nothing, and an import
that was killed goes on where the chain is. Memory holds one group of items, and a mark and a line for each row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Protocol

from provenance.errors import FieldError
from provenance.interchange import play
from provenance.interchange.digital_link import ItemUri
from provenance.interchange.mappings import ExportMapping, read_case, read_mapping
from provenance.interchange.ords import made_up_item, repairs_in
from provenance.interchange.tables import Problem, Table, TableRow, read_table
from provenance.model.hashing import keccak
from provenance.model.vocabulary import HANDLERS
from provenance.workflows.network import Network
from provenance.workflows.playing import Cast, Part, Played, SamplePartner, part, perform
from provenance.workflows.textfiles import open_text

SHOWN_PROBLEMS = 1_000
"""How many problems a report keeps word for word; all are counted, and all are told as they are found."""


@dataclass(frozen=True)
class Row:
    """What a row of a file says of one item: its identity, how it ended in the file's own word, its events."""

    line: int
    uri: ItemUri
    outcome: str
    steps: tuple[play.Step, ...]
    made_up: bool


class Source(Protocol):
    """A file to import: each look at it begins from its first row."""

    @property
    def name(self) -> str: ...
    @property
    def encoding(self) -> str: ...
    def rows(self) -> Iterator[Row | Problem]: ...


@dataclass(frozen=True)
class RepairFile:
    """An Open Repair Data file; ``limit`` is how many of its rows are looked at, None for all."""

    path: Path
    encoding: str
    limit: int | None = None

    @property
    def name(self) -> str:
        return self.path.name

    def rows(self) -> Iterator[Row | Problem]:
        """Raises InputError for a file of another kind."""
        table = read_table(open_text(self.path).lines(), self.name)
        for line, found in islice(repairs_in(table), self.limit):
            if isinstance(found, Problem):
                yield found
            else:
                yield Row(line, made_up_item(found), found.outcome.value, play.steps(found), made_up=True)


@dataclass(frozen=True)
class MappedFile:
    """Any system's export, read by a mapping; ``today`` is the day after which nothing in it can have happened."""

    path: Path
    encoding: str
    mapping: ExportMapping
    today: date
    limit: int | None = None

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def partners(self) -> dict[str, SamplePartner]:
        """The one partner who records what the file says, with a key that may report every stage."""
        name = self.mapping.partner
        return {name: SamplePartner(name, self.mapping.business, {f"{name} desk": HANDLERS})}

    def rows(self) -> Iterator[Row | Problem]:
        """Raises InputError where the file lacks a column that the mapping names."""
        table = read_table(open_text(self.path).lines(), self.name, self.mapping.delimiter)
        table.require(
            self.mapping.needed_columns, f"correct the mapping, or export it; there is {_list(table)}"
        )
        for row in islice(table.rows, self.limit):
            yield row if isinstance(row, Problem) else self._read(row)

    def _read(self, row: TableRow) -> Row | Problem:
        try:
            case = read_case(self.mapping, row.values, f"{self.mapping.name}, {self.name}", self.today)
        except FieldError as error:
            return Problem(self.name, row.line, str(error))
        return Row(row.line, case.uri, case.code, case.steps, self.mapping.made_up)


def _list(table: Table) -> str:
    return ", ".join(table.columns)


@dataclass
class Report:
    """What a file holds, and what became of it. ``outcomes`` counts the good rows by the file's own word."""

    file: str
    encoding: str
    rows: int = 0
    items: int = 0
    events: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    malformed: int = 0
    problems: list[Problem] = field(default_factory=list)
    played: Played = field(default_factory=Played)

    @property
    def whole(self) -> int:
        """Good rows whose history is whole on chain."""
        return self.played.items - self.played.stuck

    def as_json(self) -> dict[str, object]:
        """The report as ``--json`` prints it."""
        return {
            "file": self.file,
            "encoding": self.encoding,
            "rows": self.rows,
            "outcomes": dict(sorted(self.outcomes.items())),
            "imported_items": self.whole - self.played.items_before,
            "imported_events": self.played.events - self.played.events_before,
            "already_recorded_items": self.played.items_before,
            "already_recorded_events": self.played.events_before,
            "stuck_items": self.played.stuck,
            "malformed_rows": self.malformed,
            "problems": [{"line": each.line, "reason": each.reason} for each in self.problems],
        }


def repair_file(path: Path, limit: int | None = None) -> RepairFile:
    """The Open Repair Data file at the path. Raises InputError for what cannot be read."""
    return RepairFile(path, open_text(path).encoding, limit)


def mapped_file(path: Path, mapping: Path, today: date, limit: int | None = None) -> MappedFile:
    """The export at the path, with its mapping file. Raises InputError for either that cannot be read."""
    text = "".join(open_text(mapping).lines())
    return MappedFile(path, open_text(path).encoding, read_mapping(text, mapping.name), today, limit)


def look_through(source: Source, tell: Callable[[Problem], None]) -> Report:
    """Counts what is in the file without recording anything; ``tell`` hears of every row that cannot be imported.

    Raises InputError for a file of another kind.
    """
    report = Report(source.name, source.encoding)
    for found in _distinct(source):
        report.rows += 1
        if isinstance(found, Problem):
            report.malformed += 1
            _note(report, found, tell)
        else:
            report.items += 1
            report.events += len(found.steps)
            report.outcomes[found.outcome] += 1
    return report


def import_rows(
    network: Network,
    cast: Cast,
    source: Source,
    report: Report,
    *,
    notice: Callable[[int], None],
    tell: Callable[[Problem], None],
) -> None:
    """Plays the good rows to their end, and completes the report.

    ``notice`` hears how many of the file's events are recorded, ``tell`` of each item that gets no further.
    """
    lines: dict[bytes, int] = {}

    def parts() -> Iterator[Part]:
        for row in _distinct(source):
            if isinstance(row, Row):
                made = part(row.uri, row.steps, cast.keyring, made_up=row.made_up)
                lines[made.name.item] = row.line
                yield made

    def stuck(part: Part, reason: str) -> None:
        line = lines[part.name.item]
        _note(report, Problem(source.name, line, f"item {part.name.uri} gets no further: {reason}"), tell)

    report.played = perform(network, cast, parts(), notice, stuck)


def _note(report: Report, problem: Problem, tell: Callable[[Problem], None]) -> None:
    tell(problem)
    if len(report.problems) < SHOWN_PROBLEMS:
        report.problems.append(problem)


def _distinct(source: Source) -> Iterator[Row | Problem]:
    """The rows; one that names an item again is a problem, for nobody knows which of the two is right."""
    seen: set[bytes] = set()
    for found in source.rows():
        if isinstance(found, Problem):
            yield found
            continue
        mark = keccak(found.uri.uri.encode())[:16]
        if mark in seen:
            yield Problem(
                source.name, found.line, "an earlier row has the same id: only the first is imported"
            )
            continue
        seen.add(mark)
        yield found
