"""Headers of every answer: nothing from elsewhere is loaded, nothing is framed, nothing is sniffed."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


_PAIRS = [(name.lower().encode(), value.encode()) for name, value in ALWAYS.items()]


class AlwaysHeaders:
    """Adds the headers to every answer that has none of that name."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(pair for pair in _PAIRS if pair[0] not in there)]
            await send(message)

        await self.app(scope, receive, add if scope["type"] == "http" else send)


def install(app: FastAPI) -> None:
    """Adds the headers to every answer."""
    app.add_middleware(AlwaysHeaders)
