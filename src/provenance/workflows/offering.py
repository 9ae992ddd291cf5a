"""Offering: one side signs, the other finds it in its inbox and accepts, declines, or lets it expire.

Nothing of an offer is on the chain until it is accepted: then both signatures are one event.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from provenance.errors import FieldError, Refused, StoreError, UnknownPartner
from provenance.model import item as rules
from provenance.model.calls import Contract
from provenance.model.events import Signer
from provenance.model.hashing import ZERO, keccak
from provenance.model.item import Item
from provenance.model.messages import Acceptance, CustodyAcceptance, CustodyOffer, ItemMessage, Ruling
from provenance.model.vocabulary import HANDLERS, KeyKind
from provenance.proofs.digests import event_digest
from provenance.proofs.eip712 import SignedTree, message_json
from provenance.proofs.signatures import recover
from provenance.store import index, offers
from provenance.store.answered import Answered, remember
from provenance.store.authorizations import partners_of
from provenance.store.database import Connection, Database
from provenance.store.details import StoredDetails, save_details
from provenance.store.offers import Offer, State
from provenance.store.submissions import Receipt
from provenance.workflows.drafting import require_settled
from provenance.workflows.judging import (
    KIND_OF,
    Bench,
    Signature,
    event_of,
    foresee,
    message_of,
    registry_of,
    signer,
)
from provenance.workflows.submitting import (
    Leaf,
    Package,
    Refusal,
    RefusedSubmissionError,
    Request,
    answer_given,
    head_time,
    judge,
    keep,
    receipts_json,
    row_of,
    save_signature,
)

MAX_REASON = 500


class NoSuchOfferError(StoreError):
    """No offer with this hash was ever made here."""


class OfferClosedError(FieldError):
    """The offer was accepted, declined, withdrawn, expired or voided already."""


@dataclass(frozen=True)
class Taking:
    """What a receiver signs: an acceptance for each of these offers, under one signature."""

    acceptances: tuple[CustodyAcceptance, ...]
    by: Signature
    documents: Mapping[bytes, StoredDetails]


def offer(
    database: Database,
    bench: Bench,
    package: Package,
    now: int,
    request: Request | None = None,
    *,
    final_only: bool = True,
) -> str:
    """Puts signed offers, or rulings that move custody, into the receivers' inboxes; the answer as JSON.

    The same offer again is the first one. Raises RefusedSubmissionError, NotFinalError, InputError.
    """
    tree = SignedTree(package.messages)
    if tree.of not in (CustodyOffer, Ruling):
        raise FieldError("message", tree.of.__name__, "only custody offers and rulings wait for somebody")
    with database.reading() as connection:
        time = max(now, head_time(connection))
        by = signer(connection, bench, Contract.LEDGER, tree.struct_hash, package.by, now=time)
    with database.writing() as connection:
        if request and (before := answer_given(connection, request)):
            return before
        known = {one.offer for one in offers.offers_of(connection, tree.hashes) if one.giver == by.address}
        new = [place for place, leaf in enumerate(tree.hashes) if leaf not in known]
        if new:
            _require_acceptable(
                connection, bench, package.messages, new, by=by, time=time, final_only=final_only
            )
            number = save_signature(connection, tree, by, package.by)
            save_details(connection, package.documents)
            made = [_made(package.messages[p], tree.hashes[p], by, Leaf(number, p), now) for p in new]
            offers.save_offers(connection, made)
        shown = [one for one in offers.offers_of(connection, tree.hashes) if one.giver == by.address]
        answer = json.dumps({"offers": [offer_json(one) for one in shown]})
        if request:
            remember(connection, Answered(request.key, request.hash, answer, now))
    return answer


def accept(database: Database, bench: Bench, taking: Taking, now: int, request: Request | None = None) -> str:
    """The receiver takes what was offered: each is an event from now on; the receipts as JSON.

    All or none. Raises RefusedSubmissionError, NoSuchOfferError, OfferClosedError, InputError.
    """
    tree = SignedTree(taking.acceptances)
    with database.reading() as connection:
        time = max(now, head_time(connection))
        by = signer(connection, bench, Contract.LEDGER, tree.struct_hash, taking.by, now=time)
    with database.writing() as connection:
        if request and (before := answer_given(connection, request)):
            return before
        chosen = [_chosen(connection, one.offer) for one in taking.acceptances]
        givers = _givers(connection, chosen, time)
        events = [
            event_of(
                message_of(given.kind, given.message),
                givers[given.giver],
                Acceptance(one.exceptions, one.details),
                by,
            )
            for given, one in zip(chosen, taking.acceptances, strict=True)
        ]
        digests = [event_digest(event) for event in events]
        judged = judge(connection, bench, events, digests, time)
        new, fresh = judged.new, dict[bytes, Receipt]()
        _require_open([chosen[place] for place in new])
        if new:
            number = save_signature(connection, tree, by, taking.by)
            _save_documents(connection, taking, chosen)
            fresh = keep(
                connection,
                [
                    row_of(
                        events[place],
                        digests[place],
                        now,
                        Leaf(chosen[place].authorization, chosen[place].leaf),
                        Leaf(number, place),
                    )
                    for place in new
                ],
                judged.known,
            )
            offers.accept(connection, [(chosen[place].id, digests[place]) for place in new], now)
        answer = json.dumps(receipts_json(connection, digests, fresh))
        if request:
            remember(connection, Answered(request.key, request.hash, answer, now))
    return answer


def decline_text(bench: Bench, offer_hash: bytes, reason: str) -> str:
    """What a receiver signs (EIP-191, `personal_sign`) to decline: nothing of it goes to the chain."""
    deployment = bench.deployment
    return (
        f"Decline the offer 0x{offer_hash.hex()}\n"
        f"of the ledger 0x{deployment.ledger.hex()} on chain {deployment.chain_id}.\n"
        f"Reason: {reason}"
    )


def decline(
    database: Database, bench: Bench, offer_hash: bytes, reason: str, given: Signature, *, now: int
) -> Offer:
    """The receiver does not take it, and says why; a key of the partner it is offered to must sign that."""
    if len(reason) > MAX_REASON or not reason.isprintable():
        raise FieldError("reason", reason, f"give at most {MAX_REASON} printable characters, on one line")
    digest = personal_digest(decline_text(bench, offer_hash, reason))
    with database.writing() as connection:
        chosen = _chosen(connection, offer_hash)
        _require_speaker(connection, bench, digest, given, chosen.to_partner, max(now, head_time(connection)))
        if chosen.state != State.DECLINED:
            _require_open([chosen])
            offers.close(connection, [offer_hash], State.DECLINED, reason or None, now)
        return _chosen(connection, offer_hash)


def find_offer(database: Database, offer_hash: bytes) -> Offer:
    """What became of an offer. Raises NoSuchOfferError."""
    with database.reading() as connection:
        return _chosen(connection, offer_hash)


def inbox(database: Database, partner: int, state: str | None, after: int, limit: int) -> list[Offer]:
    """Offers to a partner, oldest first."""
    with database.reading() as connection:
        return offers.offers_between(connection, to=partner, state=state, after=after, limit=limit)


def outbox(database: Database, partner: int, state: str | None, after: int, limit: int) -> list[Offer]:
    """A partner's own offers, oldest first."""
    with database.reading() as connection:
        return offers.offers_between(connection, giver=partner, state=state, after=after, limit=limit)


