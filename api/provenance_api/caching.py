"""Strong validators (RFC 9110 8.8.3): an answer about an item changes with its slot and with how fresh it is."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from fastapi import Request
from fastapi.responses import Response

from provenance.workflows.tracing import Freshness, Item


def etag(item: Item, freshness: Freshness, variant: str) -> str:
    """The item's slot, then a hash of all else that the answer depends on; ``variant`` names the representation."""
    return f'"{item.slot.hex()}-{_rest(item.challenges, freshness, variant)}"'


@lru_cache(maxsize=100)
def _rest(challenges: int, freshness: Freshness, variant: str) -> str:
    """Between two blocks nearly all items share it."""
    return hashlib.sha256(f"{challenges} {freshness} {variant}".encode()).hexdigest()[:16]


def is_conditional(request: Request) -> bool:
    """The client has an answer already: whether it still holds is worth a look before another is made."""
    return "if-none-match" in request.headers


def unchanged(request: Request, tag: str) -> Response | None:
    """304 when the client has this very answer already."""
    return Response(status_code=304, headers={"ETag": tag, **VARY}) if has(request, tag) else None


def has(request: Request, tag: str) -> bool:
    """Whether the client has the answer of this tag (If-None-Match, RFC 9110 13.1.2)."""
    known = request.headers.get("if-none-match", "")
    return known.strip() == "*" or tag in [part.strip().removeprefix("W/") for part in known.split(",")]


VARY = {"Vary": "Accept", "Cache-Control": "no-cache"}


def list_tag(state: str, request: Request) -> str:
    """The tag of a list: what the index held, and what was asked for."""
    asked = f"{state} {request.url.path}?{request.url.query}"
    return f'"{hashlib.sha256(asked.encode()).hexdigest()[:32]}"'
