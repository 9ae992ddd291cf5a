"""eth_feeHistory (EIP-1559 clients ask it before they name a price)."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any

from . import params
from .blocks import require_block
from .errors import InvalidParams
from .header import decode_header
from .node import read_block
from .records import BlockRecord, TransactionRecord
from .render import read_transactions

MAX_BLOCKS = 1_024  # geth's bound


def fee_history(connection: Connection, count: object, newest: object, percentiles: object) -> dict[str, Any]:
    last = require_block(connection, newest)
    wanted = _percentiles(percentiles)
    length = min(params.quantity(count, "block count"), MAX_BLOCKS, last.number + 1)
    blocks = [read_block(connection, number) for number in range(last.number - length + 1, last.number + 1)]
    headers = [decode_header(block.header) for block in blocks if block is not None]
    base_fee = decode_header(last.header).base_fee_per_gas  # constant on this chain, so the next block's, too
    answer: dict[str, Any] = {
        "oldestBlock": hex(last.number - length + 1),
        "baseFeePerGas": [hex(header.base_fee_per_gas) for header in headers] + [hex(base_fee)],
        "gasUsedRatio": [header.gas_used / header.gas_limit for header in headers],
        "baseFeePerBlobGas": ["0x1"] * (length + 1),
        "blobGasUsedRatio": [0.0] * length,
    }
    if wanted:
        answer["reward"] = [_rewards(connection, block, wanted) for block in blocks if block is not None]
    return answer


def _percentiles(value: object) -> list[float]:
    given = params.sequence(value or [], "reward percentiles")
    if not all(isinstance(item, int | float) and 0 <= item <= 100 for item in given):
        raise InvalidParams(f"reward percentiles: {given!r} must be numbers from 0 to 100")
    if sorted(given) != list(given):
        raise InvalidParams(f"reward percentiles: {given!r} must rise")
    return list(given)


def _rewards(connection: Connection, block: BlockRecord, percentiles: Sequence[float]) -> list[str]:
    """Tips per gas at each percentile of the block's gas, cheapest transaction first."""
    header = decode_header(block.header)
    transactions = sorted(read_transactions(connection, block.number), key=lambda tx: tx.price)
    return [
        hex(_reward(transactions, header.base_fee_per_gas, header.gas_used * p / 100)) for p in percentiles
    ]


def _reward(transactions: list[TransactionRecord], base_fee: int, threshold: float) -> int:
    passed = 0
    for tx in transactions:
        passed += tx.gas_used
        if passed >= threshold:
            return tx.price - base_fee
    return 0
