"""Transactions behave on the embedded chain as on a real node, and alike on all kinds of chain."""

from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from integration.probe import COUNT, DEPLOYMENT, REVERT, SPIN, probe_call
from integration.wallet import Wallet
from provenance.ledger.chain import Chain, connect
from provenance.ledger.embedded.errors import InvalidTransaction, RpcError
from provenance.ledger.embedded.genesis import Genesis
from provenance.ledger.embedded.transactions import decode_transaction

STRANGER = "0x" + "11" * 20
GAS_CAP = 16_777_216


def test_a_transfer_moves_the_value_and_costs_21000_gas(chain: Chain, wallet: Wallet) -> None:
    """The receiver has the value, the sender paid it and the gas at the effective price."""
    before = int(chain.request("eth_getBalance", [wallet.address, "latest"]), 16)
    receipt = wallet.send(to=STRANGER, value=12345)
    after = int(chain.request("eth_getBalance", [wallet.address, "latest"]), 16)
    assert receipt["gasUsed"] == hex(21_000)
    assert receipt["status"] == "0x1"
    assert chain.request("eth_getBalance", [STRANGER, "latest"]) == hex(12345)
    assert before - after == 12345 + 21_000 * int(receipt["effectiveGasPrice"], 16)


@pytest.mark.parametrize(
    "fields",
    [
        {"gasPrice": 10**9},
        {"gasPrice": 10**9, "accessList": [{"address": STRANGER, "storageKeys": ["0x" + "00" * 32]}]},
        {"maxFeePerGas": 10**9, "maxPriorityFeePerGas": 5},
    ],
    ids=["legacy", "access list", "dynamic fee"],
)
def test_every_transaction_type_is_included_and_read_back(
    chain: Chain, wallet: Wallet, fields: dict[str, object]
) -> None:
    """What eth_getTransactionByHash says is what was signed, its sender recovered."""
    raw = wallet.sign(to=STRANGER, value=7, data="0xc0ffee", **fields)
    receipt = wallet.receipt(chain.request("eth_sendRawTransaction", [raw]))
    found = chain.request("eth_getTransactionByHash", [receipt["transactionHash"]])
    assert found["from"] == wallet.address.lower()
    assert (found["to"], found["value"], found["input"]) == (STRANGER, "0x7", "0xc0ffee")
    assert Account.recover_transaction(raw) == wallet.address
    assert receipt["type"] == found["type"]


def test_an_account_can_delegate_to_code(chain: Chain, wallet: Wallet, probe: str) -> None:
    """An EIP-7702 authorisation sets the delegation, and calls to the account run the contract's code."""
    authority = Wallet(chain, 5)
    authorization = authority.account.sign_authorization(
        {"chainId": chain.chain_id, "address": bytes.fromhex(probe[2:]), "nonce": 0}
    )
    receipt = wallet.send(to=authority.address, data=probe_call(COUNT), authorizationList=[authorization])
    assert receipt["status"] == "0x1"
    assert chain.request("eth_getCode", [authority.address, "latest"]) == "0xef0100" + probe[2:].lower()
    assert int(chain.request("eth_getStorageAt", [authority.address, "0x0", "latest"]), 16) == 1


def test_each_transaction_gets_a_block_that_links_to_its_parent(chain: Chain, wallet: Wallet) -> None:
    """Numbers rise by one, parent hashes link, times never fall."""
    for _ in range(3):
        wallet.send(to=STRANGER, value=1)
    blocks = [chain.request("eth_getBlockByNumber", [hex(n), False]) for n in range(4)]
    for parent, child in pairwise(blocks):
        assert child["parentHash"] == parent["hash"]
        assert int(child["timestamp"], 16) >= int(parent["timestamp"], 16)
        assert len(child["transactions"]) == 1


def test_a_reverted_transaction_is_included_with_status_zero(
    chain: Chain, wallet: Wallet, probe: str
) -> None:
    """It uses its nonce, pays its gas and leaves no log."""
    receipt = wallet.send(to=probe, data=probe_call(REVERT, 1))
    assert receipt["status"] == "0x0"
    assert receipt["logs"] == []
    assert int(chain.request("eth_getTransactionCount", [wallet.address, "latest"]), 16) == wallet.nonce


