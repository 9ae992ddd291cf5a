"""Figures for Prometheus: requests, how long they took, and how far the index lags behind the chain."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from provenance.workflows import tracing

UNKNOWN = "(no such address)"


class Metrics:
    """One application's figures, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "provenance_http_requests_total",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "provenance_http_request_seconds", "Seconds to the answer.", ("route",), registry=self.registry
        )
        self.lag = Gauge(
            "provenance_index_lag_blocks", "Blocks the chain is ahead of the index.", registry=self.registry
        )
        self.block = Gauge("provenance_index_block", "The last block indexed.", registry=self.registry)


def install(app: FastAPI) -> None:
    """Counts and times every request by its route, never by its address: addresses are without number."""
    metrics = app.state.metrics = Metrics()

    @app.middleware("http")
    async def measure(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        begun = time.perf_counter()
        status = 500
        try:
            response = await call_next(request)
            status = response.status_code
            return response
        finally:
            route = getattr(request.scope.get("route"), "path", UNKNOWN)
            metrics.seconds.labels(route).observe(time.perf_counter() - begun)
            metrics.requests.labels(_method(request), route, str(status)).inc()

    @app.get("/metrics", include_in_schema=False)
    async def show(request: Request) -> Response:
        lag = tracing.lag(request.app.state.database)
        metrics.lag.set(lag.blocks)
        metrics.block.set(lag.block)
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)


def _method(request: Request) -> str:
    return request.method if request.method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE") else "other"
