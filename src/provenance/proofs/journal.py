"""The journal proof: which records, and so which items, are all there is (SPEC.md beside this file, section 6).

Its steps are the verifier's, with the same numbers: 1 form, 2 deployment, 4 block, 5 contracts, 6 state, 9 rules,
10 completeness, 11 freshness. The file is read once, line by line.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from provenance.errors import FieldError
from provenance.model.calls import Contract
from provenance.model.words import ChallengeWord, Journal, Slot
from provenance.proofs import reading, state
from provenance.proofs.attestations import WitnessSignature
from provenance.proofs.bundle import UnknownFormat, read_attestations, require_format
from provenance.proofs.ground import (
    AskNode,
    Wanted,
    require_deployment,
    require_fresh,
    storage_root,
    vouched_header,
)
from provenance.proofs.state import Header
from provenance.proofs.trie import NodePool
from provenance.proofs.trust import Trust
from provenance.proofs.verdict import CannotEvaluate, Passed, Rejected, Step, Steps, Verdict
from provenance.proofs.verifier import read_trust

FORMAT = "returns-provenance journal 1"
_MEMBERS = ("format", "chainId", "ledger", "header", "attestations", "nodes")

OnRecord = Callable[[bytes, bytes], None]
"""Hears the item and the word of each record, before it is known whether the whole file is true."""


@dataclass(frozen=True)
class JournalHead:
    """The first line: what proves the journal's word."""

    chain_id: int
    ledger: bytes
    header: bytes
    attestations: tuple[WitnessSignature, ...]
    nodes: tuple[bytes, ...]

    @classmethod
    def from_bytes(cls, line: bytes) -> Self:
        """Raises FieldError where the line is another."""
        value = reading.parse_json(line)
        require_format(value, FORMAT)
        found = reading.members(value, "journal", _MEMBERS)
        return cls(
            reading.integer(found["chainId"], "chainId"),
            reading.address(found["ledger"], "ledger"),
            reading.hex_bytes(found["header"], "header"),
            read_attestations(found["attestations"]),
            reading.array(found["nodes"], "nodes", reading.hex_bytes),
        )

    def as_json(self) -> dict[str, Any]:
        """What `from_bytes` reads."""
        return {
            "format": FORMAT,
            "chainId": self.chain_id,
            "ledger": "0x" + self.ledger.hex(),
            "header": "0x" + self.header.hex(),
            "attestations": [signature.as_json() for signature in self.attestations],
            "nodes": ["0x" + node.hex() for node in self.nodes],
        }


@dataclass(frozen=True)
class ProvenJournal:
    """What a verified journal proves: so many records of so many items are all that the ledger had as of a block."""

    header: Header
    records: int
    items: int


@dataclass(frozen=True)
class JournalReport:
    """The verdict with all that led to it: `proven` where it is *verified*, else the `reason`."""

    verdict: Verdict
    steps: tuple[Passed, ...]
    proven: ProvenJournal | None = None
    failed: Step | None = None
    reason: str | None = None


def record_line(item: bytes, word: bytes) -> bytes:
    """The line of one record, with its line feed."""
    return b'["0x%b","0x%b"]\n' % (item.hex().encode(), word.hex().encode())


def verify_journal(
    lines: Iterable[bytes],
    trust: bytes,
    wanted: Wanted | None = None,
    ask_node: AskNode | None = None,
    on_record: OnRecord = lambda _item, _word: None,
) -> JournalReport:
    """Judges a journal proof, given as its lines, by a trust file. Never raises for what these hold."""
    steps = Steps()
    try:
        proven = _prove(steps, iter(lines), read_trust(trust), wanted or Wanted(), ask_node, on_record)
    except Rejected as rejection:
        return JournalReport(Verdict.REJECTED, tuple(steps.passed), None, rejection.step, rejection.reason)
    except CannotEvaluate as lack:
        return JournalReport(Verdict.CANNOT_EVALUATE, tuple(steps.passed), reason=str(lack))
    return JournalReport(Verdict.VERIFIED, tuple(steps.passed), proven)


def _prove(  # noqa: PLR0917 - what verify_journal takes
    steps: Steps,
    lines: Iterator[bytes],
    trust: Trust,
    wanted: Wanted,
    ask_node: AskNode | None,
    on_record: OnRecord,
) -> ProvenJournal:
    with steps.take(Step.FORM):  # 1; of the records' lines, as they are read
        head = _head(next(lines, b""))
    with steps.take(Step.DEPLOYMENT) as step:  # 2
        require_deployment(head.chain_id, head.ledger, trust)
        step.found = f"ledger 0x{head.ledger.hex()} on chain {head.chain_id}"
    with steps.take(Step.BLOCK) as step:  # 4
        header, step.found = vouched_header(head.header, head.attestations, trust, wanted, ask_node)
    with steps.take(Step.CONTRACTS) as step:  # 5
        pool = NodePool(head.nodes)
        ledger = storage_root(pool, header, trust, Contract.LEDGER)
        step.found = "the ledger has the pinned code"
    with steps.take(Step.STATE) as step:  # 6
        kept = Journal.from_word(state.read_word(pool, ledger, state.of_variable(state.JOURNAL)))
        pool.require_used()
        step.found = f"the journal counts {kept.count} records"
    with steps.take(Step.RULES) as step:  # 9
        journal, items = _fold(Journal.opened(head.chain_id, head.ledger), lines, on_record)
        step.found = f"{journal.count} records folded"
    with steps.take(Step.COMPLETENESS) as step:  # 10
        _require_same(journal, kept)
        step.found = f"all {journal.count} records of {items} items, in order"
    with steps.take(Step.FRESHNESS) as step:  # 11
        step.found = require_fresh(header, wanted)
    return ProvenJournal(header, journal.count, items)


def _head(line: bytes) -> JournalHead:
    try:
        return JournalHead.from_bytes(line)
    except UnknownFormat as unknown:
        raise CannotEvaluate(str(unknown)) from unknown


def _fold(journal: Journal, lines: Iterator[bytes], on_record: OnRecord) -> tuple[Journal, int]:
    """The journal after all records, and how many items there are."""
    items = 0
    for number, line in enumerate(lines, 2):
        item, word = _record(line, number)
        items += _opens_an_item(word, number)
        journal = journal.fold(item, word)
        on_record(item, word)
    return journal, items


def _record(line: bytes, number: int) -> tuple[bytes, bytes]:
    try:
        item, word = bytes.fromhex(line[4:68].decode()), bytes.fromhex(line[73:137].decode())
    except ValueError:
        item = word = b""
    # Written again and compared: `fromhex` takes upper case and blanks as well.
    if record_line(item, word) != line:
        raise Rejected(
            Step.FORM, f'line {number}: give ["0x<64 lower-case hex digits>","0x<64>"] and a line feed'
        )
    return item, word


def _opens_an_item(word: bytes, number: int) -> bool:
    try:
        # A challenge word has no stage, a slot always has one.
        if word[28] >> 4 == 0:
            ChallengeWord.from_word(word)
            return False
        return Slot.from_word(word).seq == 1
    except FieldError as error:
        raise FieldError(f"line {number}", word, f"no ledger writes such a word ({error.remedy})") from None


def _require_same(journal: Journal, kept: Journal) -> None:
    if journal != kept:
        others = "" if journal.count != kept.count else ", and to others"
        raise FieldError(
            "journal",
            f"{journal.count} records",
            f"the chain's own state commits to {kept.count}{others}: something is missing, added, altered or moved",
        )
