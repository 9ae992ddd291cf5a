"""The committed artifacts are the contracts: what is compiled, deployed and pinned by auditors agrees."""

import hashlib
import json
import sys
import tomllib
from pathlib import Path

import pytest
from web3 import EthereumTesterProvider, Web3

from provenance.errors import FieldError
from provenance.ledger import immutables
from provenance.ledger.artifact import Artifact, expected_runtime_code, load

ROOT = Path(__file__).resolve().parents[2]

sys.path.insert(0, str(ROOT / "scripts"))

import build_contracts  # noqa: E402 - it lies among the scripts

NAMES = ("PartnerRegistry", "ProvenanceLedger", "Anchors")
NOBODY = bytes(20)


@pytest.fixture(scope="module")
def chain() -> Web3:
    return Web3(EthereumTesterProvider())


@pytest.mark.parametrize("name", NAMES)
def test_the_artifacts_were_made_from_the_sources_that_lie_here(name: str) -> None:
    # scripts/check compiles them anew and compares every byte; this needs no compiler.
    for unit, digest in load(name).sources.items():
        if unit.startswith("contracts/"):
            assert hashlib.sha256((ROOT / unit).read_bytes()).hexdigest() == digest, unit


def test_an_artifact_that_differs_is_refused_with_the_parts_that_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed = json.loads((build_contracts.ARTIFACTS / "Anchors.json").read_text(encoding="utf-8"))
    monkeypatch.setattr(build_contracts, "ROOT", tmp_path)
    monkeypatch.setattr(build_contracts, "ARTIFACTS", tmp_path)
    build_contracts.write("Anchors", committed)
    build_contracts.compare("Anchors", committed)
    with pytest.raises(build_contracts.BuildError, match=r"\(abi, bytecode\)"):
        build_contracts.compare("Anchors", committed | {"bytecode": "0x00", "abi": []})


def test_a_contract_that_no_chain_accepts_is_refused_with_the_bytes_too_many() -> None:
    longest = {"deployedBytecode": "0x" + "00" * 24_576, "bytecode": "0x" + "00" * 49_152}
    build_contracts.refuse_oversize("Long", longest)
    for part in longest:
        with pytest.raises(build_contracts.BuildError, match="1 more than a chain accepts"):
            build_contracts.refuse_oversize("Long", longest | {part: longest[part] + "00"})


def test_the_code_on_a_chain_is_the_code_computed_from_artifact_and_constructor_values(chain: Web3) -> None:
    owner = bytes.fromhex("11" * 20)
    predecessor = bytes.fromhex("22" * 20)
    chain_id = chain.eth.chain_id

    registry = deployed(chain, load("PartnerRegistry"), owner, owner)
    ledger = deployed(chain, load("ProvenanceLedger"), registry, predecessor)
    anchors = deployed(chain, load("Anchors"), registry)

    expected = {
        registry: ("PartnerRegistry", immutables.of_registry(chain_id, registry)),
        ledger: ("ProvenanceLedger", immutables.of_ledger(chain_id, ledger, registry, predecessor)),
        anchors: ("Anchors", immutables.of_anchors(chain_id, anchors, registry)),
    }
    for address, (name, values) in expected.items():
        assert bytes(chain.eth.get_code(address)) == expected_runtime_code(load(name), values), name


def test_other_constructor_values_make_other_code() -> None:
    ledger = load("ProvenanceLedger")
    one, other = bytes([1]) * 20, bytes([2]) * 20
    pinned = expected_runtime_code(ledger, immutables.of_ledger(1, one, one, NOBODY))
    for values in (
        immutables.of_ledger(2, one, one, NOBODY),
        immutables.of_ledger(1, other, one, NOBODY),
        immutables.of_ledger(1, one, other, NOBODY),
        immutables.of_ledger(1, one, one, other),
    ):
        assert expected_runtime_code(ledger, values) != pinned


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"ProvenanceLedger.PREDECESSOR": None}, "ProvenanceLedger.PREDECESSOR"),
        ({"ProvenanceLedger.PREDECESSOR": NOBODY}, "ProvenanceLedger.PREDECESSOR"),
        ({"ProvenanceLedger.OTHER": bytes(32)}, "ProvenanceLedger.OTHER"),
    ],
)
def test_an_immutable_that_is_missing_short_or_unknown_is_refused_by_name(
    change: dict[str, bytes | None], named: str
) -> None:
    values = immutables.of_ledger(1, NOBODY, NOBODY, NOBODY) | change
    given = {name: value for name, value in values.items() if value is not None}
    with pytest.raises(FieldError, match=named):
        expected_runtime_code(load("ProvenanceLedger"), given)


def test_a_contract_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(FieldError, match="Ledger"):
        load("Ledger")


def test_forge_compiles_with_the_settings_of_the_artifacts() -> None:
    forge = tomllib.loads((ROOT / "foundry.toml").read_text(encoding="utf-8"))["profile"]["default"]
    for name in NAMES:
        assert load(name).settings == {
            "evmVersion": forge["evm_version"],
            "metadata": {"appendCBOR": forge["cbor_metadata"], "bytecodeHash": forge["bytecode_hash"]},
            "optimizer": {"enabled": forge["optimizer"], "runs": forge["optimizer_runs"]},
            "viaIR": forge["via_ir"],
        }


def deployed(chain: Web3, artifact: Artifact, *arguments: bytes) -> bytes:
    factory = chain.eth.contract(abi=artifact.abi, bytecode=artifact.creation_code)
    sent = factory.constructor(*arguments).transact({"from": chain.eth.accounts[0]})
    address = chain.eth.wait_for_transaction_receipt(sent)["contractAddress"]
    assert address is not None
    return bytes.fromhex(address[2:])
