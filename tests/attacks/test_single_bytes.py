"""No single byte can be changed unnoticed, unless it says the same."""

import random

from attacks.single_bytes import originals, tally, tally_javascript
from attacks.verifiers import BUNDLES
from provenance.proofs.trust import Trust
from provenance.proofs.verdict import Verdict
from provenance.proofs.verifier import verify

HARMLESS = {"whitespace between tokens", "another escape of the same character", "the byte it was"}


def test_a_changed_byte_is_rejected_or_leaves_the_value_as_it_was() -> None:
    """`tally` asserts the second half; what may be accepted is whitespace and escapes, and nothing else."""
    found = tally(2000, seed=20260101)
    assert set(found) <= {"rejected", "cannot evaluate"} | HARMLESS
    assert found["rejected"] > 1500
    assert found["whitespace between tokens"] > 20


def test_the_browsers_verifier_says_the_same_of_changed_bytes() -> None:
    found = tally_javascript(300, seed=7)
    assert set(found) <= {"rejected", "cannot evaluate"} | HARMLESS


def test_a_changed_byte_in_the_trust_file_never_crashes_and_never_moves_what_is_pinned() -> None:
    chance = random.Random(3)
    bundle, trust = originals()["never"], (BUNDLES / "trust.json").read_bytes()
    pinned = Trust.from_bytes(trust)
    verdicts = set()
    for _ in range(1000):
        place = chance.randrange(len(trust))
        instead = bytes([chance.randrange(256)]) * chance.randrange(3)
        changed = trust[:place] + instead + trust[place + 1 :]
        report = verify(bundle, changed)
        verdicts.add(report.verdict)
        if report.verdict is Verdict.VERIFIED:
            found = Trust.from_bytes(changed)
            assert (found.chain_id, found.root, found.ledger, found.registry) == (
                pinned.chain_id,
                pinned.root,
                pinned.ledger,
                pinned.registry,
            )
    assert verdicts == set(Verdict)
