"""The rules of one item: what may happen to it, and who may say so.

Every function raises the refusal whose check fails first, in the order of contracts/SPEC.md section 4, or
returns the condition that the event leaves. None knows the clock: `time` is the block's, in Unix seconds.
"""

from dataclasses import dataclass, replace

from provenance.errors import (
    AcceptanceMissing,
    AcceptanceUnexpected,
    Ended,
    Expired,
    ForbiddenMove,
    GradeMissing,
    HistoryChanged,
    HoldUnchanged,
    MissingRole,
    NoSuchChallenge,
    NoSuchEvent,
    NotCustodian,
    NotIndependent,
    NotTransferable,
    OnHold,
    SameCustodian,
    SeqExhausted,
    StaleCount,
    StaleSeq,
    UnknownGrade,
    UnknownItem,
    UnknownStage,
    WrongCustodian,
    WrongReceiver,
)
from provenance.model.events import AcceptedRuling, Event, HandOver, Signed, Signer
from provenance.model.messages import (
    Challenge,
    ConditionReport,
    Correction,
    CustodyOffer,
    Hold,
    Intake,
    Ruling,
    Withdrawal,
)
from provenance.model.vocabulary import (
    HANDLERS,
    INTAKE_FROM,
    MAX_GRADE,
    MAX_SEQ,
    MAX_STAGE,
    MOVES,
    ROLE_OF,
    Role,
    Stage,
)
from provenance.model.words import ChallengeWord, Condition, Slot, next_head


@dataclass(frozen=True, slots=True)
class Item:
    """An item as the ledger stores it: two words, each None where nothing was written yet.

    `genesis` stands for the prior word in the first head of either (see `words.genesis`).
    """

    id: bytes
    genesis: bytes
    slot: Slot | None = None
    challenges: ChallengeWord | None = None

    @property
    def challenge_count(self) -> int:
        """How often the item's events were challenged."""
        return self.challenges.count if self.challenges else 0


def apply(item: Item, event: Event, digest: bytes, time: int) -> Item:
    """The item after the event, whose digest is given (see `proofs.digests.event_digest`).

    Raises:
        Refused: the rules do not allow it.
    """
    if isinstance(event, Signed) and isinstance(event.message, Challenge):
        challenge(item.slot, item.challenge_count, event.message, time)
        prior = item.challenges.to_word() if item.challenges else item.genesis
        disputed = ChallengeWord(next_head(prior, digest, time), item.challenge_count + 1)
        return Item(item.id, item.genesis, item.slot, disputed)
    left = judge(item.slot, item.challenge_count, event, time)
    prior = item.slot.to_word() if item.slot else item.genesis
    seq = item.slot.seq + 1 if item.slot else 1
    return Item(
        item.id, item.genesis, Slot.holding(left, seq, next_head(prior, digest, time)), item.challenges
    )


def judge(slot: Slot | None, challenges: int, event: Event, time: int) -> Condition:  # noqa: PLR0911 - a table
    """The condition that an event (any but a challenge) leaves.

    Raises:
        Refused: the rules do not allow it.
    """
    if isinstance(event, HandOver):
        return hand_over(slot, event.offer, event.by, event.receiver, time)
    if isinstance(event, AcceptedRuling):
        return rule(slot, challenges, event.ruling, event.by, event.receiver, time)
    match event.message:
        case Intake():
            return take_in(slot, event.message, event.by, time)
        case ConditionReport():
            return report(slot, event.message, event.by, time)
        case Withdrawal():
            return withdraw(slot, event.message, event.by, time)
        case Correction():
            return correct(slot, challenges, event.message, event.by, time)
        case Hold():
            return hold(slot, event.message, event.by, time)
        case Ruling():
            return rule(slot, challenges, event.message, event.by, None, time)
        case _:
            raise TypeError(f"a {type(event.message).__name__} leaves no condition")


