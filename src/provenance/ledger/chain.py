"""One interface over the three kinds of chain: embedded in this process, a local anvil, any JSON-RPC URL."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self, cast

from web3 import HTTPProvider, Web3
from web3.providers import BaseProvider
from web3.types import RPCEndpoint, RPCResponse

from provenance.errors import ConfigError

from .embedded.errors import RpcError
from .embedded.genesis import Genesis
from .embedded.provider import EmbeddedProvider

REQUEST_SECONDS = 60


class BatchingProvider(Protocol):
    def make_batch_request(
        self, requests: list[tuple[RPCEndpoint, Any]]
    ) -> list[RPCResponse] | RPCResponse: ...


@dataclass(frozen=True, slots=True)
class Chain:
    """An open chain. `web3` is configured for it; `request` and `batch` skip web3's formatting for speed."""

    target: str
    web3: Web3
    chain_id: int

    @property
    def embedded(self) -> EmbeddedProvider | None:
        """The provider of a chain that lives in this process, None for a remote one."""
        provider = self.web3.provider
        return provider if isinstance(provider, EmbeddedProvider) else None

    def request(self, method: str, params: Sequence[Any] = ()) -> Any:
        """The plain JSON result of one call; raises RpcError."""
        return _result(self.web3.provider.make_request(RPCEndpoint(method), list(params)))

    def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Results in the order of `calls`; an entry that failed is its RpcError, not raised."""
        if not calls:
            return []
        provider = cast(BatchingProvider, self.web3.provider)
        responses = provider.make_batch_request(
            [(RPCEndpoint(method), list(params)) for method, params in calls]
        )
        if isinstance(responses, dict):  # the whole batch was refused
            raise _error(responses)
        return [_error(response) if "error" in response else response["result"] for response in responses]

    def close(self) -> None:
        if self.embedded is not None:
            self.embedded.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def connect(
    target: str | Path,
    genesis: Genesis | None = None,
    *,
    read_only: bool = False,
    development: bool = False,
) -> Chain:
    """Open a chain: a path or "embedded:<path>" in this process, "http(s)://" any node's JSON-RPC.

    The other arguments concern embedded chains alone: `genesis` creates or must match the file, `read_only`
    opens one that another process writes, `development` switches the evm_ methods on.
    Raises ConfigError for an address of another scheme, EmbeddedChainError for a file that cannot be used,
    and the transport's error (an OSError) for a URL where nobody answers.
    """
    text = str(target)
    web3 = Web3(_provider(text, genesis, read_only, development))
    return Chain(target=text, web3=web3, chain_id=web3.eth.chain_id)


def _provider(target: str, genesis: Genesis | None, read_only: bool, development: bool) -> BaseProvider:
    # A send that is retried after a lost answer fails as "nonce too low": nothing is retried here, and the
    # sender looks its hash up instead.
    if target.startswith(("http://", "https://")):
        return HTTPProvider(
            target, request_kwargs={"timeout": REQUEST_SECONDS}, exception_retry_configuration=None
        )
    if target.startswith(("ws://", "wss://")):
        # web3 speaks WebSocket in its asynchronous client alone; this code base is synchronous.
        raise ConfigError(f"chain {target}: WebSocket is not supported; give the same node's http:// address")
    return EmbeddedProvider(
        Path(target.removeprefix("embedded:")), genesis, read_only=read_only, development=development
    )


def _result(response: RPCResponse) -> Any:
    if "error" in response:
        raise _error(response)
    return response["result"]


def _error(response: RPCResponse) -> RpcError:
    error = response["error"]
    if isinstance(error, str):
        return RpcError(0, error)
    return RpcError(error["code"], error["message"], error.get("data"))
