"""Evidence by its hash: checked before it is sent, never as anything that a browser runs."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from provenance.proofs.evidence import parse_evidence_name
from provenance.store.evidence import EvidenceStore
from provenance.workflows.evidence import Found, find
from provenance_api.answering import UNCHANGED, problems
from provenance_api.caching import has

router = APIRouter(tags=["evidence"])
# Private: shared caches keep no copy, so that what is erased here is not served from elsewhere for a year.
FOR_EVER = "private, max-age=31536000, immutable"  # RFC 8246: a hash names one content
# Even opened by itself nothing in it runs, and it reaches nothing (CSP 3, sandbox).
POLICY = "default-src 'none'; sandbox; base-uri 'none'; frame-ancestors 'none'"
RANGE = re.compile(r"bytes=(?:(\d{1,12})-(\d{0,12})|-(\d{1,12}))")  # one range: RFC 9110 14.1.2
FILE = {"schema": {"type": "string", "format": "binary"}}
KINDS = (
    "image/jpeg",
    "image/png",
    "image/webp",
    "application/pdf",
    "application/json",
    "text/csv",
    "text/plain",
)


@router.head("/evidence/{name}", include_in_schema=False)
@router.get(
    "/evidence/{name}",
    response_class=Response,
    responses={
        200: {"content": dict.fromkeys(KINDS, FILE), "description": "The file, whole."},
        206: {"content": dict.fromkeys(KINDS, FILE), "description": "The one range that was asked for."},
        **problems(404, 410, 500),
        **UNCHANGED,
    },
)
def evidence(
    request: Request,
    name: Annotated[str, Path(max_length=512, description="The SHA-256 of the file: 64 hex digits.")],
) -> Response:
    """A file that a details document names, its hash checked as it is read."""
    # In a thread of its own, unlike the database's routes: a disk may be slow, and a file large.
    store: EvidenceStore = request.app.state.evidence
    found = find(store, parse_evidence_name(name))
    tag = f'"{found.kept.digest.hex()}"'
    headers = _headers(found, tag)
    if has(request, tag):
        return Response(status_code=304, headers=headers)
    return _part(request, found, tag, headers) or Response(
        found.content, media_type=found.kept.media.type, headers=headers
    )


def _headers(found: Found, tag: str) -> dict[str, str]:
    shown = "inline" if found.kept.media.type.startswith("image/") else "attachment"
    return {
        "ETag": tag,
        "Cache-Control": FOR_EVER,
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'{shown}; filename="{found.kept.file_name}"',
        "Content-Security-Policy": POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
        "Repr-Digest": f"sha-256=:{b64encode(found.kept.digest).decode()}:",  # RFC 9530 3
    }


def _part(request: Request, found: Found, tag: str, headers: dict[str, str]) -> Response | None:
    """The one range asked for; None where the whole file is to be sent: no range, several, or another version."""
    match = RANGE.fullmatch(request.headers.get("range", ""))
    if match is None or request.headers.get("if-range", tag) != tag:
        return None
    size = found.kept.size
    first, last, suffix = (int(part) if part else None for part in match.groups())
    if first is None:
        first, last = max(size - (suffix or 0), 0), size - 1
    last = size - 1 if last is None else min(last, size - 1)
    if first > last:
        return None
    return Response(
        found.content[first : last + 1],
        206,
        headers | {"Content-Range": f"bytes {first}-{last}/{size}"},
        found.kept.media.type,
    )
