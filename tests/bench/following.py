"""How fast an empty index follows a chain that holds real repairs, beside a raw copy and the convenient way.

Run it with ``python tests/bench/following.py FILE.csv [--items N] [--rounds N] [--embedded-items N]``. The chain is made
first, through the contracts, and is no part of a figure. Each way runs in a process of its own, in turn, so that its
memory is its own; the figure is the median of the rounds. Figures are for one run of this machine; nothing asserts them.
"""

import argparse
import cProfile
import json
import os
import platform
import pstats
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.copying import copy_conveniently, copy_raw
from bench.importing import Clock
from postgres import run_postgres
from provenance import bootstrap
from provenance.config import Settings
from provenance.ledger import gateway
from provenance.ledger.anvil import run_anvil
from provenance.ledger.chain import Chain
from provenance.store import index, schema
from provenance.store.database import Database, open_database
from provenance.workflows import following, importing, playing, projecting
from provenance.workflows.counting import overview
from provenance.workflows.following import follow

SQLITE, POSTGRESQL, RAW, CONVENIENT = "into SQLite", "into PostgreSQL", "raw copy", "convenient"
WAYS = {
    SQLITE: "ours, into SQLite",
    POSTGRESQL: "ours, into PostgreSQL",
    RAW: "raw copy of the same logs, blocks and calldata (`executemany`)",
    CONVENIENT: "the convenient way (`get_logs`, `process_log`, row by row)",
}
PHASES: list[tuple[str, object, str]] = [
    ("asking the node, parsing its JSON", Chain, "request"),
    ("asking the node, parsing its JSON", Chain, "batch"),
    ("reading logs, calldata and paths of signatures", gateway.Gateway, "entries"),
    ("what the index knows of these items and keys", following, "state_before"),
    ("hashes, rules, heads, journal; making rows", following, "project"),
    ("names and titles of new items", projecting, "_new_items"),
    ("writing rows", index, "write"),
    ("marking submissions", following, "mark_indexed"),
]


@dataclass(frozen=True)
class Place:
    """A chain with records, and the databases that follow it."""

    data: Path
    chain: str
    postgres: str | None

    @property
    def settings(self) -> Settings:
        return Settings(data=self.data, chain=self.chain, _env_file=None)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("file", type=Path, nargs="?")
    arguments.add_argument("--items", type=int, default=3_000)
    arguments.add_argument("--embedded-items", type=int, default=500)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--way", choices=WAYS, help="run one way alone, on what --place names")
    arguments.add_argument("--place", type=json.loads)
    arguments.add_argument("--profile", action="store_true")
    arguments.add_argument("--phases", action="store_true", help="of one way alone: where its time goes")
    given = arguments.parse_args()
    if given.way:
        place = Place(Path(given.place["data"]), given.place["chain"], given.place["postgres"])
        print(json.dumps(run_way(given.way, place, given.profile, given.phases)))
        return
    print_machine()
    for kind, items in (("anvil", given.items), ("embedded", given.embedded_items)):
        with made(kind, given.file, items) as place:
            measure(kind, place, given.rounds)


def print_machine() -> None:
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, web3 {version('web3')}, load {os.getloadavg()[0]:.1f}"
    )


