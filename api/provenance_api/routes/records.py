"""Events, challenges, holds, counts and flows: what happened across all items."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from provenance.workflows import answers, counting, listing, tracing
from provenance.workflows.listing import EventKind, EventQuery, EventSort, NoQuestion
from provenance_api import schemas, tables
from provenance_api.answering import UNCHANGED, After, Index, Limit, answer_of_index, problems
from provenance_api.routes.items import MAX_PARTNER

router = APIRouter(tags=["records"])
OfItem = Annotated[
    str | None, Query(max_length=512, description="Only of this item: its id, URI or serial number.")
]
Since = Annotated[date | None, Query(alias="from", description="Recorded on this day (UTC) or later.")]
Until = Annotated[date | None, Query(alias="to", description="Recorded on this day (UTC) or before.")]


async def event_query(
    index: Index,
    *,
    item: OfItem = None,
    kind: Annotated[EventKind | None, Query(description="Only events of this kind.")] = None,
    partner: Annotated[
        int | None,
        Query(
            ge=1, le=MAX_PARTNER, description="Only those that this partner signed, as giver or receiver too."
        ),
    ] = None,
    transaction: Annotated[
        str | None, Query(max_length=66, description="Only those of this transaction: 64 hex digits.")
    ] = None,
    since: Since = None,
    until: Until = None,
    sort: Annotated[EventSort | None, Query(description="By the chain's order; newest.")] = None,
) -> EventQuery:
    """The filters of a list of events, parsed."""
    return EventQuery(
        item=tracing.find(index, item).hex() if item else None,
        kind=kind,
        partner=partner,
        transaction=transaction or None,
        since=since.isoformat() if since else None,
        until=until.isoformat() if until else None,
        sort=sort,
    )


async def challenge_query(index: Index, item: OfItem = None) -> EventQuery:
    """The one filter of a list of challenges, parsed."""
    return listing.challenges_of(tracing.find(index, item) if item else None)


Filters = Annotated[EventQuery, Depends(event_query)]
Disputed = Annotated[EventQuery, Depends(challenge_query)]


@router.get("/events.json", include_in_schema=False)
@router.get("/events", response_model=schemas.Events, responses=problems(404) | UNCHANGED)
async def events(
    request: Request, index: Index, query: Filters, after: After = None, limit: Limit = 50
) -> Response:
    """Events in the order of the chain, newest first. `/events.csv` is all of them as a table."""
    return answer_of_index(
        request, index, lambda: answers.events_json(listing.EVENTS.page(index, query, after, limit))
    )


@router.get("/events.csv", response_class=Response, responses=tables.described("an event") | problems(404))
async def events_table(request: Request, index: Index, query: Filters) -> Response:
    """Every event that matches, as one moment of the index has it."""
    return tables.EVENTS.answer(request, index, query)


@router.get("/challenges.json", include_in_schema=False)
@router.get("/challenges", response_model=schemas.Challenges, responses=problems(404) | UNCHANGED)
async def challenges(
    request: Request, index: Index, query: Disputed, after: After = None, limit: Limit = 50
) -> Response:
    """Challenges, newest first, each with the event that answers it. `/challenges.csv` is all of them as a table."""
    return answer_of_index(
        request, index, lambda: answers.challenges_json(listing.CHALLENGES.page(index, query, after, limit))
    )


@router.get(
    "/challenges.csv", response_class=Response, responses=tables.described("a challenge") | problems(404)
)
async def challenges_table(request: Request, index: Index, query: Disputed) -> Response:
    """Every challenge, as one moment of the index has it."""
    return tables.CHALLENGES.answer(request, index, query)


@router.get("/holds.json", include_in_schema=False)
@router.get("/holds", response_model=schemas.Holds, responses=problems() | UNCHANGED)
async def holds(request: Request, index: Index, after: After = None, limit: Limit = 50) -> Response:
    """Items that an auditor has put on hold, newest change first. `/holds.csv` is all of them as a table."""
    return answer_of_index(
        request, index, lambda: answers.holds_json(listing.find_holds(index, after=after, limit=limit))
    )


@router.get("/holds.csv", response_class=Response, responses=tables.described("an item on hold"))
async def holds_table(request: Request, index: Index) -> Response:
    """Every item on hold, as one moment of the index has it."""
    return tables.HOLDS.answer(request, index, NoQuestion())


@router.get("/counts", response_model=schemas.Counts, responses=problems() | UNCHANGED)
async def counts(request: Request, index: Index) -> Response:
    """How many items there are by stage, grade and category, and events by kind."""
    return answer_of_index(request, index, lambda: answers.counts_json(counting.counts(index)))


@router.get("/flows", response_model=schemas.Flows, responses=problems() | UNCHANGED)
async def flows(request: Request, index: Index, since: Since = None, until: Until = None) -> Response:
    """How many events took items from one stage to the next, by kind."""
    days = (day.isoformat() if day else None for day in (since, until))
    return answer_of_index(request, index, lambda: answers.flows_json(counting.flows(index, *days)))
