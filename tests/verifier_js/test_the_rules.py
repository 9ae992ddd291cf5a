"""The rules in the browser are those of the model: the same words after every event, the same reason for every refusal."""

from collections import Counter
from dataclasses import dataclass, fields
from random import Random
from typing import Any

import pytest

from equal_rules.run import play
from provenance.errors import Refused
from provenance.model import item as rules
from provenance.model.events import AcceptedRuling, Event, HandOver, Signed, Signer
from provenance.model.hashing import keccak
from provenance.model.item import Item
from provenance.model.messages import (
    Acceptance,
    Challenge,
    ConditionReport,
    Correction,
    CustodyOffer,
    Hold,
    Intake,
    Message,
    Ruling,
    Withdrawal,
)
from provenance.model.vocabulary import ALL_ROLES, HANDLERS, KeyKind, Role, Stage
from provenance.model.words import ChallengeWord, Slot
from provenance.proofs.digests import event_digest
from verifier_js.engine import Engine, Refusal, hexed

NOW = 1_767_225_600
ITEM = keccak(b"an item")
SINGLE = (Intake, ConditionReport, Withdrawal, Correction, Challenge, Hold, Ruling)
REFUSALS = {
    "Expired", "UnknownItem", "SeqExhausted", "StaleSeq", "StaleCount", "UnknownGrade", "UnknownStage", "ForbiddenMove",
    "MissingRole", "NotCustodian", "OnHold", "GradeMissing", "HistoryChanged", "NotTransferable", "WrongReceiver",
    "SameCustodian", "Ended", "NoSuchEvent", "NoSuchChallenge", "NotIndependent", "HoldUnchanged", "WrongCustodian",
    "AcceptanceMissing", "AcceptanceUnexpected",
}  # fmt: skip
"""Every reason for which a message alone is refused (contracts/SPEC.md, section 4)."""


@dataclass(frozen=True)
class Trial:
    """An item, what is tried on it, and when."""

    item: Item
    event: Event
    time: int

    def by_model(self) -> tuple[str, object]:
        try:
            after = rules.apply(self.item, self.event, event_digest(self.event), self.time)
        except Refused as refusal:
            return "refused", refusal.name
        return "words", [_word(after.slot), _word(after.challenges)]

    def by_browser(self, engine: Engine) -> tuple[str, object]:
        try:
            return "words", engine.call("apply", **self.as_json())
        except Refusal as refusal:
            return "refused", str(refusal)

    def as_json(self) -> dict[str, Any]:
        event = self.event
        item = {
            "genesis": hexed(self.item.genesis),
            "slot": _word(self.item.slot),
            "challenges": _word(self.item.challenges),
        }
        begun = event.begins_with
        receiver = None if isinstance(event, Signed) else _signer(event.receiver)
        told = {
            "type": type(begun).__name__,
            "message": _message(begun),
            "by": _signer(event.by),
            "receiver": receiver,
        }
        return {"item": item, "event": told, "digest": hexed(event_digest(event)), "time": self.time}


def _word(stored: Slot | ChallengeWord | None) -> str | None:
    return hexed(stored.to_word()) if stored else None


def _signer(signer: Signer) -> dict[str, Any]:
    return {
        "address": hexed(signer.address),
        "partner": signer.partner,
        "roles": int(signer.roles),
        "kind": int(signer.kind),
    }


def _message(message: Message) -> dict[str, Any]:
    said = {}
    for field in fields(message):  # type: ignore[arg-type]
        value = getattr(message, field.name)
        label = "onHold" if field.name == "on_hold" else field.name
        said[label] = hexed(value) if isinstance(value, bytes) else value
    return said | {"deadline": str(message.deadline)}  # type: ignore[attr-defined]


