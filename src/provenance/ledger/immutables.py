"""The values that each contract's constructor writes into its code, computed from what it was given.

With `provenance.ledger.artifact.expected_runtime_code` they yield the code hash that an auditor pins: from
the artifact and the constructor's arguments, never from what some chain says its code is. Addresses are 20
bytes.
"""

from provenance.model.hashing import keccak, keccak_words, word

DOMAIN_TYPE = keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
VERSION = "1"


def of_registry(chain_id: int, address: bytes) -> dict[str, bytes]:
    """The immutables of the PartnerRegistry at `address`."""
    return _of_domain("PartnerRegistry", chain_id, address)


def of_ledger(chain_id: int, address: bytes, registry: bytes, predecessor: bytes) -> dict[str, bytes]:
    """The immutables of the ProvenanceLedger at `address`, `predecessor` is 20 zero bytes if none."""
    return {
        **_of_domain("ProvenanceLedger", chain_id, address),
        "Authorized.REGISTRY": word(registry),
        "ProvenanceLedger.PREDECESSOR": word(predecessor),
    }


def of_anchors(chain_id: int, address: bytes, registry: bytes) -> dict[str, bytes]:
    """The immutables of the Anchors at `address`."""
    return {**_of_domain("Anchors", chain_id, address), "Authorized.REGISTRY": word(registry)}


def _of_domain(name: str, chain_id: int, address: bytes) -> dict[str, bytes]:
    """What OpenZeppelin's EIP712 keeps (its constructor and ShortStrings.sol, 5.7.0)."""
    hashed_name, hashed_version = keccak(name.encode()), keccak(VERSION.encode())
    return {
        "EIP712._cachedDomainSeparator": keccak_words(
            DOMAIN_TYPE, hashed_name, hashed_version, chain_id, address
        ),
        "EIP712._cachedChainId": word(chain_id),
        "EIP712._cachedThis": word(address),
        "EIP712._hashedName": hashed_name,
        "EIP712._hashedVersion": hashed_version,
        "EIP712._name": _short_string(name),
        "EIP712._version": _short_string(VERSION),
    }


def _short_string(text: str) -> bytes:
    """A text of at most 31 bytes, left-aligned, with its length in the last byte."""
    encoded = text.encode()
    return encoded.ljust(31, b"\0") + bytes([len(encoded)])
