"""JSON-RPC parameters parsed at the border: hex in, ints and bytes out, one clear line when it is neither."""

from collections.abc import Mapping, Sequence
from typing import Any

from eth_typing import Address

from .errors import InvalidParams

MAX_QUANTITY = 2**256 - 1


def quantity(value: object, name: str) -> int:
    """A hex quantity ("0x1f"). Plain integers are taken too, as anvil does for its evm_ methods."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and value[:2] in ("0x", "0X"):
        try:
            number = int(value[2:], 16)
        except ValueError:
            number = -1
        if 0 <= number <= MAX_QUANTITY:
            return number
    raise InvalidParams(f"{name}: {value!r} is not a quantity; write 0x and hex digits")


def data(value: object, name: str, length: int | None = None) -> bytes:
    """Hex bytes ("0x00ff") of the given length; bytes objects pass as they are."""
    if isinstance(value, bytes):
        raw = value
    elif isinstance(value, str) and value.startswith("0x"):
        try:
            raw = bytes.fromhex(value[2:])
        except ValueError:
            raise InvalidParams(f"{name}: {value[:80]!r} is not hex data") from None
    else:
        raise InvalidParams(f"{name}: {value!r} is not hex data; write 0x and pairs of hex digits")
    if length is not None and len(raw) != length:
        raise InvalidParams(f"{name}: has {len(raw)} bytes where {length} are wanted")
    return raw


def address(value: object, name: str = "address") -> Address:
    return Address(data(value, name, 20))


def word(value: object, name: str) -> bytes:
    """A 32-byte word, given in full or as a quantity."""
    if isinstance(value, str) and len(value) != 66:
        return quantity(value, name).to_bytes(32, "big")
    return data(value, name, 32)


def boolean(value: object, name: str) -> bool:
    if isinstance(value, bool):
        return value
    raise InvalidParams(f"{name}: {value!r} is neither true nor false")


def mapping(value: object, name: str) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    raise InvalidParams(f"{name}: {value!r} is not an object")


def sequence(value: object, name: str) -> Sequence[Any]:
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return value
    raise InvalidParams(f"{name}: {value!r} is not a list")
