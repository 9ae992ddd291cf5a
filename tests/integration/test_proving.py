"""Proofs come from the chain's own state: of an item, of its absence, of the whole journal, also when nodes forget."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from integration.conftest import open_chain, require_anvil
from ledger.world import World
from provenance.errors import FieldError, StoreError
from provenance.ledger.anvil import run_anvil
from provenance.ledger.chain import connect
from provenance.ledger.gateway import Gateway
from provenance.ledger.state_proofs import StateGone, header_of
from provenance.model.vocabulary import Stage
from provenance.proofs.attestations import attest
from provenance.proofs.bundle import Bundle, ItemName
from provenance.proofs.journal import JournalReport, verify_journal
from provenance.proofs.trust import BlockRoot, TrustRoot, WitnessRoot
from provenance.proofs.verdict import Report, Step, Verdict
from provenance.proofs.verifier import verify
from provenance.store.database import Database
from provenance.workflows import proving
from provenance.workflows.capturing import capture
from provenance.workflows.following import follow
from provenance.workflows.trusting import pinned, trust_bytes
from sample_keys import address, private_key


@dataclass(frozen=True)
class Proven:
    """A chain with two items that have a history, and the index of it."""

    world: World
    database: Database
    disputed: bytes
    other: bytes

    @property
    def gateway(self) -> Gateway:
        return self.world.gateway

    def prove(self, item: bytes, block: int | None = None) -> Bundle:
        return proving.prove(self.database, self.gateway, ItemName(item), block=block)

    def trust(self, block: int, root: TrustRoot | None = None) -> bytes:
        header = header_of(self.world.chain, block).header
        return trust_bytes(
            pinned(self.world.deployment, root or BlockRoot(header.number, header.hash), one_operator=False)
        )

    def verify(self, bundle: Bundle, root: TrustRoot | None = None) -> Report:
        return verify(proving.bundle_bytes(bundle), self.trust(block_of(bundle), root))

    def verify_journal(self, lines: list[bytes], block: int) -> JournalReport:
        return verify_journal(lines, self.trust(block))


def block_of(bundle: Bundle) -> int:
    from provenance.proofs.state import read_header

    return read_header(bundle.header).number


@contextmanager
def lived(world: World, database: Database) -> Iterator[Proven]:
    item = world.take_in(world.centre)
    world.hand_over(world.centre, item, world.workshop, exceptions=1)
    world.move(world.workshop, item, Stage.EVALUATED, Stage.IN_REPAIR)
    world.send(world.call(world.auditor, world.challenge(item, challenged=3)))
    world.move(world.workshop, item, Stage.EVALUATED)
    other = world.item_in(Stage.RESOLD, world.workshop)
    follow(database, Gateway(world.chain, world.deployment, confirmations=0))
    yield Proven(world, database, item, other)


@pytest.fixture(params=["embedded", "anvil"])
def proven(request: pytest.FixtureRequest, tmp_path: Path, database: Database) -> Iterator[Proven]:
    with open_chain(request.param, tmp_path) as chain, lived(World(chain), database) as made:
        yield made


def test_a_history_a_set_and_an_absence_are_proven_from_the_chains_state(proven: Proven) -> None:
    """One test a chain, as each chain takes a while: every kind of proof of one ledger verifies."""
    bundle = proven.prove(proven.disputed)
    report = proven.verify(bundle)
    assert report.verdict is Verdict.VERIFIED, report.reason
    assert (len(bundle.events), len(bundle.challenges)) == (5, 1)
    assert Bundle.from_bytes(proving.bundle_bytes(bundle)) == bundle
    assert report.proven is not None
    assert report.proven.slot == proven.gateway.slot(proven.disputed)

    absent = proven.prove(bytes(32))
    absence = proven.verify(absent)
    assert absence.verdict is Verdict.VERIFIED
    assert absence.proven is not None
    assert absence.proven.slot is None

    lines = list(proving.prove_journal(proven.database, proven.gateway))
    journal = proven.verify_journal(lines, block_of(bundle))
    assert journal.verdict is Verdict.VERIFIED, journal.reason
    assert journal.proven is not None
    assert (journal.proven.records, journal.proven.items) == (10, 2)


def test_a_proof_as_of_an_earlier_block_ends_there(proven: Proven) -> None:
    at = proven.gateway.head().number
    proven.world.move(proven.world.workshop, proven.disputed, Stage.RESALE_READY)
    follow(proven.database, proven.gateway)
    earlier = proven.prove(proven.disputed, block=at)
    assert len(earlier.events) == 5
    assert proven.verify(earlier).verdict is Verdict.VERIFIED
    newest = proven.prove(proven.disputed, block=at + 1)
    assert len(newest.events) == 6


def test_an_earlier_history_is_refused_as_of_a_later_block(proven: Proven) -> None:
    """What came after cannot be held back: the later block's state commits to it."""
    before = proven.prove(proven.disputed)
    proven.world.move(proven.world.workshop, proven.disputed, Stage.RESALE_READY)
    follow(proven.database, proven.gateway)
    after = proven.prove(proven.disputed, block=proven.gateway.head().number)
    held_back = after.as_json() | {"events": before.as_json()["events"]}
    report = proven.verify(Bundle.from_json(held_back))
    assert (report.verdict, report.failed) == (Verdict.REJECTED, Step.COMPLETENESS)


