"""The vectors that the Python code keeps are those that the contracts' libraries compute, on a real EVM."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from web3 import EthereumTesterProvider, Web3
from web3.contract import Contract

ROOT = Path(__file__).resolve().parents[2]

sys.path.insert(0, str(ROOT / "scripts"))

import build_contracts  # noqa: E402 - it lies among the scripts

VECTORS = ROOT / "tests" / "vectors"
UNIT = "tests/contracts/Vectors.sol"


def vectors(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))[name]
    return found


@pytest.fixture(scope="module")
def solidity(node_tools: None) -> Contract:
    """The libraries, compiled as the contracts are and opened by a contract that only passes on."""
    output = build_contracts.compile_sources(build_contracts.closure(UNIT))
    built = output["contracts"][UNIT]["Vectors"]
    chain = Web3(EthereumTesterProvider())
    factory = chain.eth.contract(abi=built["abi"], bytecode=built["evm"]["bytecode"]["object"])
    deployed = factory.constructor().transact({"from": chain.eth.accounts[0]})
    address = chain.eth.wait_for_transaction_receipt(deployed)["contractAddress"]
    return chain.eth.contract(address=address, abi=built["abi"])


def number(word: str) -> int:
    return int(word, 16)


def fields(message: dict[str, Any]) -> tuple[Any, ...]:
    """A message as the ABI takes it: big numbers are text in the vectors, words are hex."""
    return tuple(_value(value) for value in message.values())


def _value(value: Any) -> Any:
    return int(value) if isinstance(value, str) and not value.startswith("0x") else value


LEDGER_MESSAGES = [vector for vector in vectors("messages") if vector["contract"] == "ProvenanceLedger"]


@pytest.mark.parametrize("vector", LEDGER_MESSAGES, ids=lambda vector: vector["type"])
def test_each_message_has_the_struct_hash_of_its_vector(solidity: Contract, vector: dict[str, Any]) -> None:
    function = solidity.functions[f"hash{vector['type']}"]
    values = fields(vector["message"])
    given = (values[0], values[1:]) if vector["type"] == "CustodyAcceptance" else (values,)
    assert Web3.to_hex(function(*given).call()) == vector["structHash"]


@pytest.mark.parametrize(
    "vector", vectors("trees"), ids=lambda vector: f"{vector['type']}-{vector['height']}"
)
def test_each_subtree_of_a_signed_tree_leads_to_the_hash_of_its_vector(
    solidity: Contract, vector: dict[str, Any]
) -> None:
    of = next(message for message in vectors("messages") if message["type"] == vector["type"])
    name, type_string = vector["type"], of["typeString"]
    type_hash = solidity.functions.treeTypeHash(name, type_string, vector["height"]).call()
    assert Web3.to_hex(type_hash) == vector["typeHash"]
    for subtree in vector["subtrees"]:
        if subtree["height"] != (subtree["count"] - 1).bit_length():
            continue  # at the right edge: a call carries it as the smaller subtree that its messages fill
        leaves = vector["leaves"][subtree["first"] : subtree["first"] + subtree["count"]]
        signed = solidity.functions.signedHash(
            leaves, subtree["index"], subtree["path"], name, type_string, len(of["message"])
        ).call()
        assert Web3.to_hex(signed) == vector["structHash"]


def test_each_event_leads_to_the_word_and_the_journal_of_its_vector(solidity: Contract) -> None:
    journal = number(vectors("words")[0]["journalAtDeploy"])
    slot = challenge_word = 0
    for vector in vectors("events"):
        word = number(vector["word"])
        hashed = Web3.solidity_keccak(
            ["bytes32", "bytes32", "uint256"], [vector["prior"], vector["digest"], vector["time"]]
        )
        if vector["type"] == "Challenge":
            challenge_word = solidity.functions.nextChallengeWord(challenge_word, hashed).call()
            assert challenge_word == word
        else:
            _seq, stage, on_hold, grade, custodian = solidity.functions.unpackSlot(word).call()
            slot = solidity.functions.nextSlot(slot, hashed, stage, on_hold, grade, custodian).call()
            assert slot == word
        journal = solidity.functions.fold(journal, vector["message"]["item"], word).call()
        assert journal == number(vector["journal"])


def test_slots_and_keys_unpack_to_the_parts_of_their_vectors(solidity: Contract) -> None:
    words = vectors("words")[0]
    for slot in words["slots"]:
        parts = [slot[name] for name in ("seq", "stage", "onHold", "grade", "custodian")]
        assert solidity.functions.unpackSlot(number(slot["word"])).call() == parts
    for key in words["keys"]:
        parts = [int(key[name]) for name in ("partner", "roles", "kind", "validFrom", "validTo")]
        assert solidity.functions.packKey(*parts).call() == number(key["word"])
        assert solidity.functions.unpackKey(number(key["word"])).call() == parts
