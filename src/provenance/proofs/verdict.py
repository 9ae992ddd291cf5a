"""What a verifier says: the steps it took, where it stopped, what is proven, and what its verdict does not mean."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, IntEnum

from provenance.errors import InputError, ProvenanceError
from provenance.model.item import Item
from provenance.model.words import Slot
from provenance.proofs.bundle import Bundle, Told
from provenance.proofs.state import Header


class Verdict(Enum):
    """The three verdicts; the value is the exit code."""

    VERIFIED = 0
    REJECTED = 1
    CANNOT_EVALUATE = 2

    @property
    def words(self) -> str:
        """In plain words."""
        return self.name.lower().replace("_", " ")


class Step(IntEnum):
    """The steps, numbered as in SPEC.md section 4 and in `proofs.verifier`."""

    FORM = 1
    DEPLOYMENT = 2
    ITEM = 3
    BLOCK = 4
    CONTRACTS = 5
    STATE = 6
    SIGNATURES = 7
    KEYS = 8
    RULES = 9
    COMPLETENESS = 10
    FRESHNESS = 11

    @property
    def words(self) -> str:
        """In plain words."""
        return self.name.lower()


class Rejected(ProvenanceError):  # noqa: N818 - a verdict, not a failure
    """A proof does not prove what it says; `step` tells where it fails."""

    def __init__(self, step: Step, reason: str) -> None:
        self.step = step
        self.reason = reason
        super().__init__(f"step {step.value}, {step.words}: {reason}")


class CannotEvaluate(ProvenanceError):  # noqa: N818 - a verdict, not a failure
    """The verifier lacks what it needs to judge: nothing is said about the proof."""


@dataclass
class Passed:
    """A step that was taken, and what it found, in a few words."""

    step: Step
    found: str = ""


class Steps:
    """The steps taken so far."""

    def __init__(self) -> None:
        self.passed: list[Passed] = []

    @contextmanager
    def take(self, step: Step) -> Iterator[Passed]:
        """One step: what its checks object to (InputError) is a rejection there (Rejected)."""
        passed = Passed(step)
        try:
            yield passed
        except InputError as objection:
            raise Rejected(step, str(objection)) from objection
        self.passed.append(passed)


@dataclass(frozen=True)
class Recorded:
    """A record as it was proven: what was told, and the item after it."""

    told: Told
    after: Item


@dataclass(frozen=True)
class Proven:
    """What a verified bundle proves: the item's whole history as of a block, none where it was never taken in."""

    bundle: Bundle
    header: Header
    slot: Slot | None
    history: tuple[Recorded, ...]
    partner_of: dict[bytes, int]
    """The partner that each key acts for."""
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """The verdict with all that led to it: `proven` where it is *verified*, else the `reason`."""

    verdict: Verdict
    steps: tuple[Passed, ...]
    proven: Proven | None = None
    failed: Step | None = None
    reason: str | None = None


NOT_PROVEN = (
    "Nothing after the proven block: ask for a newer proof where that matters.",
    "Nothing about the physical truth of what was signed: the signers answer for that.",
    "Not that the product has no second id under which something else is recorded.",
    "Little where one party runs the chain and names the block itself: ask for witnesses with nodes of their own.",
)
"""What no verdict says, told beside each. SPEC.md, section 7."""
