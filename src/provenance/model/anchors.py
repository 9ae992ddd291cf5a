"""The rules of the anchors: who dated which digest, and when."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from provenance.errors import AlreadyAnchored, AnchorExpired, BadSignature, FieldError, UnknownAnchorKind
from provenance.model.calls import Contract, Signatures
from provenance.model.checks import require_uint, require_word
from provenance.model.messages import Anchor
from provenance.model.partners import Registry
from provenance.model.vocabulary import AnchorKind

_KINDS = frozenset(kind.value for kind in AnchorKind)


@dataclass(frozen=True, slots=True)
class AnchorWord:
    """When a digest was anchored: zero 128 | block number 64 | block time 64 (Unix seconds)."""

    block: int
    time: int

    def __post_init__(self) -> None:
        require_uint("block", self.block, 64)
        require_uint("time", self.time, 64)

    @classmethod
    def from_word(cls, word: bytes) -> "AnchorWord":
        """The anchor in a storage word.

        Raises:
            FieldError: not 32 bytes, or bits beyond the anchor are set.
        """
        require_word("anchor", word)
        if any(word[:16]):
            raise FieldError("anchor", word, "only the low 128 bits are used")
        return cls(int.from_bytes(word[16:24], "big"), int.from_bytes(word[24:], "big"))

    def to_word(self) -> bytes:
        """The 32 bytes the contract stores."""
        return (self.block << 64 | self.time).to_bytes(32, "big")


@dataclass(frozen=True)
class Anchors:
    """Every anchor, by partner, kind and digest: nobody can take another's digest first."""

    places: Mapping[tuple[int, int, bytes], AnchorWord] = field(default_factory=lambda: MappingProxyType({}))

    def anchor(
        self,
        anchor: Anchor,
        signer: bytes,
        signature: bytes,
        *,
        registry: Registry,
        time: int,
        block: int,
        signatures: Signatures,
    ) -> "Anchors":
        """Dates a digest for the signer's partner.

        Raises:
            Refused: AnchorExpired, UnknownAnchorKind, the key's reasons, AlreadyAnchored or BadSignature.
        """
        if time > anchor.deadline:
            raise AnchorExpired(anchor.deadline, time)
        if anchor.kind not in _KINDS:
            raise UnknownAnchorKind(anchor.kind)
        by = registry.authority(signer, time)
        place = (by.partner, anchor.kind, anchor.digest)
        if place in self.places:
            raise AlreadyAnchored(
                by.partner, AnchorKind(anchor.kind), anchor.digest, self.places[place].block
            )
        if not signatures.is_signed(
            Contract.ANCHORS, signatures.struct_hash(anchor), signer, by.kind, signature
        ):
            raise BadSignature(signer)
        return replace(self, places=MappingProxyType({**self.places, place: AnchorWord(block, time)}))
