"""Proving: an item's history with everything that a verifier needs, in one bundle, checked before it is handed out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from provenance.errors import ChainError, FieldError, StoreError
from provenance.ledger.gateway import Gateway
from provenance.ledger.records import RecordKind
from provenance.ledger.state_proofs import ProvenHeader, StateGone, header_of, nodes_of
from provenance.model.calls import Contract
from provenance.model.hashing import ZERO
from provenance.model.messages import (
    Acceptance,
    Challenge,
    ConditionReport,
    Correction,
    CustodyOffer,
    Hold,
    Intake,
    ItemMessage,
    Ruling,
    Withdrawal,
)
from provenance.model.vocabulary import KeyKind
from provenance.model.words import Journal, Slot
from provenance.proofs import state
from provenance.proofs.attestations import WitnessSignature
from provenance.proofs.bundle import (
    NO_DOCUMENT,
    Accepted,
    Bundle,
    Document,
    ItemName,
    KeySignature,
    Told,
)
from provenance.proofs.commitments import Field
from provenance.proofs.journal import JournalHead, record_line
from provenance.proofs.trie import NodePool
from provenance.proofs.trust import BlockRoot
from provenance.proofs.verdict import Verdict
from provenance.proofs.verifier import verify
from provenance.store import index
from provenance.store import proving as rows
from provenance.store.captures import Capture, captured
from provenance.store.database import Connection, Database
from provenance.store.details import AUDIENCES, PUBLIC, StoredDetails, details_of
from provenance.store.names import item_names_of
from provenance.workflows.trusting import pinned


@dataclass(frozen=True)
class _Known:
    """What is known of an item up to a block: its records as a bundle tells them, and the partners they mention."""

    events: tuple[Told, ...]
    challenges: tuple[Told, ...]
    partners: tuple[tuple[int, str | None], ...]


@dataclass(frozen=True)
class _Documents:
    """The details that we have, as far as an audience may read them."""

    stored: Mapping[bytes, StoredDetails]
    audience: str

    def shown(self, root: bytes | None) -> Document:
        """The document with this root; withheld as a whole where we do not have it."""
        if root is None or root == ZERO:
            return NO_DOCUMENT
        if root not in self.stored:
            return Document(root)
        readable = AUDIENCES[: AUDIENCES.index(self.audience) + 1]
        fields, withheld = [], []
        for stored in self.stored[root].fields:
            if (
                stored.audience in readable
                and stored.name
                and stored.salt is not None
                and stored.value is not None
            ):
                fields.append(Field(stored.name, json.loads(stored.value), bytes(stored.salt)))
            else:
                withheld.append(bytes(stored.commitment))
        fields.sort(key=lambda field: field.name.encode())
        return Document.of(tuple(fields), tuple(sorted(withheld)))


def prove(
    database: Database,
    gateway: Gateway,
    name: ItemName,
    *,
    audience: str = PUBLIC,
    block: int | None = None,
    attestations: Sequence[WitnessSignature] = (),
) -> Bundle:
    """The item's whole history up to a block, by default the newest final one, with what proves it.

    An item that was never taken in gives the proof of just that. Fields that the audience may not read are withheld as
    their commitments. Where the node has dropped the state, the proof that was captured before is handed out.

    Raises:
        FieldError: the audience is unknown, or the block is not indexed.
        StateGone: the node no longer proves this block's state, and no capture is at hand.
        StoreError: a signature is not at hand, or what is stored does not prove what the chain keeps.
    """
    if audience not in AUDIENCES:
        raise FieldError("audience", audience, f"give {', '.join(AUDIENCES)}")
    number = provable_block(database, block)
    try:
        bundle = _proven_by_node(database, gateway, name, audience, number)
    except StateGone:
        with database.reading() as connection:
            capture = captured(connection, name.id)
        if capture is None or block not in (None, capture.block):
            raise
        bundle = _proven_by_capture(database, gateway, name, audience, capture)
    bundle = replace(bundle, attestations=tuple(sorted(attestations, key=lambda by: by.witness)))
    _require_proof(bundle, gateway)
    return bundle


def prove_journal(
    database: Database,
    gateway: Gateway,
    *,
    block: int | None = None,
    attestations: Sequence[WitnessSignature] = (),
) -> Iterator[bytes]:
    """The lines of the proof that these records are all the ledger has up to a block, by default the newest final one.

    Raises what `prove` does; StoreError at the end where the records read do not fold to the chain's journal.
    """
    number, deployment = provable_block(database, block), gateway.deployment
    header = header_of(gateway.chain, number)
    place = state.of_variable(state.JOURNAL)
    pool = NodePool(nodes_of(gateway.chain, deployment, number, {Contract.LEDGER: (place,)}))
    account = state.read_account(pool, header.header.state_root, deployment.ledger)
    if account is None:
        raise ChainError(f"the ledger is not there yet in block {number}: give a later one")
    kept = state.read_word(pool, account.storage_root, place)
    signatures = tuple(sorted(attestations, key=lambda by: by.witness))
    head = JournalHead(deployment.chain_id, deployment.ledger, header.encoded, signatures, pool.used)
    yield json.dumps(head.as_json()).encode() + b"\n"
    journal = Journal.opened(deployment.chain_id, deployment.ledger)
    with database.reading() as connection:
        for item, word in rows.records_up_to(connection, number):
            journal = journal.fold(item, word)
            yield record_line(item, word)
    if journal.to_word() != kept:
        raise StoreError(
            f"the {journal.count} records of the index are not the ledger's: run `provenance index rebuild`"
        )


def named(database: Database, item: bytes) -> ItemName:
    """The item's id with what opens it, as far as we know."""
    with database.reading() as connection:
        found = item_names_of(connection, [item]).get(item)
    return ItemName(item, found.uri, bytes(found.salt)) if found else ItemName(item)


