"""The rules a block is executed by: py-evm's Prague, its last fork, without proof of work or stake.

What differs from mainnet's Prague, and why:

- no system calls (EIP-4788 beacon roots, EIP-2935 block hashes in state, EIP-7002/7251 requests): there is no
  consensus layer to serve; the BLOCKHASH opcode works;
- a transaction may ask for at most 16,777,216 gas (EIP-7825, of the fork after Prague), so that what runs
  here runs on mainnet;
- the base fee is constant (see `genesis`);
- a block may carry its parent's timestamp. Ethereum wants strictly later ones, but dozens of blocks fit into
  a second here and their times would run ahead of the clock that deadlines and validity are checked against.
  Times never fall.
"""

from collections.abc import Iterable, Sequence

from eth.abc import AtomicDatabaseAPI, ComputationAPI, SignedTransactionAPI
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.prague.state import PragueState, PragueTransactionExecutor
from eth_typing import Address, Hash32
from eth_utils.logging import ExtendedDebugLogger, get_extended_debug_logger

from .header import Header
from .interpreter import LedgerComputation

TRANSACTION_GAS_CAP = 16_777_216  # EIP-7825
MAX_INITCODE_SIZE = 49_152  # EIP-3860
SECP256K1_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0

GAS_TRANSACTION = 21_000
GAS_CREATE = 32_000
GAS_INITCODE_WORD = 2  # EIP-3860
GAS_DATA_TOKEN = 4  # EIP-7623: a zero byte is one token, any other four
GAS_DATA_FLOOR_TOKEN = 10  # EIP-7623
GAS_ACCESS_ADDRESS = 2_400  # EIP-2930
GAS_ACCESS_SLOT = 1_900  # EIP-2930
GAS_AUTHORIZATION = 25_000  # EIP-7702

AccessList = Sequence[tuple[Address, Sequence[int]]]

_LOGGER = get_extended_debug_logger("provenance.ledger.embedded")


class LedgerExecutor(PragueTransactionExecutor):
    def validate_transaction(self, transaction: SignedTransactionAPI) -> None:
        """Nothing: `admission` has checked it, with messages that name the value that is wrong."""


class LedgerState(PragueState):
    transaction_executor_class = LedgerExecutor
    computation_class = LedgerComputation

    @property
    def logger(self) -> ExtendedDebugLogger:
        # py-evm looks its logger up anew for every message, which costs more than the message's logging.
        return _LOGGER

    def set_system_contracts(self) -> None:
        """None: see the module's docstring."""

    def delta_balance(self, address: Address, delta: int) -> None:
        # A zero tip would create an empty fee recipient, which EIP-161 wants deleted again.
        if delta:
            super().delta_balance(address, delta)


def state_at(
    nodes: AtomicDatabaseAPI,
    header: Header,
    state_root: Hash32,
    chain_id: int,
    ancestors: Iterable[Hash32],
) -> LedgerState:
    """The state under `state_root`, ready to execute within a block that has this header."""
    context = ExecutionContext(
        coinbase=header.coinbase,
        timestamp=header.timestamp,
        block_number=header.block_number,
        difficulty=header.difficulty,
        mix_hash=header.mix_hash,
        gas_limit=header.gas_limit,
        prev_hashes=ancestors,
        chain_id=chain_id,
        base_fee_per_gas=header.base_fee_per_gas,
        excess_blob_gas=0,
    )
    return LedgerState(nodes, context, state_root)


def gas_used(state: LedgerState, gas: int, computation: ComputationAPI) -> int:
    """What the sender paid for, in gas: after refunds (EIP-3529), never under the data floor (EIP-7623)."""
    spent = gas - computation.get_gas_remaining()
    refund: int = LedgerExecutor.calculate_gas_refund(computation, spent)
    return spent - refund + int(computation.data_floor_gas)


def data_tokens(data: bytes) -> int:
    zeros = data.count(0)
    return zeros + 4 * (len(data) - zeros)


def intrinsic_gas(
    data: bytes, *, creates: bool, access_list: AccessList = (), authorizations: int = 0
) -> int:
    """Gas a transaction costs before its first opcode, without EIP-3860's price per word of initcode."""
    # py-evm charges the initcode words itself, when the creation begins.
    return (
        GAS_TRANSACTION
        + GAS_DATA_TOKEN * data_tokens(data)
        + (GAS_CREATE if creates else 0)
        + GAS_ACCESS_ADDRESS * len(access_list)
        + GAS_ACCESS_SLOT * sum(len(slots) for _, slots in access_list)
        + GAS_AUTHORIZATION * authorizations
    )


def least_gas(data: bytes, *, creates: bool, intrinsic: int) -> int:
    """The smallest gas limit with which such a transaction is valid (EIP-3860, EIP-7623)."""
    initcode = GAS_INITCODE_WORD * ((len(data) + 31) // 32) if creates else 0
    floor = GAS_TRANSACTION + GAS_DATA_FLOOR_TOKEN * data_tokens(data)
    return max(intrinsic + initcode, floor)
