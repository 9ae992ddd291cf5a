"""The chain file: reopened, refused, locked, and killed in the middle of writing."""

import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest

from integration.probe import COUNT, DEPLOYMENT, probe_call
from integration.wallet import Wallet
from provenance.errors import ConfigError
from provenance.ledger.chain import Chain, connect
from provenance.ledger.embedded.errors import ChainLocked, EmbeddedChainError, GenesisMismatch, RpcError
from provenance.ledger.embedded.genesis import Genesis, development_alloc

ROUNDS = 6
SENDER = """
import sys
from integration.probe import COUNT, probe_call
from integration.wallet import Wallet
from provenance.ledger.chain import connect

chain = connect(sys.argv[1])
wallet = Wallet(chain)
while True:
    raws = [wallet.sign(to=sys.argv[2], data=probe_call(COUNT)) for _ in range(3)]
    sent = [chain.request("eth_sendRawTransaction", [raws[0]])]
    sent += chain.batch([("eth_sendRawTransaction", [raw]) for raw in raws[1:]])
    print(*sent, sep="\\n", flush=True)
"""


def test_a_reopened_chain_goes_on_where_it_was(tmp_path: Path) -> None:
    """State, blocks and receipts are there; the next transaction follows the last."""
    path = tmp_path / "chain.sqlite3"
    with connect(path) as chain:
        wallet = Wallet(chain)
        target = wallet.deploy(DEPLOYMENT)
        receipt = wallet.send(to=target, data=probe_call(COUNT))
    with connect(f"embedded:{path}") as chain:
        assert chain.request("eth_getTransactionReceipt", [receipt["transactionHash"]]) == receipt
        Wallet(chain).send(to=target, data=probe_call(COUNT))
        assert int(chain.request("eth_getStorageAt", [target, "0x0", "latest"]), 16) == 2


def test_the_genesis_is_what_was_asked_for(tmp_path: Path) -> None:
    """Chain id, time and balances, and the same arguments open it again."""
    genesis = Genesis(chain_id=777, alloc={"0x" + "ab" * 20: 10**24}, timestamp=1_700_000_000)
    for _ in range(2):
        with connect(tmp_path / "chain.sqlite3", genesis) as chain:
            assert chain.chain_id == 777
            assert chain.request("eth_getBlockByNumber", ["0x0", False])["timestamp"] == hex(1_700_000_000)
            assert chain.request("eth_getBalance", ["0x" + "ab" * 20, "latest"]) == hex(10**24)


def test_the_same_genesis_gives_the_same_block_hash(tmp_path: Path) -> None:
    """A genesis is deterministic: two files made from it begin with one block."""
    genesis = Genesis(timestamp=1_700_000_000)
    hashes = set()
    for name in ("a", "b"):
        with connect(tmp_path / name, genesis) as chain:
            hashes.add(chain.request("eth_getBlockByNumber", ["0x0", False])["hash"])
    assert len(hashes) == 1


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (Genesis(chain_id=5), "chain id is 20511, not 5"),
        (Genesis(alloc={}), "other accounts are funded"),
        (Genesis(alloc={**development_alloc(), "0x" + "00" * 19 + "01": 1}), "other accounts are funded"),
        (Genesis(timestamp=1), "timestamp is .*, not 1"),
        (Genesis(base_fee=8), "base fee is 7, not 8"),
    ],
    ids=["chain id", "nobody", "one more", "time", "fee"],
)
def test_a_file_with_another_genesis_is_refused_in_one_line(
    tmp_path: Path, other: Genesis, words: str
) -> None:
    """The refusal says what differs; the file stays usable."""
    path = tmp_path / "chain.sqlite3"
    connect(path).close()
    with pytest.raises(GenesisMismatch, match=words) as refusal:
        connect(path, other)
    assert "\n" not in str(refusal.value)
    connect(path, Genesis()).close()


def test_a_second_writer_is_refused_and_readers_are_not(tmp_path: Path) -> None:
    """The refusal names the process that writes; a reader follows the writer's blocks and cannot write."""
    path = tmp_path / "chain.sqlite3"
    with connect(path) as chain:
        with pytest.raises(ChainLocked, match="is writing it"):
            connect(path)
        with connect(path, read_only=True) as reader:
            wallet = Wallet(chain)
            receipt = wallet.send(to="0x" + "11" * 20, value=3)
            assert reader.request("eth_getTransactionReceipt", [receipt["transactionHash"]]) == receipt
            assert reader.request("eth_getBalance", ["0x" + "11" * 20, "latest"]) == "0x3"
            with pytest.raises(RpcError, match="opened for reading only"):
                reader.request("eth_sendRawTransaction", [wallet.sign(to="0x" + "11" * 20)])
    connect(path).close()


def test_files_that_are_no_chain_are_refused(tmp_path: Path) -> None:
    """Some other file, some other database, a missing file for a reader, another scheme."""
    text, database = tmp_path / "text", tmp_path / "database"
    text.write_text("not a database, but long enough to be mistaken for one" * 100)
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE something (else_entirely)")
    connection.close()
    for path in (text, database):
        for read_only in (False, True):
            with pytest.raises(EmbeddedChainError, match=r"not a chain file|format"):
                connect(path, read_only=read_only)
    with pytest.raises(EmbeddedChainError, match="not there"):
        connect(tmp_path / "missing", read_only=True)
    with pytest.raises(ConfigError, match="give the same node's http:// address"):
        connect("ws://127.0.0.1:1")


