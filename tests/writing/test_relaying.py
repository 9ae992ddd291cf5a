"""The sender's nonces: stuck ones are replaced, stolen and missing ones repaired, taken back ones sent again."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.conftest import new_database_url, postgres, require_anvil  # noqa: F401 - fixtures
from integration.faulty_node import Faults, faulty
from ledger.world import World
from provenance.errors import ProvenanceError
from provenance.ledger.anvil import run_anvil
from provenance.ledger.chain import connect
from provenance.ledger.embedded.genesis import DEVELOPMENT_KEYS
from provenance.ledger.gateway import Gateway
from provenance.ledger.relay import BATCH_BYTES, Fees, Relay, batches
from provenance.model.calls import Contract
from provenance.model.messages import ConditionReport, Intake, ItemMessage
from provenance.proofs.eip712 import struct_hash
from provenance.proofs.signatures import no_wallet_answers
from provenance.store.database import Connection, Database, open_database
from provenance.store.reads import submission_counts
from provenance.store.schema import transactions
from provenance.workflows import sending
from provenance.workflows.following import follow
from provenance.workflows.judging import Bench, Signature
from provenance.workflows.sending import Sending
from provenance.workflows.submitting import Package, submit

KEY = bytes.fromhex(DEVELOPMENT_KEYS[1][2:])  # the deployer has nonces of its own
FOREVER = 2**40


def free(_: Connection) -> None:
    """A fence that lets everybody through: there is one sender here."""


class Desk:
    """A sender on its own account, driven step by step."""

    def __init__(self, world: World, database: Database, gateway: Gateway | None = None) -> None:
        self.world, self.database = world, database
        self.gateway = gateway or Gateway(world.chain, world.deployment, confirmations=40)
        self.relay = Relay(self.gateway.chain, KEY)
        self.now = time.time()
        self.sending = Sending(database, self.gateway, self.relay, free, clock=lambda: self.now)
        self.bench = Bench(world.deployment, no_wallet_answers)
        follow(database, self.gateway)

    def submit(self, *messages: ItemMessage) -> None:
        domain = self.world.deployment.signatures().domains[Contract.LEDGER]
        signature = Signature(self.world.centre.sign(domain, messages))
        submit(self.database, self.bench, Package(messages, signature), int(time.time()))

    def intakes(self, count: int = 1) -> list[bytes]:
        made = [Intake(self.world.new_item(), 1, 0, FOREVER) for _ in range(count)]
        self.submit(*made)
        return [intake.item for intake in made]

    def step(self) -> None:
        follow(self.database, self.gateway)
        self.sending.step()

    def until_settled(self, patience: float = 60) -> dict[str, int]:
        deadline = time.monotonic() + patience
        while True:
            try:
                self.step()
                follow(self.database, self.gateway)
            except (ProvenanceError, OSError):
                pass  # a node that fails: the next look is the recovery
            counts = self.counts()
            if not counts.keys() & {"pending", "sent"}:
                return counts
            assert time.monotonic() < deadline, counts
            self.now += 1
            time.sleep(0.02)

    def counts(self) -> dict[str, int]:
        with self.database.reading() as connection:
            return submission_counts(connection)

    def states(self) -> list[tuple[int, str]]:
        with self.database.reading() as connection:
            rows = connection.execute(transactions.select().order_by(transactions.c.nonce))
            return [(row.nonce, row.state) for row in rows]


@pytest.fixture
def world() -> Iterator[World]:
    require_anvil()
    with run_anvil() as anvil:
        yield World(connect(anvil.url))


@pytest.fixture
def desk(world: World, new_database_url: Callable[[], str]) -> Iterator[Desk]:  # noqa: F811 - the fixture
    database = open_database(new_database_url())
    yield Desk(world, database)
    database.close()


def automine(world: World, on: bool) -> None:
    world.chain.request("evm_setAutomine", [on])


def test_both_fees_of_a_replacement_rise_by_more_than_an_eighth() -> None:
    fees = Fees(1, 0)
    for _ in range(50):
        dearer = fees.raised()
        assert dearer.max_fee * 1000 > fees.max_fee * 1125
        assert dearer.tip * 1000 > fees.tip * 1125 or fees.tip == 0 < dearer.tip
        fees = dearer
    assert Fees(10, 9).at_least(Fees(5, 20)) == Fees(10, 10)


@given(st.lists(st.integers(1, 300_000), max_size=20))
def test_batches_keep_every_transaction_in_order_within_what_a_node_reads(sizes: list[int]) -> None:
    raws = [bytes(size) for size in sizes]
    parts = list(batches(raws))
    assert [raw for part in parts for raw in part] == raws
    assert all(len(part) == 1 or sum(map(len, part)) <= BATCH_BYTES for part in parts)


def test_a_stuck_transaction_is_replaced_and_recorded_once(desk: Desk) -> None:
    automine(desk.world, False)
    (item,) = desk.intakes()
    desk.step()
    first = desk.world.chain.request("txpool_content")["pending"]
    for _ in range(2):
        desk.now += 31
        desk.step()
    (replaced,) = next(iter(desk.world.chain.request("txpool_content")["pending"].values())).values()
    (original,) = next(iter(first.values())).values()
    assert replaced["nonce"] == original["nonce"]
    for name in ("maxFeePerGas", "maxPriorityFeePerGas"):
        assert int(replaced[name], 16) * 64 >= int(original[name], 16) * 81  # twice an eighth
    desk.world.chain.request("evm_mine")
    automine(desk.world, True)
    assert desk.until_settled() == {"included": 1}
    assert desk.world.slot(item).seq == 1


def test_a_nonce_that_a_stranger_used_is_given_up_and_its_events_are_sent_again(desk: Desk) -> None:
    automine(desk.world, False)
    desk.intakes(3)
    desk.step()
    raw, _ = desk.relay.sign(0, b"\x11" * 20, b"", 21_000, Fees(10**12, 10**11))
    assert desk.relay.post([raw]) == [None]
    desk.world.chain.request("evm_mine")
    automine(desk.world, True)
    assert desk.until_settled() == {"included": 3}
    assert desk.states()[0] == (0, "lost")


def test_a_transaction_that_was_saved_and_never_broadcast_goes_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Relay, "post", lambda _, raws: [None for _ in raws])
        desk.intakes(2)
        desk.step()
    assert desk.counts() == {"sent": 2}
    assert desk.until_settled() == {"included": 2}


def test_a_gap_in_the_nonces_is_filled(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a chain lost a transaction that was not ours to send again."""
    with monkeypatch.context() as patched:
        patched.setattr(sending, "next_nonce", lambda *_: 3)
        desk.intakes()
        desk.step()
    assert desk.until_settled() == {"included": 1}
    assert [nonce for nonce, _ in desk.states()] == [0, 1, 2, 3]