def take_in(slot: Slot | None, intake: Intake, by: Signer, time: int) -> Condition:
    """A return begins: the item is unknown or has left, and the signer may take in."""
    item = intake.item
    _require_in_time(item, intake.deadline, time)
    _require_next(item, intake.seq, slot.seq if slot else 0)
    _require_grade(item, intake.grade)
    stage = slot.stage if slot else Stage.NONE
    if stage not in INTAKE_FROM:
        raise ForbiddenMove(item, stage, Stage.RECEIVED)
    _require_role(by, Role.INTAKE)
    if intake.grade != 0:
        _require_role(by, Role.INSPECTOR)
    return Condition(Stage.RECEIVED, intake.grade, by.partner, slot.on_hold if slot else False)


def report(slot: Slot | None, report: ConditionReport, by: Signer, time: int) -> Condition:
    """The custodian reports a new stage or observes the present one."""
    item = report.item
    slot = _known(slot, item, report.deadline, time)
    _require_next(item, report.seq, slot.seq)
    to = _stage(item, report.stage)
    _require_grade(item, report.grade)
    if to not in MOVES[slot.stage]:
        raise ForbiddenMove(item, slot.stage, to)
    _require_custodian(item, slot, by)
    if slot.on_hold and not to.is_held:
        raise OnHold(item)
    if to != slot.stage and to in ROLE_OF:
        _require_role(by, ROLE_OF[to])
    if report.grade != slot.grade:
        _require_role(by, Role.INSPECTOR)
    if to == Stage.EVALUATED and report.grade == 0:
        raise GradeMissing(item)
    return Condition(to, report.grade, slot.custodian if to.is_held else 0, slot.on_hold)


def hand_over(
    slot: Slot | None, offer: CustodyOffer, giver: Signer, receiver: Signer, time: int
) -> Condition:
    """Custody changes: the custodian offered exactly this history, the named receiver accepted it."""
    item = offer.item
    slot = _known(slot, item, offer.deadline, time)
    if slot.to_word() != offer.prior:
        raise HistoryChanged(item, offer.prior, slot.to_word())
    if slot.seq == MAX_SEQ:
        raise SeqExhausted(item)
    if not slot.stage.is_held or slot.stage == Stage.MISSING:
        raise NotTransferable(item, slot.stage)
    _require_custodian(item, slot, giver)
    _require_role(giver, HANDLERS)
    if slot.on_hold:
        raise OnHold(item)
    if receiver.partner != offer.to:
        raise WrongReceiver(item, receiver.partner, offer.to)
    if offer.to == slot.custodian:
        raise SameCustodian(item, offer.to)
    _require_role(receiver, HANDLERS)
    return replace(slot.condition, custodian=offer.to)


def withdraw(slot: Slot | None, withdrawal: Withdrawal, by: Signer, time: int) -> Condition:
    """The custodian takes an offer back: nothing changes but the history, and so the offer is void."""
    slot = _known(slot, withdrawal.item, withdrawal.deadline, time)
    _require_next(withdrawal.item, withdrawal.seq, slot.seq)
    _require_custodian(withdrawal.item, slot, by)
    _require_role(by, HANDLERS)
    return slot.condition


def correct(slot: Slot | None, challenges: int, correction: Correction, by: Signer, time: int) -> Condition:
    """The custodian or any auditor names an earlier event as wrong; no state changes."""
    item = correction.item
    slot = _known(slot, item, correction.deadline, time)
    _require_next(item, correction.seq, slot.seq)
    _require_not_ended(item, slot)
    _require_event(item, correction.corrects, slot)
    _require_challenge(item, correction.answers, challenges)
    if not by.roles & Role.AUDITOR:
        _require_custodian(item, slot, by)
    return slot.condition


def challenge(slot: Slot | None, challenges: int, message: Challenge, time: int) -> None:
    """Anybody in the registry disputes an event; the slot stays."""
    slot = _known(slot, message.item, message.deadline, time)
    if challenges == MAX_SEQ:
        raise SeqExhausted(message.item)
    if message.count != challenges + 1:
        raise StaleCount(message.item, message.count, challenges + 1)
    _require_event(message.item, message.challenged, slot)


