"""How fast an item's history is served from a small and a big index, beside a bare endpoint over the same queries.

Run it with ``python tests/bench/serve.py [FILE.csv] [--database postgresql] [--events N N] [--rounds N] [--seconds N]``.
The indexes are synthetic (`serve_synthetic`), the application is the real one as ``provenance serve`` starts it, with
one worker, following a real chain on which nothing happens. All servers run at the same time; each is loaded in turn,
round after round, so that whatever else the machine does meets them alike. Figures are the medians of the rounds, for
one run of this machine; nothing asserts them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.serve_synthetic import LABEL, Made, make_index, repairs
from postgres import run_postgres
from provenance.interchange.digital_link import parse_item_uri
from provenance.store.database import open_database
from provenance.store.schema import item_names

HERE = Path(__file__).parent
CONNECTIONS = 16
PATHS = 20_000
SEED = 7
OURS, BARE = "`provenance serve`", "bare endpoint"
JSON, PAGE = "application/json", "text/html"
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 300
SLOW = 100.0
"""Milliseconds: no other address should take longer, at the 95th percentile."""


@dataclass(frozen=True)
class Index:
    """A synthetic index, and the folder with the chain below it."""

    events: int
    folder: Path
    url: str
    made: Made


@dataclass(frozen=True)
class Server:
    """A running server; ``who`` is OURS or BARE."""

    who: str
    index: Index
    port: int
    process: subprocess.Popen[bytes]

    def cpu_seconds(self) -> float:
        """Processor time of the server so far, in user and system mode."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


@dataclass(frozen=True)
class Load:
    """One round's figures: requests a second, milliseconds, the server's processor time in milliseconds."""

    rate: float
    p50: float
    p95: float
    p99: float
    cpu: float
    bytes: float
    client_busy: float


def main() -> None:
    given = _arguments()
    begun = time.perf_counter()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"{LABEL}-")))
        new_url = _databases(stack, given.database, folder)
        _say_machine(given.database)
        records = repairs(given.file)
        indexes = []
        for events in given.events:
            indexes.append(_made(folder, new_url, events, records))
        servers = [
            stack.enter_context(start(index)) for index in indexes for start in (_started, _started_bare)
        ]
        for index in indexes:
            _require_same(*(server for server in servers if server.index is index))
        loads = _loaded(servers, given.rounds, given.seconds)
        _say_loads(servers, loads)
        _say_verdicts(servers, loads)
        _say_others(next(server for server in reversed(servers) if server.who == OURS))
    print(f"\n{time.perf_counter() - begun:.0f} seconds in all; load {os.getloadavg()[0]:.1f} at the end")


def _arguments() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "file", type=Path, nargs="?", help="Open Repair Data to draw from; else the sample"
    )
    arguments.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    arguments.add_argument("--events", type=int, nargs="+", default=[10_000, 1_000_000])
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--seconds", type=float, default=2.5)
    return arguments.parse_args()


def _databases(stack: ExitStack, kind: str, folder: Path) -> Callable[[int], str]:
    """What gives the URL of a new database for so many events."""
    if kind == "sqlite":
        return lambda events: f"sqlite:///{folder / f'{LABEL}-{events}.db'}"
    server = stack.enter_context(run_postgres())
    return lambda events: server.new_database()


def _made(folder: Path, new_url: Callable[[int], str], events: int, records: Sequence) -> Index:
    begun = time.perf_counter()
    place, url = folder / str(events), new_url(events)
    place.mkdir()
    made = make_index(place, url, events, records)
    seconds = time.perf_counter() - begun
    print(f"{LABEL}: {made.events:,} events of {len(made.items):,} items made in {seconds:.0f} s", flush=True)
    return Index(made.events, place, url, made)


@contextmanager
def _started(index: Index) -> Iterator[Server]:
    """The application, as a user starts it."""
    port = _free_port()
    command = [sys.executable, "-m", "provenance", "serve", "--data", index.folder, "--port", str(port)]
    yield from _running(OURS, index, port, command, "/ready")


@contextmanager
def _started_bare(index: Index) -> Iterator[Server]:
    port = _free_port()
    command = [sys.executable, HERE / "serve_bare.py", index.url, str(port)]
    yield from _running(BARE, index, port, command, _history(index.made.items[0]))


