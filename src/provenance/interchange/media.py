"""What kind of file some bytes are, by the bytes alone: a name or a declared type may lie.

Only kinds that evidence is made of, each told by the signature that its standard gives. All else is refused, and
text is never more than text: markup and scripts are ``text/plain`` here.
"""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass

from provenance.errors import InputError


@dataclass(frozen=True)
class Media:
    """A media type (RFC 6838), the usual ending of a file's name, and what people call it."""

    type: str
    ending: str
    words: str


JPEG = Media("image/jpeg", ".jpg", "JPEG")
PNG = Media("image/png", ".png", "PNG")
WEBP = Media("image/webp", ".webp", "WebP")
PDF = Media("application/pdf", ".pdf", "PDF")
JSON = Media("application/json", ".json", "JSON")
CSV = Media("text/csv; charset=utf-8", ".csv", "CSV")
TEXT = Media("text/plain; charset=utf-8", ".txt", "plain text")
KNOWN = (JPEG, PNG, WEBP, PDF, JSON, CSV, TEXT)

SIGNATURES = (
    (re.compile(rb"\xff\xd8\xff"), JPEG),  # ITU-T T.81 B.1.1.3: SOI, then a marker
    (re.compile(rb"\x89PNG\r\n\x1a\n"), PNG),  # W3C PNG 5.2
    (re.compile(rb"RIFF....WEBP", re.DOTALL), WEBP),  # RFC 9649 2.4
    (re.compile(rb"%PDF-[12]\."), PDF),  # ISO 32000-2 7.5.2
)
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
DELIMITERS = (",", ";", "\t")
ROWS_LOOKED_AT = 100


class UnknownMediaError(InputError):
    """The content is of no kind that is kept as evidence."""

    def __init__(self) -> None:
        names = ", ".join(media.words for media in KNOWN)
        super().__init__(f"the file is none of the kinds that are kept as evidence: {names} (text in UTF-8)")


def media_of(content: bytes) -> Media:
    """What the content is. Raises UnknownMediaError."""
    for signature, media in SIGNATURES:
        if signature.match(content):
            return media
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnknownMediaError from None
    if not text or CONTROL.search(text):
        raise UnknownMediaError
    if text.lstrip()[:1] in ("{", "[") and _is_json(text):
        return JSON
    return CSV if _is_csv(text) else TEXT


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _is_csv(text: str) -> bool:
    """Two rows or more, all of the same number of columns, which are at least two (RFC 4180 2)."""
    begin = "".join(text.splitlines(keepends=True)[:ROWS_LOOKED_AT])
    return any(_columns(begin, delimiter) > 1 for delimiter in DELIMITERS)


def _columns(text: str, delimiter: str) -> int:
    """How many columns every row has; 0 where they differ or there are not two rows."""
    try:
        rows = [
            len(row)
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
            if row
        ]
    except csv.Error:
        return 0
    return rows[0] if len(rows) > 1 and len(set(rows)) == 1 else 0
