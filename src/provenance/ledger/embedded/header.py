"""Block headers, with the types of the fields that Prague always has."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self, cast

import rlp  # type: ignore[import-untyped]
from eth.vm.forks.prague.blocks import PragueBlockHeader
from eth_typing import BlockNumber, Hash32

EMPTY_NONCE = bytes(8)  # EIP-3675


class Header(PragueBlockHeader):
    """py-evm's Prague header; its RLP's keccak is the block hash."""

    if TYPE_CHECKING:
        base_fee_per_gas: int
        withdrawals_root: Hash32
        parent_beacon_block_root: Hash32

        def copy(self, *args: Any, **changes: Any) -> Self: ...


def new_header(
    *, number: int, parent_hash: Hash32, state_root: Hash32, timestamp: int, gas_limit: int, base_fee: int
) -> Header:
    """A header before its first transaction. Fees go to the zero address: nobody is paid."""
    return Header(
        difficulty=0,
        block_number=BlockNumber(number),
        parent_hash=parent_hash,
        state_root=state_root,
        gas_limit=gas_limit,
        timestamp=timestamp,
        base_fee_per_gas=base_fee,
        nonce=EMPTY_NONCE,
    )


@lru_cache(maxsize=1024)
def decode_header(encoded: bytes) -> Header:
    return cast(Header, rlp.decode(encoded, sedes=Header))
