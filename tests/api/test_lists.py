"""Every list filters, pages and says how fresh it is; a cursor is for its own list alone."""

import csv
import io
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import delete

from provenance.store.names import PartnerName, save_partner_names
from provenance.store.schema import partner_names

ITEMS = 8
FRESHNESS = {"as_of_block", "as_of_time", "finalized_block", "complete"}


def everything(client: TestClient, path: str, name: str, **params: Any) -> list[dict[str, Any]]:
    """All entries of a list, read page by page with nothing but the cursor."""
    answer = client.get(path, params={**params, "limit": 2}).json()
    found = list(answer[name])
    while answer["next"]:
        answer = client.get(path, params={"after": answer["next"], "limit": 2}).json()
        assert answer.keys() >= FRESHNESS
        found += answer[name]
    return found


@pytest.fixture(scope="module")
def items(client: TestClient) -> list[dict[str, Any]]:
    return everything(client, "/items", "items")


@pytest.mark.parametrize(
    ("param", "of"),
    [
        ("uri", "uri"),
        ("gtin", "gtin"),
        ("serial", "serial"),
        ("category", "category"),
        ("brand", "brand"),
        ("grade", "grade_number"),
    ],
)
def test_a_filter_keeps_exactly_the_items_that_match(
    client: TestClient, items: list[dict[str, Any]], param: str, of: str
) -> None:
    value = next(item[of] for item in items if item[of] is not None)
    found = everything(client, "/items", "items", **{param: value})
    assert {item["id"] for item in found} == {item["id"] for item in items if item[of] == value}


def test_a_custodian_s_items_are_those_it_holds(client: TestClient, items: list[dict[str, Any]]) -> None:
    holders = Counter(item["custodian"]["partner"] for item in items if item["custodian"])
    assert holders
    for partner, number in holders.items():
        assert len(everything(client, "/items", "items", custodian=partner)) == number


def test_days_are_those_of_the_last_change(client: TestClient, items: list[dict[str, Any]]) -> None:
    day = items[0]["last_time"][:10]
    assert len(everything(client, "/items", "items", **{"from": day})) == len(
        [item for item in items if item["last_time"][:10] >= day]
    )
    assert everything(client, "/items", "items", **{"from": "9999-12-31"}) == []
    assert everything(client, "/items", "items", to="2000-01-01") == []
    assert len(everything(client, "/items", "items", to="9999-12-31")) == ITEMS


def test_oldest_first_is_newest_first_read_backwards(client: TestClient, items: list[dict[str, Any]]) -> None:
    assert everything(client, "/items", "items", sort="oldest") == items[::-1]


@pytest.mark.parametrize(
    ("sort", "by"),
    [
        ("newest", lambda item: -item["last_block"]),
        ("title", lambda item: str(item["title"] or "").lower()),
        ("brand", lambda item: str(item["brand"] or "").lower()),
    ],
)
@pytest.mark.parametrize("filters", [{}, {"on_hold": False}, {"to": "9999-12-31"}], ids=str)
def test_every_order_holds_across_pages_with_any_filter(
    client: TestClient,
    sort: str,
    by: Callable[[dict[str, Any]], Any],
    filters: dict[str, Any],
) -> None:
    found = everything(client, "/items", "items", sort=sort, **filters)
    assert [by(item) for item in found] == sorted(by(item) for item in found)
    backwards = {"newest": "oldest"}.get(sort, f"-{sort}")
    assert everything(client, "/items", "items", sort=backwards, **filters) == found[::-1]
    assert len({item["id"] for item in found}) == len(found) == ITEMS


def test_first_seen_is_the_order_of_the_first_intakes(
    client: TestClient, items: list[dict[str, Any]]
) -> None:
    intakes = everything(client, "/events", "events", kind="Intake", sort="oldest")
    blocks = {event["item"]: event["block"] for event in intakes if event["seq"] == 1}
    found = everything(client, "/items", "items", sort="first_seen")
    assert [blocks[item["id"]] for item in found] == sorted(blocks.values())
    assert everything(client, "/items", "items", sort="-first_seen") == found[::-1]


