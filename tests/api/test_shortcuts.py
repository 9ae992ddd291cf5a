"""The shortcut to a history answers as the described route does."""

import pytest
from fastapi.testclient import TestClient

PAGE = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture(scope="module")
def path(client: TestClient) -> str:
    return f"/items/{client.get('/items').json()['items'][0]['id']}/history"


def test_the_shortcut_and_the_described_route_give_the_same_bytes(client: TestClient, path: str) -> None:
    short, described = client.get(path), client.get(path, params={"view": "corrected"})
    assert short.status_code == described.status_code == 200
    assert short.content == described.content
    assert short.headers["etag"] == described.headers["etag"]
    assert short.headers["content-type"] == described.headers["content-type"] == "application/json"


def test_a_wrong_query_is_still_refused(client: TestClient, path: str) -> None:
    assert client.get(path, params={"view": "sideways"}).status_code == 422


def test_other_methods_are_still_refused(client: TestClient, path: str) -> None:
    assert client.post(path).status_code == 405


def test_an_unknown_item_is_a_problem_on_the_shortcut_too(client: TestClient) -> None:
    answer = client.get(f"/items/0x{'00' * 32}/history")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_an_answer_the_client_has_is_not_made_again(client: TestClient, path: str) -> None:
    tag = client.get(path).headers["etag"]
    again = client.get(path, headers={"If-None-Match": f'"another", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(path, headers={"If-None-Match": '"another"'}).status_code == 200


def test_the_shortcut_is_counted_under_its_route(client: TestClient, path: str) -> None:
    client.get(path)
    assert 'route="/items/{item}/history",status="200"' in client.get("/metrics").text


@pytest.mark.parametrize("headers", [{}, PAGE], ids=["JSON", "page"])
def test_a_scanned_code_gives_the_same_with_the_shortcut_and_without(
    client: TestClient, path: str, headers: dict[str, str]
) -> None:
    item = client.get(path).json()["item"]
    code = f"/01/{item['gtin']}/21/{item['serial']}"
    short, described = client.get(code, headers=headers), client.get(code, params={"x": 1}, headers=headers)
    assert short.status_code == described.status_code == 200
    assert short.content == described.content
    assert short.headers["etag"] == described.headers["etag"]
