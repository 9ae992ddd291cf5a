"""How fast a file of repairs becomes signed, recorded and indexed events: into anvil and a database, end to end.

Run it with ``python tests/bench/importing.py FILE.csv [--limit N] [--database sqlite|postgresql|both] [--profile]``.
Figures are for one run of this machine; nothing asserts them. The time is that of the whole import after the deployment:
describing, signing, encoding, the chain, following and indexing. Phases are exclusive: what is called inside another is
taken off it. The limit beside it is the node: how many events a second it would be if all else took no time.
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
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from postgres import run_postgres
from provenance import bootstrap
from provenance.config import Settings
from provenance.ledger import gateway
from provenance.ledger.anvil import run_anvil
from provenance.ledger.chain import Chain
from provenance.ledger.sending import Sender
from provenance.workflows import importing, playing, recording
from provenance.workflows.counting import overview

DATABASES = ("sqlite", "postgresql")
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
NODE = "waiting for the node"
PHASES: list[tuple[str, object, str]] = [
    ("describing and saving documents", recording, "_submitted"),
    ("signing", recording, "_calls"),
    ("encoding calls", gateway, "encode_call"),
    ("encoding calls", gateway, "encode_submission"),
    ("signing and sending transactions", Sender, "send"),
    (NODE, Chain, "request"),
    (NODE, Chain, "batch"),
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
    arguments.add_argument("--limit", type=int, default=3_000, help="rows; 0 for all")
    arguments.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    arguments.add_argument("--profile", action="store_true")
    given = arguments.parse_args()
    clock = Clock()
    for phase, owner, name in PHASES:
        clock.watch(phase, owner, name)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, load {os.getloadavg()[0]:.1f}"
    )
    kinds = DATABASES if given.database == "both" else (given.database,)
    print_table([measured(kind, given, clock) for kind in kinds])


def measured(kind: str, given: argparse.Namespace, clock: Clock) -> "Figures":
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        chain = stack.enter_context(run_anvil()).url
        url = stack.enter_context(run_postgres()).new_database() if kind == "postgresql" else None
        settings = Settings(data=folder, chain=chain, database=url, _env_file=None)
        keyring = bootstrap.open_demo_keyring(settings)
        with bootstrap.writing(settings, keyring) as network:
            cast = playing.enrol_cast(network, keyring)
            source = importing.repair_file(given.file, given.limit or None)
            return measure(kind, network, cast, source, clock, given.profile)


@dataclass(frozen=True)
class Figures:
    """One import: seconds by the clock and of this process's processor, and where they went."""

    database: str
    items: int
    events: int
    seconds: float
    busy: float
    phases: dict[str, float]
    peak: int


def measure(
    kind: str, network: Any, cast: playing.Cast, source: importing.Source, clock: Clock, with_profile: bool
) -> Figures:
    report = importing.look_through(source, tell)
    profiler = cProfile.Profile() if with_profile else None
    clock.seconds.clear()
    start, worked = time.perf_counter(), time.process_time()
    if profiler:
        profiler.enable()
    importing.import_rows(network, cast, source, report, notice=lambda _: None, tell=tell)
    if profiler:
        profiler.disable()
    seconds, busy = time.perf_counter() - start, time.process_time() - worked
    check_counts(report, network)
    if profiler:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(40)
    phases = dict(clock.seconds) | {"all else": seconds - sum(clock.seconds.values())}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Figures(kind, report.whole, report.played.events, seconds, busy, phases, peak)


def tell(problem: object) -> None:
    print(problem, file=sys.stderr)


def print_table(runs: list[Figures]) -> None:
    def line(label: str, *values: str) -> None:
        print(f"| {label} | {' | '.join(values)} |")

    print()
    line("", *(f"anvil and {NAMES[run.database]}" for run in runs))
    line("---", *("---" for _ in runs))
    line("items, events", *(f"{run.items:,} and {run.events:,}" for run in runs))
    line("seconds", *(f"{run.seconds:,.1f}" for run in runs))
    line(
        "**events per second, signing to indexed**", *(f"**{run.events / run.seconds:,.0f}**" for run in runs)
    )
    line("the limit: the node alone", *(f"{run.events / run.phases[NODE]:,.0f}" for run in runs))
    line("events per CPU second of the importing process", *(f"{run.events / run.busy:,.0f}" for run in runs))
    for phase in sorted(runs[0].phases, key=lambda name: -runs[0].phases[name]):
        line(phase, *(f"{run.phases.get(phase, 0) / run.seconds:.1%}" for run in runs))
    line("peak memory (MB)", *(f"{run.peak:,}" for run in runs))


def check_counts(report: importing.Report, network: Any) -> None:
    """What the index holds must be what was imported."""
    held = overview(network.database)
    if (held.items, held.events) != (report.whole, report.played.events):
        raise SystemExit("the index does not hold what was imported: the figure would be void")


if __name__ == "__main__":
    main()
