"""Proofs of items with eventful lives, made from the state of real embedded chains."""

from dataclasses import dataclass
from pathlib import Path

from integration.conftest import open_chain
from ledger.test_wallets import by_wallet, deployed
from ledger.world import DETAILS, Member, World
from played import played
from provenance.ledger.gateway import Gateway
from provenance.model.messages import Correction, Hold, Withdrawal
from provenance.model.vocabulary import HANDLERS, Stage
from provenance.proofs import state
from provenance.proofs.bundle import ItemName
from provenance.proofs.trust import BlockRoot
from provenance.store.database import Database, open_database
from provenance.workflows import listing, proving, trusting
from provenance.workflows.following import follow

NEVER_TAKEN_IN = b"\x77" * 32


@dataclass(frozen=True)
class Proof:
    """A bundle and the trust file that pins its block, as files' bytes."""

    bundle: bytes
    trust: bytes


def made_proofs(folder: Path) -> dict[str, Proof]:
    """By name: `eventful` has every kind of record, `wallet` a wallet's, `signed together` paths, `sample` names and fields."""
    return {**_of_small_network(folder / "small"), **_of_sample(folder / "sample")}


def _of_small_network(folder: Path) -> dict[str, Proof]:
    folder.mkdir()
    with open_chain("embedded", folder) as chain:
        world = World(chain)
        items = {
            "eventful": _eventful(world),
            "wallet": _by_wallet(world),
            "signed together": world.items_in(Stage.RESALE_READY, world.centre, 5)[3],
            "never taken in": NEVER_TAKEN_IN,
        }
        database = open_database(f"sqlite:///{folder}/index.db")
        try:
            follow(database, world.gateway)
            return {
                name: _proof(database, world.gateway, proving.named(database, item))
                for name, item in items.items()
            }
        finally:
            database.close()


def _eventful(world: World) -> bytes:
    centre, workshop, auditor = world.centre, world.workshop, world.auditor
    item = world.take_in(centre)
    world.move(centre, item, Stage.EVALUATED)
    world.send(
        world.call(centre, Withdrawal(item, world.next_seq(item), b"\1" * 32, world.deadline(), DETAILS))
    )
    world.hand_over(centre, item, workshop, exceptions=33)
    world.send(world.call(auditor, world.challenge(item)))
    world.move(workshop, item, Stage.IN_REPAIR, Stage.EVALUATED)
    world.send(
        world.call(workshop, Correction(item, world.next_seq(item), 2, 1, world.deadline(), bytes(32)))
    )
    for on_hold in (True, False):
        world.send(world.call(auditor, Hold(item, world.next_seq(item), on_hold, world.deadline(), DETAILS)))
    world.send(world.call(auditor, world.ruling(item, Stage.RESALE_READY, workshop.partner, 2, 1)))
    moved = world.ruling(item, Stage.RECEIVED, centre.partner)
    world.send(world.accepted(auditor, [moved], centre))
    world.send(world.call(workshop, world.challenge(item, 4)))
    return item


def _by_wallet(world: World) -> bytes:
    owner = Member("the wallet's owner", world.centre.partner)
    wallet = deployed(world, "honest", owner.address)
    world.grant_wallet(world.centre, wallet, owner.label, HANDLERS)
    item = world.new_item()
    world.send(by_wallet(world, wallet, owner, world.intake(item)))
    world.move(world.centre, item, Stage.EVALUATED)
    return item


def _of_sample(folder: Path) -> dict[str, Proof]:
    folder.mkdir()
    with played(folder, 1) as network:
        follow(network.database, network.gateway)
        item = listing.list_items(network.database, limit=1).items[0].id
        return {"sample": _proof(network.database, network.gateway, proving.named(network.database, item))}


def _proof(database: Database, gateway: Gateway, name: ItemName) -> Proof:
    bundle = proving.prove(database, gateway, name)
    header = state.read_header(bundle.header)
    trust = trusting.pinned(gateway.deployment, BlockRoot(header.number, header.hash))
    return Proof(proving.bundle_bytes(bundle), trusting.trust_bytes(trust))
