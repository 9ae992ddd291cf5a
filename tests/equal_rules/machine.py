"""The machine that plays: hypothesis chooses which kind of action comes next and the number that tells it whole."""

from collections.abc import Callable

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from equal_rules.scribe import Scribe
from equal_rules.world import Tally, World, start
from provenance.model.calls import Call, Submission
from provenance.model.messages import (
    Challenge,
    ConditionReport,
    Correction,
    CustodyOffer,
    Hold,
    Intake,
    ItemMessage,
    Ruling,
    Withdrawal,
)

KINDS: dict[str, int] = {
    "report": 22,
    "take in": 9,
    "transfer": 12,
    "withdraw": 5,
    "correct": 6,
    "challenge": 6,
    "hold": 7,
    "rule": 12,
    "submit": 8,
    "replay": 3,
    "sign for later": 3,
    "send late": 4,
    "grant key": 4,
    "revoke key": 4,
    "enrol": 4,
    "govern": 7,
    "anchor": 4,
    "let time pass": 3,
}
"""Kinds of action and how often each is tried, relative to the others."""

_OF: dict[str, type[ItemMessage]] = {
    "take in": Intake,
    "report": ConditionReport,
    "transfer": CustodyOffer,
    "withdraw": Withdrawal,
    "correct": Correction,
    "challenge": Challenge,
    "hold": Hold,
    "rule": Ruling,
}

kinds = st.sampled_from([kind for kind, weight in KINDS.items() for _ in range(weight)])
seeds = st.integers(0, 2**32 - 1)


class EqualRules(RuleBasedStateMachine):
    """Contracts and model take the same actions and must agree on each."""

    tally = Tally()

    def __init__(self) -> None:
        super().__init__()
        self.played = Tally()
        self.world: World = start().play(self.played)
        self.sent: list[Call | Submission] = []
        self.waiting: list[Call] = []

    @initialize(seed=seeds)
    def begin(self, seed: int) -> None:
        """Some items come back, so that there is something to act on."""
        for _ in range(4):
            self.act("take in", seed)

    # One rule, not one for each kind: hypothesis would leave out some kinds for the whole of a play.
    @rule(kind=kinds, seed=seeds)
    def act(self, kind: str, seed: int) -> None:
        scribe = self._next_scribe(seed)
        note(f"block {self.world.evm.block}, time {self.world.time}: {kind}")
        if kind in _OF:
            call = scribe.call(_OF[kind])
            self._make(f"{kind} and transfer" if kind == "rule" and call.receiver else kind, call)
        elif kind == "submit":
            self._make(kind, scribe.submission())
        elif kind == "replay" and self.sent:
            self._make(kind, scribe.pick(self.sent))
        elif kind == "sign for later":
            self.waiting.append(scribe.call())
        elif kind == "send late" and self.waiting:
            self._make(kind, self.waiting.pop(scribe.below(len(self.waiting))))
        elif kind == "let time pass":
            self.world.evm.next_block(scribe.pick((100, 400, 3000, 50_000)))
        elif kind in _OTHERS:
            _OTHERS[kind](scribe)

    def teardown(self) -> None:
        self.world.check_all()
        type(self).tally.add(self.played)

    def _next_scribe(self, seed: int) -> Scribe:
        self.world.evm.next_block(seed % 5 * 3)
        # The block's number too: hypothesis likes to repeat itself.
        scribe = Scribe(self.world, seed << 16 | self.world.evm.block)
        if self.world.registry.paused and scribe.chance(40):
            scribe.resume()
        return scribe

    def _make(self, kind: str, call: Call | Submission) -> None:
        note(str(call))
        self.world.make(kind, call)
        self.sent.append(call)


_OTHERS: dict[str, Callable[[Scribe], None]] = {
    "grant key": Scribe.grant,
    "revoke key": Scribe.revoke,
    "enrol": Scribe.enrol,
    "govern": Scribe.govern,
    "anchor": Scribe.anchor,
}
