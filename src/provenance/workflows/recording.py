"""Recording: what partners say in clear becomes documents, signed messages, one transaction.

The order of writes is what survives a kill at any moment: documents and submissions are durable before anything
that commits to them is sent, and a submission for the same place in the same history keeps its first documents.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from provenance.errors import Refused
from provenance.ledger.sending import Receipt
from provenance.model.calls import Call, Contract
from provenance.model.messages import Acceptance, ConditionReport, CustodyOffer, Intake
from provenance.proofs.canonical import JsonValue
from provenance.proofs.eip712 import Domain
from provenance.store.database import Database
from provenance.store.details import StoredDetails, save_details
from provenance.store.submissions import Submission, mark_rejected, mark_sent, submissions_of, submit
from provenance.workflows.describing import describe
from provenance.workflows.keyring import Key
from provenance.workflows.network import Network
from provenance.workflows.signing import sign_handovers, sign_messages

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


# Upper bounds for keys that are accounts: an event alone takes at most 50,000 gas with all its call costs.
GAS_PER_CALL = 100_000
GAS_PER_MESSAGE = 50_000

Draft = TakeIn | Report | HandOver
KINDS = {TakeIn: "Intake", Report: "ConditionReport", HandOver: "CustodyTransfer"}


def record(network: Network, drafts: Sequence[Draft]) -> Receipt:
    """Writes the drafts in one transaction, each recorded or skipped alone; an item's drafts keep their order.

    Raises Refused when nothing could be recorded.
    """
    gateway = network.gateway
    submissions = _submitted(network.database, drafts)
    deadline = gateway.head().time + DEADLINE_SECONDS
    domain = gateway.deployment.signatures().domains[Contract.LEDGER]
    calls = _calls(domain, drafts, submissions, deadline)
    places = [(draft.item, draft.seq) for draft in drafts]
    try:
        receipt = gateway.send(network.sender, calls, gas=_gas(calls))
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
        earlier = submissions_of(connection, list({draft.item for draft in drafts}))
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


def _gas(calls: Sequence[Call]) -> int:
    """A limit that the calls stay below: an estimate would run them four times over."""
    return sum(GAS_PER_CALL + GAS_PER_MESSAGE * len(call.messages) for call in calls)


def _calls(
    domain: Domain, drafts: Sequence[Draft], submissions: Sequence[Submission], deadline: int
) -> list[Call]:
    """Calls that keep each item's order: first every item's first draft, then every item's second, ..."""
    layers: dict[bytes, int] = defaultdict(int)
    single: dict[tuple[int, Key, type[Draft]], list[Intake | ConditionReport]] = defaultdict(list)
    double: dict[tuple[int, Key, Key], list[tuple[CustodyOffer, Acceptance]]] = defaultdict(list)
    for draft, submission in zip(drafts, submissions, strict=True):
        layer = layers[draft.item]
        layers[draft.item] += 1
        if isinstance(draft, HandOver):
            offer = CustodyOffer(draft.item, draft.prior, draft.to, deadline, submission.details)
            acceptance = Acceptance(draft.exceptions, submission.acceptance_details or bytes(32))
            double[layer, draft.by, draft.receiver].append((offer, acceptance))
        else:
            single[layer, draft.by, type(draft)].append(_message(draft, submission.details, deadline))
    calls = [
        (layer, call)
        for (layer, by, _), messages in single.items()
        for call in sign_messages(domain, by, messages)
    ]
    calls += [
        (layer, call)
        for (layer, by, receiver), offers in double.items()
        for call in sign_handovers(domain, by, receiver, offers)
    ]
    return [call for _, call in sorted(calls, key=lambda pair: pair[0])]


def _message(draft: TakeIn | Report, details: bytes, deadline: int) -> Intake | ConditionReport:
    if isinstance(draft, TakeIn):
        return Intake(draft.item, draft.seq, draft.grade, deadline, details)
    return ConditionReport(draft.item, draft.seq, draft.stage, draft.grade, deadline, details)
