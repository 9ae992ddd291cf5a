"""Bytes, time and memory of a proof bundle: `scripts/bench proofs [--items 20000] [--leaves 1024] [--profile EVENTS]`.

A real chain holds so many items. One item lives real repairs of the sample over and over (the fields are those of
`interchange/play.py`), each event under a tree of so many messages, each side of a hand-over under one of its own; so every
event carries a whole path. The same bundles are measured once more with each message signed alone. Bundles of 5, 20, 100 and
1,000 events (`--sizes`) are proven and verified: bytes as
written and in gzip (level 6), the least and the median time of a verification, Python's peak memory in it.
"""

import argparse
import cProfile
import gzip
import hashlib
import json
import pstats
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from attacks.verifiers import ENTRY, node
from ledger.world import Member, World
from provenance.interchange.ords import Outcome
from provenance.interchange.play import HandOver, Report, Step, TakeIn, steps
from provenance.interchange.sample import sample_repairs
from provenance.ledger.chain import connect
from provenance.ledger.sending import GAS_PER_TRANSACTION
from provenance.ledger.state_proofs import header_of, nodes_of
from provenance.model.calls import Authorization, Call
from provenance.model.hashing import ZERO, keccak
from provenance.model.ids import item_id, item_salt
from provenance.model.messages import Acceptance, ConditionReport, CustodyOffer, Intake, ItemMessage, Message
from provenance.model.vocabulary import ALL_ROLES
from provenance.proofs import state
from provenance.proofs.bundle import Accepted, Bundle, Document, ItemName, KeySignature, Told
from provenance.proofs.commitments import Field
from provenance.proofs.eip712 import struct_hash, tree_hash
from provenance.proofs.leaves import Leaves
from provenance.proofs.signatures import sign
from provenance.proofs.state import read_header
from provenance.proofs.trie import NodePool
from provenance.proofs.trust import BlockRoot
from provenance.proofs.verdict import Verdict
from provenance.proofs.verifier import verify
from provenance.workflows.proving import _in_order, bundle_bytes
from provenance.workflows.trusting import pinned, trust_bytes
from sample_keys import private_key

FOR_EVER = 2**64 - 1
SIZES = (5, 20, 100, 1000)
IN_A_CALL = 400
URI = "https://id.gs1.org/01/09506000134352/21/4711"


