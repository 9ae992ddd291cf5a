"""Recording: what partners say in clear becomes documents, signed messages, one transaction.

The order of writes is what survives a kill at any moment: documents and submissions are durable before anything
that commits to them is sent, and a submission for the same place in the same history keeps its first documents.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from provenance.errors import Refused
from provenance.ledger.sending import GAS_PER_TRANSACTION, Receipt
from provenance.model.calls import Call, Contract
from provenance.model.hashing import ZERO
from provenance.model.messages import Acceptance, ConditionReport, CustodyOffer, Intake, Message
from provenance.proofs.canonical import JsonValue
from provenance.proofs.eip712 import Domain
from provenance.store.database import Database
from provenance.store.details import StoredDetails, save_details
from provenance.store.submissions import Submission, mark_rejected, mark_sent, submissions_of, submit
from provenance.workflows.describing import describe
from provenance.workflows.keyring import Key
from provenance.workflows.network import Network
from provenance.workflows.signing import in_calls, sign_handovers, sign_messages

Fields = Mapping[str, tuple[JsonValue, str]]
DEADLINE_SECONDS = 7 * 24 * 3600
"""How long a signed message may wait for its block."""


@dataclass(frozen=True)
class TakeIn:
    """A partner takes an item in; ``seq`` is the number that the event will have."""

    item: bytes
    seq: int
    by: Key
    grade: int
    fields: Fields


@dataclass(frozen=True)
class Report:
    """The custodian reports stage and grade."""

    item: bytes
    seq: int
    by: Key
    stage: int
    grade: int
    fields: Fields


@dataclass(frozen=True)
class HandOver:
    """The custodian gives the item, with its history ``prior`` (the slot's word), to partner ``to``."""

    item: bytes
    seq: int
    by: Key
    receiver: Key
    prior: bytes
    to: int
    fields: Fields
    receiver_fields: Fields = field(default_factory=dict)
    exceptions: int = 0


# Upper bounds for keys that are accounts, about half above what a tree of 100 measures (`scripts/bench gas`): what
# a call costs once, alone in its transaction, is in the first.
GAS_PER_CALL = 100_000
GAS_PER_MESSAGE: Mapping[type[Message], int] = {Intake: 45_000, ConditionReport: 20_000, CustodyOffer: 25_000}

Draft = TakeIn | Report | HandOver
Place = tuple[bytes, int]
"""An item, and the number that an event of its history has."""

KINDS = {TakeIn: "Intake", Report: "ConditionReport", HandOver: "CustodyTransfer"}


def record(network: Network, drafts: Sequence[Draft]) -> list[Receipt]:
    """Writes the drafts, each recorded or skipped alone; an item's drafts keep their order.

    They go in as few transactions as the gas cap allows. Raises Refused when nothing could be recorded.
    """
    gateway = network.gateway
    submissions = _submitted(network.database, drafts)
    deadline = gateway.head().time + DEADLINE_SECONDS
    domain = gateway.deployment.signatures().domains[Contract.LEDGER]
    signed = _calls(domain, drafts, submissions, deadline)
    receipts, refusals = [], []
    for calls in _transactions(signed):
        try:
            receipts.append(_sent(network, calls))
        except Refused as reason:
            refusals.append(reason)
    if not receipts and refusals:
        raise refusals[0]
    return receipts


def _sent(network: Network, carried: Sequence[_Carried]) -> Receipt:
    """One transaction, and what became of its drafts noted."""
    places = [place for calls in carried for place in calls.places]
    gas = sum(calls.gas for calls in carried)
    try:
        receipt = network.gateway.send(network.sender, [calls.call for calls in carried], gas=gas)
    except Refused as reason:
        with network.database.writing() as connection:
            mark_rejected(connection, places, str(reason))
        raise
    with network.database.writing() as connection:
        mark_sent(connection, places, receipt.transaction_hash)
    return receipt


def _submitted(database: Database, drafts: Sequence[Draft]) -> list[Submission]:
    """The submission of each draft, durable with its documents; an earlier one for the same event is taken again."""
    with database.writing() as connection:
        since = min((draft.seq for draft in drafts), default=0)
        earlier = submissions_of(connection, list({draft.item for draft in drafts}), since)
        made = {
            (draft.item, draft.seq): _described(draft)
            for draft in drafts
            if (draft.item, draft.seq) not in earlier
        }
        save_details(connection, [document for _, documents in made.values() for document in documents])
        submit(connection, [submission for submission, _ in made.values()])
    known = earlier | {place: submission for place, (submission, _) in made.items()}
    return [known[draft.item, draft.seq] for draft in drafts]


def _described(draft: Draft) -> tuple[Submission, list[StoredDetails]]:
    said = describe(draft.item, draft.fields)
    taken = describe(draft.item, draft.receiver_fields) if isinstance(draft, HandOver) else None
    root = taken.root if taken else None
    submission = Submission(draft.item, draft.seq, KINDS[type(draft)], said.root, root)
    return submission, [document for document in (said, taken) if document and document.fields]


@dataclass(frozen=True)
class _Carried:
    """A call, and the places in histories that its messages are for."""

    call: Call
    places: tuple[Place, ...]

    @property
    def gas(self) -> int:
        """A limit that the call stays below: an estimate would run it four times over."""
        return GAS_PER_CALL + GAS_PER_MESSAGE[self.call.of] * len(self.call.messages)


def _transactions(calls: Iterable[_Carried]) -> Iterator[list[_Carried]]:
    """The calls in their order, as many together as fit a transaction."""
    together: list[_Carried] = []
    for call in calls:
        if together and sum(other.gas for other in together) + call.gas > GAS_PER_TRANSACTION:
            yield together
            together = []
        together.append(call)
    if together:
        yield together


def _calls(
    domain: Domain, drafts: Sequence[Draft], submissions: Sequence[Submission], deadline: int
) -> list[_Carried]:
    """Calls that keep each item's order: first every item's first draft, then every item's second, ..."""
    layers: dict[bytes, int] = defaultdict(int)
    single: dict[_Alike, list[tuple[Place, Intake | ConditionReport]]] = defaultdict(list)
    double: dict[_Alike, list[tuple[Place, tuple[CustodyOffer, Acceptance]]]] = defaultdict(list)
    for draft, submission in zip(drafts, submissions, strict=True):
        layer, place = layers[draft.item], (draft.item, draft.seq)
        layers[draft.item] += 1
        if isinstance(draft, HandOver):
            offer = CustodyOffer(draft.item, draft.prior, draft.to, deadline, submission.details)
            acceptance = Acceptance(draft.exceptions, submission.acceptance_details or ZERO)
            double[_Alike(layer, HandOver, draft.by, draft.receiver)].append((place, (offer, acceptance)))
        else:
            message = _message(draft, submission.details, deadline)
            single[_Alike(layer, type(draft), draft.by, draft.by)].append((place, message))
    carried = [
        (alike.layer, _Carried(call, tuple(place for place, _ in part)))
        for alike, all_messages in single.items()
        for part in in_calls(all_messages)
        for call in sign_messages(domain, alike.by, [message for _, message in part])
    ]
    carried += [
        (alike.layer, _Carried(call, tuple(place for place, _ in part)))
        for alike, all_offers in double.items()
        for part in in_calls(all_offers)
        for call in sign_handovers(domain, alike.by, alike.receiver, [offer for _, offer in part])
    ]
    return [call for _, call in sorted(carried, key=lambda pair: pair[0])]


class _Alike(NamedTuple):
    """What messages have in common that one call may carry."""

    layer: int
    kind: type[Draft]
    by: Key
    receiver: Key


def _message(draft: TakeIn | Report, details: bytes, deadline: int) -> Intake | ConditionReport:
    if isinstance(draft, TakeIn):
        return Intake(draft.item, draft.seq, draft.grade, deadline, details)
    return ConditionReport(draft.item, draft.seq, draft.stage, draft.grade, deadline, details)
