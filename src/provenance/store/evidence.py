"""The evidence folder: each file under the SHA-256 of its bytes, ``ab/abcd...``, written whole or not at all.

What `keep` has returned from is on the disk: the bytes, then the name, then the folder that holds the name are
synced. Killed before, it leaves at most a file in ``incoming``, which a later one clears away. A file whose
bytes are not what its name says is never given out.
"""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from provenance.errors import InputError, StoreError
from provenance.proofs.evidence import evidence_digest

INCOMING = "incoming"
ERASED = ".erased"
DAY = 86_400


class EvidenceMissingError(StoreError):
    """No evidence of this name was ever kept here."""

    def __init__(self, digest: bytes) -> None:
        super().__init__(
            f"no evidence {digest.hex()} is kept here; check the hash, or ask whoever named it for the file"
        )


class EvidenceErasedError(StoreError):
    """Evidence of this name was kept here and was erased; only the name stays."""

    def __init__(self, digest: bytes) -> None:
        super().__init__(f"evidence {digest.hex()} was erased; what the chain commits to still verifies")


class EvidenceDamagedError(StoreError):
    """The file is not what its name says."""

    def __init__(self, digest: bytes, file: Path) -> None:
        self.file = file
        super().__init__(
            f"evidence {digest.hex()} was changed on the disk: it is not given out; "
            "add the original again to put it right"
        )


class EvidenceTooLargeError(InputError):
    """The content is larger than what is kept."""

    def __init__(self, size: int, largest: int) -> None:
        super().__init__(
            f"the file has {size} bytes, at most {largest} are kept: make it smaller, "
            "or raise PROVENANCE_EVIDENCE_LIMIT"
        )


@dataclass(frozen=True)
class EvidenceStore:
    """Evidence in a folder, made on first use. ``largest`` is a number of bytes."""

    folder: Path
    largest: int

    def keep(self, content: bytes) -> bytes:
        """Keeps the content, durable on return; its digest. Again the same puts a damaged file right.

        Raises EvidenceTooLargeError, EvidenceErasedError where it was erased before, StoreError.
        """
        self.require_size(len(content))
        digest = evidence_digest(content)
        if self._erased(digest).exists():
            raise EvidenceErasedError(digest)
        self._write(self._file(digest), content)
        return digest

    def require_size(self, size: int) -> None:
        """Whether so many bytes may be kept; whoever receives a file asks before all of it is there."""
        if size > self.largest:
            raise EvidenceTooLargeError(size, self.largest)

    def read(self, digest: bytes) -> bytes:
        """The content of this digest, checked. Raises EvidenceMissingError, EvidenceErasedError, EvidenceDamagedError."""
        file = self._file(digest)
        if self._erased(digest).exists():
            raise EvidenceErasedError(digest)
        try:
            content = file.read_bytes()
        except FileNotFoundError:
            raise EvidenceMissingError(digest) from None
        except OSError as error:
            raise StoreError(f"evidence {digest.hex()} cannot be read: {error.strerror}") from error
        if evidence_digest(content) != digest:
            raise EvidenceDamagedError(digest, file)
        return content

    def erase(self, digest: bytes) -> None:
        """Removes the content for good; the name stays taken. Raises EvidenceMissingError where there is none."""
        file, mark = self._file(digest), self._erased(digest)
        if not mark.exists():
            if not file.exists():
                raise EvidenceMissingError(digest)
            self._write(mark, b"")
        file.unlink(missing_ok=True)
        _sync_folder(file.parent)

    def _file(self, digest: bytes) -> Path:
        name = digest.hex()
        return self.folder / name[:2] / name

    def _erased(self, digest: bytes) -> Path:
        file = self._file(digest)
        return file.with_name(file.name + ERASED)

    def _write(self, file: Path, content: bytes) -> None:
        incoming = self.folder / INCOMING
        try:
            for folder in (incoming, file.parent):
                folder.mkdir(parents=True, exist_ok=True)
            _clear(incoming)
            part = incoming / secrets.token_hex(16)
            with part.open("xb") as writing:
                writing.write(content)
                writing.flush()
                os.fsync(writing.fileno())
            part.replace(file)
            _sync_folder(file.parent)
            _sync_folder(self.folder)  # which may hold the name of a new folder
        except OSError as error:
            raise StoreError(f"evidence cannot be kept in {self.folder}: {error.strerror}") from error


def _clear(incoming: Path) -> None:
    """Removes what writers that were killed left behind; none takes a day."""
    for part in incoming.iterdir():
        try:
            if part.stat().st_mtime < time.time() - DAY:
                part.unlink()
        except FileNotFoundError:  # its writer was not killed, only slow
            continue


def _sync_folder(folder: Path) -> None:
    # A renamed file is found after a power cut only if its folder was synced too (fsync(2)).
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
