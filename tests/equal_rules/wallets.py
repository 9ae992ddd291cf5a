"""Contract wallets, honest and not, in a few bytes of EVM code each, and what each will answer.

The model asks `answer`, the contracts ask the code: neither knows of the other.
"""

from collections.abc import Callable
from dataclasses import dataclass

from provenance.proofs.signatures import ORDER, is_signed_by

MAGIC = bytes.fromhex("1626ba7e")  # isValidSignature(bytes32,bytes), ERC-1271

_RETURN_MAGIC = bytes.fromhex(
    "7f" + MAGIC.hex() + "00" * 28 + "5f52"  # PUSH32 magic, PUSH0, MSTORE
    "60205ff3"  # PUSH1 32, PUSH0, RETURN
)
_RETURN_ZERO = bytes.fromhex("60205ff3")
# Where memory is in use, a word that is surely zero lies at 256.
_RETURN_EMPTY = bytes.fromhex("6020610100f3")


@dataclass(frozen=True)
class Wallet:
    """`answer(owner, digest, signature, time)` says whether the signature stands."""

    name: str
    code: Callable[[bytes], bytes]
    answer: Callable[[bytes, bytes, bytes, int], bool]


def _assemble_honest(owner: bytes) -> bytes:
    start = bytes.fromhex(
        "6004355f52"  # mem[0] = digest
        "60a4355f1a602052"  # mem[32] = v: byte 0 of calldata[164]
        "606435604052"  # mem[64] = r
        "608435606052"  # mem[96] = s
        "6020608060805f60015afa50"  # STATICCALL(gas, 1, 0, 128, 128, 32), POP
        "608051"  # the recovered address
        "73"
    )
    start += owner + bytes.fromhex("14")  # PUSH20 owner, EQ
    landing = len(start) + 3 + len(_RETURN_EMPTY)
    return start + bytes([0x60, landing, 0x57]) + _RETURN_EMPTY + b"\x5b" + _RETURN_MAGIC


def _constant(code: bytes) -> Callable[[bytes], bytes]:
    return lambda _owner: code


def _never(*_: object) -> bool:
    return False


def _always(*_: object) -> bool:
    return True


def _by_owner(owner: bytes, digest: bytes, signature: bytes, _time: int) -> bool:
    """As the precompile judges: the first 65 bytes, whatever follows, and either half of s."""
    r, s, v = (
        signature.ljust(65, b"\0")[:32],
        signature.ljust(65, b"\0")[32:64],
        signature.ljust(65, b"\0")[64],
    )
    number = int.from_bytes(s, "big")
    if ORDER // 2 < number < ORDER:
        s, v = (ORDER - number).to_bytes(32, "big"), 55 - v
    return 0 <= v < 256 and is_signed_by(owner, digest, r + s + bytes([v]))


WALLETS = {
    wallet.name: wallet
    for wallet in (
        Wallet("honest", _assemble_honest, _by_owner),
        Wallet("lying", _constant(_RETURN_MAGIC), _always),
        Wallet("denying", _constant(_RETURN_ZERO), _never),
        # Hashes 64 KiB for ever (JUMPDEST, PUSH2 65535, PUSH0, KECCAK256, POP, PUSH0, JUMP).
        Wallet("burning", _constant(bytes.fromhex("5b61ffff5f20505f56")), _never),
        Wallet("invalid", _constant(b"\xfe"), _never),
        # The right bytes, but as the reason of a revert.
        Wallet("reverting", _constant(_RETURN_MAGIC[:-1] + b"\xfd"), _never),
        # The right four bytes, but no whole word.
        Wallet("mumbling", _constant(_RETURN_MAGIC[:-4] + bytes.fromhex("60045ff3")), _never),
        # The right word and a hundred kilobytes behind it.
        Wallet("shouting", _constant(_RETURN_MAGIC[:-4] + bytes.fromhex("620186a05ff3")), _always),
        # Tries to write while it is asked.
        Wallet("writing", _constant(bytes.fromhex("60015f55") + _RETURN_MAGIC), _never),
        # Another answer every second: the parity of the block's time.
        Wallet(
            "fickle",
            # TIMESTAMP, PUSH1 1, AND, PUSH1 11, JUMPI; PUSH1 32, PUSH0, RETURN; JUMPDEST at 11
            _constant(bytes.fromhex("42600116600b5760205ff35b") + _RETURN_MAGIC),
            lambda _o, _d, _s, time: time % 2 == 1,
        ),
        Wallet("absent", _constant(b""), _never),
    )
}
