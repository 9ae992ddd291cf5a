"""The real contracts on a real EVM: py-evm executes messages directly, without the cost of signed transactions."""

from dataclasses import dataclass
from functools import cache

from eth.constants import BLANK_ROOT_HASH, CREATE_CONTRACT_ADDRESS, ZERO_HASH32
from eth.db.atomic import AtomicDB
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.cancun.computation import CancunComputation
from eth.vm.forks.cancun.state import CancunState
from eth.vm.message import Message
from eth.vm.transaction_context import BaseTransactionContext
from eth_utils.logging import get_extended_debug_logger

from provenance.ledger.artifact import load
from provenance.model.hashing import keccak, keccak_words

CHAIN_ID = 90_210
GAS = 16_777_216  # EIP-7825: what one transaction may use
DEPLOYER = keccak(b"deployer")[12:]
_LOGGER = get_extended_debug_logger("equal_rules")


class Computation(CancunComputation):
    def __init__(self, state, message, transaction_context) -> None:
        super().__init__(state, message, transaction_context)
        # Where a jump may land is a property of the code: found once, not once for each message.
        self.code.valid_positions, self.code.invalid_positions = _positions(bytes(message.code))


@cache
def _positions(_code: bytes) -> tuple[set[int], set[int]]:
    return set(), set()


class State(CancunState):
    computation_class = Computation

    @property
    def logger(self):
        # py-evm looks its logger up anew for every message.
        return _LOGGER


@dataclass(frozen=True)
class Log:
    address: bytes
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True)
class Answer:
    """What a message led to; `output` is the revert data if it failed."""

    ok: bool
    output: bytes
    logs: tuple[Log, ...]
    gas_used: int


class Evm:
    """One chain's state at a block's number and time. `fork()` continues from a saved root, leaving the rest alone."""

    def __init__(
        self, time: int, db: AtomicDB | None = None, root: bytes | None = None, chain_id: int = CHAIN_ID
    ) -> None:
        self.db = AtomicDB() if db is None else db
        self.context = ExecutionContext(
            coinbase=bytes(20),
            timestamp=time,
            block_number=1,
            difficulty=0,
            mix_hash=ZERO_HASH32,
            gas_limit=30_000_000,
            prev_hashes=(),
            chain_id=chain_id,
            base_fee_per_gas=0,
            excess_blob_gas=0,
        )
        self.state = State(self.db, self.context, root or BLANK_ROOT_HASH)

    @property
    def time(self) -> int:
        return self.context.timestamp

    @property
    def block(self) -> int:
        return self.context.block_number

    def next_block(self, seconds: int) -> None:
        self.context._timestamp += seconds
        self.context._block_number += 1

    def go_to(self, time: int) -> None:
        self.next_block(time - self.time)

    def save(self) -> bytes:
        self.state.persist()
        return self.state.state_root

    def fork(self, root: bytes) -> "Evm":
        forked = Evm(self.time, self.db, root)
        forked.context._block_number = self.block
        return forked

    def deploy(self, contract: str, arguments: bytes) -> tuple[Answer, bytes]:
        """Creates a contract from its artifact; its address is that of the deployer's next nonce."""
        nonce = self.state.get_nonce(DEPLOYER)
        self.state.increment_nonce(DEPLOYER)
        at = keccak(b"\xd6\x94" + DEPLOYER + (bytes([nonce]) if nonce else b"\x80"))[12:]
        message = Message(
            gas=GAS,
            to=CREATE_CONTRACT_ADDRESS,
            sender=DEPLOYER,
            value=0,
            data=b"",
            code=load(contract).creation_code + arguments,
            create_address=at,
        )
        computation = self.state.computation_class.apply_create_message(
            self.state, message, BaseTransactionContext(0, DEPLOYER)
        )
        return self._answer(computation), at

    def send(self, sender: bytes, to: bytes, data: bytes) -> Answer:
        # One message is one transaction: storage's original values and warm addresses start anew.
        self.state.lock_changes()
        self.state.clear_transient_storage()
        message = Message(gas=GAS, to=to, sender=sender, value=0, data=data, code=self.state.get_code(to))
        computation = self.state.computation_class.apply_message(
            self.state, message, BaseTransactionContext(0, sender)
        )
        return self._answer(computation)

    def put_code(self, at: bytes, code: bytes) -> None:
        self.state.set_code(at, code)

    def word(self, at: bytes, place: int | bytes) -> bytes:
        """A storage word."""
        slot = place if isinstance(place, int) else int.from_bytes(place, "big")
        return self.state.get_storage(at, slot).to_bytes(32, "big")

    def put_word(self, at: bytes, place: int | bytes, word: bytes) -> None:
        slot = place if isinstance(place, int) else int.from_bytes(place, "big")
        self.state.set_storage(at, slot, int.from_bytes(word, "big"))

    def _answer(self, computation) -> Answer:
        if computation.is_error:
            return Answer(False, bytes(computation.output), (), computation.get_gas_used())
        logs = tuple(
            Log(address, tuple(topic.to_bytes(32, "big") for topic in topics), bytes(data))
            for address, topics, data in computation.get_log_entries()
        )
        return Answer(True, bytes(computation.output), logs, computation.get_gas_used())


def place_of(base: int, *keys: int | bytes) -> bytes:
    """Where a mapping keeps the value of its keys. Source: Solidity documentation, "Layout of State Variables"."""
    place: int | bytes = base
    for key in keys:
        place = keccak_words(key, place)
    assert isinstance(place, bytes)
    return place
