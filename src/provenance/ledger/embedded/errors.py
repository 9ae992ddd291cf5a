"""What can go wrong with the embedded chain, beyond what a JSON-RPC client is told."""

from provenance.errors import ChainError


class EmbeddedChainError(ChainError):
    """The chain file cannot be used as asked."""


class ChainLocked(EmbeddedChainError):  # noqa: N818 - named for what happened, as the contracts' errors
    """Another process writes this chain file."""


class GenesisMismatch(EmbeddedChainError):  # noqa: N818
    """The chain file began with another genesis than the caller expects."""


class RpcError(EmbeddedChainError):
    """A JSON-RPC error object (JSON-RPC 2.0, section 5.1): `code`, `message` and optional `data`."""

    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data

    def as_json(self) -> dict[str, object]:
        error: dict[str, object] = {"code": self.code, "message": self.message}
        if self.data is not None:
            error["data"] = self.data
        return error


PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
SERVER_ERROR = -32000
RESOURCE_LIMIT = -32005
EXECUTION_REVERTED = 3


class InvalidTransaction(RpcError):  # noqa: N818
    """A transaction the chain refuses; nothing of it was written."""

    def __init__(self, message: str) -> None:
        super().__init__(SERVER_ERROR, message)


class InvalidParams(RpcError):  # noqa: N818
    """A JSON-RPC parameter that cannot be understood."""

    def __init__(self, message: str) -> None:
        super().__init__(INVALID_PARAMS, message)
