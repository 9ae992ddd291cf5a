"""Cursors: opaque to readers; each carries its list, its filters, its order and the last row of the page before."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from provenance.errors import InputError

Asked = Mapping[str, str | int | bool]
LARGEST = 2**31 - 1
LONGEST = 4096
CONTROL_OR_SURROGATE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")  # what no database takes as text


class OtherCursorError(InputError):
    """A cursor of another list, or of other filters than those given with it."""


@dataclass(frozen=True)
class Cursor:
    """``of`` is the list; ``asked`` its filters and order; ``block`` and ``key`` the last row seen."""

    of: str
    asked: Asked
    block: int
    key: str | int

    def encode(self) -> str:
        """The text that a reader hands back unchanged."""
        document = json.dumps([1, self.of, dict(self.asked), self.block, self.key], separators=(",", ":"))
        return base64.urlsafe_b64encode(document.encode()).decode().rstrip("=")


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
        version, of, asked, block, key = json.loads(document)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        return None
    plain = isinstance(asked, dict) and all(_plain(value) for value in asked.values())
    if version != 1 or not isinstance(of, str) or not plain or not _plain(block) or not _plain(key):
        return None
    return Cursor(of, asked, block, key) if type(block) is int else None


def _plain(value: object) -> bool:
    """A value that a query can be asked with: text, yes or no, or a number that a column holds."""
    if isinstance(value, str):
        return not CONTROL_OR_SURROGATE.search(value)
    return isinstance(value, bool) or (type(value) is int and 0 <= value <= LARGEST)


def _words(asked: Asked) -> str:
    return ", ".join(f"{name} {value}" for name, value in asked.items()) or "no filter"
