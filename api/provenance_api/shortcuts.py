"""The way past FastAPI's parsing for the addresses that are asked most: it took as long as the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from provenance_api.answering import database
from provenance_api.routes import items, pages


class Shortcut(Route):
    """A GET without a query goes straight to the endpoint: its path is text, so there is nothing to parse.

    FastAPI's own route of the same path stands behind it: for all other requests, and for the description.
    """

    def __init__(self, path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> None:
        super().__init__(path, endpoint, methods=["GET"], include_in_schema=False)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["query_string"]:
            return Match.NONE, {}
        match, found = super().matches(scope)
        return match, found if match is Match.NONE else {**found, "route": self}


async def _history(request: Request) -> Response:
    return await items.history(request, await database(request), **request.path_params)


async def _scanned(request: Request) -> Response:
    return await pages.scanned(request, **request.path_params)


def install(app: FastAPI) -> None:
    """Must be called before the routers are included: the first route that matches answers."""
    app.router.routes.append(Shortcut("/items/{item}/history", _history))
    app.router.routes.append(Shortcut("/01/{gtin}/{rest:path}", _scanned))
