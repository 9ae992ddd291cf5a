"""Hand-overs: a signed offer waits for the other side, and becomes one event of both signatures, or says why not."""

import json
import subprocess
import time
from pathlib import Path

import pytest

from ledger.world import Member
from provenance.proofs.signatures import sign
from provenance.workflows.offering import personal_digest
from sample_keys import private_key
from writing.office import Json, Office

CAST = Path(__file__).parents[2] / "node_modules/@foundry-rs/cast-linux-amd64/bin/cast"


def offered(office: Office, giver: Member, receiver: Member, items: list[str]) -> list[Json]:
    typed = office.typed("custody-offer", *({"item": item, "to": receiver.partner} for item in items))
    answer = office.client.post("/offers/custody-offer", json=office.signed(giver, typed))
    assert answer.status_code == 202, answer.text
    return answer.json()["offers"]


def inbox(office: Office, who: Member) -> list[str]:
    found: list[str] = []
    after: int | None = 0
    while after is not None:
        page = office.client.get(
            f"/partners/{who.partner}/inbox", params={"after": after, "limit": 100}
        ).json()
        found += [one["offer"] for one in page["offers"]]
        after = page["next"]
    return found


def state(office: Office, offer: str) -> tuple[str, str | None]:
    found = office.client.get(f"/offers/{offer}").json()
    return found["state"], found["reason"]


def test_an_offer_waits_in_the_inbox_and_is_accepted_with_reservations(office: Office) -> None:
    centre, workshop = office.world.centre, office.world.workshop
    (item,) = office.taken_in(centre)
    (offer,) = offered(office, centre, workshop, [item])
    assert offer["offer"] in inbox(office, workshop)
    (receipt,) = office.submit(
        workshop,
        "custody-acceptance",
        {
            "offer": offer["offer"],
            "exceptions": ["damaged", "missing part"],
            "details": [{"name": "damage", "value": "Screen cracked"}],
        },
    )
    assert offer["offer"] not in inbox(office, workshop)
    assert office.settled([receipt])[0]["status"] == "final"
    assert state(office, offer["offer"]) == ("accepted", None)
    history = office.client.get(f"/items/{item}/history").json()
    last = history["events"][-1]
    assert (last["kind"], last["to"]["partner"]) == ("CustodyTransfer", workshop.partner)
    assert len(last["reservations"]) == 2
    assert office.world.slot(bytes.fromhex(item[2:])).custodian == workshop.partner


def test_one_signature_of_each_side_hands_over_a_pallet(office: Office) -> None:
    centre, workshop = office.world.centre, office.world.workshop
    items = office.taken_in(centre, 200)
    offers = offered(office, centre, workshop, items)
    taken = office.submit(workshop, "custody-acceptance", *({"offer": one["offer"]} for one in offers))
    done = office.settled(taken)
    assert {receipt["status"] for receipt in done} == {"final"}
    assert len({receipt["transaction"] for receipt in done}) <= 2


def test_part_of_a_pallet_in_another_order_may_be_accepted(office: Office) -> None:
    centre, workshop = office.world.centre, office.world.workshop
    offers = offered(office, centre, workshop, office.taken_in(centre, 7))
    chosen = [offers[place]["offer"] for place in (5, 4, 1)]
    taken = office.submit(workshop, "custody-acceptance", *({"offer": one} for one in chosen))
    assert {receipt["status"] for receipt in office.settled(taken)} == {"final"}
    assert state(office, offers[0]["offer"])[0] == "open"


def test_a_declined_offer_says_why_and_can_no_longer_be_accepted(office: Office) -> None:
    world = office.world
    (item,) = office.taken_in(world.centre)
    (offer,) = offered(office, world.centre, world.workshop, [item])
    path = f"/offers/{offer['offer']}/decline"
    text = office.client.get(path, params={"reason": "Wrong dock"}).json()["text"]
    for who, status in ((world.auditor, 422), (world.workshop, 200), (world.workshop, 200)):
        signature = "0x" + sign(private_key(who.label), personal_digest(text)).hex()
        answer = office.client.post(path, json={"reason": "Wrong dock", "signature": signature})
        assert answer.status_code == status, answer.text
    assert state(office, offer["offer"]) == ("declined", "Wrong dock")
    typed = office.typed("custody-acceptance", {"offer": offer["offer"]})
    refused = office.client.post("/submissions/custody-acceptance", json=office.signed(world.workshop, typed))
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/offer-closed")


