"""Which signature covers which record: read from a transaction's input, beside the logs that it made.

The input is sliced by hand. The messages' structs are static, and then the Solidity ABI writes them exactly as EIP-712's
encodeData does: one 32-byte word a field, in order. So a message's hash is that of its slice, and nothing else of it
is needed to find its place in the tree that was signed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from provenance.ledger.calls import CALLS, SUBMIT
from provenance.ledger.records import Cover
from provenance.model.calls import Authorization
from provenance.model.hashing import WORD, keccak
from provenance.model.messages import CustodyAcceptance, ItemMessage, Message
from provenance.proofs.eip712 import type_hash, zero_hash

NO_COVER: Cover = (None, None)
ACCEPTANCE_WORDS = 2


class SignedInput:
    """The authorizations in a transaction's input, handed out in the order of its logs (`records.Covers`).

    Every message of a call left one log, a record or a skip, in the call's order; a refused call of a submission left
    one in all. Input of another kind covers nothing.
    """

    def __init__(self, data: bytes) -> None:
        self._calls = iter(_calls(data))
        self._covers: Iterator[Cover] = iter(())

    def next_message(self) -> Cover:
        cover = next(self._covers, None)
        if cover is None:
            call = next(self._calls, None)
            self._covers = iter(_covers(call) if call else ())
            cover = next(self._covers, NO_COVER)
        return cover

    def pass_call(self) -> None:
        next(self._calls, None)


@dataclass(frozen=True, slots=True)
class _Call:
    """A call, sliced: the messages' struct hashes, and the acceptances' where a receiver signed too."""

    of: type[ItemMessage]
    hashes: Sequence[bytes]
    given: Authorization
    accepted: Sequence[bytes] = ()
    received: Authorization | None = None


class _Malformed(Exception):  # noqa: N818 - named for what was found; never leaves this module
    """Words lie outside of the data."""


def _calls(data: bytes) -> list[_Call]:
    """The ledger's calls in the input; none where one is no call that records (or is a submission inside another)."""
    try:
        parts = _byte_strings(data[4:]) if data[:4] == SUBMIT else [data]
        calls = [_call(part) for part in parts]
    except _Malformed:
        return []
    return [] if None in calls else cast(list[_Call], calls)


def _call(data: bytes) -> _Call | None:
    known = CALLS.get(data[:4])
    if known is None:
        return None
    of, words, is_accepted = known
    body = data[4:]
    hashes = [keccak(type_hash(of) + struct) for struct in _structs(body, _uint(body, 0), words)]
    given = _authorization(body, _uint(body, 1))
    if not is_accepted:
        return _Call(of, hashes, given)
    said = _structs(body, _uint(body, 2), ACCEPTANCE_WORDS)
    if len(said) != len(hashes):
        raise _Malformed
    kind = type_hash(CustodyAcceptance)
    accepted = [keccak(kind + offer + rest) for offer, rest in zip(hashes, said, strict=True)]
    return _Call(of, hashes, given, accepted, _authorization(body, _uint(body, 3)))


def _covers(call: _Call) -> list[Cover]:
    given = _alone(call.given, call.of, call.hashes)
    if call.received is None:
        return [(each, None) for each in given]
    return list(zip(given, _alone(call.received, CustodyAcceptance, call.accepted), strict=True))


def _alone(authorization: Authorization, of: type[Message], hashes: Sequence[bytes]) -> list[Authorization]:
    """The authorization of each message alone: its own place and path in the signed tree."""
    signer, signature, above = authorization.signer, authorization.signature, authorization.path
    first = authorization.index << (len(hashes) - 1).bit_length()
    return [
        Authorization(signer, signature, first + index, path)
        for index, path in enumerate(_paths(of, hashes, above))
    ]


def _paths(of: type[Message], hashes: Sequence[bytes], above: tuple[bytes, ...]) -> list[tuple[bytes, ...]]:
    """For each leaf the hashes beside its way up, through the smallest tree over all of them and then ``above``.

    The tree is that of `proofs.eip712.SignedTree`: rows are filled up with the message of zeros.
    """
    rows: list[list[bytes]] = []
    row = list(hashes)
    while len(row) > 1:
        if len(row) & 1:
            row.append(zero_hash(of, len(rows)))
        rows.append(row)
        row = [keccak(row[i] + row[i + 1]) for i in range(0, len(row), 2)]
    paths = [above]
    for row in reversed(rows):
        paths = [(row[i ^ 1], *paths[i >> 1]) for i in range(len(row))]
    return paths[: len(hashes)]


def _structs(body: bytes, start: int, words: int) -> list[bytes]:
    """The structs of an array that begins at ``start``, so many words each."""
    size = WORD * words
    first = start + WORD
    end = first + _uint_at(body, start) * size
    _require(end <= len(body))
    return [body[place : place + size] for place in range(first, end, size)]


def _authorization(body: bytes, start: int) -> Authorization:
    """The tuple (address signer, bytes signature, uint256 index, bytes32[] path) that begins at ``start``."""
    part = body[start:]
    signature, path = _bytes_at(part, _uint(part, 1)), _structs(part, _uint(part, 3), 1)
    return Authorization(part[12:WORD], signature, _uint(part, 2), tuple(path))


def _byte_strings(body: bytes) -> list[bytes]:
    """The one argument of type bytes[]."""
    part = body[_uint(body, 0) :]
    inner = part[WORD:]
    _require(_uint(part, 0) * WORD <= len(inner))
    return [_bytes_at(inner, _uint(inner, index)) for index in range(_uint(part, 0))]


def _bytes_at(body: bytes, start: int) -> bytes:
    length = _uint_at(body, start)
    _require(start + WORD + length <= len(body))
    return body[start + WORD : start + WORD + length]


def _uint(body: bytes, position: int) -> int:
    return _uint_at(body, WORD * position)


def _uint_at(body: bytes, start: int) -> int:
    _require(start + WORD <= len(body))
    return int.from_bytes(body[start : start + WORD], "big")


def _require(inside: bool) -> None:
    if not inside:
        raise _Malformed
