"""Projecting: what the chain recorded in a range of blocks, as the rows that it adds to the index.

Each record is judged again by the rules and its head recomputed, the journal is folded over all of them. A record that
is missing, added, altered or out of order gives another head or another journal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from provenance.errors import ChainError, Refused
from provenance.ledger.deployment import Deployment
from provenance.ledger.records import Entry, Place, Record, RecordKind, RegistryKind, RegistryRecord
from provenance.model import item as rules
from provenance.model.calls import Authorization
from provenance.model.events import AcceptedRuling, Event, HandOver, Signed, Signer
from provenance.model.hashing import ZERO
from provenance.model.item import Item
from provenance.model.messages import CustodyOffer, Ruling
from provenance.model.vocabulary import KeyKind, Role
from provenance.model.words import ChallengeWord, Journal, Slot, genesis
from provenance.proofs.digests import event_digest, fold_journal
from provenance.store import index
from provenance.store.database import Connection
from provenance.store.index import Projection, slot_columns
from provenance.store.names import ItemName, item_names_of
from provenance.store.rows import Row
from provenance.store.tallies import Move
from provenance.store.titles import titles_of


class Incomplete(ChainError):  # noqa: N818 - named for what was found
    """What was indexed earlier, in good faith, cannot have been all: later answers show it."""


@dataclass
class State:
    """What a range of records builds on, and what it has come to so far."""

    items: dict[bytes, Item]
    signers: dict[bytes, Signer]
    partners: dict[int, Row]
    journal: Journal


@dataclass
class _Made:
    """The rows of a range, and what they are made from."""

    rows: Projection = field(default_factory=Projection)
    blocks: dict[int, Row] = field(default_factory=dict)
    moves: Counter[Move] = field(default_factory=Counter)
    last_places: dict[bytes, Place] = field(default_factory=dict)
    first_blocks: dict[bytes, int] = field(default_factory=dict)


def state_before(
    connection: Connection, deployment: Deployment, journal: Journal, entries: Sequence[Entry]
) -> State:
    """What the index holds of all that these entries concern."""
    records = [entry for entry in entries if isinstance(entry, Record)]
    known = index.item_words(connection, list({record.item for record in records}))
    items = {
        item: _item(deployment, item, *known.get(item, (None, None))) for item in {r.item for r in records}
    }
    addresses = {record.signer for record in records} | {
        r.receiver for r in records if r.receiver is not None
    }
    signers = {row["address"]: _signer(row) for row in index.keys_of(connection, list(addresses))}
    changes = any(isinstance(entry, RegistryRecord) for entry in entries)
    partners = {int(row["partner"]): row for row in index.partners(connection)} if changes else {}
    return State(items, signers, partners, journal)


def _item(deployment: Deployment, item: bytes, slot: bytes | None, challenges: bytes | None) -> Item:
    return Item(
        item,
        genesis(deployment.chain_id, deployment.ledger, item),
        Slot.from_word(slot) if slot else None,
        ChallengeWord.from_word(challenges) if challenges else None,
    )


def _signer(key: Row) -> Signer:
    return Signer(key["address"], key["partner"], Role(key["roles"]), KeyKind(key["kind"]))


def project(connection: Connection, state: State, entries: Sequence[Entry]) -> Projection:
    """The rows that the entries add; ``state`` then holds what they left.

    Raises:
        ChainError: a record breaks the rules, or its head does not follow from its item's history.
        Incomplete: what an entry rests on was not read in an earlier block.
    """
    made = _Made()
    before = {item for item, found in state.items.items() if found.slot}
    for _, of_block in groupby(entries, key=lambda entry: entry.place.block_number):
        _note_block(state, made, list(of_block))
    rows = made.rows
    rows.blocks += made.blocks.values()
    rows.new_items += _new_items(connection, state, made, [i for i in made.last_places if i not in before])
    rows.changed_items += [
        {"item": item, **_item_words(state.items[item], last)}
        for item, last in made.last_places.items()
        if item in before
    ]
    rows.moves += made.moves.items()
    rows.partners = list({row["partner"]: row for row in rows.partners}.values())
    rows.keys = list({row["address"]: row for row in rows.keys}.values())
    return rows


def _note_block(state: State, made: _Made, entries: Sequence[Entry]) -> None:
    words = []
    for entry in entries:
        if isinstance(entry, Record):
            _note_record(state, made, entry)
            words.append((entry.item, entry.word))
        elif isinstance(entry, RegistryRecord):
            _note_registry(state, made.rows, entry)
    state.journal = fold_journal(state.journal, words)
    place = entries[-1].place
    made.blocks[place.block_number] = {
        "number": place.block_number,
        "hash": place.block_hash,
        "time": place.block_time,
        "journal": state.journal.to_word(),
    }


def _note_registry(state: State, rows: Projection, entry: RegistryRecord) -> None:
    if entry.kind in (RegistryKind.KEY_GRANTED, RegistryKind.KEY_REVOKED):
        key = _key_row(entry)
        state.signers[key["address"]] = _signer(key)
        rows.keys.append(key)
        rows.key_changes.append({**_change_columns(entry.place), **key})
        return
    if entry.kind is not RegistryKind.ENROLLED and entry.partner not in state.partners:
        raise Incomplete(f"partner {entry.partner} changed, but its enrolment was not read")
    row = dict(state.partners.get(entry.partner, {"partner": entry.partner, "suspended": False}))
    if entry.name_hash is not None:
        row["name_hash"] = entry.name_hash
    if entry.roles is not None:
        row["allowed"] = entry.roles
    if entry.suspended is not None:
        row["suspended"] = entry.suspended
    state.partners[entry.partner] = row
    rows.partners.append(row)
    rows.partner_changes.append({**_change_columns(entry.place), **row})


def _change_columns(place: Place) -> Row:
    return {"block": place.block_number, "log_index": place.log_index}


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


def _note_record(state: State, made: _Made, record: Record) -> None:
    before = state.items[record.item]
    event = _event(state.signers, before, record)
    digest = event_digest(event)
    after = state.items[record.item] = _judged(before, event, digest, record)
    if record.kind is RecordKind.CHALLENGE:
        made.rows.challenges.append(_challenge_row(record, event, digest))
    else:
        made.rows.events.append(_event_row(record, event, digest))
        made.moves[_move(record, before.slot, after.slot)] += 1
    _add_signatures(made.rows.signatures, record)
    made.last_places[record.item] = record.place
    made.first_blocks.setdefault(record.item, record.place.block_number)


def _judged(item: Item, event: Event, digest: bytes, record: Record) -> Item:
    try:
        after = rules.apply(item, event, digest, record.place.block_time)
    except Refused as reason:
        raise ChainError(
            f"{_where(record)}: the record breaks the rules, or one before it is missing: {reason}"
        ) from None
    word = after.challenges if record.kind is RecordKind.CHALLENGE else after.slot
    if word is None or word.to_word() != record.word:
        raise ChainError(
            f"{_where(record)}: the head of item 0x{item.id.hex()} does not follow from its history"
        )
    return after


def _where(record: Record) -> str:
    return f"block {record.place.block_number}, log {record.place.log_index}"


def _event(signers: Mapping[bytes, Signer], item: Item, record: Record) -> Event:
    # Only an offer names the slot before.
    is_offer = record.kind is RecordKind.CUSTODY_TRANSFER
    message = record.message(item.slot.to_word() if is_offer and item.slot else ZERO)
    by = _known_signer(signers, record.signer, record)
    if record.receiver is None or record.acceptance is None:
        assert not isinstance(message, CustodyOffer)  # a hand-over always has a receiver
        return Signed(message, by)
    receiver = _known_signer(signers, record.receiver, record)
    if isinstance(message, Ruling):
        return AcceptedRuling(message, by, record.acceptance, receiver)
    assert isinstance(message, CustodyOffer)  # the only other message that is accepted
    return HandOver(message, by, record.acceptance, receiver)


def _known_signer(signers: Mapping[bytes, Signer], address: bytes, record: Record) -> Signer:
    signer = signers.get(address)
    if signer is None:
        raise Incomplete(
            f"block {record.place.block_number}: key 0x{address.hex()} signed, but its grant was not read"
        )
    return signer


def _move(record: Record, before: Slot | None, after: Slot | None) -> Move:
    assert after is not None  # only challenges leave an item without a slot, and never come first
    old = (int(before.stage), before.grade) if before else (0, 0)
    return Move(record.place.block_number, record.kind.value, old[0], int(after.stage), old[1], after.grade)


def _event_row(record: Record, event: Event, digest: bytes) -> Row:
    by, place, accepted = event.by, record.place, record.acceptance
    receiver = None if isinstance(event, Signed) else event.receiver
    return {
        "item": record.item,
        "seq": int.from_bytes(record.word[26:28], "big"),
        "kind": record.kind.value,
        "slot": record.word,
        "digest": digest,
        "block": place.block_number,
        "time": place.block_time,
        "tx": place.transaction_hash,
        "log_index": place.log_index,
        "signer": by.address,
        "signer_partner": by.partner,
        "signer_kind": int(by.kind),
        "receiver": receiver.address if receiver else None,
        "receiver_partner": receiver.partner if receiver else None,
        "receiver_kind": int(receiver.kind) if receiver else None,
        "deadline": record.deadline.to_bytes(8, "big"),
        "details": record.details,
        "acceptance_details": accepted.details if accepted else None,
        "exceptions": accepted.exceptions if accepted else None,
        "offer": record.offer,
        "corrects": record.corrects,
        "answers": record.answers,
    }


def _challenge_row(record: Record, event: Event, digest: bytes) -> Row:
    by, place = event.by, record.place
    return {
        "item": record.item,
        "count": ChallengeWord.from_word(record.word).count,
        "word": record.word,
        "digest": digest,
        "challenged": record.challenged,
        "block": place.block_number,
        "time": place.block_time,
        "tx": place.transaction_hash,
        "log_index": place.log_index,
        "signer": by.address,
        "signer_partner": by.partner,
        "signer_kind": int(by.kind),
        "deadline": record.deadline.to_bytes(8, "big"),
        "details": record.details,
    }


def _add_signatures(rows: list[Row], record: Record) -> None:
    if record.authorization is not None:
        rows.append(_signature_row(record.place, 0, record.authorization))
    if record.receiver_authorization is not None:
        rows.append(_signature_row(record.place, 1, record.receiver_authorization))


def _signature_row(at: Place, place: int, authorization: Authorization) -> Row:
    return {
        "block": at.block_number,
        "log_index": at.log_index,
        "place": place,
        "signature": authorization.signature,
        "leaf": authorization.index,
        "path": b"".join(authorization.path),
    }


def _item_words(item: Item, last: Place) -> Row:
    slot = item.slot
    assert slot is not None  # an item without a slot has no records, not even challenges
    return {
        **slot_columns(slot.to_word()),
        "challenges": item.challenges.to_word() if item.challenges else None,
        "last_block": last.block_number,
        "last_time": last.block_time,
    }


def _named(name: ItemName | None) -> Row:
    said = ("uri", "gtin", "serial", "made_up")
    return {each: getattr(name, each) if name else None for each in said}


def _new_items(connection: Connection, state: State, made: _Made, new: Sequence[bytes]) -> list[Row]:
    names = item_names_of(connection, new)
    intakes = {event["item"]: event["details"] for event in made.rows.events if event["seq"] == 1}
    titles = titles_of(connection, list(intakes.values()))
    return [
        {
            "item": item,
            **_item_words(state.items[item], made.last_places[item]),
            "first_block": made.first_blocks[item],
            **_named(names.get(item)),
            **{name: titles.get(intakes[item], {}).get(name) for name in ("title", "category", "brand")},
        }
        for item in new
    ]
