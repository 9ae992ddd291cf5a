"""The relayer's account on one chain: signing, broadcasting, looking up. It keeps nothing; the caller does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eth_account import Account
from eth_account.signers.local import LocalAccount

from provenance.errors import ChainError, Refused
from provenance.ledger.chain import Chain
from provenance.ledger.embedded.errors import RpcError
from provenance.ledger.hexadecimal import from_hex, to_hex
from provenance.ledger.refusals import Reverted, read_refusal

BATCH_BYTES = 400_000
"""Of transactions in one request, which hex doubles: some nodes read no more than 1 or 2 MB."""
HIGHEST_TIP = 1_000_000_000
"""Wei for a unit of gas: above it a tip buys nothing on the chains this is for."""


@dataclass(frozen=True, slots=True)
class Fees:
    """EIP-1559's two fields, in wei for a unit of gas."""

    max_fee: int
    tip: int

    def raised(self) -> Fees:
        """By more than an eighth each: nodes take no replacement that raises either by less."""
        return Fees(self.max_fee + self.max_fee // 8 + 1, self.tip + self.tip // 8 + 1)

    def at_least(self, other: Fees) -> Fees:
        """The higher of each; the tip never above the whole."""
        max_fee = max(self.max_fee, other.max_fee)
        return Fees(max_fee, min(max(self.tip, other.tip), max_fee))


@dataclass(frozen=True, slots=True)
class Mined:
    """Where a transaction was mined, and whether it succeeded."""

    hash: bytes
    block: int
    block_hash: bytes
    succeeded: bool


class Relay:
    """Signs with one key, which is neither shown nor logged."""

    def __init__(self, chain: Chain, private_key: bytes) -> None:
        self._chain = chain
        self._account: LocalAccount = Account.from_key(private_key)

    @property
    def address(self) -> bytes:
        """The account's address, 20 bytes."""
        return from_hex(self._account.address)

    def count(self, tag: str) -> int:
        """How many of the account's transactions the chain has: the next nonce. `tag` is latest or pending."""
        return int(self._chain.request("eth_getTransactionCount", [self._account.address, tag]), 16)

    def fees(self) -> Fees:
        """What a transaction offers now: twice the present price outlasts six full blocks of rising base fee."""
        price = int(self._chain.request("eth_gasPrice"), 16)
        return Fees(2 * price, min(price, HIGHEST_TIP))

    def sign(self, nonce: int, to: bytes, data: bytes, gas: int, fees: Fees) -> tuple[bytes, bytes]:
        """The transaction's bytes and its hash."""
        signed = self._account.sign_transaction(
            {
                "type": 2,
                "chainId": self._chain.chain_id,
                "nonce": nonce,
                "gas": gas,
                "maxFeePerGas": fees.max_fee,
                "maxPriorityFeePerGas": fees.tip,
                "value": 0,
                "to": to,
                "data": data,
            }
        )
        return bytes(signed.raw_transaction), bytes(signed.hash)

    def post(self, raws: Sequence[bytes]) -> list[str | None]:
        """Broadcasts in order; for each, what the node had against it. It may have it all the same: look it up."""
        said: list[str | None] = []
        for part in batches(raws):
            said += self._post_batch(part)
        return said

    def _post_batch(self, raws: Sequence[bytes]) -> list[str | None]:
        try:
            answers = self._chain.batch([("eth_sendRawTransaction", [to_hex(raw)]) for raw in raws])
        except RpcError as error:  # the batch as a whole: the next look sees which of them the node has
            return [str(error.message)] * len(raws)
        return [str(answer.message) if isinstance(answer, RpcError) else None for answer in answers]

    def known(self, hashes: Sequence[bytes]) -> list[bool]:
        """Whether the node has each of these, mined or waiting."""
        answers = self._chain.batch([("eth_getTransactionByHash", [to_hex(one)]) for one in hashes])
        for answer in answers:
            if isinstance(answer, RpcError):
                raise answer
        return [answer is not None for answer in answers]

    def mined(self, hashes: Sequence[bytes]) -> dict[bytes, Mined]:
        """Those of these that are in a block."""
        found = {}
        answers = self._chain.batch([("eth_getTransactionReceipt", [to_hex(one)]) for one in hashes])
        for one, answer in zip(hashes, answers, strict=True):
            if isinstance(answer, RpcError):
                raise answer
            if answer is not None:
                block, hash_ = int(answer["blockNumber"], 16), from_hex(answer["blockHash"])
                found[one] = Mined(one, block, hash_, int(answer["status"], 16) == 1)
        return found

    def simulate(self, to: bytes, data: bytes, gas: int) -> Refused | Reverted | None:
        """Why the call would fail on the newest block; None if it would not.

        Raises ChainError where the node cannot say.
        """
        request = {"from": self._account.address, "to": to_hex(to), "data": to_hex(data), "gas": hex(gas)}
        try:
            self._chain.request("eth_call", [request, "latest"])
        except RpcError as error:
            if isinstance(error.data, str) and error.data.startswith("0x"):
                return read_refusal(from_hex(error.data))
            raise ChainError(f"the node cannot simulate: {error.message}") from error
        return None


def batches(raws: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """The transactions in their order, as many together as a node reads in one request."""
    begin, size = 0, 0
    for place, raw in enumerate(raws):
        if place > begin and size + len(raw) > BATCH_BYTES:
            yield raws[begin:place]
            begin, size = place, 0
        size += len(raw)
    if raws:
        yield raws[begin:]
