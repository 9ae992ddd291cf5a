"""Figures for Prometheus: requests, how long they took, and how far the index lags behind the chain."""

from __future__ import annotations

import time

from fastapi import FastAPI, Request, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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


class Measure:
    """Counts and times every request by its route, never by its address: addresses are without number."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics
        self._known: dict[tuple[str, str, int], tuple[Histogram, Counter]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 500

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, note)
        finally:
            route = getattr(scope.get("route"), "path", UNKNOWN)
            seconds, requests = self._figures(_method(scope["method"]), route, status)
            seconds.observe(time.perf_counter() - begun)
            requests.inc()

    def _figures(self, method: str, route: str, status: int) -> tuple[Histogram, Counter]:
        """Those of a kind of request, looked up once: there are as many as routes, not as addresses."""
        kind = (method, route, status)
        if kind not in self._known:
            requests = self.metrics.requests.labels(method, route, str(status))
            self._known[kind] = self.metrics.seconds.labels(route), requests
        return self._known[kind]


def install(app: FastAPI) -> None:
    """Measures every request, and shows the figures at `/metrics`."""
    metrics = app.state.metrics = Metrics()
    app.add_middleware(Measure, metrics=metrics)

    @app.get("/metrics", include_in_schema=False)
    async def show(request: Request) -> Response:
        lag = tracing.lag(request.app.state.database)
        metrics.lag.set(lag.blocks)
        metrics.block.set(lag.block)
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)


def _method(method: str) -> str:
    return method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE") else "other"
