"""Mapping files: how the export of any returns system reads as items, stages and grades.

A mapping is a TOML file (``samples/mappings`` has two). One row is one return of one item: it names the item, when
it came and where the case stands. The ledger's moves are stricter than most exports: between the stages that a code
stands for, the shortest legal way is taken, and every step on it that the file does not state says ``inferred: true``
and from which code. Inferred steps have no day of their own. Native codes are kept beside ours, with their scheme.
An item that comes twice in a file is imported once, from its first row; the other rows are reported.
"""

from __future__ import annotations

import tomllib
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from string import Formatter
from typing import Any, TypeVar
from urllib.parse import quote

from provenance.errors import FieldError, InputError
from provenance.interchange import play
from provenance.interchange.digital_link import ItemUri, gs1_item, parse_item_uri
from provenance.model.vocabulary import MOVES, Grade, Stage
from provenance.proofs.canonical import JsonValue

FORMAT = "returns-provenance mapping 1"
TOP = (
    "format",
    "name",
    "partner",
    "business",
    "made_up",
    "delimiter",
    "item",
    "columns",
    "dates",
    "stage",
    "grade",
)
IDENTIFIERS = (("gtin", "serial"), ("imei",), ("uri",))
COLUMNS = {
    "product": play.PUBLIC,
    "title": play.PUBLIC,
    "category": play.PUBLIC,
    "brand": play.PUBLIC,
    "problem": play.PUBLIC,
    "reference": play.PARTNERS,
    "notes": play.PARTNERS,
}
"""Fields of the details document that a column may fill, and who may read them."""

DAYS = ("received", "closed")

_T = TypeVar("_T")


def _name(member: Stage | Grade) -> str:
    return member.name.title().replace("_", "")


STAGES = {_name(stage): stage for stage in Stage if stage is not Stage.NONE}
GRADES = {_name(grade): grade for grade in Grade if grade is not Grade.NONE}


@dataclass(frozen=True)
class Move:
    """A stage on the way, and whether the file says so or the rules alone do."""

    stage: Stage
    inferred: bool


@dataclass(frozen=True)
class StageCodes:
    """What the codes of a column mean: each the way that it stands for, from the intake on."""

    column: str
    scheme: str
    ways: Mapping[str, tuple[Move, ...]]


@dataclass(frozen=True)
class GradeCodes:
    """What the codes of a column mean; ``when_empty`` is assumed, and said to be, where a row has none."""

    column: str
    scheme: str
    grades: Mapping[str, Grade]
    when_empty: Grade


@dataclass(frozen=True)
class ExportMapping:
    """A mapping file, checked. ``made_up`` says that all of the file is."""

    name: str
    partner: str
    business: str
    made_up: bool
    delimiter: str | None
    identifier: Mapping[str, str]
    columns: Mapping[str, str]
    date_format: str
    stages: StageCodes
    grades: GradeCodes | None

    @property
    def needed_columns(self) -> tuple[str, ...]:
        """All columns that the mapping speaks of."""
        uri = self.identifier.get("uri")
        named = _placeholders(uri) if uri else tuple(self.identifier.values())
        graded = (self.grades.column,) if self.grades else ()
        return (*named, *self.columns.values(), self.stages.column, *graded)


@dataclass(frozen=True)
class ReturnCase:
    """What a row says: which item, its events, and its native stage code."""

    uri: ItemUri
    code: str
    steps: tuple[play.Step, ...]


