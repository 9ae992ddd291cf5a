"""Evidence is sent by its hash, checked, cached for ever by its reader alone, and never run by a browser."""

import base64
import json
from dataclasses import replace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from provenance.store.evidence import EvidenceStore
from provenance.workflows import evidence, tracing
from provenance.workflows.evidence import Kept
from provenance_api.pages import item_page

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(200))
PAGE = b"<html><script>alert(1)</script></html>"
ABSENT = "ab" * 32


@pytest.fixture(scope="module")
def store(app: FastAPI, client: TestClient) -> EvidenceStore:
    del client  # its lifespan opens the store
    found: EvidenceStore = app.state.evidence
    return found


@pytest.fixture(scope="module")
def photo(store: EvidenceStore) -> Kept:
    return evidence.keep(store, JPEG)


def path_of(kept: Kept) -> str:
    return f"/evidence/{kept.digest.hex()}"


def test_a_file_is_sent_with_its_type_and_its_digest(client: TestClient, photo: Kept) -> None:
    answer = client.get(path_of(photo))
    assert answer.content == JPEG
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["etag"] == f'"{photo.digest.hex()}"'
    assert answer.headers["repr-digest"] == f"sha-256=:{base64.b64encode(photo.digest).decode()}:"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    head = client.head(path_of(photo))
    assert head.headers["content-length"] == str(len(JPEG))
    assert not head.content


def test_what_a_reader_has_is_not_sent_again(client: TestClient, photo: Kept) -> None:
    answer = client.get(path_of(photo), headers={"If-None-Match": f'"{photo.digest.hex()}"'})
    assert answer.status_code == 304
    assert not answer.content


def test_markup_is_sent_as_text_to_be_saved_and_nothing_in_it_runs(
    client: TestClient, store: EvidenceStore
) -> None:
    answer = client.get(path_of(evidence.keep(store, PAGE)))
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith('attachment; filename="')
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ("bytes=0-9", slice(0, 10)),
        ("bytes=200-", slice(200, None)),
        ("bytes=-4", slice(-4, None)),
        ("bytes=5-9999", slice(5, None)),
    ],
)
def test_one_range_is_sent_alone(client: TestClient, photo: Kept, asked: str, sent: slice) -> None:
    answer = client.get(path_of(photo), headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.content == JPEG[sent]
    first = range(len(JPEG))[sent][0]
    assert answer.headers["content-range"] == f"bytes {first}-{first + len(answer.content) - 1}/{len(JPEG)}"


@pytest.mark.parametrize(
    "asked", ["bytes=9-3", "bytes=0-1,4-5", "items=0-1", "bytes=900-", "bytes=-0", "bytes=-"]
)
def test_other_ranges_are_answered_with_the_whole_file(client: TestClient, photo: Kept, asked: str) -> None:
    answer = client.get(path_of(photo), headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, JPEG)


def test_a_range_of_another_version_is_answered_with_the_whole_file(client: TestClient, photo: Kept) -> None:
    answer = client.get(path_of(photo), headers={"Range": "bytes=0-1", "If-Range": '"other"'})
    assert (answer.status_code, answer.content) == (200, JPEG)


def test_what_is_not_sent_says_why(client: TestClient, store: EvidenceStore) -> None:
    def problem(name: str, status: int) -> dict[str, str]:
        answer = client.get(f"/evidence/{name}")
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        explained = client.get(answer.json()["type"])
        assert explained.json()["title"] == answer.json()["title"]
        found: dict[str, str] = answer.json()
        return found

    assert ABSENT in problem(ABSENT, 404)["detail"]
    assert "64 hex digits" in problem("photo.jpg", 422)["detail"]
    erased = evidence.keep(store, b"a face")
    evidence.erase(store, erased.digest)
    assert "was erased" in problem(erased.digest.hex(), 410)["detail"]
    changed = evidence.keep(store, b"weighs 4 kg")
    name = changed.digest.hex()
    (store.folder / name[:2] / name).write_bytes(b"weighs 1 kg")
    assert "changed on the disk" in problem(name, 500)["detail"]


def test_the_page_links_the_evidence_that_an_event_names(
    app: FastAPI, client: TestClient, photo: Kept
) -> None:
    database = app.state.database
    history = tracing.history(database, tracing.find(database, client.get("/items").json()["items"][0]["id"]))

    def page(value: object) -> str:
        said = history.events[0]._replace(signer_said=[("evidence", json.dumps(value))])
        return bytes(item_page(replace(history, events=(said, *history.events[1:]))).body).decode()

    link = f'href="{path_of(photo)}"'
    assert link in page([photo.uri])
    assert link in page(photo.digest.hex())
    for other in (["/etc/passwd"], ["javascript:alert(1)"], {"a": 1}, 7, [[photo.uri]], [photo.uri, 7]):
        assert 'href="/evidence/' not in page(other)