def bundle_bytes(bundle: Bundle) -> bytes:
    """The bundle's file."""
    return json.dumps(bundle.as_json(), ensure_ascii=False, indent=1).encode() + b"\n"


def provable_block(database: Database, asked: int | None) -> int:
    """The block to prove: the one asked for, if it is indexed; by default the newest final one."""
    with database.reading() as connection:
        position = index.position(connection)
    if position is None:
        raise StoreError(
            "nothing is indexed yet: let `provenance serve` or `provenance demo` follow the chain first"
        )
    if asked is None:
        return min(position.finalized, position.block)
    if asked > position.block:
        raise FieldError("block", asked, f"the index ends at block {position.block}; give one up to it")
    return asked


def _proven_by_node(
    database: Database, gateway: Gateway, name: ItemName, audience: str, block: int
) -> Bundle:
    known = _known(database, name.id, audience, block)
    header = header_of(gateway.chain, block)
    bundle = _bundle(gateway, name, known, header.encoded)
    places = state.places_of(name.id, bundle.keys, [partner for partner, _ in known.partners])
    nodes = nodes_of(gateway.chain, gateway.deployment, block, places)
    return replace(bundle, nodes=_in_order(gateway, bundle, header, NodePool(nodes)))


def _proven_by_capture(
    database: Database, gateway: Gateway, name: ItemName, audience: str, capture: Capture
) -> Bundle:
    known = _known(database, name.id, audience, capture.block)
    bundle = _bundle(gateway, name, known, capture.header)
    header = ProvenHeader(capture.header, state.read_header(capture.header))
    return replace(bundle, nodes=_in_order(gateway, bundle, header, NodePool(capture.nodes)))


def _bundle(gateway: Gateway, name: ItemName, known: _Known, header: bytes) -> Bundle:
    return Bundle(
        chain_id=gateway.deployment.chain_id,
        ledger=gateway.deployment.ledger,
        item=name,
        header=header,
        attestations=(),
        partners=known.partners,
        events=known.events,
        challenges=known.challenges,
        nodes=(),
    )


def _in_order(gateway: Gateway, bundle: Bundle, header: ProvenHeader, pool: NodePool) -> tuple[bytes, ...]:
    """The nodes that the verifier will need, in the order in which it will need them."""
    deployment, root = gateway.deployment, header.header.state_root
    named = [partner for partner, name in bundle.partners if name is not None]
    places = state.places_of(bundle.item.id, bundle.keys, named)
    accounts = {contract: state.read_account(pool, root, deployment.address(contract)) for contract in places}
    for contract, account in accounts.items():
        if account is None:
            raise ChainError(
                f"{contract.value} is not there yet in block {header.header.number}: give a later one"
            )
        for place in places[contract]:
            state.read_word(pool, account.storage_root, place)
    return pool.used


def _require_proof(bundle: Bundle, gateway: Gateway) -> None:
    """Nothing is handed out that does not verify."""
    header = state.read_header(bundle.header)
    trust = pinned(gateway.deployment, BlockRoot(header.number, header.hash))
    report = verify(bundle_bytes(bundle), json.dumps(trust.as_json()).encode())
    if report.verdict is not Verdict.VERIFIED:
        step = f"step {report.failed.value}, {report.failed.words}: " if report.failed else ""
        raise StoreError(
            f"what is stored of item 0x{bundle.item.id.hex()} does not prove it ({step}{report.reason}); "
            "run `provenance index rebuild`"
        )