class Dice:
    """Draws trials: every state, and messages that mostly fit it."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def trial(self) -> Trial:
        slot = self._slot()
        challenges = self._challenges() if slot else None
        item = Item(ITEM, keccak(b"genesis"), slot, challenges)
        return Trial(item, self._event(item), NOW + self.random.choice((0, 0, 0, 1)))

    def _slot(self) -> Slot | None:
        if self.random.random() < 0.12:
            return None
        stage = self.random.choice([stage for stage in Stage if stage])
        return Slot(
            self.random.randbytes(26),
            self.random.choice((1, 2, 3, 3, 65534, 65535)),
            stage,
            self.random.random() < 0.25,
            self.random.randrange(8),
            self.random.randint(1, 2) if stage.is_held else 0,
        )

    def _challenges(self) -> ChallengeWord | None:
        count = self.random.choice((0, 0, 1, 2, 65535))
        return ChallengeWord(self.random.randbytes(26), count) if count else None

    def _signer(self) -> Signer:
        one = Role(1 << self.random.randrange(9))
        roles = self.random.choice((ALL_ROLES, ALL_ROLES, HANDLERS, Role.AUDITOR, one))
        kind = self.random.choice(list(KeyKind))
        return Signer(self.random.randbytes(20), self.random.randint(1, 3), roles, kind)

    def _event(self, item: Item) -> Event:
        by = self._signer()
        drawn = self.random.randrange(9)
        if drawn == 0:
            return HandOver(self._said(CustodyOffer, item), by, self._acceptance(), self._signer())
        if drawn == 1:
            return AcceptedRuling(self._said(Ruling, item), by, self._acceptance(), self._signer())
        return Signed(self._said(self.random.choice(SINGLE), item), by)

    def _acceptance(self) -> Acceptance:
        return Acceptance(self.random.randrange(64), self.random.randbytes(32))

    def _said(self, of: type, item: Item) -> Any:
        slot, draw = item.slot, self.random
        fitting = {
            "item": ITEM,
            "seq": min(65535, slot.seq + 1) if slot else 1,
            "count": min(65535, item.challenge_count + 1),
            "stage": draw.choice((draw.randint(1, 14), slot.stage.value if slot else 1)),
            "grade": draw.choice((slot.grade if slot else 0, draw.randrange(8))),
            "to": draw.choice((0, 1, 2, 3)),
            "prior": slot.to_word() if slot else bytes(32),
            "corrects": 1,
            "challenged": 1,
            "answers": draw.choice((0, 0, 1)),
            "offer": draw.randbytes(32),
            "on_hold": draw.random() < 0.5,
            "deadline": NOW + draw.choice((0, 10, 2**63)),
            "details": draw.randbytes(32),
        }
        odd = {
            "seq": draw.choice((0, 1, 65535)),
            "count": draw.choice((0, 1, 65535)),
            "stage": draw.choice((0, 15, 255)),
            "grade": draw.choice((8, 255)),
            "to": draw.randrange(1 << 24),
            "prior": draw.randbytes(32),
            "corrects": draw.choice((0, 65535)),
            "challenged": draw.choice((0, 65535)),
            "answers": 65535,
            "deadline": draw.choice((0, NOW - 1)),
        }
        said = {field.name: fitting[field.name] for field in fields(of)}
        if draw.random() < 0.2:
            name = draw.choice([name for name in said if name in odd])
            said[name] = odd[name]
        return of(**said)


def test_thousands_of_drawn_events_leave_the_same_words_or_are_refused_for_the_same_reason(engine):
    dice, seen = Dice(1), Counter[str]()
    for _ in range(12_000):
        trial = dice.trial()
        expected = trial.by_model()
        assert trial.by_browser(engine) == expected, trial
        kind = f"{type(trial.event).__name__} {type(trial.event.begins_with).__name__}"
        seen[str(expected[1]) if expected[0] == "refused" else kind] += 1
    assert {reason for reason in REFUSALS if not seen[reason]} == set()
    recorded = {f"Signed {of.__name__}" for of in SINGLE} | {"HandOver CustodyOffer", "AcceptedRuling Ruling"}
    assert {kind for kind in recorded if not seen[kind]} == set()


def test_plays_of_honest_and_dishonest_actors_go_the_same_way_in_the_browser(engine, monkeypatch):
    trials: list[Trial] = []
    of_model = rules.apply

    def noting(item: Item, event: Event, digest: bytes, time: int) -> Item:
        trials.append(Trial(item, event, time))
        return of_model(item, event, digest, time)

    monkeypatch.setattr(rules, "apply", noting)
    play(7, plays=3, shrink=False)
    monkeypatch.undo()
    assert len(trials) > 100
    for trial in trials:
        assert trial.by_browser(engine) == trial.by_model(), trial


def test_a_rule_that_only_one_of_them_has_is_noticed(engine, monkeypatch):
    monkeypatch.setattr(rules, "HANDLERS", Role(0))
    dice = Dice(2)
    trials = [dice.trial() for _ in range(2_000)]
    assert any(trial.by_browser(engine) != trial.by_model() for trial in trials)


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage], ids=lambda stage: stage.name)
def test_every_move_of_the_table_is_made_and_every_other_refused_in_the_browser_too(engine, stage):
    slot = Slot(b"\1" * 26, 5, stage, False, 3, 1 if stage.is_held else 0)
    by = Signer(b"\2" * 20, 1, ALL_ROLES, KeyKind.ACCOUNT)
    for to in Stage:
        report = ConditionReport(ITEM, 6, to, 3, NOW)
        trial = Trial(Item(ITEM, bytes(32), slot), Signed(report, by), NOW)
        assert trial.by_browser(engine) == trial.by_model()
