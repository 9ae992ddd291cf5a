"""eth_getLogs selects as Ethereum specifies it, alike on all kinds of chain."""

from typing import Any

import pytest

from integration.probe import COUNT, DEPLOYMENT, EVENTS, TOPIC, probe_call
from integration.wallet import Wallet
from provenance.ledger.chain import Chain
from provenance.ledger.embedded.errors import RpcError

T = "0x" + TOPIC


def word(number: int) -> str:
    return f"0x{number:064x}"


def found(chain: Chain, **wanted: Any) -> list[tuple[int, int]]:
    """(block, log index) of the logs that match, in the order given."""
    logs = chain.request("eth_getLogs", [{"fromBlock": "0x0", "toBlock": "latest", **wanted}])
    return [(int(log["blockNumber"], 16), int(log["logIndex"], 16)) for log in logs]


@pytest.fixture
def history(chain: Chain, wallet: Wallet, probe: str) -> str:
    """Block 1 deploys; 2 and 3 count (one log of topics T, n); 4 emits logs of 0, 1, 3 and 4 topics."""
    wallet.send(to=probe, data=probe_call(COUNT, data=b"\xaa"))
    wallet.send(to=probe, data=probe_call(COUNT, data=b"\xbb" * 40))
    wallet.send(to=probe, data=probe_call(EVENTS, data=b"hello"))
    return probe


def test_topics_select_by_place_alternatives_and_wildcards(chain: Chain, history: str) -> None:
    """A list is an OR, null is anything, and a filter of n places wants events of at least n topics."""
    everything = [(2, 0), (3, 0), (4, 0), (4, 1), (4, 2), (4, 3)]
    assert found(chain) == everything
    assert found(chain, topics=[]) == everything
    assert found(chain, topics=[T]) == [(2, 0), (3, 0)]
    assert found(chain, topics=[[T, word(1)]]) == [(2, 0), (3, 0), (4, 1), (4, 2), (4, 3)]
    assert found(chain, topics=[T, word(2)]) == [(3, 0)]
    assert found(chain, topics=[None, [word(1), word(2)]]) == [(2, 0), (3, 0), (4, 2), (4, 3)]
    assert found(chain, topics=[None, None, word(3)]) == [(4, 2), (4, 3)]
    assert found(chain, topics=[None, None, None, word(4)]) == [(4, 3)]
    assert found(chain, topics=[word(9)]) == []


def test_a_wildcard_wants_a_topic_in_its_place(embedded: Chain) -> None:
    """As in geth, a filter of one null leaves out events without topics (anvil does not)."""
    wallet = Wallet(embedded)
    wallet.send(to=wallet.deploy(DEPLOYMENT), data=probe_call(EVENTS))
    assert found(embedded, topics=[None]) == [(2, 1), (2, 2), (2, 3)]


def test_ranges_and_addresses_bound_the_answer(chain: Chain, history: str) -> None:
    """Both ends count; an address list is an OR; an unknown address has no logs."""
    stranger = "0x" + "99" * 20
    assert found(chain, fromBlock="0x3", toBlock="0x3") == [(3, 0)]
    assert found(chain, fromBlock="0x4") == [(4, 0), (4, 1), (4, 2), (4, 3)]
    assert found(chain, address=history, toBlock="0x2") == [(2, 0)]
    assert found(chain, address=[stranger, history], toBlock="0x2") == [(2, 0)]
    assert found(chain, address=stranger) == []


def test_one_block_can_be_asked_for_by_its_hash(chain: Chain, history: str) -> None:
    """blockHash takes the place of a range."""
    block = chain.request("eth_getBlockByNumber", ["0x3", False])
    logs = chain.request("eth_getLogs", [{"blockHash": block["hash"]}])
    assert [log["blockHash"] for log in logs] == [block["hash"]]


def test_a_log_says_all_about_where_it_is(chain: Chain, history: str) -> None:
    """Data, topics and place agree with the block and with the receipt."""
    (log,) = chain.request("eth_getLogs", [{"fromBlock": "0x3", "toBlock": "0x3"}])
    block = chain.request("eth_getBlockByNumber", ["0x3", False])
    assert log["address"] == history.lower()
    assert log["topics"] == [T, word(2)]
    assert log["data"] == "0x" + "bb" * 40
    assert (log["blockHash"], log["transactionHash"]) == (block["hash"], block["transactions"][0])
    assert log["blockTimestamp"] == block["timestamp"]
    assert log["removed"] is False
    receipt = chain.request("eth_getTransactionReceipt", [log["transactionHash"]])
    assert receipt["logs"] == [log]
    assert chain.request("eth_getBlockReceipts", ["0x3"]) == [receipt]


def test_a_receipts_bloom_covers_its_logs_and_the_blocks_bloom_covers_both(
    chain: Chain, history: str
) -> None:
    """Light clients may skip blocks by their bloom."""
    for number in ("0x2", "0x3", "0x4"):
        block = chain.request("eth_getBlockByNumber", [number, False])
        receipt = chain.request("eth_getTransactionReceipt", [block["transactions"][0]])
        assert receipt["logsBloom"] == block["logsBloom"] != "0x" + "00" * 256


def test_malformed_filters_are_refused_in_one_line(embedded: Chain) -> None:
    """The refusal names the field."""
    block_hash = embedded.request("eth_getBlockByNumber", ["0x0", False])["hash"]
    for wanted, words in [
        ({"topics": ["0x12"]}, "topic: has 1 bytes where 32 are wanted"),
        ({"topics": [None] * 5}, "topics: 5 given"),
        ({"address": "0xzz"}, "address: '0xzz' is not hex data"),
        ({"fromBlock": "0x5", "toBlock": "0x1"}, "fromBlock: 5 is after toBlock 1"),
        ({"fromBlock": "soon"}, "'soon' is neither a number nor a tag"),
        ({"blockHash": block_hash, "fromBlock": "0x0"}, "blockHash: cannot be combined"),
    ]:
        with pytest.raises(RpcError, match=words) as refusal:
            embedded.request("eth_getLogs", [wanted])
        assert refusal.value.code == -32602
