"""Evidence is kept under the hash of its bytes, whole or not at all, and given out only while it has that hash."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.errors import FieldError, InputError, StoreError
from provenance.interchange import media
from provenance.interchange.media import UnknownMediaError, media_of
from provenance.proofs.evidence import evidence_digest, evidence_uri, parse_evidence_name
from provenance.store.evidence import (
    EvidenceDamagedError,
    EvidenceErasedError,
    EvidenceMissingError,
    EvidenceStore,
    EvidenceTooLargeError,
)
from provenance.workflows import evidence

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
NOTE = b"Screen has a scratch of 2 cm."


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path / "evidence", largest=1000)


def files_in(store: EvidenceStore) -> list[Path]:
    return [path for path in store.folder.rglob("*") if path.is_file()]


@given(st.binary(max_size=40))
def test_a_name_is_read_as_it_is_written(content: bytes) -> None:
    digest = evidence_digest(content)
    for name in (
        evidence_uri(digest),
        digest.hex(),
        f"0x{digest.hex().upper()}",
        f" {evidence_uri(digest)}?ct=x",
    ):
        assert parse_evidence_name(name) == digest


def test_a_name_is_the_one_of_rfc_6920() -> None:
    """RFC 6920, section 8.1: the SHA-256 of "Hello World!"."""
    digest = evidence_digest(b"Hello World!")
    assert evidence_uri(digest) == "ni:///sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk"
    assert (
        parse_evidence_name("ni://example.com/sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk") == digest
    )


@pytest.mark.parametrize(
    "name",
    [
        "",
        "abc",
        "g" * 64,
        "../" * 21 + "a",
        "ni:///sha-256;f4OxZX",
        "ni:///sha-256-120;f4OxZX_x_FO5LcGBSKHWXfwtSx-j",
        "ni:///sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGl",
    ],
)
def test_what_is_no_name_is_refused_with_what_a_name_is(name: str) -> None:
    with pytest.raises(FieldError, match="64 hex digits"):
        parse_evidence_name(name)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xd8\xff\xe0" + bytes(10), media.JPEG),
        (PNG, media.PNG),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", media.WEBP),
        (b"%PDF-1.7\n%\xe2\xe3", media.PDF),
        (b'{"voltage": 3.7}', media.JSON),
        (b"a,b\n1,2\n", media.CSV),
        (b"a;b;c\r\n1;2;3\r\n", media.CSV),
        ("﻿Größe\t12\nGewicht\t3\n".encode(), media.CSV),
        (NOTE, media.TEXT),
        (b"{not json}", media.TEXT),
        (b"<html><script>alert(1)</script></html>", media.TEXT),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', media.TEXT),
    ],
)
def test_what_a_file_is_is_told_by_its_bytes(content: bytes, kind: media.Media) -> None:
    assert media_of(content) is kind


@pytest.mark.parametrize(
    "content", [b"", b"MZ\x90\x00", b"PK\x03\x04", b"\x7fELF", b"a\x00b", b"GIF89a\xff", b"RIFFxWEBP\x00"]
)
def test_other_kinds_are_refused_with_those_that_are_kept(store: EvidenceStore, content: bytes) -> None:
    with pytest.raises(UnknownMediaError, match="JPEG, PNG, WebP, PDF, JSON, CSV, plain text"):
        evidence.keep(store, content)
    assert not store.folder.exists()


def test_what_is_kept_is_found_by_its_hash_however_often_it_is_kept(store: EvidenceStore) -> None:
    first, again = evidence.keep(store, PNG), evidence.keep(store, PNG)
    assert first == again
    assert first.digest == evidence_digest(PNG)
    found = evidence.find(store, first.digest)
    assert (found.content, found.kept) == (PNG, first)
    assert files_in(store) == [store.folder / first.digest.hex()[:2] / first.digest.hex()]


def test_a_file_that_was_changed_is_not_given_out_until_the_original_is_added_again(
    store: EvidenceStore,
) -> None:
    kept = evidence.keep(store, NOTE)
    (file,) = files_in(store)
    file.write_bytes(NOTE.replace(b"2 cm", b"2 mm"))
    with pytest.raises(EvidenceDamagedError, match="was changed on the disk"):
        evidence.find(store, kept.digest)
    evidence.keep(store, NOTE)
    assert evidence.find(store, kept.digest).content == NOTE


def test_what_was_never_kept_and_what_was_erased_are_told_apart(store: EvidenceStore) -> None:
    digest = evidence_digest(NOTE)
    with pytest.raises(EvidenceMissingError, match="no evidence"):
        evidence.find(store, digest)
    with pytest.raises(EvidenceMissingError):
        evidence.erase(store, digest)
    evidence.keep(store, NOTE)
    evidence.erase(store, digest)
    evidence.erase(store, digest)
    with pytest.raises(EvidenceErasedError, match="was erased"):
        evidence.find(store, digest)
    with pytest.raises(EvidenceErasedError):
        evidence.keep(store, NOTE)
    assert all(not file.stat().st_size for file in files_in(store))


def test_a_file_beyond_the_limit_is_refused_with_both_sizes(store: EvidenceStore) -> None:
    evidence.keep(store, b"x" * 1000)
    with pytest.raises(EvidenceTooLargeError, match="1001 bytes, at most 1000"):
        evidence.keep(store, b"x" * 1001)


def test_killed_while_writing_nothing_is_kept_under_the_name_and_the_rest_is_cleared_later(
    store: EvidenceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The only moment at which a name appears is the renaming of a file whose bytes are on the disk already."""
    synced: list[int] = []
    real_sync = os.fsync

    def sync(handle: int) -> None:
        real_sync(handle)
        synced.append(handle)

    def killed(self: Path, target: Path) -> None:
        assert synced
        assert self.read_bytes() == NOTE
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", sync)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            evidence.keep(store, NOTE)
    with pytest.raises(EvidenceMissingError):
        evidence.find(store, evidence_digest(NOTE))
    (left,) = files_in(store)
    os.utime(left, (0, time.time() - 2 * 86_400))
    evidence.keep(store, PNG)
    assert [file.read_bytes() for file in files_in(store)] == [PNG]


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="evidence cannot be kept in"):
        evidence.keep(EvidenceStore(tmp_path / "file", 1000), NOTE)


def test_errors_of_input_are_told_from_those_of_the_store() -> None:
    assert issubclass(EvidenceTooLargeError, InputError)
    assert issubclass(UnknownMediaError, InputError)
