"""secp256k1 signatures, strictly: one content, one key, one signature."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from coincurve import PrivateKey, PublicKey

from provenance.errors import FieldError, SignatureError
from provenance.model.calls import Contract
from provenance.model.hashing import keccak
from provenance.model.messages import Message
from provenance.model.vocabulary import KeyKind
from provenance.proofs.eip712 import Domain, struct_hash, tree_hash

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""n of secp256k1. Source: SEC 2, section 2.4.1."""
_HALF_ORDER = ORDER // 2

WalletAnswer = Callable[[bytes, bytes, bytes], bool]
"""Asks the contract wallet (address, digest, signature) whether the signature stands (ERC-1271)."""


def recover(digest: bytes, signature: bytes) -> bytes:
    """The address (20 bytes) that signed the digest.

    A signature is exactly r || s || v with 1 <= r < n, 1 <= s <= n/2 (EIP-2) and v 27 or 28.

    Raises:
        SignatureError: it is none, or no key could have made it.
    """
    if len(signature) != 65:
        raise SignatureError("signature", signature, f"give 65 bytes (r, s, v), not {len(signature)}")
    r, s, v = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big"), signature[64]
    if v not in (27, 28):
        raise SignatureError("signature v", v, "must be 27 or 28")
    if not 0 < r < ORDER:
        raise SignatureError("signature r", r, "must lie within the curve's order")
    if not 0 < s <= _HALF_ORDER:
        raise SignatureError("signature s", s, "must lie in the lower half (replace s by n - s and flip v)")
    try:
        key = PublicKey.from_signature_and_message(
            signature[:64] + bytes([v - 27]), _digest(digest), hasher=None
        )
    except ValueError as error:  # coincurve: no point has this r
        raise SignatureError("signature", signature, "no key can have made it") from error
    return address_of(key)


def is_signed_by(signer: bytes, digest: bytes, signature: bytes) -> bool:
    """Whether an account signed the digest."""
    try:
        return recover(digest, signature) == signer
    except SignatureError:
        return False


def sign(private_key: bytes, digest: bytes) -> bytes:
    """The signature r || s || v over the digest: deterministic (RFC 6979), low s. The key is 32 bytes.

    Raises:
        FieldError: the key is not one (its bytes stay out of the message).
    """
    made = _private(private_key).sign_recoverable(_digest(digest), hasher=None)
    return made[:64] + bytes([made[64] + 27])


def address_of_key(private_key: bytes) -> bytes:
    """The address of a private key.

    Raises:
        FieldError: the key is not one (its bytes stay out of the message).
    """
    return address_of(_private(private_key).public_key)


def address_of(key: PublicKey) -> bytes:
    """The last 20 bytes of the hash of the point. Source: Ethereum Yellow Paper, appendix F."""
    return keccak(key.format(compressed=False)[1:])[12:]


def _private(private_key: bytes) -> PrivateKey:
    if len(private_key) != 32 or not 0 < int.from_bytes(private_key, "big") < ORDER:
        raise FieldError("private key", "not shown", "give 32 bytes within the curve's order")
    return PrivateKey(private_key)


def _digest(digest: bytes) -> bytes:
    if len(digest) != 32:
        raise FieldError("digest", digest, "give exactly 32 bytes")
    return digest


def no_wallet_answers(_wallet: bytes, _digest: bytes, _signature: bytes) -> bool:
    """Offline nobody can ask a contract wallet."""
    return False


@dataclass(frozen=True)
class DomainSignatures:
    """Signatures for one deployment: what the rules in `model` ask for (see `model.calls.Signatures`).

    Addresses are 20 bytes. `ask_wallet` answers for contract wallets; without a chain at hand, none does.
    """

    chain_id: int
    registry: bytes
    ledger: bytes
    anchors: bytes
    ask_wallet: WalletAnswer = no_wallet_answers

    @cached_property
    def domains(self) -> dict[Contract, Domain]:
        """The domain of each contract."""
        addresses = {
            Contract.REGISTRY: self.registry,
            Contract.LEDGER: self.ledger,
            Contract.ANCHORS: self.anchors,
        }
        return {contract: Domain(contract, self.chain_id, address) for contract, address in addresses.items()}

    def struct_hash(self, message: Message) -> bytes:
        """EIP-712 hash of one message."""
        return struct_hash(message)

    def tree_hash(
        self, of: type[Message], hashes: tuple[bytes, ...], index: int, path: tuple[bytes, ...]
    ) -> bytes:
        """EIP-712 hash of what was signed: a lone message, or the tree the hashes stand in."""
        return tree_hash(of, hashes, index, path)

    def is_signed(
        self, contract: Contract, struct_hash: bytes, signer: bytes, kind: KeyKind, signature: bytes
    ) -> bool:
        """Whether the signature is the signer's over this content for this contract."""
        digest = self.domains[contract].digest(struct_hash)
        if kind == KeyKind.WALLET:
            return self.ask_wallet(signer, digest, signature)
        return is_signed_by(signer, digest, signature)
