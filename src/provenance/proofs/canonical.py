"""Canonical JSON (RFC 8785), with a stricter choice of values.

Numbers with a fraction are refused: an amount is decimal text with its unit in the field's name, so that
nobody's floating point decides what was said.
"""

from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import Any

import rfc8785

from provenance.errors import CanonicalError, shown

MAX_DEPTH = 32
MAX_INTEGER = 2**53 - 1
"""Source: RFC 7493 (I-JSON), section 2.2."""

JsonValue = None | bool | int | str | list[Any] | dict[str, Any]


def canonical(value: JsonValue) -> bytes:
    """The one UTF-8 form of the value.

    Takes None, bool, int within +-(2**53 - 1), str, list and dict with str keys, nested at most 32 deep.

    Raises:
        CanonicalError: anything else, or text that is not Unicode (a lone surrogate).
    """
    _require_plain(value, "value", 0)
    if type(value) is str:
        # RFC 8785 3.2.2.2 writes text as ECMAScript does, and so does this; most values are text.
        return encode_basestring(value).encode()
    return rfc8785.dumps(value)


def _require_plain(value: object, place: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise CanonicalError(place, "nested too deep", f"nest at most {MAX_DEPTH} deep")
    # Exact types: a subclass could say one thing here and write another.
    kind = type(value)
    if kind is str:
        _require_unicode(str(value), place)
    elif kind is dict:
        _require_plain_map(value, place, depth)  # type: ignore[arg-type]
    elif kind is list:
        for index, inner in enumerate(value):  # type: ignore[arg-type, var-annotated]
            _require_plain(inner, f"{place}[{index}]", depth + 1)
    elif kind is int:
        if abs(value) > MAX_INTEGER:  # type: ignore[arg-type]
            raise CanonicalError(place, value, "write integers beyond 2**53 - 1 as text")
    elif kind is not bool and value is not None:
        raise CanonicalError(
            place, value, f"{kind.__name__} has no canonical form here; write amounts as decimal text"
        )


def _require_plain_map(value: Mapping[object, object], place: str, depth: int) -> None:
    for name, inner in value.items():
        if type(name) is not str:
            raise CanonicalError(place, name, "names are text")
        _require_unicode(name, place)
        _require_plain(inner, f"{place}.{shown(name)}", depth + 1)


def _require_unicode(text: str, place: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise CanonicalError(place, ascii(text), "lone surrogates are no Unicode text") from error