@contextmanager
def made(kind: str, file: Path, items: int) -> Iterator[Place]:
    """A chain on which these first rows of the file were played to their end, and a PostgreSQL beside it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        chain = stack.enter_context(run_anvil()).url if kind == "anvil" else kind
        server = stack.enter_context(run_postgres())
        place = Place(folder, chain, server.new_database())
        play(place, file, items)
        yield place


def play(place: Place, file: Path, items: int) -> None:
    keyring = bootstrap.open_demo_keyring(place.settings)
    with bootstrap.writing(place.settings, keyring) as network:
        cast = playing.enrol_cast(network, keyring)
        source = importing.repair_file(file, items)
        report = importing.look_through(source, tell)
        importing.import_rows(network, cast, source, report, notice=lambda _: None, tell=tell)
        if place.postgres:
            other = open_database(place.postgres)
            copy_kept(network.database, other)
            other.close()


def tell(problem: object) -> None:
    print(problem, file=sys.stderr)


def copy_kept(source: Database, target: Database) -> None:
    """What no chain knows: names, details, submissions. An index made anew finds them there."""
    with source.reading() as old, target.writing() as new:
        for table in schema.kept.sorted_tables:
            for part in old.execute(table.select(), execution_options={"yield_per": 5_000}).partitions():
                new.execute(table.insert(), [row._asdict() for row in part])


def run_way(way: str, place: Place, profile: bool, phases: bool) -> dict[str, Any]:
    """One way, once, into an empty index: seconds, CPU seconds, peak memory by block."""
    clock = Clock()
    for phase, owner, name in PHASES if phases else []:
        clock.watch(phase, owner, name)
    with bootstrap.reading(place.settings) as ledger, tempfile.TemporaryDirectory() as folder:
        peaks: list[tuple[int, int]] = []
        chain, deployment = ledger.gateway.chain, ledger.gateway.deployment
        database = ledger.database
        if way == POSTGRESQL:
            assert place.postgres
            database = open_database(place.postgres)
        if way in (SQLITE, POSTGRESQL):
            database.drop_index()
        profiler = cProfile.Profile()
        at_first = peak_memory()
        start, worked = time.perf_counter(), time.process_time()
        if profile:
            profiler.enable()
        if way == RAW:
            copy_raw(chain, deployment, Path(folder) / "copy.db")
        elif way == CONVENIENT:
            copy_conveniently(chain, deployment, Path(folder) / "copy.db")
        else:
            follow(database, ledger.gateway, lambda block: peaks.append((block, peak_memory())))
        profiler.disable()
        seconds, busy = time.perf_counter() - start, time.process_time() - worked
        if profile:
            pstats.Stats(profiler, stream=sys.stderr).sort_stats("tottime").print_stats(45)
        records = overview(database).events if way in (SQLITE, POSTGRESQL) else 0
        told = {"seconds": seconds, "busy": busy, "records": records, "phases": dict(clock.seconds)}
        return told | {"at first": at_first, "peaks": peaks, "peak": peak_memory()}


def peak_memory() -> int:
    """The most that this process ever held, in kilobytes.

    From Linux's own account: `getrusage` begins with what the process held that started this one.
    """
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0])


def measure(kind: str, place: Place, rounds: int) -> None:
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for _ in range(rounds):
        for way in WAYS:
            found[way].append(in_child(way, place))
    print_figures(kind, place, found)
    print_phases(in_child(SQLITE, place, "--phases"))


def in_child(way: str, place: Place, *options: str) -> dict[str, Any]:
    named = json.dumps({"data": str(place.data), "chain": place.chain, "postgres": place.postgres})
    command = [sys.executable, __file__, "--way", way, "--place", named, *options]
    return dict(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))


def print_figures(kind: str, place: Place, found: dict[str, list[dict[str, Any]]]) -> None:
    with bootstrap.reading(place.settings) as ledger:
        held = overview(ledger.database)
        quarters = blocks_at(ledger.database, [held.events // 4, held.events // 2])
        head = ledger.gateway.head().number
    for way in (SQLITE, POSTGRESQL):
        if any(run["records"] != held.events for run in found[way]):
            raise SystemExit(f"{WAYS[way]}: not all records were indexed: the figure would be void")
    rates = {way: held.events / median(run["seconds"] for run in runs) for way, runs in found.items()}
    print(f"\n{kind}: {held.items:,} items, {held.events:,} records in {head:,} blocks\n")
    print(
        "| | records per second | per CPU second | of the raw copy | times the convenient way | peak memory (MB) |"
    )
    print("|---|---|---|---|---|---|")
    for way, runs in found.items():
        busy = held.events / median(run["busy"] for run in runs)
        share, times = rates[way] / rates[RAW], rates[way] / rates[CONVENIENT]
        memory = max(run["peak"] for run in runs) / 1024
        print(
            f"| {WAYS[way]} | {rates[way]:,.0f} | {busy:,.0f} | {share:.2f} | {times:.1f} | {memory:,.0f} |"
        )
    for way in (SQLITE, POSTGRESQL):
        peaks = found[way][-1]["peaks"]
        at = [found[way][-1]["at first"]]
        at += [next(peak for block, peak in peaks if block >= wanted) for wanted in (*quarters, head)]
        said = ", ".join(f"{memory / 1024:,.0f} MB" for memory in at)
        print(
            f"\nPeak memory {WAYS[way].split(', ')[1]} before, after a quarter, half and all of the records: {said}."
        )


def print_phases(run: dict[str, Any]) -> None:
    """Where the time of one more run into SQLite went."""
    print("\n| into SQLite | of the time | microseconds a record |")
    print("|---|---|---|")
    spent = run["phases"]
    for phase, seconds in (spent | {"all else": run["seconds"] - sum(spent.values())}).items():
        print(f"| {phase} | {seconds / run['seconds']:.0%} | {seconds / run['records'] * 1e6:,.0f} |")


def blocks_at(database: Database, places: list[int]) -> list[int]:
    """The blocks in which these records are, counted from the first."""
    with database.reading() as connection:
        ordered = schema.events.select().order_by(schema.events.c.block, schema.events.c.log_index)
        return [connection.execute(ordered.offset(place).limit(1)).one().block for place in places]


if __name__ == "__main__":
    main()