def _running(who: str, index: Index, port: int, command: Sequence, path: str) -> Iterator[Server]:
    environment = os.environ | {"PROVENANCE_DATABASE": index.url}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        _await(process, port, path)
        yield Server(who, index, port, process)
    finally:
        process.terminate()
        process.wait()


def _await(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        assert process.poll() is None, "the server ended by itself"
        try:
            _get(port, path)
        except OSError:
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.1)
        else:
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _get(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        body: bytes = answer.read()
        return body


def _history(item: bytes) -> str:
    return f"/items/0x{item.hex()}/history"


def _require_same(ours: Server, bare: Server) -> None:
    """Both answer the same events, and ours says that they are synthetic."""
    for item in ours.index.made.items[:: max(1, len(ours.index.made.items) // 20)]:
        whole = json.loads(_get(ours.port, _history(item)))
        rows = json.loads(_get(bare.port, _history(item)))[2]
        if [event["digest"][2:] for event in whole["events"]] != [row[3] for row in rows]:
            raise SystemExit("the two servers answer different events: the figures would be void")
        if not all(LABEL in event["made_up"] for event in whole["events"]):
            raise SystemExit("an event does not say that it is synthetic")


def _loaded(servers: Sequence[Server], rounds: int, seconds: float) -> dict[int, list[Load]]:
    """Each server's rounds, by its port, after one that does not count."""
    dice = random.Random(SEED)
    paths = {s.port: [_history(dice.choice(s.index.made.items)) for _ in range(PATHS)] for s in servers}
    loads: dict[int, list[Load]] = {server.port: [] for server in servers}
    for number in range(rounds + 1):
        for server in servers:
            load = _load(server, paths[server.port], seconds)
            if number:
                loads[server.port].append(load)
    return loads


def _load(
    server: Server, paths: Sequence[str], seconds: float, connections: int = CONNECTIONS, accept: str = JSON
) -> Load:
    begun = server.cpu_seconds()
    command = [sys.executable, HERE / "serve_client.py", server.port, seconds, connections, accept]
    text = subprocess.run(
        [str(part) for part in command], input="\n".join(paths), capture_output=True, text=True, check=True
    ).stdout
    found = json.loads(text)
    cpu = 1000 * (server.cpu_seconds() - begun) / found["requests"]
    return Load(cpu=cpu, **{name: found[name] for name in Load.__dataclass_fields__ if name != "cpu"})


def _middle(loads: Sequence[Load], name: str) -> float:
    return median(getattr(load, name) for load in loads)


def _say_machine(database: str) -> None:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True, check=False
    ).stdout.strip()
    names = ("fastapi", "uvicorn", "starlette", *(("psycopg",) if database == "postgresql" else ()))
    libraries = ", ".join(f"{name} {version(name)}" for name in names)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, {libraries}, commit {commit}; load {os.getloadavg()[0]:.1f} at the start"
    )
    print(f"{database}, one worker, {CONNECTIONS} connections kept alive, random items (seed {SEED})\n")


def _say_loads(servers: Sequence[Server], loads: dict[int, list[Load]]) -> None:
    print(f"\n| history, {LABEL} index | requests/s | p50 (ms) | p99 (ms) | CPU ms a request | bytes |")
    print("|---|---|---|---|---|---|")
    for server in servers:
        rounds = loads[server.port]
        print(
            f"| {server.who}, {server.index.events:,} events | {_middle(rounds, 'rate'):,.0f} "
            f"| {_middle(rounds, 'p50'):.1f} | {_middle(rounds, 'p99'):.1f} | {_middle(rounds, 'cpu'):.2f} "
            f"| {_middle(rounds, 'bytes'):,.0f} |"
        )
    busy = max(_middle(rounds, "client_busy") for rounds in loads.values())
    print(f"\nThe client was busy for at most {busy:.0%} of its time.")


def _say_verdicts(servers: Sequence[Server], loads: dict[int, list[Load]]) -> None:
    for ours, bare in zip(servers[::2], servers[1::2], strict=True):
        shares = [a.rate / b.rate for a, b in zip(loads[ours.port], loads[bare.port], strict=True)]
        share = median(shares)
        cpu = _middle(loads[bare.port], "cpu") / _middle(loads[ours.port], "cpu")
        print(
            f"At {ours.index.events:,} events: {share:.0%} of the bare endpoint's requests a second "
            f"(rounds {min(shares):.0%} to {max(shares):.0%}; by processor time {cpu:.0%}); "
            f"aim: at least 50 %: {_met(share >= 0.5)}."
        )
    small, big = servers[0], servers[-2]
    if small is not big:
        ratio = _middle(loads[big.port], "p99") / _middle(loads[small.port], "p99")
        print(
            f"p99 at {big.index.events:,} events is {ratio:.2f} times that at {small.index.events:,}; "
            f"aim: at most 1.3: {_met(ratio <= 1.3)}."
        )


def _met(kept: bool) -> str:
    return "met" if kept else "MISSED"


def _say_others(server: Server) -> None:
    """Other addresses of the big index, one request at a time."""
    head = f"other addresses, {server.index.events:,} events, one connection"
    print(f"\n| {head} | p50 (ms) | p95 (ms) | CPU ms a request | bytes |\n|---|---|---|---|---|")
    slow = []
    for name, accept, paths in _others(server.index):
        _load(server, paths, 0.2, connections=1, accept=accept)  # the first time is no figure
        load = _load(server, paths, 0.6, connections=1, accept=accept)
        figures = f"{load.p50:.1f} | {load.p95:.1f} | {load.cpu:.1f} | {load.bytes:,.0f}"
        print(f"| {name} | {figures} |", flush=True)
        slow += [name] if load.p95 > SLOW else []
    print(f"\nAbove {SLOW:.0f} ms at the 95th percentile: {', '.join(slow) or 'none'}.")


def _others(index: Index) -> list[tuple[str, str, list[str]]]:
    dice = random.Random(SEED)
    some = dice.sample(index.made.items, min(200, len(index.made.items)))
    database = open_database(index.url)
    with database.reading() as connection:
        found = connection.execute(item_names.select().where(item_names.c.item.in_(some))).all()
    database.close()
    links = [parse_item_uri(row.uri).path for row in found]
    serials = [row.serial for row in found]
    return [
        ("page of an item (HTML)", PAGE, links),
        ("history by its Digital Link", JSON, links),
        ("history by its serial number", JSON, [f"/items/{serial}/history" for serial in serials]),
        ("one item", JSON, [f"/items/0x{item.hex()}" for item in some]),
        ("one event", JSON, [f"/items/0x{item.hex()}/events/3" for item in some]),
        ("home page (HTML)", PAGE, ["/"]),
        ("items, first page", JSON, ["/items"]),
        ("items, a stage", JSON, [f"/items?stage={stage}" for stage in (8, 9, 11, 13, 14)]),
        ("items, a category", JSON, [f"/items?category={quote(name)}" for name in ("Kettle", "Laptop", "Toaster")]),
        ("items, a brand", JSON, [f"/items?brand={quote(name)}" for name in ("Philips", "Apple", "HP")]),
        ("items, stage and category", JSON, ["/items?stage=8&category=Kettle", "/items?stage=14&category=Laptop"]),
        ("items, counted", JSON, ["/items?stage=8&count=true"]),
        ("search: a serial number", JSON, [f"/items?q={serial}" for serial in serials]),
        ("search: one word", JSON, [f"/items?q={word}" for word in ("kettle", "philips", "laptop", "toast")]),
        ("search: two words", JSON, ["/items?q=philips+kettle", "/items?q=apple+laptop"]),
        ("search: a word that all have", JSON, [f"/items?q={LABEL.lower()}"]),
        ("search: nothing found", JSON, ["/items?q=nosuchword"]),
        ("events, first page", JSON, ["/events"]),
        ("events, hand-overs", JSON, ["/events?kind=CustodyTransfer"]),
        ("challenges", JSON, ["/challenges"]),
        ("holds", JSON, ["/holds"]),
        ("counts", JSON, ["/counts"]),
        ("flows", JSON, ["/flows"]),
        ("partners", JSON, ["/partners"]),
        ("status", JSON, ["/status"]),
        ("metrics", JSON, ["/metrics"]),
    ]  # fmt: skip


if __name__ == "__main__":
    main()
