"""Every move of the stage table on real contracts, and no other."""

import pytest

from ledger.world import GOOD, World
from provenance.errors import ForbiddenMove, GradeMissing, MissingRole, NotCustodian, UnknownStage
from provenance.model.messages import Withdrawal
from provenance.model.vocabulary import HELD, Role, Stage

MOVES = {
    Stage.RECEIVED: {Stage.EVALUATED, Stage.SENT_BACK, Stage.STORED_FOR_ANALYSIS},
    Stage.EVALUATED: {
        Stage.IN_REPAIR,
        Stage.IN_REFURBISHMENT,
        Stage.MATERIAL_RECOVERY,
        Stage.RESALE_READY,
        Stage.REUSED,
        Stage.SENT_BACK,
        Stage.STORED_FOR_ANALYSIS,
        Stage.DISPOSED,
    },
    Stage.IN_REPAIR: {Stage.EVALUATED},
    Stage.IN_REFURBISHMENT: {Stage.EVALUATED, Stage.REMANUFACTURED},
    Stage.MATERIAL_RECOVERY: {Stage.RECYCLED, Stage.DISPOSED},
    Stage.RESALE_READY: {Stage.EVALUATED, Stage.RESOLD, Stage.REUSED},
    Stage.STORED_FOR_ANALYSIS: {Stage.EVALUATED, Stage.MATERIAL_RECOVERY, Stage.DISPOSED},
    Stage.MISSING: {Stage.RECEIVED, Stage.DISPOSED},
}
"""The design's table, written out by hand: neither the contract's bits nor the model's."""

ROLES = {
    Stage.RECEIVED: Role.INTAKE,
    Stage.EVALUATED: Role.INSPECTOR,
    Stage.IN_REPAIR: Role.REPAIRER,
    Stage.IN_REFURBISHMENT: Role.REPAIRER,
    Stage.REMANUFACTURED: Role.REPAIRER,
    Stage.MATERIAL_RECOVERY: Role.RECYCLER,
    Stage.RESALE_READY: Role.RESELLER,
    Stage.RESOLD: Role.RESELLER,
    Stage.REUSED: Role.RESELLER,
    Stage.SENT_BACK: Role.INTAKE,
    Stage.STORED_FOR_ANALYSIS: Role.INSPECTOR,
    Stage.RECYCLED: Role.RECYCLER,
    Stage.DISPOSED: Role.RECYCLER,
}
STAGES = [stage for stage in Stage if stage is not Stage.NONE]


def allowed(start: Stage) -> set[Stage]:
    """The moves of the table, with the observation and the loss that every held stage allows."""
    return MOVES[start] | {start, Stage.MISSING} if start in HELD else set()


@pytest.mark.parametrize("start", STAGES, ids=lambda stage: stage.name)
def test_a_stage_may_become_what_the_table_says_and_nothing_else(world: World, start: Stage) -> None:
    """For all 14 x 14 pairs: allowed ones are recorded, the others refused with both stages named."""
    for item, target in zip(world.items_in(start, world.centre, len(STAGES)), STAGES, strict=True):
        before = world.slot(item)
        report = world.report(item, target, GOOD)
        if target in allowed(start):
            world.send(world.call(world.centre, report))
            after = world.slot(item)
            assert (after.stage, after.seq) == (target, before.seq + 1)
            assert after.custodian == (world.centre.partner if target in HELD else 0)
        else:
            with pytest.raises(ForbiddenMove) as refused:
                world.send(world.call(world.centre, report))
            assert refused.value.args == (item, start, target)
            assert world.slot(item) == before


@pytest.mark.parametrize("start", list(Stage), ids=lambda stage: stage.name)
def test_only_unknown_items_and_those_that_left_are_taken_in(world: World, start: Stage) -> None:
    item = world.item_in(start, world.centre)
    intake = world.intake(item)
    if start in {Stage.NONE, Stage.RESOLD, Stage.REUSED, Stage.SENT_BACK}:
        world.send(world.call(world.workshop, intake))
        slot = world.slot(item)
        assert (slot.stage, slot.grade, slot.custodian) == (Stage.RECEIVED, 0, world.workshop.partner)
    else:
        with pytest.raises(ForbiddenMove) as refused:
            world.send(world.call(world.workshop, intake))
        assert refused.value.args == (item, start, Stage.RECEIVED)


@pytest.mark.parametrize("target", list(ROLES), ids=lambda stage: stage.name)
def test_each_stage_takes_its_role(world: World, target: Stage) -> None:
    """A key with every role but the needed one is refused, one with the needed role alone brings the item there."""
    start = next(stage for stage in MOVES if target in MOVES[stage])
    needed = ROLES[target]
    others = world.grant(world.centre, f"all but {target.name}", 511 & ~needed & ~Role.ADMIN)
    exact = world.grant(world.centre, f"only {target.name}", needed)
    item = world.item_in(start, world.centre)
    grade = world.slot(item).grade or (GOOD if needed is Role.INSPECTOR else 0)
    report = world.report(item, target, grade)
    with pytest.raises(MissingRole) as refused:
        world.send(world.call(others, report))
    assert refused.value.args[2] == needed
    world.send(world.call(exact, report))
    assert world.slot(item).stage == target


def test_any_key_of_the_custodian_may_observe_but_not_regrade(world: World) -> None:
    device = world.grant(world.centre, "a sensor", Role.DEVICE)
    item = world.item_in(Stage.EVALUATED, world.centre)
    world.send(world.call(device, world.report(item, Stage.EVALUATED)))
    with pytest.raises(MissingRole) as refused:
        world.send(world.call(device, world.report(item, Stage.EVALUATED, GOOD + 1)))
    assert refused.value.args == (device.address, Role.DEVICE, Role.INSPECTOR)


def test_an_evaluation_without_a_grade_is_refused(world: World) -> None:
    item = world.take_in(world.centre)
    with pytest.raises(GradeMissing):
        world.send(world.call(world.centre, world.report(item, Stage.EVALUATED, 0)))


def test_a_stage_that_does_not_exist_is_refused(world: World) -> None:
    item = world.take_in(world.centre)
    for stage in (0, 15, 255):
        with pytest.raises(UnknownStage) as refused:
            world.send(world.call(world.centre, world.report(item, stage)))
        assert refused.value.args == (item, stage)


def test_only_the_custodian_reports_and_withdraws(world: World) -> None:
    item = world.take_in(world.centre)
    with pytest.raises(NotCustodian) as refused:
        world.send(world.call(world.workshop, world.report(item, Stage.EVALUATED, GOOD)))
    assert refused.value.args == (item, world.workshop.partner, world.centre.partner)
    withdrawal = Withdrawal(item, 2, bytes(32), world.deadline())
    with pytest.raises(NotCustodian):
        world.send(world.call(world.workshop, withdrawal))
    world.send(world.call(world.centre, withdrawal))
    assert world.slot(item).seq == 2
