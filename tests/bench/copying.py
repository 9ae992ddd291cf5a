"""What following is measured against: a raw copy of the same logs and calldata, and the convenient way.

Neither checks anything. Both write to SQLite under the same settings of durability as ours, a transaction a range.
"""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from provenance.ledger.artifact import load
from provenance.ledger.chain import Chain
from provenance.ledger.deployment import Deployment

BLOCKS_AT_ONCE = 50

TABLES = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=FULL;
CREATE TABLE logs (block INTEGER, log_index INTEGER, tx BLOB, address BLOB, topics BLOB, data BLOB);
CREATE TABLE transactions (hash BLOB, block INTEGER, input BLOB);
CREATE TABLE blocks (number INTEGER, hash BLOB, parent BLOB, time INTEGER);
CREATE TABLE happenings (block INTEGER, log_index INTEGER, tx BLOB, name TEXT, arguments TEXT);
"""


def copy_raw(chain: Chain, deployment: Deployment, file: Path) -> int:
    """Logs, blocks and calldata as they are: plain requests, hex to bytes, `executemany`. The number of logs."""
    database = _opened(file)
    copied = 0
    for first, last in _ranges(chain, deployment):
        query = {"address": _addresses(deployment), "fromBlock": hex(first), "toBlock": hex(last)}
        logs = chain.request("eth_getLogs", [query])
        numbers = sorted({log["blockNumber"] for log in logs})
        blocks = chain.batch([("eth_getBlockByNumber", [number, True]) for number in numbers])
        with database:
            database.executemany("INSERT INTO logs VALUES (?, ?, ?, ?, ?, ?)", map(_log_row, logs))
            database.executemany("INSERT INTO blocks VALUES (?, ?, ?, ?)", map(_block_row, blocks))
            database.executemany(
                "INSERT INTO transactions VALUES (?, ?, ?)",
                (_transaction_row(each) for block in blocks for each in block["transactions"]),
            )
        copied += len(logs)
    database.close()
    return copied


def copy_conveniently(chain: Chain, deployment: Deployment, file: Path) -> int:
    """Logs by web3's `get_logs`, each decoded by `process_log`, each inserted by itself. The number of logs."""
    database = _opened(file)
    readers = _readers(chain, deployment)
    copied = 0
    for first, last in _ranges(chain, deployment):
        logs = chain.web3.eth.get_logs(
            {
                "address": [chain.web3.to_checksum_address(each) for each in _addresses(deployment)],
                "fromBlock": first,
                "toBlock": last,
            }  # type: ignore[arg-type]
        )
        with database:
            for log in logs:
                read = readers[bytes(log["topics"][0])](log)
                row = (
                    read["blockNumber"],
                    read["logIndex"],
                    bytes(read["transactionHash"]),
                    read["event"],
                    repr(dict(read["args"])),
                )
                database.execute("INSERT INTO happenings VALUES (?, ?, ?, ?, ?)", row)
        copied += len(logs)
    database.close()
    return copied


def _opened(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(file)
    database.executescript(TABLES)
    return database


def _ranges(chain: Chain, deployment: Deployment) -> Iterator[tuple[int, int]]:
    head = int(chain.request("eth_blockNumber"), 16)
    for first in range(deployment.block, head + 1, BLOCKS_AT_ONCE):
        yield first, min(first + BLOCKS_AT_ONCE - 1, head)


def _addresses(deployment: Deployment) -> list[str]:
    return ["0x" + deployment.ledger.hex(), "0x" + deployment.registry.hex()]


def _log_row(log: Any) -> tuple[Any, ...]:
    return (
        int(log["blockNumber"], 16),
        int(log["logIndex"], 16),
        _bytes(log["transactionHash"]),
        _bytes(log["address"]),
        b"".join([_bytes(topic) for topic in log["topics"]]),
        _bytes(log["data"]),
    )


def _block_row(block: Any) -> tuple[Any, ...]:
    return (
        int(block["number"], 16),
        _bytes(block["hash"]),
        _bytes(block["parentHash"]),
        int(block["timestamp"], 16),
    )


def _transaction_row(transaction: Any) -> tuple[Any, ...]:
    return _bytes(transaction["hash"]), int(transaction["blockNumber"], 16), _bytes(transaction["input"])


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def _readers(chain: Chain, deployment: Deployment) -> dict[bytes, Callable[[Any], Any]]:
    """web3's own reader of each event, by its first topic."""
    from eth_utils.abi import event_abi_to_log_topic

    found: dict[bytes, Callable[[Any], Any]] = {}
    for name, address in (("PartnerRegistry", deployment.registry), ("ProvenanceLedger", deployment.ledger)):
        contract = chain.web3.eth.contract(
            address=chain.web3.to_checksum_address(address), abi=load(name).abi
        )
        for entry in load(name).abi:
            if entry["type"] == "event":
                found[event_abi_to_log_topic(entry)] = contract.events[entry["name"]]().process_log
    return found
