"""eth_call and eth_estimateGas: a transaction is tried on a block's state and what it wrote is forgotten."""

from dataclasses import replace

from eth.abc import ComputationAPI
from eth.constants import CREATE_CONTRACT_ADDRESS
from eth.exceptions import Revert, VMError
from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from . import params
from .admission import check_fees
from .errors import EXECUTION_REVERTED, SERVER_ERROR, InvalidTransaction, RpcError
from .forks import GAS_TRANSACTION, TRANSACTION_GAS_CAP, AccessList, gas_used, least_gas
from .header import Header
from .node import EmbeddedNode
from .transactions import Transaction

ERROR_STRING = bytes.fromhex("08c379a0")  # Error(string)
PANIC = bytes.fromhex("4e487b71")  # Panic(uint256)
CALL_STIPEND = 2_300
# An estimate may exceed the true need by this share, as geth allows itself; it saves most of the bisection.
ESTIMATE_TOLERANCE = 0.015


def parse_call(value: object, default_gas: int) -> Transaction:
    """The transaction object of eth_call; missing fields are zero, missing gas is `default_gas`."""
    given = params.mapping(value, "transaction")
    price = params.quantity(given.get("gasPrice") or 0, "gasPrice")
    return Transaction(
        sender=params.address(given.get("from") or bytes(20), "from"),
        nonce=0,
        gas=min(params.quantity(given.get("gas") or default_gas, "gas"), default_gas),
        to=params.address(given["to"], "to") if given.get("to") else CREATE_CONTRACT_ADDRESS,
        value=params.quantity(given.get("value") or 0, "value"),
        data=params.data(given.get("input") or given.get("data") or b"", "data"),
        max_fee_per_gas=params.quantity(given.get("maxFeePerGas") or price, "maxFeePerGas"),
        max_priority_fee_per_gas=params.quantity(
            given.get("maxPriorityFeePerGas") or price, "maxPriorityFeePerGas"
        ),
        access_list=_access_list(given.get("accessList") or []),
    )


def _access_list(value: object) -> AccessList:
    entries = (params.mapping(entry, "accessList") for entry in params.sequence(value, "accessList"))
    return tuple(
        (params.address(entry.get("address")), tuple(_slots(entry.get("storageKeys") or [])))
        for entry in entries
    )


def _slots(value: object) -> list[int]:
    return [
        int.from_bytes(params.word(slot, "storageKeys"), "big")
        for slot in params.sequence(value, "storageKeys")
    ]


def call(node: EmbeddedNode, header: Header, tx: Transaction) -> bytes:
    """What `tx` returns when run in a block with this header; RpcError 3 when it reverts."""
    computation, _ = _run(node, header, tx)
    _raise_failure(computation)
    return computation.output


def estimate_gas(node: EmbeddedNode, header: Header, tx: Transaction) -> int:
    """A gas limit with which `tx` succeeds, at most 1.5 % above the least such; RpcError when none does."""
    high = min(tx.gas, TRANSACTION_GAS_CAP, header.gas_limit)
    computation, used = _run(node, header, replace(tx, gas=high))
    _raise_failure(computation)
    if used == GAS_TRANSACTION:
        return used
    # The 63/64 rule (EIP-150) and stipends make a call need more than it uses: try that first, then bisect.
    low = used - 1
    optimistic = (used + computation.get_gas_refund() + CALL_STIPEND) * 64 // 63
    probe = optimistic if optimistic < high else (low + high) // 2
    while high - low > 1 and (high - low) / high > ESTIMATE_TOLERANCE:
        if _suffices(node, header, replace(tx, gas=probe)):
            high = probe
        else:
            low = probe
        probe = min((low + high) // 2, low * 2)
    return high


def _suffices(node: EmbeddedNode, header: Header, tx: Transaction) -> bool:
    if tx.gas < least_gas(tx.data, creates=tx.creates, intrinsic=tx.intrinsic_gas):
        return False
    computation, _ = _run(node, header, tx)
    return not computation.is_error


def _run(node: EmbeddedNode, header: Header, tx: Transaction) -> tuple[ComputationAPI, int]:
    needed = least_gas(tx.data, creates=tx.creates, intrinsic=tx.intrinsic_gas)
    if tx.gas < needed:
        raise InvalidTransaction(f"intrinsic gas too low: have {tx.gas}, want {needed}")
    free = tx.max_fee_per_gas == 0
    if not free:
        check_fees(tx, header.base_fee_per_gas)
    # A call that names no price pays none: its block's base fee is zero, too.
    state = node.execution_state(header.copy(base_fee_per_gas=0) if free else header, header.state_root)
    _check_funds(tx, state.get_balance(tx.sender))
    computation = state.apply_transaction(tx)  # type: ignore[arg-type]
    return computation, gas_used(state, tx.gas, computation)


def _check_funds(tx: Transaction, balance: int) -> None:
    cost = tx.gas * tx.max_fee_per_gas + tx.value
    if balance < cost:
        raise InvalidTransaction(
            f"insufficient funds for gas * price + value: 0x{tx.sender.hex()} has {balance}, wants {cost}"
        )


def _raise_failure(computation: ComputationAPI) -> None:
    if not computation.is_error:
        return
    error = computation.error
    if isinstance(error, Revert):
        raise RpcError(EXECUTION_REVERTED, _reverted(computation.output), "0x" + computation.output.hex())
    raise RpcError(SERVER_ERROR, _failed(error))


def _reverted(output: bytes) -> str:
    reason = _reason(output)
    return f"execution reverted: {reason}" if reason else "execution reverted"


def _reason(output: bytes) -> str:
    try:
        if output.startswith(ERROR_STRING):
            return str(decode(["string"], output[4:])[0])
        if output.startswith(PANIC):
            return f"panic code 0x{decode(['uint256'], output[4:])[0]:02x}"
    except (DecodingError, UnicodeDecodeError):
        pass
    return ""


def _failed(error: VMError) -> str:
    name = "".join(
        f" {letter.lower()}" if letter.isupper() else letter for letter in type(error).__name__
    ).strip()
    return f"{name}: {error}"
