"""The chain's HTTP server: JSON-RPC 2.0 to the letter, and no way in for web pages."""

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.conftest import served
from integration.wallet import Wallet
from provenance.ledger.chain import connect
from provenance.ledger.embedded.errors import ChainLocked
from provenance.ledger.embedded.node import EmbeddedNode
from provenance.ledger.embedded.server import ChainServer, serve

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ChainServer]:
    with served(tmp_path / "chain.sqlite3", development=False) as running:
        yield running


def post(server: ChainServer, body: str | bytes, headers: dict[str, str] = JSON) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    try:
        connection.request("POST", "/", body, headers)
        response = connection.getresponse()
        text = response.read()
        kind = response.headers.get_content_type()
        return response.status, json.loads(text) if kind == "application/json" and text else text
    finally:
        connection.close()


def rpc(method: str, *params: object, identity: object = 1) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": identity, "method": method, "params": list(params)}


def test_a_call_is_answered_with_its_id(server: ChainServer) -> None:
    """Ids may be numbers, strings or null."""
    for identity in (7, "seven", None):
        status, answer = post(server, json.dumps(rpc("eth_chainId", identity=identity)))
        assert (status, answer) == (200, {"jsonrpc": "2.0", "id": identity, "result": hex(20511)})


def test_a_batch_is_answered_entry_by_entry(server: ChainServer) -> None:
    """In order, bad entries with their own error, notifications with nothing."""
    notification = {"jsonrpc": "2.0", "method": "eth_chainId", "params": []}
    batch = [
        rpc("eth_blockNumber", identity=1),
        notification,
        rpc("nope", identity=2),
        5,
        rpc("eth_call", identity=3),
    ]
    _, answers = post(server, json.dumps(batch))
    assert [answer["id"] for answer in answers] == [1, 2, None, 3]
    assert [answer.get("error", {}).get("code") for answer in answers] == [None, -32601, -32600, -32602]


def test_notifications_alone_get_no_content(server: ChainServer) -> None:
    """JSON-RPC 2.0, section 4.1."""
    assert post(server, json.dumps({"jsonrpc": "2.0", "method": "eth_chainId"})) == (204, b"")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", -32700),
        (b"\xff\xfe", -32700),
        ("[]", -32600),
        ("5", -32600),
        ('{"method": 3}', -32600),
        ("[" * 9999, -32700),
    ],
    ids=["cut off", "no text", "empty batch", "a number", "method not text", "nested"],
)
def test_what_is_no_request_gets_a_protocol_error(server: ChainServer, body: str | bytes, code: int) -> None:
    """Never a traceback, never silence."""
    status, answer = post(server, body)
    assert (status, answer["error"]["code"]) == (200, code)


def test_wrong_parameters_are_named(server: ChainServer) -> None:
    """Too few, too many, or of the wrong form."""
    for request, words in [
        (rpc("eth_getBalance"), "missing 1 required positional argument: 'address'"),
        (rpc("eth_chainId", 1), "takes 1 positional argument"),
        (rpc("eth_getBalance", "0x12"), "address: has 1 bytes where 20 are wanted"),
        (rpc("eth_getBalance", "0x" + "11" * 20, "0xzz"), "block: '0xzz' is not a quantity"),
        (rpc("eth_getBlockByNumber", "latest", "yes"), "neither true nor false"),
        ({"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": {"to": 1}}, "give a list"),
    ]:
        _, answer = post(server, json.dumps(request))
        assert answer["error"]["code"] == -32602
        assert words in answer["error"]["message"]


def test_web_pages_find_no_way_in(server: ChainServer) -> None:
    """A page can send neither JSON without asking first, nor under a name that was pointed at this machine."""
    body = json.dumps(rpc("eth_chainId"))
    assert post(server, body, {"Content-Type": "text/plain"})[0] == 415
    assert post(server, body, {**JSON, "Host": "evil.example:8545"})[0] == 403
    assert post(server, body, {**JSON, "Host": f"localhost:{server.server_address[1]}"})[0] == 200


def test_a_body_without_or_with_a_huge_length_is_refused(server: ChainServer) -> None:
    """Before it is read."""
    assert post(server, b"", {**JSON, "Content-Length": str(10**10)})[0] == 413
    assert post(server, b"", {**JSON, "Content-Length": "-5"})[0] == 411


def test_a_connection_serves_many_requests(server: ChainServer) -> None:
    """Keep-alive works, so that a client does not pay for a connection per call."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    for _ in range(3):
        connection.request("POST", "/", json.dumps(rpc("eth_chainId")), JSON)
        assert json.loads(connection.getresponse().read())["result"] == hex(20511)
    connection.close()


def test_serve_opens_listens_and_says_where(tmp_path: Path) -> None:
    """`serve` reports its URL once it can be called, and refuses a file that is being written."""
    path = tmp_path / "chain.sqlite3"
    urls: list[str] = []
    listening = threading.Event()

    def ready(url: str) -> None:
        urls.append(url)
        listening.set()

    threading.Thread(
        target=serve, args=(path, "127.0.0.1", 0), kwargs={"on_ready": ready}, daemon=True
    ).start()
    assert listening.wait(10)
    chain = connect(urls[0])
    assert Wallet(chain).send(to="0x" + "11" * 20)["status"] == "0x1"
    with pytest.raises(ChainLocked):
        serve(path, port=0)


def test_stopping_lets_the_file_go(tmp_path: Path) -> None:
    """After `stop` another process may write."""
    path = tmp_path / "chain.sqlite3"
    with served(path):
        pass
    EmbeddedNode(path).close()
