"""Many who want the same at once, and wallets that are contracts: one wins, and each is told."""

from concurrent.futures import ThreadPoolExecutor

from ledger.test_wallets import deployed
from ledger.world import Member
from provenance.model.vocabulary import HANDLERS
from writing.office import Json, Office

MANY = 8


def posted(office: Office, bodies: list[tuple[str, Json]]) -> list[int]:
    """Statuses of requests that were all sent at once."""
    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(lambda one: office.client.post(one[0], json=one[1]).status_code, bodies))


def test_of_many_different_events_for_one_place_exactly_one_is_taken_in(office: Office) -> None:
    """Each thread signs another deadline, so each is another event."""
    item, centre = office.new_item(), office.world.centre
    office.settled(office.submit(centre, "intake", {"item": item}))
    typed = [
        office.typed("condition-report", {"item": item, "seq": 2, "deadline": 2**40 + n}) for n in range(MANY)
    ]
    statuses = posted(
        office, [("/submissions/condition-report", office.signed(centre, one)) for one in typed]
    )
    assert sorted(statuses) == [202] + [409] * (MANY - 1)
    office.until(lambda: office.world.slot(bytes.fromhex(item[2:])).seq == 2)


def test_the_same_event_from_many_threads_is_one_submission(office: Office) -> None:
    body = office.signed(office.world.centre, office.typed("intake", {"item": office.new_item()}))
    assert set(posted(office, [("/submissions/intake", body)] * MANY)) == {202}
    answers = [office.client.post("/submissions/intake", json=body).json()["receipts"][0] for _ in range(2)]
    assert answers[0]["id"] == answers[1]["id"]
    assert office.settled(answers[:1])[0]["status"] == "final"
    assert office.world.slot(bytes.fromhex(answers[0]["item"][2:])).seq == 1


def test_an_offer_that_many_keys_accept_at_once_is_taken_once(office: Office) -> None:
    world = office.world
    (item,) = office.taken_in(world.centre)
    typed = office.typed("custody-offer", {"item": item, "to": world.workshop.partner})
    made = office.client.post("/offers/custody-offer", json=office.signed(world.centre, typed)).json()[
        "offers"
    ]
    taken = [
        office.typed("custody-acceptance", {"offer": made[0]["offer"], "exceptions": n}) for n in range(MANY)
    ]
    statuses = posted(
        office,
        [("/submissions/custody-acceptance", office.signed(world.workshop, one)) for one in taken],
    )
    assert statuses.count(202) == 1
    assert set(statuses) == {202, 409}


def test_contract_wallets_give_and_receive(office: Office) -> None:
    """ERC-1271 on both sides of one hand-over; the registry says that the keys are wallets."""
    world = office.world
    sides = []
    for member in (world.centre, world.workshop):
        owner = Member(f"wallet owner of {member.label} {office.new_item()}", member.partner)
        wallet = deployed(world, "honest", owner.address)
        world.grant_wallet(member, wallet, owner.label, HANDLERS)
        sides.append((owner, "0x" + wallet.hex()))
    (giver, giving), (receiver, receiving) = sides
    office.until(lambda: office.client.get(f"/keys/{receiving}").status_code == 200)
    (item,) = office.taken_in(world.centre)
    typed = office.typed("custody-offer", {"item": item, "to": world.workshop.partner})
    anonymous = office.client.post("/offers/custody-offer", json=office.signed(giver, typed))
    assert anonymous.status_code == 422  # a wallet must say who it is
    body = office.signed(giver, typed) | {"signer": giving}
    offer = office.client.post("/offers/custody-offer", json=body).json()["offers"][0]
    typed = office.typed("custody-acceptance", {"offer": offer["offer"]})
    forged = office.signed(giver, typed) | {"signer": receiving}
    refused = office.client.post("/submissions/custody-acceptance", json=forged)
    assert refused.json()["refusals"][0]["rule"] == "BadSignature"
    body = office.signed(receiver, typed) | {"signer": receiving}
    taken = office.client.post("/submissions/custody-acceptance", json=body).json()["receipts"]
    assert office.settled(taken)[0]["status"] == "final"
    assert world.slot(bytes.fromhex(item[2:])).custodian == world.workshop.partner
