"""Packing: what waits becomes calls, and calls become transactions that fit.

Messages that were signed together stay together where they can: an aligned part of their tree costs one signature.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from provenance.ledger.calls import encode_call, encode_submission
from provenance.ledger.sending import GAS_PER_TRANSACTION
from provenance.ledger.wallets import WALLET_GAS
from provenance.model.calls import Authorization, Call
from provenance.model.hashing import ZERO
from provenance.model.messages import (
    Acceptance,
    Challenge,
    ConditionReport,
    Correction,
    CustodyAcceptance,
    CustodyOffer,
    Hold,
    Intake,
    Message,
    Ruling,
    Withdrawal,
)
from provenance.proofs.leaves import Leaves
from provenance.store.authorizations import SignedTogether
from provenance.store.submissions import Queued
from provenance.workflows.judging import MESSAGE_OF, message_of
from provenance.workflows.signing import MESSAGES_PER_CALL

GAS_ONCE = 60_000
GAS_PER_CALL = 30_000
GAS_PER_SIGNATURE = 20_000
GAS_PER_MESSAGE: Mapping[type[Message], int] = {
    Intake: 45_000,
    ConditionReport: 20_000,
    CustodyOffer: 25_000,
    Withdrawal: 20_000,
    Correction: 20_000,
    Challenge: 48_000,
    Hold: 20_000,
    Ruling: 28_000,
}
"""Upper bounds, about half above what a tree of 100 measures (`scripts/bench gas`). An estimate would be wrong: where a
call of many is skipped for want of gas, the transaction succeeds all the same."""
BYTES_PER_TRANSACTION = 120_000
"""Nodes take no transaction above 128 KB into their pools."""
ROUND_A_CALL = 100
"""What a call takes beside its own input, as one of many."""


@dataclass(frozen=True)
class Signatures:
    """The signatures by number, and which signers are contract wallets."""

    by_number: Mapping[int, SignedTogether]
    wallets: frozenset[bytes]

    def leaves(self, number: int, of: type[Message]) -> Leaves:
        return Leaves.from_bytes(of, self.by_number[number].leaves)


@dataclass(frozen=True)
class Carried:
    """A call, and the submissions that its messages are."""

    call: Call
    rows: tuple[Queued, ...]
    wallets: int

    @property
    def gas(self) -> int:
        """A limit that the call stays below."""
        signatures = 1 if self.call.receiver is None else 2
        each = GAS_PER_MESSAGE[self.call.of] * len(self.rows)
        return GAS_PER_CALL + GAS_PER_SIGNATURE * signatures + WALLET_GAS * self.wallets * 11 // 10 + each

    @cached_property
    def data(self) -> bytes:
        return encode_call(self.call)

    @property
    def items(self) -> set[bytes]:
        return {row.item for row in self.rows}


def calldata(together: Sequence[Carried]) -> bytes:
    """The input of one transaction that makes these calls."""
    return together[0].data if len(together) == 1 else encode_submission([one.call for one in together])


def gas_of(together: Sequence[Carried]) -> int:
    """A limit that the transaction stays below, within the cap."""
    return min(GAS_ONCE + sum(one.gas for one in together), GAS_PER_TRANSACTION)


def calls_of(queue: Sequence[Queued], signatures: Signatures) -> Iterator[Carried]:
    """The queue as calls, in its order: as many messages a call as one signature covers and the cap allows."""
    for run in _runs(queue):
        yield from _parts(run, signatures)


def singly(carried: Carried, signatures: Signatures) -> list[Carried]:
    """The same messages, a call each."""
    return [_carried((row,), signatures) for row in carried.rows]


def transactions_of(calls: Iterable[Carried], most: int) -> list[list[Carried]]:
    """The calls as at most so many transactions. Each item is in one of them alone, so they may come in any order.

    What does not fit waits for the next time.
    """
    made: list[list[Carried]] = [[]]
    before: set[bytes] = set()
    gas, size = GAS_ONCE, 0
    for call in calls:
        length = len(call.data) + ROUND_A_CALL
        if made[-1] and (gas + call.gas > GAS_PER_TRANSACTION or size + length > BYTES_PER_TRANSACTION):
            if len(made) == most:
                break
            before |= {item for one in made[-1] for item in one.items}
            made.append([])
            gas, size = GAS_ONCE, 0
        if not call.items & before:
            made[-1].append(call)
            gas, size = gas + call.gas, size + length
    return [together for together in made if together]


def _runs(queue: Sequence[Queued]) -> Iterator[tuple[Queued, ...]]:
    """What was signed together and stands in the order in which it was signed."""
    run: list[Queued] = []
    for row in queue:
        if run and not _follows(run[-1], row):
            yield tuple(run)
            run = []
        run.append(row)
    if run:
        yield tuple(run)


def _follows(row: Queued, after: Queued) -> bool:
    same = (row.authorization, row.receiver_authorization) == (
        after.authorization,
        after.receiver_authorization,
    )
    return (
        same
        and row.leaf + 1 == after.leaf
        and (row.receiver_leaf is None or row.receiver_leaf + 1 == after.receiver_leaf)
    )


def _parts(run: tuple[Queued, ...], signatures: Signatures) -> Iterator[Carried]:
    given, taken = _leaves(run[0], signatures)
    while run:
        count = _longest(run, given, taken)
        yield _carried(run[:count], signatures, given, taken)
        run = run[count:]


def _longest(run: tuple[Queued, ...], given: Leaves, taken: Leaves | None) -> int:
    """How many from the first on are an aligned part of the tree of either side."""
    first, receiver_first = run[0].leaf, run[0].receiver_leaf or 0
    size = min(len(run), MESSAGES_PER_CALL)
    while size > 1:
        if given.is_part(first, size) and (taken is None or taken.is_part(receiver_first, size)):
            return size
        size = 1 << (size - 1).bit_length() - 1  # the next power of two below
    return 1


def _leaves(row: Queued, signatures: Signatures) -> tuple[Leaves, Leaves | None]:
    given = signatures.leaves(row.authorization, MESSAGE_OF[row.kind])
    if row.receiver_authorization is None:
        return given, None
    return given, signatures.leaves(row.receiver_authorization, CustodyAcceptance)


def _carried(
    rows: tuple[Queued, ...],
    signatures: Signatures,
    given: Leaves | None = None,
    taken: Leaves | None = None,
) -> Carried:
    first = rows[0]
    if given is None:
        given, taken = _leaves(first, signatures)
    by = signatures.by_number[first.authorization]
    authorization = _authorize(by, given, first.leaf, len(rows))
    wallets = int(by.signer in signatures.wallets)
    receiver, accepted = None, tuple[Acceptance, ...]()
    if first.receiver_authorization is not None and taken is not None:
        to = signatures.by_number[first.receiver_authorization]
        receiver = _authorize(to, taken, first.receiver_leaf or 0, len(rows))
        accepted = tuple(Acceptance(row.exceptions or 0, row.acceptance_details or ZERO) for row in rows)
        wallets += to.signer in signatures.wallets
    messages = tuple(message_of(row.kind, row.message) for row in rows)
    return Carried(Call(MESSAGE_OF[first.kind], messages, authorization, accepted, receiver), rows, wallets)


def _authorize(signed: SignedTogether, leaves: Leaves, first: int, count: int) -> Authorization:
    index, path = leaves.place(first, count)
    return Authorization(signed.signer, signed.signature, index, path)
