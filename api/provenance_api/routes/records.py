"""Events, challenges, holds, counts and flows: what happened across all items."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response

from provenance.workflows import answers, counting, listing, tracing
from provenance.workflows.listing import EventQuery
from provenance_api import schemas
from provenance_api.answering import After, Index, Limit, answer, problems

router = APIRouter(tags=["records"])
Kind = Literal[
    "Intake", "ConditionReport", "CustodyTransfer", "Withdrawal", "Correction", "Hold", "Ruling"
]  # fmt: skip
OfItem = Annotated[
    str | None, Query(max_length=512, description="Only of this item: its id, URI or serial number.")
]
Since = Annotated[date | None, Query(alias="from", description="Recorded on this day (UTC) or later.")]
Until = Annotated[date | None, Query(alias="to", description="Recorded on this day (UTC) or before.")]


@router.get("/events.json", include_in_schema=False)
@router.get("/events", response_model=schemas.Events, responses=problems(404))
async def events(
    index: Index,
    *,
    item: OfItem = None,
    kind: Annotated[Kind | None, Query(description="Only events of this kind.")] = None,
    since: Since = None,
    until: Until = None,
    sort: Annotated[
        Literal["newest", "oldest"] | None, Query(description="By the chain's order; newest.")
    ] = None,
    after: After = None,
    limit: Limit = 50,
) -> Response:
    """Events in the order of the chain, newest first."""
    query = EventQuery(
        item=tracing.find(index, item).hex() if item else None,
        kind=kind,
        since=since.isoformat() if since else None,
        until=until.isoformat() if until else None,
        sort=sort,
    )
    return answer(answers.events_json(listing.find_events(index, query, after=after, limit=limit)))


@router.get("/challenges", response_model=schemas.Challenges, responses=problems(404))
async def challenges(index: Index, item: OfItem = None, after: After = None, limit: Limit = 50) -> Response:
    """Challenges, newest first, each with the event that answers it."""
    of = tracing.find(index, item) if item else None
    return answer(answers.challenges_json(listing.find_challenges(index, of, after=after, limit=limit)))


@router.get("/holds", response_model=schemas.Holds, responses=problems())
async def holds(index: Index, after: After = None, limit: Limit = 50) -> Response:
    """Items that an auditor has put on hold, newest change first."""
    return answer(answers.holds_json(listing.find_holds(index, after=after, limit=limit)))


@router.get("/counts", response_model=schemas.Counts, responses=problems())
async def counts(index: Index) -> Response:
    """How many items there are by stage, grade and category, and events by kind."""
    return answer(answers.counts_json(counting.counts(index)))


@router.get("/flows", response_model=schemas.Flows, responses=problems())
async def flows(index: Index, since: Since = None, until: Until = None) -> Response:
    """How many events took items from one stage to the next, by kind."""
    days = (day.isoformat() if day else None for day in (since, until))
    return answer(answers.flows_json(counting.flows(index, *days)))
