"""How fast signed events reach the chain through the API, and beside it the same events sent straight to that node.

Run it with ``scripts/bench write [--events N] [--clients N] [--database sqlite|postgresql]``. Partners have signed before
the clock starts. Through the API: submitted by concurrent clients over HTTP, judged, kept, packed, simulated, sent, mined,
followed and indexed as *included*. Straight: packed the same way beforehand, broadcast, mined; nothing is judged or kept.
"""

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import create_engine, text

from ledger.world import World
from postgres import run_postgres
from provenance.ledger.anvil import run_anvil
from provenance.ledger.chain import connect
from provenance.ledger.embedded.genesis import DEVELOPMENT_KEYS
from provenance.ledger.relay import Relay
from provenance.model.hashing import keccak
from provenance.model.messages import Intake
from provenance.proofs.eip712 import SignedTree, message_json
from provenance.store.authorizations import SignedTogether
from provenance.store.submissions import Queued
from provenance.workflows.packing import Signatures, calldata, calls_of, gas_of, transactions_of
from writing.office import settings_for

FOREVER = 2**40
AT_ONCE = 16
WAYS = {"100 a request": 100, "one by one": 1}


class Signed:
    """Intakes of new items under one signature, as a request and as the queue would have them."""

    def __init__(self, world: World, numbers: Sequence[int], who: int) -> None:
        by = (world.centre, world.workshop, world.auditor)[who % 3]
        self.messages = tuple(
            Intake(keccak(b"bench" + number.to_bytes(8, "big")), 1, 0, FOREVER) for number in numbers
        )
        tree = SignedTree(self.messages)
        signature = by.sign(world.domain, self.messages)
        shown = [message_json(message) for message in self.messages]
        self.body = json.dumps({"messages": shown, "signature": "0x" + signature.hex()}).encode()
        self.signed = SignedTogether("Intake", by.address, signature, b"".join(tree.hashes))
        self.shown = [json.dumps(message) for message in shown]


def requests(world: World, events: int, each: int, begin: int) -> list[Signed]:
    starts = range(begin, begin + events, each)
    return [Signed(world, range(start, start + each), place) for place, start in enumerate(starts)]


def straight(world: World, made: Sequence[Signed], account: int) -> float:
    """Seconds from the first broadcast until all is mined."""
    rows = [
        Queued(message.item, False, 1, "Intake", b"", b"", None, 0, shown, number, leaf)
        for number, one in enumerate(made)
        for leaf, (message, shown) in enumerate(zip(one.messages, one.shown, strict=True))
    ]
    known = Signatures(dict(enumerate(one.signed for one in made)), frozenset())
    groups = transactions_of(calls_of(rows, known), len(rows))
    relay = Relay(world.chain, bytes.fromhex(DEVELOPMENT_KEYS[account][2:]))
    ledger, fees = world.deployment.ledger, relay.fees()
    raws = [
        relay.sign(nonce, ledger, calldata(group), gas_of(group), fees)[0]
        for nonce, group in enumerate(groups)
    ]
    before, begun = world.gateway.journal().count, time.perf_counter()
    for start in range(0, len(raws), AT_ONCE):
        trouble = [said for said in relay.post(raws[start : start + AT_ONCE]) if said]
        if trouble:
            raise SystemExit(f"the node refused: {trouble[0]}")
    looked = time.perf_counter()
    while (mined := relay.count("latest")) < len(raws):
        time.sleep(0.005)
        if (
            time.perf_counter() - looked > 1
        ):  # anvil forgets one now and then: as the sender does, broadcast it again
            relay.post(raws[mined:])
            looked = time.perf_counter()
    seconds = time.perf_counter() - begun
    if world.gateway.journal().count - before != len(rows):
        raise SystemExit("not every event was recorded: the figure would be void")
    return seconds


