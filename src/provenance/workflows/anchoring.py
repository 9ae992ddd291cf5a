"""Anchoring: a partner has the chain date a digest, of a factor set or of a statement."""

from __future__ import annotations

from dataclasses import dataclass

from provenance.errors import ChainError, UnknownKey
from provenance.ledger.calls import encode_anchor
from provenance.ledger.gateway import Gateway
from provenance.ledger.sending import Sender
from provenance.model.calls import Contract
from provenance.model.messages import Anchor
from provenance.model.vocabulary import AnchorKind
from provenance.proofs.eip712 import struct_hash
from provenance.proofs.signatures import sign
from provenance.workflows.keyring import Key

DEADLINE_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Anchored:
    """Which partner anchored a digest, in which block, at that block's time (Unix seconds)."""

    partner: int
    block: int
    time: int


def anchor(gateway: Gateway, sender: Sender, kind: AnchorKind, digest: bytes, key: Key) -> Anchored:
    """Signs and anchors the digest; what this key's partner anchored before keeps its block.

    Raises UnknownKey for a key of no partner, Refused with the contract's other reasons, ChainError.
    """
    word = gateway.key(key.address)
    if word is None:
        raise UnknownKey(key.address)
    found = find_anchor(gateway, word.partner, kind, digest)
    if found is not None:
        return found
    message = Anchor(kind, digest, gateway.head().time + DEADLINE_SECONDS)
    domain = gateway.deployment.signatures().domains[Contract.ANCHORS]
    signature = sign(key.secret, domain.digest(struct_hash(message)))
    sender.send(gateway.deployment.anchors, encode_anchor(message, key.address, signature))
    found = find_anchor(gateway, word.partner, kind, digest)
    if found is None:
        raise ChainError("the anchor was mined and is not there: was the chain reorganised? Try again")
    return found


def find_anchor(gateway: Gateway, partner: int, kind: AnchorKind, digest: bytes) -> Anchored | None:
    """When the partner anchored the digest; None if it never did."""
    found = gateway.anchor(partner, kind, digest)
    return Anchored(partner, *found) if found else None
