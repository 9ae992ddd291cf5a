"""How fast a file of repairs becomes signed, recorded and indexed events: into anvil and SQLite, end to end.

Run it with ``python tests/bench/importing.py FILE.csv [--limit N] [--profile]``. Figures are for one run of this
machine; nothing asserts them. The time is that of the whole import after the deployment: describing, signing,
encoding, the chain, following and indexing. Phases are exclusive: what is called inside another is taken off it.
"""

import argparse
import cProfile
import os
import platform
import pstats
import resource
import sqlite3
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from provenance import bootstrap
from provenance.config import Settings
from provenance.ledger import gateway
from provenance.ledger.anvil import run_anvil
from provenance.ledger.chain import Chain
from provenance.ledger.sending import Sender
from provenance.workflows import importing, playing, recording

PHASES: list[tuple[str, object, str]] = [
    ("describing and saving documents", recording, "_submitted"),
    ("signing", recording, "_calls"),
    ("encoding calls", gateway, "encode_call"),
    ("encoding calls", gateway, "encode_submission"),
    ("signing and sending transactions", Sender, "send"),
    ("waiting for the node", Chain, "request"),
    ("waiting for the node", Chain, "batch"),
    ("noting what was sent", recording, "mark_sent"),
    ("following and indexing", playing, "follow"),
]


class Clock:
    """Where the time goes: seconds by phase, each without those inside it."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._inside: list[float] = []

    def watch(self, phase: str, owner: object, name: str) -> None:
        inner: Callable[..., Any] = getattr(owner, name)

        @wraps(inner)
        def timed(*args: Any, **kwargs: Any) -> Any:
            self._inside.append(0.0)
            start = time.perf_counter()
            try:
                return inner(*args, **kwargs)
            finally:
                spent = time.perf_counter() - start
                self.seconds[phase] += spent - self._inside.pop()
                if self._inside:
                    self._inside[-1] += spent

        setattr(owner, name, timed)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("file", type=Path)
    arguments.add_argument("--limit", type=int)
    arguments.add_argument("--profile", action="store_true")
    given = arguments.parse_args()
    clock = Clock()
    for phase, owner, name in PHASES:
        clock.watch(phase, owner, name)
    with tempfile.TemporaryDirectory() as folder, run_anvil() as anvil:
        settings = Settings(data=Path(folder), chain=anvil.url, _env_file=None)
        keyring = bootstrap.open_demo_keyring(settings)
        with bootstrap.writing(settings, keyring) as network:
            cast = playing.enrol_cast(network, keyring)
            measure(network, cast, importing.repair_file(given.file, given.limit), clock, given.profile)


def measure(
    network: Any, cast: playing.Cast, source: importing.Source, clock: Clock, with_profile: bool
) -> None:
    start = time.perf_counter()
    report = importing.look_through(source, tell)
    looked = time.perf_counter() - start
    profiler = cProfile.Profile() if with_profile else None
    clock.seconds.clear()
    start, worked = time.perf_counter(), time.process_time()
    if profiler:
        profiler.enable()
    importing.import_rows(network, cast, source, report, notice=lambda _: None, tell=tell)
    if profiler:
        profiler.disable()
    seconds, busy = time.perf_counter() - start, time.process_time() - worked
    print_figures(report, clock, looked, seconds, busy)
    print_counts(report, network)
    if profiler:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(40)


def tell(problem: object) -> None:
    print(problem, file=sys.stderr)


def print_figures(report: importing.Report, clock: Clock, looked: float, seconds: float, busy: float) -> None:
    events = report.played.events
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, load {os.getloadavg()[0]:.1f}"
    )
    print(f"{report.rows:,} rows looked through in {looked:.1f} s, {report.malformed} malformed")
    print(f"{report.whole:,} items, {events:,} events in {seconds:.1f} s: {events / seconds:,.0f} events/s")
    print(f"{events / busy:,.0f} events per CPU second of this process; the rest is the node's, or waiting")
    rest = seconds - sum(clock.seconds.values())
    for phase, spent in sorted((clock.seconds | {"all else": rest}).items(), key=lambda pair: -pair[1]):
        print(f"  {phase:<36} {spent:>8.1f} s {spent / seconds:>6.1%}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def print_counts(report: importing.Report, network: Any) -> None:
    """By outcome as the file says it, and beside it by stage as the index holds it."""
    from provenance.workflows.counting import overview

    held = overview(network.database)
    stages = Counter({stage.name: count for stage, count in held.by_stage.items()})
    print("by outcome:", dict(report.outcomes))
    print("by stage:  ", dict(stages), f"{held.items:,} items, {held.events:,} events indexed")
    if held.events != report.played.events:
        raise SystemExit("the index does not hold what was imported: the figure would be void")


if __name__ == "__main__":
    main()
