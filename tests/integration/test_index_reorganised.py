"""Blocks that the chain takes back are taken back by the index, which ends equal to one made afresh."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from integration.indexed import all_rows, anvil_world, fresh_rows, height, live
from ledger.world import World
from provenance.ledger.gateway import Gateway
from provenance.store import index
from provenance.store.database import Database
from provenance.store.submissions import Submission, submissions_of, submit
from provenance.workflows.following import follow

DEPTHS = (1, 2, 3, 5, 8, 13, 20)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with anvil_world() as world:
        live(world, Random(0), [], 25)
        yield world


@pytest.fixture
def indexed(database: Database) -> Database:
    return database


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("confirmations", [None, 3], ids=["the chain's finality", "3 confirmations"])
def test_blocks_replaced_by_empty_ones_are_undone(
    world: World, indexed: Database, tmp_path: Path, depth: int, confirmations: int | None
) -> None:
    """With 3 confirmations the deeper reorganisations break even what was called final."""
    gateway = Gateway(world.chain, world.deployment, confirmations)
    random, items = Random(depth), []
    live(world, random, items, depth + 4)
    world.take_in(world.centre)  # an empty block may be replaced by its like
    follow(indexed, gateway)
    before = all_rows(indexed)
    world.chain.request("anvil_reorg", [depth, []])
    follow(indexed, gateway)
    after = all_rows(indexed)
    assert after == fresh_rows(gateway, tmp_path)
    assert after["cursor"] != before["cursor"]
    live(world, random, [], 5)
    follow(indexed, gateway)
    assert all_rows(indexed) == fresh_rows(gateway, tmp_path)


@pytest.mark.parametrize("depth", DEPTHS)
def test_blocks_replaced_by_other_deeds_are_undone_and_the_others_indexed(
    world: World, indexed: Database, tmp_path: Path, depth: int
) -> None:
    random, items = Random(100 + depth), []
    live(world, random, items, 3)
    point = world.chain.request("evm_snapshot")
    start = height(world)
    live(world, random, list(items), depth)
    follow(indexed, world.gateway)
    assert height(world) >= start + depth
    world.chain.request("evm_revert", [point])
    live(world, Random(200 + depth), list(items), depth + 2)
    follow(indexed, world.gateway)
    assert all_rows(indexed) == fresh_rows(world.gateway, tmp_path)


def test_a_chain_that_became_shorter_is_followed_back(
    world: World, indexed: Database, tmp_path: Path
) -> None:
    point = world.chain.request("evm_snapshot")
    live(world, Random(1), [], 70)
    follow(indexed, world.gateway)
    world.chain.request("evm_revert", [point])
    position = follow(indexed, world.gateway)
    assert position.block == height(world)
    assert all_rows(indexed) == fresh_rows(world.gateway, tmp_path)


def test_only_what_was_taken_back_is_undone(world: World, indexed: Database) -> None:
    live(world, Random(2), [], 6)
    follow(indexed, world.gateway)
    kept = [row for row in all_rows(indexed)["blocks"] if row[0] <= height(world) - 3]  # type: ignore[operator]
    world.chain.request("anvil_reorg", [3, []])
    heard: list[int] = []
    follow(indexed, world.gateway, heard.append)
    assert all_rows(indexed)["blocks"] == kept
    assert heard == [height(world)]


def test_a_chain_exchanged_while_it_is_read_is_read_again(
    world: World, indexed: Database, tmp_path: Path
) -> None:
    """The reorganisation comes between two requests of one range."""
    live(world, Random(3), [], 8)
    exchanged = []

    class Exchanging(Gateway):
        def _logs(self, first: int, last: int):  # type: ignore[no-untyped-def]
            if not exchanged:
                exchanged.append(self.chain.request("anvil_reorg", [4, []]))
            return super()._logs(first, last)

    follow(indexed, Exchanging(world.chain, world.deployment))
    assert exchanged
    assert all_rows(indexed) == fresh_rows(world.gateway, tmp_path)


def test_what_was_submitted_waits_again_when_its_block_is_taken_back(world: World, indexed: Database) -> None:
    item = world.take_in(world.centre)
    message = world.intake(world.new_item())
    with indexed.writing() as connection:
        submit(connection, [Submission(item, 1, "Intake", message.details, status="sent", tx=bytes(32))])
    follow(indexed, world.gateway)
    assert status_of(indexed, item) == "included"
    world.chain.request("anvil_reorg", [1, []])
    follow(indexed, world.gateway)
    assert status_of(indexed, item) == "sent"


def status_of(database: Database, item: bytes) -> str:
    with database.reading() as connection:
        return submissions_of(connection, [item])[item, 1].status


def test_only_blocks_that_may_be_taken_back_are_kept_by_hash_alone(world: World, indexed: Database) -> None:
    gateway = Gateway(world.chain, world.deployment, confirmations=4)
    follow(indexed, gateway)
    numbers = [row[0] for row in all_rows(indexed)["unfinal_blocks"]]
    assert numbers == list(range(height(world) - 3, height(world) + 1))
    with indexed.reading() as connection:
        assert next(index.known_blocks(connection)).number == height(world)
