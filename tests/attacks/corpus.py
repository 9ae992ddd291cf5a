"""The adversarial corpus: what somebody might change in a bundle, and at which step a verifier must notice.

Each case is a sentence. `Corpus` collects them; the attacks are in the modules `attacks_*`.
"""

import copy
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from attacks.edits import Edit, difference
from attacks.forging import Forger
from attacks.story import Story
from provenance.proofs.bundle import Bundle

Json = dict[str, Any]
Change = Callable[[Json], Any]

CLASSES = (
    "parser",
    "events",
    "fields",
    "signatures",
    "keys and validity",
    "state and trie nodes",
    "header",
    "other item, contract or chain",
    "witness signatures",
    "forged by colluding keys",
)
MUST_VERIFY = "must verify"


@dataclass
class Corpus:
    """The cases so far. `bundles` and `trusts` are the files' values by name, which the cases start from."""

    story: Story
    twin: Story
    proven: Mapping[str, Bundle]
    bundles: Mapping[str, Json]
    trusts: Mapping[str, Json]
    forger: Forger
    cases: list[Json] = field(default_factory=list)
    of: str = ""
    base: str = ""

    def about(self, class_: str, base: str) -> None:
        """What follows is of this class, and starts from this bundle."""
        self.of, self.base = class_, base

    def rejected(self, name: str, step: int, change: Change | Iterable[Edit], **given: Any) -> None:
        self._add(name, "rejected", step, change, **given)

    def cannot_evaluate(self, name: str, change: Change | Iterable[Edit], **given: Any) -> None:
        self._add(name, "cannot evaluate", None, change, **given)

    def verified(self, name: str, change: Change | Iterable[Edit] = (), **given: Any) -> None:
        self._add(name, "verified", None, change, **given)

    def bundle_of(self, base: str | None = None) -> Bundle:
        """The bundle that the cases start from, as the prover made it."""
        return self.proven[base or self.base]

    def _add(
        self,
        name: str,
        verdict: str,
        step: int | None,
        change: Change | Iterable[Edit],
        *,
        base: str | None = None,
        trust: str = "trust",
        trust_change: Change | Iterable[Edit] = (),
        options: Mapping[str, Any] | None = None,
    ) -> None:
        base = base or self.base
        self.cases.append(
            {
                "name": name,
                "class": self.of,
                "bundle": base,
                "trust": trust,
                "edits": _edits(self.bundles[base], change),
                "trustEdits": _edits(self.trusts[trust], trust_change),
                "options": dict(options or {}),
                "verdict": verdict,
                "step": step,
            }
        )


def _edits(value: Json, change: Change | Iterable[Edit]) -> list[Edit]:
    if not callable(change):
        return list(change)
    changed = copy.deepcopy(value)
    made = change(changed)
    if isinstance(made, Bundle):
        changed = json.loads(json.dumps(made.as_json()))
    return list(difference(value, changed))


def put(value: Any, *steps: Any) -> Change:
    """Puts the value at the place: the last step before it names member or index."""

    def change(of: Json) -> None:
        inner: Any = of
        for step in steps[:-1]:
            inner = inner[step]
        inner[steps[-1]] = value

    return change


def take(*steps: Any) -> Change:
    """Takes away what is at the place."""

    def change(of: Json) -> None:
        inner: Any = of
        for step in steps[:-1]:
            inner = inner[step]
        del inner[steps[-1]]

    return change


def by(alter: Callable[[Any], Any], *steps: Any) -> Change:
    """Puts in what `alter` makes of what is there."""

    def change(of: Json) -> None:
        inner: Any = of
        for step in steps[:-1]:
            inner = inner[step]
        inner[steps[-1]] = alter(inner[steps[-1]])

    return change


def swap(one: int, other: int, *steps: Any) -> Change:
    """Lets two elements change places."""

    def change(of: Json) -> None:
        inner: Any = of
        for step in steps:
            inner = inner[step]
        inner[one], inner[other] = inner[other], inner[one]

    return change


def all_of(*changes: Change) -> Change:
    """One change after the other."""

    def change(of: Json) -> None:
        for each in changes:
            each(of)

    return change


def bit(place: int = -1) -> Callable[[str], str]:
    """Flips the lowest bit of a hex digit."""

    def flip(text: str) -> str:
        digits = list(text)
        digits[place] = f"{int(digits[place], 16) ^ 1:x}"
        return "".join(digits)

    return flip
