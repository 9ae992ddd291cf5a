"""Submitting: what partners signed is judged, and kept before anybody is told that it is.

Whoever got a receipt can rely on it: the submission is on the disk, and the sender brings it to the chain. The same event
again gets the same receipt; an event's digest is the receipt's name, so it is known before anything is sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from provenance.errors import FieldError, InputError, LengthMismatch, ProvenanceError, Refused, StoreError
from provenance.interchange.digital_link import parse_item_uri
from provenance.model import item as rules
from provenance.model.calls import Contract
from provenance.model.events import Event, Signed, Signer
from provenance.model.ids import item_id
from provenance.model.messages import Acceptance, Challenge, CustodyOffer, ItemMessage, Ruling, Withdrawal
from provenance.proofs.digests import event_digest
from provenance.proofs.eip712 import SignedTree, message_json
from provenance.store import index, offers
from provenance.store import submissions as store
from provenance.store.answered import Answered, answered, remember
from provenance.store.authorizations import SignedTogether, save_authorization
from provenance.store.database import Connection, Database
from provenance.store.details import StoredDetails, save_details
from provenance.store.names import ItemName, save_item_names
from provenance.store.offers import State
from provenance.store.submissions import Receipt, Status
from provenance.workflows.judging import KIND_OF, Bench, Signature, event_of, foresee, signer

REFUSALS_TOLD = 20


@dataclass(frozen=True)
class Package:
    """What one request brings: messages of one type under one signature.

    Where the receiver has signed too, ``acceptances`` has one for each message. ``documents`` are the details in clear
    that the messages commit to, ``names`` the identities behind new item ids.
    """

    messages: tuple[ItemMessage, ...]
    by: Signature
    acceptances: tuple[Acceptance, ...] = ()
    receiver: Signature | None = None
    documents: tuple[StoredDetails, ...] = ()
    names: tuple[ItemName, ...] = ()


@dataclass(frozen=True)
class Leaf:
    """A message's place under a signature that is kept."""

    authorization: int
    place: int


@dataclass(frozen=True)
class Judgement:
    """Which events, by their places, are new; and the receipts of those that were submitted before, by digest."""

    new: Sequence[int]
    known: Mapping[bytes, Receipt]


@dataclass(frozen=True)
class Request:
    """An Idempotency-Key, and the SHA-256 of the request that came with it."""

    key: str
    hash: bytes


@dataclass(frozen=True)
class Refusal:
    """Why one of the messages would not be recorded."""

    index: int
    item: bytes
    reason: ProvenanceError