def test_what_was_acknowledged_survives_kill_nine(tmp_path: Path) -> None:
    """A sender is killed at random moments, again and again: each hash it was given is in the chain afterwards,
    the counter equals the number of included transactions, and the chain continues."""
    path = tmp_path / "chain.sqlite3"
    with connect(path) as chain:
        target = Wallet(chain).deploy(DEPLOYMENT)
    acknowledged: list[str] = []
    for _ in range(ROUNDS):
        acknowledged += _send_until_killed(path, target)
        with connect(path) as chain:
            _assert_whole(chain, target, acknowledged)
    assert len(acknowledged) > ROUNDS
    with connect(path) as chain:
        assert Wallet(chain).send(to=target, data=probe_call(COUNT))["status"] == "0x1"


def _send_until_killed(path: Path, target: str) -> list[str]:
    """Hashes the child printed, each after the chain had accepted it, before it was killed."""
    child = subprocess.Popen(
        [sys.executable, "-c", SENDER, str(path), target],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
        env={"PYTHONPATH": "."},
    )
    assert child.stdout is not None
    first = child.stdout.readline()  # it runs; the random time starts here
    time.sleep(random.uniform(0.0, 0.4))
    child.send_signal(signal.SIGKILL)
    rest = child.stdout.read()
    child.stdout.close()
    assert child.wait() == -signal.SIGKILL
    # The last line may be cut off by the kill.
    return [line for line in (first + rest).split("\n") if len(line) == 66]


def _assert_whole(chain: Chain, target: str, acknowledged: list[str]) -> None:
    receipts = chain.batch([("eth_getTransactionReceipt", [sent]) for sent in acknowledged])
    assert all(receipt and receipt["status"] == "0x1" for receipt in receipts)
    head = int(chain.request("eth_blockNumber"), 16)
    blocks = [chain.request("eth_getBlockByNumber", [hex(number), False]) for number in range(head + 1)]
    assert all(child["parentHash"] == parent["hash"] for parent, child in pairwise(blocks))
    included = sum(len(block["transactions"]) for block in blocks) - 1  # the first deployed
    assert int(chain.request("eth_getStorageAt", [target, "0x0", "latest"]), 16) == included
    logs = chain.request("eth_getLogs", [{"fromBlock": "0x0", "address": target}])
    assert [int(log["topics"][1], 16) for log in logs] == list(range(1, included + 1))


def test_threads_write_in_turn_and_read_meanwhile(tmp_path: Path) -> None:
    """Four wallets send at once while others read: nothing is lost, and no reader sees half a block."""
    with connect(tmp_path / "chain.sqlite3") as chain:
        target = Wallet(chain).deploy(DEPLOYMENT)
        failures: list[Exception] = []
        done = threading.Event()

        def send(index: int) -> None:
            try:
                wallet = Wallet(chain, index)
                for _ in range(15):
                    assert wallet.send(to=target, data=probe_call(COUNT))["status"] == "0x1"
            except Exception as failure:
                failures.append(failure)

        def read() -> None:
            try:
                while not done.is_set():
                    block = chain.request("eth_getBlockByNumber", ["latest", False])["number"]
                    count = int(chain.request("eth_getStorageAt", [target, "0x0", block]), 16)
                    logs = chain.request("eth_getLogs", [{"fromBlock": "0x0", "toBlock": block}])
                    assert count == len(logs)
            except Exception as failure:
                failures.append(failure)

        senders = [threading.Thread(target=send, args=(index,)) for index in range(1, 5)]
        readers = [threading.Thread(target=read) for _ in range(2)]
        for thread in senders + readers:
            thread.start()
        for thread in senders:
            thread.join()
        done.set()
        for thread in readers:
            thread.join()
        assert failures == []
        assert int(chain.request("eth_getStorageAt", [target, "0x0", "latest"]), 16) == 60


def test_time_never_runs_ahead_of_the_clock(embedded: Chain) -> None:
    """Many blocks within a second carry that second; none is dated into the future."""
    wallet = Wallet(embedded)
    for _ in range(20):
        wallet.send(to="0x" + "11" * 20)
    times = [
        int(embedded.request("eth_getBlockByNumber", [hex(number), False])["timestamp"], 16)
        for number in range(21)
    ]
    assert times == sorted(times)
    assert times[-1] <= time.time()
    assert len(set(times)) < 20


def test_evm_methods_are_off_unless_asked_for(tmp_path: Path) -> None:
    """Nobody takes back a block of a chain that is not open for development."""
    with connect(tmp_path / "chain.sqlite3") as chain, pytest.raises(RpcError, match="switched off"):
        chain.request("evm_revert", ["0x1"])


def test_time_cannot_be_set_back(embedded: Chain) -> None:
    """A block is never dated before its parent."""
    with pytest.raises(RpcError, match="times never fall"):
        embedded.request("evm_setNextBlockTimestamp", [1])
