"""Reading lists page by page. A cursor is opaque to readers: it carries its list, filters, order and the last row."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Generic, Self, TypeVar

from provenance.errors import InputError
from provenance.store.database import Connection, Database
from provenance.store.lists import Order, Place
from provenance.workflows.tracing import Freshness, freshness_now

Asked = Mapping[str, str | int | bool]
LARGEST = 2**31 - 1
LONGEST = 4096
STREAMED_AT_ONCE = 500
VERSION = 2
CONTROL_OR_SURROGATE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")  # nobody asks for these
NUL_OR_SURROGATE = re.compile(r"[\x00\ud800-\udfff]")  # what no database takes as text


class OtherCursorError(InputError):
    """A cursor of another list, or of other filters than those given with it."""


@dataclass(frozen=True)
class Question:
    """What a list is asked for, as it was asked; a subclass has a field for each filter. A cursor carries it."""

    def asked(self) -> Asked:
        """What was asked for, without what was not."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) is not None}

    @classmethod
    def of(cls, asked: Asked) -> Self:
        """The question that a cursor carries. Raises InputError for one that nobody can have asked."""
        kinds = {f.name: str(f.type) for f in fields(cls)}
        for name, value in asked.items():
            if type(value).__name__ != kinds.get(name, "").partition(" ")[0]:
                raise _none_of_ours()
        return cls(**asked)


@dataclass(frozen=True)
class Cursor:
    """``of`` is the list; ``asked`` its filters and order; ``at`` where the last row stands in that order."""

    of: str
    asked: Asked
    at: Sequence[str | int]

    def encode(self) -> str:
        """The text that a reader hands back unchanged."""
        document = [VERSION, self.of, dict(self.asked), *self.at]
        text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
        return base64.urlsafe_b64encode(text.encode(errors="replace")).decode().rstrip("=")


Entry = TypeVar("Entry")
Asking = TypeVar("Asking", bound=Question)


@dataclass(frozen=True)
class Entries(Sequence[Entry]):
    """A page of entries; ``next`` is the cursor of the page after, if there is one."""

    entries: tuple[Entry, ...]
    next: str | None
    freshness: Freshness

    def __getitem__(self, index: Any) -> Any:
        return self.entries[index]

    def __len__(self) -> int:
        return len(self.entries)


@dataclass(frozen=True)
class Roll(Generic[Asking, Entry]):
    """One list. ``read`` gives its rows from a place on, ``entry`` what a row says, ``order`` how it is sorted.

    The rows' columns ``at_0`` and, where there are two, ``at_1`` say where each stands.
    """

    name: str
    order: Callable[[Asking], Order]
    read: Callable[[Connection, Asking, Place, int], Sequence[Any]]
    entry: Callable[[Any, Freshness], Entry]

    def page(self, database: Database, asking: Asking, after: str | None, limit: int) -> Entries[Entry]:
        """At most ``limit`` entries. Raises InputError for a filter that cannot be, or a cursor of another list."""
        with database.reading() as connection:
            return self.page_now(connection, asking, after, limit)

    def page_now(
        self, connection: Connection, asking: Asking, after: str | None, limit: int
    ) -> Entries[Entry]:
        """As `page`, of what this connection sees."""
        asking, place = self.continued(asking, after)
        freshness = freshness_now(connection)
        rows = self.read(connection, asking, place, limit + 1)
        more = self._cursor(asking, place.order, rows[limit - 1]) if len(rows) > limit else None
        return Entries(tuple(self.entry(row, freshness) for row in rows[:limit]), more, freshness)

    def every(self, database: Database, asking: Asking) -> Iterator[Freshness | Entry]:
        """First how fresh it is, then every entry, all as of one moment; few are in memory at once."""
        place = Place(self.order(asking))
        with database.reading() as connection:
            freshness = freshness_now(connection)
            rows = self.read(connection, asking, place, STREAMED_AT_ONCE)
            yield freshness  # only now: a filter that cannot be is told before anything is given out
            while rows:
                yield from (self.entry(row, freshness) for row in rows)
                if len(rows) < STREAMED_AT_ONCE:
                    return
                place = replace(place, after=place.order.place_of(rows[-1]))
                rows = self.read(connection, asking, place, STREAMED_AT_ONCE)

    def continued(self, asking: Asking, after: str | None) -> tuple[Asking, Place]:
        """The question, which a cursor may carry, and where to go on."""
        if after is None:
            return asking, Place(self.order(asking))
        cursor = read_cursor(after, self.name, asking.asked())
        asking = type(asking).of(cursor.asked)
        order = self.order(asking)
        return asking, Place(order, _place(order, cursor))

    def _cursor(self, asking: Asking, order: Order, row: Any) -> str:
        at = [value.hex() if isinstance(value, bytes) else value for value in order.place_of(row)]
        return Cursor(self.name, asking.asked(), at).encode()


def read_cursor(text: str, of: str, asked: Asked) -> Cursor:
    """The cursor in the text, if it is one of this list and, where filters are given, of these.

    Raises InputError when it is none of ours, OtherCursorError when it continues something else.
    """
    cursor = _decoded(text)
    if cursor is None:
        raise InputError(f"cursor {text[:80]} is none of ours: take it from the answer before, unchanged")
    if cursor.of != of:
        raise OtherCursorError(f"the cursor continues a list of {cursor.of}, not of {of}: begin without it")
    if asked and dict(asked) != dict(cursor.asked):
        raise OtherCursorError(
            f"the cursor continues a list with {_words(cursor.asked)}, you ask for {_words(asked)}: "
            "leave the filters out, or begin without the cursor"
        )
    return cursor


def _decoded(text: str) -> Cursor | None:
    if len(text) > LONGEST:
        return None
    try:
        document = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        version, of, asked, *at = json.loads(document)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        return None
    plain = isinstance(asked, dict) and all(_plain(value) for value in asked.values())
    return Cursor(of, asked, at) if version == VERSION and isinstance(of, str) and plain else None


def _plain(value: object) -> bool:
    """A value that a query can be asked with: text, yes or no, or a number that a column holds."""
    if isinstance(value, str):
        return not CONTROL_OR_SURROGATE.search(value)
    return isinstance(value, bool) or (type(value) is int and 0 <= value <= LARGEST)


def _place(order: Order, cursor: Cursor) -> tuple[Any, ...]:
    """Where the cursor stands, as values of the columns of its order. Raises InputError."""
    if len(cursor.at) != len(order.kinds):
        raise _none_of_ours()
    return tuple(_value(kind, value) for kind, value in zip(order.kinds, cursor.at, strict=True))


def _value(kind: type, value: object) -> Any:
    if kind is bytes and isinstance(value, str) and re.fullmatch(r"([0-9a-f]{2}){1,32}", value):
        return bytes.fromhex(value)
    if kind is str and isinstance(value, str) and not NUL_OR_SURROGATE.search(value):
        return value
    if kind is int and type(value) is int and 0 <= value <= LARGEST:
        return value
    raise _none_of_ours()


def _none_of_ours() -> InputError:
    return InputError("the cursor is none of ours: take it from the answer before, unchanged")


def _words(asked: Asked) -> str:
    return ", ".join(f"{name} {value}" for name, value in asked.items()) or "no filter"
