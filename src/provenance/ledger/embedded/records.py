"""What the chain file holds, one frozen record per row."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One event: `position` is its index within the block, `transaction` the index of its transaction."""

    block: int
    position: int
    transaction: int
    address: bytes
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class TransactionRecord:
    """One included transaction with its outcome; gas in units, `price` (effective) in wei per gas."""

    block: int
    position: int
    hash: bytes
    raw: bytes
    sender: bytes
    status: int
    gas_used: int
    cumulative_gas: int
    price: int
    contract: bytes | None


@dataclass(frozen=True, slots=True)
class BlockRecord:
    """One block; `header` is its RLP, whose keccak is `hash`; `size` is the RLP length of the whole block."""

    number: int
    hash: bytes
    timestamp: int
    header: bytes
    size: int
