"""What the server hands out to be checked is checked here, by the verifier that knows no server."""

import re

import pytest
from fastapi.testclient import TestClient

from provenance.proofs.journal import verify_journal
from provenance.proofs.verdict import Verdict
from provenance.proofs.verifier import verify


@pytest.fixture(scope="module")
def item(client: TestClient) -> str:
    return str(client.get("/items").json()["items"][0]["id"])


def test_an_items_proof_verifies_with_the_trust_file_of_its_block(client: TestClient, item: str) -> None:
    answer = client.get(f"/items/{item}/proof")
    trust = client.get("/trust.json", params={"block": answer.headers["as-of-block"]})
    report = verify(answer.content, trust.content)
    assert report.verdict is Verdict.VERIFIED, report.reason
    assert report.proven is not None
    told = client.get(f"/items/{item}/history").json()
    assert [event["seq"] for event in told["events"]] == list(range(1, len(report.proven.history) + 1))
    assert re.fullmatch(
        r'attachment; filename="item-[0-9a-f]{12}-block-\d+\.json"', answer.headers["content-disposition"]
    )


def test_a_proof_shows_the_public_fields_alone(client: TestClient, item: str) -> None:
    intake = client.get(f"/items/{item}/proof").json()["events"][0]["details"]
    assert "title" in {field["name"] for field in intake["fields"]}
    assert "returnReference" not in {field["name"] for field in intake["fields"]}
    assert len(intake["withheld"]) == 1


def test_an_id_that_was_never_taken_in_gives_the_proof_of_that(client: TestClient) -> None:
    answer = client.get(f"/items/0x{'00' * 32}/proof")
    report = verify(answer.content, client.get("/trust.json").content)
    assert report.verdict is Verdict.VERIFIED
    assert report.proven is not None
    assert report.proven.slot is None


def test_the_journal_proves_that_these_items_are_all(client: TestClient) -> None:
    answer = client.get("/journal.jsonl")
    report = verify_journal(answer.content.splitlines(keepends=True), client.get("/trust.json").content)
    assert report.verdict is Verdict.VERIFIED, report.reason
    assert report.proven is not None
    assert report.proven.items == client.get("/status").json()["items"]


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/items/unknown-serial/proof", 404, "unknown-serial"),
        (f"/items/0x{'00' * 32}/proof?block=99999999", 422, "block is 99999999: the index ends at block"),
        ("/trust.json?block=99999999", 422, "block is 99999999"),
        ("/journal.jsonl?block=0", 503, "not there yet in block 0"),
    ],
)
def test_what_cannot_be_proven_is_answered_with_what_to_do(
    client: TestClient, path: str, status: int, says: str
) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert says in answer.json()["detail"]


def test_the_page_that_checks_runs_its_own_script_alone(client: TestClient) -> None:
    answer = client.get("/verify", params={"item": "0x00"})
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'; script-src 'sha256-" in policy
    assert policy.endswith("frame-ancestors 'none'")
    assert "connect-src 'self'" in policy
    offline = client.get("/verify.html")
    assert "attachment" in offline.headers["content-disposition"]
    assert "connect-src 'none'" in offline.text or "connect-src" not in offline.text


def test_the_items_page_leads_to_its_check(client: TestClient, item: str) -> None:
    page = client.get(f"/page/{item}", headers={"accept": "text/html"})
    assert f'href="/verify?item={item}"' in page.text
    assert f'href="/items/{item}/proof"' in page.text