@pytest.mark.parametrize("kind", ["left out", "added", "swapped", "altered", "cut"])
def test_a_journal_that_leaves_out_adds_or_moves_a_record_is_rejected(proven: Proven, kind: str) -> None:
    lines = list(proving.prove_journal(proven.database, proven.gateway))
    head, records = lines[0], lines[1:]
    word = records[3].replace(records[3][74:75], b"1" if records[3][74:75] != b"1" else b"2", 1)
    forged = {
        "left out": records[:2] + records[3:],
        "added": [*records, records[-1]],
        "swapped": [records[1], records[0], *records[2:]],
        "altered": [*records[:3], word, *records[4:]],
        "cut": [*records[:-1], records[-1][:-1]],
    }[kind]
    at = Bundle.from_json(proven.prove(proven.other).as_json())
    report = proven.verify_journal([head, *forged], block_of(at))
    assert report.verdict is Verdict.REJECTED
    assert report.failed in (Step.COMPLETENESS, Step.FORM, Step.RULES)


def test_witnesses_make_a_proof_that_needs_no_node(proven: Proven) -> None:
    block = proven.gateway.head()
    words = [
        attest(private_key(label), proven.world.deployment.chain_id, block.number, block.hash).by
        for label in ("witness a", "witness b")
    ]
    bundle = proving.prove(
        proven.database, proven.gateway, ItemName(proven.other), block=block.number, attestations=words
    )
    witnesses = tuple(sorted(address(label) for label in ("witness a", "witness b", "witness c")))
    assert proven.verify(bundle, WitnessRoot(2, witnesses)).verdict is Verdict.VERIFIED
    report = proven.verify(bundle, WitnessRoot(3, witnesses))
    assert (report.verdict, report.failed) == (Verdict.REJECTED, Step.BLOCK)


def test_what_the_audience_may_not_read_is_withheld_and_still_verifies(
    tmp_path: Path, new_database_url: Callable[[], str]
) -> None:
    from played import played

    with played(tmp_path, 2, new_database_url()) as network:
        with network.database.reading() as connection:
            row = connection.exec_driver_sql("SELECT item FROM items").first()
        assert row is not None
        name = proving.named(network.database, bytes(row[0]))
        shown = {
            audience: proving.prove(network.database, network.gateway, name, audience=audience)
            for audience in ("public", "partners", "auditors")
        }
        intake = {audience: bundle.events[0].document for audience, bundle in shown.items()}
        assert "returnReference" not in {field.name for field in intake["public"].fields}
        assert "returnReference" in {field.name for field in intake["partners"].fields}
        assert intake["public"].root == intake["partners"].root == intake["auditors"].root
        with pytest.raises(FieldError, match="audience is everybody"):
            proving.prove(network.database, network.gateway, name, audience="everybody")


def test_what_does_not_prove_the_item_is_not_handed_out(proven: Proven) -> None:
    with proven.database.writing() as connection:
        connection.exec_driver_sql("UPDATE signatures SET signature = receipt.signature FROM (SELECT signature FROM "
                                   "signatures ORDER BY block DESC LIMIT 1) AS receipt")  # fmt: skip
    with pytest.raises(StoreError, match="step 7, signatures"):
        proven.prove(proven.disputed)


def test_a_pruned_node_does_not_end_provability(database: Database) -> None:
    require_anvil()
    with run_anvil(states=8) as anvil, lived(World(connect(anvil.url)), database) as proven:
        gateway = Gateway(proven.world.chain, proven.world.deployment, confirmations=0)
        assert capture(database, gateway, at_once=1) == 1
        assert capture(database, gateway, at_once=1) == 1
        assert capture(database, gateway) == 0
        for _ in range(20):
            proven.world.chain.request("evm_mine")
        with pytest.raises(StateGone):
            proven.prove(bytes(32))
        bundle = proven.prove(proven.disputed)
        assert proven.verify(bundle).verdict is Verdict.VERIFIED
        assert len(bundle.events) == 5
        with pytest.raises(StateGone):
            proven.prove(proven.disputed, block=block_of(bundle) - 1)
        # What changes afterwards is captured anew.
        proven.world.move(proven.world.workshop, proven.disputed, Stage.RESALE_READY)
        follow(database, gateway)
        assert capture(database, gateway) == 1
        assert json.loads(proving.bundle_bytes(proven.prove(proven.disputed)))["events"][-1]["stage"] == 7
