"""The chain file: one SQLite database that holds trie nodes, code, blocks, transactions and logs.

A block is one SQLite transaction. The journal is a write-ahead log with ``synchronous=FULL``: a commit
returns after fsync, so what was accepted survives ``kill -9`` of the process, and also a power failure as far
as the disk keeps its promise to have flushed. A transaction that was not yet answered is there whole or not
at all.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, LifoQueue

from eth.db.backends.base import BaseAtomicDB
from lru import LRU

from .errors import ChainLocked, EmbeddedChainError
from .records import BlockRecord, LogRecord, TransactionRecord

FORMAT = "1"  # as SCHEMA writes it
CACHED_NODES = 100_000  # about 50 MB: the upper levels of the state trie and the contracts' code

SCHEMA = """
BEGIN;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE node (hash BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE block (
  number INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, timestamp INTEGER NOT NULL,
  header BLOB NOT NULL, size INTEGER NOT NULL
);
CREATE TABLE tx (
  block INTEGER NOT NULL, position INTEGER NOT NULL, hash BLOB NOT NULL UNIQUE, raw BLOB NOT NULL,
  sender BLOB NOT NULL, status INTEGER NOT NULL, gas_used INTEGER NOT NULL, cumulative_gas INTEGER NOT NULL,
  price TEXT NOT NULL, contract BLOB, PRIMARY KEY (block, position)
) WITHOUT ROWID;
CREATE TABLE log (
  block INTEGER NOT NULL, position INTEGER NOT NULL, tx INTEGER NOT NULL, address BLOB NOT NULL,
  topic0 BLOB, topic1 BLOB, topic2 BLOB, topic3 BLOB, data BLOB NOT NULL, PRIMARY KEY (block, position)
) WITHOUT ROWID;
CREATE INDEX log_by_topic1 ON log (topic1) WHERE topic1 IS NOT NULL;
CREATE INDEX log_by_topic2 ON log (topic2) WHERE topic2 IS NOT NULL;
CREATE INDEX log_by_topic3 ON log (topic3) WHERE topic3 IS NOT NULL;
INSERT INTO meta VALUES ('format', '1');
COMMIT;
"""


class WriterLock:
    """An operating-system lock beside the chain file: the kernel drops it when its holder dies."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(self._handle, 20).decode(errors="replace").strip() or "unknown"
            os.close(self._handle)
            raise ChainLocked(
                f"chain file {path}: process {holder} is writing it; stop it, or talk to it over JSON-RPC"
            ) from None
        os.ftruncate(self._handle, 0)
        os.write(self._handle, str(os.getpid()).encode())

    def release(self) -> None:
        os.close(self._handle)


class Database:
    """Connections to the chain file: one that writes, a pool of those that read.

    Every method may be called from any thread, except that `writing` wants its callers one at a time.
    """

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self.path = path
        self.read_only = read_only
        self._readers: LifoQueue[sqlite3.Connection] = LifoQueue()
        self._nodes: LRU[bytes, bytes] = LRU(CACHED_NODES)
        self._lock: WriterLock | None = None
        self._writer: sqlite3.Connection | None = None
        self._closed = False
        if not read_only:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = WriterLock(path)
            try:
                self._writer = self._connect_writer()
            except BaseException:
                self._lock.release()
                raise
        else:
            self._require_chain_file()

    def _require_chain_file(self) -> None:
        if not self.path.exists():
            raise EmbeddedChainError(f"chain file {self.path}: not there; only a writer creates it")
        try:
            with self.reading() as connection:
                self._refuse_other_formats(connection)
        except sqlite3.DatabaseError as error:
            raise EmbeddedChainError(f"chain file {self.path}: not a chain file ({error})") from error

    def _connect_writer(self) -> sqlite3.Connection:
        writer = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        try:
            writer.execute("PRAGMA journal_mode = WAL")
            writer.execute("PRAGMA synchronous = FULL")
            writer.execute("PRAGMA cache_size = -65536")
            found = writer.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if found == 0:
                writer.executescript(SCHEMA)
            self._refuse_other_formats(writer)
        except sqlite3.DatabaseError as error:
            writer.close()
            raise EmbeddedChainError(f"chain file {self.path}: not a chain file ({error})") from error
        return writer

    def _refuse_other_formats(self, connection: sqlite3.Connection) -> None:
        row = connection.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
        if row is None or row[0] != FORMAT:
            raise EmbeddedChainError(
                f"chain file {self.path}: format {row and row[0]} where this version reads {FORMAT}"
            )

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one committed state of the chain for as long as it is held."""
        connection = self._take_reader()
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("COMMIT")
            self._give_back(connection)

    def _take_reader(self) -> sqlite3.Connection:
        try:
            return self._readers.get_nowait()
        except Empty:
            connection = sqlite3.connect(
                f"file:{self.path}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA cache_size = -16384")
            return connection

    def _give_back(self, connection: sqlite3.Connection) -> None:
        if self._closed:
            connection.close()
        else:
            self._readers.put(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One SQLite transaction: durable when the block ends, undone when it raises."""
        if self._writer is None:
            raise EmbeddedChainError(f"chain file {self.path}: opened for reading only")
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            yield self._writer
        except BaseException:
            self._writer.execute("ROLLBACK")
            raise
        self._writer.execute("COMMIT")

    def node(self, key: bytes) -> bytes:
        """The trie node or code with this keccak; KeyError where there is none."""
        try:
            return self._nodes[key]
        except KeyError:
            pass
        connection = self._take_reader()
        try:
            row = connection.execute("SELECT value FROM node WHERE hash = ?", (key,)).fetchone()
        finally:
            self._give_back(connection)
        if row is None:
            raise KeyError(key)
        value: bytes = row[0]
        self._nodes[key] = value
        return value

    def remember(self, nodes: dict[bytes, bytes]) -> None:
        """Keep committed nodes in memory: the next block will walk through them."""
        for key, value in nodes.items():
            self._nodes[key] = value

    def close(self) -> None:
        self._closed = True
        while not self._readers.empty():
            self._readers.get_nowait().close()
        if self._writer is not None:
            self._writer.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None


class PendingNodes(BaseAtomicDB):
    """The state py-evm works on: committed nodes underneath, this block's new ones on top.

    Old nodes are never deleted, so every block's state stays readable (an archive).
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.new: dict[bytes, bytes] = {}

    def __getitem__(self, key: bytes) -> bytes:
        try:
            return self.new[key]
        except KeyError:
            return self._database.node(key)

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self.new[key] = value

    def __delitem__(self, key: bytes) -> None:
        """Nothing is forgotten: an old state may still need it."""

    def _exists(self, key: bytes) -> bool:
        try:
            self[key]
        except KeyError:
            return False
        return True

    @contextmanager
    def atomic_batch(self) -> Iterator["PendingNodes"]:  # type: ignore[override]
        # The whole block is one SQLite transaction already.
        yield self


def insert_block(
    connection: sqlite3.Connection,
    block: BlockRecord,
    transactions: Iterable[TransactionRecord],
    logs: Iterable[LogRecord],
    nodes: dict[bytes, bytes],
) -> None:
    connection.executemany("INSERT OR IGNORE INTO node VALUES (?, ?)", nodes.items())
    connection.execute(
        "INSERT INTO block VALUES (?, ?, ?, ?, ?)",
        (block.number, block.hash, block.timestamp, block.header, block.size),
    )
    connection.executemany(
        "INSERT INTO tx VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (_transaction_row(tx) for tx in transactions)
    )
    connection.executemany(
        "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (_log_row(log) for log in logs)
    )


def _transaction_row(tx: TransactionRecord) -> tuple[object, ...]:
    # The price is text: wei may exceed SQLite's 64-bit integers.
    return (
        tx.block, tx.position, tx.hash, tx.raw, tx.sender,
        tx.status, tx.gas_used, tx.cumulative_gas, str(tx.price), tx.contract,
    )  # fmt: skip


def _log_row(log: LogRecord) -> tuple[object, ...]:
    topics = (*log.topics, None, None, None, None)[:4]
    return (log.block, log.position, log.transaction, log.address, *topics, log.data)


def delete_blocks_above(connection: sqlite3.Connection, number: int) -> None:
    """Forget the blocks after `number`; their trie nodes stay, unreachable and harmless."""
    connection.execute("DELETE FROM log WHERE block > ?", (number,))
    connection.execute("DELETE FROM tx WHERE block > ?", (number,))
    connection.execute("DELETE FROM block WHERE number > ?", (number,))