def test_running_out_of_gas_takes_all_the_gas(chain: Chain, wallet: Wallet, probe: str) -> None:
    """An endless loop ends with status zero and nothing refunded."""
    receipt = wallet.send(to=probe, data=probe_call(SPIN), gas=100_000)
    assert (receipt["status"], receipt["gasUsed"]) == ("0x0", hex(100_000))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"nonce": 0}, "nonce too low"),
        ({"maxFeePerGas": 3}, "max fee per gas less than block base fee"),
        ({"gas": 20_999}, "intrinsic gas too low"),
        ({"gas": 30_000, "data": "0x" + "ff" * 2_000}, "intrinsic gas too low"),
        ({"value": 10**30}, "insufficient funds"),
        ({"chainId": 5}, "invalid chain id"),
    ],
    ids=["old nonce", "low fee", "too little gas", "below the data floor", "poor", "other chain"],
)
def test_an_invalid_transaction_is_refused_and_writes_nothing(
    embedded: Chain, fields: dict[str, object], words: str
) -> None:
    """The refusal names what is wrong; neither block nor nonce moves."""
    wallet = Wallet(embedded)
    wallet.send(to=STRANGER, value=1)
    head, nonce = embedded.request("eth_blockNumber"), wallet.nonce
    with pytest.raises(RpcError, match=words) as refusal:
        embedded.request("eth_sendRawTransaction", [wallet.sign(to=STRANGER, **fields)])
    assert refusal.value.code == -32000
    assert embedded.request("eth_blockNumber") == head
    assert int(embedded.request("eth_getTransactionCount", [wallet.address, "pending"]), 16) == nonce


@pytest.mark.parametrize("gas", [GAS_CAP + 1, 30_000_001])
def test_no_transaction_may_ask_for_more_than_the_gas_cap(embedded: Chain, gas: int) -> None:
    """The cap of EIP-7825 and the block's limit hold; the refusal says which and by how much."""
    with pytest.raises(RpcError, match=f"asks {gas}, (the cap is 16777216|a block has 30000000)"):
        embedded.request("eth_sendRawTransaction", [Wallet(embedded).sign(to=STRANGER, gas=gas)])
    assert embedded.request("eth_blockNumber") == "0x0"


def test_a_transaction_with_exactly_the_gas_cap_is_accepted(chain: Chain, wallet: Wallet) -> None:
    """The cap itself is allowed."""
    assert wallet.send(to=STRANGER, gas=GAS_CAP)["status"] == "0x1"


def test_a_nonce_gap_is_refused_at_once(embedded: Chain) -> None:
    """Nothing is queued: the sender hears immediately which nonce is next."""
    wallet = Wallet(embedded)
    with pytest.raises(RpcError, match=r"nonce too high.*transaction has 2, next is 0"):
        embedded.request("eth_sendRawTransaction", [wallet.sign(to=STRANGER, nonce=2)])


def test_the_same_transaction_again_is_already_known(embedded: Chain) -> None:
    """A sender that repeats itself after a lost answer learns where its transaction is."""
    wallet = Wallet(embedded)
    raw = wallet.sign(to=STRANGER)
    embedded.request("eth_sendRawTransaction", [raw])
    with pytest.raises(RpcError, match=r"already known: .* is in block 1"):
        embedded.request("eth_sendRawTransaction", [raw])


@pytest.mark.parametrize("raw", ["0x", "0x02", "0x02c0", "0xc0", "0x7f01", "0x03f8", "0x" + "ab" * 100])
def test_bytes_that_are_no_transaction_are_refused(embedded: Chain, raw: str) -> None:
    """Malformed input is an error of the sender, not of the chain."""
    with pytest.raises(RpcError) as refusal:
        embedded.request("eth_sendRawTransaction", [raw])
    assert refusal.value.code == -32000


@given(raw=st.binary(max_size=200) | st.binary(max_size=200).map(lambda tail: b"\x02\xf8" + tail))
def test_any_bytes_are_either_a_transaction_or_refused(raw: bytes) -> None:
    """Whatever a client sends, decoding never fails in another way."""
    with suppress(InvalidTransaction):
        assert len(decode_transaction(raw).sender) == 20