def test_a_withdrawn_offer_is_closed_at_once_and_on_chain(office: Office) -> None:
    world = office.world
    (item,) = office.taken_in(world.centre)
    (offer,) = offered(office, world.centre, world.workshop, [item])
    withdrawn = office.submit(world.centre, "withdrawal", {"item": item, "offer": offer["offer"]})
    assert state(office, offer["offer"])[0] == "withdrawn"
    assert office.settled(withdrawn)[0]["status"] == "final"


def test_an_offer_is_void_with_a_reason_once_the_history_changed(office: Office) -> None:
    world = office.world
    (item,) = office.taken_in(world.centre)
    (offer,) = offered(office, world.centre, world.workshop, [item])
    office.settled(office.submit(world.centre, "condition-report", {"item": item}))
    office.until(lambda: state(office, offer["offer"])[0] == "voided")
    assert "offer and sign again" in str(state(office, offer["offer"])[1])
    theirs = office.client.get(f"/partners/{world.centre.partner}/offers", params={"state": "voided"}).json()
    assert offer["offer"] in [one["offer"] for one in theirs["offers"]]


def test_an_offer_expires(office: Office) -> None:
    world = office.world
    (item,) = office.taken_in(world.centre)
    soon = int(time.time()) + 3
    typed = office.typed("custody-offer", {"item": item, "to": world.workshop.partner, "deadline": soon})
    made = office.client.post("/offers/custody-offer", json=office.signed(world.centre, typed)).json()
    office.until(lambda: state(office, made["offers"][0]["offer"])[0] == "expired")


def test_only_what_could_be_recorded_is_offered(office: Office) -> None:
    world = office.world
    (item,) = office.taken_in(world.centre)
    for who, to, rule in (
        (world.workshop, world.auditor.partner, "NotCustodian"),
        (world.centre, world.centre.partner, "SameCustodian"),
        (world.centre, 99_999, "UnknownPartner"),
    ):
        typed = office.typed("custody-offer", {"item": item, "to": to})
        refused = office.client.post("/offers/custody-offer", json=office.signed(who, typed))
        assert (refused.status_code, refused.json()["refusals"][0]["rule"]) == (409, rule)
    office.submit(world.centre, "condition-report", {"item": item})
    early = office.client.post("/typed-data/custody-offer", json={"messages": [{"item": item, "to": 2}]})
    assert early.status_code in (200, 409)  # the report may have been recorded meanwhile
    alone = office.typed("intake", {"item": office.new_item()})
    assert (
        office.client.post("/submissions/custody-offer", json=office.signed(world.centre, alone)).status_code
        == 422
    )


def test_a_ruling_that_moves_custody_waits_for_its_receiver(office: Office) -> None:
    world = office.world
    (item,) = office.taken_in(world.centre)
    ruled = {"item": item, "stage": "received", "to": world.workshop.partner}
    typed = office.typed("ruling", ruled)
    alone = office.client.post("/submissions/ruling", json=office.signed(world.auditor, typed))
    assert alone.json()["refusals"][0]["rule"] == "AcceptanceMissing"
    made = office.client.post("/offers/ruling", json=office.signed(world.auditor, typed)).json()["offers"]
    taken = office.submit(world.workshop, "custody-acceptance", {"offer": made[0]["offer"]})
    assert office.settled(taken)[0]["status"] == "final"


@pytest.mark.skipif(not CAST.exists(), reason="scripts/install-node-tools brings cast")
def test_a_program_that_is_not_ours_signs_both_halves_of_a_hand_over(office: Office) -> None:
    """foundry's cast signs the typed data exactly as it was handed out."""
    world = office.world
    (item,) = office.taken_in(world.centre)
    halves: list[tuple[str, str, Json, Member]] = []
    halves.append(
        ("custody-offer", "/offers/custody-offer", {"item": item, "to": world.workshop.partner}, world.centre)
    )
    halves.append(("custody-acceptance", "/submissions/custody-acceptance", {}, world.workshop))
    answer: Json = {}
    for message, path, fields, who in halves:
        known = {"offer": answer["offers"][0]["offer"]} if answer else {}
        typed = office.typed(message, {**fields, **known})
        key = "0x" + private_key(who.label).hex()
        signed = subprocess.run(
            [CAST, "wallet", "sign", "--data", json.dumps(typed["typed_data"]), "--private-key", key],
            check=True,
            capture_output=True,
            text=True,
        )
        body = {"messages": typed["messages"], "signature": signed.stdout.strip()}
        response = office.client.post(path, json=body)
        assert response.status_code == 202, response.text
        answer = response.json()
    assert office.settled(answer["receipts"])[0]["status"] == "final"
    assert world.slot(bytes.fromhex(item[2:])).custodian == world.workshop.partner
