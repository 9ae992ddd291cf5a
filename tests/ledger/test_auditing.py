"""Holds, rulings, corrections and challenges on real contracts."""

from dataclasses import replace

import pytest

from ledger.world import DETAILS, GOOD, World
from provenance.errors import (
    AcceptanceMissing,
    AcceptanceUnexpected,
    Ended,
    HoldUnchanged,
    MissingRole,
    NoSuchChallenge,
    NoSuchEvent,
    NotCustodian,
    NotIndependent,
    OnHold,
    StaleCount,
    WrongCustodian,
    WrongReceiver,
)
from provenance.model.messages import Correction, Hold
from provenance.model.vocabulary import Role, Stage


def hold(world: World, item: bytes, on: bool) -> Hold:
    return Hold(item, world.slot(item).seq + 1, on, world.deadline(), DETAILS)


def correction(world: World, item: bytes, corrects: int, answers: int = 0) -> Correction:
    return Correction(item, world.slot(item).seq + 1, corrects, answers, world.deadline(), DETAILS)


def test_an_item_on_hold_is_not_sold_sent_ended_or_handed_over_until_it_is_lifted(world: World) -> None:
    item = world.item_in(Stage.RESALE_READY, world.centre)
    world.send(world.call(world.auditor, hold(world, item, True)))
    for stage in (Stage.RESOLD, Stage.REUSED):
        with pytest.raises(OnHold) as refused:
            world.send(world.call(world.centre, world.report(item, stage)))
        assert refused.value.args == (item,)
    with pytest.raises(OnHold):
        world.send(world.accepted(world.centre, [world.offer(item, world.workshop)], world.workshop))
    with pytest.raises(OnHold):
        world.send(world.call(world.auditor, world.ruling(item, Stage.DISPOSED, 0)))
    world.move(world.centre, item, Stage.RESALE_READY, Stage.EVALUATED)
    with pytest.raises(HoldUnchanged):
        world.send(world.call(world.auditor, hold(world, item, True)))
    another = world.enrol("another auditor", Role.ADMIN | Role.AUDITOR)
    world.send(world.call(another, hold(world, item, False)))
    assert world.hand_over(world.centre, item, world.workshop).custodian == world.workshop.partner


def test_nobody_holds_or_rules_on_an_item_of_its_own(world: World) -> None:
    item = world.take_in(world.centre)
    with pytest.raises(NotIndependent) as refused:
        world.send(world.call(world.centre, hold(world, item, True)))
    assert refused.value.args == (item, world.centre.partner)
    with pytest.raises(NotIndependent):
        world.send(world.call(world.centre, world.ruling(item, Stage.DISPOSED, 0)))
    to_itself = world.ruling(item, Stage.RECEIVED, world.auditor.partner)
    with pytest.raises(NotIndependent):
        world.send(world.accepted(world.auditor, [to_itself], world.auditor))
    inspector = world.grant(world.auditor, "no auditor", Role.INSPECTOR)
    with pytest.raises(MissingRole):
        world.send(world.call(inspector, hold(world, item, True)))


def test_a_ruling_undoes_a_mistaken_disposal_when_the_receiver_accepts(world: World) -> None:
    item = world.item_in(Stage.DISPOSED, world.centre)
    ruling = world.ruling(item, Stage.STORED_FOR_ANALYSIS, world.workshop.partner)
    with pytest.raises(AcceptanceMissing) as refused:
        world.send(world.call(world.auditor, ruling))
    assert refused.value.args == (item, world.workshop.partner)
    with pytest.raises(WrongReceiver):
        world.send(world.accepted(world.auditor, [ruling], world.centre))
    world.send(world.accepted(world.auditor, [ruling], world.workshop))
    slot = world.slot(item)
    assert (slot.stage, slot.custodian) == (Stage.STORED_FOR_ANALYSIS, world.workshop.partner)


def test_a_ruling_names_a_custodian_exactly_where_one_holds_the_item(world: World) -> None:
    item = world.take_in(world.centre)
    for stage, to in ((Stage.RESOLD, world.centre.partner), (Stage.EVALUATED, 0)):
        with pytest.raises(WrongCustodian) as refused:
            world.send(world.call(world.auditor, world.ruling(item, stage, to)))
        assert refused.value.args == (item, stage, to)
    kept = world.ruling(item, Stage.EVALUATED, world.centre.partner)
    with pytest.raises(AcceptanceUnexpected):
        world.send(world.accepted(world.auditor, [kept], world.workshop))
    world.send(world.call(world.auditor, world.ruling(item, Stage.EVALUATED, world.centre.partner)))
    assert world.slot(item).stage is Stage.EVALUATED


def test_after_an_end_only_a_ruling_is_recorded(world: World) -> None:
    item = world.item_in(Stage.RECYCLED, world.centre)
    for call in (
        world.call(world.auditor, hold(world, item, True)),
        world.call(world.auditor, correction(world, item, 1)),
    ):
        with pytest.raises(Ended) as refused:
            world.send(call)
        assert refused.value.args == (item, Stage.RECYCLED)
    world.send(world.call(world.auditor, world.ruling(item, Stage.DISPOSED, 0)))
    assert world.slot(item).stage is Stage.DISPOSED


def test_a_correction_changes_no_state_and_names_an_event_that_exists(world: World) -> None:
    item = world.item_in(Stage.EVALUATED, world.centre)
    before = world.slot(item)
    for corrects in (0, before.seq + 1):
        with pytest.raises(NoSuchEvent) as refused:
            world.send(world.call(world.centre, correction(world, item, corrects)))
        assert refused.value.args == (item, corrects, before.seq)
    device = world.grant(world.workshop, "no custodian", Role.INSPECTOR)
    with pytest.raises(NotCustodian):
        world.send(world.call(device, correction(world, item, 1)))
    world.send(world.call(world.centre, correction(world, item, 2)))
    after = world.slot(item)
    assert after.condition == before.condition
    assert after.seq == before.seq + 1


def test_challenges_count_for_themselves_and_are_answered_by_number(world: World) -> None:
    item = world.item_in(Stage.EVALUATED, world.centre)
    slot = world.slot(item)
    with pytest.raises(NoSuchChallenge) as unanswered:
        world.send(world.call(world.centre, correction(world, item, 2, answers=1)))
    assert unanswered.value.args == (item, 1, 0)
    world.send(world.call(world.workshop, world.challenge(item, 2)))
    with pytest.raises(StaleCount) as stale:
        world.send(world.call(world.workshop, replace(world.challenge(item, 2), count=1)))
    assert stale.value.args == (item, 1, 2)
    with pytest.raises(NoSuchEvent):
        world.send(world.call(world.workshop, world.challenge(item, 9)))
    assert world.slot(item) == slot
    world.send(world.call(world.centre, correction(world, item, 2, answers=1)))
    world.send(world.call(world.auditor, world.ruling(item, Stage.EVALUATED, world.centre.partner, GOOD, 1)))
    assert world.slot(item).seq == slot.seq + 2
