"""eth_getLogs: the filter becomes one SQL query, each row one JSON object."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from sqlite3 import Connection
from typing import Any

from . import params
from .blocks import bound, require_block
from .errors import RESOURCE_LIMIT, InvalidParams, RpcError

MAX_LOGS = 200_000  # per answer: about 100 MB of JSON
MAX_TOPICS = 4
MAX_ALTERNATIVES = 1_000


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Blocks `first` to `last`, both included; empty alternatives match anything (geth's rule)."""

    first: int
    last: int
    addresses: tuple[bytes, ...]
    topics: tuple[tuple[bytes, ...], ...]


def parse_filter(connection: Connection, value: object) -> LogFilter:
    given = params.mapping(value, "filter")
    first, last = _range(connection, given)
    topics = params.sequence(given.get("topics") or [], "topics")
    if len(topics) > MAX_TOPICS:
        raise InvalidParams(f"topics: {len(topics)} given, an event has at most {MAX_TOPICS}")
    addresses = _alternatives(given.get("address"), "address", 20)
    return LogFilter(first, last, addresses, tuple(_alternatives(topic, "topic", 32) for topic in topics))


def _range(connection: Connection, given: Any) -> tuple[int, int]:
    if given.get("blockHash") is not None:
        if given.get("fromBlock") is not None or given.get("toBlock") is not None:
            raise InvalidParams(
                "blockHash: cannot be combined with fromBlock or toBlock; give one or the other"
            )
        number = require_block(connection, given["blockHash"]).number
        return number, number
    first = bound(connection, given.get("fromBlock"), "latest")
    last = bound(connection, given.get("toBlock"), "latest")
    if first > last:
        raise InvalidParams(f"fromBlock: {first} is after toBlock {last}; swap them")
    return first, last


def _alternatives(value: object, name: str, length: int) -> tuple[bytes, ...]:
    if value is None:
        return ()
    if isinstance(value, str | bytes):
        return (params.data(value, name, length),)
    given = params.sequence(value, name)
    if len(given) > MAX_ALTERNATIVES:
        raise InvalidParams(f"{name}: {len(given)} alternatives, at most {MAX_ALTERNATIVES}; ask in parts")
    if None in given:  # one wildcard among alternatives matches everything
        return ()
    return tuple(params.data(item, name, length) for item in given)


def find_logs(connection: Connection, wanted: LogFilter) -> list[dict[str, Any]]:
    """Matching logs in chain order, as JSON objects."""
    conditions, values = _conditions(wanted)
    rows = connection.execute(_SELECT.format(" AND ".join(conditions)), (*values, MAX_LOGS + 1))
    found = list(_render(rows))
    if len(found) > MAX_LOGS:
        raise RpcError(RESOURCE_LIMIT, f"more than {MAX_LOGS} logs match; ask for a smaller range of blocks")
    return found


# CROSS JOIN fixes SQLite's order of tables: logs first, then the block and transaction of each.
_SELECT = (
    "SELECT l.block, l.tx, l.position, l.address, l.topic0, l.topic1, l.topic2, l.topic3, l.data,"
    " t.hash, b.hash, b.timestamp"
    " FROM log l CROSS JOIN tx t CROSS JOIN block b"
    " WHERE {} AND t.block = l.block AND t.position = l.tx AND b.number = l.block"
    " ORDER BY l.block, l.position LIMIT ?"
)


def _conditions(wanted: LogFilter) -> tuple[list[str], list[object]]:
    conditions = ["l.block BETWEEN ? AND ?"]
    values: list[object] = [wanted.first, wanted.last]
    columns = ("address", *(f"topic{i}" for i in range(MAX_TOPICS)))
    for column, alternatives in zip(columns, (wanted.addresses, *wanted.topics), strict=False):
        if alternatives:
            marks = ", ".join("?" * len(alternatives))
            conditions.append(f"l.{column} IN ({marks})")
            values.extend(alternatives)
    if len(wanted.topics) == 0:
        return conditions, values
    # A filter of n positions wants events with at least n topics, even where it takes any value.
    last = len(wanted.topics) - 1
    if not wanted.topics[last]:
        conditions.append(f"l.topic{last} IS NOT NULL")
    return conditions, values


def _render(rows: Iterable[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    # Neighbours share their block and transaction: each is turned into text once.
    for _, group in groupby(rows, key=itemgetter(0, 1)):
        shared: dict[str, Any] = {}
        for block, tx, position, address, t0, t1, t2, t3, data, tx_hash, block_hash, timestamp in group:
            if not shared:
                shared = {
                    "blockNumber": hex(block),
                    "blockHash": "0x" + block_hash.hex(),
                    "blockTimestamp": hex(timestamp),
                    "transactionHash": "0x" + tx_hash.hex(),
                    "transactionIndex": hex(tx),
                    "removed": False,
                }
            yield {
                "address": "0x" + address.hex(),
                "topics": ["0x" + topic.hex() for topic in (t0, t1, t2, t3) if topic is not None],
                "data": "0x" + data.hex(),
                "logIndex": hex(position),
                **shared,
            }
