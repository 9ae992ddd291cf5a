"""What dishonest, careless or late parties try, and the named error that each meets."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from ledger.world import DETAILS, FOR_EVER, GOOD, Member, Signatory, World
from provenance.errors import (
    BadPath,
    BadSignature,
    EnforcedPause,
    Expired,
    ForbiddenMove,
    HistoryChanged,
    KeyExists,
    KeyNotValid,
    LengthMismatch,
    MissingRole,
    NotCustodian,
    NothingToRecord,
    NotTransferable,
    PartnerSuspended,
    RolesNotAllowed,
    SameCustodian,
    StaleSeq,
    UnknownItem,
    UnknownKey,
    WrongPartner,
    WrongReceiver,
)
from provenance.ledger.records import Record, Skip
from provenance.model.calls import Authorization, Call, Contract
from provenance.model.messages import Intake
from provenance.model.vocabulary import HANDLERS, Role, Stage
from provenance.proofs.eip712 import Domain, SignedTree
from provenance.proofs.signatures import ORDER


def test_a_key_without_the_role_is_refused(world: World) -> None:
    carrier = world.grant(world.centre, "a carrier", Role.CARRIER)
    item = world.new_item()
    with pytest.raises(MissingRole) as refused:
        world.send(world.call(carrier, world.intake(item)))
    assert refused.value.args == (carrier.address, Role.CARRIER, Role.INTAKE)


def test_a_key_is_refused_before_its_validity_begins(world: World) -> None:
    begins = world.now() + 3600
    early = world.grant(world.centre, "an early key", Role.INTAKE, valid_from=begins)
    with pytest.raises(KeyNotValid) as refused:
        world.send(world.call(early, world.intake(world.new_item())))
    assert refused.value.args[:3] == (early.address, begins, FOR_EVER)


def test_a_key_is_refused_after_it_was_revoked_and_before_that_was_good(world: World) -> None:
    leaver = world.grant(world.centre, "a leaver", Role.INTAKE)
    item = world.take_in(leaver)
    world.revoke(world.centre, leaver.address)
    revoked_at = world.now()
    world.pass_time(10)
    with pytest.raises(KeyNotValid) as refused:
        world.send(world.call(leaver, world.intake(world.new_item())))
    assert refused.value.args[2] == revoked_at
    assert world.slot(item).custodian == world.centre.partner


def test_an_unknown_key_is_refused(world: World) -> None:
    stranger = Signatory("a stranger")
    with pytest.raises(UnknownKey) as refused:
        world.send(world.call(stranger, world.intake(world.new_item())))
    assert refused.value.args == (stranger.address,)


def test_a_suspended_partner_is_refused_until_it_is_reinstated(world: World) -> None:
    partner = world.enrol("a suspect")
    item = world.take_in(partner)
    world.suspend(partner)
    report = world.report(item, Stage.EVALUATED, GOOD)
    with pytest.raises(PartnerSuspended) as refused:
        world.send(world.call(partner, report))
    assert refused.value.args == (partner.partner,)
    world.suspend(partner, False)
    world.send(world.call(partner, report))


def test_a_pause_blocks_every_write_and_no_reading(world: World) -> None:
    item = world.take_in(world.centre)
    world.pause()
    try:
        with pytest.raises(EnforcedPause):
            world.send(world.call(world.centre, world.report(item, Stage.EVALUATED, GOOD)))
        with pytest.raises(EnforcedPause):
            world.grant(world.centre, "while paused", Role.INTAKE)
        assert world.slot(item).stage is Stage.RECEIVED
    finally:
        world.pause(False)


def test_a_stale_number_is_refused_with_the_expected_one(world: World) -> None:
    item = world.take_in(world.centre)
    ahead = replace(world.report(item, Stage.EVALUATED, GOOD), seq=3)
    with pytest.raises(StaleSeq) as refused:
        world.send(world.call(world.centre, ahead))
    assert refused.value.args == (item, 3, 2)


def test_reports_signed_ahead_are_recorded_in_their_turn(world: World) -> None:
    item = world.take_in(world.centre)
    second = world.call(world.centre, world.report(item, Stage.EVALUATED, GOOD))
    third = world.call(world.centre, replace(world.report(item, Stage.IN_REPAIR, GOOD), seq=3))
    world.send(second)
    world.send(third)
    assert world.slot(item).stage is Stage.IN_REPAIR


def test_the_same_message_is_recorded_once(world: World) -> None:
    item = world.take_in(world.centre)
    call = world.call(world.centre, world.report(item, Stage.EVALUATED, GOOD))
    world.send(call)
    with pytest.raises(StaleSeq):
        world.send(call)
    assert world.slot(item).seq == 2


def test_a_hand_over_is_recorded_once(world: World) -> None:
    item = world.take_in(world.centre)
    call = world.accepted(world.centre, [world.offer(item, world.workshop)], world.workshop)
    world.send(call)
    with pytest.raises(HistoryChanged):
        world.send(call)


def test_a_signature_for_another_chain_or_contract_is_refused(world: World) -> None:
    item = world.take_in(world.centre)
    report = world.report(item, Stage.EVALUATED, GOOD)
    here = world.domain
    elsewhere = [
        Domain(Contract.LEDGER, here.chain_id + 1, here.address),
        Domain(Contract.LEDGER, here.chain_id, world.deployment.registry),
        Domain(Contract.ANCHORS, here.chain_id, here.address),
    ]
    for domain in elsewhere:
        signature = world.centre.sign(domain, [report])
        call = Call(type(report), (report,), Authorization(world.centre.address, signature))
        with pytest.raises(BadSignature) as refused:
            world.send(call)
        assert refused.value.args == (world.centre.address,)


def malleable(signature: bytes) -> bytes:
    """The other signature of the same content: s in the upper half, v flipped."""
    s = ORDER - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])


def test_a_high_s_and_any_other_length_are_refused(world: World) -> None:
    item = world.take_in(world.centre)
    good = world.call(world.centre, world.report(item, Stage.EVALUATED, GOOD))
    signature = good.authorization.signature
    for bad in (malleable(signature), signature[:64], signature + b"\0", b"", bytes(65)):
        with pytest.raises(BadSignature):
            world.send(replace(good, authorization=Authorization(world.centre.address, bad)))
    world.send(good)


def test_an_expired_message_is_refused(world: World) -> None:
    item = world.take_in(world.centre)
    late = replace(world.report(item, Stage.EVALUATED, GOOD), deadline=world.now() - 1)
    with pytest.raises(Expired) as refused:
        world.send(world.call(world.centre, late))
    assert refused.value.args[:2] == (item, late.deadline)


def test_an_unknown_item_takes_nothing_but_an_intake(world: World) -> None:
    item = world.take_in(world.centre)
    report = replace(world.report(item, Stage.EVALUATED, GOOD), item=world.new_item(), seq=1)
    with pytest.raises(UnknownItem) as refused:
        world.send(world.call(world.centre, report))
    assert refused.value.args == (report.item,)


def test_a_forged_path_and_a_place_outside_the_tree_are_refused(world: World) -> None:
    intakes = [world.intake(world.new_item()) for _ in range(3)]
    tree = SignedTree(tuple(intakes))
    signature = world.centre.sign(world.domain, intakes)

    def lone(index: int, path: tuple[bytes, ...], message: Intake = intakes[1]) -> Call:
        return Call(Intake, (message,), Authorization(world.centre.address, signature, index, path))

    path = tree.path(1)
    forged = [
        lone(0, path),
        lone(1, path[:1]),
        lone(1, (path[0], DETAILS)),
        lone(1, path, intakes[2]),
        lone(1, (*path, DETAILS)),
    ]
    for call in forged:
        with pytest.raises(BadSignature):
            world.send(call)
    with pytest.raises(BadPath) as refused:
        world.send(lone(4, path))
    assert refused.value.args == (4, 2)
    with pytest.raises(BadPath):
        world.send(lone(0, (DETAILS,) * 11))
    world.send(lone(1, path))
    assert world.slot(intakes[1].item).stage is Stage.RECEIVED


def test_every_leaf_and_subtree_of_one_signature_can_be_recorded_alone(world: World) -> None:
    intakes = [world.intake(world.new_item()) for _ in range(7)]
    tree = SignedTree(tuple(intakes))
    signature = world.centre.sign(world.domain, intakes)
    pair = Authorization(world.centre.address, signature, 1, tree.path(1, 1))
    world.send(Call(Intake, tuple(intakes[2:4]), pair))
    rest = Authorization(world.centre.address, signature, 1, tree.path(1, 2))
    world.send(Call(Intake, tuple(intakes[4:7]), rest))
    for index in (0, 1):
        leaf = Authorization(world.centre.address, signature, index, tree.path(index))
        world.send(Call(Intake, (intakes[index],), leaf))
    assert all(world.slot(intake.item).seq == 1 for intake in intakes)


def test_a_stale_message_among_good_ones_is_skipped_with_its_reason(world: World) -> None:
    stale = world.take_in(world.centre)
    intakes = [
        world.intake(world.new_item()),
        replace(world.intake(stale), seq=1),
        world.intake(world.new_item()),
    ]
    receipt = world.send(world.call(world.centre, *intakes))
    first, skip, third = world.gateway.entries(receipt.block_number, receipt.block_number)
    assert isinstance(first, Record)
    assert isinstance(third, Record)
    assert isinstance(skip, Skip)
    assert (skip.item, skip.index, skip.reason) == (stale, 1, StaleSeq(stale, 1, 2))
    assert world.slot(stale).seq == 1


def test_a_refused_call_never_blocks_those_beside_it(world: World) -> None:
    good, other = world.new_item(), world.new_item()
    thief = world.call(world.workshop, world.report(world.take_in(world.centre), Stage.EVALUATED, GOOD))
    receipt = world.send(
        world.call(world.centre, world.intake(good)), thief, world.call(world.workshop, world.intake(other))
    )
    entries = world.gateway.entries(receipt.block_number, receipt.block_number)
    assert [type(entry) for entry in entries] == [Record, Skip, Record]
    skip = entries[1]
    assert isinstance(skip, Skip)
    assert (skip.item, skip.index) == (None, 1)
    assert isinstance(skip.reason, NotCustodian)
    assert world.slot(good).seq == world.slot(other).seq == 1


def test_a_call_of_which_nothing_is_recorded_reverts_with_the_first_reason(world: World) -> None:
    stale = [replace(world.intake(world.take_in(world.centre)), seq=1) for _ in range(2)]
    with pytest.raises(StaleSeq) as refused:
        world.send(world.call(world.centre, *stale))
    assert refused.value.args == (stale[0].item, 1, 2)


def test_an_empty_call_and_unequal_numbers_are_refused(world: World) -> None:
    item = world.take_in(world.centre)
    nobody = Authorization(world.centre.address, bytes(65))
    with pytest.raises(NothingToRecord):
        world.send_data(Call(Intake, (), nobody))
    whole = world.accepted(world.centre, [world.offer(item, world.workshop)], world.workshop)
    with pytest.raises(LengthMismatch) as refused:
        world.send_data(replace(whole, acceptances=()))
    assert refused.value.args == (1, 0)


@contextmanager
def refused_hand_over(error: type[Exception], *values: object) -> Iterator[None]:
    with pytest.raises(error) as refused:
        yield
    assert refused.value.args == values


def test_custody_moves_only_from_the_custodian_to_the_named_receiver(world: World) -> None:
    item = world.take_in(world.centre)
    third = world.enrol("a third party")
    offer = world.offer(item, world.workshop)
    with refused_hand_over(NotCustodian, item, third.partner, world.centre.partner):
        world.send(world.accepted(third, [offer], world.workshop))
    with refused_hand_over(WrongReceiver, item, third.partner, world.workshop.partner):
        world.send(world.accepted(world.centre, [offer], third))
    own = world.offer(item, world.centre)
    with refused_hand_over(SameCustodian, item, world.centre.partner):
        world.send(world.accepted(world.centre, [own], world.centre))
    device = world.grant(world.centre, "a handing device", Role.DEVICE)
    with refused_hand_over(MissingRole, device.address, Role.DEVICE, HANDLERS):
        world.send(world.accepted(device, [offer], world.workshop))
    slot = world.hand_over(world.centre, item, world.workshop, exceptions=1)
    assert slot.custodian == world.workshop.partner


def test_any_later_event_voids_an_offer(world: World) -> None:
    item = world.take_in(world.centre)
    offer = world.offer(item, world.workshop)
    call = world.accepted(world.centre, [offer], world.workshop)
    slot = world.move(world.centre, item, Stage.EVALUATED)
    with refused_hand_over(HistoryChanged, item, offer.prior, slot.to_word()):
        world.send(call)


def test_a_missing_item_and_one_that_left_change_no_hands(world: World) -> None:
    for stage in (Stage.MISSING, Stage.RESOLD, Stage.DISPOSED):
        item = world.item_in(stage, world.centre)
        with refused_hand_over(NotTransferable, item, stage):
            world.send(world.accepted(world.centre, [world.offer(item, world.workshop)], world.workshop))


def test_no_stranger_and_no_partner_grants_itself_what_the_registrar_did_not_allow(world: World) -> None:
    humble = world.enrol("a humble partner", Role.ADMIN | Role.CARRIER)
    with pytest.raises(RolesNotAllowed) as refused:
        world.grant(humble, "a would-be auditor", Role.AUDITOR)
    assert refused.value.args == (humble.partner, Role.AUDITOR, Role.ADMIN | Role.CARRIER)
    stranger = Member("a self-made administrator", humble.partner)
    with pytest.raises(UnknownKey):
        world.grant(stranger, "a friend", Role.CARRIER)
    carrier = world.grant(humble, "a plain carrier", Role.CARRIER)
    with pytest.raises(MissingRole):
        world.grant(carrier, "a carrier's friend", Role.CARRIER)
    with pytest.raises(WrongPartner):
        world.grant(humble, "a foot in the door", Role.CARRIER, partner=world.centre.partner)
    with pytest.raises(BadSignature):
        world.grant(humble, "an unwilling key", Role.CARRIER, countersigner="somebody else")
    with pytest.raises(KeyExists):
        world.grant(humble, world.centre.label, Role.CARRIER)


def test_what_the_chain_refuses_reads_as_what_our_rules_refuse(world: World) -> None:
    """By the names of stages and roles, not by their numbers."""
    item = world.take_in(world.centre)
    with pytest.raises(ForbiddenMove, match=r"in stage RECEIVED \(1\) and cannot move to RESOLD \(8\)"):
        world.send(world.call(world.centre, world.report(item, Stage.RESOLD)))
    carrier = world.grant(world.centre, "another carrier", Role.CARRIER)
    with pytest.raises(MissingRole, match=r"has the roles CARRIER \(4\), but this takes INTAKE \(2\)"):
        world.send(world.call(carrier, world.intake(world.new_item())))