def _known(database: Database, item: bytes, audience: str, block: int) -> _Known:
    with database.reading() as connection:
        events = rows.events_up_to(connection, item, block)
        challenges = rows.challenges_up_to(connection, item, block)
        signatures = rows.signatures_up_to(connection, item, block)
        roots = {bytes(root) for row in (*events, *challenges) for root in _roots(row) if root}
        documents = _Documents(details_of(connection, list(roots)), audience)
        partners = _partners(connection, events, challenges)
    told, prior = [], ZERO
    for row in events:
        told.append(_told(row, prior, documents, signatures))
        prior = bytes(row.slot)
    disputes = tuple(_told(row, ZERO, documents, signatures) for row in challenges)
    return _Known(tuple(told), disputes, partners)


def _roots(row: Any) -> tuple[bytes | None, ...]:
    return row.details, getattr(row, "acceptance_details", None)


def _partners(
    connection: Connection, events: Sequence[Any], challenges: Sequence[Any]
) -> tuple[tuple[int, str | None], ...]:
    found = {row.signer_partner for row in (*events, *challenges)}
    found |= {row.receiver_partner for row in events if row.receiver_partner}
    found |= {to for row in events if (to := _to(row))}
    names = rows.partner_names(connection, found)
    return tuple((partner, names.get(partner)) for partner in sorted(found))


def _to(row: Any) -> int:
    """The partner that the record's message names as the receiver, 0 for none."""
    moves = row.kind in (RecordKind.CUSTODY_TRANSFER, RecordKind.RULING)
    return Slot.from_word(bytes(row.slot)).custodian if moves else 0


Signatures = Mapping[tuple[int, int, int], tuple[bytes, int, tuple[bytes, ...]]]


def _told(row: Any, prior: bytes, documents: _Documents, signatures: Signatures) -> Told:
    place = row.block, row.log_index
    accepted = None
    if getattr(row, "receiver", None):
        acceptance = Acceptance(row.exceptions, bytes(row.acceptance_details))
        signed = _signed(row.receiver, row.receiver_kind, signatures.get((*place, 1)), row)
        accepted = Accepted(acceptance, documents.shown(bytes(row.acceptance_details)), signed)
    return Told(
        row.time,
        _message(row, prior),
        documents.shown(bytes(row.details)),
        _signed(row.signer, row.signer_kind, signatures.get((*place, 0)), row),
        accepted,
    )


def _signed(
    key: bytes, kind: int, found: tuple[bytes, int, tuple[bytes, ...]] | None, row: Any
) -> KeySignature:
    if kind == KeyKind.WALLET:
        return KeySignature(bytes(key), None)
    if found is None:
        raise StoreError(
            f"the signature of 0x{bytes(key).hex()} in block {row.block}, log {row.log_index}, is not at hand: "
            "another contract made the call; ask whoever submitted it"
        )
    signature, index_, path = found
    return KeySignature(bytes(key), signature, index_, path)


def _message(row: Any, prior: bytes) -> ItemMessage:  # noqa: PLR0911 - a table
    # Raw rows hold a deadline as the schema stores it: 8 bytes, big-endian.
    item, details, deadline = bytes(row.item), bytes(row.details), int.from_bytes(row.deadline, "big")
    if not hasattr(row, "kind"):
        return Challenge(item, row.count, row.challenged, deadline, details)
    slot = Slot.from_word(bytes(row.slot))
    match RecordKind(row.kind):
        case RecordKind.INTAKE:
            return Intake(item, slot.seq, slot.grade, deadline, details)
        case RecordKind.CONDITION_REPORT:
            return ConditionReport(item, slot.seq, slot.stage, slot.grade, deadline, details)
        case RecordKind.CUSTODY_TRANSFER:
            return CustodyOffer(item, prior, slot.custodian, deadline, details)
        case RecordKind.WITHDRAWAL:
            return Withdrawal(item, slot.seq, bytes(row.offer), deadline, details)
        case RecordKind.CORRECTION:
            return Correction(item, slot.seq, row.corrects, row.answers, deadline, details)
        case RecordKind.HOLD:
            return Hold(item, slot.seq, slot.on_hold, deadline, details)
        case _:
            return Ruling(
                item, slot.seq, slot.stage, slot.grade, slot.custodian, row.answers, deadline, details
            )
