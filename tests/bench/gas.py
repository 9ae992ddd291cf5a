"""What a record costs, in one table, measured on one anvil in one run. Run it with `scripts/bench gas`.

Figures are gas per record: the transaction's gas divided by the records in it, 21,000 for the transaction
included. Every clock is fixed and every key derived, so a run gives the same figures to the unit:
`--snapshot` compares them with tests/snapshots/gas.json, `--write-snapshot` renews that file.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.attestations_and_tokens import measure_attestations, measure_tokens
from bench.figures import Table
from bench.floor import measure_floor
from bench.ours import measure_ours
from bench.testbed import Testbed
from provenance.ledger.anvil import run_anvil
from provenance.ledger.chain import connect

SNAPSHOT = Path(__file__).parents[1] / "snapshots" / "gas.json"
START = 1_750_000_000  # Unix seconds


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench gas", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--snapshot", action="store_true", help="fail if any figure differs from the snapshot"
    )
    parser.add_argument("--write-snapshot", action="store_true", help="make the snapshot from this run")
    asked = parser.parse_args()
    table = Table()
    with testbed() as bed:
        measure_floor(bed, table)
        measure_ours(bed, table)
        measure_attestations(bed, table)
        measure_tokens(bed, table)
    print(table.text())
    if asked.write_snapshot:
        SNAPSHOT.write_text(json.dumps(table.totals(), indent=1) + "\n", encoding="utf-8")
    if asked.snapshot:
        return compare(json.loads(SNAPSHOT.read_text(encoding="utf-8")), table.totals())
    return 0


@contextmanager
def testbed() -> Iterator[Testbed]:
    with run_anvil(timestamp=START) as anvil, connect(anvil.url) as chain:
        # One second a block, whatever the machine's clock does meanwhile: times are hashed and paid for.
        chain.request("anvil_setBlockTimestampInterval", [1])
        yield Testbed(chain)


def compare(known: dict[str, dict[str, int]], found: dict[str, dict[str, int]]) -> int:
    differing = [
        f"gas: {row}, {column}: {found.get(row, {}).get(column)} and not {known.get(row, {}).get(column)}"
        for row in sorted(known.keys() | found.keys())
        for column in sorted(known.get(row, {}).keys() | found.get(row, {}).keys())
        if known.get(row, {}).get(column) != found.get(row, {}).get(column)
    ]
    for line in differing:
        print(line, file=sys.stderr)
    if differing:
        print("gas: if that is meant, run scripts/bench gas --write-snapshot and commit", file=sys.stderr)
        return 1
    print("gas: every figure is the snapshot's")
    return 0


if __name__ == "__main__":
    sys.exit(main())
