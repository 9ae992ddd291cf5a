"""A chain to measure on: an account that pays, and contracts compiled for the comparison."""

import sys
from functools import cache
from pathlib import Path
from typing import Any

from eth_abi.abi import encode

from provenance.ledger.chain import Chain
from provenance.ledger.embedded.genesis import BLOCK_GAS_LIMIT, DEVELOPMENT_KEYS
from provenance.ledger.sending import Sender
from provenance.model.hashing import keccak

ROOT = Path(__file__).resolve().parents[2]
GAS = 16_777_216  # what one transaction may ask for (EIP-7825)

sys.path.insert(0, str(ROOT / "scripts"))

import build_contracts  # noqa: E402 - it lies among the scripts


class Testbed:
    """Sends transactions and says what they cost."""

    __test__ = False

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.sender = Sender(chain, bytes.fromhex(DEVELOPMENT_KEYS[0].removeprefix("0x")))

    def gas(self, to: bytes, data: bytes) -> int:
        """Gas that the transaction used; it must succeed."""
        return self.sender.send(to, data, gas=GAS).gas_used

    def gas_beyond_the_cap(self, to: bytes, data: bytes) -> int:
        """Like `gas`, for what no single transaction of a chain with EIP-7825 could do: anvil signs and lets it pass."""
        transaction = {
            "from": "0x" + self.sender.address.hex(),
            "to": "0x" + to.hex(),
            "data": "0x" + data.hex(),
            "gas": hex(BLOCK_GAS_LIMIT),
            "gasPrice": self.chain.request("eth_gasPrice"),
        }
        sent = self.chain.request("eth_sendTransaction", [transaction])
        receipt = self.chain.web3.eth.wait_for_transaction_receipt(sent)
        assert receipt["status"] == 1, receipt
        return receipt["gasUsed"]

    def create(self, creation_code: bytes) -> bytes:
        made = self.sender.send(None, creation_code, gas=GAS).contract
        assert made is not None
        return made

    def read_uint(self, to: bytes, signature: str) -> int:
        call = {"to": "0x" + to.hex(), "data": "0x" + calldata(signature).hex()}
        return int(self.chain.request("eth_call", [call, "latest"]), 16)

    def logs_of_last_block(self) -> list[Any]:
        return list(self.chain.request("eth_getLogs", [{"fromBlock": "latest", "toBlock": "latest"}]))


def calldata(signature: str, *values: object) -> bytes:
    """Calldata of a function given as in Solidity, e.g. `mint(uint256[],bytes32[])`."""
    inside = signature[signature.index("(") + 1 : -1]
    return keccak(signature.encode())[:4] + encode(split_types(inside), values)


def split_types(inside: str) -> list[str]:
    """Splits at the commas outside of brackets."""
    parts, depth = [""], 0
    for letter in inside:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part for part in parts if part]


@cache
def compiled(name: str) -> bytes:
    """Creation code of tests/bench/contracts/NAME.sol, with the settings of the ledger's own contracts."""
    unit = f"tests/bench/contracts/{name}.sol"
    output = build_contracts.compile_sources(build_contracts.closure(unit))
    return bytes.fromhex(output["contracts"][unit][name]["evm"]["bytecode"]["object"])
