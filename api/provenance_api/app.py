"""The application: `create_app` is what a server is told to run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from provenance import __doc__ as promise
from provenance.bootstrap import LedgerOpener, bench_if_deployed, evidence_store, open_index
from provenance.config import Settings, load_settings
from provenance.worker import Worker
from provenance_api import examples, headers, metrics, problems, shortcuts
from provenance_api.bodies import LimitBody
from provenance_api.routes import (
    custody,
    evidence,
    explanations,
    health,
    items,
    key_requests,
    members,
    pages,
    proofs,
    records,
    search,
    submissions,
    typed_data,
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Pages and API over the index, following the chain while it runs. Settings come from the environment."""
    chosen = settings or load_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.database = open_index(chosen)
        app.state.evidence = evidence_store(chosen)
        app.state.ledger = LedgerOpener(chosen)
        app.state.bench = bench_if_deployed(chosen)
        with Worker(chosen) as worker:
            app.state.worker = worker
            yield
        app.state.ledger.close()
        app.state.database.close()

    app = FastAPI(
        title="Returns provenance ledger",
        description=promise or "",
        version="1",
        lifespan=lifespan,
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
    )
    problems.install(app)
    headers.install(app)
    metrics.install(app)
    app.add_middleware(LimitBody)
    shortcuts.install(app)
    examples.install(app)
    app.include_router(health.router)
    app.include_router(items.router)
    app.include_router(records.router)
    app.include_router(members.router)
    app.include_router(search.router)
    app.include_router(evidence.router)
    app.include_router(typed_data.router)
    app.include_router(submissions.router)
    app.include_router(custody.router)
    app.include_router(key_requests.router)
    app.include_router(proofs.router)
    app.include_router(explanations.router)
    app.include_router(pages.router)
    static = Path(str(files("provenance_api.pages").joinpath("static")))
    app.mount("/static", StaticFiles(directory=static), name="static")
    return app
