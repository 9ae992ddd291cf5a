"""The words an item is found by: written with the item, read by the search box.

A term is a run of letters and digits without case and accents. Identifiers are also kept in one piece, so that
a serial number or an IMEI is found whatever stands between its digits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from operator import itemgetter

from sqlalchemy import Connection

from provenance.store.bulk import add_many
from provenance.store.rows import Row
from provenance.store.schema import item_terms

PIECE = re.compile(r"[^\W_]+")
GROUPED_DIGITS = re.compile(r"[0-9]+(?:[-./][0-9]+)+")
LONGEST = 64
MOST_OF_AN_ITEM = 48
PREFIX_FROM = 3


def add_terms(connection: Connection, items: Sequence[Row]) -> None:
    """Adds the terms of new rows of the items table."""
    rows = [{"item": row["item"], "term": term} for row in items for term in terms_of(row)]
    # In the order of their index, so that neighbours are written together.
    add_many(connection, item_terms, sorted(rows, key=itemgetter("term", "item")))


def terms_of(item: Row) -> list[bytes]:
    """The terms of an item, in order, each once."""
    found = dict.fromkeys(term[:LONGEST].encode() for term in _terms(item))
    return sorted(list(found)[:MOST_OF_AN_ITEM])


def asked_terms(search: str) -> list[bytes]:
    """The terms that an item must all have to be found by these words, the longest first."""
    return sorted({term[:LONGEST].encode() for word in search.split() for term in _asked(word)}, key=_rare)


def named(name: str, asked: Sequence[bytes]) -> bool:
    """Whether a name has all these terms, as an item would be found by them."""
    terms = [term.encode() for term in _pieces(name)]
    return all(any(begin <= term < end for term in terms) for begin, end in map(term_range, asked))


def term_range(term: bytes) -> tuple[bytes, bytes]:
    """What a term looks up, from (included) to (excluded): from three letters on, all that begins with it."""
    return (term, term + b"\xff") if len(term) >= PREFIX_FROM else (term, term + b"\x00")


def _rare(term: bytes) -> tuple[int, bytes]:
    return -len(term), term


def _terms(item: Row) -> Iterator[str]:
    for identifier in (item["serial"], item["gtin"], _own_part(item["uri"] if not item["gtin"] else None)):
        if identifier:
            yield "".join(_pieces(identifier))
            yield from _pieces(identifier)
    if item["gtin"]:
        yield str(item["gtin"]).lstrip("0")
    for name in ("brand", "category", "title"):
        yield from _pieces(item[name] or "")


def _own_part(uri: str | None) -> str | None:
    """What tells this URI from its neighbours: its last part."""
    return re.split(r"[/:]", uri.rstrip("/"))[-1] if uri else None


def _asked(word: str) -> list[str]:
    """Digits in groups are one number; all else is the pieces it is made of."""
    return ["".join(_pieces(word))] if GROUPED_DIGITS.fullmatch(word) else _pieces(word)


def _pieces(text: str) -> list[str]:
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return PIECE.findall(bare)
