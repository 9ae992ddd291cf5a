"""Ranges of blocks grow while all goes well, shrink when anything fails, and hold no more than is worth holding."""

from hypothesis import given
from hypothesis import strategies as st

from provenance.workflows.pacing import ENTRIES_AT_ONCE, FIRST_BLOCKS, PATIENCE, Pace


def test_ranges_double_where_little_is_recorded_up_to_the_most() -> None:
    pace = Pace(100)
    asked = []
    while not asked or asked[-1] < 100:
        asked.append(pace.blocks)
        pace.succeeded(pace.blocks, 1)
    assert asked == [FIRST_BLOCKS, 64, 100]


@given(st.integers(1, 2_000), st.integers(0, 10**6))
def test_the_next_range_would_hold_what_fits_if_the_next_blocks_are_like_the_last(
    asked: int, entries: int
) -> None:
    pace = Pace(2_000)
    pace.succeeded(asked, entries)
    assert 1 <= pace.blocks <= 2 * asked
    assert pace.blocks == 1 or pace.blocks * entries <= asked * ENTRIES_AT_ONCE


def test_after_a_failure_half_is_asked_for_and_after_a_success_the_whole_again() -> None:
    pace = Pace(2_000)
    assert pace.failed(64)
    assert pace.blocks == 32
    pace.succeeded(32, 0)
    assert pace.blocks == 64


def test_one_block_that_fails_again_and_again_is_an_error() -> None:
    pace = Pace(2_000)
    assert [pace.failed(1) for _ in range(PATIENCE)] == [True] * (PATIENCE - 1) + [False]


def test_a_success_between_failures_counts_them_afresh() -> None:
    pace = Pace(2_000)
    assert pace.failed(1)
    pace.succeeded(1, 0)
    assert [pace.failed(1) for _ in range(PATIENCE - 1)] == [True] * (PATIENCE - 1)


def test_what_was_disproved_is_asked_for_in_quarters_from_then_on() -> None:
    pace = Pace(2_000)
    assert pace.disproved()
    pace.succeeded(2_000, 0)
    assert pace.blocks == 500