def test_trailing_bytes_make_a_transaction_malformed(embedded: Chain) -> None:
    """RLP is read strictly, so that a transaction has one encoding and one hash."""
    with pytest.raises(RpcError, match="malformed transaction"):
        embedded.request("eth_sendRawTransaction", [Wallet(embedded).sign(to=STRANGER) + "00"])


def test_a_batch_of_sends_shares_a_block(chain: Chain, wallet: Wallet, probe: str) -> None:
    """All are included in order; the embedded chain puts them into one block."""
    raws = [wallet.sign(to=probe, data=probe_call(COUNT)) for _ in range(5)]
    hashes = chain.batch([("eth_sendRawTransaction", [raw]) for raw in raws])
    receipts = [wallet.receipt(sent) for sent in hashes]
    assert [receipt["status"] for receipt in receipts] == ["0x1"] * 5
    assert int(chain.request("eth_getStorageAt", [probe, "0x0", "latest"]), 16) == 5
    if "anvil" not in chain.request("web3_clientVersion"):
        assert len({receipt["blockHash"] for receipt in receipts}) == 1
        assert [receipt["transactionIndex"] for receipt in receipts] == [hex(i) for i in range(5)]
        assert [log["logIndex"] for receipt in receipts for log in receipt["logs"]] == [
            hex(i) for i in range(5)
        ]


def test_a_refused_transaction_does_not_hold_up_its_batch(embedded: Chain) -> None:
    """Each entry has its own answer; the good ones are included."""
    first, second = Wallet(embedded, 0), Wallet(embedded, 1)
    raws = [first.sign(to=STRANGER), first.sign(to=STRANGER, value=10**30), second.sign(to=STRANGER)]
    good, bad, also_good = embedded.batch([("eth_sendRawTransaction", [raw]) for raw in raws])
    assert isinstance(bad, RpcError)
    included = embedded.request("eth_getBlockByNumber", ["latest", False])["transactions"]
    assert included == [good, also_good]


def test_a_batch_that_overfills_a_block_continues_in_the_next(tmp_path: Path) -> None:
    """What a transaction may use is reserved: it is put into a block only where its whole limit fits."""
    with connect(tmp_path / "chain.sqlite3", Genesis(gas_limit=1_000_000)) as small:
        wallet = Wallet(small)
        target = wallet.deploy(DEPLOYMENT, gas=900_000)
        raws = [wallet.sign(to=target, data=probe_call(SPIN), gas=400_000) for _ in range(5)]
        hashes = small.batch([("eth_sendRawTransaction", [raw]) for raw in raws])
        numbers = [small.request("eth_getTransactionByHash", [sent])["blockNumber"] for sent in hashes]
        assert numbers == ["0x2", "0x2", "0x3", "0x3", "0x4"]


def test_time_can_be_set_for_the_next_block_and_goes_on_from_there(chain: Chain, wallet: Wallet) -> None:
    """evm_setNextBlockTimestamp and evm_increaseTime work alike on all kinds of chain."""
    later = int(chain.request("eth_getBlockByNumber", ["latest", False])["timestamp"], 16) + 1_000_000
    chain.request("evm_setNextBlockTimestamp", [later])
    included = wallet.send(to=STRANGER)
    block = chain.request("eth_getBlockByNumber", [included["blockNumber"], False])
    assert int(block["timestamp"], 16) == later
    chain.request("evm_increaseTime", [5_000])
    chain.request("evm_mine")
    assert int(chain.request("eth_getBlockByNumber", ["latest", False])["timestamp"], 16) - later in range(
        5_000, 5_060
    )


def test_a_snapshot_takes_the_chain_back(chain: Chain, wallet: Wallet) -> None:
    """After evm_revert the block, its transaction and its effects are gone, and the chain continues."""
    snapshot = chain.request("evm_snapshot")
    receipt = wallet.send(to=STRANGER, value=9)
    assert chain.request("evm_revert", [snapshot]) is True
    assert chain.request("eth_getTransactionReceipt", [receipt["transactionHash"]]) is None
    assert int(chain.request("eth_getBalance", [STRANGER, "latest"]), 16) == 0
    wallet.nonce -= 1
    assert wallet.send(to=STRANGER, value=4)["blockNumber"] == receipt["blockNumber"]
