"""What partners sign is judged by the contract's rules, kept once, and answered with a receipt or a reason."""

import pytest
from fastapi.testclient import TestClient

from writing.office import Office


def test_details_in_clear_are_committed_to_with_fresh_salts(office: Office) -> None:
    said = {
        "item": office.new_item(),
        "details": [{"name": "note", "value": {"a": [1]}, "audience": "partners"}],
    }
    first, second = (office.typed("intake", said) for _ in range(2))
    assert first["digest"] != second["digest"]
    assert first["messages"][0]["details"] == first["documents"][0]["root"]
    assert first["typed_data"]["message"]["seq"] == "1"
    assert first["typed_data"]["domain"]["name"] == "ProvenanceLedger"


def test_a_query_gives_the_same_typed_data(office: Office) -> None:
    fields = {"item": office.new_item(), "deadline": "99999999999"}
    asked = office.client.get("/typed-data/intake", params=fields)
    assert asked.json() == office.typed("intake", fields)


def test_the_same_event_again_gets_the_first_receipt(office: Office) -> None:
    body = office.signed(office.world.centre, office.typed("intake", {"item": office.new_item()}))
    first = office.client.post("/submissions/intake", json=body)
    again = office.client.post("/submissions/intake", json=body)
    assert (first.status_code, again.status_code) == (202, 202), first.text
    assert first.json()["receipts"][0]["id"] == again.json()["receipts"][0]["id"]
    assert first.json()["receipts"][0]["submitted"] == again.json()["receipts"][0]["submitted"]


def test_an_idempotency_key_is_answered_alike_and_not_lent_to_another_request(office: Office) -> None:
    body = office.signed(office.world.centre, office.typed("intake", {"item": office.new_item()}))
    headers = {"Idempotency-Key": f"key-{body['signature'][:20]}"}
    first = office.client.post("/submissions/intake", json=body, headers=headers)
    again = office.client.post("/submissions/intake", json=body, headers=headers)
    assert first.text == again.text
    other = office.signed(office.world.centre, office.typed("intake", {"item": office.new_item()}))
    refused = office.client.post("/submissions/intake", json=other, headers=headers)
    assert refused.status_code == 422
    assert refused.json()["type"] == "/problems/idempotency-key-reused"


def test_events_may_be_signed_ahead_and_are_judged_after_what_waits(office: Office) -> None:
    item = office.new_item()
    centre = office.world.centre
    office.submit(centre, "intake", {"item": item})
    report = office.typed("condition-report", {"item": item, "stage": "evaluated", "grade": 3})
    assert report["messages"][0]["seq"] == "2"
    assert (
        office.client.post("/submissions/condition-report", json=office.signed(centre, report)).status_code
        == 202
    )
    forbidden = office.typed("condition-report", {"item": item, "stage": "recycled"})
    refused = office.client.post("/submissions/condition-report", json=office.signed(centre, forbidden))
    assert refused.status_code == 409
    assert refused.json()["refusals"][0]["rule"] == "ForbiddenMove"


def test_one_refused_message_refuses_all_and_keeps_nothing(office: Office) -> None:
    good, bad = office.new_item(), office.new_item()
    typed = office.typed("intake", {"item": good}, {"item": bad, "seq": 9})
    refused = office.client.post("/submissions/intake", json=office.signed(office.world.centre, typed))
    assert refused.status_code == 409
    (refusal,) = refused.json()["refusals"]
    assert (refusal["index"], refusal["item"], refusal["rule"]) == (1, bad, "StaleSeq")
    assert office.typed("intake", {"item": good})["messages"][0]["seq"] == "1"


def test_a_signature_over_another_content_is_refused_by_name(office: Office) -> None:
    typed = office.typed("intake", {"item": office.new_item()})
    body = office.signed(office.world.centre, typed)
    body["messages"] = [{**typed["messages"][0], "grade": "1"}]
    refused = office.client.post("/submissions/intake", json=body)
    assert refused.status_code == 422
    assert "no key of the registry" in refused.json()["detail"]
    named = office.client.post(
        "/submissions/intake", json=body | {"signer": "0x" + office.world.centre.address.hex()}
    )
    assert (named.status_code, named.json()["refusals"][0]["rule"]) == (409, "BadSignature")


def test_details_that_no_message_commits_to_are_refused(office: Office) -> None:
    typed = office.typed("intake", {"item": office.new_item(), "details": [{"name": "note", "value": "a"}]})
    body = office.signed(office.world.centre, typed)
    body["documents"][0]["fields"][0]["value"] = "b"
    refused = office.client.post("/submissions/intake", json=body)
    assert (refused.status_code, refused.json()["title"]) == (
        422,
        "Something in the request cannot be understood",
    )


WRONG = {
    "no key at all": ({"signature": "0x" + "00" * 65}, 422),
    "a short signature": ({"signature": "0x1234"}, 422),
    "no hex": ({"signature": "zz"}, 422),
    "no messages": ({"messages": []}, 422),
    "another type's message": ({"messages": [{"key": "0x"}]}, 422),
    "an unknown member": ({"surplus": 1}, 422),
    "a salt of other length": (
        {"documents": [{"fields": [{"name": "a", "value": 1, "salt": "0x12", "audience": "public"}]}]},
        422,
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_malformed_requests_are_problems_that_change_nothing(office: Office, wrong: str) -> None:
    item = office.new_item()
    body = office.signed(office.world.centre, office.typed("intake", {"item": item}))
    change, status = WRONG[wrong]
    refused = office.client.post("/submissions/intake", json=body | change)
    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["detail"]
    assert office.typed("intake", {"item": item})["messages"][0]["seq"] == "1"


def test_a_body_that_is_too_large_or_no_text_is_a_problem(office: Office) -> None:
    large = office.client.post("/submissions/intake", content=b"[" + b"1," * 2_200_000 + b"1]")
    assert (large.status_code, large.json()["type"]) == (413, "/problems/request-too-large")
    binary = office.client.post(
        "/submissions/intake", content=b'{"a":"\xff"}', headers={"content-type": "application/json"}
    )
    assert binary.status_code == 422
    assert binary.headers["content-type"] == "application/problem+json"


def test_an_unknown_receipt_and_an_unknown_message_are_problems(client: TestClient) -> None:
    assert client.get("/submissions/0x" + "ab" * 32).json()["type"] == "/problems/no-such-submission"
    assert client.post("/typed-data/nothing", json={"messages": [{}]}).status_code == 422


@pytest.fixture
def client(office: Office) -> TestClient:
    return office.client
