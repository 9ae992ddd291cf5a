"""A load client: connections that are kept alive, each asking for its next path as soon as it has its answer.

It runs in a process of its own and does little per answer, so that the server is what is measured. Run it with
``python tests/bench/serve_client.py PORT SECONDS CONNECTIONS [ACCEPT] < PATHS``; it prints one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import cycle

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length: "


class Connection(asyncio.Protocol):
    """One connection: the next request leaves when the answer before is complete."""

    def __init__(self, requests: Iterator[bytes], until: float, done: asyncio.Future[None]) -> None:
        self._requests = requests
        self._until = until
        self._done = done
        self._begun = 0.0
        self._missing = 0
        self._buffer = b""
        self.seconds: list[float] = []
        self.bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(exc or ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        if self._missing:
            self._missing -= len(data)
        else:
            self._buffer += data
            end = self._buffer.find(HEAD_END)
            if end < 0:
                return
            self._missing = self._body(self._buffer[:end]) - (len(self._buffer) - end - len(HEAD_END))
            self._buffer = b""
        self.bytes += len(data)
        if self._missing == 0:
            self._answered()

    def _body(self, head: bytes) -> int:
        """The length of the answer's body; anything but 200 ends the run, since it would be no figure."""
        if not head.startswith(b"HTTP/1.1 200 "):
            self._done.set_exception(RuntimeError(head.decode("latin-1").splitlines()[0]))
            self._transport.abort()
            return 0
        begin = head.lower().index(LENGTH) + len(LENGTH)
        return int(head[begin:].split(b"\r\n", 1)[0])

    def _answered(self) -> None:
        now = time.perf_counter()
        self.seconds.append(now - self._begun)
        if now < self._until:
            self._ask()
        elif not self._done.done():
            self._done.set_result(None)
            self._transport.close()

    def _ask(self) -> None:
        self._begun = time.perf_counter()
        self._transport.write(next(self._requests))


async def load(
    port: int, seconds: float, connections: int, paths: Sequence[str], accept: str
) -> dict[str, float]:
    """Loads the server for so long; requests a second, and how long they took, in milliseconds."""
    loop = asyncio.get_running_loop()
    requests = cycle([_request(path, accept) for path in paths])
    begun = time.perf_counter()
    busy = time.process_time()
    made = [Connection(requests, begun + seconds, loop.create_future()) for _ in range(connections)]
    for connection in made:
        await loop.create_connection(lambda connection=connection: connection, "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*(connection._done for connection in made))
    spent, busy = time.perf_counter() - begun, time.process_time() - busy
    times = sorted(second for connection in made for second in connection.seconds)
    return {
        "requests": len(times),
        "seconds": spent,
        "rate": len(times) / spent,
        "p50": 1000 * times[len(times) // 2],
        "p95": 1000 * times[len(times) * 95 // 100],
        "p99": 1000 * times[len(times) * 99 // 100],
        "bytes": sum(connection.bytes for connection in made) / len(times),
        "client_busy": busy / spent,
    }


def _request(path: str, accept: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {accept}\r\n\r\n".encode()


def main() -> None:
    port, seconds, connections = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    accept = sys.argv[4] if len(sys.argv) > 4 else "application/json"
    print(json.dumps(asyncio.run(load(port, seconds, connections, sys.stdin.read().split(), accept))))


if __name__ == "__main__":
    main()
