"""What the embedded chain and anvil prove, the same verifiers take; each chain's proof is of that chain alone."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from attacks.story import Story, story_on, tell_same_second, tell_single, tell_unnamed
from attacks.verifiers import judged_lines, request_of
from integration.conftest import open_chain
from provenance.proofs.bundle import Bundle
from provenance.proofs.state import read_header
from provenance.proofs.trust import BlockRoot
from provenance.proofs.verdict import Step, Verdict
from provenance.proofs.verifier import verify
from provenance.workflows.proving import bundle_bytes
from provenance.workflows.trusting import pinned, trust_bytes

TOLD = "single", "same-second", "unnamed", "never"


@dataclass
class Proofs:
    """Bundles of one chain's block, and the trust file that pins it."""

    kind: str
    story: Story
    bundles: dict[str, Bundle]
    trust: bytes


@pytest.fixture(scope="module", params=["embedded", "anvil"])
def proofs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proofs]:
    folder: Path = tmp_path_factory.mktemp(f"proofs-{request.param}")
    with open_chain(request.param, folder) as chain, story_on(chain, folder) as story:
        for tell in (tell_single, tell_same_second, tell_unnamed):
            tell(story)
        story.item("never")
        story.save()
        block = story.world.gateway.head().number
        bundles = {name: story.prove(name, block=block) for name in TOLD}
        header = read_header(bundles["single"].header)
        trust = pinned(story.world.deployment, BlockRoot(header.number, header.hash))
        yield Proofs(request.param, story, bundles, trust_bytes(trust))


@pytest.mark.parametrize("name", TOLD)
def test_a_proof_of_either_chain_verifies(proofs: Proofs, name: str) -> None:
    report = verify(bundle_bytes(proofs.bundles[name]), proofs.trust)
    assert report.verdict is Verdict.VERIFIED, report.reason
    assert [passed.step for passed in report.steps] == list(Step)
    assert report.proven is not None
    slot = proofs.story.world.gateway.slot(proofs.story.items[name].id)
    assert report.proven.slot == slot
    assert (slot is None) == (name == "never")


def test_the_browsers_verifier_takes_them_too(proofs: Proofs) -> None:
    requests = [request_of(bundle_bytes(bundle), proofs.trust) for bundle in proofs.bundles.values()]
    found = judged_lines("".join(json.dumps(request) + "\n" for request in requests))
    assert [verdict for verdict, _, _ in found] == ["verified"] * len(TOLD)


def test_what_comes_after_the_proven_block_needs_another_proof(proofs: Proofs) -> None:
    """A proof stays true of its block; at a later one the same events are not all."""
    story, bundle = proofs.story, proofs.bundles["unnamed"]
    story.tell(story.world.workshop, story.world.challenge(bundle.item.id))
    story.save()
    later = story.prove("unnamed", block=story.world.gateway.head().number)
    header = read_header(later.header)
    trust = trust_bytes(pinned(story.world.deployment, BlockRoot(header.number, header.hash)))
    assert verify(bundle_bytes(bundle), proofs.trust).verdict is Verdict.VERIFIED
    assert verify(bundle_bytes(later), trust).verdict is Verdict.VERIFIED
    assert verify(bundle_bytes(bundle), trust).verdict is Verdict.CANNOT_EVALUATE
    told_without = replace(later, challenges=())
    report = verify(bundle_bytes(told_without), trust)
    assert (report.verdict, report.failed) == (
        Verdict.REJECTED,
        Step.STATE,
    )  # the challenger's key is not asked for
