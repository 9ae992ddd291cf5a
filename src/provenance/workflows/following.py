"""Following: what the chain recorded becomes the index, checked record by record.

Each record is judged again by the rules, its head recomputed and the journal folded. A record that is missing,
added, altered or out of order gives another head or another journal. Such an answer, and any failure, is asked for
again in smaller ranges; what still does not add up then stops the following with a ChainError.

Blocks that are not final yet are linked by their parents' hashes. Where the chain has other blocks than the index,
the index is taken back to the last block that both have, and follows from there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

from provenance.errors import ChainError, ProvenanceError, Refused, StoreError
from provenance.ledger.deployment import Deployment
from provenance.ledger.embedded.errors import RpcError
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
from provenance.store.index import KnownBlock, Position, Projection, slot_columns
from provenance.store.names import item_names_of
from provenance.store.rows import Row
from provenance.store.submissions import mark_indexed, mark_skipped, mark_undone
from provenance.workflows.pacing import Pace

BLOCKS_AT_ONCE = 2_000


class Source(Protocol):
    """What following needs of the chain (`ledger.gateway.Gateway` is one)."""

    @property
    def deployment(self) -> Deployment: ...
    def head(self) -> Block: ...
    def finalized(self) -> Block | None: ...
    def block(self, number: int) -> Block | None: ...
    def blocks(self, first: int, last: int) -> list[Block]: ...
    def entries(self, first: int, last: int) -> list[Entry]: ...
    def journal(self, block: int | str = "latest") -> Journal: ...
    def partner_count(self, block: int | str = "latest") -> int: ...


class _Incomplete(ChainError):  # noqa: N818 - named for what was found
    """What was indexed earlier, in good faith, cannot have been all: later answers show it."""


@dataclass(frozen=True)
class _Chain:
    """How far the chain itself is."""

    head: int
    final: int


@dataclass(frozen=True)
class _Read:
    """What the chain told of a range of blocks: those not final yet, the last one, and the entries in order.

    ``journal`` is the chain's own after the last block, None where the node keeps no state so old.
    """

    unfinal: list[Block]
    end: Block
    entries: list[Entry]
    journal: Journal | None


@dataclass
class _State:
    """What a range of records builds on, and what it has come to so far."""

    items: dict[bytes, Item]
    keys: dict[bytes, Row]
    partners: dict[int, Row]
    journal: Journal


def follow(database: Database, source: Source, notice: Callable[[int], None] = lambda _: None) -> Position:
    """Brings the index up to the chain's head; ``notice`` hears how far it has come.

    Raises ChainError when what the node tells does not add up to the heads and the journal on chain, or when it
    fails again and again; what was indexed until then stays.
    """
    pace = Pace(BLOCKS_AT_ONCE)
    asked = 1
    while True:
        try:
            chain = _chain(source)
            position = _kept_position(database, source, chain)
            if position is not None and position.block >= chain.head:
                return _settled(database, source, position, chain)
            first = position.block + 1 if position else source.deployment.block
            asked = min(pace.blocks, max(1, chain.head - first + 1))
            read = _read(source, position, chain, first, first + asked - 1)
            position = _write_range(database, source.deployment, position, chain, read)
        except StoreError:
            raise
        except _Incomplete:
            _undo_unproven(database, source)
            if not pace.disproved():
                raise
        except Exception as failure:  # every provider fails in its own ways
            if not pace.failed(asked):
                raise _told(failure) from failure
            asked = max(1, asked // 2)
        else:
            pace.succeeded(len(read.entries))
            notice(position.block if position else 0)


def _told(failure: Exception) -> Exception:
    if isinstance(failure, ProvenanceError | OSError):
        return failure
    return ChainError(
        f"the node answers what cannot be read ({type(failure).__name__}: {failure}); ask another"
    )


def _chain(source: Source) -> _Chain:
    head, final = source.head(), source.finalized()
    return _Chain(head.number, min(final.number, head.number) if final else 0)


def _kept_position(database: Database, source: Source, chain: _Chain) -> Position | None:
    """The index's place in the chain, after undoing what the chain no longer has; None where nothing is left."""
    with database.reading() as connection:
        position = index.position(connection)
    if position is None:
        return None
    if position.ledger != source.deployment.ledger:
        database.drop_index()
        return None
    if chain.final >= position.finalized and _has(source, position.block, position.hash):
        return position
    return _undo(
        database, source, position, chain.final if chain.final < position.finalized else position.block
    )


