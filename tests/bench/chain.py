"""How fast the chain is: transactions, the ledger's own records, logs, re-opening.

Run it with ``python tests/bench/chain.py [--chain embedded|http|anvil] [--count N] [--profile]``. Figures are
for one run of this machine; nothing asserts them. Signing is done beforehand and is not part of a figure.
"""

import argparse
import cProfile
import pstats
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from eth_utils.address import to_checksum_address

from integration.conftest import open_chain
from integration.probe import COUNT, DEPLOYMENT, probe_call
from integration.wallet import Wallet
from provenance.ledger.calls import encode_call, encode_enrolment, encode_submission
from provenance.ledger.chain import Chain, connect
from provenance.ledger.deploying import deploy
from provenance.ledger.deployment import Deployment
from provenance.ledger.embedded.genesis import DEVELOPMENT_KEYS
from provenance.ledger.sending import Sender
from provenance.model.calls import Authorization, Call, Contract
from provenance.model.hashing import keccak
from provenance.model.messages import Intake, KeyGrant
from provenance.model.vocabulary import KeyKind, Role
from provenance.proofs.eip712 import struct_hash, tree_hash
from provenance.proofs.signatures import address_of_key, sign

KEY = keccak(b"bench")
FOREVER = 2**40
STRANGER = "0x" + "11" * 20


class Meter:
    """Prints a rate per measured block; with `profile`, also where the time went."""

    def __init__(self, profile: bool) -> None:
        self.profile = profile

    @contextmanager
    def rate(self, name: str, count: int, unit: str) -> Iterator[None]:
        profiler = cProfile.Profile() if self.profile else None
        start, worked = time.perf_counter(), time.process_time()
        if profiler:
            profiler.enable()
        yield
        if profiler:
            profiler.disable()
        seconds, busy = time.perf_counter() - start, time.process_time() - worked
        print(
            f"{name:50} {count / seconds:>9,.0f} {unit}/s {count / busy:>9,.0f} per CPU second of this process"
        )
        if profiler:
            pstats.Stats(profiler).sort_stats("tottime").print_stats(25)


def send_alone(chain: Chain, raws: list[str]) -> None:
    for raw in raws:
        chain.request("eth_sendRawTransaction", [raw])


def send_together(chain: Chain, raws: list[str]) -> None:
    for start in range(0, len(raws), 100):
        results = chain.batch([("eth_sendRawTransaction", [raw]) for raw in raws[start : start + 100]])
        failed = [result for result in results if isinstance(result, Exception)]
        if failed:
            raise failed[0]


def await_last(wallet: Wallet, raws: list[str]) -> None:
    receipt = wallet.receipt("0x" + keccak(bytes.fromhex(raws[-1][2:])).hex())
    if receipt["status"] != "0x1":
        raise SystemExit("the last transaction failed: the figure would be void")


def measure_transactions(chain: Chain, meter: Meter, count: int) -> None:
    wallet = Wallet(chain)
    target = wallet.deploy(DEPLOYMENT)
    kinds = {
        "transfers": lambda: wallet.sign(to=STRANGER, value=1, gas=21_000),
        "one SSTORE and one log": lambda: wallet.sign(
            to=target, data=probe_call(COUNT, data=bytes(64)), gas=90_000
        ),
    }
    ways: dict[str, Callable[[Chain, list[str]], None]] = {
        "one by one": send_alone,
        "in batches of 100": send_together,
    }
    for kind, make in kinds.items():
        for way, send in ways.items():
            raws = [make() for _ in range(count)]
            with meter.rate(f"{kind}, {way}", count, "tx"):
                send(chain, raws)
                await_last(wallet, raws)


def measure_logs(chain: Chain, meter: Meter) -> None:
    asked = {"fromBlock": "0x0", "toBlock": "latest"}
    count = len(chain.request("eth_getLogs", [asked]))
    with meter.rate(f"eth_getLogs, one answer of {count:,}", count, "log"):
        chain.request("eth_getLogs", [asked])


def measure_ledger(chain: Chain, meter: Meter, count: int) -> None:
    """Signed intakes: alone; 100 singly signed in a call; 100 under one signature over their tree."""
    deployment = _deployed(chain)
    wallet = Wallet(chain)
    numbers = iter(range(10**9))

    def intakes(how_many: int) -> tuple[Intake, ...]:
        return tuple(Intake(keccak(next(numbers).to_bytes(8, "big")), 1, 0, FOREVER) for _ in range(how_many))

    def call(messages: tuple[Intake, ...]) -> Call:
        hashes = tuple(struct_hash(message) for message in messages)
        digest = deployment.signatures().domains[Contract.LEDGER].digest(tree_hash(Intake, hashes))
        return Call(Intake, messages, Authorization(address_of_key(KEY), sign(KEY, digest)))

    def raw(data: bytes) -> str:
        return wallet.sign(
            to=to_checksum_address(deployment.ledger),
            data=data,
            gas=15_000_000 if len(data) > 5_000 else 300_000,
        )

    hundreds = max(1, count // 100)
    many = [raw(encode_call(call(intakes(1)))) for _ in range(count)]
    with meter.rate("signed intakes, a transaction each", count, "event"):
        send_alone(chain, many)
        await_last(wallet, many)
    many = [raw(encode_submission([call(intakes(1)) for _ in range(100)])) for _ in range(hundreds)]
    with meter.rate("signed intakes, 100 calls in a transaction", hundreds * 100, "event"):
        send_alone(chain, many)
        await_last(wallet, many)
    many = [raw(encode_call(call(intakes(100)))) for _ in range(hundreds)]
    with meter.rate("intakes, 100 under one signature", hundreds * 100, "event"):
        send_alone(chain, many)
        await_last(wallet, many)


def _deployed(chain: Chain) -> Deployment:
    """The contracts, and partner 1 with one key that takes items in."""
    sender = Sender(chain, bytes.fromhex(DEVELOPMENT_KEYS[0][2:]))
    deployment = deploy(chain, sender, owner=sender.address, registrar=sender.address)
    now = int(time.time())
    roles = Role.ADMIN | Role.INTAKE
    admission = KeyGrant(address_of_key(KEY), 1, roles, KeyKind.ACCOUNT, now, FOREVER, FOREVER)
    digest = deployment.signatures().domains[Contract.REGISTRY].digest(struct_hash(admission))
    sender.send(deployment.registry, encode_enrolment(keccak(b"bench"), roles, admission, sign(KEY, digest)))
    return deployment


def measure_reopening(folder: Path) -> None:
    path = folder / "chain.sqlite3"
    start = time.perf_counter()
    connect(path).close()
    print(f"{'re-opening and closing the file':55} {(time.perf_counter() - start) * 1000:>10.1f} ms")
    print(f"{'size of the file':55} {path.stat().st_size / 1e6:>10.1f} MB")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--chain", choices=("embedded", "http", "anvil"), default="embedded")
    arguments.add_argument("--count", type=int, default=500)
    arguments.add_argument("--profile", action="store_true")
    given = arguments.parse_args()
    meter = Meter(given.profile)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with open_chain(given.chain, folder) as chain:
            measure_transactions(chain, meter, given.count)
            measure_ledger(chain, meter, given.count)
            measure_logs(chain, meter)
        if given.chain != "anvil":
            measure_reopening(folder)


if __name__ == "__main__":
    main()
