"""Transactions as the chain executes them: decoded from raw bytes, or asked for by eth_call."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import rlp  # type: ignore[import-untyped]
from eth._utils.transactions import extract_chain_id
from eth.abc import SetCodeAuthorizationAPI, SignedTransactionAPI
from eth.exceptions import UnrecognizedTransactionType
from eth.vm.forks.prague.transactions import PragueTransactionBuilder
from eth_keys.exceptions import BadSignature
from eth_typing import Address, Hash32
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError

from .errors import InvalidTransaction
from .forks import SECP256K1_HALF_ORDER, AccessList, intrinsic_gas

LEGACY, ACCESS_LIST, DYNAMIC_FEE, BLOB, SET_CODE = range(5)
MALFORMED = (rlp.exceptions.RLPException, ValidationError, ValueError, TypeError, IndexError)


@dataclass(frozen=True)
class Transaction:
    """What py-evm needs to execute, with the sender already known. `to` is empty for a creation."""

    sender: Address
    nonce: int
    gas: int
    to: Address
    value: int
    data: bytes
    max_fee_per_gas: int
    max_priority_fee_per_gas: int
    access_list: AccessList = ()
    authorization_list: Sequence[SetCodeAuthorizationAPI] = ()
    type_id: int = DYNAMIC_FEE

    @property
    def creates(self) -> bool:
        return self.to == b""

    @cached_property
    def intrinsic_gas(self) -> int:
        return intrinsic_gas(
            self.data,
            creates=self.creates,
            access_list=self.access_list,
            authorizations=len(self.authorization_list),
        )

    def price(self, base_fee: int) -> int:
        """Wei per gas the sender pays in a block with this base fee (EIP-1559)."""
        return min(self.max_fee_per_gas, base_fee + self.max_priority_fee_per_gas)

    def __repr__(self) -> str:
        # py-evm formats every transaction for a debug log nobody reads; keep that cheap.
        return f"Transaction(nonce={self.nonce}, to={self.to.hex()})"


@dataclass(frozen=True, repr=False, kw_only=True)
class SignedTransaction(Transaction):
    """A transaction with its signature; `chain_id` is None for one without replay protection."""

    hash: Hash32
    raw: bytes
    chain_id: int | None
    v: int
    y_parity: int
    r: int
    s: int


def decode_transaction(raw: bytes) -> SignedTransaction:
    """Parse legacy, EIP-2930, EIP-1559 and EIP-7702 transactions, strictly; recover the sender.

    Raises InvalidTransaction for malformed bytes, blobs and signatures that are not canonical (EIP-2).
    """
    try:
        decoded = PragueTransactionBuilder.decode(raw)
        type_id = decoded.type_id or LEGACY
        _refuse_type(type_id)
        return _with_sender(decoded, type_id, raw)
    except UnrecognizedTransactionType as error:
        raise InvalidTransaction(f"transaction type not supported: type {error.type_int}") from error
    except BadSignature as error:
        raise InvalidTransaction(f"invalid sender: the signature does not recover ({error})") from error
    except MALFORMED as error:
        raise InvalidTransaction(f"malformed transaction: {_one_line(error)}") from error


def _refuse_type(type_id: int) -> None:
    if type_id == BLOB:
        raise InvalidTransaction("transaction type not supported: blobs (type 3) have no place on this chain")


def _with_sender(decoded: SignedTransactionAPI, type_id: int, raw: bytes) -> SignedTransaction:
    if decoded.s > SECP256K1_HALF_ORDER:
        raise InvalidTransaction("invalid sender: s of the signature is in the upper half (EIP-2)")
    if type_id == LEGACY:
        v = decoded.v  # type: ignore[attr-defined]
        chain_id = extract_chain_id(v) if v >= 35 else None
    else:
        v, chain_id = decoded.y_parity, decoded.chain_id
        if v not in (0, 1):
            raise InvalidTransaction(f"invalid sender: y parity {v} is neither 0 nor 1")
    return SignedTransaction(
        sender=decoded.sender,
        nonce=decoded.nonce,
        gas=decoded.gas,
        to=decoded.to,
        value=decoded.value,
        data=decoded.data,
        max_fee_per_gas=decoded.max_fee_per_gas,
        max_priority_fee_per_gas=decoded.max_priority_fee_per_gas,
        access_list=() if type_id == LEGACY else tuple((a, tuple(slots)) for a, slots in decoded.access_list),
        authorization_list=tuple(decoded.authorization_list) if type_id == SET_CODE else (),
        type_id=type_id,
        hash=Hash32(keccak(raw)),
        raw=raw,
        chain_id=chain_id,
        v=v,
        y_parity=decoded.y_parity,
        r=decoded.r,
        s=decoded.s,
    )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
