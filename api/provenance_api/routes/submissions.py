"""What partners signed, taken in; and receipts that say what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Request
from fastapi.responses import Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from provenance.model.messages import CustodyAcceptance
from provenance.store.submissions import Status
from provenance.workflows.offering import accept
from provenance.workflows.parsing import read_bytes
from provenance.workflows.submitting import receipt, receipt_json, submit
from provenance_api.answering import Index, problems
from provenance_api.writing import Judge, Once, message_type, now, package, taking
from provenance_api.writing_schemas import Hex32, Receipt, Receipts, Submission

router = APIRouter(tags=["writing"])
LOOK_SECONDS = 0.25
SETTLED = (Status.FINAL, Status.REJECTED)


@router.post(
    "/submissions/{message}",
    status_code=202,
    response_model=Receipts,
    response_model_exclude_unset=True,
    responses=problems(404, 409, 413),
)
def take(  # noqa: PLR0917 - what FastAPI hands a route
    request: Request,
    index: Index,
    judge: Judge,
    message: Annotated[str, Path(examples=["condition-report"], max_length=32)],
    given: Submission,
    once: Once,
) -> Response:
    """Takes in messages of one type under one signature, all or none. A receipt means that it is on our disk.

    Each is judged by the rules of the contract, after all that waits for the same item. The same event again gets the
    first receipt. A custody offer comes with the receiver's `acceptances`, or is offered first (`/offers/custody-offer`)
    and then taken by a `custody-acceptance`.
    """
    of = message_type(message)
    if of is CustodyAcceptance:
        kept = accept(index, judge, taking(given), now(), once)
    else:
        kept = submit(index, judge, package(of, given), now(), once)
    request.app.state.worker.wake()
    return Response(kept, 202, media_type="application/json")


@router.get(
    "/submissions/{digest}",
    response_model=Receipt,
    response_model_exclude_unset=True,
    responses=problems(404),
)
async def what_became_of_it(index: Index, digest: Hex32) -> dict[str, object]:
    """What became of an event, by its digest."""
    return receipt_json(receipt(index, read_bytes("id", digest, 32)))


def known(index: Index, digest: Hex32) -> bytes:
    """The digest of something that was submitted; it is looked up before an answer begins."""
    return receipt(index, read_bytes("id", digest, 32)).digest


@router.get(
    "/submissions/{digest}/stream",
    response_class=EventSourceResponse,
    responses=problems(404),
)
async def stream(
    request: Request,
    index: Index,
    wanted: Annotated[bytes, Depends(known)],
    last_event_id: Annotated[str | None, Header(max_length=20)] = None,
) -> AsyncIterable[ServerSentEvent]:
    """Every change of a receipt as it happens, until it is final or rejected. Event ids are revisions: resume with them."""
    seen = int(last_event_id) if last_event_id and last_event_id.isdecimal() else -1
    while True:
        found = receipt(index, wanted)
        if found.revision > seen:
            seen = found.revision
            yield ServerSentEvent(data=receipt_json(found), event=found.status, id=str(seen))
        if found.status in SETTLED or await request.is_disconnected():
            return
        await asyncio.sleep(LOOK_SECONDS)