class Life:
    """One item's events, told and recorded."""

    def __init__(self, world: World, leaves: int) -> None:
        self.world, self.leaves = world, leaves
        self.members: dict[str, Member] = {}
        salt = item_salt(keccak(b"bench"), URI)
        self.item = ItemName(item_id(salt, URI), URI, salt)
        self.told: list[Told] = []
        self._numbers = count(1)
        self._steps = _for_ever()

    def live(self, until: int) -> None:
        """Goes on until there are so many events."""
        while len(self.told) < until:
            self._do(next(self._steps))

    def signed_alone(self, bundle: Bundle) -> Bundle:
        """The bundle with each message signed by itself: signatures and paths are no part of what the chain keeps."""
        keys = {member.address: private_key(member.label) for member in self.members.values()}

        def signed(message: Message, key: bytes) -> KeySignature:
            return KeySignature(key, sign(keys[key], self.world.domain.digest(struct_hash(message))))

        events = []
        for told in bundle.events:
            accepted = told.accepted
            if accepted:
                acceptance = accepted.acceptance.of(struct_hash(told.message))
                accepted = replace(accepted, signed=signed(acceptance, accepted.signed.key))
            events.append(replace(told, signed=signed(told.message, told.signed.key), accepted=accepted))
        return replace(bundle, events=tuple(events))

    def _do(self, step: Step) -> None:
        slot = self.world.gateway.slot(self.item.id)
        seq = slot.seq + 1 if slot else 1
        document = self._document(step.fields)
        who = self._member(step.by)
        match step:
            case TakeIn():
                self._tell(who, Intake(self.item.id, seq, 0, FOR_EVER, document.root), document)
            case Report(stage=stage, grade=grade):
                message = ConditionReport(self.item.id, seq, stage, grade, FOR_EVER, document.root)
                self._tell(who, message, document)
            case HandOver():
                assert slot is not None
                to = self._member(step.to)
                offer = CustodyOffer(self.item.id, slot.to_word(), to.partner, FOR_EVER, document.root)
                accepted = self._document(step.receiver_fields)
                acceptance = Acceptance(0, accepted.root)
                by = self._authorize(to, acceptance.of(struct_hash(offer)))
                self._tell(who, offer, document, Accepted(acceptance, accepted, _signature(by)), by)

    def _tell(
        self,
        who: Member,
        message: ItemMessage,
        document: Document,
        accepted: Accepted | None = None,
        receiver: Authorization | None = None,
    ) -> None:
        by = self._authorize(who, message)
        acceptances = (accepted.acceptance,) if accepted else None
        receipt = self.world.send(Call(type(message), (message,), by, acceptances or (), receiver))
        block = self.world.gateway.block(receipt.block_number)
        assert block is not None
        self.told.append(Told(block.time, message, document, _signature(by), accepted))

    def _authorize(self, who: Member, message: Message) -> Authorization:
        """A signature over the message at some place among messages of others."""
        of, index = type(message), next(self._numbers) % self.leaves
        hashes = [keccak(b"another message %d" % other) for other in range(self.leaves)]
        hashes[index] = struct_hash(message)
        index, path = Leaves(of, tuple(hashes)).place(index, 1)
        digest = self.world.domain.digest(tree_hash(of, hashes[index : index + 1], index, path))
        return Authorization(who.address, sign(private_key(who.label), digest), index, path)

    def _member(self, label: str) -> Member:
        if label not in self.members:
            self.members[label] = self.world.enrol(f"Sample {label}", ALL_ROLES)
        return self.members[label]

    def _document(self, fields: Any) -> Document:
        if not fields:
            return Document(ZERO)
        made = [
            Field(name, value, hashlib.sha256(f"{next(self._numbers)}".encode()).digest()[:16])
            for name, (value, _audience) in sorted(fields.items())
        ]
        return Document.of(tuple(made), ())

    def proven(self) -> Bundle:
        """The bundle of all events so far, at the chain's head."""
        gateway = self.world.gateway
        header = header_of(gateway.chain, gateway.head().number)
        partners = {member.address: (member.partner, member.label) for member in self.members.values()}
        bundle = Bundle(
            gateway.deployment.chain_id, gateway.deployment.ledger, self.item, header.encoded, (), (),
            tuple(self.told), (), (),
        )  # fmt: skip
        named = sorted(partners[key] for key in bundle.keys)
        bundle = replace(bundle, partners=tuple(named))
        places = state.places_of(self.item.id, bundle.keys, [partner for partner, _ in named])
        pool = NodePool(nodes_of(gateway.chain, gateway.deployment, header.header.number, places))
        return replace(bundle, nodes=_in_order(gateway, bundle, header, pool))


def _for_ever() -> Iterator[Step]:
    """The steps of one repaired and resold or reused product after the other: only those come back."""
    fixed = [record for record in sample_repairs(400) if record.outcome is Outcome.FIXED]
    while True:
        for record in fixed:
            yield from steps(record)


def _signature(by: Authorization) -> KeySignature:
    return KeySignature(by.signer, by.signature, by.index, by.path)


def crowd(world: World, items: int) -> None:
    """So many other items, that the trie has the height of a ledger in use."""
    for start in range(0, items, IN_A_CALL):
        ids = [keccak(b"other item %d" % number) for number in range(start, min(items, start + IN_A_CALL))]
        intakes = [Intake(item, 1, 0, FOR_EVER, ZERO) for item in ids]
        world.gateway.send(world.sender, [world.call(world.centre, *intakes)], gas=GAS_PER_TRANSACTION)