def read_mapping(text: str, source: str) -> ExportMapping:
    """The mapping in a TOML document; ``source`` is its file's name.

    Raises InputError with the file, the entry, its value and what to do.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{source} is no TOML: {error}") from error
    try:
        return _mapping(document)
    except FieldError as error:
        raise InputError(f"{source}: {error}") from error


def way(stages: Iterable[Stage]) -> tuple[Move, ...]:
    """The moves from Received through these stages in their order, with what the rules want between them.

    Raises FieldError where no moves lead from one to the next.
    """
    moves: list[Move] = []
    at = Stage.RECEIVED
    for stage in stages:
        between = _shortest(at, stage)
        if between is None:
            raise FieldError("stage", _name(stage), f"no moves lead there from {_name(at)}; leave one out")
        moves += [Move(passed, inferred=True) for passed in between[:-1]]
        if between:
            moves.append(Move(stage, inferred=False))
        at = stage
    return tuple(moves)


def read_case(mapping: ExportMapping, row: Mapping[str, str], source: str, today: date) -> ReturnCase:
    """One row as an item with its events. Raises FieldError naming the column, its value and what to do."""
    uri = _identified(mapping.identifier, row)
    code = row[mapping.stages.column].strip()
    moves = _meaning(mapping.stages.column, code, mapping.stages.ways)
    grade, assessed = _grade(mapping, row)
    if grade is Grade.NONE and any(move.stage is Stage.EVALUATED for move in moves):
        column = mapping.grades.column if mapping.grades else "grade"
        raise FieldError(column, "", f"an item that is {code} was graded: give a grade, or grade.when_empty")
    days = {name: _day(mapping, row, name, today) for name in DAYS if name in mapping.columns}
    native: dict[str, JsonValue] = {"stageScheme": mapping.stages.scheme, "stageCode": code, **assessed}
    taken_in = _said(mapping, row) | _event(mapping, days.get("received"), source=source)
    if not moves:
        taken_in |= _event(mapping, days.get("received"), **native)
    if not days.get("received"):
        taken_in |= _inferred(mapping, code)
    steps: list[play.Step] = [play.TakeIn(mapping.partner, taken_in)]
    for place, move in enumerate(moves):
        last = place == len(moves) - 1
        fields = _inferred(mapping, code) if move.inferred else _event(mapping, None, stageCode=code)
        if last:
            fields = _event(mapping, days.get("closed"), **native)
        steps.append(play.Report(mapping.partner, move.stage, grade, fields))
    return ReturnCase(uri, code, tuple(steps))


def _mapping(document: dict[str, Any]) -> ExportMapping:
    _only("", document, TOP)
    if document.get("format") != FORMAT:
        raise FieldError("format", document.get("format"), f"this version reads {FORMAT}")
    columns = _table(document, "columns")
    _only("columns", columns, (*COLUMNS, *DAYS))
    _text(columns, "product", "columns.")
    dates = document.get("dates", {"format": "%Y-%m-%d"})
    return ExportMapping(
        name=_text(document, "name"),
        partner=_text(document, "partner"),
        business=_text({"business": "takes returned products in"} | document, "business"),
        made_up=_truth(document, "made_up"),
        delimiter=_delimiter(document),
        identifier=_identifier(_table(document, "item")),
        columns={name: _text(columns, name, "columns.") for name in columns},
        date_format=_text(dates, "format", "dates."),
        stages=_stage_codes(_table(document, "stage")),
        grades=_grade_codes(_table(document, "grade")) if "grade" in document else None,
    )


def _identifier(table: dict[str, Any]) -> dict[str, str]:
    if tuple(sorted(table)) not in {tuple(sorted(names)) for names in IDENTIFIERS}:
        raise FieldError(
            "item", ", ".join(table), "give columns for gtin and serial, or imei, or a uri template"
        )
    found = {name: _text(table, name, "item.") for name in table}
    if "uri" in found and not _placeholders(found["uri"]):
        raise FieldError("item.uri", found["uri"], "name a column in braces, as in urn:example:{Asset tag}")
    return found


def _placeholders(template: str) -> tuple[str, ...]:
    try:
        return tuple(name for _, name, _, _ in Formatter().parse(template) if name)
    except ValueError as error:
        raise FieldError("item.uri", template, f"close every brace ({error})") from error


def _stage_codes(table: dict[str, Any]) -> StageCodes:
    _only("stage", table, ("column", "scheme", "codes"))
    ways = {code: _way(code, value) for code, value in _table(table, "codes", "stage.").items()}
    return StageCodes(_text(table, "column", "stage."), _text(table, "scheme", "stage."), ways)


def _way(code: str, value: object) -> tuple[Move, ...]:
    entry = f"stage.codes.{code}"
    named = value if isinstance(value, list) else [value]
    try:
        return way([_word(entry, name, STAGES) for name in named])
    except FieldError as error:
        if error.field == entry:
            raise
        raise FieldError(entry, ", ".join(map(str, named)), f"{error.value}: {error.remedy}") from None


def _grade_codes(table: dict[str, Any]) -> GradeCodes:
    _only("grade", table, ("column", "scheme", "codes", "when_empty"))
    codes = _table(table, "codes", "grade.")
    empty = table.get("when_empty")
    return GradeCodes(
        _text(table, "column", "grade."),
        _text(table, "scheme", "grade."),
        {code: _word(f"grade.codes.{code}", value, GRADES) for code, value in codes.items()},
        _word("grade.when_empty", empty, GRADES) if empty is not None else Grade.NONE,
    )


def _shortest(start: Stage, end: Stage) -> tuple[Stage, ...] | None:
    """The stages after ``start`` up to ``end`` on a shortest way; nobody is inferred to have lost an item."""
    ways: deque[tuple[Stage, ...]] = deque([()])
    seen = {start, Stage.MISSING} - {end}
    while ways:
        passed = ways.popleft()
        at = passed[-1] if passed else start
        if at is end:
            return passed
        for after in sorted(MOVES[at] - seen):
            seen.add(after)
            ways.append((*passed, after))
    return None


def _identified(identifier: Mapping[str, str], row: Mapping[str, str]) -> ItemUri:
    if "gtin" in identifier:
        return gs1_item(row[identifier["gtin"]].strip(), row[identifier["serial"]].strip())
    if "imei" in identifier:
        return parse_item_uri(f"urn:imei:{row[identifier['imei']].strip()}")
    template = identifier["uri"]
    values = {name: quote(row[name].strip(), safe="") for name in _placeholders(template)}
    for name, value in values.items():
        if not value:
            raise FieldError(name, "", "every row needs one: the item is known by it")
    parts = Formatter().parse(template)
    return parse_item_uri("".join(text + (values[name] if name else "") for text, name, _, _ in parts))


def _meaning(column: str, code: str, codes: Mapping[str, _T]) -> _T:
    if code not in codes:
        raise FieldError(column, code, f"the mapping knows {', '.join(codes)}; add the code to it")
    return codes[code]


def _grade(mapping: ExportMapping, row: Mapping[str, str]) -> tuple[Grade, dict[str, JsonValue]]:
    if mapping.grades is None:
        return Grade.NONE, {}
    code = row[mapping.grades.column].strip()
    if not code:
        assumed: dict[str, JsonValue] = {"gradeAssumed": True} if mapping.grades.when_empty else {}
        return mapping.grades.when_empty, assumed
    grade = _meaning(mapping.grades.column, code, mapping.grades.grades)
    return grade, {"gradeScheme": mapping.grades.scheme, "gradeCode": code}


def _day(mapping: ExportMapping, row: Mapping[str, str], name: str, today: date) -> date | None:
    text = row[mapping.columns[name]].strip()
    if not text:
        return None
    try:
        day = datetime.strptime(text, mapping.date_format).date()
    except ValueError:
        raise FieldError(mapping.columns[name], text, f"give a date as {mapping.date_format}") from None
    if day > today:
        raise FieldError(mapping.columns[name], text, "this day has not come yet")
    return day


def _said(mapping: ExportMapping, row: Mapping[str, str]) -> dict[str, tuple[JsonValue, str]]:
    found = {
        name: " ".join(row[mapping.columns[name]].split()) for name in COLUMNS if name in mapping.columns
    }
    title = found.get("title") or " ".join(filter(None, (found.get("brand"), found["product"])))
    return {name: (value, COLUMNS[name]) for name, value in (found | {"title": title}).items() if value}


def _event(mapping: ExportMapping, day: date | None, **values: JsonValue) -> dict[str, tuple[JsonValue, str]]:
    made_up: JsonValue = ["event", "gtin", "serial"] if mapping.made_up else None
    fields = values | {"occurredAt": day.isoformat() if day else None, "madeUp": made_up}
    return {name: (value, play.PUBLIC) for name, value in fields.items() if value is not None}


def _inferred(mapping: ExportMapping, code: str) -> dict[str, tuple[JsonValue, str]]:
    return _event(mapping, None, inferred=True, inferredFrom=f"{mapping.stages.scheme}: {code}")


def _only(where: str, table: Mapping[str, Any], known: Iterable[str]) -> None:
    for name in table:
        if name not in known:
            raise FieldError(
                f"{where}.{name}".lstrip("."), table[name], f"no such entry; give {', '.join(known)}"
            )


def _table(document: Mapping[str, Any], name: str, where: str = "") -> dict[str, Any]:
    found = document.get(name)
    if not isinstance(found, dict) or not found:
        raise FieldError(f"{where}{name}", found, f"give a table [{where}{name}]")
    return found


def _text(document: Mapping[str, Any], name: str, where: str = "") -> str:
    found = document.get(name)
    if not isinstance(found, str) or not found.strip():
        raise FieldError(f"{where}{name}", found, "give text")
    return found


def _truth(document: Mapping[str, Any], name: str) -> bool:
    found = document.get(name, False)
    if not isinstance(found, bool):
        raise FieldError(name, found, "give true or false")
    return found


def _delimiter(document: Mapping[str, Any]) -> str | None:
    found = document.get("delimiter")
    if found is not None and (not isinstance(found, str) or len(found) != 1):
        raise FieldError("delimiter", found, "give one character, or leave it out")
    return found


def _word(entry: str, value: object, words: Mapping[str, _T]) -> _T:
    if not isinstance(value, str) or value not in words:
        raise FieldError(entry, value, f"give one of {', '.join(words)}")
    return words[value]
