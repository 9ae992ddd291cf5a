"""A web3 provider that talks to an embedded chain in this process: no server, no port."""

from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any, cast

from web3.providers import BaseProvider
from web3.types import RPCEndpoint, RPCResponse

from .genesis import Genesis
from .node import EmbeddedNode
from .rpc import Rpc


class EmbeddedProvider(BaseProvider):
    """``Web3(EmbeddedProvider(path))``. Close it to let another process write the file.

    Answers are JSON values as over HTTP. A batch that sends several raw transactions in a row puts them into
    shared blocks.
    """

    def __init__(
        self,
        path: Path | str,
        genesis: Genesis | None = None,
        *,
        read_only: bool = False,
        development: bool = False,
    ) -> None:
        super().__init__()
        self.node = EmbeddedNode(Path(path), genesis, read_only=read_only)
        self.rpc = Rpc(self.node, development=development)
        self._ids = count(1)

    def close(self) -> None:
        self.node.close()

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        return cast(RPCResponse, self.rpc.answer(self._envelope(method, params)))

    def make_batch_request(self, requests: list[tuple[RPCEndpoint, Any]]) -> list[RPCResponse]:
        envelopes = [self._envelope(method, params) for method, params in requests]
        return cast(list[RPCResponse], self.rpc.answer_batch(envelopes))

    def is_connected(self, show_traceback: bool = False) -> bool:
        return True

    def _envelope(self, method: str, params: Any) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": _plain(params or [])}


def _plain(value: Any) -> Any:
    """Web3's bytes and read-only mappings as JSON would carry them."""
    if isinstance(value, bytes | bytearray):
        return "0x" + value.hex()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
