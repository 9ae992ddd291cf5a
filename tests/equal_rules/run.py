"""Plays a given number of actions and writes what happened to RESULT.md."""

import argparse
import math
import os
import platform
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from equal_rules.machine import EqualRules
from equal_rules.world import Tally
from provenance.errors import RULE_ERRORS
from provenance.ledger.artifact import load
from provenance.model.hashing import keccak

RESULT = Path(__file__).parent / "RESULT.md"
STEPS = 100
PLAYS = 20
"""Plays of at most so many steps in one batch; each batch has its number as seed."""

MESSAGES = (
    "Intake",
    "ConditionReport",
    "CustodyOffer and CustodyAcceptance",
    "Withdrawal",
    "Correction",
    "Challenge",
    "Hold",
    "Ruling",
    "Ruling and CustodyAcceptance",
    "Anchor",
    "grant key",
    "revoke key",
    "enrol",
)


def play(number: int, plays: int = PLAYS, shrink: bool = True) -> Tally:
    """One batch of plays, the same again for the same number where the same modules are loaded.

    `shrink` looks for the shortest play that disagrees.
    """

    class Batch(EqualRules):
        tally = Tally()

    how = settings(
        max_examples=plays,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(number)(Batch), settings=how)
    return Batch.tally


def missing(tally: Tally) -> set[str]:
    """The messages that were never recorded and the refusals that never happened."""
    return (set(MESSAGES) - set(tally.recorded)) | (set(RULE_ERRORS) - set(tally.reasons))


def play_all(actions: int, workers: int) -> tuple[Tally, int]:
    """At least so many actions, and how many batches that took."""
    total, batches = Tally(), 0
    with ProcessPoolExecutor(workers) as pool:
        while total.total < actions:
            # Enough for the rest, judged by what a batch gave so far.
            each = total.total / batches if batches else PLAYS * STEPS / 2
            more = min(max(1, math.ceil((actions - total.total) / each)), 4 * workers)
            for tally in pool.map(play, range(batches + 1, batches + 1 + more)):
                total.add(tally)
            batches += more
            print(f"{total.total} actions", file=sys.stderr, flush=True)
    return total, batches


def code() -> str:
    """What was driven: the first bytes of keccak256 of each contract's runtime code, immutables left zero."""
    names = ("PartnerRegistry", "ProvenanceLedger", "Anchors")
    return ", ".join(f"{name} 0x{keccak(load(name).runtime_template).hex()[:16]}" for name in names)


def report(command: str, tally: Tally, batches: int, seconds: float, workers: int) -> str:
    rows = [
        "# Contracts and model, driven by the same actions",
        "",
        f"Command: `{command}`  ",
        f"Actions: {tally.total}, in {batches} batches of {PLAYS} plays (seeds 1 to {batches})  ",
        "Disagreements: 0  ",
        f"Code: {code()}  ",
        f"Time: {seconds:.0f} s in {workers} process{'es' if workers > 1 else ''}  ",
        f"Machine: {os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python "
        f"{platform.python_version()}",
        "",
        "An action is one call of a contract on an EVM (py-evm) and the same in the model. After each, verdict, reason and",
        "its values, logs, slots, challenge words, key words, standings, anchors and the journal were equal.",
        "",
    ]
    for title, counts in (
        ("Actions", tally.actions),
        ("Recorded", tally.recorded),
        ("Refused, by message", tally.refused),
        ("Refused, by reason", tally.reasons),
    ):
        rows += _table(title, counts)
    return "\n".join(rows)


def _table(title: str, counts: Counter[str]) -> list[str]:
    lines = [f"| {name} | {count} |" for name, count in sorted(counts.items())]
    return [f"## {title}", "", "| | |", "|---|---|", *lines, ""]


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/equal-rules", description=__doc__)
    parser.add_argument("--actions", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    begun = time.monotonic()
    tally, batches = play_all(given.actions, given.workers)
    seconds = time.monotonic() - begun
    if absent := missing(tally):
        print(f"never happened: {', '.join(sorted(absent))}", file=sys.stderr)
        return 1
    command = f"scripts/equal-rules --actions {given.actions} --workers {given.workers}"
    RESULT.write_text(report(command, tally, batches, seconds, given.workers), encoding="utf-8")
    print(f"{tally.total} actions in {seconds:.0f} s, no disagreement; see {RESULT.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
