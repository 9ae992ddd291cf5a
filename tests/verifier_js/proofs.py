"""The committed proofs of items with eventful lives."""

from dataclasses import dataclass
from pathlib import Path

BUNDLES = Path(__file__).parents[1] / "vectors" / "bundles"
NAMES = ("life", "wallet", "one-of-six", "never", "never-unnamed", "withheld", "same-second", "unnamed")


@dataclass(frozen=True)
class Proof:
    """A bundle and the trust file that pins its block, as files' bytes."""

    bundle: bytes
    trust: bytes


def committed_proofs() -> dict[str, Proof]:
    """By name: `life` has every kind of record, `wallet` a wallet's, `one-of-six` paths, `withheld` withheld fields."""
    trust = (BUNDLES / "trust.json").read_bytes()
    return {name: Proof((BUNDLES / f"{name}.json").read_bytes(), trust) for name in NAMES}
