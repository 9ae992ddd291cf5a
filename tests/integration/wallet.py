"""A signer for tests: it fills in what a transaction needs and counts its own nonces."""

import time
from typing import Any

from eth_account import Account
from eth_utils.address import to_checksum_address

from provenance.ledger.chain import Chain
from provenance.ledger.embedded.genesis import DEVELOPMENT_KEYS


class Wallet:
    def __init__(self, chain: Chain, index: int = 0) -> None:
        self.chain = chain
        self.account = Account.from_key(DEVELOPMENT_KEYS[index])
        self.address: str = self.account.address
        self.nonce = int(chain.request("eth_getTransactionCount", [self.address, "latest"]), 16)

    def sign(self, **fields: Any) -> str:
        """A raw EIP-1559 transaction with this wallet's next nonce, unless `fields` say otherwise."""
        transaction = {
            "chainId": self.chain.chain_id,
            "nonce": self.nonce,
            "gas": 500_000,
            "maxFeePerGas": 10**9,
            "maxPriorityFeePerGas": 0,
            "value": 0,
            **fields,
        }
        if "gasPrice" in transaction:
            del transaction["maxFeePerGas"], transaction["maxPriorityFeePerGas"]
        if transaction["nonce"] == self.nonce:
            self.nonce += 1
        return "0x" + self.account.sign_transaction(transaction).raw_transaction.hex()

    def send(self, **fields: Any) -> dict[str, Any]:
        """Send one transaction and return its receipt."""
        return self.receipt(self.chain.request("eth_sendRawTransaction", [self.sign(**fields)]))

    def receipt(self, sent: str) -> dict[str, Any]:
        """The receipt, waited for: unlike the embedded chain, anvil answers before it mines."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            receipt: dict[str, Any] | None = self.chain.request("eth_getTransactionReceipt", [sent])
            if receipt is not None:
                return receipt
            time.sleep(0.005)
        raise AssertionError(f"transaction {sent} was not included within 10 s")

    def deploy(self, code: bytes, **fields: Any) -> str:
        receipt = self.send(**{"data": code, "to": "", "gas": 5_000_000, **fields})
        assert receipt["status"] == "0x1"
        return to_checksum_address(receipt["contractAddress"])
