"""Each rule of one item, and the order in which the rules are checked.

Every message has a list of faults in the order of the specification. With all faults from the k-th on at once, the k-th is
the reason: so each check exists, and comes before those behind it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from provenance.errors import Refused
from provenance.model.events import AcceptedRuling, Event, HandOver, Signed, Signer
from provenance.model.item import Item, apply, judge
from provenance.model.messages import (
    Acceptance,
    Challenge,
    ConditionReport,
    Correction,
    CustodyOffer,
    Hold,
    Intake,
    Ruling,
    Withdrawal,
)
from provenance.model.vocabulary import ALL_ROLES, HANDLERS, KeyKind, Role, Stage
from provenance.model.words import ChallengeWord, Slot, next_head

ITEM = b"\1" * 32
ANNA, BERT = b"\xa0" * 20, b"\xb0" * 20
HOME, AWAY, THIRD = 7, 8, 9
NOW = 1000


@dataclass(frozen=True)
class Scene:
    """A message about to be recorded: `fields` are those that differ from the good ones."""

    slot: Slot | None
    by: Signer
    challenges: int = 2
    receiver: Signer | None = None
    time: int = NOW
    fields: dict[str, Any] = field(default_factory=dict)

    def saying(self, **values: Any) -> "Scene":
        return replace(self, fields={**self.fields, **values})

    def with_slot(self, **values: Any) -> "Scene":
        return self if self.slot is None else replace(self, slot=replace(self.slot, **values))

    def by_partner(self, partner: int) -> "Scene":
        return replace(self, by=replace(self.by, partner=partner))

    def by_roles(self, roles: Role) -> "Scene":
        return replace(self, by=replace(self.by, roles=roles))

    def received(self, **values: Any) -> "Scene":
        return replace(self, receiver=replace(self.receiver, **values))


Fault = tuple[str, tuple[Any, ...], Callable[[Scene], Scene]]


def slot(stage: Stage = Stage.RECEIVED, **values: Any) -> Slot:
    good = {"head": b"\5" * 26, "seq": 5, "on_hold": False, "grade": 3, "custodian": HOME}
    return Slot(**{**good, "stage": stage, **values})


def anna(roles: Role = ALL_ROLES, partner: int = HOME) -> Signer:
    return Signer(ANNA, partner, roles, KeyKind.ACCOUNT)


def bert(roles: Role = HANDLERS, partner: int = AWAY) -> Signer:
    return Signer(BERT, partner, roles, KeyKind.WALLET)


def intake(scene: Scene) -> Event:
    seq = 6 if scene.slot else 1
    return Signed(Intake(**{"item": ITEM, "seq": seq, "grade": 2, "deadline": NOW, **scene.fields}), scene.by)


def report(scene: Scene) -> Event:
    good = {"item": ITEM, "seq": 6, "stage": 2, "grade": 4, "deadline": NOW}
    return Signed(ConditionReport(**{**good, **scene.fields}), scene.by)


def hand_over(scene: Scene) -> Event:
    prior = scene.slot.to_word() if scene.slot else bytes(32)
    good = {"item": ITEM, "prior": prior, "to": AWAY, "deadline": NOW}
    return HandOver(CustodyOffer(**{**good, **scene.fields}), scene.by, Acceptance(), scene.receiver)


def withdrawal(scene: Scene) -> Event:
    good = {"item": ITEM, "seq": 6, "offer": bytes(32), "deadline": NOW}
    return Signed(Withdrawal(**{**good, **scene.fields}), scene.by)


def correction(scene: Scene) -> Event:
    good = {"item": ITEM, "seq": 6, "corrects": 5, "answers": 2, "deadline": NOW}
    return Signed(Correction(**{**good, **scene.fields}), scene.by)


def challenge(scene: Scene) -> Event:
    good = {"item": ITEM, "count": 3, "challenged": 5, "deadline": NOW}
    return Signed(Challenge(**{**good, **scene.fields}), scene.by)


def hold(scene: Scene) -> Event:
    good = {"item": ITEM, "seq": 6, "on_hold": True, "deadline": NOW}
    return Signed(Hold(**{**good, **scene.fields}), scene.by)


def ruling(scene: Scene) -> Event:
    good = {"item": ITEM, "seq": 6, "stage": 2, "grade": 4, "to": AWAY, "answers": 2, "deadline": NOW}
    message = Ruling(**{**good, **scene.fields})
    if scene.receiver is None:
        return Signed(message, scene.by)
    return AcceptedRuling(message, scene.by, Acceptance(), scene.receiver)


EXPIRED: Fault = ("Expired", (ITEM, NOW, NOW + 1), lambda s: replace(s, time=NOW + 1))
UNKNOWN: Fault = ("UnknownItem", (ITEM,), lambda s: replace(s, slot=None))
EXHAUSTED: Fault = ("SeqExhausted", (ITEM,), lambda s: s.with_slot(seq=65535))
STALE: Fault = ("StaleSeq", (ITEM, 4, 6), lambda s: s.saying(seq=4))
STAGE: Fault = ("UnknownStage", (ITEM, 15), lambda s: s.saying(stage=15))
GRADE: Fault = ("UnknownGrade", (ITEM, 8), lambda s: s.saying(grade=8))
FOREIGN: Fault = ("NotCustodian", (ITEM, THIRD, HOME), lambda s: s.by_partner(THIRD))


def lacks(role: Role, of: Role = ALL_ROLES) -> Fault:
    left = Role(of & ~role)
    return ("MissingRole", (ANNA, left, role), lambda s: s.by_roles(left))


RULES: list[tuple[str, Callable[[Scene], Event], Scene, list[Fault]]] = [
    (
        "an intake",
        intake,
        Scene(slot(Stage.RESOLD, custodian=0), anna()),
        [
            EXPIRED,
            EXHAUSTED,
            STALE,
            GRADE,
            ("ForbiddenMove", (ITEM, 1, 1), lambda s: s.with_slot(stage=Stage.RECEIVED)),
            lacks(Role.INTAKE),
            lacks(Role.INSPECTOR),
        ],
    ),
    (
        "an intake of an unknown item",
        intake,
        Scene(None, anna()),
        [EXPIRED, ("StaleSeq", (ITEM, 2, 1), lambda s: s.saying(seq=2)), GRADE, lacks(Role.INTAKE)],
    ),
    (
        "a report",
        report,
        Scene(slot(), anna()),
        [
            EXPIRED,
            UNKNOWN,
            EXHAUSTED,
            STALE,
            STAGE,
            GRADE,
            ("ForbiddenMove", (ITEM, 1, 3), lambda s: s.saying(stage=3)),
            FOREIGN,
            ("OnHold", (ITEM,), lambda s: s.with_slot(on_hold=True).saying(stage=10)),
            lacks(Role.INSPECTOR),
        ],
    ),
    (
        "a report that changes the stage only",
        report,
        Scene(slot(Stage.EVALUATED), anna(Role.REPAIRER)).saying(stage=3, grade=3),
        [FOREIGN, ("MissingRole", (ANNA, Role.CARRIER, Role.REPAIRER), lambda s: s.by_roles(Role.CARRIER))],
    ),
    (
        "a report that evaluates",
        report,
        Scene(slot(), anna()),
        [
            lacks(Role.INSPECTOR),
            ("GradeMissing", (ITEM,), lambda s: s.saying(grade=0)),
        ],
    ),
    (
        "a hand-over",
        hand_over,
        Scene(slot(), anna(HANDLERS), receiver=bert()),
        [
            EXPIRED,
            UNKNOWN,
            ("HistoryChanged", (ITEM, b"\7" * 32, slot().to_word()), lambda s: s.saying(prior=b"\7" * 32)),
            EXHAUSTED,
            (
                "NotTransferable",
                (ITEM, Stage.RESOLD),
                lambda s: s.with_slot(stage=Stage.RESOLD, custodian=0),
            ),
            FOREIGN,
            ("MissingRole", (ANNA, Role.DEVICE, HANDLERS), lambda s: s.by_roles(Role.DEVICE)),
            ("OnHold", (ITEM,), lambda s: s.with_slot(on_hold=True)),
            ("WrongReceiver", (ITEM, THIRD, AWAY), lambda s: s.saying(to=AWAY).received(partner=THIRD)),
            ("SameCustodian", (ITEM, HOME), lambda s: s.saying(to=HOME).received(partner=HOME)),
            ("MissingRole", (BERT, Role.ADMIN, HANDLERS), lambda s: s.received(roles=Role.ADMIN)),
        ],
    ),
    (
        "a hand-over of a missing item",
        hand_over,
        Scene(slot(Stage.RECEIVED), anna(), receiver=bert()),
        [("NotTransferable", (ITEM, Stage.MISSING), lambda s: s.with_slot(stage=Stage.MISSING))],
    ),
    (
        "a withdrawal",
        withdrawal,
        Scene(slot(), anna(HANDLERS)),
        [
            EXPIRED,
            UNKNOWN,
            EXHAUSTED,
            STALE,
            FOREIGN,
            ("MissingRole", (ANNA, Role.AUDITOR, HANDLERS), lambda s: s.by_roles(Role.AUDITOR)),
        ],
    ),
    (
        "a correction",
        correction,
        Scene(slot(), anna(Role.DEVICE)),
        [
            EXPIRED,
            UNKNOWN,
            EXHAUSTED,
            STALE,
            ("Ended", (ITEM, Stage.DISPOSED), lambda s: s.with_slot(stage=Stage.DISPOSED)),
            ("NoSuchEvent", (ITEM, 6, 5), lambda s: s.saying(corrects=6)),
            ("NoSuchChallenge", (ITEM, 3, 2), lambda s: s.saying(answers=3)),
            FOREIGN,
        ],
    ),
    (
        "a correction of event 0",
        correction,
        Scene(slot(), anna()),
        [("NoSuchEvent", (ITEM, 0, 5), lambda s: s.saying(corrects=0))],
    ),
    (
        "a challenge",
        challenge,
        Scene(slot(), bert(Role.DEVICE, THIRD)),
        [
            EXPIRED,
            UNKNOWN,
            ("SeqExhausted", (ITEM,), lambda s: replace(s, challenges=65535)),
            ("StaleCount", (ITEM, 2, 3), lambda s: s.saying(count=2)),
            ("NoSuchEvent", (ITEM, 6, 5), lambda s: s.saying(challenged=6)),
        ],
    ),
    (
        "a hold",
        hold,
        Scene(slot(), anna(Role.AUDITOR, THIRD)),
        [
            EXPIRED,
            UNKNOWN,
            EXHAUSTED,
            STALE,
            ("Ended", (ITEM, Stage.RECYCLED), lambda s: s.with_slot(stage=Stage.RECYCLED)),
            ("MissingRole", (ANNA, Role.INSPECTOR, Role.AUDITOR), lambda s: s.by_roles(Role.INSPECTOR)),
            ("NotIndependent", (ITEM, HOME), lambda s: s.by_partner(HOME)),
            ("HoldUnchanged", (ITEM, False), lambda s: s.saying(on_hold=False)),
        ],
    ),
    (
        "a ruling that moves custody",
        ruling,
        Scene(slot(), anna(Role.AUDITOR, THIRD), receiver=bert()),
        [
            EXPIRED,
            UNKNOWN,
            EXHAUSTED,
            STALE,
            STAGE,
            GRADE,
            ("GradeMissing", (ITEM,), lambda s: s.saying(grade=0)),
            ("MissingRole", (ANNA, Role.ADMIN, Role.AUDITOR), lambda s: s.by_roles(Role.ADMIN)),
            ("NotIndependent", (ITEM, HOME), lambda s: s.by_partner(HOME)),
            ("WrongCustodian", (ITEM, Stage.EVALUATED, 0), lambda s: s.saying(to=0)),
            ("OnHold", (ITEM,), lambda s: s.with_slot(on_hold=True)),
            ("NoSuchChallenge", (ITEM, 3, 2), lambda s: s.saying(answers=3)),
            ("WrongReceiver", (ITEM, 22, AWAY), lambda s: s.received(partner=22)),
            ("MissingRole", (BERT, Role.DEVICE, HANDLERS), lambda s: s.received(roles=Role.DEVICE)),
        ],
    ),
    (
        "a ruling for the auditor's own partner",
        ruling,
        Scene(slot(), anna(Role.AUDITOR, THIRD), receiver=bert()),
        [
            (
                "NotIndependent",
                (ITEM, THIRD),
                lambda s: s.saying(to=THIRD).received(partner=THIRD),
            ),
        ],
    ),
    (
        "a ruling that ends",
        ruling,
        Scene(slot(), anna(Role.AUDITOR, THIRD)).saying(stage=14, to=0),
        [
            ("WrongCustodian", (ITEM, Stage.DISPOSED, HOME), lambda s: s.saying(to=HOME)),
            ("OnHold", (ITEM,), lambda s: s.with_slot(on_hold=True)),
            ("NoSuchChallenge", (ITEM, 3, 2), lambda s: s.saying(answers=3)),
            ("AcceptanceUnexpected", (ITEM,), lambda s: replace(s, receiver=bert())),
        ],
    ),
    (
        "a ruling whose receiver has not accepted",
        ruling,
        Scene(slot(), anna(Role.AUDITOR, THIRD)).saying(to=HOME),
        [("AcceptanceMissing", (ITEM, AWAY), lambda s: s.saying(to=AWAY))],
    ),
    (
        "a ruling that leaves the custodian",
        ruling,
        Scene(slot(), anna(Role.AUDITOR, THIRD)).saying(to=HOME),
        [
            ("AcceptanceUnexpected", (ITEM,), lambda s: replace(s, receiver=bert())),
        ],
    ),
]

CASES = [
    pytest.param(make, good, faults[place:], id=f"{label}: {faults[place][0]} ({place})")
    for label, make, good, faults in RULES
    for place in range(len(faults))
]


def verdict(make: Callable[[Scene], Event], scene: Scene) -> Any:
    counted = ChallengeWord(bytes(26), scene.challenges)
    item = Item(ITEM, b"\6" * 32, scene.slot, counted)
    return apply(item, make(scene), b"\7" * 32, scene.time)


@pytest.mark.parametrize(("make", "good", "faults"), CASES)
def test_the_first_fault_of_the_specification_is_the_reason(make, good, faults):
    scene = good
    # The first last, so that it wins where two faults touch the same.
    for _, _, spoil in reversed(faults):
        scene = spoil(scene)
    with pytest.raises(Refused) as refused:
        verdict(make, scene)
    name, values, _ = faults[0]
    assert refused.value.name == name
    # Values of a scene spoilt in several ways may differ from those of the fault alone; alone they are exact.
    with pytest.raises(Refused) as alone:
        verdict(make, faults[0][2](good))
    assert (alone.value.name, alone.value.args) == (name, values)


@pytest.mark.parametrize(("make", "good"), [rule[1:3] for rule in RULES], ids=[rule[0] for rule in RULES])
def test_without_a_fault_the_message_is_recorded(make, good):
    after = verdict(make, good)
    if make is challenge:
        assert (after.slot, after.challenge_count) == (good.slot, good.challenges + 1)
        return
    assert after.slot.seq == (good.slot.seq + 1 if good.slot else 1)
    prior = good.slot.to_word() if good.slot else b"\6" * 32
    assert after.slot.head == next_head(prior, b"\7" * 32, NOW)
    assert after.challenge_count == good.challenges


def left(make: Callable[[Scene], Event], scene: Scene) -> tuple[int, int, int, bool]:
    condition = judge(scene.slot, scene.challenges, make(scene), scene.time)
    return condition.stage, condition.grade, condition.custodian, condition.on_hold


HELD_SLOT = slot(on_hold=True)


def test_an_intake_makes_the_signers_partner_custodian_and_keeps_a_hold():
    scene = Scene(slot(Stage.RESOLD, custodian=0, on_hold=True), anna())
    assert left(intake, scene) == (1, 2, HOME, True)


def test_a_hand_over_changes_the_custodian_alone():
    scene = Scene(slot(Stage.IN_REPAIR), anna(), receiver=bert())
    assert left(hand_over, scene) == (3, 3, AWAY, False)


@pytest.mark.parametrize("make", [withdrawal, correction])
def test_a_withdrawal_and_a_correction_change_no_state(make):
    assert left(make, Scene(HELD_SLOT, anna())) == (1, 3, HOME, True)


def test_a_hold_changes_the_hold_alone_and_can_be_lifted_by_any_auditor():
    auditor = anna(Role.AUDITOR, THIRD)
    assert left(hold, Scene(slot(), auditor)) == (1, 3, HOME, True)
    lifted = Scene(HELD_SLOT, bert(Role.AUDITOR, AWAY)).saying(on_hold=False)
    assert left(hold, lifted) == (1, 3, HOME, False)


def test_a_ruling_sets_stage_grade_and_custodian_from_any_stage():
    auditor = anna(Role.AUDITOR, THIRD)
    for stage in list(Stage)[1:]:
        before = slot(stage, custodian=HOME if stage.is_held else 0)
        assert left(ruling, Scene(before, auditor, receiver=bert())) == (2, 4, AWAY, False)


def test_a_held_item_may_be_ruled_on_where_it_stays_with_its_custodian():
    auditor = anna(Role.AUDITOR, THIRD)
    assert left(ruling, Scene(HELD_SLOT, auditor).saying(to=HOME)) == (2, 4, HOME, True)


def test_an_item_on_hold_can_still_be_observed_repaired_and_lost():
    before = slot(Stage.EVALUATED, on_hold=True)
    for stage in (2, 3, 12):
        assert left(report, Scene(before, anna()).saying(stage=stage)) == (stage, 4, HOME, True)


@pytest.mark.parametrize("stage", [8, 9, 10, 5, 13, 14])
def test_an_item_on_hold_never_leaves_or_ends(stage):
    start = {8: 7, 9: 2, 10: 1, 5: 4, 13: 6, 14: 2}[stage]
    before = slot(Stage(start), on_hold=True)
    with pytest.raises(Refused, match="on hold"):
        left(report, Scene(before, anna()).saying(stage=stage))


def test_an_auditor_of_any_partner_may_correct():
    assert left(correction, Scene(slot(), anna(Role.AUDITOR, THIRD)))[0] == 1


def test_an_item_that_left_can_be_corrected_and_held_but_not_withdrawn():
    gone = slot(Stage.RESOLD, custodian=0)
    auditor = anna(Role.AUDITOR, THIRD)
    assert left(correction, Scene(gone, auditor))[0] == 8
    assert left(hold, Scene(gone, auditor)) == (8, 3, 0, True)
    with pytest.raises(Refused, match="not the custodian"):
        left(withdrawal, Scene(gone, anna()))


def test_a_ruling_that_answers_no_challenge_needs_none():
    auditor = anna(Role.AUDITOR, THIRD)
    scene = replace(Scene(slot(), auditor, receiver=bert()).saying(answers=0), challenges=0)
    assert left(ruling, scene)[0] == 2
