"""Ethereum's JSON-RPC over an embedded chain: parameters in, JSON values out.

Method names and shapes follow the execution-apis specification; errors carry geth's codes and wording.
The ``evm_`` methods shift time and take blocks back, which no other node of a real chain would allow: they
answer only when the chain was opened for development.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from itertools import groupby
from sqlite3 import Connection
from typing import Any

from eth_typing import Hash32

from . import params, render
from .account_proofs import account_proof
from .blocks import find_block, require_block
from .calls import call, estimate_gas, parse_call
from .database import PendingNodes
from .errors import (
    INTERNAL_ERROR,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    EmbeddedChainError,
    InvalidParams,
    RpcError,
)
from .fees import fee_history
from .forks import TRANSACTION_GAS_CAP
from .header import Header, decode_header
from .logs import find_logs, parse_filter
from .node import EmbeddedNode, read_block
from .records import BlockRecord, TransactionRecord

Json = Any
SEND = "eth_sendRawTransaction"
MAX_PROOF_SLOTS = 1_024  # geth's bound
_LOGGER = logging.getLogger(__name__)


class Rpc:
    """Answers JSON-RPC for one node; `development` switches the evm_ methods on."""

    def __init__(self, node: EmbeddedNode, *, development: bool = False) -> None:
        self.node = node
        self._methods: dict[str, Callable[..., Json]] = {
            name: getattr(self, name)
            for name in dir(type(self))
            if name.startswith(("eth_", "net_", "web3_"))
        }
        self._development = {name: getattr(self, name) for name in dir(type(self)) if name.startswith("evm_")}
        if development:
            self._methods |= self._development

    # The protocol

    def request(self, method: str, parameters: Sequence[Any]) -> Json:
        """The result of one call; raises RpcError."""
        handler = self._methods.get(method)
        if handler is None:
            raise RpcError(METHOD_NOT_FOUND, self._unknown(method))
        try:
            return handler(*parameters)
        except RpcError:
            raise
        except TypeError as error:
            if _is_ours(error):
                raise
            raise InvalidParams(f"{method}: {error.args[0].partition('() ')[2]}") from error
        except EmbeddedChainError as error:
            raise InvalidParams(str(error)) from error

    def _unknown(self, method: str) -> str:
        if method in self._development:
            return f"{method} is switched off: open the chain for development to use it"
        return f"the method {method} does not exist/is not available"

    def answer(self, request: object) -> dict[str, Json] | None:
        """One JSON-RPC 2.0 response object; None for a notification."""
        return self.answer_batch([request])[0]

    def answer_batch(self, requests: Sequence[object]) -> list[dict[str, Json] | None]:
        """Responses in order. Raw transactions that follow one another share blocks, as far as they fit."""
        responses: list[dict[str, Json] | None] = []
        for sends, group in groupby(requests, key=_is_send):
            together = list(group)
            responses.extend(self._answer_sends(together) if sends else map(self._answer_one, together))
        return responses

    def _answer_sends(self, requests: Sequence[Any]) -> list[dict[str, Json] | None]:
        try:
            raws = [params.data(request["params"][0], "transaction") for request in requests]
            outcomes = self.node.send(raws)
        except Exception as error:
            return [_response(request, _as_rpc_error(error)) for request in requests]
        return [
            _response(request, outcome if isinstance(outcome, RpcError) else render.data(outcome))
            for request, outcome in zip(requests, outcomes, strict=True)
        ]

    def _answer_one(self, request: object) -> dict[str, Json] | None:
        try:
            method, parameters = _parse_request(request)
            return _response(request, self.request(method, parameters))
        except Exception as error:
            return _response(request, _as_rpc_error(error))

    # The client

    def web3_clientVersion(self) -> Json:  # noqa: N802 - the protocol's name, as below
        return f"returns-provenance/{version('returns-provenance')}/py-evm-{version('py-evm')}"

    def net_version(self) -> Json:
        return str(self.node.chain_id)

    def net_listening(self) -> Json:
        return False

    def eth_chainId(self) -> Json:  # noqa: N802
        return hex(self.node.chain_id)

    def eth_syncing(self) -> Json:
        return False

    def eth_accounts(self) -> Json:
        return []

    # Fees

    def eth_gasPrice(self) -> Json:  # noqa: N802
        return hex(self.node.genesis.base_fee)

    def eth_maxPriorityFeePerGas(self) -> Json:  # noqa: N802
        return "0x0"

    def eth_feeHistory(self, count: object, newest: object, percentiles: object = None) -> Json:  # noqa: N802
        with self.node.database.reading() as connection:
            return fee_history(connection, count, newest, percentiles)

    # Blocks

    def eth_blockNumber(self) -> Json:  # noqa: N802
        return hex(self.node.head().number)

    def eth_getBlockByNumber(self, block: object, full: object = False) -> Json:  # noqa: N802
        return self._block(block, full)

    def eth_getBlockByHash(self, block_hash: object, full: object = False) -> Json:  # noqa: N802
        return self._block({"blockHash": block_hash}, full)

    def _block(self, which: object, full: object) -> Json:
        want_full = params.boolean(full, "full transactions")
        with self.node.database.reading() as connection:
            block = find_block(connection, which)
            if block is None:
                return None
            return render.block(block, render.read_transactions(connection, block.number), full=want_full)

    def eth_getBlockTransactionCountByNumber(self, block: object) -> Json:  # noqa: N802
        return self._count_transactions(block)

    def eth_getBlockTransactionCountByHash(self, block_hash: object) -> Json:  # noqa: N802
        return self._count_transactions({"blockHash": block_hash})

    def _count_transactions(self, which: object) -> Json:
        with self.node.database.reading() as connection:
            block = find_block(connection, which)
            return None if block is None else hex(len(render.read_transactions(connection, block.number)))

    def eth_getBlockReceipts(self, block: object) -> Json:  # noqa: N802
        with self.node.database.reading() as connection:
            found = find_block(connection, block)
            if found is None:
                return None
            logs = render.read_logs(connection, found.number)
            transactions = render.read_transactions(connection, found.number)
            return [render.receipt(tx, found, logs[tx.position]) for tx in transactions]

    # Transactions

    def eth_sendRawTransaction(self, raw: object) -> Json:  # noqa: N802
        (outcome,) = self.node.send([params.data(raw, "transaction")])
        if isinstance(outcome, RpcError):
            raise outcome
        return render.data(outcome)

    def eth_getTransactionByHash(self, transaction_hash: object) -> Json:  # noqa: N802
        with self.node.database.reading() as connection:
            found = _find_transaction(connection, transaction_hash)
            return None if found is None else render.transaction(*found)

    def eth_getTransactionByBlockNumberAndIndex(self, block: object, index: object) -> Json:  # noqa: N802
        return self._transaction_at(block, index)

    def eth_getTransactionByBlockHashAndIndex(self, block_hash: object, index: object) -> Json:  # noqa: N802
        return self._transaction_at({"blockHash": block_hash}, index)

    def _transaction_at(self, which: object, index: object) -> Json:
        position = params.quantity(index, "index")
        with self.node.database.reading() as connection:
            block = find_block(connection, which)
            transactions = [] if block is None else render.read_transactions(connection, block.number)
            if block is None or position >= len(transactions):
                return None
            return render.transaction(transactions[position], block)

    def eth_getTransactionReceipt(self, transaction_hash: object) -> Json:  # noqa: N802
        with self.node.database.reading() as connection:
            found = _find_transaction(connection, transaction_hash)
            if found is None:
                return None
            tx, block = found
            return render.receipt(tx, block, render.read_transaction_logs(connection, tx))

    def eth_getLogs(self, wanted: object) -> Json:  # noqa: N802
        with self.node.database.reading() as connection:
            return find_logs(connection, parse_filter(connection, wanted))

    # State

    def eth_getBalance(self, address: object, block: object = "latest") -> Json:  # noqa: N802
        return hex(self.node.accounts(self._root(block)).get_balance(params.address(address)))

    def eth_getTransactionCount(self, address: object, block: object = "latest") -> Json:  # noqa: N802
        return hex(self.node.accounts(self._root(block)).get_nonce(params.address(address)))

    def eth_getCode(self, address: object, block: object = "latest") -> Json:  # noqa: N802
        return render.data(self.node.accounts(self._root(block)).get_code(params.address(address)))

    def eth_getStorageAt(self, address: object, slot: object, block: object = "latest") -> Json:  # noqa: N802
        index = int.from_bytes(params.word(slot, "slot"), "big")
        value = self.node.accounts(self._root(block)).get_storage(params.address(address), index)
        return render.data(value.to_bytes(32, "big"))

    def eth_getProof(self, address: object, slots: object, block: object = "latest") -> Json:  # noqa: N802
        keys = params.sequence(slots, "storage keys")
        if len(keys) > MAX_PROOF_SLOTS:
            raise InvalidParams(f"storage keys: {len(keys)} given, at most {MAX_PROOF_SLOTS}; ask in parts")
        wanted = [(_as_text(key), params.word(key, "storage key")) for key in keys]
        nodes = PendingNodes(self.node.database)
        return account_proof(nodes, self._root(block), params.address(address), wanted)

    def eth_call(self, transaction: object, block: object = "latest") -> Json:
        header = self._header(block)
        return render.data(call(self.node, header, parse_call(transaction, header.gas_limit)))

    def eth_estimateGas(self, transaction: object, block: object = "pending") -> Json:  # noqa: N802
        header = self._header(block)
        return hex(estimate_gas(self.node, header, parse_call(transaction, TRANSACTION_GAS_CAP)))

    def _header(self, which: object) -> Header:
        """The block a call runs in: a past one, or for "pending" the next one at the present time."""
        if which == "pending":
            return self.node.next_header()
        with self.node.database.reading() as connection:
            return decode_header(require_block(connection, which).header)

    def _root(self, which: object) -> Hash32:
        with self.node.database.reading() as connection:
            return decode_header(require_block(connection, which).header).state_root

    # Development

    def evm_mine(self, timestamp: object = None) -> Json:
        when = timestamp.get("timestamp") if isinstance(timestamp, Mapping) else timestamp
        self.node.mine(None if when is None else params.quantity(when, "timestamp"))
        return "0x0"

    def evm_increaseTime(self, seconds: object) -> Json:  # noqa: N802
        self.node.clock.shift += params.quantity(seconds, "seconds")
        return self.node.clock.shift

    def evm_setNextBlockTimestamp(self, timestamp: object) -> Json:  # noqa: N802
        self.node.set_next_time(params.quantity(timestamp, "timestamp"))

    def evm_snapshot(self) -> Json:
        return hex(self.node.snapshot())

    def evm_revert(self, snapshot: object) -> Json:
        return self.node.revert(params.quantity(snapshot, "snapshot"))


def _is_send(request: object) -> bool:
    """Whether this is a well-formed eth_sendRawTransaction; others are answered one by one."""
    if not isinstance(request, Mapping) or request.get("method") != SEND:
        return False
    parameters = request.get("params")
    return isinstance(parameters, list | tuple) and len(parameters) == 1 and _is_hex(parameters[0])


def _is_hex(value: object) -> bool:
    try:
        params.data(value, "transaction")
    except InvalidParams:
        return False
    return True


def _parse_request(request: object) -> tuple[str, Sequence[Any]]:
    if not isinstance(request, Mapping) or not isinstance(request.get("method"), str):
        raise RpcError(INVALID_REQUEST, "request: not a JSON-RPC 2.0 object with a method")
    parameters = request.get("params") or []
    if not isinstance(parameters, list | tuple):
        raise InvalidParams("params: give a list; parameters by name are not supported")
    return request["method"], parameters


def _response(request: object, outcome: object) -> dict[str, Json] | None:
    """A response object; an outcome that is an RpcError becomes its error."""
    identity = request.get("id") if isinstance(request, Mapping) else None
    if isinstance(request, Mapping) and "id" not in request and isinstance(request.get("method"), str):
        return None  # a notification (JSON-RPC 2.0, 4.1)
    if isinstance(outcome, RpcError):
        return {"jsonrpc": "2.0", "id": identity, "error": outcome.as_json()}
    return {"jsonrpc": "2.0", "id": identity, "result": outcome}


def _as_rpc_error(error: Exception) -> RpcError:
    if isinstance(error, RpcError):
        return error
    _LOGGER.error("request failed", exc_info=error)
    return RpcError(INTERNAL_ERROR, f"internal error: {type(error).__name__}: {error}")


def _is_ours(error: TypeError) -> bool:
    """Whether a TypeError came from within a handler rather than from calling it with wrong arguments."""
    trace = error.__traceback__
    return trace is not None and trace.tb_next is not None


def _find_transaction(
    connection: Connection, transaction_hash: object
) -> tuple[TransactionRecord, BlockRecord] | None:
    tx = render.read_transaction(connection, params.data(transaction_hash, "transaction hash", 32))
    block = None if tx is None else read_block(connection, tx.block)
    return None if tx is None or block is None else (tx, block)


def _as_text(key: object) -> str:
    return key if isinstance(key, str) else render.data(params.data(key, "storage key"))
