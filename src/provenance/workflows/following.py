"""Following: what the chain recorded becomes the index, checked record by record.

Each record is judged again by the rules, its head recomputed and the journal folded. A record that is missing,
added, altered or out of order gives another head or another journal, and stops the following with a ChainError.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from provenance.errors import ChainError, Refused
from provenance.ledger.deployment import Deployment
from provenance.ledger.gateway import Block
from provenance.ledger.records import Entry, Place, Record, RecordKind, RegistryKind, RegistryRecord, Skip
from provenance.model import item as rules
from provenance.model.calls import Authorization
from provenance.model.events import AcceptedRuling, Event, HandOver, Signed, Signer
from provenance.model.hashing import ZERO
from provenance.model.item import Item
from provenance.model.messages import CustodyOffer, Ruling
from provenance.model.vocabulary import KeyKind, Role
from provenance.model.words import ChallengeWord, Journal, Slot, genesis
from provenance.proofs.digests import event_digest
from provenance.store import index
from provenance.store.database import Connection, Database
from provenance.store.details import PUBLIC, StoredDetails, details_of
from provenance.store.index import Position, Projection
from provenance.store.names import item_names_of
from provenance.store.rows import Row
from provenance.store.submissions import mark_indexed, mark_skipped

BLOCKS_AT_ONCE = 2_000


class Source(Protocol):
    """What following needs of the chain (`ledger.gateway.Gateway` is one)."""

    @property
    def deployment(self) -> Deployment: ...
    def head(self) -> Block: ...
    def finalized(self) -> Block | None: ...
    def block(self, number: int) -> Block | None: ...
    def entries(self, first: int, last: int) -> list[Entry]: ...
    def journal(self, block: int | str = "latest") -> Journal: ...


@dataclass(frozen=True)
class _Range:
    """Blocks to read, both included, and how far the chain itself is."""

    first: int
    last: int
    head: int
    finalized: int


@dataclass
class _State:
    """What a range of records builds on, and what it has come to so far."""

    items: dict[bytes, Item]
    keys: dict[bytes, Row]
    partners: dict[int, Row]
    journal: Journal


def follow(database: Database, source: Source, notice: Callable[[int], None] = lambda _: None) -> Position:
    """Brings the index up to the chain's head; ``notice`` hears how far it has come.

    Raises ChainError when what the node tells does not add up to the heads and the journal on chain.
    """
    head, finalized = source.head(), source.finalized()
    final = finalized.number if finalized else 0
    position = _kept_position(database, source)
    while position is None or position.block < head.number:
        first = position.block + 1 if position else source.deployment.block
        last = min(first + BLOCKS_AT_ONCE - 1, head.number)
        position = _follow_range(database, source, position, _Range(first, last, head.number, final))
        notice(position.block if position else 0)
    if (position.head, position.finalized) != (head.number, final):
        position = replace(position, head=head.number, finalized=final)
        with database.writing() as connection:
            index.note_head(connection, head.number, final)
            mark_indexed(connection, final)
    return position


def _kept_position(database: Database, source: Source) -> Position | None:
    """The index's place in the chain; none, and the index dropped, if that block or the ledger is another."""
    with database.reading() as connection:
        position = index.position(connection)
    if position is None:
        return None
    block = source.block(position.block)
    same_ledger = position.ledger == source.deployment.ledger
    if same_ledger and block is not None and block.hash == position.hash:
        return position
    database.drop_index()
    return None


def _follow_range(
    database: Database, source: Source, position: Position | None, blocks: _Range
) -> Position | None:
    """The position after the range; another one where another follower was quicker."""
    entries = source.entries(blocks.first, blocks.last)
    end = source.block(blocks.last)
    if end is None:
        raise ChainError(
            f"block {blocks.last} was there and is gone: the chain is reorganising, follow again"
        )
    with database.writing() as connection:
        now = index.position(connection)
        if (now and now.block) != (position and position.block):
            return now
        state = _state(connection, source.deployment, position, entries)
        projection = _project(connection, source.deployment, state, entries)
        _require_journal(source, state.journal, blocks.last)
        journal = state.journal.to_word()
        reached = Position(
            source.deployment.ledger, blocks.last, end.hash, end.time, journal, blocks.finalized, blocks.head
        )
        index.write(connection, projection, reached)
        mark_skipped(connection, _skips(entries))
        mark_indexed(connection, blocks.finalized)
    return reached


def _require_journal(source: Source, journal: Journal, block: int) -> None:
    kept = source.journal(block)
    if kept != journal:
        raise ChainError(
            f"the journal at block {block} counts {kept.count} records, those read count {journal.count}"
            f"{'' if kept.count != journal.count else ' and differ'}: the node left something out; ask another"
        )