def _has(source: Source, number: int, hash_: bytes) -> bool:
    block = source.block(number)
    return block is not None and block.hash == hash_


def _undo(database: Database, source: Source, position: Position, highest: int) -> Position | None:
    """Undoes everything after the last block, not after ``highest``, that index and chain both have."""
    with database.reading() as connection:
        fork = next(
            (
                known
                for known in index.known_blocks(connection)
                if known.number <= highest and _has(source, known.number, known.hash)
            ),
            None,
        )
    return _undo_to(database, source.deployment, position, fork)


def _undo_to(
    database: Database, deployment: Deployment, position: Position, to: KnownBlock | None
) -> Position | None:
    opened = Journal.opened(deployment.chain_id, deployment.ledger)
    with database.writing() as connection:
        index.be_the_only_writer(connection)
        if index.position(connection) == position:  # else another follower was quicker
            mark_undone(connection, to.number if to else index.BEFORE_ALL)
            index.undo(connection, to, opened.to_word())
        return index.position(connection)


def _settled(database: Database, source: Source, position: Position, chain: _Chain) -> Position:
    """The position at the chain's head, once the whole journal is proven there and finality is noted."""
    if position.proven < position.block:
        _prove_at_head(source, position)
    _require_partners(database, source, position)
    reached = replace(position, head=chain.head, finalized=chain.final, proven=position.block)
    if reached != position:
        with database.writing() as connection:
            index.be_the_only_writer(connection)
            if index.position(connection) == position:
                index.note_progress(connection, reached)
                mark_indexed(connection, chain.final)
    return reached


def _require_partners(database: Database, source: Source, position: Position) -> None:
    with database.reading() as connection:
        known = len(index.partners(connection))
    enrolled = source.partner_count(position.block)
    if known != enrolled:
        raise _Incomplete(
            f"{enrolled} partners are enrolled at block {position.block}, {known} were read: "
            "the node left something out; ask another"
        )


def _prove_at_head(source: Source, position: Position) -> None:
    """Compares the journal where every node can."""
    kept = source.journal(position.block)
    try:
        _require_journal(kept, Journal.from_word(position.journal), position.block)
    except ChainError as failure:
        raise _Incomplete(str(failure)) from None


def _undo_unproven(database: Database, source: Source) -> None:
    """Takes the index back to where the journal proves it; to nothing where a change in the registry is missing.

    The journal covers the ledger's records alone, so nothing tells in which block the registry's change was.
    """
    with database.reading() as connection:
        position = index.position(connection)
    if position is None:
        return
    if position.proven < position.block:
        _undo(database, source, position, position.proven)
    else:
        _undo_to(database, source.deployment, position, None)


def _read(source: Source, position: Position | None, chain: _Chain, first: int, last: int) -> _Read:
    """Reads a range that is part of one chain from its first block to its last, on top of the position."""
    unfinal = source.blocks(max(first, chain.final + 1), last)
    end = unfinal[-1] if unfinal else source.block(last)
    if end is None:
        raise ChainError(f"block {last} was there and is gone: the chain is reorganising, follow again")
    _require_links(position, unfinal)
    entries = source.entries(first, last)
    hashes = {block.number: block.hash for block in (*unfinal, end)}
    if any(hashes.get(e.place.block_number, e.place.block_hash) != e.place.block_hash for e in entries):
        raise ChainError(f"blocks {first} to {last} were exchanged while they were read: follow again")
    journal = _journal_at(source, last, chain)
    if not _has(source, last, end.hash):
        raise ChainError(f"block {last} was exchanged while it was read: follow again")
    return _Read(unfinal, end, entries, journal)


def _require_links(position: Position | None, blocks: Sequence[Block]) -> None:
    for parent, child in pairwise(blocks):
        if child.parent_hash != parent.hash or child.number != parent.number + 1:
            raise ChainError(f"block {child.number} does not follow block {parent.number}: follow again")
    first = blocks[0] if blocks else None
    joins = position and first and first.number == position.block + 1
    if position and first and joins and first.parent_hash != position.hash:
        raise ChainError(f"block {first.number} does not follow what is indexed: follow again")


