"""The fast loop computes what py-evm's own loop computes, whatever the program."""

import os

import pytest
from eth.db.atomic import AtomicDB
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.message import Message
from hypothesis import example, given, settings
from hypothesis import strategies as st

from integration.probe import assemble
from provenance.ledger.embedded.forks import LedgerState, state_at
from provenance.ledger.embedded.genesis import Genesis
from provenance.ledger.embedded.header import new_header
from provenance.ledger.embedded.interpreter import LedgerComputation, prepare

US, OTHER = b"\x11" * 20, b"\x22" * 20
INTERESTING = [0, 1, 2, 31, 32, 33, 64, 255, 256, 257, 2**128, 2**255, 2**256 - 1]

pushes = st.one_of(
    st.sampled_from(INTERESTING).map(lambda n: b"\x7f" + n.to_bytes(32, "big")),
    st.integers(0, 255).map(lambda n: bytes([0x60, n])),
    st.just(b"\x5f"),
    st.binary(min_size=2, max_size=32).map(lambda raw: bytes([0x5F + len(raw)]) + raw),
)
INLINE = bytes.fromhex("010203040610111415161718191b1c3550515256575b5b") + bytes(range(0x80, 0xA0))
ELSEWHERE = bytes.fromhex(
    "00050708090a0b12131a1d203031323334363738393a3b3d3e3f40424346474853545558595a5c5d5ea0a1a2f1f3fafdfeefff"
)
steps = st.one_of(
    pushes, pushes, *(st.sampled_from([bytes([number]) for number in some]) for some in (INLINE, ELSEWHERE))
)
programs = st.one_of(
    st.tuples(st.lists(pushes, max_size=12), st.lists(steps, max_size=60)).map(
        lambda parts: b"".join(parts[0] + parts[1])
    ),
    st.binary(max_size=120),
)


def fresh_state() -> LedgerState:
    genesis = Genesis()
    header = new_header(
        number=7,
        parent_hash=bytes(32),
        state_root=bytes(32),
        timestamp=1_000,
        gas_limit=30_000_000,
        base_fee=7,
    )
    state = state_at(AtomicDB(), header, LedgerState.get_account_db_class()(AtomicDB()).state_root, 1, ())
    for address, wei in {US: 10**6, OTHER: 10**6, **genesis.balances()}.items():
        state.set_balance(address, wei)
    state.set_code(OTHER, assemble("PUSH0 SLOAD 0x01 ADD DUP1 PUSH0 SSTORE PUSH0 MSTORE 0x20 PUSH0 RETURN"))
    state.lock_changes()
    return state


def outcome(kind: type[PragueComputation], code: bytes, data: bytes, gas: int) -> tuple[object, ...]:
    """Everything a transaction could notice."""
    state = fresh_state()
    state.computation_class = kind
    context = state.get_transaction_context_class()(gas_price=9, origin=OTHER)
    message = Message(gas=gas, to=US, sender=OTHER, value=3, data=data, code=code)
    computation = kind.apply_message(state, message, context)
    return (
        computation.is_error,
        computation.should_burn_gas,
        computation.get_gas_remaining(),
        computation.get_gas_refund(),
        computation.output if not computation.should_burn_gas else b"",
        computation.get_log_entries(),
        state.make_state_root(),
    )


@pytest.mark.filterwarnings("ignore:SELFDESTRUCT")
@settings(max_examples=int(os.environ.get("PROVENANCE_PROGRAMS", "300")), deadline=None)
@given(code=programs, data=st.binary(max_size=70), gas=st.sampled_from([50, 1_000, 60_000]))
@example(code=b"\x7f", data=b"", gas=100)  # a PUSH32 cut off by the end
@example(code=b"\x60", data=b"", gas=3)  # cut off, with exactly its gas
@example(code=assemble("loop: PUSH0 @loop JUMP"), data=b"", gas=60_000)  # fills the stack
@example(code=assemble("0x56 0x5b 0x01 JUMP"), data=b"", gas=1_000)  # a jump into pushed data
@example(code=assemble("0xffffffffffffffffffffffffffffffff MLOAD"), data=b"", gas=60_000)
def test_random_programs_end_alike(code: bytes, data: bytes, gas: int) -> None:
    """Success or failure, gas, refund, output, logs and state root are equal to py-evm's."""
    assert outcome(LedgerComputation, code, data, gas) == outcome(PragueComputation, code, data, gas)


@given(
    operation=st.sampled_from([0x01, 0x02, 0x03, 0x04, 0x06, 0x10, 0x11, 0x14, 0x16, 0x17, 0x18, 0x1B, 0x1C]),
    first=st.sampled_from(INTERESTING) | st.integers(0, 2**256 - 1),
    second=st.sampled_from(INTERESTING) | st.integers(0, 2**256 - 1),
)
def test_arithmetic_is_the_evms(operation: int, first: int, second: int) -> None:
    """Each inline operation on two words gives the word that py-evm gives."""
    code = b"\x7f" + second.to_bytes(32, "big") + b"\x7f" + first.to_bytes(32, "big") + bytes([operation])
    code += assemble("PUSH0 MSTORE 0x20 PUSH0 RETURN")
    assert outcome(LedgerComputation, code, b"", 1_000) == outcome(PragueComputation, code, b"", 1_000)


def test_jumps_land_only_on_real_jumpdests() -> None:
    """A 0x5b within pushed data is no target."""
    assert prepare(bytes.fromhex("605b5b00")).targets == {2}
