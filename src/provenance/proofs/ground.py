"""The ground that every proof stands on: a pinned deployment, a block that is vouched for, the pinned code in its state."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from provenance.errors import FieldError
from provenance.model.calls import Contract
from provenance.proofs.attestations import Attestation, WitnessSignature
from provenance.proofs.state import Header, read_account, read_header
from provenance.proofs.trie import NodePool
from provenance.proofs.trust import BlockRoot, NodeRoot, Trust, WitnessRoot
from provenance.proofs.verdict import CannotEvaluate

AskNode = Callable[[str, int], bytes]
"""Asks the node at a URL for the hash of the block of a number; raises CannotEvaluate where it gets no answer."""


@dataclass(frozen=True)
class Wanted:
    """What the verifier is asked for beyond the truth of the proof.

    A proof of a block that is older than `max_age` seconds before `now` (Unix seconds), or whose number is below
    `min_block`, is refused. `attestations` are witnesses' words given beside the proof.
    """

    now: int | None = None
    max_age: int | None = None
    min_block: int | None = None
    attestations: tuple[Attestation, ...] = ()


def require_deployment(chain_id: int, ledger: bytes, trust: Trust) -> None:
    """Raises FieldError unless these are pinned."""
    if chain_id != trust.chain_id:
        raise FieldError("chainId", chain_id, f"the trust file pins chain {trust.chain_id}")
    if ledger != trust.ledger.address:
        raise FieldError("ledger", ledger, f"the trust file pins 0x{trust.ledger.address.hex()}")


def vouched_header(
    encoded: bytes,
    signatures: Iterable[WitnessSignature],
    trust: Trust,
    wanted: Wanted,
    ask_node: AskNode | None,
) -> tuple[Header, str]:
    """The header, and in a few words who vouches for its block.

    Raises:
        FieldError: it is none, or the trust root contradicts it.
        CannotEvaluate: the trust root says nothing about this block.
    """
    header = read_header(encoded)
    if header.number < trust.block or (header.number == trust.block and header.hash != trust.block_hash):
        raise FieldError(
            "header", f"block {header.number}", f"the ledger was deployed in block {trust.block}, another one"
        )
    witnesses = _attesting(header, signatures, trust.chain_id, wanted.attestations)
    match trust.root:
        case NodeRoot(url):
            return header, _asked(header, url, ask_node)
        case BlockRoot(number, hash_):
            return header, _pinned(header, number, hash_)
        case WitnessRoot() as root:
            return header, _witnessed(header, root, witnesses)


def storage_root(pool: NodePool, header: Header, trust: Trust, contract: Contract) -> bytes:
    """The root of a contract's storage. Raises FieldError unless the block's state has it with the pinned code."""
    pinned = trust.contracts[contract]
    account = read_account(pool, header.state_root, pinned.address)
    if account is None:
        raise FieldError(contract.value, pinned.address, f"nothing is there in block {header.number}")
    if account.code_hash != pinned.code_hash:
        raise FieldError(
            f"{contract.value}'s code hash",
            account.code_hash,
            f"the trust file pins 0x{pinned.code_hash.hex()}: this is other code",
        )
    return account.storage_root


def require_fresh(header: Header, wanted: Wanted) -> str:
    """What was asked for, in words.

    Raises:
        FieldError: the block is too old or too low.
        CannotEvaluate: an age was asked for, but nobody says what time it is.
    """
    if wanted.min_block is not None and header.number < wanted.min_block:
        raise FieldError("block", header.number, f"at least {wanted.min_block} was asked for")
    if wanted.max_age is not None:
        if wanted.now is None:
            raise CannotEvaluate("a greatest age is asked for, and there is no clock: say what time it is")
        age = wanted.now - header.time
        if age > wanted.max_age:
            raise FieldError("block", f"{age} seconds old", f"at most {wanted.max_age} were asked for")
    return (
        "as asked" if wanted.min_block is not None or wanted.max_age is not None else "nothing was asked for"
    )


def _attesting(
    header: Header, signatures: Iterable[WitnessSignature], chain_id: int, beside: Iterable[Attestation]
) -> set[bytes]:
    """The witnesses whose valid word on this block is at hand."""
    found = set()
    for signature in signatures:
        signature.require_over(chain_id, header.number, header.hash)
        found.add(signature.witness)
    for attestation in beside:
        attestation.by.require_over(attestation.chain_id, attestation.number, attestation.hash)
        if (attestation.chain_id, attestation.number) != (chain_id, header.number):
            continue
        if attestation.hash != header.hash:
            raise FieldError(
                "header", header.hash, f"witness 0x{attestation.by.witness.hex()} names another block"
            )
        found.add(attestation.by.witness)
    return found


def _asked(header: Header, url: str, ask_node: AskNode | None) -> str:
    if ask_node is None:
        raise CannotEvaluate(f"the trust root is the node at {url}, and there is no way to ask it here")
    named = ask_node(url, header.number)
    if named != header.hash:
        raise FieldError("header", header.hash, f"the node at {url} has 0x{named.hex()} at {header.number}")
    return f"block {header.number}, as the node at {url} has it"


def _pinned(header: Header, number: int, hash_: bytes) -> str:
    if header.number != number:
        raise CannotEvaluate(
            f"the proof is of block {header.number}, the trust file pins block {number} alone: "
            "ask for a proof of that block, or pin this one's hash from somewhere you trust"
        )
    if header.hash != hash_:
        raise FieldError("header", header.hash, f"the trust file pins 0x{hash_.hex()} as block {number}")
    return f"block {number}, whose hash is pinned"


def _witnessed(header: Header, root: WitnessRoot, attesting: set[bytes]) -> str:
    count = len(attesting.intersection(root.witnesses))
    if count < root.threshold:
        raise FieldError(
            "attestations", f"{count} of the pinned witnesses", f"at least {root.threshold} are needed"
        )
    return f"block {header.number}, attested by {count} of {len(root.witnesses)} witnesses"
