"""Drafting: from what a partner intends to the exact typed data that its wallet signs.

What the partner leaves out is filled in from the item as it will be once all that waits is recorded. Details given in
clear are committed to with fresh salts. Nothing is kept: the partner sends the salts back with the signature.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from provenance.errors import FieldError, InputError
from provenance.model.hashing import ZERO
from provenance.model.item import Item
from provenance.model.messages import CustodyOffer, Message
from provenance.model.vocabulary import MAX_SEQ, KeyKind
from provenance.proofs.eip712 import CONTRACT_OF, Domain, SignedTree, message_json
from provenance.store import index
from provenance.store.database import Connection, Database
from provenance.store.details import PUBLIC, StoredDetails
from provenance.store.offers import last_blocks
from provenance.store.submissions import waiting
from provenance.workflows.describing import describe
from provenance.workflows.judging import Bench, foresee
from provenance.workflows.parsing import labels_of, read_message, read_value
from provenance.workflows.tracing import find

DEADLINE_SECONDS = 7 * 24 * 3600
KEY_SECONDS = 10 * 365 * 24 * 3600
MAX_FIELDS = 200


class NotFinalError(InputError):
    """An offer would name a slot that the chain may still take back, or that is about to change."""


@dataclass(frozen=True)
class Draft:
    """What is to be signed: one message, or many under one signature; ``documents`` open their details."""

    tree: SignedTree
    documents: tuple[StoredDetails | None, ...]
    domain: Domain

    def as_json(self) -> dict[str, object]:
        """The typed data, the digest that is signed, the messages and the details that they commit to."""
        return {
            "typed_data": self.tree.typed_data(self.domain),
            "digest": "0x" + self.domain.digest(self.tree.struct_hash).hex(),
            "hashes": ["0x" + leaf.hex() for leaf in self.tree.hashes],
            "messages": [message_json(message) for message in self.tree.messages],
            "documents": [document_json(document) for document in self.documents],
        }


def draft(
    database: Database,
    bench: Bench,
    of: type[Message],
    intended: Sequence[Mapping[str, Any]],
    *,
    now: int,
    final_only: bool = True,
) -> Draft:
    """The typed data for what is intended: a JSON object for each message, with ``details`` in clear.

    Raises FieldError for what is missing or does not fit, NotIndexedError for an item that is not known,
    NotFinalError for an offer over a slot that is not final (unless ``final_only`` is False).
    """
    items = [find(database, str(one["item"])) if "item" in one else None for one in intended]
    with database.reading() as connection:
        position = index.position(connection)
        time = max(now, position.time if position else 0)
        known = foresee(connection, bench.deployment, [item for item in dict.fromkeys(items) if item], time)
        if of is CustodyOffer:
            require_settled(connection, list(known.values()), final_only=final_only)
    steps: Counter[bytes] = Counter()
    messages, documents = [], []
    for item, one in zip(items, intended, strict=True):
        subject = item or ZERO
        document = _document(subject, one.get("details"))
        defaults = _defaults(known.get(subject), time, steps[subject])
        steps[subject] += 1
        given = {name: value for name, value in one.items() if name != "details" and value is not None}
        root = one.get("details") if isinstance(one.get("details"), str) else None
        given["details"] = "0x" + (document.root if document else ZERO).hex() if root is None else root
        if item is not None:
            given["item"] = "0x" + item.hex()
        messages.append(_message(of, given, defaults))
        documents.append(document)
    domain = bench.signatures.domains[CONTRACT_OF[of]]
    return Draft(SignedTree(tuple(messages)), tuple(documents), domain)


def document_json(document: StoredDetails | None) -> dict[str, object] | None:
    """A details document in clear, with the salts that open it."""
    if document is None:
        return None
    fields = [
        {
            "name": field.name,
            "value": None if field.value is None else json.loads(field.value),
            "salt": "0x" + (field.salt or b"").hex(),
            "audience": field.audience,
        }
        for field in document.fields
    ]
    return {"root": "0x" + document.root.hex(), "fields": fields}


def _message(of: type[Message], given: Mapping[str, Any], defaults: Mapping[str, Any]) -> Message:
    labels = labels_of(of)
    whole = {name: defaults[name] for name in labels if name in defaults} | dict(given)
    if "details" not in labels:
        whole.pop("details", None)
    for name, kind in labels.items():
        if name in whole and name != "item":
            whole[name] = _plain(read_value(name, kind, whole[name]))
    return read_message(of, whole)


def _plain(value: bytes | int | bool) -> Any:
    return "0x" + value.hex() if isinstance(value, bytes) else value


def _defaults(item: Item | None, now: int, steps: int) -> dict[str, Any]:
    """What a message says of the item as it will be; ``steps`` messages of the same request come before."""
    found: dict[str, Any] = {
        "deadline": now + DEADLINE_SECONDS,
        "kind": int(KeyKind.ACCOUNT),
        "validFrom": now,
        "validTo": now + KEY_SECONDS,
        "answers": 0,
        "exceptions": 0,
    }
    if item is None:
        return found
    slot = item.slot
    found["seq"] = min((slot.seq if slot else 0) + 1 + steps, MAX_SEQ)
    found["count"] = min(item.challenge_count + 1 + steps, MAX_SEQ)
    found["grade"] = 0
    if slot is not None:
        left = not slot.stage.is_held
        found |= {
            "stage": int(slot.stage),
            "grade": 0 if left else slot.grade,
            "prior": "0x" + slot.to_word().hex(),
        }
    return found


def require_settled(connection: Connection, items: Sequence[Item], *, final_only: bool) -> None:
    """Raises NotFinalError for an item whose history is about to change, or may still be taken back."""
    position = index.position(connection)
    words = index.item_words(connection, [item.id for item in items])
    blocks = last_blocks(connection, [item.id for item in items])
    unsettled = waiting(connection, [item.id for item in items])
    for item in items:
        if item.id not in words or position is None:
            continue  # signing it is refused by name: the item is unknown
        if item.slot is None or item.slot.to_word() != words[item.id][0]:
            raise NotFinalError(
                f"item 0x{item.id.hex()} has {len(unsettled[item.id])} events that wait for the chain: "
                "an offer names the whole history, make it when they are recorded"
            )
        if final_only and blocks[item.id] > position.finalized:
            raise NotFinalError(
                f"item 0x{item.id.hex()} changed in block {blocks[item.id]}, final is block {position.finalized}: "
                "make the offer when the change is final, or allow an unfinal one (it must be signed again "
                "if the chain takes that block back)"
            )


def _document(item: bytes, said: Any) -> StoredDetails | None:
    """Details in clear: a list of fields with ``name``, ``value`` and ``audience``; text is a root given as it is."""
    if said is None or isinstance(said, str):
        return None
    if not isinstance(said, list) or len(said) > MAX_FIELDS:
        raise FieldError(
            "details", type(said).__name__, f"give a root in hex, or a list of at most {MAX_FIELDS} fields"
        )
    fields: dict[str, tuple[Any, str]] = {}
    for field in said:
        if not isinstance(field, Mapping) or not isinstance(field.get("name"), str) or "value" not in field:
            raise FieldError("details", field, "give name, value and audience of each field")
        if field["name"] in fields:
            raise FieldError("field name", field["name"], "give each field once")
        fields[field["name"]] = (field["value"], str(field.get("audience", PUBLIC)))
    return describe(item, fields) if fields else None
