"""A World is a vector of small numbers that can be saved, compared and gone back to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irqlab.errors import ModelError
from irqlab.state import Record, World


class Cell(Record):
    """One number."""

    value: int = 0


class Link(Record):
    """Refers to a Cell."""

    to: Cell | None = None


class Line(Record, counted=True):
    """A kind that is listed."""

    masked: bool = True


class Engine(Record, machinery=True):
    """How execution goes on."""

    step: int = 0


@pytest.fixture
def world() -> World:
    return World()


def change(world: World, cell: Cell, value: int) -> tuple[tuple[int, int], ...]:
    """One segment that writes one value."""
    world.begin()
    cell.value = value
    return world.commit()


# -- handles and slots -----------------------------------------------------------------------------------------


def test_a_handle_is_the_same_object_whether_its_record_exists_or_not(world: World) -> None:
    before = world.at(Cell, 1)
    created = world.new(Cell, 1)
    world.drop(created)
    assert before is created is world.at(Cell, 1)


def test_slots_are_numbered_in_order_of_first_mention(world: World) -> None:
    assert [world.at(Cell, 5).slot, world.at(Cell, 3).slot, world.at(Link).slot, world.at(Cell, 5).slot] == [0, 1, 2, 0]
    assert world.slots == 3
    assert world.slot(1) is world.at(Cell, 3)


def test_a_counted_kind_has_a_directory_in_the_slot_before_it(world: World) -> None:
    assert (world.at(Line, 0).slot, world.at(Line, 1).slot, world.slots) == (1, 2, 3)


def test_known_lists_handles_in_canonical_order(world: World) -> None:
    for key in (3, "b", 1, "a", 10):
        world.at(Cell, key)
    assert [cell.key for cell in world.known(Cell)] == [(1,), (3,), (10,), ("a",), ("b",)]


# -- states ----------------------------------------------------------------------------------------------------


def test_an_absent_record_is_zero_and_trailing_zeros_are_no_state(world: World) -> None:
    assert world.state() == b""
    cell = world.new(Cell, 0)
    world.commit()
    world.at(Cell, 1)
    assert list(world.vector) == [1] + 15 * [0]
    assert world.state() == b"\1\0\0\0"  # the first chunk ever seen
    world.begin()
    world.drop(cell)
    world.commit()
    assert world.state() == b""


def test_a_state_is_as_long_as_it_has_chunks_up_to_the_last_that_is_not_empty(world: World) -> None:
    cells = [world.at(Cell, number) for number in range(40)]
    world.new(Cell, 20)
    world.commit()
    assert (len(world.vector), len(world.state())) == (48, 8)
    assert world.unpack(world.state()) == world.vector
    assert world.pack(world.vector) == world.state()
    world.begin()
    world.drop(cells[20])
    world.new(Cell, 39)
    world.commit()
    assert (list(world.vector).index(1), len(world.state())) == (39, 12)


def test_two_histories_that_meet_are_one_state(world: World) -> None:
    one, two = world.new(Cell, 1), world.new(Cell, 2)
    world.commit()
    start = world.state()
    change(world, one, 5)
    change(world, two, 6)
    there = world.state()
    world.restore(start)
    change(world, two, 6)
    change(world, two, 7)
    change(world, one, 5)
    change(world, two, 6)
    assert world.state() == there


def test_a_record_that_came_and_went_leaves_no_mark(world: World) -> None:
    world.new(Cell, 0)
    world.commit()
    before = world.state()
    world.begin()
    line = world.new(Line, 4)
    world.drop(line)
    assert world.commit() == ()
    assert world.state() == before


def test_restore_brings_every_value_back(world: World) -> None:
    one, two = world.new(Cell, 1, value=1), world.new(Cell, 2, value=2)
    world.commit()
    start = world.state()
    world.begin()
    one.value = 10
    world.drop(two)
    new = world.new(Cell, 3, value=3)
    world.commit()
    end = world.state()
    world.restore(start)
    assert (one.value, two.value, new.exists) == (1, 2, False)
    world.restore(end)
    assert (one.value, two.exists, new.value) == (10, False, 3)


# -- segments --------------------------------------------------------------------------------------------------


def test_commit_says_which_slots_changed_to_which_ids(world: World) -> None:
    one, two = world.new(Cell, 1), world.new(Cell, 2)
    world.commit()
    world.begin()
    two.value = 4
    one.value = 4
    assert world.commit() == ((1, 2), (0, 2))
    assert world.interned() == 2


def test_writing_the_value_that_is_there_changes_nothing(world: World) -> None:
    cell = world.new(Cell)
    world.commit()
    assert change(world, cell, 0) == ()


def test_rollback_and_apply_are_inverse(world: World) -> None:
    cell = world.new(Cell)
    world.commit()
    before = world.state()
    delta = change(world, cell, 3)
    after = world.state()
    world.rollback()
    assert (world.state(), cell.value) == (before, 0)
    world.apply(delta)
    assert (world.state(), cell.value) == (after, 3)


def test_the_successor_of_a_state_is_known_without_running(world: World) -> None:
    cell = world.new(Cell)
    world.commit()
    before = world.state()
    delta = change(world, cell, 3)
    after = world.state()
    assert world.successor(before, delta) == after


def test_abandon_takes_back_what_was_not_committed(world: World) -> None:
    cell = world.new(Cell, value=1)
    world.commit()
    world.begin()
    cell.value = 2
    line = world.new(Line, 0)
    world.abandon()
    assert (cell.value, line.exists, world.keys(Line)) == (1, False, ())


def test_reads_are_noted_once_in_order_of_first_touch_with_the_id_at_the_beginning(world: World) -> None:
    cells = [world.new(Cell, number, value=number) for number in range(4)]
    world.commit()
    world.begin()
    cells[2].value = 9
    _ = cells[0].value
    _ = cells[2].value
    _ = cells[3].exists
    cells[0].value = 8
    assert list(world.reads.items()) == [(2, 3), (0, 1), (~3, 1)]


def test_who_only_asks_whether_a_record_exists_does_not_read_what_it_holds(world: World) -> None:
    cells = [world.new(Cell, number, value=number) for number in range(3)]
    gone = world.at(Cell, 3)
    world.commit()
    world.begin()
    assert (cells[0].exists, gone.exists) == (True, False)
    world.drop(cells[1])
    world.new(Cell, 3)
    _ = cells[0].value
    with pytest.raises(ModelError, match="does not exist"):
        _ = cells[1].value
    assert list(world.reads.items()) == [(~0, 1), (~3, 0), (~1, 1), (0, 1), (1, 2)]
    assert world.touches == 3


def test_what_a_segment_did_not_depend_on_is_in_its_result_though_nothing_changed(world: World) -> None:
    cell = world.new(Cell, 0, value=1)
    world.commit()
    states = [world.state()]
    change(world, cell, 2)
    states.append(world.state())
    deltas = []
    for state in states:
        world.restore(state)
        world.begin()
        world.drop(cell)
        world.new(Cell, 0, value=2)
        deltas.append(world.commit())
        world.rollback()
    assert deltas == [((0, 2),)] * 2
    assert [world.successor(state, deltas[0]) for state in states] == [states[1]] * 2


def test_machinery_is_noted_but_is_no_touch_of_the_world(world: World) -> None:
    engine, cell = world.new(Engine), world.new(Cell)
    world.commit()
    world.begin()
    engine.step = 1
    assert (list(world.reads), world.touches) == ([0], 0)
    cell.value = 1
    assert (list(world.reads), world.touches) == ([0, 1], 2)  # it was looked at, and it was written
    cell.value = 2
    assert world.touches == 2


def test_signals_are_kept_with_their_facts_in_order_of_name(world: World) -> None:
    world.begin()
    world.signal("warning", where="desc", depth=0)
    assert world.signals == [("warning", (("depth", 0), ("where", "desc")))]


# -- creating, deleting, listing -------------------------------------------------------------------------------


def test_a_record_is_created_once(world: World) -> None:
    world.new(Cell, 0)
    with pytest.raises(ModelError, match=r"Cell\(0\) exists already"):
        world.new(Cell, 0)


def test_a_record_is_deleted_once(world: World) -> None:
    cell = world.new(Cell, 0)
    world.drop(cell)
    with pytest.raises(ModelError, match=r"Cell\(0\) was deleted while it does not exist"):
        world.drop(cell)


def test_a_counted_kind_is_listed_in_canonical_order(world: World) -> None:
    for number in (10, 2, 7):
        world.new(Line, number)
    assert world.keys(Line) == ((2,), (7,), (10,))
    world.drop(world.at(Line, 7))
    assert world.all(Line) == (world.at(Line, 2), world.at(Line, 10))


def test_the_lowest_free_number_is_the_first_gap(world: World) -> None:
    assert world.lowest_free(Line) == 0
    for number in (0, 1, 3):
        world.new(Line, number)
    assert (world.lowest_free(Line), world.lowest_free(Line, 1), world.lowest_free(Line, 3)) == (2, 2, 4)


def test_listing_is_a_read_of_the_directory(world: World) -> None:
    world.new(Line, 0)
    world.commit()
    world.begin()
    world.keys(Line)
    assert list(world.reads.items()) == [(0, 1)]


def test_a_kind_that_is_not_counted_cannot_be_listed(world: World) -> None:
    with pytest.raises(ModelError, match="Cell is not declared counted=True"):
        world.all(Cell)


def test_drop_all_keeps_the_kinds_it_is_told_to_and_reads_nothing(world: World) -> None:
    world.new(Cell, 0, value=3)
    world.new(Link, 0)
    lines = [world.new(Line, number) for number in range(3)]
    world.commit()
    states = [world.state()]
    world.begin()
    world.drop(lines[0])
    world.new(Cell, 1)
    world.commit()
    states.append(world.state())
    for state in states:
        world.restore(state)
        world.begin()
        world.drop_all(frozenset({Cell}))
        assert world.reads == {}
        world.new(Line, 7, masked=False)
        delta = world.commit()
        rows = [row[:2] for row in world.dump()]
        assert rows == [*(("Cell", (n,)) for n in range(len(rows) - 2)), ("Directory", ("Line",)), ("Line", (7,))]
        after = world.state()
        assert [world.successor(state, delta, world.kept), len(delta)] == [after, 2]
        world.rollback()
        assert world.state() == state


def test_drop_all_keeps_the_list_of_what_it_keeps(world: World) -> None:
    world.new(Cell, 0)
    world.new(Line, 1)
    world.commit()
    world.begin()
    world.drop_all(frozenset({Line}))
    world.commit()
    assert world.keys(Line) == ((1,),)
    assert [row[0] for row in world.dump()] == ["Directory", "Line"]


def test_drop_all_of_everything_is_the_empty_state(world: World) -> None:
    world.new(Cell, 0)
    world.new(Line, 0)
    world.commit()
    world.begin()
    world.drop_all(frozenset())
    world.commit()
    assert (world.state(), world.dump()) == (b"", ())


# -- dumps -----------------------------------------------------------------------------------------------------


def test_a_dump_names_everything(world: World) -> None:
    cell = world.new(Cell, 2, value=7)
    world.new(Link, "a", to=cell)
    assert world.dump() == (("Cell", (2,), (("value", 7),)), ("Link", ("a",), (("to", "&Cell(2)"),)))


def test_a_dump_says_nothing_of_the_order_of_creation() -> None:
    def build(order: list[int]) -> World:
        world = World()
        for number in order:
            if number % 2:
                world.new(Link, number, to=world.at(Cell, number))
            world.new(Cell, number, value=number)
            world.new(Line, number)
        world.commit()
        return world

    forward, backward = build([0, 1, 2, 3]), build([3, 2, 1, 0])
    assert forward.dump() == backward.dump()
    assert forward.vector != backward.vector


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 2)), max_size=30))
def test_a_state_is_a_function_of_what_exists(changes: list[tuple[int, int]]) -> None:
    """Random creations, writes and deletions: states are equal exactly where dumps are, and each can be gone back to."""
    world = World()
    seen = {world.state(): world.dump()}
    for key, value in changes:
        before = world.state()
        world.begin()
        line, cell = world.at(Line, key), world.at(Cell, key)
        if value < 0 and cell.exists:
            world.drop(cell)
            world.drop(line)
        elif value >= 0 and cell.exists:
            cell.value = value
        elif value >= 0:
            world.new(Line, key)
            world.new(Cell, key, value=value)
        delta = world.commit()
        after = world.state()
        assert world.successor(before, delta) == after
        assert (before == after) == (delta == ())
        assert seen.setdefault(after, world.dump()) == world.dump()
    assert len(set(seen.values())) == len(seen)
    for state, dump in seen.items():
        world.restore(state)
        assert world.dump() == dump
