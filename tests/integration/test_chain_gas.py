"""The embedded chain and anvil execute the same transactions to the same end, gas included."""

from pathlib import Path
from typing import Any

from integration.conftest import open_chain
from integration.probe import (
    CONTEXT,
    COUNT,
    CREATE,
    DEPLOYMENT,
    DIVE,
    EVENTS,
    HASHES,
    REVERT,
    SPIN,
    STORE,
    TRANSIENT,
    probe_call,
)
from integration.wallet import Wallet
from provenance.ledger.chain import Chain

STRANGER = "0x" + "11" * 20


def script(target: str) -> list[dict[str, Any]]:
    """Transactions that reach every rule of gas we know to be hard."""
    slot = "0x" + f"{7:064x}"
    return [
        {"to": STRANGER, "value": 1},
        {"to": STRANGER, "data": "0x" + "00" * 300},
        {"to": STRANGER, "data": "0x" + "ff" * 300},  # below EIP-7623's floor without it
        {"to": target, "data": probe_call(COUNT, data=b"\x01" * 64)},  # a new slot
        {"to": target, "data": probe_call(COUNT)},  # a used slot
        {"to": target, "data": probe_call(STORE, 7, 9)},
        {"to": target, "data": probe_call(STORE, 7, 0)},  # cleared, with refund (EIP-3529)
        {
            "to": target,
            "data": probe_call(STORE, 8, 9),
            "accessList": [{"address": target, "storageKeys": [slot]}],
        },
        {"to": target, "data": probe_call(STORE, 8, 0, data=b"\xff" * 600)},  # refund against the data floor
        {"to": target, "data": probe_call(EVENTS, data=b"hello world")},
        {"to": target, "data": probe_call(REVERT, 1, 2, 3)},
        {"to": target, "data": probe_call(SPIN), "gas": 200_000},
        {"to": target, "data": probe_call(DIVE), "gas": 3_000_000},
        {"to": target, "data": probe_call(CONTEXT)},
        {"to": target, "data": probe_call(CREATE, data=DEPLOYMENT), "gas": 1_000_000},
        {"to": target, "data": probe_call(CREATE, data=b"\xfe"), "gas": 300_000},
        {"to": target, "data": probe_call(HASHES, 1, 27, 3, 4)},
        {"to": target, "data": probe_call(TRANSIENT)},
        {"to": target, "data": b"\x77"},
        {"to": "", "data": DEPLOYMENT + b"\x00" * 1_000, "gas": 1_000_000},
        {"to": "", "data": b"\xef", "gas": 100_000},
        {"to": STRANGER, "value": 3, "gasPrice": 10**9},
    ]


def outcomes(chain: Chain) -> list[tuple[str, str, str, str | None, list[Any]]]:
    """Status, gas, total gas of the block, created address and logs of every transaction of the script."""
    wallet = Wallet(chain)
    target = wallet.deploy(DEPLOYMENT)
    receipts = [wallet.send(**fields) for fields in script(target)]
    return [
        (
            receipt["status"],
            receipt["gasUsed"],
            receipt["cumulativeGasUsed"],
            receipt["logsBloom"],
            [(log["address"], log["topics"], log["data"]) for log in receipt["logs"]],
        )
        for receipt in receipts
    ]


def test_embedded_and_anvil_agree_on_every_outcome(tmp_path: Path) -> None:
    """Same status, same gas to the unit, same bloom, same logs, transaction by transaction."""
    with open_chain("embedded", tmp_path) as embedded, open_chain("anvil", tmp_path) as anvil:
        for number, (ours, theirs) in enumerate(zip(outcomes(embedded), outcomes(anvil), strict=True)):
            assert ours == theirs, f"transaction {number}"


def test_a_set_code_transaction_costs_the_same(tmp_path: Path) -> None:
    """EIP-7702: an authorisation for a fresh account, and for one that exists, which is refunded in part."""

    def gas(chain: Chain) -> list[tuple[str, str]]:
        wallet, authority = Wallet(chain), Wallet(chain, 5)
        target = wallet.deploy(DEPLOYMENT)
        receipts = []
        for nonce in range(2):
            authorization = authority.account.sign_authorization(
                {"chainId": chain.chain_id, "address": bytes.fromhex(target[2:]), "nonce": nonce}
            )
            receipts.append(
                wallet.send(to=authority.address, data=probe_call(COUNT), authorizationList=[authorization])
            )
        return [(receipt["status"], receipt["gasUsed"]) for receipt in receipts]

    with open_chain("embedded", tmp_path) as embedded, open_chain("anvil", tmp_path) as anvil:
        assert gas(embedded) == gas(anvil)
