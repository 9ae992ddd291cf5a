"""Bytes as JSON-RPC and our own files write them: 0x and two lower-case hex digits a byte."""


def to_hex(data: bytes) -> str:
    """0x and the digits; "0x" alone for no bytes."""
    return "0x" + data.hex()


def from_hex(text: str) -> bytes:
    """The bytes; ValueError for what is no hex. The 0x may be missing."""
    return bytes.fromhex(text.removeprefix("0x"))
