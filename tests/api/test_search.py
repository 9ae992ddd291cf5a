"""One search box finds anything that has a name, and says what it found and by what."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

PAGE = {"Accept": "text/html"}


def hits(client: TestClient, asked: object) -> list[dict[str, Any]]:
    answer = client.get("/search", params={"q": str(asked)})
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["hits"]
    return found


@pytest.fixture(scope="module")
def item(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/items").json()["items"][0]
    return found


@pytest.fixture(scope="module")
def event(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/events").json()["events"][0]
    return found


def test_an_item_is_found_by_each_of_its_identifiers_and_each_is_called_by_its_name(
    client: TestClient, item: dict[str, Any]
) -> None:
    for asked, by in (
        (item["id"], "item id"),
        (item["id"].removeprefix("0x").upper(), "item id"),
        (item["uri"], "URI"),
        (item["uri"].replace("id.gs1.org", "brand.example") + "?x=1", "URI"),
        (item["serial"], "serial number"),
        (f"  {item['serial']} ", "serial number"),
        (item["gtin"], "GTIN"),
        (item["title"], "words"),
    ):
        found = [hit for hit in hits(client, asked) if hit["id"] == item["id"]]
        assert [(hit["kind"], hit["by"]) for hit in found] == [("item", by)]
        assert client.get(found[0]["path"]).json()["item"]["id"] == item["id"]


def test_a_transaction_a_key_and_a_partner_are_found_too(client: TestClient, event: dict[str, Any]) -> None:
    by = event["by"]
    for asked, kind, why, title in (
        (event["transaction"], "transaction", "transaction hash", None),
        (by["key"], "key", "address", by["name"]),
        (by["key"].removeprefix("0x").upper(), "key", "address", by["name"]),
        (by["partner"], "partner", "number", by["name"]),
        (by["name"], "partner", "name", by["name"]),
        (by["name"].upper()[:10], "partner", "name", by["name"]),
    ):
        found = [hit for hit in hits(client, asked) if hit["title"] == title and hit["kind"] == kind]
        assert [hit["by"] for hit in found] == [why]
        assert client.get(found[0]["path"]).status_code == 200


def test_a_transaction_s_path_leads_to_its_events(client: TestClient, event: dict[str, Any]) -> None:
    (hit,) = hits(client, event["transaction"])
    digests = [other["digest"] for other in client.get(hit["path"]).json()["events"]]
    assert event["digest"] in digests


@pytest.mark.parametrize(
    "asked",
    ["", " ", "%", "no such thing anywhere", "00" * 32, "00" * 20, "urn:imei:490154203237518", "9999999"],
)
def test_what_is_not_there_is_no_hit_and_the_answer_says_how_fresh_it_is(
    client: TestClient, asked: str
) -> None:
    answer = client.get("/search", params={"q": asked}).json()
    assert answer["hits"] == []
    assert answer["complete"] is True
    assert answer["as_of_block"] > 0


def test_control_characters_are_refused_by_name(client: TestClient) -> None:
    answer = client.get("/search", params={"q": "a\x00b"})
    assert answer.status_code == 422
    assert "control characters" in answer.json()["detail"]
    assert client.get("/", params={"q": "a\x00b"}, headers=PAGE).status_code == 422


def test_the_page_s_box_shows_partners_keys_and_transactions(
    client: TestClient, event: dict[str, Any]
) -> None:
    for asked, path in (
        (event["by"]["name"], f"/partners/{event['by']['partner']}"),
        (event["by"]["key"], f"/keys/{event['by']['key']}"),
        (event["transaction"], f"/events?transaction={event['transaction']}"),
    ):
        page = client.get("/", params={"q": asked}, headers=PAGE, follow_redirects=False)
        assert page.status_code == 200
        assert f'href="{path}"' in page.text
        assert "Nothing here matches" not in page.text
