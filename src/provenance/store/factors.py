"""The folder of factor sets: each set and the file it was read from under their hashes, and one name for each set.

A name is given once (a hard link, which the file system makes or refuses as a whole) and never to another set: a set that
differs takes another version. Bytes that are not what their hash says are never given out. Who can write to the folder
could still put a whole other set under a name: what was anchored on chain is what tells.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from provenance.errors import InputError, StoreError
from provenance.store.evidence import EvidenceDamagedError, EvidenceMissingError, EvidenceStore

LARGEST = 64 * 1024 * 1024
CONTENTS, NAMES = "contents", "names"


class FactorSetTakenError(InputError):
    """The name and version belong to another set."""

    def __init__(self, label: str) -> None:
        super().__init__(
            f"factor set {label} exists and is another: a set never changes, give this one a new version"
        )


class FactorSetMissingError(InputError):
    """No set of this name and version is kept."""

    def __init__(self, label: str) -> None:
        super().__init__(
            f"factor set {label} is not kept here: `provenance factors list` shows those that are"
        )


@dataclass(frozen=True)
class FactorStore:
    """Factor sets in a folder, made on first use."""

    folder: Path

    def keep(self, label: str, document: bytes, source: bytes) -> bool:
        """Keeps a set and its source, durable on return; whether it is new. The same again puts damaged files right.

        ``label`` is NAME@VERSION, parsed before. Raises FactorSetTakenError, StoreError.
        """
        self._contents.keep(source)
        self._contents.keep(document)
        return self._name(label, sha256(document).digest())

    def read(self, label: str) -> bytes:
        """The set's file. Raises FactorSetMissingError, StoreError where it was changed or lost on the disk."""
        try:
            return self._contents.read(self._digest(label))
        except (EvidenceDamagedError, EvidenceMissingError):
            raise StoreError(
                f"factor set {label} was changed or lost on the disk: import its file again to put it right"
            ) from None

    def source(self, file_sha256: bytes) -> bytes:
        """The file that a set was read from. Raises StoreError where it was changed or lost on the disk."""
        try:
            return self._contents.read(file_sha256)
        except (EvidenceDamagedError, EvidenceMissingError):
            raise StoreError(
                f"the file {file_sha256.hex()} was changed or lost on the disk: import it again to put it right"
            ) from None

    def labels(self) -> list[str]:
        """Every set's NAME@VERSION, in order."""
        names = self.folder / NAMES
        return sorted(path.name for path in names.iterdir() if "@" in path.name) if names.is_dir() else []

    @property
    def _contents(self) -> EvidenceStore:
        return EvidenceStore(self.folder / CONTENTS, LARGEST)

    def _digest(self, label: str) -> bytes:
        try:
            return bytes.fromhex((self.folder / NAMES / label).read_text(encoding="ascii"))
        except FileNotFoundError:
            raise FactorSetMissingError(label) from None
        except (OSError, ValueError) as error:
            raise StoreError(f"the name of factor set {label} cannot be read: {error}") from error

    def _name(self, label: str, digest: bytes) -> bool:
        names = self.folder / NAMES
        part = names / f"incoming-{secrets.token_hex(16)}"
        try:
            names.mkdir(parents=True, exist_ok=True)
            with part.open("x", encoding="ascii") as writing:
                writing.write(digest.hex())
                writing.flush()
                os.fsync(writing.fileno())
            try:
                os.link(part, names / label)
            except FileExistsError:
                if self._digest(label) != digest:
                    raise FactorSetTakenError(label) from None
                return False
            finally:
                part.unlink()
            _sync_folder(names)
        except OSError as error:
            raise StoreError(f"factor sets cannot be kept in {self.folder}: {error.strerror}") from error
        return True


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
