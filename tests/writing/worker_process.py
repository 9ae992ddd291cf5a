"""A worker as a process of its own, which may kill itself, as by kill -9, at a named step."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from provenance.config import Settings
from provenance.ledger.embedded.genesis import DEVELOPMENT_KEYS
from provenance.ledger.relay import Relay
from provenance.store import index, queue
from provenance.worker import Worker
from provenance.workflows import leasing, sending

AFTER_TIMES = 3


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def deadly(whole: Callable[..., Any], *, before: bool) -> Callable[..., Any]:
    """The function, which kills the process before or after its third call."""
    calls = 0

    def call(*args: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if before and calls == AFTER_TIMES:
            die()
        result = whole(*args, **named)
        if calls == AFTER_TIMES:
            die()
        return result

    return call


STEPS: dict[str, tuple[object, str, bool]] = {
    "before a transaction is saved": (sending, "save_transactions", True),
    "saved, not committed": (queue, "carry", False),
    "committed, not broadcast": (Relay, "post", True),
    "broadcast, the answer lost": (Relay, "post", False),
    "mined, not noted": (sending, "note_mined", True),
    "noted as mined, not committed": (sending, "note_mined", False),
    "while the index is written": (index, "write", True),
    "the index written, not committed": (index, "write", False),
    "while waiting submissions are judged": (Relay, "simulate", False),
    "while the lease is renewed": (leasing, "require_held", False),
}


def main() -> None:
    folder, chain, database, step = sys.argv[1:5]
    settings = Settings(
        data=Path(folder),
        chain=chain,
        database=database,
        operator_key=DEVELOPMENT_KEYS[0],
        confirmations=0,
        poll=0.05,
        _env_file=None,
    )
    if step:
        leasing.LEASE_SECONDS = 1.0  # the next one need not wait long
        owner, name, before = STEPS[step]
        setattr(owner, name, deadly(getattr(owner, name), before=before))
    with Worker(settings):
        print("works", flush=True)
        sys.stdin.read()  # until the parent goes


if __name__ == "__main__":
    main()
