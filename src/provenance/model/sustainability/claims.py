"""Who may claim what, once.

A claim is keyed (item, cycle, type): the same key never counts twice. However often one serial comes back, what it
displaces over all its cycles never exceeds one product: it cannot replace more new products than it is. Earlier
cycles are served first, so that a later return never changes what an earlier statement said.

Source: key and cap are this project's own rules; no standard for avoided emissions that we know follows single serials.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from types import MappingProxyType

from provenance.errors import FieldError
from provenance.model.sustainability.amounts import EXACT, parse_share

ONE_PRODUCT = Decimal(1)
_NONE: Mapping[bytes, Decimal] = MappingProxyType({})


class ClaimType(IntEnum):
    """What is claimed of an item-cycle; at most one of each."""

    DISPLACEMENT = 1
    """A new product is displaced (repair, resale, reuse)."""
    FATE = 2
    """The one final fate of the waste episode."""


@dataclass(frozen=True, order=True)
class ClaimKey:
    """What must be unique in a network: 32-byte item id, cycle counted from 1, type."""

    item: bytes
    cycle: int
    type: ClaimType


@dataclass(frozen=True)
class DisplacementClaim:
    """A share from 0 to 1 of a new product that this cycle of the item asks to have displaced."""

    item: bytes
    cycle: int
    asked: Decimal

    def __post_init__(self) -> None:
        parse_share(self.asked, "displacement")

    @property
    def key(self) -> ClaimKey:
        return ClaimKey(self.item, self.cycle, ClaimType.DISPLACEMENT)


@dataclass(frozen=True)
class Allotted:
    """How much of what a claim asked it gets."""

    claim: DisplacementClaim
    share: Decimal

    @property
    def is_cut(self) -> bool:
        return self.share < self.claim.asked


def doubled(keys: Iterable[ClaimKey]) -> tuple[ClaimKey, ...]:
    """The keys that come more than once, in order."""
    seen: set[ClaimKey] = set()
    again: set[ClaimKey] = set()
    for key in keys:
        (again if key in seen else seen).add(key)
    return tuple(sorted(again))


def allot(
    claims: Iterable[DisplacementClaim], claimed: Mapping[bytes, Decimal] = _NONE
) -> tuple[Allotted, ...]:
    """What each claim gets, ordered by item and cycle, whatever order they come in.

    ``claimed`` is the share per item that other statements of the network have claimed before.
    Raises FieldError where a key comes twice.
    """
    ordered = sorted(claims, key=lambda claim: claim.key)
    for key in doubled(claim.key for claim in ordered):
        raise FieldError(
            "claim", f"{key.item.hex()} cycle {key.cycle}", "claim a displacement once per cycle"
        )
    used = dict(claimed)
    granted = []
    for claim in ordered:
        before = used.get(claim.item, Decimal(0))
        share = min(claim.asked, max(EXACT.subtract(ONE_PRODUCT, before), Decimal(0)))
        used[claim.item] = EXACT.add(before, share)
        granted.append(Allotted(claim, share))
    return tuple(granted)
