"""What was taken in reaches the chain exactly once, and receipts say so."""

import json

from ledger.world import Signatory
from writing.office import Office


def test_an_intake_becomes_final_with_its_transaction(office: Office) -> None:
    (receipt,) = office.settled(office.submit(office.world.centre, "intake", {"item": office.new_item()}))
    assert receipt["status"] == "final"
    sent = office.world.chain.request("eth_getTransactionReceipt", [receipt["transaction"]])
    assert int(sent["status"], 16) == 1
    item = office.client.get(f"/items/{receipt['item']}").json()
    assert item["stage"] == "Received"


def test_many_under_one_signature_and_several_of_one_item_are_recorded(office: Office) -> None:
    items = [office.new_item() for _ in range(150)]
    first = office.submit(office.world.centre, "intake", *({"item": item} for item in items))
    second = office.submit(
        office.world.centre,
        "condition-report",
        *({"item": item, "stage": "evaluated", "grade": 3} for item in reversed(items)),
    )
    done = office.settled(first + second)
    assert {receipt["status"] for receipt in done} == {"final"}
    for item in (items[0], items[-1]):
        assert office.world.slot(bytes.fromhex(item[2:])).seq == 2


def test_a_challenge_a_hold_and_a_correction_reach_the_chain(office: Office) -> None:
    world = office.world
    (item,) = office.taken_in(world.centre)
    receipts = [
        *office.submit(world.workshop, "challenge", {"item": item, "challenged": 1}),
        *office.submit(world.auditor, "hold", {"item": item, "onHold": True}),
        *office.submit(world.centre, "correction", {"item": item, "corrects": 1, "answers": 1}),
    ]
    done = office.settled(receipts)
    assert [(receipt["kind"], receipt["status"]) for receipt in done] == [
        ("Challenge", "final"),
        ("Hold", "final"),
        ("Correction", "final"),
    ]
    assert done[0]["count"] == 1
    assert "seq" not in done[0]


def test_a_stream_tells_every_change_and_resumes_after_the_last_seen(office: Office) -> None:
    (receipt,) = office.submit(office.world.centre, "intake", {"item": office.new_item()})
    path = f"/submissions/{receipt['id']}/stream"
    told = events_of(office.client.get(path).text)
    assert told[-1]["event"] == "final"
    assert [int(event["id"]) for event in told] == sorted({int(event["id"]) for event in told})
    assert office.client.get(path, headers={"Last-Event-ID": told[-1]["id"]}).text.strip() == ""


def events_of(text: str) -> list[dict[str, str]]:
    blocks = [block for block in text.split("\n\n") if "data:" in block]
    found = [dict(line.split(": ", 1) for line in block.splitlines() if ": " in line) for block in blocks]
    assert all(json.loads(event["data"]) for event in found)
    return found


def test_a_stranger_s_key_someone_else_s_item_and_a_past_deadline_are_refused_by_rule(office: Office) -> None:
    world = office.world
    (item,) = office.taken_in(world.centre)
    stranger = office.typed("intake", {"item": office.new_item()})
    assert (
        office.client.post("/submissions/intake", json=office.signed(Signatory("x"), stranger)).status_code
        == 422
    )
    for who, fields, rule in (
        (world.workshop, {"item": item}, "NotCustodian"),
        (world.centre, {"item": item, "deadline": 1}, "Expired"),
    ):
        body = office.signed(who, office.typed("condition-report", fields))
        refused = office.client.post("/submissions/condition-report", json=body)
        assert (refused.status_code, refused.json()["refusals"][0]["rule"]) == (409, rule)
