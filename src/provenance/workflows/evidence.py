"""Evidence: photos, test reports and other files that details documents name by their hash."""

from __future__ import annotations

from dataclasses import dataclass

from provenance.interchange.media import Media, media_of
from provenance.proofs.evidence import evidence_uri
from provenance.store.evidence import EvidenceStore


@dataclass(frozen=True)
class Kept:
    """One file that is kept. ``digest`` is the SHA-256 that names it, ``uri`` what a details document writes."""

    digest: bytes
    media: Media
    size: int

    @property
    def uri(self) -> str:
        return evidence_uri(self.digest)

    @property
    def file_name(self) -> str:
        """A name to save it under, made from its hash alone: no sender's text reaches a reader's disk."""
        return f"{self.digest.hex()[:16]}{self.media.ending}"


@dataclass(frozen=True)
class Found:
    """A file that is kept, with its content, whose hash was checked."""

    kept: Kept
    content: bytes


def keep(store: EvidenceStore, content: bytes) -> Kept:
    """Keeps a file, durable on return; the same again changes nothing.

    Raises InputError for a kind that is not kept or for too many bytes, EvidenceErasedError where it was erased
    before, StoreError where the folder fails.
    """
    store.require_size(len(content))
    media = media_of(content)
    return Kept(store.keep(content), media, len(content))


def find(store: EvidenceStore, digest: bytes) -> Found:
    """The file of this digest; what it is, is told by its bytes, not by who sent it.

    Whoever knows the name may read: nobody guesses 32 bytes, and the name stands in a field of a details document,
    which reaches that field's audience alone. All reading goes through here; rights of readers belong here.

    Raises EvidenceMissingError, EvidenceErasedError, EvidenceDamagedError.
    """
    content = store.read(digest)
    return Found(Kept(digest, media_of(content), len(content)), content)


def erase(store: EvidenceStore, digest: bytes) -> None:
    """Erases a file for good; its name, committed to on chain, stays taken. Raises EvidenceMissingError."""
    store.erase(digest)
