"""How many blocks to ask for at once: fewer after any failure, more after successes.

Providers refuse what is too much in as many ways as there are providers, so what a failure says is never looked at.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

FIRST_BLOCKS = 32
ENTRIES_AT_ONCE = 3_000  # a range of more is only more memory: what it costs once hardly counts any more
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
        self.blocks = self.blocks or min(FIRST_BLOCKS, self.most)

    def succeeded(self, asked: int, entries: int) -> None:
        """A range of so many blocks was read; it held so many entries.

        Growing is as quick as shrinking: most failures have nothing to do with the range's size, and come again.
        """
        self.failures_alone = 0
        fitting = asked * ENTRIES_AT_ONCE // max(entries, 1)
        self.blocks = max(1, min(2 * asked, fitting, self.most))

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
