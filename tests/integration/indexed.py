"""Indexes compared row for row, and a small network on anvil whose blocks can be taken back."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from random import Random

from integration.conftest import require_anvil
from ledger.world import World
from provenance.ledger.anvil import run_anvil
from provenance.ledger.chain import connect
from provenance.model.vocabulary import ALL_ROLES, Stage
from provenance.store.database import Database, open_database
from provenance.store.schema import derived, index_shape
from provenance.workflows.following import Source, follow

_NUMBERS = count()
Rows = dict[str, list[tuple[object, ...]]]


def all_rows(database: Database) -> Rows:
    """Every row that follows from the chain, by table, in the order of their primary keys."""
    with database.reading() as connection:
        return {
            table.name: [
                tuple(row) for row in connection.execute(table.select().order_by(*table.primary_key))
            ]
            for table in derived.sorted_tables
            if table is not index_shape  # says which database made the tables
        }


def fresh_rows(source: Source, folder: Path) -> Rows:
    """What an empty index comes to that follows the same chain."""
    file = folder / "fresh.db"
    database = open_database(f"sqlite:///{file}")
    try:
        follow(database, source)
        return all_rows(database)
    finally:
        database.close()
        for part in folder.glob("fresh.db*"):
            part.unlink()


@contextmanager
def anvil_world() -> Iterator[World]:
    require_anvil()
    with run_anvil() as anvil:
        world = World(connect(anvil.url))
        yield world


def live(world: World, random: Random, items: list[bytes], deeds: int) -> None:
    """So many random deeds, each in a block of its own: intakes, reports, disputes, partners, keys, suspensions."""
    for _ in range(deeds):
        deed = random.choice(
            ("take in", "report", "challenge", "enrol", "grant", "revoke", "suspend", "rest")
        )
        mine = [i for i in items if (s := world.gateway.slot(i)) and s.custodian == world.centre.partner]
        label = f"key {next(_NUMBERS)}"
        if deed == "take in" or not mine:
            items.append(world.take_in(world.centre))
        elif deed == "report":
            item = random.choice(mine)
            stage = Stage(world.slot(item).stage)
            world.move(world.centre, item, Stage.EVALUATED if stage is Stage.RECEIVED else stage)
        elif deed == "challenge":
            world.send(world.call(world.workshop, world.challenge(random.choice(mine))))
        elif deed == "enrol":
            world.enrol(label)
        elif deed == "grant":
            world.grant(world.workshop, label, ALL_ROLES)
        elif deed == "revoke":
            world.revoke(world.workshop, world.grant(world.workshop, label, ALL_ROLES).address)
        elif deed == "suspend":
            world.suspend(world.auditor, not world.gateway.standing(world.auditor.partner).suspended)
        else:
            world.chain.request("evm_mine")


def height(world: World) -> int:
    return world.gateway.head().number
