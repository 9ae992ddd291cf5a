"""Page or JSON, by what the client accepts (RFC 9110 12.5.1)."""

from __future__ import annotations

from fastapi import Request

PAGE = "text/html"
JSON = "application/json"


def wants_page(request: Request) -> bool:
    """A browser's request: it prefers HTML to JSON. Whoever does not say gets JSON."""
    if request.url.path.endswith(".json"):
        return False
    return _quality(request, PAGE) > _quality(request, JSON)


def _quality(request: Request, media_type: str) -> float:
    """The weight that the Accept header gives a media type: the most specific range decides."""
    best, weight = -1, 0.0
    for part in request.headers.get("accept", JSON).split(","):
        media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        specific = _specificity(media_range, media_type)
        if specific > best:
            best, weight = specific, _weight(parameters)
    return weight


def _specificity(media_range: str, media_type: str) -> int:
    if media_range == media_type:
        return 2
    if media_range == f"{media_type.partition('/')[0]}/*":
        return 1
    return 0 if media_range == "*/*" else -1


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
