"""Strict JSON: what two parsers could read in two ways is refused (SPEC.md beside this file, section 1)."""

import json
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, NoReturn, TypeVar

from provenance.errors import FieldError
from provenance.proofs.canonical import MAX_INTEGER

MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 64
# A string, or what is left of the file where it does not end; possessive, so that no input takes more than one look.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_NO_BRACKETS_OR_QUOTES = bytes(set(range(256)) - set(b'[]{}"'))
_MAX_DIGITS = len(str(MAX_INTEGER))
_MAX_DECIMAL = 2**64 - 1

T = TypeVar("T")


def parse_json(data: bytes) -> Any:
    """The one value that the bytes hold: None, bool, int, str, list or dict.

    Raises:
        FieldError: they hold none, or one that could be read in two ways.
    """
    if len(data) > MAX_BYTES:
        raise FieldError("file", f"{len(data)} bytes long", f"give at most {MAX_BYTES} bytes")
    _require_shallow(data)
    try:
        return json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_no_float,
            parse_constant=_no_float,
        )
    except UnicodeDecodeError as error:
        raise FieldError("file", f"not UTF-8 at byte {error.start}", "give UTF-8") from None
    except json.JSONDecodeError as error:
        raise FieldError("file", f"{error.msg} (byte {error.pos})", "give one JSON value") from None


def _require_shallow(data: bytes) -> None:
    """Looked at before it is parsed: json's parser goes as deep as the interpreter's limit allows, which other libraries
    raise, and then the process dies.
    """
    if b"\\" not in data:
        data = data.translate(None, _NO_BRACKETS_OR_QUOTES)
    depth = 0
    for bracket in _STRING.sub(b"", data).translate(None, _NO_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DEPTH:
            raise FieldError("file", "nested too deep", f"give a value nested at most {MAX_DEPTH} deep")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise FieldError("member", ascii(twice), "give each member once")
    return found


def _integer(digits: str) -> int:
    # The length first: Python refuses to read numbers of thousands of digits, in an error of its own.
    if digits == "-0" or len(digits) > _MAX_DIGITS + 1 or abs(value := int(digits)) > MAX_INTEGER:
        raise FieldError("number", digits[:40], "give integers within 2**53 - 1, zero without a sign")
    return value


def _no_float(text: str) -> NoReturn:
    raise FieldError("number", text[:40], "give integers; amounts are decimal text")


def members(
    value: object, place: str, required: Iterable[str], optional: Iterable[str] = ()
) -> dict[str, Any]:
    """The object's members, exactly those expected.

    Raises:
        FieldError: no object, a member that is missing, or one that is not known.
    """
    if type(value) is not dict:
        raise FieldError(place, value, "give an object")
    required = frozenset(required)
    if value.keys() == required:
        return value
    if missing := required - value.keys():
        raise FieldError(f"{place}.{min(missing)}", "missing", "give it")
    if unknown := value.keys() - required - frozenset(optional):
        raise FieldError(place, ascii(min(unknown)), "no such member is known here")
    return value


def array(value: object, place: str, of: Callable[[Any, str], T]) -> tuple[T, ...]:
    """The array's elements, each read by `of` (value, place)."""
    if type(value) is not list:
        raise FieldError(place, value, "give an array")
    return tuple([of(element, f"{place}[{index}]") for index, element in enumerate(value)])


def hex_bytes(value: object, place: str, length: int | None = None) -> bytes:
    """The bytes that `0x` and lower-case hex digits stand for; at least one, or exactly `length`."""
    if type(value) is str and value[:2] == "0x":
        try:
            found = bytes.fromhex(value[2:])
        except ValueError:
            found = b""
        # Compared with the text again: `fromhex` takes upper case and blanks as well.
        if found and found.hex() == value[2:] and length in (None, len(found)):
            return found
    digits = "an even number of" if length is None else str(2 * length)
    raise FieldError(place, value, f"give 0x and {digits} lower-case hex digits")


def word(value: object, place: str) -> bytes:
    """32 bytes."""
    return hex_bytes(value, place, 32)


def words(value: object, place: str) -> tuple[bytes, ...]:
    """An array of 32 bytes each."""
    if type(value) is list and all(
        type(each) is str and len(each) == 66 and each[:2] == "0x" for each in value
    ):
        digits = "".join([each[2:] for each in value])
        with suppress(ValueError):
            joined = bytes.fromhex(digits)
            # Together they are read in a third of the time; `fromhex` takes other forms, which are looked at one by one.
            if joined.hex() == digits:
                return tuple([joined[start : start + 32] for start in range(0, len(joined), 32)])
    return array(value, place, word)


def address(value: object, place: str) -> bytes:
    """20 bytes."""
    return hex_bytes(value, place, 20)


def integer(value: object, place: str, bits: int = 53) -> int:
    """An integer from 0 to 2**bits - 1, itself a JSON number."""
    if type(value) is int and 0 <= value < 1 << bits:
        return value
    raise FieldError(place, value, f"give an integer from 0 to 2**{bits} - 1")


def decimal(value: object, place: str) -> int:
    """An integer from 0 to 2**64 - 1 written as text, since JSON readers lose digits beyond 2**53."""
    if type(value) is str and value.isascii() and value.isdigit() and len(value) <= 20:
        found = int(value)
        if str(found) == value and found <= _MAX_DECIMAL:
            return found
    raise FieldError(place, value, "give text of an integer from 0 to 2**64 - 1, without leading zeros")


def boolean(value: object, place: str) -> bool:
    """True or False."""
    if type(value) is bool:
        return value
    raise FieldError(place, value, "give true or false")


def text(value: object, place: str) -> str:
    """Unicode text of at least one character."""
    if type(value) is not str or not value:
        raise FieldError(place, value, "give text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise FieldError(place, ascii(value), "lone surrogates are no Unicode text") from None
    return value


def choice(value: object, place: str, of: Iterable[str]) -> str:
    """One of these words."""
    known = tuple(of)
    if type(value) is str and value in known:
        return value
    raise FieldError(place, value, f"give {' or '.join(known)}")


def require_ascending(keys: Iterable[Any], place: str, what: str) -> None:
    """Raises FieldError unless each key is greater than the one before it."""
    before = None
    for key in keys:
        if before is not None and key <= before:
            raise FieldError(place, key, f"give {what} in ascending order, each once")
        before = key