def test_a_category_sorted_by_title_is_the_category(client: TestClient, items: list[dict[str, Any]]) -> None:
    for category in {item["category"] for item in items}:
        found = everything(client, "/items", "items", category=category, sort="title")
        assert {i["id"] for i in found} == {i["id"] for i in items if i["category"] == category}
        assert [i["title"].lower() for i in found] == sorted(i["title"].lower() for i in found)
        named = everything(client, "/items", "items", q=category)
        assert {i["id"] for i in everything(client, "/items", "items", q=category, sort="title")} == {
            i["id"] for i in named
        }


@pytest.mark.parametrize("of", ["id", "uri", "serial", "gtin"])
def test_the_one_search_box_finds_an_item_by_any_identifier(
    client: TestClient, items: list[dict[str, Any]], of: str
) -> None:
    for item in items:
        found = client.get("/items", params={"q": item[of]}).json()["items"]
        assert item["id"] in [other["id"] for other in found]
        assert len(found) < ITEMS


def test_the_beginning_of_a_word_finds_it_whatever_its_case(
    client: TestClient, items: list[dict[str, Any]]
) -> None:
    word = next(word for item in items for word in str(item["category"]).split() if len(word) > 4)
    found = everything(client, "/items", "items", q=word[:4].upper())
    assert {item["id"] for item in items if word in str(item["category"])} <= {item["id"] for item in found}


def test_all_words_must_match(client: TestClient, items: list[dict[str, Any]]) -> None:
    asked = f"{items[0]['serial']} {items[0]['category']}"
    assert [item["id"] for item in everything(client, "/items", "items", q=asked)] == [items[0]["id"]]
    assert everything(client, "/items", "items", q=f"{items[0]['serial']} nonsense") == []


def test_a_cursor_with_other_filters_is_refused_by_name(client: TestClient) -> None:
    after = client.get("/items", params={"limit": 1, "sort": "oldest"}).json()["next"]
    same = client.get("/items", params={"after": after, "sort": "oldest"})
    alone = client.get("/items", params={"after": after})
    assert same.json()["items"] == alone.json()["items"]
    for path, params in (("/items", {"stage": 1}), ("/events", {}), ("/partners", {})):
        answer = client.get(path, params={"after": after, **params})
        assert answer.status_code == 422
        assert answer.json()["type"] == "/problems/cursor-of-another-list"
    assert "sort oldest" in client.get("/items", params={"after": after, "stage": 1}).json()["detail"]


@pytest.mark.parametrize(
    "cursor",
    [
        "yesterday",
        "WzEsIml0ZW1zIix7fSwxLCJ4Il0",
        "WzJd",
        "é",
        "W" * 3000,
        "bnVsbA",
        "WzEsIml0ZW1zIix7ImJyYW5kIjoiXHVkODAwIn0sMSwiMCJd",
    ],
)
def test_what_is_no_cursor_is_refused(client: TestClient, cursor: str) -> None:
    answer = client.get("/items", params={"after": cursor})
    assert answer.status_code == 422
    assert "none of ours" in answer.json()["detail"]


def test_counting_is_exact_where_asked_for(client: TestClient, items: list[dict[str, Any]]) -> None:
    assert client.get("/items").json()["count"] is None
    assert client.get("/items", params={"count": True, "limit": 1}).json()["count"] == {
        "number": ITEMS,
        "exact": True,
    }
    category = items[0]["category"]
    counted = client.get("/items", params={"count": True, "category": category}).json()["count"]["number"]
    assert counted == sum(item["category"] == category for item in items)


