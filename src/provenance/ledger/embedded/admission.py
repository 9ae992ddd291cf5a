"""Which transactions the chain accepts: every check Ethereum makes before execution, with a clear refusal.

There is no pool that holds transactions back: the next nonce is accepted, any other is refused at once, so
a sender always knows where it stands.
"""

from .errors import InvalidTransaction
from .forks import MAX_INITCODE_SIZE, TRANSACTION_GAS_CAP, LedgerState, least_gas
from .transactions import SignedTransaction, Transaction

DELEGATION = b"\xef\x01\x00"  # EIP-7702
MAX_NONCE = 2**64 - 2  # EIP-2681


def admit(tx: SignedTransaction, state: LedgerState, *, chain_id: int, block_gas: int) -> None:
    """Raise InvalidTransaction unless `tx` may run next on `state` in a block of `block_gas` gas."""
    _check_chain(tx, chain_id)
    check_gas_limit(tx, block_gas)
    _check_nonce(tx, state.get_nonce(tx.sender))
    _check_sender(tx, state)
    check_fees(tx, state.base_fee)
    check_funds(tx, state)


def _check_chain(tx: SignedTransaction, chain_id: int) -> None:
    if tx.chain_id is None:
        raise InvalidTransaction("only replay-protected (EIP-155) transactions allowed: sign with a chain id")
    if tx.chain_id != chain_id:
        raise InvalidTransaction(f"invalid chain id: signed for {tx.chain_id}, this chain is {chain_id}")


def check_gas_limit(tx: Transaction, block_gas: int) -> None:
    if tx.gas > block_gas:
        raise InvalidTransaction(
            f"exceeds block gas limit: transaction asks {tx.gas}, a block has {block_gas}"
        )
    if tx.gas > TRANSACTION_GAS_CAP:
        raise InvalidTransaction(
            f"transaction gas limit too high: asks {tx.gas}, the cap is {TRANSACTION_GAS_CAP} (EIP-7825)"
        )
    if tx.creates and len(tx.data) > MAX_INITCODE_SIZE:
        raise InvalidTransaction(
            f"max initcode size exceeded: {len(tx.data)} bytes, the limit is {MAX_INITCODE_SIZE} (EIP-3860)"
        )
    needed = least_gas(tx.data, creates=tx.creates, intrinsic=tx.intrinsic_gas)
    if tx.gas < needed:
        raise InvalidTransaction(f"intrinsic gas too low: have {tx.gas}, want {needed}")


def _check_nonce(tx: SignedTransaction, expected: int) -> None:
    sender = f"address 0x{tx.sender.hex()}, transaction has {tx.nonce}, next is {expected}"
    if tx.nonce < expected:
        raise InvalidTransaction(f"nonce too low: {sender}")
    if tx.nonce > expected:
        raise InvalidTransaction(f"nonce too high: {sender} (gaps are refused, nothing is queued)")
    if tx.nonce > MAX_NONCE:
        raise InvalidTransaction(f"nonce has max value: {sender}")


def _check_sender(tx: SignedTransaction, state: LedgerState) -> None:
    code = state.get_code(tx.sender)
    if code and not code.startswith(DELEGATION):  # EIP-3607
        raise InvalidTransaction(f"sender not an externally owned account: 0x{tx.sender.hex()} has code")


def check_fees(tx: Transaction, base_fee: int) -> None:
    if tx.max_priority_fee_per_gas > tx.max_fee_per_gas:
        raise InvalidTransaction(
            "max priority fee per gas higher than max fee per gas: "
            f"{tx.max_priority_fee_per_gas} > {tx.max_fee_per_gas}"
        )
    if tx.max_fee_per_gas < base_fee:
        raise InvalidTransaction(
            f"max fee per gas less than block base fee: has {tx.max_fee_per_gas}, base fee {base_fee}"
        )


def check_funds(tx: Transaction, state: LedgerState) -> None:
    cost = tx.gas * tx.max_fee_per_gas + tx.value
    balance = state.get_balance(tx.sender)
    if balance < cost:
        raise InvalidTransaction(
            f"insufficient funds for gas * price + value: 0x{tx.sender.hex()} has {balance}, wants {cost}"
        )