def hold(slot: Slot | None, hold: Hold, by: Signer, time: int) -> Condition:
    """An auditor of another partner freezes the item, or lifts the hold."""
    item = hold.item
    slot = _known(slot, item, hold.deadline, time)
    _require_next(item, hold.seq, slot.seq)
    _require_not_ended(item, slot)
    _require_role(by, Role.AUDITOR)
    # Nobody judges the own case.
    if by.partner == slot.custodian:
        raise NotIndependent(item, by.partner)
    if hold.on_hold == slot.on_hold:
        raise HoldUnchanged(item, hold.on_hold)
    return replace(slot.condition, on_hold=hold.on_hold)


def rule(  # noqa: PLR0917 - a ruling has two signers and may answer a challenge
    slot: Slot | None, challenges: int, ruling: Ruling, by: Signer, receiver: Signer | None, time: int
) -> Condition:
    """An auditor of another partner sets the state right; who newly gets the item has accepted."""
    item = ruling.item
    slot = _known(slot, item, ruling.deadline, time)
    _require_next(item, ruling.seq, slot.seq)
    to_stage = _stage(item, ruling.stage)
    _require_grade(item, ruling.grade)
    if to_stage == Stage.EVALUATED and ruling.grade == 0:
        raise GradeMissing(item)
    _require_role(by, Role.AUDITOR)
    if by.partner in (slot.custodian, ruling.to):
        raise NotIndependent(item, by.partner)
    if (ruling.to == 0) == to_stage.is_held:
        raise WrongCustodian(item, to_stage, ruling.to)
    if slot.on_hold and (ruling.to != slot.custodian or not to_stage.is_held):
        raise OnHold(item)
    _require_challenge(item, ruling.answers, challenges)
    _require_acceptance(item, slot, ruling.to, receiver)
    return Condition(to_stage, ruling.grade, ruling.to, slot.on_hold)


def _require_acceptance(item: bytes, slot: Slot, to: int, receiver: Signer | None) -> None:
    if to in (0, slot.custodian):
        if receiver is not None:
            raise AcceptanceUnexpected(item)
        return
    if receiver is None:
        raise AcceptanceMissing(item, to)
    if receiver.partner != to:
        raise WrongReceiver(item, receiver.partner, to)
    _require_role(receiver, HANDLERS)


def _known(slot: Slot | None, item: bytes, deadline: int, time: int) -> Slot:
    _require_in_time(item, deadline, time)
    if slot is None:
        raise UnknownItem(item)
    return slot


def _require_in_time(item: bytes, deadline: int, time: int) -> None:
    if time > deadline:
        raise Expired(item, deadline, time)


def _require_next(item: bytes, seq: int, last: int) -> None:
    if last == MAX_SEQ:
        raise SeqExhausted(item)
    if seq != last + 1:
        raise StaleSeq(item, seq, last + 1)


def _stage(item: bytes, stage: int) -> Stage:
    if not 1 <= stage <= MAX_STAGE:
        raise UnknownStage(item, stage)
    return Stage(stage)


def _require_grade(item: bytes, grade: int) -> None:
    if grade > MAX_GRADE:
        raise UnknownGrade(item, grade)


def _require_custodian(item: bytes, slot: Slot, by: Signer) -> None:
    if by.partner != slot.custodian:
        raise NotCustodian(item, by.partner, slot.custodian)


def _require_role(by: Signer, needs: Role) -> None:
    # On plain integers: of two flags a third would be made, for nothing, at every event that is judged.
    if not int(by.roles) & int(needs):
        raise MissingRole(by.address, by.roles, needs)


def _require_not_ended(item: bytes, slot: Slot) -> None:
    if slot.stage.has_ended:
        raise Ended(item, slot.stage)


def _require_event(item: bytes, named: int, slot: Slot) -> None:
    if not 1 <= named <= slot.seq:
        raise NoSuchEvent(item, named, slot.seq)


def _require_challenge(item: bytes, answers: int, challenges: int) -> None:
    if answers > challenges:
        # A message that answers none is never refused here, so the count may be unknown where `answers` is 0.
        raise NoSuchChallenge(item, answers, challenges)