@contextmanager
def served(world: World, folder: Path, url: str) -> Iterator[int]:
    """The port of a server process of this ledger."""
    settings_for(world, folder)
    port = 18_000 + os.getpid() % 10_000
    environment = os.environ | {
        "PROVENANCE_CHAIN": world.chain.target,
        "PROVENANCE_DATABASE": url,
        "PROVENANCE_OPERATOR_KEY": DEVELOPMENT_KEYS[9],
        "PROVENANCE_CONFIRMATIONS": "0",
        "PROVENANCE_CAPTURE": "false",
        "PROVENANCE_POLL": "0.1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "provenance", "serve", "--data", str(folder), "--port", str(port)],
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not ready(port):
            if process.poll() is not None:
                raise SystemExit("the server ended")
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def ready(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False


class Clients:
    """Concurrent partners; each keeps its connection. When a request was begun, by its place."""

    def __init__(self, port: int, made: Sequence[Signed], number: int) -> None:
        self.begun = [0.0] * len(made)
        self.answered = [0.0] * len(made)
        self._port, self._made = port, made
        self._queue: SimpleQueue[int] = SimpleQueue()
        for place in range(len(made)):
            self._queue.put(place)
        self.digests: dict[str, int] = {}
        self._threads = [threading.Thread(target=self._submit) for _ in range(number)]

    def __enter__(self) -> "Clients":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join()

    def _submit(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        headers = {"Content-Type": "application/json"}
        while True:
            try:
                place = self._queue.get_nowait()
            except Empty:
                return
            self.begun[place] = time.perf_counter()
            connection.request("POST", "/submissions/intake", self._made[place].body, headers)
            answer = connection.getresponse()
            said = json.loads(answer.read())
            self.answered[place] = time.perf_counter()
            if answer.status != 202:
                os._exit(print(f"refused: {said}") or 1)
            for receipt in said["receipts"]:
                self.digests[receipt["id"]] = place


def included(url: str, events: int, already: int) -> dict[str, float]:
    """When each event was first seen as included, by digest."""
    seen: dict[str, float] = {}
    ahead: set[int] = set()  # included before others that came earlier
    engine, last = create_engine(url), 0
    query = text(
        "SELECT id, digest FROM submissions WHERE id > :last AND status IN ('included', 'final') ORDER BY id"
    )
    while len(seen) < events + already:
        with engine.connect() as connection:
            rows = connection.execute(query, {"last": last}).all()
        now = time.perf_counter()
        for row in rows:
            seen.setdefault("0x" + bytes(row.digest).hex(), now)
        ahead.update(row.id for row in rows)
        while last + 1 in ahead:
            last += 1
        time.sleep(0.02)
    engine.dispose()
    return seen


def through_the_api(
    port: int, url: str, made: Sequence[Signed], clients: int, already: int
) -> dict[str, Any]:
    events = sum(len(one.messages) for one in made)
    begun = time.perf_counter()
    with Clients(port, made, clients) as partners:
        seen = included(url, events, already)
    mine = {digest: when for digest, when in seen.items() if digest in partners.digests}
    latencies = sorted(when - partners.begun[partners.digests[digest]] for digest, when in mine.items())
    answers = sorted(b - a for a, b in zip(partners.begun, partners.answered, strict=True))
    return {
        "seconds": max(mine.values()) - begun,
        "p50": statistics.median(latencies),
        "p99": latencies[int(len(latencies) * 0.99) - 1],
        "answer p50": statistics.median(answers),
        "answer p99": answers[max(0, int(len(answers) * 0.99) - 1)],
    }


@contextmanager
def mining(url: str) -> Iterator[None]:
    """A block every quarter of a second beside anvil's own: by itself it stops mining when a batch fills a block."""
    chain, stopping = connect(url), threading.Event()

    def mine() -> None:
        while not stopping.wait(0.25):
            chain.request("evm_mine")

    thread = threading.Thread(target=mine)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=10_000)
    arguments.add_argument("--clients", type=int, default=8)
    arguments.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    given = arguments.parse_args()
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder / 'index.db'}"
        if given.database == "postgresql":
            url = opened.enter_context(run_postgres()).new_database()
        world = World(connect(opened.enter_context(run_anvil()).url))
        opened.enter_context(mining(world.chain.target))
        port = opened.enter_context(served(world, folder, url))
        print(
            f"{given.events:,} signed intakes, {given.clients} clients, {given.database}, anvil 1.7.1",
            flush=True,
        )
        for place, (way, each) in enumerate(WAYS.items()):
            mine = requests(world, given.events, each, 2 * place * given.events)
            node = requests(world, given.events, each, (2 * place + 1) * given.events)
            figures = through_the_api(port, url, mine, given.clients, place * given.events)
            limit = straight(world, node, place + 1)
            api = given.events / figures["seconds"]
            print(
                f"{way:14} API {api:>7,.0f} events/s, included p50 {figures['p50']:.2f} s, p99 {figures['p99']:.2f} s, "
                f"answered p50 {figures['answer p50'] * 1000:.0f} ms, p99 {figures['answer p99'] * 1000:.0f} ms; "
                f"straight {given.events / limit:>7,.0f} events/s; API keeps {api * limit / given.events:.0%}",
                flush=True,
            )


if __name__ == "__main__":
    main()
