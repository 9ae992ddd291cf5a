"""A small contract that can do whatever a chain must get right, assembled here from readable mnemonics.

The first byte of the calldata chooses what it does; the rest are arguments.
"""

from eth.vm import opcode_values

COUNT, REVERT, EVENTS, STORE, SPIN, DIVE, CONTEXT, CREATE, HASHES, TRANSIENT = range(10)
TOPIC = "22" * 32
_OPCODES = {name: value for name, value in vars(opcode_values).items() if name.isupper()}


def assemble(source: str) -> bytes:
    """Bytecode of whitespace-separated mnemonics: ``0x..`` pushes, ``name:`` is a target, ``@name`` pushes it."""
    code, targets, uses = bytearray(), {}, []
    for token in source.split():
        if token.endswith(":"):
            targets[token[:-1]] = len(code)
            code.append(_OPCODES["JUMPDEST"])
        elif token.startswith("@"):
            code.append(_OPCODES["PUSH2"])
            uses.append((len(code), token[1:]))
            code += bytes(2)
        elif token.startswith("0x"):
            literal = bytes.fromhex(token[2:])
            code.append(_OPCODES["PUSH1"] + len(literal) - 1)
            code += literal
        else:
            code.append(_OPCODES[token])
    for position, name in uses:
        code[position : position + 2] = targets[name].to_bytes(2, "big")
    return bytes(code)


def deployment(runtime: bytes) -> bytes:
    """Initcode that returns `runtime`."""
    head = assemble(f"0x{len(runtime):04x} DUP1 0x000b PUSH0 CODECOPY PUSH0 RETURN")
    return head.replace(bytes.fromhex("000b"), len(head).to_bytes(2, "big"), 1) + runtime


_ARGUMENTS = "0x01 CALLDATASIZE SUB"  # their length
_COPY = f"{_ARGUMENTS} 0x01 PUSH0 CALLDATACOPY"
_DISPATCH = " ".join(f"DUP1 0x{mode:02x} EQ @mode{mode} JUMPI" for mode in range(10))
RUNTIME = assemble(
    f"""
    PUSH0 CALLDATALOAD 0xf8 SHR {_DISPATCH} PUSH0 PUSH0 REVERT
    mode0: PUSH0 SLOAD 0x01 ADD DUP1 PUSH0 SSTORE {_COPY} 0x{TOPIC} {_ARGUMENTS} PUSH0 LOG2 STOP
    mode1: {_COPY} {_ARGUMENTS} PUSH0 REVERT
    mode2: {_COPY} {_ARGUMENTS} PUSH0 LOG0
           0x01 {_ARGUMENTS} PUSH0 LOG1
           0x03 0x02 0x01 PUSH0 PUSH0 LOG3
           0x04 0x03 0x02 0x01 PUSH0 PUSH0 LOG4 STOP
    mode3: 0x21 CALLDATALOAD 0x01 CALLDATALOAD SSTORE STOP
    mode4: spin: 0x01 PUSH0 SSTORE @spin JUMP
    mode5: CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY PUSH0 PUSH0 CALLDATASIZE PUSH0 PUSH0 ADDRESS GAS CALL
           0x01 SLOAD 0x01 ADD 0x01 SSTORE STOP
    mode6: NUMBER PUSH0 MSTORE TIMESTAMP 0x20 MSTORE CHAINID 0x40 MSTORE BASEFEE 0x60 MSTORE
           0x01 NUMBER SUB BLOCKHASH 0x80 MSTORE CALLER 0xa0 MSTORE CALLVALUE 0xc0 MSTORE GASLIMIT 0xe0 MSTORE
           ORIGIN 0x0100 MSTORE PREVRANDAO 0x0120 MSTORE 0x0140 PUSH0 RETURN
    mode7: {_COPY} {_ARGUMENTS} PUSH0 CALLVALUE CREATE DUP1 ISZERO @failed JUMPI PUSH0 MSTORE 0x20 PUSH0 RETURN
           failed: PUSH0 PUSH0 REVERT
    mode8: {_COPY} 0x20 0x0200 {_ARGUMENTS} PUSH0 0x02 GAS STATICCALL POP
           0x20 0x0220 0x80 PUSH0 0x01 GAS STATICCALL POP
           {_ARGUMENTS} PUSH0 KECCAK256 0x0240 MSTORE 0x60 0x0200 RETURN
    mode9: 0x07 0x01 TSTORE 0x01 TLOAD PUSH0 MSTORE 0x20 PUSH0 0x20 MCOPY 0x40 PUSH0 RETURN
    """.replace("PREVRANDAO", "DIFFICULTY").replace("KECCAK256", "SHA3")
)
DEPLOYMENT = deployment(RUNTIME)


def probe_call(mode: int, *words: int, data: bytes = b"") -> bytes:
    return bytes([mode]) + b"".join(word.to_bytes(32, "big") for word in words) + data
