"""Private keys for tests: everybody can derive them, so nobody must use them."""

from functools import cache

from provenance.model.hashing import keccak
from provenance.proofs.signatures import address_of_key


@cache
def private_key(label: str) -> bytes:
    """keccak256 of the label."""
    return keccak(label.encode())


@cache
def address(label: str) -> bytes:
    """The address of the label's key."""
    return address_of_key(private_key(label))
