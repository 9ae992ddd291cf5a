"""What the chain file holds, one frozen record per row."""

from dataclasses import dataclass

from eth_typing import Address, Hash32


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One event: `position` is its index within the block, `transaction` the index of its transaction."""

    block: int
    position: int
    transaction: int
    address: Address
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class TransactionRecord:
    """One included transaction with its outcome; gas in units, `price` (effective) in wei per gas."""

    block: int
    position: int
    hash: Hash32
    raw: bytes
    sender: Address
    status: int
    gas_used: int
    cumulative_gas: int
    price: int
    contract: Address | None


@dataclass(frozen=True, slots=True)
class BlockRecord:
    """One block; `header` is its RLP, whose keccak is `hash`; `size` is the RLP length of the whole block."""

    number: int
    hash: Hash32
    timestamp: int
    header: bytes
    size: int
