"""Records as Ethereum's JSON-RPC shows them."""

from collections import defaultdict
from sqlite3 import Connection
from typing import Any

from eth_bloom.bloom import BloomFilter

from .header import decode_header
from .records import BlockRecord, LogRecord, TransactionRecord
from .transactions import ACCESS_LIST, LEGACY, SET_CODE, SignedTransaction, decode_transaction

Json = dict[str, Any]


def data(value: bytes) -> str:
    return "0x" + value.hex()


def block(record: BlockRecord, transactions: list[TransactionRecord], *, full: bool) -> Json:
    header = decode_header(record.header)
    return {
        "number": hex(record.number),
        "hash": data(record.hash),
        "parentHash": data(header.parent_hash),
        "nonce": data(header.nonce),
        "sha3Uncles": data(header.uncles_hash),
        "logsBloom": data(header.bloom.to_bytes(256, "big")),
        "transactionsRoot": data(header.transaction_root),
        "stateRoot": data(header.state_root),
        "receiptsRoot": data(header.receipt_root),
        "miner": data(header.coinbase),
        "difficulty": hex(header.difficulty),
        "totalDifficulty": "0x0",
        "extraData": data(header.extra_data),
        "size": hex(record.size),
        "gasLimit": hex(header.gas_limit),
        "gasUsed": hex(header.gas_used),
        "timestamp": hex(header.timestamp),
        "mixHash": data(header.mix_hash),
        "baseFeePerGas": hex(header.base_fee_per_gas),
        "withdrawalsRoot": data(header.withdrawals_root),
        "withdrawals": [],
        "blobGasUsed": hex(header.blob_gas_used),
        "excessBlobGas": hex(header.excess_blob_gas),
        "parentBeaconBlockRoot": data(header.parent_beacon_block_root),
        "requestsHash": data(header.requests_hash),
        "uncles": [],
        "transactions": [transaction(tx, record) if full else data(tx.hash) for tx in transactions],
    }


def transaction(record: TransactionRecord, inside: BlockRecord) -> Json:
    tx = decode_transaction(record.raw)
    answer: Json = {
        "hash": data(record.hash),
        "blockHash": data(inside.hash),
        "blockNumber": hex(record.block),
        "transactionIndex": hex(record.position),
        "type": hex(tx.type_id),
        "from": data(record.sender),
        "to": data(tx.to) if tx.to else None,
        "nonce": hex(tx.nonce),
        "value": hex(tx.value),
        "gas": hex(tx.gas),
        "gasPrice": hex(record.price),
        "input": data(tx.data),
        "chainId": hex(tx.chain_id) if tx.chain_id is not None else None,
        "v": hex(tx.v),
        "r": hex(tx.r),
        "s": hex(tx.s),
    }
    if tx.type_id != LEGACY:
        answer["yParity"] = hex(tx.y_parity)
        answer["accessList"] = [
            {"address": data(address), "storageKeys": [data(slot.to_bytes(32, "big")) for slot in slots]}
            for address, slots in tx.access_list
        ]
    if tx.type_id > ACCESS_LIST:
        answer["maxFeePerGas"] = hex(tx.max_fee_per_gas)
        answer["maxPriorityFeePerGas"] = hex(tx.max_priority_fee_per_gas)
    if tx.type_id == SET_CODE:
        answer["authorizationList"] = _authorizations(tx)
    return answer


def _authorizations(tx: SignedTransaction) -> list[Json]:
    return [
        {
            "chainId": hex(authorization.chain_id),
            "address": data(authorization.address),
            "nonce": hex(authorization.nonce),
            "yParity": hex(authorization.y_parity),
            "r": hex(authorization.r),
            "s": hex(authorization.s),
        }
        for authorization in tx.authorization_list
    ]


def receipt(record: TransactionRecord, inside: BlockRecord, logs: list[LogRecord]) -> Json:
    tx = decode_transaction(record.raw)
    bloom = BloomFilter.from_iterable(part for entry in logs for part in (entry.address, *entry.topics))
    return {
        "transactionHash": data(record.hash),
        "transactionIndex": hex(record.position),
        "blockHash": data(inside.hash),
        "blockNumber": hex(record.block),
        "from": data(record.sender),
        "to": data(tx.to) if tx.to else None,
        "type": hex(tx.type_id),
        "status": hex(record.status),
        "gasUsed": hex(record.gas_used),
        "cumulativeGasUsed": hex(record.cumulative_gas),
        "effectiveGasPrice": hex(record.price),
        "contractAddress": data(record.contract) if record.contract else None,
        "logsBloom": data(int(bloom).to_bytes(256, "big")),
        "logs": [log(entry, record.hash, inside) for entry in logs],
    }


def log(entry: LogRecord, transaction_hash: bytes, inside: BlockRecord) -> Json:
    return {
        "address": data(entry.address),
        "topics": [data(topic) for topic in entry.topics],
        "data": data(entry.data),
        "blockNumber": hex(entry.block),
        "blockHash": data(inside.hash),
        "blockTimestamp": hex(inside.timestamp),
        "transactionHash": data(transaction_hash),
        "transactionIndex": hex(entry.transaction),
        "logIndex": hex(entry.position),
        "removed": False,
    }


# Rows of the tables, read


_TX = "SELECT block, position, hash, raw, sender, status, gas_used, cumulative_gas, price, contract FROM tx "
_LOG = "SELECT block, position, tx, address, topic0, topic1, topic2, topic3, data FROM log "


def _transaction_record(row: tuple[Any, ...]) -> TransactionRecord:
    block, position, tx_hash, raw, sender, status, gas, cumulative, price, contract = row
    return TransactionRecord(
        block, position, tx_hash, raw, sender, status, gas, cumulative, int(price), contract
    )


def read_transactions(connection: Connection, number: int) -> list[TransactionRecord]:
    rows = connection.execute(f"{_TX} WHERE block = ? ORDER BY position", (number,))
    return [_transaction_record(row) for row in rows]


def read_transaction(connection: Connection, transaction_hash: bytes) -> TransactionRecord | None:
    row = connection.execute(f"{_TX} WHERE hash = ?", (transaction_hash,)).fetchone()
    return None if row is None else _transaction_record(row)


def read_logs(connection: Connection, number: int) -> defaultdict[int, list[LogRecord]]:
    """The logs of a block by the index of their transaction."""
    logs: defaultdict[int, list[LogRecord]] = defaultdict(list)
    for row in connection.execute(f"{_LOG} WHERE block = ? ORDER BY position", (number,)):
        record = _log_record(row)
        logs[record.transaction].append(record)
    return logs


def read_transaction_logs(connection: Connection, tx: TransactionRecord) -> list[LogRecord]:
    rows = connection.execute(f"{_LOG} WHERE block = ? AND tx = ? ORDER BY position", (tx.block, tx.position))
    return [_log_record(row) for row in rows]


def _log_record(row: tuple[Any, ...]) -> LogRecord:
    block, position, tx, address, t0, t1, t2, t3, raw = row
    topics = tuple(topic for topic in (t0, t1, t2, t3) if topic is not None)
    return LogRecord(block, position, tx, address, topics, raw)
