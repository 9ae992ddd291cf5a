"""Which block a request means: a number, a tag, or a hash (EIP-1898)."""

from collections.abc import Mapping
from sqlite3 import Connection

from . import params
from .errors import SERVER_ERROR, InvalidParams, RpcError
from .node import read_block, read_block_by_hash, read_head
from .records import BlockRecord

# One operator writes the chain and never takes a block back: the newest block is the final one.
NEWEST = ("latest", "safe", "finalized", "pending")


def find_block(connection: Connection, value: object) -> BlockRecord | None:
    """The block named by a tag, a hex number or an EIP-1898 object; None when there is none such."""
    if value is None or value in NEWEST:
        return read_head(connection)
    if value == "earliest":
        return read_block(connection, 0)
    if isinstance(value, Mapping):
        return _find_by_object(connection, value)
    if isinstance(value, str) and len(value) == 66:
        return read_block_by_hash(connection, params.data(value, "block hash", 32))
    return read_block(connection, _row_number(params.quantity(value, "block")))


def _find_by_object(connection: Connection, value: Mapping[str, object]) -> BlockRecord | None:
    if "blockHash" in value:
        return read_block_by_hash(connection, params.data(value["blockHash"], "blockHash", 32))
    if "blockNumber" in value:
        return find_block(connection, value["blockNumber"])
    raise InvalidParams("block: the object names neither blockHash nor blockNumber (EIP-1898)")


def require_block(connection: Connection, value: object) -> BlockRecord:
    block = find_block(connection, value)
    if block is None:
        raise RpcError(
            SERVER_ERROR, f"block {value}: not in this chain, whose last is {read_head(connection).number}"
        )
    return block


def bound(connection: Connection, value: object, default: str) -> int:
    """A block number that may lie beyond the head, as the ends of a log filter may."""
    wanted = default if value is None else value
    if isinstance(wanted, str) and not wanted.startswith("0x"):
        return require_block(connection, _tag(wanted)).number
    return _row_number(params.quantity(wanted, "block"))


def _tag(value: str) -> str:
    if value in NEWEST or value == "earliest":
        return value
    raise InvalidParams(f"block: {value!r} is neither a number nor a tag")


def _row_number(number: int) -> int:
    return min(number, 2**63 - 1)  # SQLite's integers end there, and so does any chain
