"""Events: what was signed together with who signed it, as the registry knew them at that time."""

from dataclasses import dataclass

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
from provenance.model.vocabulary import KeyKind, Role


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that signed: its address (20 bytes) and what the registry says of it."""

    address: bytes
    partner: int
    roles: Role
    kind: KeyKind


SingleMessage = Intake | ConditionReport | Withdrawal | Correction | Challenge | Hold | Ruling
"""The messages that one signature makes an event (a ruling only where custody moves to nobody new)."""


@dataclass(frozen=True, slots=True)
class Signed:
    """An event of one message and one signer."""

    message: SingleMessage
    by: Signer

    @property
    def item(self) -> bytes:
        """The item it happened to."""
        return self.message.item

    @property
    def begins_with(self) -> Message:
        """The message that names the item."""
        return self.message


@dataclass(frozen=True, slots=True)
class HandOver:
    """A change of custody: the giver's offer and the receiver's acceptance, one event."""

    offer: CustodyOffer
    by: Signer
    acceptance: Acceptance
    receiver: Signer

    @property
    def item(self) -> bytes:
        """The item that changed hands."""
        return self.offer.item

    @property
    def begins_with(self) -> Message:
        """The message that names the item."""
        return self.offer


@dataclass(frozen=True, slots=True)
class AcceptedRuling:
    """A ruling that moves custody, with the receiver's acceptance, one event."""

    ruling: Ruling
    by: Signer
    acceptance: Acceptance
    receiver: Signer

    @property
    def item(self) -> bytes:
        """The item that was ruled on."""
        return self.ruling.item

    @property
    def begins_with(self) -> Message:
        """The message that names the item."""
        return self.ruling


Event = Signed | HandOver | AcceptedRuling