def sweep(database: Database, now: int) -> int:
    """Closes offers that can no longer be accepted, with the reason; how many."""
    with database.reading() as connection:
        position, any_open = index.position(connection), offers.any_open(connection)
    if position is None or not any_open:
        return 0
    with database.writing() as connection:
        return offers.sweep(connection, max(now, position.time), now)


def offer_json(one: Offer) -> dict[str, object]:
    """An offer as both sides see it."""
    return {
        "offer": _hex(one.offer),
        "kind": one.kind,
        "item": _hex(one.item),
        "from": one.from_partner,
        "to": one.to_partner,
        "key": _hex(one.giver),
        "deadline": str(one.deadline),
        "message": json.loads(one.message),
        "made": one.made,
        "state": one.state,
        "reason": one.reason,
        "changed": one.changed,
        "event": None if one.event is None else _hex(one.event),
        "href": f"/offers/{_hex(one.offer)}",
    }


def personal_digest(text: str) -> bytes:
    """What `personal_sign` signs. Source: EIP-191, version 0x45."""
    data = text.encode()
    return keccak(b"\x19Ethereum Signed Message:\n" + str(len(data)).encode() + data)


def _require_acceptable(
    connection: Connection,
    bench: Bench,
    messages: Sequence[ItemMessage],
    new: Sequence[int],
    *,
    by: Signer,
    time: int,
    final_only: bool,
) -> None:
    """Whether each would be recorded if a fitting key of its receiver accepted it now."""
    known = foresee(connection, bench.deployment, list({messages[place].item for place in new}), time)
    if type(messages[0]) is CustodyOffer:
        require_settled(connection, list(known.values()), final_only=final_only)
    to = {row["partner"] for row in partners_of(connection, [_to(messages[place]) for place in new])}
    refusals = []
    for place in new:
        message = messages[place]
        try:
            if _to(message) not in to:
                raise UnknownPartner(_to(message))
            _try(known[message.item], message, by, time)
        except Refused as reason:
            refusals.append(Refusal(place, message.item, reason))
    if refusals:
        raise RefusedSubmissionError(refusals)


