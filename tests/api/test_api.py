"""The API tells what the ledger holds, how fresh that is, and what went wrong in words."""

import pytest
from fastapi.testclient import TestClient

ITEMS = 8
PAGE = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
FRESHNESS = {"as_of_block", "as_of_time", "finalized_block", "complete"}


@pytest.fixture(scope="module")
def item(client: TestClient) -> dict[str, object]:
    return client.get("/items").json()["items"][0]


def path_of(item: dict[str, object]) -> str:
    return f"/01/{item['gtin']}/21/{item['serial']}"


def test_the_list_pages_through_every_item_once(client: TestClient) -> None:
    seen, after = [], None
    while True:
        answer = client.get("/items", params={"limit": 3} | ({"after": after} if after else {})).json()
        assert answer.keys() >= FRESHNESS
        seen += [item["id"] for item in answer["items"]]
        after = answer["next"]
        if not after:
            break
    assert len(seen) == len(set(seen)) == ITEMS


def test_words_of_a_title_find_it_and_others_do_not(client: TestClient, item: dict[str, object]) -> None:
    found = client.get("/items", params={"q": str(item["title"]).upper()}).json()["items"]
    assert item["id"] in [other["id"] for other in found]
    assert client.get("/items", params={"q": "no such product"}).json()["items"] == []
    assert client.get("/items", params={"q": "%"}).json()["items"] == []


@pytest.mark.parametrize("name", ["id", "serial"])
def test_an_item_is_found_by_its_id_and_its_serial_number(
    client: TestClient, item: dict[str, object], name: str
) -> None:
    answer = client.get(f"/items/{item[name]}").json()
    assert {key: answer[key] for key in item} == item
    assert answer["complete"] is True
    assert answer["final"] is True


def test_a_history_is_whole_and_names_who_signed(client: TestClient, item: dict[str, object]) -> None:
    history = client.get(f"/items/{item['id']}/history").json()
    events = history["events"]
    assert [event["seq"] for event in events] == list(range(1, int(str(item["events"])) + 1))
    assert events[-1]["slot"] == item["slot"] == history["item"]["slot"]
    handovers = [event for event in events if event["kind"] == "CustodyTransfer"]
    assert handovers
    for event in handovers:
        assert event["by"]["key"] != event["to"]["key"]
        assert event["by"]["name"].startswith("Sample ")
    assert all(event["made_up"] for event in events)


def test_what_is_for_partners_alone_is_counted_but_not_told(
    client: TestClient, item: dict[str, object]
) -> None:
    answer = client.get(f"/items/{item['id']}/history")
    assert answer.json()["events"][0]["withheld_fields"] == 1
    assert "RMA-" not in answer.text
    page = client.get(path_of(item), headers=PAGE)
    assert "RMA-" not in page.text
    assert "1 field, committed to" in page.text


def test_the_page_tells_the_story_and_marks_what_is_made_up(
    client: TestClient, item: dict[str, object]
) -> None:
    page = client.get(path_of(item), headers=PAGE)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert f"<h1>{item['title']}</h1>" in page.text
    assert str(item["stage"]) in page.text
    assert f"Final at block {item['last_block']}" in page.text
    assert "made up" in page.text
    assert "What this proves, and what not" in page.text
    assert page.text.count('<li class="event ') == item["events"]


def test_the_same_address_is_json_for_whoever_asks_for_json(
    client: TestClient, item: dict[str, object]
) -> None:
    for headers in ({"Accept": "application/json"}, {"Accept": "*/*"}, {"Accept": "text/html;q=0.5, */*"}):
        answer = client.get(path_of(item), headers=headers)
        assert answer.json()["item"]["id"] == item["id"]
        assert answer.headers["vary"] == "Accept"


def test_a_scanner_may_ask_for_the_head_alone(client: TestClient, item: dict[str, object]) -> None:
    answer = client.head(path_of(item), headers=PAGE)
    assert answer.status_code == 200
    assert answer.headers["etag"]
    assert not answer.content