class RefusedSubmissionError(ProvenanceError):
    """The contract would not record all of it; nothing was kept."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        self.refusals = tuple(refusals)
        more = f" (and {len(refusals) - 1} more refused)" if len(refusals) > 1 else ""
        super().__init__(f"{refusals[0].reason}{more}")


class PlaceTakenError(ProvenanceError):
    """Another submission, which is not settled yet, claims the same place in the history."""


class OtherRequestError(InputError):
    """The Idempotency-Key came with another request before."""


class NoSuchSubmissionError(StoreError):
    """No event with this digest was ever submitted."""


def submit(
    database: Database, bench: Bench, package: Package, now: int, request: Request | None = None
) -> str:
    """Keeps the package for the sender; the answer as JSON, with a receipt for each message.

    Raises RefusedSubmissionError, Refused for what concerns the whole signature, InputError for what does not fit together.
    """
    _require_whole(package)
    tree = SignedTree(package.messages)
    with database.reading() as connection:
        time = max(now, head_time(connection))
        by = signer(connection, bench, Contract.LEDGER, tree.struct_hash, package.by, now=time)
        accepted, receiver = _accepted(connection, bench, package, tree, time)
    events = _events(package, by, receiver)
    digests = [event_digest(event) for event in events]
    _require_documents(package)
    with database.writing() as connection:
        if request and (before := answer_given(connection, request)):
            return before
        judged = judge(connection, bench, events, digests, time)
        fresh: Mapping[bytes, Receipt] = {}
        if judged.new:
            signed = save_signature(connection, tree, by, package.by)
            countersigned = None
            if accepted and receiver and package.receiver:
                countersigned = save_signature(connection, accepted, receiver, package.receiver)
            save_details(connection, package.documents)
            save_item_names(connection, package.names)
            _withdraw(connection, package.messages, now)
            rows = [
                row_of(events[place], digests[place], now, Leaf(signed, place), _at(countersigned, place))
                for place in judged.new
            ]
            fresh = keep(connection, rows, judged.known)
        answer = json.dumps(receipts_json(connection, digests, fresh))
        if request:
            remember(connection, Answered(request.key, request.hash, answer, now))
    return answer


def _require_whole(package: Package) -> None:
    of = type(package.messages[0])
    if package.receiver is None and (of is CustodyOffer or package.acceptances):
        raise FieldError(
            "receiver",
            "missing",
            "a hand-over has two signatures; an offer alone goes to /offers/custody-offer",
        )
    if package.receiver is not None and of not in (CustodyOffer, Ruling):
        raise FieldError("receiver", "given", f"nobody accepts a {of.__name__}")


def head_time(connection: Connection) -> int:
    position = index.position(connection)
    return position.time if position else 0


def _accepted(
    connection: Connection, bench: Bench, package: Package, tree: SignedTree, now: int
) -> tuple[SignedTree | None, Signer | None]:
    if package.receiver is None:
        return None, None
    if len(package.acceptances) != len(package.messages):
        raise LengthMismatch(len(package.messages), len(package.acceptances))
    pairs = zip(package.acceptances, tree.hashes, strict=True)
    accepted = SignedTree(tuple(acceptance.of(offer) for acceptance, offer in pairs))
    return accepted, signer(
        connection, bench, Contract.LEDGER, accepted.struct_hash, package.receiver, now=now
    )


def _events(package: Package, by: Signer, receiver: Signer | None) -> list[Event]:
    if receiver is None:
        return [event_of(message, by) for message in package.messages]
    pairs = zip(package.messages, package.acceptances, strict=True)
    return [event_of(message, by, acceptance, receiver) for message, acceptance in pairs]


def _require_documents(package: Package) -> None:
    """Every document and name that came along belongs to a message."""
    items = {message.item for message in package.messages}
    roots = {message.details for message in package.messages} | {a.details for a in package.acceptances}
    for document in package.documents:
        if document.root not in roots:
            raise FieldError("details", document.root, "no message commits to them: sign with this root")
    for name in package.names:
        if name.item not in items:
            raise FieldError("uri", name.uri, "with this salt it is none of the items of the messages")


def answer_given(connection: Connection, request: Request) -> str | None:
    before = answered(connection, request.key)
    if before is None:
        return None
    if before.request != request.hash:
        raise OtherRequestError("the Idempotency-Key came with another request before: take a new one")
    return before.answer


def judge(
    connection: Connection, bench: Bench, events: Sequence[Event], digests: Sequence[bytes], now: int
) -> Judgement:
    """Which of the events are new and would be recorded. Raises RefusedSubmissionError unless all new ones would be."""
    items = list({event.item for event in events})
    store.lock_items(connection, items)
    known = store.receipts(connection, digests)
    foreseen = foresee(connection, bench.deployment, items, now)
    claimed = store.claimed(connection, items)
    new, refusals = [], list[Refusal]()
    for place, (event, digest) in enumerate(zip(events, digests, strict=True)):
        if digest in known and known[digest].status != Status.REJECTED:
            continue
        try:
            foreseen[event.item] = rules.apply(foreseen[event.item], event, digest, now)
        except Refused as reason:
            refusals.append(Refusal(place, event.item, reason))
            continue
        if _claim(event) in claimed:
            refusals.append(Refusal(place, event.item, _taken(event)))
        new.append(place)
    if refusals:
        raise RefusedSubmissionError(refusals)
    return Judgement(new, known)


def _taken(event: Event) -> PlaceTakenError:
    return PlaceTakenError(
        f"another submission waits for the same place in the history of item 0x{event.item.hex()}: "
        "try again in a moment, when it is settled"
    )


def _claim(event: Event) -> tuple[bytes, bool, int]:
    """The place that the event will have. A hand-over's follows from the slot that its offer names."""
    message = event.begins_with
    if isinstance(message, Challenge):
        return message.item, True, message.count
    if isinstance(message, CustodyOffer):
        return message.item, False, (int.from_bytes(message.prior[26:28], "big")) + 1
    return event.item, False, message.seq  # type: ignore[attr-defined]  # all others have one


