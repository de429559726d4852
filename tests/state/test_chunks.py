"""A state is a short string of chunks, each kept once; spread out it says of every slot which id it has, and whether any."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irqlab.state.chunks import WIDTH, Chunks, numbers_of, place_of

ids = st.lists(st.integers(0, 5) | st.integers(0, 2**32 - 1), max_size=70)
deltas = st.dictionaries(st.integers(0, 79), st.integers(0, 2**32 - 1), max_size=8).map(lambda found: tuple(found.items()))


def vector(numbers: list[int]) -> array[int]:
    """A vector of five chunks."""
    return array("I", numbers + [0] * (5 * WIDTH - len(numbers)))


def test_nothing_is_the_empty_state() -> None:
    chunks = Chunks()
    assert (chunks.pack(vector([])), len(chunks)) == (b"", 1)


def test_equal_chunks_are_kept_once_wherever_they_are() -> None:
    chunks = Chunks()
    state = chunks.pack(vector([7] * 3 * WIDTH))
    assert (list(numbers_of(state)), len(chunks)) == ([1, 1, 1], 2)
    state = chunks.pack(vector([0] * 2 * WIDTH + [7]))
    assert (list(numbers_of(state)), len(chunks)) == ([0, 0, 2], 3)


def test_what_stands_still_costs_a_state_a_quarter_of_a_byte_a_slot() -> None:
    chunks = Chunks()
    states = {chunks.pack(array("I", [number, *range(1, 640)])) for number in range(1000)}
    assert (len(states), {len(state) for state in states}) == (1000, {160})
    assert len(chunks) == 1 + 1000 + 39


@given(ids)
def test_unpacking_is_the_inverse_of_packing(numbers: list[int]) -> None:
    chunks = Chunks()
    unpacked = list(chunks.unpack(chunks.pack(vector(numbers))))
    assert unpacked == list(vector(numbers))[: len(unpacked)]
    assert not any(vector(numbers)[len(unpacked) :])


@given(ids, ids)
def test_states_are_equal_where_vectors_are(one: list[int], other: list[int]) -> None:
    chunks = Chunks()
    assert (chunks.pack(vector(one)) == chunks.pack(vector(other))) == (vector(one) == vector(other))


@given(ids, st.lists(deltas, max_size=6))
def test_a_successor_is_the_vector_with_its_changes(numbers: list[int], changes: list[tuple[tuple[int, int], ...]]) -> None:
    chunks = Chunks()
    here = vector(numbers)
    state = chunks.pack(here)
    for delta in changes:
        for slot, new in delta:
            here[slot] = new
        parts = chunks.parts(delta)
        assert chunks.successor(state, parts) == chunks.successor(state, parts)  # the second time it is known
        state = chunks.successor(state, parts)
        assert state == chunks.pack(here)


@given(ids)
def test_a_state_spread_out_has_the_id_of_every_slot_and_whether_there_is_one(numbers: list[int]) -> None:
    chunks = Chunks()
    spread = chunks.spread(chunks.pack(vector(numbers)), 5)
    assert len(spread) == 2 * 5 * WIDTH
    for slot, number in enumerate(vector(numbers)):
        assert (spread[place_of(slot)], spread[place_of(~slot)]) == (number, 1 if number else 0)


def test_places_are_told_apart() -> None:
    places = [place_of(read) for slot in range(100) for read in (slot, ~slot)]
    assert sorted(places)[:96] == list(range(96))
    assert len(set(places)) == 200


@pytest.mark.parametrize("slot", [0, 15, 16, 79])
def test_a_slot_that_empties_shortens_the_state(slot: int) -> None:
    chunks = Chunks()
    state = chunks.successor(b"", chunks.parts(((slot, 3),)))
    assert len(state) == 4 * (1 + slot // WIDTH)
    assert chunks.successor(state, chunks.parts(((slot, 0),))) == b""
