"""Which signature covers which record: read from a transaction's input, beside the logs that it made."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from provenance.ledger.calls import read_calldata
from provenance.ledger.records import Entry, Record, Skip
from provenance.model.calls import Authorization, Call
from provenance.model.messages import CustodyAcceptance
from provenance.proofs.eip712 import SignedTree, struct_hash


def with_signatures(entries: Sequence[Entry], data: bytes) -> list[Entry]:
    """The ledger's entries of one transaction, each record with the signature that the input `data` shows for it.

    Every message of a call left one entry, a record or a skip, in the call's order; a refused call of a submission left one
    in all. So entries and messages are walked side by side. Input of another kind leaves the entries as they are.
    """
    call = read_calldata(data)
    if call is None:
        return list(entries)
    if isinstance(call, Call):
        return _of_call(call, entries)
    waiting = list(entries)
    found: list[Entry] = []
    for part in call.calls:
        size = 1 if _was_refused(waiting) else len(part.messages)
        found += _of_call(part, waiting[:size])
        del waiting[:size]
    return found


def _was_refused(waiting: Sequence[Entry]) -> bool:
    return bool(waiting) and isinstance(waiting[0], Skip) and waiting[0].item is None


def _of_call(call: Call, entries: Sequence[Entry]) -> list[Entry]:
    tree = SignedTree(call.messages)
    accepted = _acceptances(call)
    return [_signed(entry, call, index, tree, accepted) for index, entry in enumerate(entries)]


def _acceptances(call: Call) -> SignedTree | None:
    if call.receiver is None:
        return None
    messages: Iterator[CustodyAcceptance] = (
        acceptance.of(struct_hash(message))
        for message, acceptance in zip(call.messages, call.acceptances, strict=True)
    )
    return SignedTree(tuple(messages))


def _signed(entry: Entry, call: Call, index: int, tree: SignedTree, accepted: SignedTree | None) -> Entry:
    if not isinstance(entry, Record):
        return entry
    receiver = None
    if call.receiver is not None and accepted is not None:
        receiver = _alone(call.receiver, accepted, index)
    return replace(
        entry, authorization=_alone(call.authorization, tree, index), receiver_authorization=receiver
    )


def _alone(authorization: Authorization, tree: SignedTree, index: int) -> Authorization:
    """The authorization of one message: its own place and path in the signed tree."""
    return Authorization(
        authorization.signer,
        authorization.signature,
        authorization.index << tree.height | index,
        tree.path(index) + authorization.path,
    )
