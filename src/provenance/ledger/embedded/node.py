"""The chain itself: opens the file, includes transactions, reads every block's state."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from sqlite3 import Connection
from typing import Self

from eth.constants import BLANK_ROOT_HASH, GENESIS_PARENT_HASH
from eth.db.account import AccountDB
from eth_typing import Hash32

from .builder import BlockBuilder, SealedBlock
from .clock import Clock
from .database import Database, PendingNodes, delete_blocks_above, insert_block
from .errors import EmbeddedChainError, GenesisMismatch, InvalidTransaction
from .forks import LedgerState, state_at
from .genesis import Genesis
from .header import Header, decode_header, new_header
from .records import BlockRecord
from .transactions import SignedTransaction, decode_transaction

MAX_ANCESTORS = 256  # what the BLOCKHASH opcode can see


class EmbeddedNode:
    """One open chain file. All methods may be called from any thread; writes take turns.

    `genesis` creates a missing file, and must agree with an existing one. `read_only` opens a file that
    another process may be writing.
    """

    def __init__(self, path: Path, genesis: Genesis | None = None, *, read_only: bool = False) -> None:
        self.database = Database(path, read_only=read_only)
        self.clock = Clock()
        self._writing = threading.RLock()
        self._snapshots: list[int] = []
        try:
            self.genesis = self._open(genesis)
        except BaseException:
            self.database.close()
            raise

    @property
    def chain_id(self) -> int:
        return self.genesis.chain_id

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with self._writing:
            self.database.close()

    # Opening

    def _open(self, wanted: Genesis | None) -> Genesis:
        with self.database.reading() as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = 'genesis'").fetchone()
            first = connection.execute("SELECT timestamp FROM block WHERE number = 0").fetchone()
        if row is None:
            return self._create(wanted or Genesis())
        found = Genesis.from_json(row[0], first[0])
        if wanted is not None:
            self._refuse_other_genesis(found, wanted)
        return found

    def _refuse_other_genesis(self, found: Genesis, wanted: Genesis) -> None:
        differences = [
            f"{name} is {there}, not {asked}"
            for name, there, asked in (
                ("chain id", found.chain_id, wanted.chain_id),
                ("gas limit", found.gas_limit, wanted.gas_limit),
                ("base fee", found.base_fee, wanted.base_fee),
                (
                    "timestamp",
                    found.timestamp,
                    found.timestamp if wanted.timestamp is None else wanted.timestamp,
                ),
            )
            if there != asked
        ]
        if found.balances() != wanted.balances():
            differences.append("other accounts are funded")
        if differences:
            raise GenesisMismatch(
                f"chain file {self.database.path}: {'; '.join(differences)}; "
                "name another file or ask for the same genesis"
            )

    def _create(self, genesis: Genesis) -> Genesis:
        timestamp = self.clock.now() if genesis.timestamp is None else genesis.timestamp
        nodes = PendingNodes(self.database)
        header = new_header(
            number=0,
            parent_hash=GENESIS_PARENT_HASH,
            state_root=BLANK_ROOT_HASH,
            timestamp=timestamp,
            gas_limit=genesis.gas_limit,
            base_fee=genesis.base_fee,
        )
        state = state_at(nodes, header, header.state_root, genesis.chain_id, ())
        for address, wei in genesis.balances().items():
            state.set_balance(address, wei)
        sealed = BlockBuilder(header, state, nodes, genesis.chain_id).seal()
        with self.database.writing() as connection:
            connection.execute("INSERT INTO meta VALUES ('genesis', ?)", (genesis.as_json(),))
            _insert(connection, sealed)
        return Genesis.from_json(genesis.as_json(), timestamp)

    # Writing

    def send(self, raws: Sequence[bytes]) -> list[bytes | InvalidTransaction]:
        """Include raw transactions, in order, in as few blocks as they fit; return when they are durable.

        Gives for each its hash, or the reason it was refused. One refusal does not hold up the others. Should
        py-evm itself fail, the error passes through and the block in the making is dropped whole.
        """
        with self._writing:
            outcomes: list[bytes | InvalidTransaction] = []
            builder: BlockBuilder | None = None
            for raw in raws:
                try:
                    tx = self._decode_new(raw)
                    if builder is not None and not builder.has_room_for(tx):
                        self._commit(builder)
                        builder = None
                    if builder is None:
                        builder = self._next_block()
                    builder.apply(tx)
                    outcomes.append(tx.hash)
                except InvalidTransaction as refusal:
                    outcomes.append(refusal)
            if builder is not None and builder.transactions:
                self._commit(builder)
            return outcomes

    def _decode_new(self, raw: bytes) -> SignedTransaction:
        tx = decode_transaction(raw)
        with self.database.reading() as connection:
            row = connection.execute("SELECT block FROM tx WHERE hash = ?", (tx.hash,)).fetchone()
        if row is not None:
            raise InvalidTransaction(f"already known: transaction 0x{tx.hash.hex()} is in block {row[0]}")
        return tx

    def mine(self, timestamp: int | None = None) -> None:
        """Add an empty block, at `timestamp` (Unix seconds) if given."""
        with self._writing:
            if timestamp is not None:
                self.set_next_time(timestamp)
            self._commit(self._next_block())

    def set_next_time(self, timestamp: int) -> None:
        """The next block's time in Unix seconds; not before the last block's."""
        head = self.head()
        if timestamp < head.timestamp:
            raise EmbeddedChainError(
                f"timestamp {timestamp}: earlier than the last block's {head.timestamp}; times never fall"
            )
        self.clock.next_time = timestamp

    def _next_block(self) -> BlockBuilder:
        header = self.next_header()
        nodes = PendingNodes(self.database)
        state = state_at(nodes, header, header.state_root, self.chain_id, self.ancestors(header))
        return BlockBuilder(header, state, nodes, self.chain_id)

    def next_header(self) -> Header:
        """The next block's header as of now, before any transaction: it carries its parent's state."""
        parent = self.head()
        return new_header(
            number=parent.number + 1,
            parent_hash=parent.hash,
            state_root=decode_header(parent.header).state_root,
            timestamp=self.clock.next_block_time(parent.timestamp),
            gas_limit=self.genesis.gas_limit,
            base_fee=self.genesis.base_fee,
        )

    def _commit(self, builder: BlockBuilder) -> None:
        sealed = builder.seal()
        with self.database.writing() as connection:
            _insert(connection, sealed)
        self.database.remember(sealed.nodes)
        self.clock.used(sealed.block.timestamp)

    def snapshot(self) -> int:
        """Remember the current block; the number returned takes the chain back to it."""
        with self._writing:
            self._snapshots.append(self.head().number)
            return len(self._snapshots)

    def revert(self, snapshot: int) -> bool:
        """Go back to a snapshot; it and later ones are used up. False when there is no such snapshot."""
        with self._writing:
            if not 1 <= snapshot <= len(self._snapshots):
                return False
            number = self._snapshots[snapshot - 1]
            del self._snapshots[snapshot - 1 :]
            with self.database.writing() as connection:
                delete_blocks_above(connection, number)
            return True

    # Reading

    def head(self) -> BlockRecord:
        with self.database.reading() as connection:
            return read_head(connection)

    def ancestors(self, header: Header) -> Iterator[Hash32]:
        """Hashes of the blocks before `header`, nearest first (for the BLOCKHASH opcode)."""
        for number in range(header.block_number - 1, max(-1, header.block_number - 1 - MAX_ANCESTORS), -1):
            with self.database.reading() as connection:
                block = read_block(connection, number)
            if block is None:
                return
            yield block.hash

    def execution_state(self, header: Header, state_root: Hash32) -> LedgerState:
        """A state to run calls on; what they write is thrown away."""
        return state_at(
            PendingNodes(self.database), header, state_root, self.chain_id, self.ancestors(header)
        )

    def accounts(self, state_root: Hash32) -> AccountDB:
        return AccountDB(PendingNodes(self.database), state_root)


def _insert(connection: Connection, sealed: SealedBlock) -> None:
    insert_block(connection, sealed.block, sealed.transactions, sealed.logs, sealed.nodes)


_BLOCK = "SELECT number, hash, timestamp, header, size FROM block "


def read_head(connection: Connection) -> BlockRecord:
    return BlockRecord(*connection.execute(f"{_BLOCK} ORDER BY number DESC LIMIT 1").fetchone())


def read_block(connection: Connection, number: int) -> BlockRecord | None:
    row = connection.execute(f"{_BLOCK} WHERE number = ?", (number,)).fetchone()
    return None if row is None else BlockRecord(*row)


def read_block_by_hash(connection: Connection, block_hash: bytes) -> BlockRecord | None:
    row = connection.execute(f"{_BLOCK} WHERE hash = ?", (block_hash,)).fetchone()
    return None if row is None else BlockRecord(*row)
