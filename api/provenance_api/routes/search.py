"""The one search box, for programs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from provenance.workflows import answers
from provenance.workflows.searching import search
from provenance_api import schemas
from provenance_api.answering import UNCHANGED, Index, answer_of_index, problems

router = APIRouter(tags=["items"])


@router.get("/search.json", include_in_schema=False)
@router.get("/search", response_model=schemas.Search, responses=problems() | UNCHANGED)
async def find(
    request: Request,
    index: Index,
    q: Annotated[
        str,
        Query(
            max_length=500,
            description="An item id, URI, serial number, IMEI, GTIN, transaction hash, key address, partner, or words.",
        ),
    ],
) -> Response:
    """What an identifier names, or words occur in: items, transactions, keys and partners."""
    return answer_of_index(request, index, lambda: answers.search_json(search(index, q)))
