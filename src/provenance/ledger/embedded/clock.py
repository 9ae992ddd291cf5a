"""Block time: the wall clock, which tests may shift."""

import time
from dataclasses import dataclass


@dataclass(slots=True)
class Clock:
    """Unix seconds. The shift and the next time live in memory only; a reopened chain is back on the clock,
    though never before its last block.
    """

    shift: int = 0
    next_time: int | None = None

    def now(self) -> int:
        return int(time.time()) + self.shift

    def next_block_time(self, parent_time: int) -> int:
        """The time the next block gets: as told, else now; never before its parent."""
        wanted = self.now() if self.next_time is None else self.next_time
        return max(parent_time, wanted)

    def used(self, block_time: int) -> None:
        """Time told for one block goes on from there, as anvil does it."""
        if self.next_time is not None:
            self.shift += block_time - self.now()
            self.next_time = None
