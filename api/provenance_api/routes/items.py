"""Items and their histories as JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from provenance.model.vocabulary import MAX_STAGE
from provenance.workflows import answers, tracing
from provenance_api.caching import VARY, etag, unchanged

router = APIRouter(tags=["items"])


@router.get("/items")
async def items(
    request: Request,
    q: Annotated[str, Query(max_length=200, description="Words of title, brand, category or URI.")] = "",
    stage: Annotated[int | None, Query(ge=1, le=MAX_STAGE, description="Only items in this stage.")] = None,
    after: Annotated[str | None, Query(description="The cursor in `next` of the answer before.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> JSONResponse:
    """Items, newest change first."""
    page = tracing.list_items(request.app.state.database, search=q, stage=stage, after=after, limit=limit)
    return JSONResponse(answers.items_json(page))


@router.get("/items/{item}")
async def item(request: Request, item: str) -> Response:
    """One item as it stands, by its id or serial number."""
    database = request.app.state.database
    found, freshness = tracing.show(database, tracing.find(database, item))
    tag = etag(found, freshness, "item")
    body = answers.item_json(found) | answers.freshness_json(freshness)
    return unchanged(request, tag) or JSONResponse(body, headers={"ETag": tag, **VARY})


@router.get("/items/{item}/history")
async def history(request: Request, item: str) -> Response:
    """Everything that happened to an item, in order."""
    database = request.app.state.database
    return history_answer(request, tracing.history(database, tracing.find(database, item)))


def history_answer(request: Request, history: tracing.History) -> Response:
    """A history as JSON, or 304."""
    tag = etag(history.item, history.freshness, "history")
    body = answers.history_json(history)
    return unchanged(request, tag) or JSONResponse(body, headers={"ETag": tag, **VARY})