def _skips(entries: Sequence[Entry]) -> list[tuple[bytes, bytes, str]]:
    return [
        (entry.place.transaction_hash, entry.item, str(entry.reason))
        for entry in entries
        if isinstance(entry, Skip) and entry.item is not None
    ]


def _state(
    connection: Connection, deployment: Deployment, position: Position | None, entries: Sequence[Entry]
) -> _State:
    wanted = {entry.item for entry in entries if isinstance(entry, Record)}
    known = index.item_words(connection, list(wanted))
    items = {item: _item(deployment, item, *known.get(item, (None, None))) for item in wanted}
    journal = (
        Journal.from_word(position.journal)
        if position
        else Journal.opened(deployment.chain_id, deployment.ledger)
    )
    keys = {bytes(row["address"]): row for row in index.keys(connection)}
    partners = {int(row["partner"]): row for row in index.partners(connection)}
    return _State(items, keys, partners, journal)


def _item(deployment: Deployment, item: bytes, slot: bytes | None, challenges: bytes | None) -> Item:
    return Item(
        item,
        genesis(deployment.chain_id, deployment.ledger, item),
        Slot.from_word(slot) if slot else None,
        ChallengeWord.from_word(challenges) if challenges else None,
    )


def _project(
    connection: Connection, deployment: Deployment, state: _State, entries: Iterable[Entry]
) -> Projection:
    made = Projection()
    before = {item for item, found in state.items.items() if found.slot}
    seen: dict[int, Place] = {}
    spans: dict[bytes, tuple[Place, Place]] = {}
    for entry in entries:
        seen[entry.place.block_number] = entry.place
        if isinstance(entry, RegistryRecord):
            _note_registry(state, made, entry)
        elif isinstance(entry, Record):
            _note_record(state, made, entry)
            spans[entry.item] = (spans.get(entry.item, (entry.place,))[0], entry.place)
    made.blocks += [
        {"number": place.block_number, "hash": place.block_hash, "time": place.block_time}
        for place in seen.values()
    ]
    made.new_items += _new_items(connection, state, spans, before, made.events)
    made.changed_items += [
        {"of_item": item, **_item_words(state.items[item], last)}
        for item, (_, last) in spans.items()
        if item in before
    ]
    made.partners = list({row["partner"]: row for row in made.partners}.values())
    made.keys = list({row["address"]: row for row in made.keys}.values())
    return made


def _note_registry(state: _State, made: Projection, entry: RegistryRecord) -> None:
    if entry.kind in (RegistryKind.KEY_GRANTED, RegistryKind.KEY_REVOKED):
        key = _key_row(entry)
        state.keys[key["address"]] = key
        made.keys.append(key)
        return
    row = dict(state.partners.get(entry.partner, {"partner": entry.partner, "suspended": False}))
    if entry.name_hash is not None:
        row["name_hash"] = entry.name_hash
    if entry.roles is not None:
        row["allowed"] = entry.roles
    if entry.suspended is not None:
        row["suspended"] = entry.suspended
    state.partners[entry.partner] = row
    made.partners.append(row)


def _key_row(entry: RegistryRecord) -> Row:
    word = entry.word
    assert word is not None  # both kinds of key record carry it
    return {
        "address": entry.key,
        "partner": word.partner,
        "roles": int(word.roles),
        "kind": int(word.kind),
        "valid_from": word.valid_from,
        "valid_to": word.valid_to,
    }


def _note_record(state: _State, made: Projection, record: Record) -> None:
    item = state.items[record.item]
    event = _event(state, item, record)
    digest = event_digest(event)
    after = _judged(item, event, digest, record)
    state.items[record.item] = after
    state.journal = state.journal.fold(record.item, record.word)
    if record.kind is RecordKind.CHALLENGE:
        made.challenges.append(_challenge_row(record, event, digest))
    else:
        made.events.append(_event_row(record, event, digest))
    made.signatures += _signature_rows(record)


def _judged(item: Item, event: Event, digest: bytes, record: Record) -> Item:
    where = f"block {record.place.block_number}, log {record.place.log_index}"
    try:
        after = rules.apply(item, event, digest, record.place.block_time)
    except Refused as reason:
        raise ChainError(
            f"{where}: the record breaks the rules, or one before it is missing: {reason}"
        ) from None
    word = after.challenges if record.kind is RecordKind.CHALLENGE else after.slot
    if word is None or word.to_word() != record.word:
        raise ChainError(f"{where}: the head of item 0x{item.id.hex()} does not follow from its history")
    return after


