"""Calls as the contracts take them, and what came of them."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from provenance.errors import Refused
from provenance.model.events import Event
from provenance.model.messages import Acceptance, ItemMessage, Message
from provenance.model.vocabulary import KeyKind


@dataclass(frozen=True, slots=True)
class Authorization:
    """Who signed, and where in a typed tree the messages of a call stand.

    `path` leads from the messages' subtree up to the signed root (empty: the messages are all that was
    signed); `index` is the place of the subtree among those of its height.
    """

    signer: bytes
    signature: bytes
    index: int = 0
    path: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the ledger: messages of one type under one authorization, two where a receiver accepts.

    `of` is the messages' type. `receiver` is set exactly for hand-overs and for rulings that move custody;
    then the i-th of `acceptances` accepts the i-th message.
    """

    of: type[ItemMessage]
    messages: tuple[ItemMessage, ...]
    authorization: Authorization
    acceptances: tuple[Acceptance, ...] = ()
    receiver: Authorization | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """Many calls in one, each made or skipped as a whole. A submission may hold a submission."""

    calls: "tuple[Call | Submission, ...]"


class Contract(Enum):
    """The contracts that take signatures; the value is the name in their EIP-712 domain."""

    REGISTRY = "PartnerRegistry"
    LEDGER = "ProvenanceLedger"
    ANCHORS = "Anchors"


class Signatures(Protocol):
    """What the rules need to know of signatures and hashes (`proofs.signatures.DomainSignatures` knows it).

    The rules themselves hash nothing that is signed: they say when a signature must stand, not how.
    """

    def struct_hash(self, message: Message) -> bytes:
        """EIP-712 hash of one message."""
        ...

    def tree_hash(
        self, of: type[Message], hashes: tuple[bytes, ...], index: int, path: tuple[bytes, ...]
    ) -> bytes:
        """EIP-712 hash of what was signed: a lone message, or the tree the hashes stand in."""
        ...

    def is_signed(
        self, contract: Contract, struct_hash: bytes, signer: bytes, kind: KeyKind, signature: bytes
    ) -> bool:
        """Whether the signature is the signer's over this content for this contract."""
        ...


@dataclass(frozen=True, slots=True)
class Record:
    """A message that was recorded.

    Its place in the call, its event and digest, and the word that resulted: the item's slot, or after a
    challenge its challenge word.
    """

    index: int
    event: Event
    digest: bytes
    word: bytes


@dataclass(frozen=True, slots=True)
class Skip:
    """A message that was refused while others of its call were recorded."""

    item: bytes
    index: int
    reason: Refused


@dataclass(frozen=True, slots=True)
class CallSkip:
    """A call that was refused while others of its submission were made."""

    index: int
    reason: Refused


Outcome = Record | Skip | CallSkip
"""What a call logs, in order."""
