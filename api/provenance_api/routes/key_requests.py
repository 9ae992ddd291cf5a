"""Keys granted and revoked by signature: no coins needed, and nothing that the server could add."""

from __future__ import annotations

from typing import cast

from fastapi import APIRouter, Request

from provenance.model.messages import KeyGrant, KeyRevocation
from provenance.workflows import granting
from provenance.workflows.parsing import read_bytes, read_message
from provenance_api import writing_schemas as schemas
from provenance_api.answering import Index, problems
from provenance_api.writing import Judge, now, signature
from provenance_api.writing_schemas import Hex32

router = APIRouter(tags=["partners and keys"])


@router.post(
    "/key-requests/key-grant",
    status_code=202,
    response_model=schemas.KeyRequest,
    responses=problems(409, 413),
)
def grant(request: Request, index: Index, judge: Judge, given: schemas.GrantIn) -> dict[str, object]:
    """Takes in a grant: typed data from `/typed-data/key-grant`, signed by an administrator and by the new key."""
    message = cast(KeyGrant, read_message(KeyGrant, given.message))
    counter = read_bytes("countersignature", given.countersignature)
    made = granting.request_grant(index, judge, message, signature(given), counter, now=now())
    request.app.state.worker.wake()
    return granting.request_json(made)


@router.post(
    "/key-requests/key-revocation",
    status_code=202,
    response_model=schemas.KeyRequest,
    responses=problems(409, 413),
)
def revoke(request: Request, index: Index, judge: Judge, given: schemas.RevocationIn) -> dict[str, object]:
    """Takes in a revocation: typed data from `/typed-data/key-revocation`, signed by an administrator or the key."""
    message = cast(KeyRevocation, read_message(KeyRevocation, given.message))
    made = granting.request_revocation(index, judge, message, signature(given), now())
    request.app.state.worker.wake()
    return granting.request_json(made)


@router.get("/key-requests/{digest}", response_model=schemas.KeyRequest, responses=problems(404))
def what_became_of_it(index: Index, digest: Hex32) -> dict[str, object]:
    """What became of a grant or revocation, by the struct hash of what was signed."""
    return granting.request_json(granting.find_request(index, read_bytes("id", digest, 32)))