def measured(bundle: bytes, trust: bytes, runs: int) -> tuple[float, float, float]:
    """The least and the median milliseconds of CPU time of a verification, and Python's peak MB in one."""
    taken = []
    for _ in range(runs):
        start = time.process_time()
        report = verify(bundle, trust)
        taken.append(time.process_time() - start)
        assert report.verdict is Verdict.VERIFIED, report.reason
    tracemalloc.start()
    verify(bundle, trust)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return 1000 * min(taken), 1000 * statistics.median(taken), peak / 1e6


JAVASCRIPT = """
import { readFileSync } from 'node:fs';
const { verify } = await import(process.argv[1]);
const [bundle, trust] = [readFileSync(process.argv[2]), readFileSync(process.argv[3])];
const taken = [];
for (let run = 0; run < Number(process.argv[4]); run++) {
  const start = process.cpuUsage();
  if (verify(bundle, trust).verdict !== 'verified') throw new Error('not verified');
  const { user, system } = process.cpuUsage(start);
  taken.push((user + system) / 1000);
}
taken.sort((a, b) => a - b);
console.log(JSON.stringify([taken[0], taken[taken.length >> 1]]));
"""


def measured_in_node(bundle: Path, trust: Path, runs: int) -> tuple[float, float]:
    """The same times of the browser's verifier, in node's engine."""
    engine = ENTRY.parent / "verify.mjs"
    done = subprocess.run(
        [node(), "--input-type=module", "-e", JAVASCRIPT, engine.as_uri(), bundle, trust, str(runs)],
        capture_output=True,
        text=True,
        check=True,
    )
    least, median = json.loads(done.stdout)
    return least, median


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--items", type=int, default=20_000)
    arguments.add_argument("--leaves", type=int, default=1024)
    arguments.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    arguments.add_argument("--profile", type=int, help="show where the time of so many events goes")
    arguments.add_argument("--keep", type=Path, help="a folder to leave the bundles in")
    given = arguments.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        connect(Path(folder) / "chain.sqlite3", development=True) as chain,
    ):
        world = World(chain)
        crowd(world, given.items)
        life = Life(world, given.leaves)
        print(
            f"{given.items:,} other items; {given.leaves:,} messages under each signature; CPU milliseconds"
        )
        print(
            "events             bytes   compact      gzip  nodes' share   Python ms (median)   node ms (median)   peak MB"
        )
        for size in given.sizes:
            life.live(size)
            report(life, size, given.keep or Path(folder), given.profile == size)


def report(life: Life, size: int, folder: Path, profiled: bool) -> None:
    bundle = life.proven()
    measure(life, size, bundle, folder, profiled)
    measure(life, size, life.signed_alone(bundle), folder, profiled=False)


def measure(life: Life, size: int, bundle: Bundle, folder: Path, profiled: bool) -> None:
    data, header = bundle_bytes(bundle), read_header(bundle.header)
    trust = trust_bytes(pinned(life.world.deployment, BlockRoot(header.number, header.hash)))
    how = "trees" if bundle.events[0].signed.path else "alone"
    files = folder / f"{size}-{how}.json", folder / f"{size}-{how}.trust.json"
    for file, content in zip(files, (data, trust), strict=True):
        file.write_bytes(content)
    compact = json.dumps(bundle.as_json(), separators=(",", ":"), ensure_ascii=False).encode()
    without = gzip.compress(bundle_bytes(replace(bundle, nodes=())), 6)
    packed = len(gzip.compress(data, 6))
    runs = 15 if size < 1000 else 5
    least, median, peak = measured(data, trust, runs)
    in_node = measured_in_node(*files, runs)
    sizes = f"{size:>6,} {how} {len(data):>10,} {len(compact):>9,} {packed:>9,} {packed - len(without):>13,}"
    print(
        f"{sizes} {least:>12.1f} ({median:.1f}) {in_node[0]:>12.1f} ({in_node[1]:.1f}) {peak:>12.1f}",
        flush=True,
    )
    if profiled:
        profiler = cProfile.Profile()
        profiler.runcall(lambda: [verify(data, trust) for _ in range(20)])
        pstats.Stats(profiler).sort_stats("tottime").print_stats(30)


if __name__ == "__main__":
    main()
