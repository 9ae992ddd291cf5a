"""Keys are granted and revoked by signature, without coins, and are usable once the registry has them."""

import time

from ledger.world import Signatory
from provenance.proofs.signatures import sign
from sample_keys import private_key
from writing.office import Json, Office


def settled(office: Office, request: Json) -> Json:
    deadline = time.monotonic() + 20
    while request["status"] not in ("final", "rejected"):
        assert time.monotonic() < deadline, request
        time.sleep(0.05)
        request = office.client.get(request["href"]).json()
    return request


def signature(who: Signatory, typed: Json) -> str:
    return "0x" + sign(private_key(who.label), bytes.fromhex(typed["digest"][2:])).hex()


def granted(office: Office, new: Signatory, **fields: object) -> Json:
    centre = office.world.centre
    asked = {"key": "0x" + new.address.hex(), "partner": centre.partner, "roles": ["intake"], **fields}
    typed = office.typed("key-grant", asked)
    body = {
        "message": typed["messages"][0],
        "signature": signature(centre, typed),
        "countersignature": signature(new, typed),
    }
    answer = office.client.post("/key-requests/key-grant", json=body)
    return {"status_code": answer.status_code, **answer.json()}


def test_a_granted_key_writes_and_a_revoked_one_does_not(office: Office) -> None:
    new = Signatory(f"new key {time.time_ns()}")
    assert settled(office, granted(office, new))["status"] == "final"
    (receipt,) = office.settled(office.submit(new, "intake", {"item": office.new_item()}))
    assert receipt["status"] == "final"
    typed = office.typed("key-revocation", {"key": "0x" + new.address.hex(), "validTo": 0})
    body = {"message": typed["messages"][0], "signature": signature(new, typed)}
    first = office.client.post("/key-requests/key-revocation", json=body)
    assert first.status_code == 202, first.text
    assert office.client.post("/key-requests/key-revocation", json=body).json()["id"] == first.json()["id"]
    assert settled(office, first.json())["status"] == "final"
    time.sleep(1.1)  # a key's last second is still its own
    intake = office.typed("intake", {"item": office.new_item()})
    refused = office.client.post("/submissions/intake", json=office.signed(new, intake))
    assert refused.json()["refusals"][0]["rule"] == "KeyNotValid"


def test_a_grant_that_the_registry_would_refuse_is_refused_by_its_rule(office: Office) -> None:
    new = Signatory(f"other key {time.time_ns()}")
    for fields, rule in (
        ({"partner": office.world.workshop.partner}, "WrongPartner"),
        ({"deadline": 1}, "GrantExpired"),
        ({"key": "0x" + office.world.centre.address.hex()}, "KeyExists"),
    ):
        refused = granted(office, new, **fields)
        assert (refused["status_code"], refused["refusals"][0]["rule"]) == (409, rule)
    typed = office.typed(
        "key-grant", {"key": "0x" + new.address.hex(), "partner": office.world.centre.partner, "roles": 2}
    )
    both = signature(office.world.centre, typed)
    body = {"message": typed["messages"][0], "signature": both, "countersignature": both}
    refused = office.client.post("/key-requests/key-grant", json=body).json()
    assert refused["refusals"][0]["rule"] == "BadSignature"
