"""Granting: administrators give and end keys by signature; the relayer pays, and can add nothing of its own."""

from __future__ import annotations

import json
from typing import cast

from provenance.errors import StoreError
from provenance.ledger.calls import encode_key_grant, encode_key_revocation
from provenance.model.calls import Contract
from provenance.model.messages import KeyGrant, KeyRevocation
from provenance.proofs.eip712 import message_json, struct_hash
from provenance.proofs.signatures import recover
from provenance.store.database import Database
from provenance.store.keyrequests import GRANT, REVOCATION, KeyRequest, request_of, save_request
from provenance.workflows.judging import Bench, Signature, registry_of
from provenance.workflows.parsing import MESSAGES, read_message
from provenance.workflows.submitting import head_time

GAS_PER_REQUEST = 1_000_000
"""Two contract wallets may be asked; what is not used costs nothing."""


class NoSuchRequestError(StoreError):
    """No grant or revocation with this struct hash was handed in."""


def request_grant(
    database: Database, bench: Bench, grant: KeyGrant, by: Signature, countersignature: bytes, *, now: int
) -> KeyRequest:
    """Keeps a grant for the registry, which an administrator signed and the new key countersigned.

    Raises Refused as the registry would, SignatureError for what is no signature at all.
    """
    digest = struct_hash(grant)
    signer = by.signer or recover(_domain_digest(bench, digest), by.signature)
    with database.writing() as connection:
        if before := _settled(request_of(connection, digest)):
            return before
        registry = registry_of(connection, [signer, grant.key])
        registry.grant_key(
            grant,
            signer,
            by.signature,
            countersignature,
            time=max(now, head_time(connection)),
            signatures=bench.signatures,
        )
        made = KeyRequest(digest, GRANT, grant.key, _text(grant), signer, by.signature, countersignature, now)
        return save_request(connection, made)


def request_revocation(
    database: Database, bench: Bench, revocation: KeyRevocation, by: Signature, now: int
) -> KeyRequest:
    """Keeps a revocation for the registry, which an administrator of its partner or the key itself signed."""
    digest = struct_hash(revocation)
    signer = by.signer or recover(_domain_digest(bench, digest), by.signature)
    with database.writing() as connection:
        if before := _settled(request_of(connection, digest)):
            return before
        registry = registry_of(connection, [signer, revocation.key])
        registry.revoke_key(
            revocation,
            signer,
            by.signature,
            time=max(now, head_time(connection)),
            signatures=bench.signatures,
        )
        made = KeyRequest(
            digest, REVOCATION, revocation.key, _text(revocation), signer, by.signature, None, now
        )
        return save_request(connection, made)


def find_request(database: Database, digest: bytes) -> KeyRequest:
    """What became of a grant or revocation. Raises NoSuchRequestError."""
    with database.reading() as connection:
        found = request_of(connection, digest)
    if found is None:
        raise NoSuchRequestError(f"no grant or revocation 0x{digest.hex()} was handed in here: submit it")
    return found


def calldata_of(request: KeyRequest) -> bytes:
    """The registry's call."""
    of = MESSAGES["key-grant" if request.kind == GRANT else "key-revocation"]
    message = read_message(of, json.loads(request.message))
    if isinstance(message, KeyGrant):
        return encode_key_grant(message, request.signer, request.signature, request.countersignature or b"")
    return encode_key_revocation(cast(KeyRevocation, message), request.signer, request.signature)


def request_json(request: KeyRequest) -> dict[str, object]:
    """A request as the API gives it."""
    digest = "0x" + request.digest.hex()
    return {
        "id": digest,
        "kind": request.kind,
        "key": "0x" + request.key.hex(),
        "status": request.status,
        "reason": request.reason,
        "transaction": None if request.tx is None else "0x" + request.tx.hex(),
        "submitted": request.submitted,
        "revision": request.revision,
        "href": f"/key-requests/{digest}",
    }


def _settled(before: KeyRequest | None) -> KeyRequest | None:
    return before if before is not None and before.status != "rejected" else None


def _domain_digest(bench: Bench, digest: bytes) -> bytes:
    return bench.signatures.domains[Contract.REGISTRY].digest(digest)


def _text(message: KeyGrant | KeyRevocation) -> str:
    return json.dumps(message_json(message))
