"""One deployed ledger on one chain: what it holds, what it recorded, and the way to write to it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from eth_abi.abi import decode, encode

from provenance.errors import ChainError
from provenance.ledger.calls import encode_call, encode_submission
from provenance.ledger.chain import Chain
from provenance.ledger.deployment import Deployment
from provenance.ledger.embedded.errors import RpcError
from provenance.ledger.hexadecimal import from_hex, to_hex
from provenance.ledger.records import Entry, Place, read_log
from provenance.ledger.sending import Receipt, Sender
from provenance.ledger.signatures import SignedInput
from provenance.model.calls import Call
from provenance.model.hashing import keccak
from provenance.model.words import ChallengeWord, Journal, KeyWord, Slot, Standing

Json = dict[str, Any]
CONFIRMATIONS = 12


@dataclass(frozen=True, slots=True)
class Block:
    """A block's place in the chain. `time` is in Unix seconds, hashes have 32 bytes."""

    number: int
    hash: bytes
    parent_hash: bytes
    time: int


class Gateway:
    """Reads and writes one deployment. It is checked once, here: a chain with other code is refused (WrongCode)."""

    def __init__(self, chain: Chain, deployment: Deployment, confirmations: int | None = None) -> None:
        """`confirmations` says after how many further blocks one is final; None leaves it to the chain."""
        deployment.require_on(chain)
        self.chain = chain
        self.deployment = deployment
        self.confirmations = confirmations

    def slot(self, item: bytes, block: int | str = "latest") -> Slot | None:
        """The item's slot, None if it was never taken in."""
        return Slot.from_storage(self._read("slotOf(bytes32)", ["bytes32"], [item], block=block))

    def challenge_word(self, item: bytes, block: int | str = "latest") -> ChallengeWord | None:
        """The item's challenge word, None if nobody challenged it."""
        word = self._read("challengeWordOf(bytes32)", ["bytes32"], [item], block=block)
        return ChallengeWord.from_storage(word)

    def journal(self, block: int | str = "latest") -> Journal:
        """The word that commits to every record so far."""
        return Journal.from_word(self._read("journal()", block=block))

    def key(self, address: bytes, block: int | str = "latest") -> KeyWord | None:
        """The key's word, None if it was never granted."""
        registry = self.deployment.registry
        return KeyWord.from_storage(self._read("keyOf(address)", ["address"], [address], registry, block))

    def standing(self, partner: int, block: int | str = "latest") -> Standing:
        """The roles that the partner may grant, and whether it is suspended."""
        data = self._call("standingOf(uint24)", ["uint24"], [partner], self.deployment.registry, block)
        roles, suspended = decode(["uint16", "bool"], data)
        return Standing(roles, suspended)

    def partner_count(self, block: int | str = "latest") -> int:
        """How many partners are enrolled; the last one's number."""
        return int.from_bytes(self._read("partnerCount()", at=self.deployment.registry, block=block), "big")

    def anchor(self, partner: int, kind: int, digest: bytes) -> tuple[int, int] | None:
        """Block number and time (Unix seconds) at which the partner anchored the digest, None if it never did."""
        signature, values = "anchorOf(uint24,uint8,bytes32)", [partner, kind, digest]
        data = self._call(
            signature, ["uint24", "uint8", "bytes32"], values, self.deployment.anchors, "latest"
        )
        number, time = decode(["uint64", "uint64"], data)
        return (number, time) if number else None

    def head(self) -> Block:
        """The newest block."""
        return _block(self.chain.request("eth_getBlockByNumber", ["latest", False]))

    def finalized(self) -> Block | None:
        """The newest final block: the chain's `finalized` tag, or so many confirmations below the head.

        A chain without the tag gets CONFIRMATIONS. None where no block is final yet.
        """
        if self.confirmations is not None:
            return self._confirmed(self.confirmations)
        try:
            found = self.chain.request("eth_getBlockByNumber", ["finalized", False])
        except RpcError:
            found = None
        return self._confirmed(CONFIRMATIONS) if found is None else _block(found)

    def _confirmed(self, confirmations: int) -> Block | None:
        number = self.head().number - confirmations
        return self.block(number) if number >= 0 else None

    def block(self, number: int) -> Block | None:
        """A block by its number, None beyond the head."""
        found = self.chain.request("eth_getBlockByNumber", [hex(number), False])
        return None if found is None else _block(found)

    def blocks(self, first: int, last: int) -> list[Block]:
        """The blocks `first` to `last`, both included; none where `first` is after `last`. ChainError if one lacks."""
        wanted = range(first, last + 1)
        found = self.chain.batch([("eth_getBlockByNumber", [hex(number), False]) for number in wanted])
        for number, block in zip(wanted, found, strict=True):
            if isinstance(block, RpcError):
                raise block
            if block is None or int(block["number"], 16) != number:
                raise ChainError(
                    f"the node was asked for block {number} and has none: it lags or reorganises"
                )
        return [_block(block) for block in found]

    def entries(self, first: int, last: int) -> list[Entry]:
        """What ledger and registry logged in the blocks `first` to `last`, both included, in order.

        Records carry the signatures that their transactions' input shows. Raises ChainError for an answer that is
        out of order or that does not belong to the blocks and transactions which the node tells of.
        """
        logs = self._logs(first, last)
        _require_order(logs, first, last)
        blocks = self._blocks({log["blockNumber"] for log in logs})
        return [
            entry
            for number, found in groupby(logs, key=lambda log: str(log["blockNumber"]))
            for entry in self._entries_of_block(blocks[number], list(found))
        ]

    def send(self, sender: Sender, calls: Sequence[Call], *, gas: int | None = None) -> Receipt:
        """Makes the calls in one transaction: each recorded or skipped alone. `gas` as in `Sender.send`.

        Raises:
            Refused: nothing could be recorded; the first call's reason.
        """
        data = encode_call(calls[0]) if len(calls) == 1 else encode_submission(calls)
        return sender.send(self.deployment.ledger, data, gas=gas)

    def _logs(self, first: int, last: int) -> list[Json]:
        """The logs of both contracts, the registry's asked for twice.

        No journal covers the registry; but what is cut off after so many logs is not the same in both answers.
        """
        ledger, registry = to_hex(self.deployment.ledger), to_hex(self.deployment.registry)
        span = {"fromBlock": hex(first), "toBlock": hex(last)}
        asked = [{"address": [ledger, registry], **span}, {"address": [registry], **span}]
        answers = self.chain.batch([("eth_getLogs", [query]) for query in asked])
        for answer in answers:
            if isinstance(answer, RpcError):
                raise answer
        logs, again = answers
        if [log for log in logs if log["address"].lower() == registry] != again:
            raise ChainError(f"the node told other logs of blocks {first} to {last} when asked twice")
        return list(logs)

    def _entries_of_block(self, block: Json, logs: Sequence[Json]) -> Iterator[Entry]:
        transactions = {transaction["hash"]: transaction for transaction in block["transactions"]}
        for log in logs:
            if log["blockHash"] != block["hash"] or log["transactionHash"] not in transactions:
                raise ChainError(
                    f"block {int(block['number'], 16)} was exchanged while its logs were read: the chain reorganises"
                )
        for transaction_hash, found in groupby(logs, key=lambda log: str(log["transactionHash"])):
            yield from self._entries_of_transaction(block, transactions[transaction_hash], list(found))

    def _entries_of_transaction(self, block: Json, transaction: Json, logs: Sequence[Json]) -> list[Entry]:
        is_ours = transaction["to"] is not None and from_hex(transaction["to"]) == self.deployment.ledger
        covers = SignedInput(from_hex(transaction["input"]) if is_ours else b"")
        read = [read_log(log, place, covers) for log, place in zip(logs, _places(block, logs), strict=True)]
        return [entry for entry in read if entry is not None]

    def _blocks(self, numbers: set[str]) -> Mapping[str, Json]:
        ordered = sorted(numbers)
        found = self.chain.batch([("eth_getBlockByNumber", [number, True]) for number in ordered])
        for number, block in zip(ordered, found, strict=True):
            if isinstance(block, RpcError):
                raise block
            if block is None or block["number"] != number:
                raise ChainError(f"the node told of logs in block {int(number, 16)} and has no such block")
        return dict(zip(ordered, found, strict=True))

    def _read(
        self,
        function: str,
        types: Sequence[str] = (),
        values: Sequence[Any] = (),
        at: bytes | None = None,
        block: int | str = "latest",
    ) -> bytes:
        return self._call(function, types, values, at or self.deployment.ledger, block)[:32]

    def _call(
        self, function: str, types: Sequence[str], values: Sequence[Any], at: bytes, block: int | str
    ) -> bytes:
        data = keccak(function.encode())[:4] + encode(types, values)
        height = hex(block) if isinstance(block, int) else block
        return from_hex(self.chain.request("eth_call", [{"to": to_hex(at), "data": to_hex(data)}, height]))


def _require_order(logs: Sequence[Json], first: int, last: int) -> None:
    """Raises ChainError unless each log stands after the one before it, and within the blocks asked for."""
    before = (first, -1)
    for log in logs:
        place = int(log["blockNumber"], 16), int(log["logIndex"], 16)
        if not (first, -1) <= before < place < (last + 1, 0):
            raise ChainError(f"the node told logs of blocks {first} to {last} out of order, twice or unasked")
        before = place


def _places(block: Json, logs: Sequence[Json]) -> list[Place]:
    """Where these logs of one transaction are."""
    number, time = int(block["number"], 16), int(block["timestamp"], 16)
    transaction = from_hex(logs[0]["transactionHash"]), int(logs[0]["transactionIndex"], 16)
    block_hash = from_hex(block["hash"])
    return [Place(number, block_hash, time, *transaction, int(log["logIndex"], 16)) for log in logs]


def _block(found: Json) -> Block:
    return Block(
        int(found["number"], 16),
        from_hex(found["hash"]),
        from_hex(found["parentHash"]),
        int(found["timestamp"], 16),
    )
