"""Keccak-256 and the 32-byte words it is fed with."""

from tiny_keccak import keccak256

keccak = keccak256
"""Ethereum's Keccak-256: bytes in, 32 bytes out. (tiny-keccak: three times as fast as the next best.)"""

WORD = 32
ZERO = bytes(WORD)


def word(value: int | bytes) -> bytes:
    """One ABI word: an integer big-endian, shorter bytes (an address) right-aligned.

    Source: Solidity ABI specification, "Formal Specification of the Encoding", uint and address. (bytes32
    fills the word; shorter bytesN types, which would be left-aligned, do not occur in this project.)
    """
    if isinstance(value, bytes):
        return value if len(value) == WORD else value.rjust(WORD, b"\0")
    return value.to_bytes(WORD, "big")


def enc(*values: int | bytes) -> bytes:
    """`abi.encode` of static values: 32 bytes each, as `word` makes them."""
    # `word` itself is not called: millions of events are hashed, six words each.
    return b"".join(
        [v.rjust(WORD, b"\0") if isinstance(v, bytes) else v.to_bytes(WORD, "big") for v in values]
    )


def keccak_words(*values: int | bytes) -> bytes:
    """keccak256(abi.encode(values...))."""
    return keccak(enc(*values))