def _try(item: Item, message: ItemMessage, by: Signer, time: int) -> None:
    somebody = Signer(bytes(20), _to(message), HANDLERS, KeyKind.ACCOUNT)
    rules.judge(item.slot, item.challenge_count, event_of(message, by, Acceptance(), somebody), time)


def _to(message: ItemMessage) -> int:
    assert isinstance(message, CustodyOffer | Ruling)  # nothing else is offered
    return message.to


def _made(message: ItemMessage, leaf: bytes, by: Signer, signed: Leaf, now: int) -> Offer:
    return Offer(
        offer=leaf,
        giver=by.address,
        kind=KIND_OF[type(message)].value,
        item=message.item,
        from_partner=by.partner,
        to_partner=_to(message),
        prior=message.prior if isinstance(message, CustodyOffer) else None,
        deadline=message.deadline,
        details=message.details,
        message=json.dumps(message_json(message)),
        authorization=signed.authorization,
        leaf=signed.place,
        made=now,
        state=State.OPEN.value,
        changed=now,
    )


def _chosen(connection: Connection, offer_hash: bytes) -> Offer:
    """The offer with this hash; of several keys' the one that is open, else the last."""
    found = offers.offers_of(connection, [offer_hash])
    if not found:
        raise NoSuchOfferError(f"no offer 0x{offer_hash.hex()} was made here: ask the giver for its hash")
    return next((one for one in found if one.state == State.OPEN), found[-1])


def _require_open(chosen: Sequence[Offer]) -> None:
    for one in chosen:
        if one.state not in (State.OPEN, State.ACCEPTED):
            said = f" ({one.reason})" if one.reason else ""
            raise OfferClosedError("offer", one.offer, f"it is {one.state}{said}")


def _givers(connection: Connection, chosen: Sequence[Offer], time: int) -> dict[bytes, Signer]:
    """The givers, whose keys must still be valid."""
    addresses = sorted({one.giver for one in chosen})
    registry = registry_of(connection, addresses)
    return {address: registry.authority(address, time) for address in addresses}


def _save_documents(connection: Connection, taking: Taking, chosen: Sequence[Offer]) -> None:
    """The receiver's details, each with the item that it is about."""
    about = {one.details: given.item for one, given in zip(taking.acceptances, chosen, strict=True)}
    for root in taking.documents:
        if root not in about or root == ZERO:
            raise FieldError("details", root, "no acceptance commits to them: sign with this root")
    save_details(
        connection,
        [StoredDetails(root, about[root], document.fields) for root, document in taking.documents.items()],
    )


def _require_speaker(  # noqa: PLR0917 - what was signed, by whom, and for whom
    connection: Connection, bench: Bench, digest: bytes, given: Signature, partner: int, time: int
) -> None:
    address = given.signer or recover(digest, given.signature)
    by = registry_of(connection, [address]).authority(address, time)
    if by.kind is KeyKind.WALLET:
        stands = bench.ask_wallet(address, digest, given.signature)
    else:
        stands = recover(digest, given.signature) == address
    if not stands or by.partner != partner:
        raise FieldError(
            "signature",
            given.signature,
            f"partner {partner} must sign, with a key of its own, exactly the text that is asked for",
        )


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
