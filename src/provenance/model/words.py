"""The storage words: each a frozen dataclass that packs into 32 bytes and unpacks from them, strictly.

Heads are bytes: the top 208 (or 192) bits of a hash. Layouts are in contracts/SPEC.md, section 1.
"""

from dataclasses import dataclass, replace
from typing import Self

from provenance.errors import FieldError
from provenance.model.checks import require_bool, require_bytes, require_uint, require_word
from provenance.model.hashing import ZERO, keccak_words
from provenance.model.vocabulary import ALL_ROLES, MAX_GRADE, MAX_STAGE, KeyKind, Role, Stage

SLOT_HEAD = 26
JOURNAL_HEAD = 24
_KINDS = frozenset(kind.value for kind in KeyKind)


@dataclass(frozen=True, slots=True)
class Condition:
    """What a slot says of its item besides its history:

    who has it, in what stage and grade, and whether it is held.
    """

    stage: Stage
    grade: int
    custodian: int
    on_hold: bool


@dataclass(frozen=True, slots=True)
class Slot:
    """An item's state and the head that commits to its whole history:

    head 208 | seq 16 | stage 4 | onHold 1 | grade 3 | custodian 24.
    """

    head: bytes
    seq: int
    stage: Stage
    on_hold: bool
    grade: int
    custodian: int

    def __post_init__(self) -> None:
        require_bytes("head", self.head, SLOT_HEAD)
        require_uint("seq", self.seq, 16)
        require_uint("grade", self.grade, 3)
        require_uint("custodian", self.custodian, 24)
        require_bool("on_hold", self.on_hold)

    @classmethod
    def from_word(cls, word: bytes) -> Self:
        """The slot in a storage word.

        Raises:
            FieldError: not 32 bytes, or a word that no ledger writes (no event, no stage).
        """
        require_word("slot", word)
        low = int.from_bytes(word[SLOT_HEAD:], "big")
        seq, stage = low >> 32, low >> 28 & 0xF
        if seq == 0 or not 1 <= stage <= MAX_STAGE:
            raise FieldError("slot", word, "its seq is at least 1 and its stage from 1 to 14 in every ledger")
        return cls(
            word[:SLOT_HEAD], seq, Stage(stage), bool(low >> 27 & 1), low >> 24 & MAX_GRADE, low & 0xFFFFFF
        )

    @classmethod
    def from_storage(cls, word: bytes) -> Self | None:
        """The slot in a storage word, or None where the item was never taken in (zero)."""
        return None if word == ZERO else cls.from_word(word)

    def to_word(self) -> bytes:
        """The 32 bytes the contract stores."""
        low = self.seq << 32 | self.stage << 28 | self.on_hold << 27 | self.grade << 24 | self.custodian
        return self.head + low.to_bytes(6, "big")

    @property
    def condition(self) -> Condition:
        """The state without seq and head."""
        return Condition(self.stage, self.grade, self.custodian, self.on_hold)

    @classmethod
    def holding(cls, condition: Condition, seq: int, head: bytes) -> Self:
        """The slot that a record leaves."""
        return cls(head, seq, condition.stage, condition.on_hold, condition.grade, condition.custodian)


@dataclass(frozen=True, slots=True)
class ChallengeWord:
    """An item's challenges: head 208 | count 16 | zero 32. Its stage bits are zero, so it is never a slot."""

    head: bytes
    count: int

    def __post_init__(self) -> None:
        require_bytes("head", self.head, SLOT_HEAD)
        require_uint("count", self.count, 16)

    @classmethod
    def from_word(cls, word: bytes) -> Self:
        """The challenge word in a storage word.

        Raises:
            FieldError: not 32 bytes, no challenge in it, or its low 32 bits are set.
        """
        require_word("challenge word", word)
        count = int.from_bytes(word[SLOT_HEAD:28], "big")
        if count == 0 or any(word[28:]):
            raise FieldError("challenge word", word, "its count is at least 1 and its low 32 bits are zero")
        return cls(word[:SLOT_HEAD], count)

    @classmethod
    def from_storage(cls, word: bytes) -> Self | None:
        """The challenge word in a storage word, or None where nobody challenged the item (zero)."""
        return None if word == ZERO else cls.from_word(word)

    def to_word(self) -> bytes:
        """The 32 bytes the contract stores."""
        return self.head + self.count.to_bytes(2, "big") + bytes(4)


