"""A node that fails in every way providers do delays the index, and never makes it another."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from integration.faulty_node import Faults, faulty
from integration.indexed import all_rows, anvil_world, fresh_rows, live
from ledger.world import World
from provenance.errors import ProvenanceError
from provenance.ledger.chain import connect
from provenance.ledger.gateway import Gateway
from provenance.store.database import Database
from provenance.workflows.following import follow

KINDS = ("drop", "delay", "garble", "truncate", "withhold", "reorder", "cap")
LOOKS = 30  # the worker looks again for ever; a test does not


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with anvil_world() as world:
        live(world, Random(0), [], 60)
        yield world


def follow_at_last(database: Database, gateway: Gateway, head: int) -> None:
    """Follows as the worker does: what failed is looked at again."""
    for _ in range(LOOKS):
        try:
            if follow(database, gateway).block >= head:
                return
        except (ProvenanceError, OSError):
            continue
    raise AssertionError(f"not followed after {LOOKS} looks")


def through(world: World, url: str, confirmations: int | None = None) -> Gateway:
    """The ledger as the proxy at the URL shows it; its deployment was checked beside the proxy."""
    gateway = Gateway(world.chain, world.deployment, confirmations)
    gateway.chain = connect(url)
    return gateway


@pytest.mark.parametrize("kind", KINDS)
def test_an_index_made_through_a_node_with_one_fault_is_equal(
    world: World, database: Database, tmp_path: Path, kind: str
) -> None:
    faults = Faults((kind,), 0, 1)
    with faulty(world.chain.target, faults) as url:
        gateway = through(world, url)
        faults.often = 1 if kind == "cap" else 0.15
        follow_at_last(database, gateway, world.gateway.head().number)
    assert kind in faults.happened
    assert all_rows(database) == fresh_rows(world.gateway, tmp_path)


@pytest.mark.parametrize("seed", range(3))
def test_reorganisations_behind_a_node_with_all_faults_at_once_leave_an_equal_index(
    world: World, database: Database, tmp_path: Path, seed: int
) -> None:
    faults, random = Faults(KINDS, 0, seed), Random(seed)
    with faulty(world.chain.target, faults) as url:
        gateway = through(world, url)
        faults.often = 0.15
        for _ in range(4):
            live(world, random, [], random.randint(1, 20))
            follow_at_last(database, gateway, world.gateway.head().number)
            world.chain.request("anvil_reorg", [random.randint(1, 20), []])
    follow(database, world.gateway)
    assert all_rows(database) == fresh_rows(world.gateway, tmp_path)


def test_a_node_that_keeps_no_earlier_state_is_proven_at_its_head(
    world: World, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provenance.workflows.following.BLOCKS_AT_ONCE", 7)
    with faulty(world.chain.target, Faults(("forget",), 1, 1)) as url:
        gateway = through(world, url)

        class AtHead(Gateway):
            def journal(self, block="latest"):  # type: ignore[no-untyped-def]
                return super().journal("latest" if block == world.gateway.head().number else block)

            def partner_count(self, block="latest"):  # type: ignore[no-untyped-def]
                return super().partner_count("latest" if block == world.gateway.head().number else block)

        bare = AtHead(world.chain, world.deployment)
        bare.chain = gateway.chain
        follow(database, bare)
    assert all_rows(database) == fresh_rows(world.gateway, tmp_path)
