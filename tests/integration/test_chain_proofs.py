"""eth_getProof, checked against the header's state root by an independent implementation."""

from typing import Any

import pytest
import rlp
from eth.vm.forks.prague.blocks import PragueBlockHeader
from eth_utils.crypto import keccak
from trie import HexaryTrie
from trie.exceptions import BadTrieProof

from integration.probe import COUNT, STORE, probe_call
from integration.wallet import Wallet
from provenance.ledger.chain import Chain

EMPTY_TRIE = keccak(rlp.encode(b""))


def data(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def word(number: int) -> str:
    return f"0x{number:064x}"


def proven(root: bytes, key: bytes, proof: list[str]) -> bytes:
    """The value a proof commits to, by the `trie` library; empty when it proves absence."""
    if proof in ([], ["0x80"]):
        assert root == EMPTY_TRIE
        return b""
    nodes = [rlp.decode(data(node)) for node in proof]
    value: bytes = HexaryTrie.get_from_proof(root, keccak(key), nodes)
    return value


def check(chain: Chain, address: str, slots: list[str], block: str) -> dict[str, Any]:
    """Verify account and storage proofs against the block's state root; return the proof."""
    root = data(chain.request("eth_getBlockByNumber", [block, False])["stateRoot"])
    proof: dict[str, Any] = chain.request("eth_getProof", [address, slots, block])
    account = proven(root, data(address), proof["accountProof"])
    fields = [
        int(proof["nonce"], 16),
        int(proof["balance"], 16),
        data(proof["storageHash"]),
        data(proof["codeHash"]),
    ]
    assert account in (rlp.encode(fields), b"")
    for slot, entry in zip(slots, proof["storageProof"], strict=True):
        key = int(slot, 16).to_bytes(32, "big")
        value = proven(data(proof["storageHash"]), key, entry["proof"])
        assert (int.from_bytes(rlp.decode(value), "big") if value else 0) == int(entry["value"], 16)
    return proof


def test_an_account_and_its_slots_are_proven(chain: Chain, wallet: Wallet, probe: str) -> None:
    """Nonce, balance, code hash, and each slot, present or not, follow from the state root."""
    for number in range(40):
        wallet.send(to=probe, data=probe_call(STORE, number, number * 1000))
    proof = check(chain, probe, [word(n) for n in (1, 5, 39, 40, 0xFFFFFF)], "latest")
    assert [int(entry["value"], 16) for entry in proof["storageProof"]] == [1000, 5000, 39_000, 0, 0]
    assert data(proof["codeHash"]) == keccak(data(chain.request("eth_getCode", [probe, "latest"])))


def test_a_past_state_is_proven_at_its_own_block(chain: Chain, wallet: Wallet, probe: str) -> None:
    """What was true then stays provable, though it is not true now."""
    blocks = [wallet.send(to=probe, data=probe_call(COUNT))["blockNumber"] for _ in range(3)]
    counts = [int(check(chain, probe, [word(0)], block)["storageProof"][0]["value"], 16) for block in blocks]
    assert counts == [1, 2, 3]


def test_absence_is_proven(chain: Chain, wallet: Wallet, probe: str) -> None:
    """An account nobody ever used, and slots of an account without storage."""
    absent = check(chain, "0x" + "de" * 20, [word(0)], "latest")
    assert (absent["balance"], absent["nonce"]) == ("0x0", "0x0")
    assert absent["storageProof"][0]["proof"] in (
        [],
        ["0x80"],
    )  # of an empty trie geth lists nothing, anvil its root
    check(chain, wallet.address, [word(1)], "latest")


def test_a_changed_node_no_longer_proves(embedded: Chain) -> None:
    """The check above would notice: a flipped byte breaks the path."""
    address = Wallet(embedded).address
    root = data(embedded.request("eth_getBlockByNumber", ["latest", False])["stateRoot"])
    proof = embedded.request("eth_getProof", [address, [], "latest"])["accountProof"]
    forged = [*proof[:-1], proof[-1][:-2] + f"{int(proof[-1][-2:], 16) ^ 1:02x}"]
    with pytest.raises(BadTrieProof):
        proven(root, data(address), forged)


def test_the_header_hashes_to_the_block_hash(chain: Chain, wallet: Wallet, probe: str) -> None:
    """Anyone can rebuild the header's RLP from eth_getBlockByNumber and get its hash."""
    receipt = wallet.send(to=probe, data=probe_call(COUNT))
    block = chain.request("eth_getBlockByNumber", [receipt["blockNumber"], False])
    header = PragueBlockHeader(
        parent_hash=data(block["parentHash"]),
        uncles_hash=data(block["sha3Uncles"]),
        coinbase=data(block["miner"]),
        state_root=data(block["stateRoot"]),
        transaction_root=data(block["transactionsRoot"]),
        receipt_root=data(block["receiptsRoot"]),
        bloom=int(block["logsBloom"], 16),
        difficulty=int(block["difficulty"], 16),
        block_number=int(block["number"], 16),
        gas_limit=int(block["gasLimit"], 16),
        gas_used=int(block["gasUsed"], 16),
        timestamp=int(block["timestamp"], 16),
        extra_data=data(block["extraData"]),
        mix_hash=data(block["mixHash"]),
        nonce=data(block["nonce"]),
        base_fee_per_gas=int(block["baseFeePerGas"], 16),
        withdrawals_root=data(block["withdrawalsRoot"]),
        blob_gas_used=int(block["blobGasUsed"], 16),
        excess_blob_gas=int(block["excessBlobGas"], 16),
        parent_beacon_block_root=data(block["parentBeaconBlockRoot"]),
        requests_hash=data(block["requestsHash"]),
    )
    assert header.hash == data(block["hash"])


def test_receipts_and_transactions_roots_commit_to_what_is_told(
    chain: Chain, wallet: Wallet, probe: str
) -> None:
    """The block's roots are those of its transaction and of the receipt the node reports."""
    raw = wallet.sign(to=probe, data=probe_call(COUNT, data=b"committed"))
    receipt = wallet.receipt(chain.request("eth_sendRawTransaction", [raw]))
    block = chain.request("eth_getBlockByNumber", [receipt["blockNumber"], False])
    logs = [
        [data(log["address"]), [data(t) for t in log["topics"]], data(log["data"])] for log in receipt["logs"]
    ]
    consensus = [
        int(receipt["status"], 16),
        int(receipt["cumulativeGasUsed"], 16),
        data(receipt["logsBloom"]),
        logs,
    ]
    for root, item in [
        (block["transactionsRoot"], data(raw)),
        (block["receiptsRoot"], b"\x02" + rlp.encode(consensus)),
    ]:
        trie = HexaryTrie({})
        trie[rlp.encode(0)] = item
        assert trie.root_hash == data(root)
