"""Partners and their keys."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from provenance.workflows import answers, members
from provenance_api import schemas
from provenance_api.answering import After, Index, Limit, answer, problems
from provenance_api.routes.items import MAX_PARTNER

router = APIRouter(tags=["partners and keys"])
ByPartner = Annotated[int | None, Query(ge=1, le=MAX_PARTNER, description="Only this partner's.")]


@router.get("/partners", response_model=schemas.Partners, responses=problems())
async def partners(index: Index, after: After = None, limit: Limit = 50) -> Response:
    """Partners by number."""
    return answer(answers.partners_json(members.find_partners(index, after=after, limit=limit)))


@router.get("/partners/{partner}", response_model=schemas.Partner, responses=problems(404))
async def partner(index: Index, partner: Annotated[int, Path(ge=1, le=MAX_PARTNER)]) -> Response:
    """One partner with its keys, their roles and validity."""
    return answer(answers.partner_json(members.partner(index, partner)))


@router.get("/keys", response_model=schemas.Keys, responses=problems())
async def keys(index: Index, partner: ByPartner = None, after: After = None, limit: Limit = 50) -> Response:
    """Keys by address, with roles and validity."""
    return answer(answers.keys_json(members.find_keys(index, partner, after=after, limit=limit)))


@router.get("/keys/{address}", response_model=schemas.FreshKey, responses=problems(404))
async def key(index: Index, address: str) -> Response:
    """One key: whose it is, what it may do, and when."""
    found, freshness = members.key(index, members.parse_address(address))
    return answer(answers.key_json(found) | answers.freshness_json(freshness))
