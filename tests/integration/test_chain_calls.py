"""Reading state, calling and estimating, alike on all kinds of chain."""

import hashlib

import pytest
from eth_abi.abi import encode
from eth_account import Account
from eth_utils.crypto import keccak
from web3.exceptions import ContractLogicError

from integration.probe import (
    CONTEXT,
    COUNT,
    CREATE,
    DEPLOYMENT,
    DIVE,
    HASHES,
    REVERT,
    RUNTIME,
    SPIN,
    STORE,
    TRANSIENT,
    probe_call,
)
from integration.wallet import Wallet
from provenance.ledger.chain import Chain
from provenance.ledger.embedded.errors import RpcError

CUSTOM_ERROR = keccak(text="StaleSeq(bytes32,uint16,uint16)")[:4] + encode(
    ["bytes32", "uint16", "uint16"], [b"\x01" * 32, 3, 4]
)
REASON = keccak(text="Error(string)")[:4] + encode(["string"], ["no such item"])


def call(chain: Chain, probe: str, data: bytes, block: str = "latest", **fields: object) -> bytes:
    answer = chain.request("eth_call", [{"to": probe, "data": "0x" + data.hex(), **fields}, block])
    return bytes.fromhex(answer[2:])


@pytest.mark.parametrize("method", ["eth_call", "eth_estimateGas"])
@pytest.mark.parametrize("revert", [CUSTOM_ERROR, REASON, b""], ids=["custom error", "reason", "nothing"])
def test_a_revert_hands_its_data_over(chain: Chain, probe: str, method: str, revert: bytes) -> None:
    """Code 3, the raw revert data in `data`, and the reason in the message where there is one."""
    with pytest.raises(RpcError, match="execution reverted") as failure:
        chain.request(method, [{"to": probe, "data": "0x" + probe_call(REVERT, data=revert).hex()}])
    assert failure.value.code == 3
    assert failure.value.data == "0x" + revert.hex()
    assert ("no such item" in failure.value.message) == (revert == REASON)


def test_web3_turns_a_revert_into_its_own_error(chain: Chain, probe: str) -> None:
    """Contract wrappers built on web3 see the revert data."""
    with pytest.raises(ContractLogicError) as failure:
        chain.web3.eth.call({"to": probe, "data": "0x" + probe_call(REVERT, data=CUSTOM_ERROR).hex()})
    assert failure.value.data == "0x" + CUSTOM_ERROR.hex()


def test_an_estimate_is_enough_and_little_more_than_needed(chain: Chain, wallet: Wallet, probe: str) -> None:
    """With the estimate the transaction succeeds, also where a sixty-fourth is kept back from an inner call
    (EIP-150); it is at most 3 % above the gas used."""
    for data in (probe_call(COUNT), probe_call(STORE, 7, 9), probe_call(CREATE, data=DEPLOYMENT)):
        asked = {"from": wallet.address, "to": probe, "data": "0x" + data.hex()}
        estimate = int(chain.request("eth_estimateGas", [asked]), 16)
        receipt = wallet.send(to=probe, data=data, gas=estimate)
        assert receipt["status"] == "0x1"
        assert int(receipt["gasUsed"], 16) <= estimate <= 1.03 * int(receipt["gasUsed"], 16) + 100


def test_a_plain_transfer_is_estimated_exactly(chain: Chain, wallet: Wallet) -> None:
    """21,000, as everyone knows."""
    asked = {"from": wallet.address, "to": "0x" + "11" * 20, "value": "0x1"}
    assert chain.request("eth_estimateGas", [asked]) == hex(21_000)


def test_an_estimate_for_what_runs_out_of_gas_fails(embedded: Chain) -> None:
    """No gas limit would do."""
    wallet = Wallet(embedded)
    target = wallet.deploy(DEPLOYMENT)
    asked = {"to": target, "data": "0x" + probe_call(SPIN).hex(), "gas": hex(100_000)}
    with pytest.raises(RpcError, match="out of gas"):
        embedded.request("eth_estimateGas", [asked])


def test_a_call_sees_its_block_and_its_sender(chain: Chain, wallet: Wallet, probe: str) -> None:
    """Number, time, chain id, block hashes, caller and value are those of the block asked for."""
    wallet.send(to=probe, data=probe_call(COUNT))
    latest = chain.request("eth_getBlockByNumber", ["latest", False])
    answer = call(chain, probe, probe_call(CONTEXT), **{"from": wallet.address, "value": "0x5"})
    words = [answer[i : i + 32] for i in range(0, len(answer), 32)]
    assert int.from_bytes(words[0], "big") == int(latest["number"], 16)
    assert int.from_bytes(words[1], "big") == int(latest["timestamp"], 16)
    assert int.from_bytes(words[2], "big") == chain.chain_id
    assert words[4].hex() == latest["parentHash"][2:]
    assert words[5][12:].hex() == words[8][12:].hex() == wallet.address[2:].lower()
    assert int.from_bytes(words[6], "big") == 5
    assert int.from_bytes(words[7], "big") == 30_000_000


