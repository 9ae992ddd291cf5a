"""Partners and their keys."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from provenance.workflows import answers, members
from provenance.workflows.listing import NoQuestion
from provenance.workflows.members import KeyQuery
from provenance_api import schemas, tables
from provenance_api.answering import UNCHANGED, After, Index, Limit, answer_of_index, problems
from provenance_api.routes.items import MAX_PARTNER

router = APIRouter(tags=["partners and keys"])
ByPartner = Annotated[int | None, Query(ge=1, le=MAX_PARTNER, description="Only this partner's.")]


@router.get("/partners.json", include_in_schema=False)
@router.get("/partners", response_model=schemas.Partners, responses=problems() | UNCHANGED)
async def partners(request: Request, index: Index, after: After = None, limit: Limit = 50) -> Response:
    """Partners by number. `/partners.csv` is all of them as a table."""
    return answer_of_index(
        request, index, lambda: answers.partners_json(members.find_partners(index, after=after, limit=limit))
    )


@router.get("/partners.csv", response_class=Response, responses=tables.described("a partner"))
async def partners_table(request: Request, index: Index) -> Response:
    """Every partner, as one moment of the index has it."""
    return tables.PARTNERS.answer(request, index, NoQuestion())


@router.get("/partners/{partner}.json", include_in_schema=False)
@router.get("/partners/{partner}", response_model=schemas.Partner, responses=problems(404) | UNCHANGED)
async def partner(
    request: Request, index: Index, partner: Annotated[int, Path(ge=1, le=MAX_PARTNER)]
) -> Response:
    """One partner with its keys, their roles and validity."""
    return answer_of_index(request, index, lambda: answers.partner_json(members.partner(index, partner)))


@router.get("/keys.json", include_in_schema=False)
@router.get("/keys", response_model=schemas.Keys, responses=problems() | UNCHANGED)
async def keys(
    request: Request, index: Index, partner: ByPartner = None, after: After = None, limit: Limit = 50
) -> Response:
    """Keys by address, with roles and validity. `/keys.csv` is all of them as a table."""
    return answer_of_index(
        request, index, lambda: answers.keys_json(members.find_keys(index, partner, after=after, limit=limit))
    )


@router.get("/keys.csv", response_class=Response, responses=tables.described("a key"))
async def keys_table(request: Request, index: Index, partner: ByPartner = None) -> Response:
    """Every key, or every key of a partner, as one moment of the index has it."""
    return tables.KEYS.answer(request, index, KeyQuery(partner))


@router.get("/keys/{address}.json", include_in_schema=False)
@router.get("/keys/{address}", response_model=schemas.FreshKey, responses=problems(404) | UNCHANGED)
async def key(request: Request, index: Index, address: str) -> Response:
    """One key: whose it is, what it may do, and when."""

    def found() -> dict[str, object]:
        key, freshness = members.key(index, members.parse_address(address))
        return answers.key_json(key) | answers.freshness_json(freshness)

    return answer_of_index(request, index, found)
