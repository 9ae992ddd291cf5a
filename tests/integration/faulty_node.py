"""A proxy before a node that fails as providers do: drops, delays, garbles, truncates, reorders, caps, forgets."""

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

Json = Any
LOGS = "eth_getLogs"
REFUSED = {"code": -32000, "message": "no"}
LONGEST_RANGE = 4


class Faults:
    """Which faults there are, and how often (0 to 1) one of them befalls a request."""

    def __init__(self, kinds: Sequence[str], often: float, seed: int) -> None:
        self.kinds, self.often, self._random = kinds, often, Random(seed)
        self.happened: list[str] = []

    def next(self) -> str:
        kind = self._random.choice(self.kinds) if self._random.random() < self.often else ""
        self.happened.append(kind)
        return kind


@contextmanager
def faulty(url: str, faults: Faults) -> Iterator[str]:
    """The proxy's URL, in front of the node at ``url``."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(url, faults))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(url: str, faults: Faults) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body in one packet: else each answer waits 40 ms for an acknowledgement

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fault = faults.next()
            if fault == "drop":
                self.close_connection = True
                return
            if fault == "delay":
                time.sleep(0.1)
            answer = json.dumps(_bent(fault, asked, _ask(url, asked))).encode()
            if fault == "garble":
                answer = answer[: len(answer) // 2]
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _ask(url: str, asked: Json) -> Json:
    request = urllib.request.Request(url, json.dumps(asked).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def _bent(fault: str, asked: Json, answer: Json) -> Json:
    bend = _BENDS.get(fault)
    if bend is None:
        return answer
    questions, answers = (asked, answer) if isinstance(asked, list) else ([asked], [answer])
    for question, one in zip(questions, answers, strict=True):
        if bend(question, one):
            break  # one fault at a time
    return answer


def _truncate(asked: Json, answer: Json) -> bool:
    if asked["method"] != LOGS or not answer.get("result"):
        return False
    del answer["result"][-max(1, len(answer["result"]) // 3) :]
    return True


def _withhold(asked: Json, answer: Json) -> bool:
    if asked["method"] != LOGS or not answer.get("result"):
        return False
    del answer["result"][len(answer["result"]) // 2]
    return True


def _reorder(asked: Json, answer: Json) -> bool:
    if asked["method"] != LOGS or len(answer.get("result", ())) < 2:
        return False
    answer["result"].reverse()
    return True


def _cap(asked: Json, answer: Json) -> bool:
    if asked["method"] != LOGS:
        return False
    query = asked["params"][0]
    if int(query["toBlock"], 16) - int(query["fromBlock"], 16) >= LONGEST_RANGE:
        answer.pop("result", None)
        answer["error"] = REFUSED
    return False  # a cap holds for all


def _forget(asked: Json, answer: Json) -> bool:
    """A node that keeps only the head's state: no call at an earlier block."""
    if asked["method"] == "eth_call" and asked["params"][1] != "latest":
        answer.pop("result", None)
        answer["error"] = REFUSED
    return False


_BENDS: dict[str, Callable[[Json, Json], bool]] = {
    "truncate": _truncate,
    "withhold": _withhold,
    "reorder": _reorder,
    "cap": _cap,
    "forget": _forget,
}
