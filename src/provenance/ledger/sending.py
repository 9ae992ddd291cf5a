"""Transactions out: one account, one sequence of nonces, and refusals by name."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from provenance.errors import ChainError
from provenance.ledger.chain import Chain
from provenance.ledger.embedded.errors import RpcError
from provenance.ledger.hexadecimal import from_hex, to_hex
from provenance.ledger.refusals import read_refusal

GAS_PER_TRANSACTION = 16_777_216
"""The most that one transaction may use. Source: EIP-7825."""

RECEIPT_SECONDS = 120.0
FIRST_POLL_SECONDS, LONGEST_POLL_SECONDS = 0.002, 0.25


@dataclass(frozen=True, slots=True)
class Receipt:
    """A mined transaction. `contract` is the address it created, if any; `gas_used` is in gas."""

    transaction_hash: bytes
    block_number: int
    block_hash: bytes
    gas_used: int
    contract: bytes | None


class Sender:
    """Sends from one account. Its nonces are handed out under one lock, so threads may share it."""

    def __init__(self, chain: Chain, private_key: bytes) -> None:
        self._chain = chain
        self._account: LocalAccount = Account.from_key(private_key)
        self._lock = threading.Lock()

    @property
    def address(self) -> bytes:
        """The account's address, 20 bytes."""
        return from_hex(self._account.address)

    def send(self, to: bytes | None, data: bytes, *, gas: int | None = None) -> Receipt:
        """Sends one transaction (`to` None creates a contract) and waits until it is mined.

        With a `gas` limit the node need not estimate one, and a refusal costs the transaction that met it.

        Raises:
            Refused: a contract's rule refused it; nothing was recorded.
            ChainError: the node refused it, or did not mine it in time.
        """
        with self._lock:
            gas = self._estimate(to, data) if gas is None else min(gas, GAS_PER_TRANSACTION)
            receipt = self._post([self._signed(to, data, gas, self._next_nonce())])[0]
        return self._mined(receipt)

    def send_all(self, to: bytes, calls: Sequence[bytes]) -> list[Receipt]:
        """Sends many transactions to one contract, in order, and waits until all are mined.

        They are estimated one against the state before the first: for calls that do not build on each other.
        """
        with self._lock:
            first = self._next_nonce()
            gas = [self._estimate(to, data) for data in calls]
            hashes = self._post(
                [
                    self._signed(to, data, limit, first + index)
                    for index, (data, limit) in enumerate(zip(calls, gas, strict=True))
                ]
            )
        return [self._mined(transaction) for transaction in hashes]

    def _next_nonce(self) -> int:
        return int(self._chain.request("eth_getTransactionCount", [self._account.address, "pending"]), 16)

    def _estimate(self, to: bytes | None, data: bytes) -> int:
        request = {"from": self._account.address, "data": to_hex(data)}
        if to is not None:
            request["to"] = to_hex(to)
        try:
            estimate = int(self._chain.request("eth_estimateGas", [request]), 16)
        except RpcError as error:
            raise _refusal(error) from None
        # Between estimate and block a cold slot may turn up: a tenth more costs nothing unless used.
        return min(estimate + estimate // 10, GAS_PER_TRANSACTION)

    def _signed(self, to: bytes | None, data: bytes, gas: int, nonce: int) -> bytes:
        price = int(self._chain.request("eth_gasPrice"), 16)
        transaction: dict[str, Any] = {
            "type": 2,
            "chainId": self._chain.chain_id,
            "nonce": nonce,
            "gas": gas,
            # Twice the present price outlasts six full blocks of rising base fee (EIP-1559).
            "maxFeePerGas": 2 * price,
            "maxPriorityFeePerGas": min(price, 1_000_000_000),
            "value": 0,
            "data": data,
        }
        if to is not None:
            transaction["to"] = to
        return bytes(self._account.sign_transaction(transaction).raw_transaction)

    def _post(self, signed: Sequence[bytes]) -> list[bytes]:
        results = self._chain.batch([("eth_sendRawTransaction", [to_hex(raw)]) for raw in signed])
        for result in results:
            if isinstance(result, RpcError):
                raise _refusal(result)
        return [bytes.fromhex(result[2:]) for result in results]

    def _mined(self, transaction: bytes) -> Receipt:
        patience, pause = time.monotonic() + RECEIPT_SECONDS, FIRST_POLL_SECONDS
        while (found := self._chain.request("eth_getTransactionReceipt", [to_hex(transaction)])) is None:
            if time.monotonic() > patience:
                raise ChainError(
                    f"transaction {to_hex(transaction)} was not mined within {RECEIPT_SECONDS:.0f} s: "
                    "it may still be; look it up before sending again"
                )
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_POLL_SECONDS)
        if int(found["status"], 16) != 1:
            raise self._reason(transaction)
        created = found["contractAddress"]
        return Receipt(
            transaction,
            int(found["blockNumber"], 16),
            from_hex(found["blockHash"]),
            int(found["gasUsed"], 16),
            from_hex(created) if created else None,
        )

    def _reason(self, transaction: bytes) -> Exception:
        """Why a mined transaction failed, by running it again on the state it met at the end of its block."""
        sent = self._chain.request("eth_getTransactionByHash", [to_hex(transaction)])
        request = {"from": sent["from"], "to": sent["to"], "data": sent["input"], "gas": sent["gas"]}
        try:
            self._chain.request("eth_call", [request, sent["blockNumber"]])
        except RpcError as error:
            return _refusal(error)
        return ChainError(f"transaction {to_hex(transaction)} failed in its block: look at its trace")


def _refusal(error: RpcError) -> Exception:
    if isinstance(error.data, str) and error.data.startswith("0x") and len(error.data) > 2:
        return read_refusal(from_hex(error.data))
    return ChainError(f"the node refused the transaction: {error.message}")
