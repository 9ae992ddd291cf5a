"""Text files of unknown origin: which encoding they are in, and their lines as they stand."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from provenance.errors import InputError

CHUNK = 1 << 20
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
GUESSES = ("utf-8", "cp1252", "latin-1")
"""Tried in this order on the whole file. UTF-8 refuses what is not, cp1252 refuses five bytes, Latin-1 nothing."""


@dataclass(frozen=True)
class TextFile:
    """A file and the encoding in which it was found to be readable."""

    path: Path
    encoding: str

    def lines(self) -> Iterator[str]:
        """Its lines with their endings, CR, LF or CRLF, read as they are asked for."""
        with self.path.open(encoding=self.encoding, newline="") as file:
            yield from file


def open_text(path: Path) -> TextFile:
    """The file, its encoding found by reading it once. Raises InputError for what is no file that can be read."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
        marked = next((name for mark, name in MARKS.items() if start.startswith(mark)), None)
        guesses = (marked,) if marked else GUESSES
        return TextFile(path, next(name for name in guesses if _is_readable(path, name)))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except StopIteration:
        raise InputError(f"{path} begins as {marked} but is not: save it as UTF-8") from None


def _is_readable(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with path.open("rb") as file:
            for chunk in iter(partial(file.read, CHUNK), b""):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True
