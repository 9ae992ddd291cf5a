"""What routes have in common: the database, which answers a route may give, and answers in JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from fastapi.responses import JSONResponse, Response

from provenance.store.database import Database
from provenance.workflows import listing
from provenance_api.caching import VARY, has, list_tag
from provenance_api.schemas import Problem

PROBLEM = "application/problem+json"
Responses = dict[int | str, dict[str, Any]]


async def database(request: Request) -> Database:
    """The index that this application reads. Not a plain function: those are each sent to a thread."""
    found: Database = request.app.state.database
    return found


Index = Annotated[Database, Depends(database)]
After = Annotated[
    str | None,
    Query(
        max_length=4096, description="The cursor in `next` of the answer before, with its filters or without."
    ),
]
Limit = Annotated[int, Query(ge=1, le=500, description="How many at most.")]


def problems(*statuses: int) -> Responses:
    """These problems, and those that every route may answer, for the OpenAPI document."""
    words = {
        404: "Not here, as of a block where it is of the index; it may be in a moment.",
        409: "The ledger's rules do not allow it, or not yet; the detail says why.",
        410: "It was here and was erased.",
        413: "The body is too large.",
        422: "Something in the request cannot be understood; the detail names it.",
        500: "What is stored is not what it should be.",
        503: "The database or the chain cannot be used at the moment.",
    }
    return {
        status: {"model": Problem, "description": words[status], "content": {PROBLEM: {}}}
        for status in (*statuses, 422, 503)
    }


UNCHANGED: Responses = {304: {"description": "Not changed since the ETag given in If-None-Match."}}


def answer_of_index(request: Request, index: Database, make: Callable[[], dict[str, Any]]) -> Response:
    """What ``make`` gives, as JSON with the tag of what the index holds; 304 before it is made, where nothing changed."""
    seen = listing.state(index)
    tag = list_tag(seen, request)
    if request.headers.get("if-none-match", "*").strip() != "*" and has(request, tag):
        return Response(status_code=304, headers={"ETag": tag, **VARY})
    document = make()
    # Between the two looks the index may have gone on; then nobody knows which of both states was read.
    return answer(document, {"ETag": tag, **VARY} if listing.state(index) == seen else VARY)


def answer(document: dict[str, Any], headers: dict[str, str] | None = None) -> JSONResponse:
    """The document as JSON."""
    return JSONResponse(document, headers=headers)


def answer_text(text: str, headers: dict[str, str] | None = None) -> Response:
    """What is JSON already."""
    return Response(text, headers=headers, media_type=JSONResponse.media_type)