@dataclass(frozen=True, slots=True)
class Journal:
    """The whole ledger's word: head 192 | count 64. It commits to every record in order."""

    head: bytes
    count: int

    def __post_init__(self) -> None:
        require_bytes("head", self.head, JOURNAL_HEAD)
        require_uint("count", self.count, 64)

    @classmethod
    def opened(cls, chain_id: int, ledger: bytes) -> Self:
        """The journal of a ledger just deployed."""
        return cls(keccak_words(chain_id, ledger)[:JOURNAL_HEAD], 0)

    @classmethod
    def from_word(cls, word: bytes) -> Self:
        """The journal in a storage word.

        Raises:
            FieldError: not 32 bytes.
        """
        require_word("journal", word)
        return cls(word[:JOURNAL_HEAD], int.from_bytes(word[JOURNAL_HEAD:], "big"))

    def to_word(self) -> bytes:
        """The 32 bytes the contract stores."""
        return self.head + self.count.to_bytes(8, "big")

    def fold(self, item: bytes, word: bytes) -> "Journal":
        """The journal after one more record:

        the item, and the slot or challenge word that the record left.
        """
        return Journal(keccak_words(self.to_word(), item, word)[:JOURNAL_HEAD], self.count + 1)


def genesis(chain_id: int, ledger: bytes, item: bytes) -> bytes:
    """What stands for the prior word in an item's first head: keccak256(enc(chain id, ledger, item))."""
    return keccak_words(chain_id, ledger, item)


def next_head(prior: bytes, event_digest: bytes, time: int) -> bytes:
    """The head after an event: top 208 bits of keccak256(enc(prior, event digest, block time)).

    `prior` is the slot (or challenge word) before, or the genesis if there was none; `time` is in Unix
    seconds.
    """
    return keccak_words(prior, event_digest, time)[:SLOT_HEAD]


@dataclass(frozen=True, slots=True)
class KeyWord:
    """A key's rights:

    zero 80 | partner 24 | roles 16 | kind 8 | validFrom 64 | validTo 64. Times are Unix seconds, both
    inclusive.
    """

    partner: int
    roles: Role
    kind: KeyKind
    valid_from: int
    valid_to: int

    def __post_init__(self) -> None:
        require_uint("partner", self.partner, 24)
        require_uint("roles", self.roles, 16)
        require_uint("valid_from", self.valid_from, 64)
        require_uint("valid_to", self.valid_to, 64)

    @classmethod
    def from_word(cls, word: bytes) -> Self:
        """The key word in a storage word.

        Raises:
            FieldError: not 32 bytes, or a word that no registry writes.
        """
        require_word("key word", word)
        partner, roles = int.from_bytes(word[10:13], "big"), int.from_bytes(word[13:15], "big")
        kind = word[15]
        if any(word[:10]) or partner == 0 or roles == 0 or roles > ALL_ROLES or kind not in _KINDS:
            raise FieldError("key word", word, "no registry writes such a word")
        return cls(
            partner,
            Role(roles),
            KeyKind(kind),
            int.from_bytes(word[16:24], "big"),
            int.from_bytes(word[24:], "big"),
        )

    @classmethod
    def from_storage(cls, word: bytes) -> Self | None:
        """The key word in a storage word, or None where the address is no key (zero)."""
        return None if word == ZERO else cls.from_word(word)

    def to_word(self) -> bytes:
        """The 32 bytes the contract stores."""
        head = self.partner.to_bytes(13, "big") + self.roles.to_bytes(2, "big") + self.kind.to_bytes(1, "big")
        return head + self.valid_from.to_bytes(8, "big") + self.valid_to.to_bytes(8, "big")

    def is_valid_at(self, time: int) -> bool:
        """Both ends belong to the validity."""
        return self.valid_from <= time <= self.valid_to

    def ending_at(self, valid_to: int) -> "KeyWord":
        """The same rights, ending then."""
        return replace(self, valid_to=valid_to)


@dataclass(frozen=True, slots=True)
class Standing:
    """A partner's standing: zero 239 | suspended 1 | allowed roles 16."""

    allowed: Role
    suspended: bool

    def __post_init__(self) -> None:
        require_uint("allowed", self.allowed, 16)
        require_bool("suspended", self.suspended)

    @classmethod
    def from_word(cls, word: bytes) -> Self:
        """The standing in a storage word.

        Raises:
            FieldError: not 32 bytes, or bits beyond the standing are set.
        """
        require_word("standing", word)
        value = int.from_bytes(word, "big")
        if value >> 17:
            raise FieldError("standing", word, "only the low 17 bits are used")
        return cls(Role(value & 0xFFFF), bool(value >> 16))

    def to_word(self) -> bytes:
        """The 32 bytes the contract stores."""
        return (self.suspended << 16 | self.allowed).to_bytes(32, "big")
