"""Lists as tables (CSV, RFC 4180): every entry, as one moment of the index has it, few in memory at once."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from provenance.store.database import Database
from provenance.workflows import answers, listing, members
from provenance.workflows.paging import Question, Roll
from provenance.workflows.tracing import Freshness
from provenance_api.answering import UNCHANGED, Responses, problems
from provenance_api.caching import VARY, list_tag, unchanged

Entry = TypeVar("Entry")
Asking = TypeVar("Asking", bound=Question)
ROWS_AT_ONCE = 200
SIGNED = ("by.partner", "by.name", "by.key")
RECORDED = ("recorded", "block", "log_index", "transaction", "digest", "final")


@dataclass(frozen=True)
class Table(Generic[Asking, Entry]):
    """One list as a table. A column is a member of an entry's JSON form; ``by.name`` is one within another."""

    roll: Roll[Asking, Entry]
    row: Callable[[Entry], dict[str, Any]]
    columns: tuple[str, ...]

    def answer(self, request: Request, index: Database, asking: Asking) -> Response:
        """Every entry; the headers say as of which block."""
        seen = listing.state(index)
        tag = list_tag(seen, request)
        if answered := unchanged(request, tag):
            return answered
        entries = self.roll.every(index, asking)
        freshness = next(entries)
        assert isinstance(freshness, Freshness)  # it always comes first
        headers = {
            "As-Of-Block": str(freshness.as_of_block),
            "Finalized-Block": str(freshness.finalized_block),
            "Complete": str(freshness.complete).lower(),
            "Content-Disposition": f'attachment; filename="{self.roll.name}.csv"',
            **VARY,
        }
        # What is read from now on is as of one moment between the two looks: the same, if they saw the same.
        if listing.state(index) == seen:
            headers["ETag"] = tag
        return StreamingResponse(self._lines(entries), media_type="text/csv", headers=headers)

    async def _lines(self, entries: Iterator[Freshness | Entry]) -> AsyncIterator[str]:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow([column.replace(".", "_") for column in self.columns])
        for place, found in enumerate(entries, 1):
            assert not isinstance(found, Freshness)  # only the first was
            document = self.row(found)
            writer.writerow([_cell(_member(document, column)) for column in self.columns])
            if place % ROWS_AT_ONCE == 0:
                yield _taken(text)
        yield _taken(text)


def described(entry: str) -> Responses:
    """What a table may be answered with, for the OpenAPI document."""
    words = f"A header row, then one row {entry}."
    return {200: {"content": {"text/csv": {}}, "description": words}, **problems(), **UNCHANGED}


def _member(document: dict[str, Any], column: str) -> object:
    name, _, rest = column.partition(".")
    value = document[name]
    if not rest:
        return value
    return None if value is None else _member(value, rest)


def _cell(value: object) -> object:
    """Text that a spreadsheet would run as a formula is marked as text (OWASP, CSV injection)."""
    if isinstance(value, list):
        value = " ".join(str(part) for part in value)
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _taken(text: io.StringIO) -> str:
    written = text.getvalue()
    text.seek(0)
    text.truncate()
    return written


ITEMS = Table(
    listing.ITEMS,
    answers.item_json,
    (
        "id", "uri", "gtin", "serial", "title", "category", "brand", "made_up_identity", "stage", "grade",
        "grade_number", "on_hold", "custodian.partner", "custodian.name", "events", "challenges", "slot",
        "last_block", "last_time", "final",
    ),
)  # fmt: skip
EVENTS = Table(
    listing.EVENTS,
    answers.event_entry_json,
    (
        "item", "uri", "title", "seq", "kind", "what", "stage", "grade", *SIGNED, "to.partner", "to.name", "to.key",
        "corrects", "corrected_by", "answers", *RECORDED,
    ),
)  # fmt: skip
CHALLENGES = Table(
    listing.CHALLENGES,
    answers.challenge_entry_json,
    ("item", "uri", "title", "count", "challenged", "answered_by", *SIGNED, *RECORDED),
)
HOLDS = Table(
    listing.HOLDS,
    answers.hold_json,
    ("item.id", "item.uri", "item.title", "item.stage", "seq", *SIGNED, "recorded", "block"),
)
PARTNERS = Table(
    members.PARTNERS,
    answers.partner_entry_json,
    ("partner", "name", "business", "made_up", "allowed_roles", "suspended", "keys", "name_hash"),
)
KEYS = Table(
    members.KEYS,
    answers.key_json,
    ("key", "partner.partner", "partner.name", "roles", "kind", "valid_from", "valid_to", "valid"),
)
