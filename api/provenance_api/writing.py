"""From what partners send to what the workflows take."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from typing import Annotated, cast

from fastapi import Depends, Header, Request

from provenance.errors import ConfigError, FieldError
from provenance.model.messages import Acceptance, CustodyAcceptance, ItemMessage, Message
from provenance.proofs.commitments import Field, root_of
from provenance.store.details import AUDIENCES, StoredDetails, StoredField
from provenance.workflows.judging import KIND_OF, Bench, Signature
from provenance.workflows.offering import Taking
from provenance.workflows.parsing import MESSAGES, read_bytes, read_message
from provenance.workflows.submitting import Package, item_name
from provenance.workflows.submitting import Request as Repeatable
from provenance_api.writing_schemas import Document, Signatory, Submission


def bench(request: Request) -> Bench:
    """What judging needs. Raises ConfigError where no ledger is deployed."""
    found: Bench | None = request.app.state.bench
    if found is None:
        raise ConfigError("no ledger is deployed here: this server takes nothing in")
    return found


Judge = Annotated[Bench, Depends(bench)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="The same key with the same request is answered alike for a week.",
    ),
]


def now() -> int:
    """Unix seconds."""
    return int(time.time())


def message_type(name: str) -> type[Message]:
    """The message that an address names. Raises FieldError."""
    if name not in MESSAGES:
        raise FieldError("message", name, f"give one of {', '.join(MESSAGES)}")
    return MESSAGES[name]


def require_event(of: type[Message]) -> None:
    """The message makes an event of an item's history. Raises FieldError."""
    if of not in KIND_OF:
        raise FieldError(
            "message", of.__name__, f"give one of {', '.join(kind.__name__ for kind in KIND_OF)}"
        )


def signature(given: Signatory) -> Signature:
    """A signature as it was sent."""
    signer = None if given.signer is None else read_bytes("signer", given.signer, 20)
    return Signature(read_bytes("signature", given.signature), signer)


def package(of: type[Message], given: Submission) -> Package:
    """What was sent, parsed. Raises FieldError and CanonicalError."""
    require_event(of)
    messages = tuple(cast(ItemMessage, read_message(of, one)) for one in given.messages)
    accepted = tuple(
        Acceptance(one.exceptions, read_bytes("details", one.details, 32)) for one in given.acceptances or ()
    )
    names = tuple(item_name(name.uri, read_bytes("salt", name.salt, 32)) for name in given.names)
    documents = stored(given.documents, messages, accepted)
    receiver = None if given.receiver is None else signature(given.receiver)
    return Package(messages, signature(given), accepted, receiver, documents, names)


def taking(given: Submission) -> Taking:
    """What a receiver sent to take what it was offered. Raises FieldError and CanonicalError."""
    accepted = tuple(cast(CustodyAcceptance, read_message(CustodyAcceptance, one)) for one in given.messages)
    documents = {one.root: one for one in (_stored(said, {}) for said in given.documents if said is not None)}
    return Taking(accepted, signature(given), documents)


def stored(
    given: Sequence[Document | None], messages: Sequence[ItemMessage], accepted: Sequence[Acceptance] = ()
) -> tuple[StoredDetails, ...]:
    """Details in clear by the root that they have, each with the item that it is about."""
    items = {a.details: m.item for a, m in zip(accepted, messages, strict=False)}
    items |= {message.details: message.item for message in messages}
    return tuple(_stored(one, items) for one in given if one is not None)


def _stored(given: Document, items: dict[bytes, bytes]) -> StoredDetails:
    made = []
    for one in given.fields:
        if one.audience not in AUDIENCES:
            raise FieldError(f"audience of {one.name}", one.audience, f"give one of {', '.join(AUDIENCES)}")
        made.append((Field(one.name, one.value, read_bytes("salt", one.salt, 16)), one.audience))
    root = root_of(field for field, _ in made)
    fields = tuple(
        StoredField(field.commitment, audience, field.name, field.salt, field.canonical.decode())
        for field, audience in made
    )
    return StoredDetails(root, items.get(root, b""), fields)


async def repeatable(request: Request, idempotency_key: IdempotencyKey = None) -> Repeatable | None:
    """The request's Idempotency-Key with a hash of where it goes and what it says."""
    if idempotency_key is None:
        return None
    said = request.url.path.encode() + b"\n" + await request.body()
    return Repeatable(idempotency_key, hashlib.sha256(said).digest())


Once = Annotated[Repeatable | None, Depends(repeatable)]
