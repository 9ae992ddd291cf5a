"""Signing with keys at hand: many messages under one signature, as calls ready to send."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TypeVar

from provenance.model.calls import Authorization, Call
from provenance.model.messages import Acceptance, CustodyOffer, ItemMessage, Message
from provenance.proofs.eip712 import Domain, SignedTree, struct_hash
from provenance.proofs.signatures import sign
from provenance.workflows.keyring import Key

_T = TypeVar("_T")

MESSAGES_PER_CALL = 128
"""Well below the gas cap of a transaction, and 7 steps of path for whoever proves one message."""


def sign_messages(domain: Domain, key: Key, messages: Sequence[ItemMessage]) -> Iterator[Call]:
    """Calls that carry the messages (all of one type), at most 128 each, one signature a call."""
    for part in in_calls(messages):
        yield Call(type(part[0]), part, _authorize(domain, key, part))


def sign_handovers(
    domain: Domain, giver: Key, receiver: Key, offers: Sequence[tuple[CustodyOffer, Acceptance]]
) -> Iterator[Call]:
    """Calls that carry offers with their acceptances, at most 128 each: one pair of signatures a call."""
    for part in in_calls(offers):
        made = tuple(offer for offer, _ in part)
        taken = tuple(acceptance for _, acceptance in part)
        accepted = tuple(acceptance.of(struct_hash(offer)) for offer, acceptance in part)
        by, to = _authorize(domain, giver, made), _authorize(domain, receiver, accepted)
        yield Call(CustodyOffer, made, by, taken, to)


def _authorize(domain: Domain, key: Key, messages: tuple[Message, ...]) -> Authorization:
    signature = sign(key.secret, domain.digest(SignedTree(messages).struct_hash))
    return Authorization(key.address, signature)


def in_calls(messages: Sequence[_T]) -> Iterator[tuple[_T, ...]]:
    """The messages in parts that one call may carry."""
    remaining = iter(messages)
    while part := tuple(islice(remaining, MESSAGES_PER_CALL)):
        yield part