def test_the_same_list_is_a_table_and_a_document(client: TestClient, items: list[dict[str, Any]]) -> None:
    assert client.get("/items.json").json() == client.get("/items").json()
    answer = client.get("/items.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["complete"] == "true"
    assert int(answer.headers["as-of-block"]) == client.get("/items").json()["as_of_block"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["id"] for row in rows] == [item["id"] for item in items]
    assert [row["stage"] for row in rows] == [item["stage"] for item in items]
    stage = client.get("/items.csv", params={"q": items[0]["serial"]})
    assert [row["id"] for row in csv.DictReader(io.StringIO(stage.text))] == [items[0]["id"]]


@pytest.mark.parametrize("name", ["items", "events", "challenges", "holds", "partners", "keys"])
def test_every_list_is_a_document_a_table_and_not_sent_twice(client: TestClient, name: str) -> None:
    listed = everything(client, f"/{name}", name)
    document, table = client.get(f"/{name}.json"), client.get(f"/{name}.csv")
    assert document.json() == client.get(f"/{name}").json()
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert len(rows) == len(listed)
    assert table.headers["content-disposition"] == f'attachment; filename="{name}.csv"'
    for answer in (document, table):
        tag = answer.headers["etag"]
        again = client.get(answer.request.url, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        other = client.get(f"{answer.request.url.path}?x=1", headers={"If-None-Match": tag})
        assert other.status_code == 200


def test_a_table_s_cells_are_the_document_s_values(client: TestClient) -> None:
    events = everything(client, "/events", "events")
    rows = list(csv.DictReader(io.StringIO(client.get("/events.csv").text)))
    assert [row["digest"] for row in rows] == [event["digest"] for event in events]
    assert [row["by_name"] for row in rows] == [event["by"]["name"] for event in events]
    assert [row["to_key"] for row in rows] == [event["to"]["key"] if event["to"] else "" for event in events]
    keys = everything(client, "/keys", "keys")
    rows = list(csv.DictReader(io.StringIO(client.get("/keys.csv").text)))
    assert [row["roles"] for row in rows] == [" ".join(key["roles"]) for key in keys]


def test_a_list_s_tag_changes_with_the_index_and_with_a_name_that_becomes_known(
    client: TestClient, app: FastAPI
) -> None:
    """Names are not on the chain: one that is saved changes answers without any block."""
    before = client.get("/partners").headers["etag"]
    assert client.get("/partners").headers["etag"] == before
    with app.state.database.writing() as connection:
        save_partner_names(connection, [PartnerName(bytes(32), "Nobody", "nothing", True)])
    assert client.get("/partners", headers={"If-None-Match": before}).status_code == 200
    with app.state.database.writing() as connection:
        connection.execute(delete(partner_names).where(partner_names.c.name_hash == bytes(32)))


def test_a_partner_s_events_are_those_it_signed_or_received(client: TestClient) -> None:
    events = everything(client, "/events", "events")
    for partner in {event["by"]["partner"] for event in events}:
        own = [e for e in events if partner in (e["by"]["partner"], e["to"] and e["to"]["partner"])]
        assert everything(client, "/events", "events", partner=partner) == own
        assert everything(client, "/events", "events", partner=partner, sort="oldest") == own[::-1]
        kind = own[0]["kind"]
        assert everything(client, "/events", "events", partner=partner, kind=kind) == [
            e for e in own if e["kind"] == kind
        ]
        item = own[0]["item"]
        assert everything(client, "/events", "events", partner=partner, item=item) == [
            e for e in own if e["item"] == item
        ]
    assert everything(client, "/events", "events", partner=999) == []


def test_a_transaction_s_events_are_those_it_carried(client: TestClient) -> None:
    events = everything(client, "/events", "events")
    for tx in {event["transaction"] for event in events[:20]}:
        carried = [e for e in events if e["transaction"] == tx]
        assert everything(client, "/events", "events", transaction=tx) == carried
        assert everything(client, "/events", "events", transaction=tx.removeprefix("0x").upper()) == carried
    assert everything(client, "/events", "events", transaction="00" * 32) == []


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/events?kind=Repair", "Intake"),
        ("/events?transaction=0x12", "64 hex digits"),
        ("/events?partner=0", "partner"),
        ("/items?sort=price", "first_seen"),
        ("/events?sort=title", "newest"),
        ("/items.csv?gtin=12", "a GTIN has"),
    ],
)
def test_a_filter_that_cannot_be_says_what_can(client: TestClient, path: str, words: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


def test_events_come_in_the_chain_s_order_and_agree_with_histories(
    client: TestClient, items: list[dict[str, Any]]
) -> None:
    events = everything(client, "/events", "events", sort="oldest")
    assert [(e["block"], e["log_index"]) for e in events] == sorted(
        (e["block"], e["log_index"]) for e in events
    )
    assert len(events) == sum(item["events"] for item in items)
    assert everything(client, "/events", "events") == events[::-1]
    item = items[0]
    own = everything(client, "/events", "events", item=item["id"], sort="oldest")
    history = client.get(f"/items/{item['id']}/history").json()["events"]
    assert [(e["seq"], e["what"], e["digest"]) for e in own] == [
        (e["seq"], e["what"], e["digest"]) for e in history
    ]
    kinds = Counter(event["kind"] for event in events)
    for kind, number in kinds.items():
        assert len(everything(client, "/events", "events", kind=kind)) == number


def test_one_event_is_the_history_s_and_a_missing_one_says_so(
    client: TestClient, items: list[dict[str, Any]]
) -> None:
    history = client.get(f"/items/{items[0]['id']}/history").json()
    answer = client.get(f"/items/{items[0]['id']}/events/2")
    assert answer.json()["event"] == history["events"][1]
    assert answer.headers["etag"]
    missing = client.get(f"/items/{items[0]['id']}/events/4000")
    assert missing.status_code == 404
    assert "no event 4000" in missing.json()["detail"]


def test_the_raw_view_is_the_chain_s_records_and_nothing_read_into_them(
    client: TestClient, items: list[dict[str, Any]]
) -> None:
    path = f"/items/{items[0]['id']}/history"
    corrected, raw = client.get(path), client.get(path, params={"view": "raw"})
    assert corrected.headers["etag"] != raw.headers["etag"]
    records = raw.json()["records"]
    assert [record["word"] for record in records] == [event["slot"] for event in corrected.json()["events"]]
    assert all("stands" not in record and record["digest"] for record in records)
    assert all(event["stands"] for event in corrected.json()["events"])


def test_counts_and_flows_agree_with_the_items(client: TestClient, items: list[dict[str, Any]]) -> None:
    counts = client.get("/counts").json()
    assert counts.keys() >= FRESHNESS
    assert counts["items"] == ITEMS
    assert counts["events"] == sum(item["events"] for item in items)
    assert counts["by_stage"] == Counter(item["stage"] for item in items)
    assert counts["by_grade"] == Counter(item["grade"] for item in items) | {
        grade: 0 for grade, number in counts["by_grade"].items() if not number
    }
    assert {c["category"]: c["items"] for c in counts["by_category"]} == Counter(i["category"] for i in items)
    flows = client.get("/flows").json()["flows"]
    assert sum(flow["events"] for flow in flows) == counts["events"]
    assert sum(flow["events"] for flow in flows if flow["from"] is None) == ITEMS
    assert client.get("/flows", params={"from": "9999-01-01"}).json()["flows"] == []


def test_partners_and_keys_say_what_they_may_do_and_when(client: TestClient) -> None:
    partners = everything(client, "/partners", "partners")
    keys = everything(client, "/keys", "keys")
    assert len({key["key"] for key in keys}) == len(keys) == sum(partner["keys"] for partner in partners)
    assert all(key["valid"] and key["roles"] and key["valid_from"] for key in keys)
    for partner in partners:
        alone = client.get(f"/partners/{partner['partner']}").json()
        assert alone["name"] == partner["name"]
        own = [key for key in keys if key["partner"]["partner"] == partner["partner"]]
        assert alone["all_keys"] == own == everything(client, "/keys", "keys", partner=partner["partner"])
    one = client.get(f"/keys/{keys[0]['key']}").json()
    assert {name: one[name] for name in keys[0]} == keys[0]
    assert client.get("/keys/0x00").status_code == 422
    assert client.get("/keys/0x" + "00" * 20).status_code == 404
    assert client.get("/partners/999").json()["detail"].startswith("no partner 999 is indexed")


def test_every_type_of_problem_has_a_page(client: TestClient) -> None:
    for path in ("/items?limit=0", "/nowhere", "/items/NOSUCHSERIAL", "/items?after=x"):
        problem = client.get(path).json()
        explained = client.get(problem["type"])
        assert explained.status_code == 200
        assert explained.json()["title"] == problem["title"]
        page = client.get(problem["type"], headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert explained.json()["remedy"].split("`")[0].strip() in page.text
    assert client.get("/problems/none-of-ours").status_code == 404


def test_metrics_count_requests_by_route_and_show_the_lag(client: TestClient) -> None:
    client.get("/items/NOSUCHSERIAL")
    text = client.get("/metrics").text
    assert 'provenance_http_requests_total{method="GET",route="/items/{item}",status="404"}' in text
    assert "provenance_index_lag_blocks 0.0" in text
    assert "NOSUCHSERIAL" not in text