def test_one_bad_event_among_many_is_rejected_by_its_rule_and_the_others_are_recorded(desk: Desk) -> None:
    """The bad one was good when it was taken in; then the chain went another way."""
    world = desk.world
    first = desk.intakes(5)
    desk.until_settled()
    taken = [ConditionReport(item, 2, 2, 3, FOREVER) for item in first]
    for report in taken:
        desk.submit(report)
    world.send(world.call(world.centre, ConditionReport(first[2], 2, 11, 0, FOREVER)))
    assert desk.until_settled() == {"included": 9, "rejected": 1}
    assert len({struct_hash(report) for report in taken}) == 5


@pytest.mark.parametrize("depth", [1, 5, 20])
def test_what_a_reorganisation_takes_back_is_recorded_again(desk: Desk, depth: int) -> None:
    world = desk.world
    items: list[bytes] = []
    for _ in range(depth + 2):
        items += desk.intakes(2)
        desk.until_settled()
    world.chain.request("anvil_reorg", [depth, []])
    items += desk.intakes(2)
    assert desk.until_settled() == {"included": len(items)}
    assert {world.slot(item).seq for item in items} == {1}
    assert world.gateway.journal().count == len(items)


def test_a_node_that_drops_delays_garbles_and_caps_loses_nothing(world: World, tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'index.db'}")
    faults = Faults(["drop", "delay", "garble", "truncate", "cap"], 0.15, 7)
    with faulty(world.chain.target, faults) as url:
        while True:
            try:
                desk = Desk(world, database, Gateway(connect(url), world.deployment, confirmations=40))
                break
            except (ProvenanceError, OSError, ValueError):
                continue
        items = [item for _ in range(6) for item in desk.intakes(4)]
        assert desk.until_settled() == {"included": len(items)}
    assert world.gateway.journal().count == len(items)
    assert len([fault for fault in faults.happened if fault]) > 5
    database.close()