def save_signature(connection: Connection, tree: SignedTree, by: Signer, given: Signature) -> int:
    """Keeps a signature with what it covers; its number."""
    return save_authorization(
        connection, SignedTogether(tree.of.__name__, by.address, given.signature, b"".join(tree.hashes))
    )


def _withdraw(connection: Connection, messages: Sequence[ItemMessage], now: int) -> None:
    """An offer that is withdrawn can no longer be accepted, though the chain has not heard of it yet."""
    withdrawn = [message.offer for message in messages if isinstance(message, Withdrawal)]
    offers.close(connection, withdrawn, State.WITHDRAWN, None, now)


def _at(authorization: int | None, place: int) -> Leaf | None:
    return None if authorization is None else Leaf(authorization, place)


def row_of(
    event: Event, digest: bytes, now: int, signed: Leaf, countersigned: Leaf | None = None
) -> store.Signed:
    """What is kept of an event."""
    message = event.begins_with
    accepted = None if isinstance(event, Signed) else event.acceptance
    item, disputes, number = _claim(event)
    return store.Signed(
        item=item,
        disputes=disputes,
        seq=number,
        kind=KIND_OF[type(message)].value,
        digest=digest,
        details=message.details,  # type: ignore[attr-defined]  # every item message has details
        acceptance_details=accepted.details if accepted else None,
        submitted=now,
        message=json.dumps(message_json(message)),
        authorization=signed.authorization,
        leaf=signed.place,
        receiver_authorization=countersigned.authorization if countersigned else None,
        receiver_leaf=countersigned.place if countersigned else None,
        exceptions=accepted.exceptions if accepted else None,
    )


def keep(
    connection: Connection, rows: Sequence[store.Signed], known: Mapping[bytes, Receipt]
) -> dict[bytes, Receipt]:
    """Keeps new submissions; those that were rejected before wait once more, under the receipt they have.

    The receipts of those that were never submitted before, by digest.
    """
    store.revive(connection, [row.digest for row in rows if row.digest in known])
    fresh = [row for row in rows if row.digest not in known]
    store.accept(connection, fresh)
    return {row.digest: _first_receipt(row) for row in fresh}


def _first_receipt(row: store.Signed) -> Receipt:
    return Receipt(
        row.digest,
        row.item,
        row.disputes,
        row.seq,
        row.kind,
        status=Status.PENDING,
        reason=None,
        tx=None,
        revision=0,
        submitted=row.submitted,
    )


def item_name(uri: str, salt: bytes) -> ItemName:
    """The identity behind an item id. Raises InputError for a URI that is not in canonical form."""
    parsed = parse_item_uri(uri)
    if parsed.uri != uri:
        raise FieldError("uri", uri, f"its canonical form is {parsed.uri}: derive the item id from that")
    return ItemName(item_id(salt, uri), uri, salt, parsed.gtin, parsed.serial, False)


def receipt(database: Database, digest: bytes) -> Receipt:
    """What became of the event with this digest. Raises NoSuchSubmissionError."""
    with database.reading() as connection:
        found = store.receipts(connection, [digest]).get(digest)
    if found is None:
        raise NoSuchSubmissionError(
            f"no event with the digest 0x{digest.hex()} was submitted here: submit it"
        )
    return found


def receipts_json(
    connection: Connection, digests: Sequence[bytes], fresh: Mapping[bytes, Receipt]
) -> dict[str, object]:
    """Receipts in the order of these digests; the fresh ones need not be read again."""
    earlier = [digest for digest in digests if digest not in fresh]
    found = {**fresh, **store.receipts(connection, earlier)}
    return {"receipts": [receipt_json(found[digest]) for digest in digests]}


def receipt_json(receipt: Receipt) -> dict[str, object]:
    """A receipt as the API gives it."""
    digest = "0x" + receipt.digest.hex()
    return {
        "id": digest,
        "item": "0x" + receipt.item.hex(),
        "kind": receipt.kind,
        "count" if receipt.disputes else "seq": receipt.seq,
        "status": receipt.status,
        "reason": receipt.reason,
        "transaction": None if receipt.tx is None else "0x" + receipt.tx.hex(),
        "submitted": receipt.submitted,
        "revision": receipt.revision,
        "href": f"/submissions/{digest}",
    }
