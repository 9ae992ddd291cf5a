"""A faster loop for py-evm: the opcodes that contracts spend their time in run inline, on local variables.

py-evm calls four Python functions for each opcode. Two thirds of all opcodes executed only push, copy, compare
and jump; those are done here, and every other opcode is py-evm's own. What comes out is the same, gas included:
a property test runs random programs both ways.

Which error ends a failing program may differ (it may run out of stack here where py-evm first runs out of gas);
all such errors have the same effect, they take all the gas.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from inspect import unwrap
from typing import Any

from eth.abc import MessageAPI, StateAPI, TransactionContextAPI
from eth.exceptions import FullStack, InsufficientStack, InvalidJumpDestination, OutOfGas
from eth.vm import opcode_values as op
from eth.vm.code_stream import CodeStream
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.forks.prague.opcodes import PRAGUE_OPCODES
from eth.vm.logic.invalid import InvalidOpcode

WORD = 2**256 - 1
STACK_LIMIT = 1024
WHOLE_PROGRAM = 0x100  # no opcode: stands for all of them, see LedgerCode

# What the loop does with an opcode.
ELSEWHERE, PUSH, DUP, SWAP, POP, BINARY, UNARY, JUMP, JUMPI, JUMPDEST, MLOAD, MSTORE, CALLDATALOAD = range(13)

_BINARY: dict[int, Callable[[int, int], int]] = {
    op.ADD: lambda a, b: (a + b) & WORD,
    op.MUL: lambda a, b: (a * b) & WORD,
    op.SUB: lambda a, b: (a - b) & WORD,
    op.DIV: lambda a, b: a // b if b else 0,
    op.MOD: lambda a, b: a % b if b else 0,
    op.LT: lambda a, b: 1 if a < b else 0,
    op.GT: lambda a, b: 1 if a > b else 0,
    op.EQ: lambda a, b: 1 if a == b else 0,
    op.AND: lambda a, b: a & b,
    op.OR: lambda a, b: a | b,
    op.XOR: lambda a, b: a ^ b,
    op.SHL: lambda a, b: (b << a) & WORD if a < 256 else 0,
    op.SHR: lambda a, b: b >> a if a < 256 else 0,
}
_UNARY: dict[int, Callable[[int], int]] = {
    op.ISZERO: lambda a: 0 if a else 1,
    op.NOT: lambda a: WORD - a,
}
_ALONE = {
    op.POP: POP, op.JUMP: JUMP, op.JUMPI: JUMPI, op.JUMPDEST: JUMPDEST,
    op.MLOAD: MLOAD, op.MSTORE: MSTORE, op.CALLDATALOAD: CALLDATALOAD,
}  # fmt: skip


def _kind(opcode: int) -> int:
    if op.PUSH1 - 1 <= opcode <= op.PUSH32:  # PUSH0 stands before PUSH1
        return PUSH
    if op.DUP1 <= opcode <= op.DUP16:
        return DUP
    if op.SWAP1 <= opcode <= op.SWAP16:
        return SWAP
    if opcode in _BINARY:
        return BINARY
    return UNARY if opcode in _UNARY else _ALONE.get(opcode, ELSEWHERE)


# Unwrapped, because py-evm wraps SELFDESTRUCT in a Python warning.
_OPCODES: list[Any] = [unwrap(PRAGUE_OPCODES.get(number) or InvalidOpcode(number)) for number in range(256)]
_KINDS = [_kind(number) for number in range(256)]
_GAS = [0 if kind == ELSEWHERE else _OPCODES[number].gas_cost for number, kind in enumerate(_KINDS)]


@dataclass(frozen=True, slots=True)
class Program:
    """Code made ready: padded with STOPs, the number each PUSH pushes by its place, and where jumps may land."""

    code: bytes
    pushed: dict[int, int]
    targets: frozenset[int]


@lru_cache(maxsize=256)
def prepare(code: bytes) -> Program:
    padded = code + bytes(33)  # a PUSH32 at the very end reads zeros and then stops
    pushed: dict[int, int] = {}
    targets = set()
    place = 0
    while place < len(code):
        opcode = code[place]
        width = opcode - op.PUSH1 + 1 if _KINDS[opcode] == PUSH else 0
        if _KINDS[opcode] == PUSH:
            pushed[place] = int.from_bytes(padded[place + 1 : place + 1 + width], "big")
        elif opcode == op.JUMPDEST:
            targets.add(place)
        place += 1 + width
    return Program(padded, pushed, frozenset(targets))


class LedgerCode(CodeStream):
    """Shows py-evm's own loop a single opcode that runs the whole program."""

    def __iter__(self) -> Any:
        yield WHOLE_PROGRAM


