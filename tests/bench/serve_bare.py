"""The peer of a history: an endpoint that does nothing but run the same queries and answer their rows as JSON.

No route but one, no middleware, no checks, no words: asynchronous Starlette with sqlite3 (or psycopg) inline, one
connection, one transaction an answer. Run it with ``python tests/bench/serve_bare.py DATABASE_URL PORT``.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable
from typing import Any

import uvicorn
from sqlalchemy import make_url
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from provenance.store import reads
from provenance.store.database import FAST_READS

QUERIES = (reads.ITEM, reads.POSITION, reads.EVENTS, reads.CHALLENGES, reads.FIELDS)
Ask = Callable[[bytes], list[list[Any]]]


def bare(ask: Ask) -> Starlette:
    """The application."""

    async def rows(request: Request) -> Response:
        found = ask(bytes.fromhex(request.path_params["item"][2:]))
        return Response(json.dumps(found, default=bytes.hex), media_type="application/json")

    return Starlette(routes=[Route("/items/{item}/history", rows)])


def on_sqlite(file: str) -> Ask:
    """Asks a SQLite file, with the settings that the store gives its connections."""
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in FAST_READS:
        connection.execute(f"PRAGMA {pragma}")

    def ask(item: bytes) -> list[list[Any]]:
        connection.execute("BEGIN")
        found = [connection.execute(query, {"item": item}).fetchall() for query in QUERIES]
        connection.execute("COMMIT")
        return found

    return ask


def on_postgres(conninfo: str) -> Ask:
    """Asks PostgreSQL, all queries in one round trip as the store does."""
    import psycopg

    connection = psycopg.connect(conninfo)
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    queries = [query.replace(":item", "%(item)s") for query in QUERIES]

    def ask(item: bytes) -> list[list[Any]]:
        with connection.pipeline():
            cursors = [connection.execute(query, {"item": item}) for query in queries]  # type: ignore[arg-type]
            found = [cursor.fetchall() for cursor in cursors]
        connection.rollback()
        return found

    return ask


def main() -> None:
    url, port = make_url(sys.argv[1]), int(sys.argv[2])
    if url.get_backend_name() == "sqlite":
        assert url.database is not None
        ask = on_sqlite(url.database)
    else:
        ask = on_postgres(url.set(drivername="postgresql").render_as_string(hide_password=False))
    uvicorn.run(bare(ask), host="127.0.0.1", port=port, log_level="warning", server_header=False)


if __name__ == "__main__":
    main()
