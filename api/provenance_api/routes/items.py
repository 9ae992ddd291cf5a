"""Items and their histories as JSON, and items as a table."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from provenance.model.vocabulary import MAX_GRADE, MAX_SEQ, MAX_STAGE
from provenance.store.database import Database
from provenance.workflows import answers, listing, tracing
from provenance.workflows.listing import ItemQuery, ItemSort
from provenance_api import schemas, tables
from provenance_api.answering import (
    UNCHANGED,
    After,
    Index,
    Limit,
    answer,
    answer_of_index,
    answer_text,
    problems,
)
from provenance_api.caching import VARY, etag, is_conditional, unchanged

router = APIRouter(tags=["items"])
MAX_PARTNER = 2**24 - 1
View = Annotated[
    Literal["corrected", "raw"],
    Query(
        description="`corrected`: later remarks stand at the event they concern; `raw`: the chain's records."
    ),
]


async def item_query(
    *,
    q: Annotated[
        str | None,
        Query(
            max_length=500,
            description="The search box: an item id, a URI, a serial number, an IMEI, or words.",
        ),
    ] = None,
    uri: Annotated[
        str | None, Query(max_length=512, description="A Digital Link or other URI, any spelling.")
    ] = None,
    gtin: Annotated[str | None, Query(max_length=14, description="8, 12, 13 or 14 digits.")] = None,
    serial: Annotated[str | None, Query(max_length=20, description="The serial number, whole.")] = None,
    category: Annotated[str | None, Query(max_length=200)] = None,
    brand: Annotated[str | None, Query(max_length=200)] = None,
    stage: Annotated[
        int | None, Query(ge=1, le=MAX_STAGE, description="1 Received to 14 Disposed of.")
    ] = None,
    grade: Annotated[
        int | None, Query(ge=0, le=MAX_GRADE, description="0 not graded, 1 as new to 7.")
    ] = None,
    custodian: Annotated[int | None, Query(ge=1, le=MAX_PARTNER, description="A partner's number.")] = None,
    on_hold: Annotated[bool | None, Query()] = None,
    since: Annotated[
        date | None, Query(alias="from", description="Changed last on this day (UTC) or later.")
    ] = None,
    until: Annotated[
        date | None, Query(alias="to", description="Changed last on this day (UTC) or before.")
    ] = None,
    sort: Annotated[
        ItemSort | None,
        Query(description="By the last change, the first record, title or brand; `-` from the end. newest."),
    ] = None,
) -> ItemQuery:
    """The filters of a list of items, parsed."""
    return ItemQuery(
        q=q or None,
        uri=uri or None,
        gtin=gtin or None,
        serial=serial or None,
        category=category or None,
        brand=brand or None,
        stage=stage,
        grade=grade,
        custodian=custodian,
        on_hold=on_hold,
        since=since.isoformat() if since else None,
        until=until.isoformat() if until else None,
        sort=sort,
    )


Filters = Annotated[ItemQuery, Depends(item_query)]


@router.get("/items.json", include_in_schema=False)
@router.get("/items", response_model=schemas.Items, responses=problems() | UNCHANGED)
async def items(
    request: Request,
    index: Index,
    query: Filters,
    *,
    after: After = None,
    limit: Limit = 50,
    count: Annotated[bool, Query(description="Also count all that match, up to 10,000.")] = False,
) -> Response:
    """Items that match, newest change first. `/items.json` is the same, `/items.csv` all of them as a table."""
    return answer_of_index(
        request,
        index,
        lambda: answers.items_json(listing.find_items(index, query, after=after, limit=limit, count=count)),
    )


@router.get("/items.csv", response_class=Response, responses=tables.described("an item"))
async def items_table(request: Request, index: Index, query: Filters) -> Response:
    """Every item that matches, as one moment of the index has it; the headers say which (`As-Of-Block`)."""
    return tables.ITEMS.answer(request, index, query)


@router.get("/items/{item}.json", include_in_schema=False)
@router.get("/items/{item}", response_model=schemas.Item, responses=problems(404) | UNCHANGED)
async def item(request: Request, index: Index, item: str) -> Response:
    """One item as it stands, by its id or serial number."""
    found, freshness = tracing.show(index, tracing.find(index, item))
    tag = etag(found, freshness, "item")
    body = answers.item_json(found) | answers.freshness_json(freshness)
    return unchanged(request, tag) or answer(body, {"ETag": tag, **VARY})


@router.get("/items/{item}/history.json", include_in_schema=False)
@router.get(
    "/items/{item}/history",
    response_model=schemas.History | schemas.RawHistory,
    responses=problems(404) | UNCHANGED,
)
async def history(request: Request, index: Index, item: str, view: View = "corrected") -> Response:
    """Everything that happened to an item, in order."""
    return history_answer(request, index, tracing.find(index, item), view)


@router.get("/items/{item}/events/{seq}", response_model=schemas.Event, responses=problems(404) | UNCHANGED)
async def event(
    request: Request,
    index: Index,
    item: str,
    seq: Annotated[int, Path(ge=1, le=MAX_SEQ)],
) -> Response:
    """One event of an item, with its corrections, challenges and rulings."""
    found = tracing.history(index, tracing.find(index, item))
    body = answers.event_json(found, tracing.event(found, seq))
    tag = etag(found.item, found.freshness, f"event {seq}")
    return unchanged(request, tag) or answer(body, {"ETag": tag, **VARY})


def history_answer(request: Request, index: Database, item: bytes, view: str = "corrected") -> Response:
    """A history as JSON, or 304 before anything is made."""
    variant = "history" if view == "corrected" else view
    if is_conditional(request) and (
        answered := unchanged(request, etag(*tracing.show(index, item), variant))
    ):
        return answered
    found = tracing.history(index, item)
    headers = {"ETag": etag(found.item, found.freshness, variant), **VARY}
    if view == "corrected":
        return answer_text(answers.history_text(found), headers)
    return answer(answers.raw_history_json(found), headers)
