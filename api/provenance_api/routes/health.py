"""Whether the process lives, whether it is caught up, and how much it holds."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from provenance.workflows import answers, tracing

router = APIRouter(tags=["status"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/ready")
async def ready(request: Request) -> JSONResponse:
    """200 when the index has followed the chain to its head, else 503 with the reason."""
    overview = tracing.overview(request.app.state.database)
    failure = request.app.state.follower.failure
    caught_up = overview.freshness.complete and failure is None
    body = {"ready": caught_up, "reason": failure, **answers.freshness_json(overview.freshness)}
    return JSONResponse(body, 200 if caught_up else 503)


@router.get("/status")
async def status(request: Request) -> JSONResponse:
    """Counts, and how far the index has followed the chain."""
    overview = tracing.overview(request.app.state.database)
    return JSONResponse(answers.overview_json(overview) | {"failure": request.app.state.follower.failure})
