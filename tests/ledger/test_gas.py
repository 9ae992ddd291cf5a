"""Gas is a property of the contracts, not of the chain that runs them."""

from itertools import count
from pathlib import Path

from integration.conftest import open_chain
from ledger.world import World
from provenance.ledger.anvil import run_anvil
from provenance.ledger.chain import Chain, connect
from provenance.ledger.embedded.genesis import DEFAULT_CHAIN_ID
from provenance.model.calls import Call
from provenance.model.vocabulary import Stage

BEGINNING = 2_000_000_000


def gas_of_a_life(chain: Chain) -> list[int]:
    """Gas of a tree of intakes and of reports, a hand-over, a submission, a challenge and an accepted ruling.

    Calldata costs by its zero bytes, and signatures, times and heads stand in it: chain id, addresses and the time of every
    block are therefore the same wherever this runs.
    """
    world = World(chain)
    times = count(BEGINNING)

    def gas_of(*calls: Call) -> int:
        chain.request("evm_setNextBlockTimestamp", [hex(next(times))])
        return world.send(*calls).gas_used

    chain.request("evm_setNextBlockTimestamp", [hex(next(times))])
    chain.request("evm_mine")
    items = [world.new_item() for _ in range(5)]
    used = [gas_of(world.call(world.centre, *(world.intake(item) for item in items)))]
    graded = (world.report(item, Stage.EVALUATED, 3) for item in items)
    used.append(gas_of(world.call(world.centre, *graded)))
    offers = [world.offer(item, world.workshop) for item in items]
    used.append(gas_of(world.accepted(world.centre, offers, world.workshop)))
    used.append(gas_of(*(world.call(world.workshop, world.report(item, Stage.IN_REPAIR)) for item in items)))
    used.append(gas_of(world.call(world.auditor, world.challenge(items[0]))))
    ruling = world.ruling(items[0], Stage.EVALUATED, world.centre.partner)
    used.append(gas_of(world.accepted(world.auditor, [ruling], world.centre)))
    return used


def test_the_same_calls_cost_the_same_gas_on_the_embedded_chain_and_on_anvil(tmp_path: Path) -> None:
    with open_chain("embedded", tmp_path) as chain:
        embedded = gas_of_a_life(chain)
    with run_anvil(chain_id=DEFAULT_CHAIN_ID) as anvil:
        assert gas_of_a_life(connect(anvil.url)) == embedded
