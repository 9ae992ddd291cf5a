"""Contract wallets (ERC-1271) as partners' keys, honest and not."""

import pytest

from equal_rules.wallets import WALLETS
from ledger.world import Member, World
from provenance.errors import BadSignature
from provenance.ledger.records import Record, Skip
from provenance.model.calls import Authorization, Call
from provenance.model.messages import ItemMessage
from provenance.model.vocabulary import HANDLERS, Stage

DEPLOY = bytes.fromhex("600b5981380380925939f3")  # copies what follows into the code of the new contract


def deployed(world: World, name: str, owner: bytes) -> bytes:
    receipt = world.sender.send(None, DEPLOY + WALLETS[name].code(owner))
    assert receipt.contract is not None
    return receipt.contract


def by_wallet(world: World, wallet: bytes, owner: Member, *messages: ItemMessage) -> Call:
    authorization = Authorization(wallet, owner.sign(world.domain, messages))
    return Call(type(messages[0]), messages, authorization)


def test_a_wallet_takes_in_and_its_owner_alone_can_use_it(world: World) -> None:
    owner = Member("a wallet's owner", world.centre.partner)
    wallet = deployed(world, "honest", owner.address)
    world.grant_wallet(world.centre, wallet, owner.label, HANDLERS)
    item = world.new_item()
    intake = world.intake(item)
    with pytest.raises(BadSignature) as refused:
        world.send(by_wallet(world, wallet, world.workshop, intake))
    assert refused.value.args == (wallet,)
    world.send(by_wallet(world, wallet, owner, intake))
    assert world.slot(item).custodian == world.centre.partner


def test_the_registrys_kind_decides_and_not_the_code(world: World) -> None:
    """An owner's own signature under the wallet's address is no account's signature, nor the other way round."""
    owner = Member("a second owner", world.centre.partner)
    wallet = deployed(world, "lying", owner.address)
    world.grant_wallet(world.centre, wallet, owner.label, HANDLERS)
    intake = world.intake(world.new_item())
    call = by_wallet(world, wallet, owner, intake)
    borrowed = Authorization(world.centre.address, call.authorization.signature)
    with pytest.raises(BadSignature):
        world.send(Call(type(intake), (intake,), borrowed))
    world.send(call)


@pytest.mark.parametrize("name", ["burning", "invalid", "denying", "reverting", "mumbling", "absent"])
def test_a_wallet_that_burns_gas_or_answers_wrongly_is_not_even_granted(world: World, name: str) -> None:
    owner = Member("a bad owner", world.centre.partner)
    wallet = deployed(world, name, owner.address)
    with pytest.raises(BadSignature):
        world.grant_wallet(world.centre, wallet, owner.label, HANDLERS)


def test_a_wallet_that_changes_its_answer_is_skipped_and_blocks_nobody(world: World) -> None:
    """Agreed when it was simulated and granted, denies in the block, or the other way round: only its own call falls."""
    owner = Member("a fickle owner", world.centre.partner)
    wallet = deployed(world, "fickle", owner.address)
    _at_odd_second(world)
    world.grant_wallet(world.centre, wallet, owner.label, HANDLERS)
    fickle, good = world.new_item(), world.new_item()
    calls = (
        by_wallet(world, wallet, owner, world.intake(fickle)),
        world.call(world.centre, world.intake(good)),
    )
    world.chain.request("evm_setNextBlockTimestamp", [hex((world.now() + 2) & ~1)])
    receipt = world.send(*calls)
    skip, record = world.gateway.entries(receipt.block_number, receipt.block_number)
    assert isinstance(skip, Skip)
    assert skip.reason == BadSignature(wallet)
    assert isinstance(record, Record)
    assert world.gateway.slot(fickle) is None
    assert world.slot(good).stage is Stage.RECEIVED


def _at_odd_second(world: World) -> None:
    world.chain.request("evm_setNextBlockTimestamp", [hex((world.now() + 2) | 1)])
    world.chain.request("evm_mine")
    world.chain.request("evm_setNextBlockTimestamp", [hex((world.now() + 2) | 1)])


# Agrees in odd seconds, burns all its gas in even ones: TIMESTAMP, PUSH1 1, AND, PUSH1 11, JUMPI; a loop; JUMPDEST at 11.
TURNCOAT = bytes.fromhex("42600116600b575b6007565b") + WALLETS["lying"].code(b"")


def test_a_wallet_that_turns_to_burning_gas_starves_nobody_beside_it(world: World) -> None:
    """Each of its calls is cut at the limit and skipped; the good call is recorded in the same transaction."""
    owner = Member("a turncoat", world.centre.partner)
    created = world.sender.send(None, DEPLOY + TURNCOAT)
    assert created.contract is not None
    _at_odd_second(world)
    world.grant_wallet(world.centre, created.contract, owner.label, HANDLERS)
    bad = [by_wallet(world, created.contract, owner, world.intake(world.new_item())) for _ in range(5)]
    good = world.new_item()
    call = world.call(world.centre, world.intake(good))
    world.chain.request("evm_setNextBlockTimestamp", [hex((world.now() + 2) & ~1)])
    receipt = world.send(*bad, call)
    assert world.slot(good).stage is Stage.RECEIVED
    assert 5 * 300_000 < receipt.gas_used < 5 * 340_000 + 150_000