def _journal_at(source: Source, block: int, chain: _Chain) -> Journal | None:
    """The chain's journal; None for a block whose state the node has dropped, which is then proven at the head."""
    try:
        return source.journal(block)
    except RpcError:
        if block >= chain.head:
            raise
        return None


def _write_range(
    database: Database, deployment: Deployment, position: Position | None, chain: _Chain, read: _Read
) -> Position | None:
    """The position after the range; another one where another follower was quicker."""
    with database.writing() as connection:
        index.be_the_only_writer(connection)
        now = index.position(connection)
        if (now and (now.block, now.hash)) != (position and (position.block, position.hash)):
            return now
        state = _state(connection, deployment, position, read.entries)
        projection = _project(connection, deployment, state, read)
        reached = _reached(deployment, position, chain, read, state.journal)
        index.write(connection, projection, reached)
        mark_skipped(connection, _skips(read.entries))
        mark_indexed(connection, chain.final)
    return reached


def _reached(
    deployment: Deployment, position: Position | None, chain: _Chain, read: _Read, journal: Journal
) -> Position:
    end, proven = read.end, position.proven if position else deployment.block - 1
    if read.journal is not None:
        _require_journal(read.journal, journal, end.number)
        proven = end.number
    # What is not indexed yet is not final for readers; where finality ends is compared with this again.
    final = min(chain.final, end.number)
    word = journal.to_word()
    return Position(deployment.ledger, end.number, end.hash, end.time, word, final, chain.head, proven)


def _require_journal(kept: Journal, journal: Journal, block: int) -> None:
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


def _project(connection: Connection, deployment: Deployment, state: _State, read: _Read) -> Projection:
    made = Projection()
    before = {item for item, found in state.items.items() if found.slot}
    blocks: dict[int, Row] = {}
    spans: dict[bytes, tuple[Place, Place]] = {}
    for entry in read.entries:
        if isinstance(entry, RegistryRecord):
            _note_registry(state, made, entry)
        elif isinstance(entry, Record):
            _note_record(state, made, entry)
            spans[entry.item] = (spans.get(entry.item, (entry.place,))[0], entry.place)
        blocks[entry.place.block_number] = _block_row(entry.place, state.journal)
    made.blocks += blocks.values()
    made.unfinal_blocks += [{"number": b.number, "hash": b.hash, "time": b.time} for b in read.unfinal]
    made.new_items += _new_items(connection, state, spans, before, made.events)
    made.changed_items += [
        {"of_item": item, **_item_words(state.items[item], last)}
        for item, (_, last) in spans.items()
        if item in before
    ]
    made.partners = list({row["partner"]: row for row in made.partners}.values())
    made.keys = list({row["address"]: row for row in made.keys}.values())
    return made


def _block_row(place: Place, journal: Journal) -> Row:
    return {
        "number": place.block_number,
        "hash": place.block_hash,
        "time": place.block_time,
        "journal": journal.to_word(),
    }


def _note_registry(state: _State, made: Projection, entry: RegistryRecord) -> None:
    if entry.kind in (RegistryKind.KEY_GRANTED, RegistryKind.KEY_REVOKED):
        key = _key_row(entry)
        state.keys[key["address"]] = key
        made.keys.append(key)
        made.key_changes.append({**_change_columns(entry.place), **key})
        return
    if entry.kind is not RegistryKind.ENROLLED and entry.partner not in state.partners:
        raise _Incomplete(f"partner {entry.partner} changed, but its enrolment was not read")
    row = dict(state.partners.get(entry.partner, {"partner": entry.partner, "suspended": False}))
    if entry.name_hash is not None:
        row["name_hash"] = entry.name_hash
    if entry.roles is not None:
        row["allowed"] = entry.roles
    if entry.suspended is not None:
        row["suspended"] = entry.suspended
    state.partners[entry.partner] = row
    made.partners.append(row)
    made.partner_changes.append({**_change_columns(entry.place), **row})


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
        raise _Incomplete(
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
        **slot_columns(slot.to_word()),
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
