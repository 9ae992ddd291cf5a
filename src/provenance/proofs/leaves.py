"""A typed tree known by its leaves' hashes alone: enough to prove parts of what was signed together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from provenance.errors import FieldError
from provenance.model.hashing import WORD, keccak
from provenance.model.ledger import height_of
from provenance.model.messages import Message
from provenance.proofs.eip712 import zero_hash


@dataclass(frozen=True)
class Leaves:
    """The struct hashes, in order, of messages of one type that one signature covers (contracts/SPEC.md, section 3)."""

    of: type[Message]
    hashes: tuple[bytes, ...]

    @classmethod
    def from_bytes(cls, of: type[Message], joined: bytes) -> Leaves:
        """The leaves in their hashes one after the other, 32 bytes each.

        Raises:
            FieldError: none, or a part of one.
        """
        if not joined or len(joined) % WORD:
            raise FieldError("leaves", f"{len(joined)} bytes long", "give 32 bytes for each")
        return cls(of, tuple(joined[i : i + WORD] for i in range(0, len(joined), WORD)))

    @property
    def height(self) -> int:
        """0 for one leaf, else ceil(log2 n)."""
        return height_of(len(self.hashes))

    @cached_property
    def _rows(self) -> tuple[tuple[bytes, ...], ...]:
        rows = [self.hashes]
        for height in range(self.height):
            row = list(rows[-1])
            if len(row) & 1:
                row.append(zero_hash(self.of, height))
            rows.append(tuple(keccak(row[i] + row[i + 1]) for i in range(0, len(row), 2)))
        return tuple(rows)

    def part(self, first: int, longest: int) -> int:
        """How many leaves from `first` on make an aligned subtree, at most `longest` (a power of two) of them.

        The last subtree may be shorter than a power of two: its places at the right are filled with zero messages.
        """
        height = (first & -first).bit_length() - 1 if first else self.height
        return min(1 << height, longest, len(self.hashes) - first)

    def is_part(self, first: int, count: int) -> bool:
        """Whether so many leaves from `first` on are an aligned subtree."""
        size = 1 << height_of(count)
        return first % size == 0 and (count == size or first + count == len(self.hashes))

    def place(self, first: int, count: int) -> tuple[int, tuple[bytes, ...]]:
        """Index and path of the aligned subtree that these leaves are.

        Raises:
            FieldError: they are none.
        """
        if count < 1 or first + count > len(self.hashes) or not self.is_part(first, count):
            raise FieldError("leaves", f"{first} to {first + count - 1}", "they are no aligned subtree")
        height = height_of(count)
        index, path = first >> height, []
        for level in range(height, self.height):
            row, sibling = self._rows[level], (first >> level) ^ 1
            path.append(row[sibling] if sibling < len(row) else zero_hash(self.of, level))
        return index, tuple(path)
