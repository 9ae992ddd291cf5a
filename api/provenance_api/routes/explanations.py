"""A page for every type of problem: what it means and what to do (RFC 9457 3.1.1)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from provenance_api import schemas
from provenance_api.answering import problems
from provenance_api.negotiation import wants_page
from provenance_api.pages import explanation_page
from provenance_api.problems import TYPES

router = APIRouter(tags=["problems"])


@router.get(
    "/problems/{kind}",
    response_model=schemas.ProblemType,
    responses={
        200: {
            "content": {"text/html": {}},
            "description": "What it means and what to do, as a page or JSON.",
        },
        **problems(404),
    },
)
async def explain(request: Request, kind: str) -> Response:
    """What a type of problem means, and what to do about it."""
    found = TYPES.get(kind)
    if found is None:
        raise HTTPException(404, f"no such type of problem; there are {', '.join(TYPES)}")
    if wants_page(request):
        return explanation_page(found.status, found.title, f"{found.meaning} {found.remedy}")
    return JSONResponse(
        {
            "type": f"/problems/{found.kind}",
            "title": found.title,
            "status": found.status,
            "meaning": found.meaning,
            "remedy": found.remedy,
        }
    )
