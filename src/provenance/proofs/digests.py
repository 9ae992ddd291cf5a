"""Digests: from what was signed to the words the contract keeps, and whole histories replayed to them.

Head, genesis and journal are in `model.words`; this adds what needs the messages' hashes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from provenance.model import item as rules
from provenance.model.events import Event, Signed
from provenance.model.hashing import keccak
from provenance.model.item import Item
from provenance.model.ledger import event_digest as digest_of_hashes
from provenance.model.words import JOURNAL_HEAD, Journal, genesis
from provenance.proofs.eip712 import struct_hash


def event_digest(event: Event) -> bytes:
    """The event's digest: keccak256(enc(struct hash, signer, kind)); of two signers, both halves.

    Signatures and tree paths are no part of it.
    """
    begun = struct_hash(event.begins_with)
    if isinstance(event, Signed):
        return digest_of_hashes(begun, event.by)
    return digest_of_hashes(begun, event.by, struct_hash(event.acceptance.of(begun)), event.receiver)


@dataclass(frozen=True, slots=True)
class TimedEvent:
    """An event and the time of the block that recorded it, in Unix seconds."""

    event: Event
    time: int


def replay(chain_id: int, ledger: bytes, item: bytes, history: Iterable[TimedEvent]) -> Item:
    """The item's words after its whole history, challenges too, in the order in which they were recorded.

    Equal to the words that the contract keeps exactly if no event is missing, added, altered or moved. Each
    event is judged by the rules as well.

    Raises:
        Refused: the rules do not allow an event.
    """
    state = Item(item, genesis(chain_id, ledger, item))
    for timed in history:
        state = rules.apply(state, timed.event, event_digest(timed.event), timed.time)
    return state


def fold_journal(journal: Journal, records: Iterable[tuple[bytes, bytes]]) -> Journal:
    """The journal after the records: pairs of item and the word that the record left, 32 bytes each.

    It is `Journal.fold`, record by record, on the bytes alone: followers fold millions.
    """
    head, count = journal.head, journal.count
    for item, word in records:
        head = keccak(head + count.to_bytes(8, "big") + item + word)[:JOURNAL_HEAD]
        count += 1
    return Journal(head, count)
