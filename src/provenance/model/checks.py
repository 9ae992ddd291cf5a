"""Range checks that the frozen dataclasses share: what is built is well-formed."""

from provenance.errors import FieldError
from provenance.model.hashing import WORD

ADDRESS = 20


def require_uint(field: str, value: int, bits: int) -> None:
    """The value fits the Solidity type uint<bits>.

    Raises:
        FieldError: it does not, or it is no integer.
    """
    # bool is an int to Python, but no number to the reader of a message.
    if not isinstance(value, int) or isinstance(value, bool):
        raise FieldError(field, value, f"give an integer from 0 to {(1 << bits) - 1}")
    if not 0 <= value < 1 << bits:
        raise FieldError(field, value, f"give an integer from 0 to {(1 << bits) - 1} (uint{bits})")


def require_bytes(field: str, value: bytes, length: int) -> None:
    """The value is exactly so many bytes.

    Raises:
        FieldError: it is not.
    """
    if not isinstance(value, bytes):
        raise FieldError(field, value, f"give {length} bytes")
    if len(value) != length:
        raise FieldError(field, value, f"give exactly {length} bytes, not {len(value)}")


def require_bool(field: str, value: bool) -> None:
    """The value is True or False, not merely true or false.

    Raises:
        FieldError: it is not.
    """
    if not isinstance(value, bool):
        raise FieldError(field, value, "give true or false")


def require_word(field: str, value: bytes) -> None:
    """The value is a 32-byte word."""
    require_bytes(field, value, WORD)


def require_address(field: str, value: bytes) -> None:
    """The value is a 20-byte address."""
    require_bytes(field, value, ADDRESS)
