"""What the chain charges for a record's calldata, log and word, whoever writes it.

The calldata is that of reports under one signature. Where little is done with it, its own price floor binds
(EIP-7623: 40 gas a byte that is not zero, 10 for a zero): then a log more costs nothing more.
"""

from bench.figures import Table
from bench.testbed import Testbed, calldata, compiled
from provenance.model.hashing import keccak
from provenance.model.vocabulary import Stage

REPORT = "(bytes32,uint16,uint8,uint8,uint64,bytes32)"
AUTHORIZATION = "(address,bytes,uint256,bytes32[])"

ROWS = {
    "calldata of reports, nothing done": "nothing",
    "... and a log each": "logOnly",
    "... and a word stored each": "storeOnly",
    "... and a word read, stored, and a log each": "storeAndLog",
}


def measure_floor(bed: Testbed, table: Table) -> None:
    floor = bed.create(compiled("Floor"))
    table.section("the floor: what the chain itself charges", next(iter(ROWS)))
    for row, function in ROWS.items():
        for column, count in (("alone", 1), ("10 in a call", 10), ("100 in a call", 100)):
            if function.startswith("store"):
                # Words that are not zero: as for an item with a history, 5,000 gas and not 22,100.
                bed.gas(floor, _reports("storeOnly", column, count, "before"))
            table.put(row, column, bed.gas(floor, _reports(function, column, count, function)))


def _reports(function: str, items: str, count: int, details: str) -> bytes:
    reports = [
        (keccak(f"{items} {i}".encode()), 2, Stage.EVALUATED, 3, 2**40, keccak(f"{details} {i}".encode()))
        for i in range(count)
    ]
    by = (keccak(b"signer")[12:], keccak(b"r") + keccak(b"s") + b"\x1b", 0, [])
    return calldata(f"{function}({REPORT}[],{AUTHORIZATION})", reports, by)
