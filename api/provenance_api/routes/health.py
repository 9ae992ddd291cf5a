"""Whether the process lives, whether it is caught up, and how much it holds."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from provenance.workflows import answers, counting, tracing
from provenance_api import schemas
from provenance_api.answering import problems

router = APIRouter(tags=["status"])


@router.get("/healthz", response_model=schemas.Healthy)
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get(
    "/ready",
    response_model=schemas.Ready,
    responses={
        503: {"model": schemas.Ready, "description": "Not yet, or not any more; the reason says why."}
    },
)
async def ready(request: Request) -> JSONResponse:
    """200 when the index has followed the chain to its head, else 503 with the reason."""
    freshness = tracing.freshness(request.app.state.database)
    failure = request.app.state.worker.failure
    caught_up = freshness.complete and failure is None
    body = {"ready": caught_up, "reason": failure, **answers.freshness_json(freshness)}
    return JSONResponse(body, 200 if caught_up else 503)


@router.get("/status", response_model=schemas.Status, responses=problems())
async def status(request: Request) -> JSONResponse:
    """Counts, and how far the index has followed the chain."""
    overview = counting.overview(request.app.state.database)
    return JSONResponse(answers.overview_json(overview) | {"failure": request.app.state.worker.failure})