def test_a_call_leaves_no_trace(chain: Chain, probe: str) -> None:
    """What a call writes is forgotten."""
    call(chain, probe, probe_call(COUNT))
    assert int(chain.request("eth_getStorageAt", [probe, "0x0", "latest"]), 16) == 0


def test_the_state_of_every_block_stays_readable(chain: Chain, wallet: Wallet, probe: str) -> None:
    """Storage, nonces and code of the past answer as they were (an archive)."""
    for _ in range(3):
        wallet.send(to=probe, data=probe_call(COUNT))
    counts = [int(chain.request("eth_getStorageAt", [probe, "0x0", hex(n)]), 16) for n in range(1, 5)]
    assert counts == [0, 1, 2, 3]
    assert chain.request("eth_getCode", [probe, "0x0"]) == "0x"
    assert chain.request("eth_getCode", [probe, "latest"]) == "0x" + RUNTIME.hex()
    assert chain.request("eth_getTransactionCount", [wallet.address, "0x2"]) == "0x2"


def test_precompiles_and_hashes_agree_with_python(chain: Chain, probe: str) -> None:
    """ecrecover, sha256 and keccak give what independent implementations give."""
    account = Account.from_key(b"\x07" * 32)
    digest = keccak(b"what was signed")
    signature = account.unsafe_sign_hash(digest)
    words = (int.from_bytes(digest, "big"), signature.v, signature.r, signature.s)
    answer = call(chain, probe, probe_call(HASHES, *words))
    message = b"".join(word.to_bytes(32, "big") for word in words)
    assert answer[:32] == hashlib.sha256(message).digest()
    assert answer[44:64].hex() == account.address[2:].lower()
    assert answer[64:] == keccak(message)


def test_cancun_opcodes_run(chain: Chain, probe: str) -> None:
    """Transient storage and MCOPY, which current compilers use, are there."""
    assert call(chain, probe, probe_call(TRANSIENT)) == (7).to_bytes(32, "big") * 2


def test_deep_recursion_is_the_contracts_problem_only(chain: Chain, wallet: Wallet, probe: str) -> None:
    """A contract that calls itself until its gas is gone ends as the EVM's rules say."""
    receipt = wallet.send(to=probe, data=probe_call(DIVE), gas=10_000_000)
    assert receipt["status"] == "0x1"
    assert int(chain.request("eth_getStorageAt", [probe, "0x1", "latest"]), 16) > 100


def test_what_does_not_exist_is_null(chain: Chain) -> None:
    """Unknown blocks and transactions are null, as web3 expects."""
    nothing = "0x" + "77" * 32
    assert chain.request("eth_getBlockByNumber", ["0x99", False]) is None
    assert chain.request("eth_getBlockByHash", [nothing, False]) is None
    assert chain.request("eth_getTransactionByHash", [nothing]) is None
    assert chain.request("eth_getTransactionReceipt", [nothing]) is None
    assert chain.request("eth_getBlockReceipts", ["0x99"]) is None


def test_unknown_methods_have_their_code(chain: Chain) -> None:
    """-32601, so that clients can tell."""
    with pytest.raises(RpcError) as refusal:
        chain.request("eth_noSuchThing")
    assert refusal.value.code == -32601


def test_fee_history_covers_the_blocks_and_the_next(chain: Chain, wallet: Wallet, probe: str) -> None:
    """One base fee more than blocks, a used share per block, a tip per percentile."""
    wallet.send(to=probe, data=probe_call(COUNT), maxPriorityFeePerGas=11)
    history = chain.request("eth_feeHistory", ["0x2", "latest", [10, 90]])
    latest = chain.request("eth_getBlockByNumber", ["latest", False])
    assert history["oldestBlock"] == "0x1"
    assert len(history["baseFeePerGas"]) == 3
    assert history["gasUsedRatio"][1] == pytest.approx(int(latest["gasUsed"], 16) / 30_000_000)
    assert history["reward"][1] == ["0xb", "0xb"]


def test_finality_is_immediate_on_the_embedded_chain(embedded: Chain) -> None:
    """One operator writes it and never takes a block back: latest, safe and finalized are one block."""
    Wallet(embedded).send(to="0x" + "11" * 20)
    blocks = [
        embedded.request("eth_getBlockByNumber", [tag, False]) for tag in ("latest", "safe", "finalized")
    ]
    assert blocks[0] == blocks[1] == blocks[2]
    assert blocks[0]["number"] == "0x1"


def test_web3_reads_blocks_and_fills_in_fees(chain: Chain, wallet: Wallet) -> None:
    """Web3's own helpers work: block formatting, and building a transaction with estimated gas and fees."""
    block = chain.web3.eth.get_block("latest", full_transactions=True)
    assert block["baseFeePerGas"] == 7
    assert chain.web3.eth.get_transaction_count(wallet.address) == 0
    assert chain.web3.eth.max_priority_fee >= 0
    assert chain.web3.eth.chain_id == chain.chain_id
