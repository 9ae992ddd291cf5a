"""The chain as a process of its own: JSON-RPC 2.0 over HTTP, one thread per connection.

There is no authentication, so it listens on the loopback address unless told otherwise, and it protects the
local user from web pages: a page cannot send ``application/json`` to another origin without asking first, and
a name an attacker points at 127.0.0.1 is not among the hosts served (DNS rebinding).
"""

import json
import logging
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Self

from .errors import INVALID_REQUEST, PARSE_ERROR, RpcError
from .genesis import Genesis
from .node import EmbeddedNode
from .rpc import Rpc

MAX_BODY = 32 * 1024 * 1024  # bytes
MAX_BATCH = 10_000  # calls
IDLE_SECONDS = 60
_LOGGER = logging.getLogger(__name__)


class ChainServer(ThreadingHTTPServer):
    """Serves one node: `serve_forever` answers until `stop` is called from another thread.

    Port 0 takes a free one; `url` says which. Raises OSError when the port is taken.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, node: EmbeddedNode, host: str, port: int, *, development: bool = False) -> None:
        self.node = node
        self.rpc = Rpc(node, development=development)
        self.hosts = {host, "localhost", "127.0.0.1", "[::1]"}
        super().__init__((host, port), _Handler)

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"

    def serves(self, host_header: str) -> bool:
        """Whether a Host header names this server: a known name, or any bare IP address."""
        name = host_header.rsplit(":", 1)[0] if not host_header.endswith("]") else host_header
        return name in self.hosts or _is_ip(name.strip("[]"))

    def stop(self) -> None:
        """End `serve_forever`, then let the file go."""
        self.shutdown()
        self.server_close()
        self.node.close()

    def __enter__(self) -> Self:
        return self


def serve(
    path: Path,
    host: str = "127.0.0.1",
    port: int = 8545,
    genesis: Genesis | None = None,
    *,
    development: bool = False,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Open the chain file and answer JSON-RPC until interrupted. `on_ready` is told the URL once it listens.

    Raises EmbeddedChainError when the file cannot be used and OSError when the port is taken.
    """
    with (
        EmbeddedNode(path, genesis) as node,
        ChainServer(node, host, port, development=development) as server,
    ):
        if on_ready is not None:
            on_ready(server.url)
        try:
            server.serve_forever(poll_interval=0.1)
        except KeyboardInterrupt:
            _LOGGER.info("interrupted; the chain file is closed")


class _Handler(BaseHTTPRequestHandler):
    server: ChainServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024  # head and body leave together
    timeout = IDLE_SECONDS

    def do_POST(self) -> None:
        refusal = self._refusal()
        if refusal is not None:
            # The body stays unread, so the connection cannot be used again.
            self.close_connection = True
            self.send_error(*refusal)
            return
        self._answer(_respond(self.server.rpc, self.rfile.read(int(self.headers["Content-Length"]))))

    def _refusal(self) -> tuple[HTTPStatus, str] | None:
        if not self.server.serves(self.headers.get("Host", "")):
            return HTTPStatus.FORBIDDEN, "host not served"
        if self.headers.get_content_type() != "application/json":
            return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send application/json"
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            return HTTPStatus.LENGTH_REQUIRED, "send Content-Length"
        if int(length) > MAX_BODY:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"send at most {MAX_BODY} bytes"
        return None

    def _answer(self, body: bytes) -> None:
        self.send_response(HTTPStatus.OK if body else HTTPStatus.NO_CONTENT)
        if body:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        _LOGGER.debug(format, *args)


def _respond(rpc: Rpc, body: bytes) -> bytes:
    """The response text to a request text; empty when it held notifications only."""
    try:
        request = json.loads(body)
    except (ValueError, RecursionError):
        return _encode(_refused(PARSE_ERROR, "request: not JSON"))
    if not isinstance(request, list):
        return _encode(rpc.answer(request))
    if not request:
        return _encode(_refused(INVALID_REQUEST, "request: an empty batch"))
    if len(request) > MAX_BATCH:
        return _encode(
            _refused(INVALID_REQUEST, f"request: {len(request)} calls in a batch, at most {MAX_BATCH}")
        )
    return _encode([response for response in rpc.answer_batch(request) if response is not None] or None)


def _refused(code: int, message: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": None, "error": RpcError(code, message).as_json()}


def _encode(response: object) -> bytes:
    return b"" if response is None else json.dumps(response, separators=(",", ":")).encode()


def _is_ip(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