def _event(state: _State, item: Item, record: Record) -> Event:
    prior = item.slot.to_word() if item.slot else ZERO
    message = record.message(prior)
    by = _signer(state, record.signer, record)
    if record.receiver is None or record.acceptance is None:
        assert not isinstance(message, CustodyOffer)  # a hand-over always has a receiver
        return Signed(message, by)
    receiver = _signer(state, record.receiver, record)
    if isinstance(message, Ruling):
        return AcceptedRuling(message, by, record.acceptance, receiver)
    assert isinstance(message, CustodyOffer)  # the only other message that is accepted
    return HandOver(message, by, record.acceptance, receiver)


def _signer(state: _State, address: bytes, record: Record) -> Signer:
    key = state.keys.get(address)
    if key is None:
        raise ChainError(
            f"block {record.place.block_number}: key 0x{address.hex()} signed, but its grant was not read"
        )
    return Signer(address, key["partner"], Role(key["roles"]), KeyKind(key["kind"]))


def _place_columns(place: Place) -> Row:
    return {
        "block": place.block_number,
        "time": place.block_time,
        "tx": place.transaction_hash,
        "log_index": place.log_index,
    }


def _signer_columns(signer: Signer) -> Row:
    return {"signer": signer.address, "signer_partner": signer.partner, "signer_kind": int(signer.kind)}


def _event_row(record: Record, event: Event, digest: bytes) -> Row:
    receiver = None if isinstance(event, Signed) else event.receiver
    accepted = record.acceptance
    return {
        "item": record.item,
        "seq": Slot.from_word(record.word).seq,
        "kind": record.kind.value,
        "slot": record.word,
        "digest": digest,
        **_place_columns(record.place),
        **_signer_columns(event.by),
        "receiver": receiver.address if receiver else None,
        "receiver_partner": receiver.partner if receiver else None,
        "receiver_kind": int(receiver.kind) if receiver else None,
        "deadline": record.deadline,
        "details": record.details,
        "acceptance_details": accepted.details if accepted else None,
        "exceptions": accepted.exceptions if accepted else None,
        "offer": record.offer,
        "corrects": record.corrects,
        "answers": record.answers,
    }


def _challenge_row(record: Record, event: Event, digest: bytes) -> Row:
    return {
        "item": record.item,
        "count": ChallengeWord.from_word(record.word).count,
        "word": record.word,
        "digest": digest,
        "challenged": record.challenged,
        **_place_columns(record.place),
        **_signer_columns(event.by),
        "deadline": record.deadline,
        "details": record.details,
    }


def _signature_rows(record: Record) -> list[Row]:
    shown: list[Authorization | None] = [record.authorization, record.receiver_authorization]
    return [
        {
            "block": record.place.block_number,
            "log_index": record.place.log_index,
            "place": place,
            "signature": authorization.signature,
            "leaf": authorization.index,
            "path": b"".join(authorization.path),
        }
        for place, authorization in enumerate(shown)
        if authorization is not None
    ]


def _item_words(item: Item, last: Place) -> Row:
    slot = item.slot
    assert slot is not None  # an item without a slot has no records, not even challenges
    return {
        "slot": slot.to_word(),
        "seq": slot.seq,
        "stage": int(slot.stage),
        "on_hold": slot.on_hold,
        "grade": slot.grade,
        "custodian": slot.custodian,
        "challenges": item.challenges.to_word() if item.challenges else None,
        "last_block": last.block_number,
        "last_time": last.block_time,
    }


def _new_items(
    connection: Connection,
    state: _State,
    spans: dict[bytes, tuple[Place, Place]],
    before: set[bytes],
    events: Sequence[Row],
) -> list[Row]:
    new = [item for item in spans if item not in before]
    names = item_names_of(connection, new)
    intakes = {event["item"]: event["details"] for event in events if event["seq"] == 1}
    documents = details_of(connection, list(intakes.values()))
    rows: list[Row] = []
    for item in new:
        document = documents.get(intakes[item])
        public = _public_text(document) if document else {}
        name = names.get(item)
        rows.append(
            {
                "item": item,
                **_item_words(state.items[item], spans[item][1]),
                "first_block": spans[item][0].block_number,
                "uri": name.uri if name else None,
                "gtin": name.gtin if name else None,
                "serial": name.serial if name else None,
                "made_up": name.made_up if name else None,
                "title": public.get("title"),
                "category": public.get("category"),
                "brand": public.get("brand"),
            }
        )
    return rows


def _public_text(document: StoredDetails) -> dict[str, str]:
    """Public fields that are text: what partners say may be of any type, and not for everybody."""
    values = {
        field.name: json.loads(field.value)
        for field in document.fields
        if field.name and field.value and field.audience == PUBLIC
    }
    return {name: value for name, value in values.items() if isinstance(value, str)}