def test_another_spelling_leads_to_the_canonical_address(client: TestClient, item: dict[str, object]) -> None:
    spelt = f"/01/{item['gtin']}/10/LOT/21/{item['serial']}"
    answer = client.get(spelt, headers=PAGE, follow_redirects=False)
    assert answer.status_code == 308
    assert answer.headers["location"] == path_of(item)


def test_pages_load_nothing_from_elsewhere_and_run_no_script(
    client: TestClient, item: dict[str, object]
) -> None:
    for path in ("/", path_of(item), "/nowhere"):
        page = client.get(path, headers=PAGE)
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "<script" not in page.text
        assert " style=" not in page.text
        assert "<style" not in page.text
        for reference in ('src="http', 'href="http', "url("):
            links = page.text.count(reference)
            assert links == page.text.count('href="https://creativecommons.org') * (reference == 'href="http')
    css = client.get("/static/site.css")
    assert css.status_code == 200
    assert "url(" not in css.text


def test_an_answer_not_changed_is_not_sent_again(client: TestClient, item: dict[str, object]) -> None:
    tags = set()
    for path, headers in (
        (f"/items/{item['id']}", {}),
        (f"/items/{item['id']}/history", {}),
        (path_of(item), PAGE),
    ):
        first = client.get(path, headers=headers)
        tag = first.headers["etag"]
        assert tag.startswith(f'"{str(item["slot"]).removeprefix("0x")}')
        again = client.get(path, headers={**headers, "If-None-Match": f'W/"other", {tag}'})
        assert again.status_code == 304
        assert not again.content
        assert client.get(path, headers={**headers, "If-None-Match": '"other"'}).status_code == 200
        tags.add(tag)
    assert len(tags) == 3


def test_an_item_that_is_not_indexed_says_so_with_the_block(client: TestClient) -> None:
    answer = client.get("/01/09521234543213/21/NOPE")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "/problems/item-not-indexed"
    assert "as of block" in problem["detail"]
    page = client.get("/01/09521234543213/21/NOPE", headers=PAGE)
    assert page.status_code == 404
    assert "This item is not in the index" in page.text


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/01/09521234543214/21/A", 422, "check digit"),
        ("/01/09521234543213/10/A", 422, "serial number"),
        ("/items?after=yesterday", 422, "cursor"),
        ("/items?limit=0", 422, "limit"),
        ("/nowhere", 404, "Not Found"),
    ],
)
def test_a_mistake_is_a_problem_that_names_it(client: TestClient, path: str, status: int, words: str) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert words in problem["detail"]


def test_the_search_box_leads_from_an_identifier_straight_to_the_item(
    client: TestClient, item: dict[str, object]
) -> None:
    for asked in (item["serial"], item["id"], item["uri"], f"https://brand.example{path_of(item)}?x=1"):
        answer = client.get("/", params={"q": asked}, headers=PAGE, follow_redirects=False)
        assert answer.status_code == 303
        assert answer.headers["location"] == path_of(item)


def test_what_is_searched_is_shown_as_text_not_as_markup(client: TestClient) -> None:
    page = client.get("/", params={"q": '"><script>alert(1)</script>'}, headers=PAGE)
    assert page.status_code == 200
    assert "<script" not in page.text


def test_the_list_filters_by_stage_and_pages(client: TestClient) -> None:
    page = client.get("/", params={"stage": 8}, headers=PAGE)
    assert page.status_code == 200
    cards = page.text.count('class="item-card')
    assert 0 < cards < ITEMS
    assert page.text.count('<span class="stage">Resold</span>') == cards


def test_health_readiness_and_status(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/ready")
    assert ready.status_code == 200
    assert ready.json().keys() >= FRESHNESS
    status = client.get("/status").json()
    assert status["items"] == ITEMS == sum(status["items_by_stage"].values())
    assert status["submissions"] == {"final": status["events"]}
