"""The pages: the list with its search box, and the one behind an item's code."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from provenance.interchange.digital_link import RESOLVER, parse_item_uri
from provenance.model.vocabulary import MAX_STAGE
from provenance.store.database import Database
from provenance.workflows import counting, listing, tracing
from provenance.workflows.searching import search
from provenance_api import schemas
from provenance_api.answering import UNCHANGED, problems
from provenance_api.caching import VARY, etag, is_conditional, unchanged
from provenance_api.negotiation import wants_page
from provenance_api.pages import home_page, item_page
from provenance_api.routes.items import history_answer

router = APIRouter(tags=["pages"])
PER_PAGE = 24


@router.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
async def home(
    request: Request,
    q: Annotated[str, Query(max_length=500)] = "",
    stage: Annotated[int | None, Query(ge=1, le=MAX_STAGE)] = None,
    after: Annotated[str | None, Query()] = None,
) -> Response:
    """All items, or those that match; an identifier leads straight to its item."""
    database = request.app.state.database
    found = search(database, q).hits if q.strip() and after is None else ()
    named = [hit for hit in found if hit.is_identified]
    if len(named) == 1 and named[0].kind == "item":
        return RedirectResponse(named[0].path, 303)
    others = [hit for hit in found if hit.kind != "item"]
    page = listing.list_items(database, search=q, stage=stage, after=after, limit=PER_PAGE)
    return home_page(page, counting.counts(database), q, stage, others)


@router.head("/01/{gtin}/{rest:path}", include_in_schema=False)
@router.get(
    "/01/{gtin}/{rest:path}",
    response_model=schemas.History,
    responses={
        200: {"content": {"text/html": {}}, "description": "The item's page, or its history as JSON."},
        308: {"description": "The canonical address of the same item."},
        **problems(404),
        **UNCHANGED,
    },
)
async def scanned(request: Request, gtin: str, rest: str) -> Response:
    """A GS1 Digital Link: the item's page, or its history as JSON, by what the client accepts."""
    del gtin, rest  # percent-decoded; a serial number may hold an encoded slash, so the raw path counts
    raw = request.scope["raw_path"].decode("ascii")
    uri = parse_item_uri(RESOLVER + raw)
    if uri.path != raw:
        return RedirectResponse(uri.path, 308)
    database = request.app.state.database
    return _answer(request, database, tracing.find_uri(database, uri))


@router.get("/page/{item}", include_in_schema=False)
async def by_id(request: Request, item: str) -> Response:
    """The page of an item that has no GTIN."""
    database = request.app.state.database
    return _answer(request, database, tracing.find(database, item))


def _answer(request: Request, database: Database, item: bytes) -> Response:
    if not wants_page(request):
        return history_answer(request, database, item)
    if is_conditional(request) and (
        answered := unchanged(request, etag(*tracing.show(database, item), "page"))
    ):
        return answered
    history = tracing.history(database, item)
    page = item_page(history)
    page.headers.update({"ETag": etag(history.item, history.freshness, "page"), **VARY})
    return page