def _run(computation: "LedgerComputation") -> None:
    """Execute until the code halts: py-evm's STOP, RETURN and the like raise `Halt`, failures a VMError."""
    try:
        _loop(computation)
    except IndexError as error:
        raise InsufficientStack("an opcode wanted more than the stack holds") from error


def _loop(computation: "LedgerComputation") -> None:  # noqa: PLR0912, PLR0915 - one loop, no calls: that is its point
    stream, meter, memory = computation.code, computation._gas_meter, computation._memory
    program = prepare(stream._raw_code_bytes)  # type: ignore[attr-defined]
    code, pushed, targets = program.code, program.pushed, program.targets
    stack: list[Any] = computation._stack.values  # type: ignore[attr-defined]
    calldata = computation.msg.data
    gas: int = meter.gas_remaining
    place = 0
    while True:
        opcode = code[place]
        kind = _KINDS[opcode]
        gas -= _GAS[opcode]
        if gas < 0:
            raise OutOfGas(f"opcode 0x{opcode:02x} at {place} wants {-gas} more")
        place += 1
        if kind == PUSH:
            if len(stack) >= STACK_LIMIT:
                raise FullStack("the stack is full")
            stack.append(pushed[place - 1])
            place += opcode - 0x5F
        elif kind == DUP:
            if len(stack) >= STACK_LIMIT:
                raise FullStack("the stack is full")
            stack.append(stack[0x7F - opcode])
        elif kind == SWAP:
            other = 0x8E - opcode
            stack[-1], stack[other] = stack[other], stack[-1]
        elif kind == BINARY:
            top = stack.pop()
            stack[-1] = _BINARY[opcode](top, stack[-1])
        elif kind == JUMPI:
            target, condition = stack.pop(), stack.pop()
            if condition:
                if target not in targets:
                    raise InvalidJumpDestination(f"no JUMPDEST at {target}")
                place = target
        elif kind == JUMP:
            place = stack.pop()
            if place not in targets:
                raise InvalidJumpDestination(f"no JUMPDEST at {place}")
        elif kind == JUMPDEST:
            pass
        elif kind == POP:
            stack.pop()
        elif kind == UNARY:
            stack[-1] = _UNARY[opcode](stack[-1])
        elif kind == CALLDATALOAD:
            start = stack[-1]
            stack[-1] = int.from_bytes(bytes(calldata[start : start + 32]).ljust(32, b"\0"), "big")
        elif kind == ELSEWHERE:
            meter.gas_remaining, stream.program_counter = gas, place
            _OPCODES[opcode](computation=computation)
            gas, place = meter.gas_remaining, stream.program_counter
            # py-evm leaves some results as bytes; an opcode pushes one word at most.
            if stack and stack[-1].__class__ is bytes:
                stack[-1] = int.from_bytes(stack[-1], "big")
        else:
            start = stack.pop()
            if start + 32 > len(memory):
                meter.gas_remaining = gas
                computation.extend_memory(start, 32)
                gas = meter.gas_remaining
            if kind == MLOAD:
                stack.append(int.from_bytes(memory._bytes[start : start + 32], "big"))  # type: ignore[attr-defined]
            else:
                memory._bytes[start : start + 32] = stack.pop().to_bytes(32, "big")  # type: ignore[attr-defined]


_WITH_LOOP: dict[int, Any] = {**PRAGUE_OPCODES, WHOLE_PROGRAM: _run}


class LedgerComputation(PragueComputation):
    opcodes = _WITH_LOOP

    def __init__(
        self, state: StateAPI, message: MessageAPI, transaction_context: TransactionContextAPI
    ) -> None:
        super().__init__(state, message, transaction_context)
        self.code = LedgerCode(message.code)
