"""The rules exist twice, in Solidity and in Python: the same actions have the same outcome in both."""

import pytest

from equal_rules.actors import Actor
from equal_rules.run import missing, play
from equal_rules.world import DisagreementError, Tally, World, start
from provenance.errors import ForbiddenMove, MissingRole
from provenance.model import item as rules
from provenance.model.calls import Authorization, Call, Contract
from provenance.model.hashing import keccak
from provenance.model.item import Item
from provenance.model.messages import ConditionReport, Intake, Message
from provenance.model.vocabulary import MOVES, ROLE_OF, KeyKind, Role, Stage
from provenance.model.words import KeyWord, Slot
from provenance.proofs.eip712 import struct_hash
from sample_keys import address

STAGES = [stage for stage in Stage if stage]
ITEM = keccak(b"an item in every stage")


@pytest.fixture(scope="module")
def tally() -> Tally:
    """Thirty plays, and ten more at a time while a rare refusal has not come up.

    A seed alone does not settle what is played: hypothesis also tries constants of whatever modules are loaded.
    """
    total = play(1, plays=30)
    for number in range(2, 7):
        if not missing(total):
            break
        total.add(play(number, plays=10))
    return total


def test_some_thousand_random_actions_of_honest_and_dishonest_actors_end_the_same_in_both(tally):
    assert tally.total > 2500


def test_every_message_was_recorded_and_every_refusal_happened_in_that_run(tally):
    assert missing(tally) == set()


@pytest.fixture
def world() -> World:
    """A world with one key for each role, and one with all."""
    world = start().play(Tally())
    for label, roles in {**{role.name: role for role in Role}, "all": Role(511)}.items():
        world.put_key(address(label), KeyWord(1, roles, KeyKind.ACCOUNT, 0, 2**64 - 1))
    return world


def send(world: World, label: str, message: Message) -> object:
    hashed = struct_hash(message)
    signature = Actor(label).sign(world.signatures.domains[Contract.LEDGER].digest(hashed))
    return world.make("move", Call(type(message), (message,), Authorization(address(label), signature)))


def put(world: World, stage: Stage) -> None:
    slot = Slot(b"\1" * 26, 5, stage, False, 3, 1 if stage.is_held else 0)
    world.put(Item(ITEM, world.ledger.item(ITEM).genesis, slot))


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_the_contracts_make_every_move_of_the_table_and_refuse_every_other_by_name(world, stage):
    for end in STAGES:
        put(world, stage)
        reason = send(world, "all", ConditionReport(ITEM, 6, end, 3, 2**64 - 1))
        assert reason == (None if end in MOVES[stage] else ForbiddenMove(ITEM, stage, end))


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_the_contracts_take_an_item_in_exactly_when_it_has_left(world, stage):
    put(world, stage)
    reason = send(world, "all", Intake(ITEM, 6, 3, 2**64 - 1))
    assert reason == (None if stage.has_left else ForbiddenMove(ITEM, stage, Stage.RECEIVED))


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage.is_held], ids=lambda stage: stage.name)
def test_the_contracts_want_exactly_the_role_of_the_table_for_each_move(world, stage):
    for end in MOVES[stage]:
        for role in Role:
            put(world, stage)
            reason = send(world, str(role.name), ConditionReport(ITEM, 6, end, 3, 2**64 - 1))
            enough = end in (stage, Stage.MISSING) or role == ROLE_OF[end]
            needs = None if enough else MissingRole(address(str(role.name)), role, ROLE_OF[end])
            assert reason == needs


def test_a_rule_that_only_one_of_them_has_is_noticed(monkeypatch):
    # No role may hand over any more, in the model alone: the first good hand-over or withdrawal shows it.
    monkeypatch.setattr(rules, "HANDLERS", Role(0))
    with pytest.raises(DisagreementError, match=r"transfer|withdraw"):
        play(1, plays=60, shrink=False)
