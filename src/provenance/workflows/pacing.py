"""How many blocks to ask for at once: fewer after any failure, more after successes.

Providers refuse what is too much in as many ways as there are providers, so what a failure says is never looked at.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

FEW_ENTRIES = 20_000  # more in one range is only more memory
PATIENCE = 5  # failures with one block alone before it is an error
FIRST_PAUSE = 0.05  # seconds, doubled with each failure at one block


@dataclass
class Pace:
    """The number of blocks in the next range; ``most`` at most."""

    most: int
    blocks: int = 0
    failures_alone: int = 0
    disproofs: int = 0

    def __post_init__(self) -> None:
        self.blocks = self.blocks or self.most

    def succeeded(self, entries: int) -> None:
        """A range was read; it held so many entries."""
        self.failures_alone = 0
        grown = self.blocks // 2 if entries > FEW_ENTRIES else self.blocks + max(1, self.blocks // 4)
        self.blocks = max(1, min(grown, self.most))

    def failed(self, asked: int) -> bool:
        """A range of so many blocks failed: ask for half. False when one block alone failed too often."""
        if asked > 1:
            self.blocks = asked // 2
            return True
        self.failures_alone += 1
        if self.failures_alone >= PATIENCE:
            return False
        time.sleep(FIRST_PAUSE * 2 ** (self.failures_alone - 1))
        return True

    def disproved(self) -> bool:
        """Ranges that seemed whole were not: ask for a quarter from now on. False after too many times."""
        self.disproofs += 1
        self.most = max(1, self.most // 4)
        self.blocks = min(self.blocks, self.most)
        return self.disproofs < PATIENCE
