"""One block in the making: transactions run on its state one by one, then it is sealed."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import rlp  # type: ignore[import-untyped]
from eth.abc import ComputationAPI
from eth.db.trie import _make_trie_root_and_nodes
from eth.rlp.logs import Log
from eth.rlp.receipts import Receipt
from eth_typing import Address, Hash32
from eth_utils.crypto import keccak

from .admission import admit
from .database import PendingNodes
from .forks import LedgerState, gas_used
from .header import Header
from .records import BlockRecord, LogRecord, TransactionRecord
from .transactions import LEGACY, SignedTransaction


@dataclass(frozen=True, slots=True)
class SealedBlock:
    """A finished block with everything that has to be written for it."""

    header: Header
    block: BlockRecord
    transactions: list[TransactionRecord]
    logs: list[LogRecord]
    nodes: dict[bytes, bytes]


@dataclass(slots=True)
class BlockBuilder:
    """`header` is the block's, still without roots; `state` runs on `nodes`, on top of the parent's root."""

    header: Header
    state: LedgerState
    nodes: PendingNodes
    chain_id: int
    gas: int = 0
    bloom: int = 0
    receipts: list[bytes] = field(default_factory=list)
    transactions: list[TransactionRecord] = field(default_factory=list)
    logs: list[LogRecord] = field(default_factory=list)

    def has_room_for(self, tx: SignedTransaction) -> bool:
        return self.gas + tx.gas <= self.header.gas_limit

    def apply(self, tx: SignedTransaction) -> None:
        """Run `tx` as the block's next. InvalidTransaction means that it left no trace."""
        admit(tx, self.state, chain_id=self.chain_id, block_gas=self.header.gas_limit)
        self.state.lock_changes()
        computation = self.state.apply_transaction(tx)  # type: ignore[arg-type]
        self._record(tx, computation)

    def _record(self, tx: SignedTransaction, computation: ComputationAPI) -> None:
        used = gas_used(self.state, tx.gas, computation)
        self.gas += used
        status = 0 if computation.is_error else 1
        entries = () if computation.is_error else computation.get_log_entries()
        receipt = Receipt(
            state_root=b"\x01" if status else b"",
            gas_used=self.gas,
            logs=[Log(address, topics, data) for address, topics, data in entries],
        )
        self.bloom |= receipt.bloom
        self.receipts.append(_typed(tx.type_id, receipt.encode()))
        position = len(self.transactions)
        self.transactions.append(
            TransactionRecord(
                block=self.header.block_number,
                position=position,
                hash=tx.hash,
                raw=tx.raw,
                sender=tx.sender,
                status=status,
                gas_used=used,
                cumulative_gas=self.gas,
                price=tx.price(self.header.base_fee_per_gas),
                contract=Address(computation.msg.storage_address) if tx.creates else None,
            )
        )
        self._append_logs(position, entries)

    def _append_logs(self, transaction: int, entries: Iterable[tuple[bytes, tuple[int, ...], bytes]]) -> None:
        for address, topics, data in entries:
            self.logs.append(
                LogRecord(
                    block=self.header.block_number,
                    position=len(self.logs),
                    transaction=transaction,
                    address=Address(address),
                    topics=tuple(topic.to_bytes(32, "big") for topic in topics),
                    data=bytes(data),
                )
            )

    def seal(self) -> SealedBlock:
        """Compute the roots. The builder is spent afterwards."""
        self.state.persist()
        raws = tuple(tx.raw for tx in self.transactions)
        header = self.header.copy(
            state_root=self.state.state_root,
            transaction_root=_ordered_root(raws),
            receipt_root=_ordered_root(tuple(self.receipts)),
            bloom=self.bloom,
            gas_used=self.gas,
        )
        encoded = rlp.encode(header)
        block = BlockRecord(
            number=header.block_number,
            hash=Hash32(keccak(encoded)),
            timestamp=header.timestamp,
            header=encoded,
            size=_block_size(header, raws),
        )
        return SealedBlock(header, block, self.transactions, self.logs, self.nodes.new)


def _typed(type_id: int, payload: bytes) -> bytes:
    """EIP-2718: every receipt but a legacy one begins with its type."""
    return payload if type_id == LEGACY else bytes([type_id]) + payload


def _ordered_root(items: tuple[bytes, ...]) -> Hash32:
    """Root of the trie that maps rlp(index) to each item (yellow paper, 4.3.2)."""
    root, _ = _make_trie_root_and_nodes(items)
    return root


def _block_size(header: Header, raws: tuple[bytes, ...]) -> int:
    """Length of the block's RLP in bytes, with no uncles and no withdrawals."""
    body = [rlp.decode(raw) if raw[0] >= 0xC0 else raw for raw in raws]
    return len(rlp.encode([header.serialize(header), body, [], []]))
