"""RLP, strictly: one value, one encoding. Source: Ethereum Yellow Paper, appendix B.

The verifier trusts nothing that reads its input but what is here to be read; a library would bring more code than
these lines, and reads lists that are too long for their length prefix.
"""

from provenance.errors import FieldError

Rlp = bytes | list["Rlp"]
"""A byte string, or a list of such."""

_HASH, _NOTHING = 0x80 + 32, 0x80
_MAX_DEPTH = 16
"""Headers nest once, trie nodes a few times."""


def decode(data: bytes, place: str = "rlp") -> Rlp:
    """The value that the bytes encode, all of them, in the one way there is.

    Raises:
        FieldError: they are no RLP, hold more than one value, or write one in another than its shortest form.
    """
    value, end = _value(data, 0, len(data), place, 0)
    if end != len(data):
        raise _no_rlp(place, f"{len(data) - end} bytes after the value")
    return value


def decode_list(data: bytes, place: str = "rlp") -> list[Rlp]:
    """The list that the bytes encode. Raises FieldError as `decode`, and where they hold no list."""
    value = decode(data, place)
    if isinstance(value, bytes):
        raise _no_rlp(place, "no list")
    return value


def decode_bytes(data: bytes, place: str = "rlp") -> bytes:
    """The byte string that the bytes encode. Raises FieldError as `decode`, and where they hold a list."""
    value = decode(data, place)
    if not isinstance(value, bytes):
        raise _no_rlp(place, "a list")
    return value


def _value(data: bytes, start: int, end: int, place: str, depth: int) -> tuple[Rlp, int]:
    """The value that begins at `start` and the place after it, which is at most `end`."""
    if start >= end:
        raise _no_rlp(place, "it ends too early")
    prefix = data[start]
    if prefix < 0x80:
        return data[start : start + 1], start + 1
    is_list = prefix >= 0xC0
    body, after = _extent(data, start, end, prefix - (0xC0 if is_list else 0x80), place)
    if is_list:
        return _list(data, body, after, place, depth), after
    if after - body == 1 and data[body] < 0x80:
        raise _no_rlp(place, "a small byte with a prefix it does not need")
    return data[body:after], after


def _extent(data: bytes, start: int, end: int, size: int, place: str) -> tuple[int, int]:
    """Where the content begins and ends, given the prefix without its kind."""
    body = start + 1
    if size > 55:
        width = size - 55
        length = data[body : body + width]
        size = int.from_bytes(length, "big")
        if len(length) < width or length[0] == 0 or size <= 55:
            raise _no_rlp(place, "a length that is cut off or longer than it need be")
        body += width
    if body + size > end:
        raise _no_rlp(place, "it ends too early")
    return body, body + size


def _list(data: bytes, start: int, end: int, place: str, depth: int) -> list[Rlp]:
    if depth == _MAX_DEPTH:
        raise _no_rlp(place, "nested too deep")
    found: list[Rlp] = []
    while start < end:
        prefix = data[start]
        # Nearly all that a branch holds is a hash or nothing: read here, what `_value` would read.
        if prefix == _HASH and start + 33 <= end:
            found.append(data[start + 1 : start + 33])
            start += 33
        elif prefix == _NOTHING:
            found.append(b"")
            start += 1
        else:
            value, start = _value(data, start, end, place, depth + 1)
            found.append(value)
    return found


def _no_rlp(place: str, why: str) -> FieldError:
    return FieldError(place, why, "give exactly one value in its shortest RLP form")
