"""A call that was stopped goes on as if it had never been."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from irqlab.errors import ModelError
from irqlab.state import End, Record, Tape, World, atomic, kernel

Log = tuple[tuple[Any, ...], ...]


class Cell(Record):
    """One number."""

    value: int = 0


class Item(Record, counted=True):
    """Something that comes and goes."""

    value: int = 0


class Kept(Record, machinery=True):
    """The log of the one context."""

    log: tuple[Any, ...] = ()


#: Read by functions that break the rules on purpose.
OUTSIDE = {"count": 0}


@pytest.fixture
def world() -> World:
    world = World()
    world.new(Cell, "a", value=1)
    world.new(Cell, "b", value=2)
    world.commit()
    world.may_stop = lambda kind: True
    return world


def a(world: World) -> Cell:
    return world.at(Cell, "a")


def b(world: World) -> Cell:
    return world.at(Cell, "b")


def step(world: World, entry: Callable[..., Any], args: tuple[Any, ...] = (), log: Log = ()) -> Tape:
    """One segment, committed."""
    world.begin()
    tape = world.step("test", entry, (a(world), *args), log)
    world.commit()
    return tape


def finish(world: World, entry: Callable[..., Any], *args: Any) -> list[Tape]:
    """Every segment of a call until it is done."""
    tapes = [step(world, entry, args)]
    while tapes[-1].end is End.POINT:
        tapes.append(step(world, entry, args, tapes[-1].stored()))
    return tapes


# -- points ----------------------------------------------------------------------------------------------------


@kernel
def add(cell: Cell, number: int) -> int:
    """Reads, stops, writes; what it read is what was there before the stop."""
    before = cell.value
    cell.world.tape.point("in add")
    cell.value = before + number
    return before


@kernel
def add_twice(cell: Cell) -> int:
    first = add(cell, 10)
    cell.world.tape.point("between")
    return first + add(cell, 100)


def test_a_call_stops_at_a_point_and_nothing_after_it_has_happened(world: World) -> None:
    tape = step(world, add, (5,))
    assert (tape.end, tape.why, tape.stored()) == (End.POINT, "in add", ((1,),))
    assert a(world).value == 1


def test_a_stopped_call_goes_on_with_what_it_had_read(world: World) -> None:
    tape = step(world, add, (5,))
    a(world).value = 50
    tape = step(world, add, (5,), tape.stored())
    assert (tape.end, tape.value, a(world).value) == (End.DONE, 1, 6)


def test_a_call_that_ended_leaves_only_its_result(world: World) -> None:
    tapes = finish(world, add_twice)
    assert [tape.stored() for tape in tapes] == [((), (1,)), ((1,),), ((1, "·"), (11,)), ()]
    assert [tape.why for tape in tapes] == ["in add", "between", "in add", ""]
    assert (tapes[-1].value, a(world).value) == (12, 111)


def test_open_calls_are_named_outermost_first(world: World) -> None:
    tapes = finish(world, add_twice)
    assert [tape.calls for tape in tapes] == [["add_twice", "add"], ["add_twice"], ["add_twice", "add"], []]


def test_a_point_where_the_world_may_not_act_is_passed(world: World) -> None:
    world.may_stop = lambda kind: kind == "between"
    tapes = finish(world, add_twice)
    assert [tape.stored() for tape in tapes] == [((1,),), ()]
    assert a(world).value == 111


def test_the_same_log_is_the_same_continuation_as_often_as_one_asks(world: World) -> None:
    log = step(world, add, (5,)).stored()
    before = world.state()
    step(world, add, (5,), log)
    after = world.state()
    world.restore(before)
    step(world, add, (5,), log)
    assert world.state() == after


def test_outside_a_context_nothing_stops_and_nothing_is_kept(world: World) -> None:
    assert add_twice(a(world)) == 12
    assert (world.idle.frames, world.idle.log) == ([], None)


def test_writes_signals_creations_and_deletions_are_not_done_again(world: World) -> None:
    @kernel
    def busy(cell: Cell) -> int:
        world = cell.world
        item = world.new(Item, 4, value=cell.value)
        cell.value += 1
        world.signal("warning", number=cell.value)
        kept = item.value
        world.drop(item)
        world.tape.point("here")
        return kept + world.lowest_free(Item)

    first = step(world, busy)
    assert (a(world).value, world.signals) == (2, [("warning", (("number", 2),))])
    second = step(world, busy, (), first.stored())
    assert (second.value, a(world).value, world.signals, world.keys(Item)) == (1, 2, [], ())


# -- waiting and choosing --------------------------------------------------------------------------------------


@kernel
def wait_for_b(cell: Cell) -> int:
    other = b(cell.world)
    cell.value = 7
    cell.world.tape.wait(lambda: other.value == 0, "b is zero")
    cell.value = 8
    return cell.value


def test_a_wait_stops_until_its_condition_holds(world: World) -> None:
    heard: list[str] = []
    world.before_wait = heard.append
    waits = step(world, wait_for_b)
    assert (waits.end, waits.why, waits.stored(), heard) == (End.WAIT, "b is zero", ((),), ["b is zero"])
    blocked = step(world, wait_for_b, (), waits.stored())
    assert (blocked.end, blocked.stored(), a(world).value) == (End.BLOCKED, waits.stored(), 7)
    b(world).value = 0
    done = step(world, wait_for_b, (), waits.stored())
    assert (done.end, done.value, a(world).value, heard) == (End.DONE, 8, 8, ["b is zero"])


def test_a_blocked_attempt_has_looked_at_its_condition_only(world: World) -> None:
    log = step(world, wait_for_b).stored()
    step(world, wait_for_b, (), log)
    assert list(world.reads) == [b(world).slot]


def test_a_wait_whose_condition_holds_does_not_stop(world: World) -> None:
    b(world).value = 0
    assert step(world, wait_for_b).end is End.DONE


def test_what_a_condition_reads_is_not_kept(world: World) -> None:
    @kernel
    def is_zero(cell: Cell) -> bool:
        return cell.value == 0

    @kernel
    def patient(cell: Cell) -> None:
        other = b(cell.world)
        cell.world.tape.wait(lambda: is_zero(other), "b is zero")
        cell.world.tape.point("after")

    b(world).value = 0
    first = step(world, patient)
    assert first.stored() == (("·",),)
    assert step(world, patient, (), first.stored()).end is End.DONE


def test_waiting_outside_a_context_is_an_error(world: World) -> None:
    with pytest.raises(ModelError, match="waiting for b is zero outside a context"):
        wait_for_b(a(world))


def test_a_choice_is_made_by_the_script_and_kept(world: World) -> None:
    @kernel
    def gamble(cell: Cell) -> int:
        cell.value = cell.world.tape.choose(3, "how it ends")
        cell.world.tape.point("after")
        return cell.value

    world.begin((2,))
    tape = world.step("test", gamble, (a(world),), ())
    world.commit()
    assert (world.choices, tape.stored(), a(world).value) == ([(3, 2, 0)], ((2,),), 2)
    tape = step(world, gamble, (), tape.stored())
    assert (tape.value, world.choices) == (2, [])


def test_a_choice_past_the_script_is_the_usual_one(world: World) -> None:
    world.begin()
    assert (world.tape.choose(2, "fails"), world.choices) == (0, [(2, 0, 0)])


# -- atomic ----------------------------------------------------------------------------------------------------


@atomic
def total(cell: Cell) -> int:
    """Reads two Records and writes one."""
    cell.value += b(cell.world).value
    return cell.value


def test_an_atomic_function_leaves_one_entry(world: World) -> None:
    @kernel
    def outer(cell: Cell) -> int:
        first = total(cell)
        cell.world.tape.point("here")
        return first

    tape = step(world, outer)
    assert tape.stored() == ((3,),)
    assert (step(world, outer, (), tape.stored()).value, a(world).value) == (3, 3)


def test_a_traced_call_inside_an_atomic_one_is_part_of_it(world: World) -> None:
    @kernel
    def double(cell: Cell) -> int:
        cell.value *= 2
        return cell.value

    @atomic
    def both(cell: Cell) -> int:
        return double(cell) + double(cell) + b(cell.world).value

    @kernel
    def outer(cell: Cell) -> int:
        first = both(cell)
        cell.world.tape.point("here")
        return first

    tape = step(world, outer)
    assert tape.stored() == ((8,),)
    assert (step(world, outer, (), tape.stored()).value, a(world).value) == (8, 4)


def test_a_point_inside_an_atomic_function_is_an_error(world: World) -> None:
    @atomic
    def torn(cell: Cell) -> None:
        cell.world.tape.point("inside")

    @kernel
    def outer(cell: Cell) -> None:
        torn(cell)

    with pytest.raises(ModelError, match="schedule point 'inside' inside an atomic function"):
        step(world, outer)


def test_a_point_in_a_traced_call_inside_an_atomic_function_is_an_error(world: World) -> None:
    @atomic
    def torn(cell: Cell) -> int:
        return add(cell, 1)

    @kernel
    def outer(cell: Cell) -> int:
        return torn(cell)

    with pytest.raises(ModelError, match="schedule point 'in add' inside an atomic function"):
        step(world, outer)


def test_waiting_inside_an_atomic_function_is_an_error(world: World) -> None:
    @atomic
    def torn(cell: Cell) -> None:
        cell.world.tape.wait(lambda: False, "never")

    @kernel
    def outer(cell: Cell) -> None:
        torn(cell)

    with pytest.raises(ModelError, match="waiting for never inside an atomic function"):
        step(world, outer)


# -- throwing the stack away -----------------------------------------------------------------------------------


@contextlib.contextmanager
def set_to(cell: Cell, inside: int, after: int) -> Iterator[None]:
    cell.value = inside
    try:
        yield
    finally:
        cell.value = after


class Guard:
    """A lock as kernel code writes it."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell

    def __enter__(self) -> None:
        self.cell.value = 20

    def __exit__(self, *exception: object) -> None:
        self.cell.value = 30


@kernel
def with_guard(cell: Cell) -> None:
    with Guard(cell):
        cell.world.tape.point("inside")


@kernel
def with_contextlib(cell: Cell) -> None:
    with set_to(cell, 20, 30):
        cell.world.tape.point("inside")


@kernel
def with_finally(cell: Cell) -> None:
    cell.value = 20
    try:
        cell.world.tape.point("inside")
    finally:
        cell.value = 30


@kernel
def with_except(cell: Cell) -> None:
    cell.value = 20
    with contextlib.suppress(BaseException):
        cell.world.tape.point("inside")
    cell.value = 30


@kernel
def with_bare_except(cell: Cell) -> None:
    cell.value = 20
    try:
        cell.world.tape.point("inside")
    except BaseException:
        cell.world.signal("warning")
        raise
    cell.value = 30


@pytest.mark.parametrize("function", [with_guard, with_contextlib, with_finally, with_except, with_bare_except])
def test_throwing_the_stack_away_has_no_effect(world: World, function: Callable[..., Any]) -> None:
    tape = step(world, function)
    assert (tape.end, a(world).value, world.signals) == (End.POINT, 20, [])
    tape = step(world, function, (), tape.stored())
    assert (tape.end, a(world).value, world.signals) == (End.DONE, 30, [])


def test_nothing_of_a_thrown_away_stack_can_read_create_delete_or_choose(world: World) -> None:
    refused: list[str] = []

    @kernel
    def stubborn(cell: Cell) -> None:
        world = cell.world
        try:
            world.tape.point("here")
        finally:
            attempts: list[tuple[str, Callable[[], object]]] = [
                ("read", lambda: cell.value),
                ("exists", lambda: cell.exists),
                ("new", lambda: world.new(Item, 0)),
                ("drop", lambda: world.drop(cell)),
                ("choose", lambda: world.tape.choose(2, "x")),
                ("point", lambda: world.tape.point("x")),
                ("wait", lambda: world.tape.wait(lambda: True, "x")),
                ("call", lambda: add(cell, 1)),
                ("atomic", lambda: total(cell)),
            ]
            for name, attempt in attempts:
                try:
                    attempt()
                except BaseException as thrown:
                    refused.append(f"{name} {type(thrown).__name__}")

    before = world.dump()
    assert step(world, stubborn).end is End.POINT
    names = ("read", "exists", "new", "drop", "choose", "point", "wait", "call", "atomic")
    assert refused == [f"{name} Unwind" for name in names]
    assert world.dump() == before


def test_a_call_that_swallows_the_end_ends_all_the_same(world: World) -> None:
    @kernel
    def swallows(cell: Cell) -> int:
        for _ in range(2):
            with contextlib.suppress(BaseException):
                cell.world.tape.point("inside")
        return 5

    @kernel
    def outer(cell: Cell) -> int:
        result = swallows(cell)
        cell.value = result
        return result

    tapes = finish(world, outer)
    assert [tape.stored() for tape in tapes] == [((), ()), ((), ("·",)), ()]
    assert a(world).value == 5


# -- rules of authors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", [kernel, atomic])
def test_a_generator_is_refused(mark: Callable[..., Any]) -> None:
    def numbers(cell: Cell) -> Iterator[int]:
        yield cell.value

    async def later(cell: Cell) -> int:
        return cell.value

    for function in (numbers, later):
        with pytest.raises(ModelError, match="is a generator: kernel functions are plain functions"):
            mark(function)


@pytest.mark.parametrize("mark", [kernel, atomic])
def test_a_result_that_could_change_is_refused(world: World, mark: Callable[..., Any]) -> None:
    @mark
    def items(cell: Cell) -> list[int]:
        return [cell.value]

    @kernel
    def outer(cell: Cell) -> int:
        return len(items(cell))

    with pytest.raises(ModelError, match=r"items\(\) returned \[1\]: traced functions return values or Records"):
        step(world, outer)


def test_a_traced_function_needs_a_world(world: World) -> None:
    with pytest.raises(ModelError, match="needs a Record or the kernel among its arguments"):
        add(1, 2)  # type: ignore[arg-type]


def test_an_exception_caught_across_a_traced_call_is_refused(world: World) -> None:
    @kernel
    def fails(cell: Cell) -> None:
        raise ValueError

    @kernel
    def catches(cell: Cell) -> int:
        try:
            fails(cell)
        except ValueError:
            return -22
        return 0

    with pytest.raises(ModelError, match=r"catches\(\) caught an exception of a function it called"):
        step(world, catches)


@kernel
def reads_as_often_as_outside_says(cell: Cell) -> None:
    for _ in range(OUTSIDE["count"]):
        _ = cell.value
    cell.world.tape.point("here")
    cell.world.tape.point("there")


@kernel
def calls_if_outside_says_so(cell: Cell) -> None:
    if OUTSIDE["count"]:
        add(cell, 1)
    cell.world.tape.point("here")


@pytest.mark.parametrize(
    ("function", "first", "second", "message"),
    [
        (reads_as_often_as_outside_says, 2, 3, "reads past its log"),
        (reads_as_often_as_outside_says, 2, 1, "comes to a schedule point too early"),
        (calls_if_outside_says_so, 1, 0, "reads past its log"),
        (calls_if_outside_says_so, 0, 1, "calls past its log"),
    ],
)
def test_code_that_looks_outside_the_world_is_caught(
    world: World, monkeypatch: pytest.MonkeyPatch, function: Callable[..., Any], first: int, second: int, message: str
) -> None:
    monkeypatch.setitem(OUTSIDE, "count", first)
    log = step(world, function).stored()
    monkeypatch.setitem(OUTSIDE, "count", second)
    with pytest.raises(ModelError, match=f"{message}.*: the code is not deterministic"):
        step(world, function, (), log)


def test_an_entry_that_ends_early_is_caught(world: World) -> None:
    log = step(world, add, (1,)).stored()

    @kernel
    def shorter(cell: Cell) -> int:
        return cell.value

    with pytest.raises(ModelError, match="returned while its log was being replayed"):
        step(world, shorter, (), log)


def test_an_error_leaves_the_world_outside_of_contexts(world: World) -> None:
    @kernel
    def breaks(cell: Cell) -> None:
        raise ValueError

    with pytest.raises(ValueError):
        step(world, breaks)
    assert world.tape is world.idle


# -- any program -----------------------------------------------------------------------------------------------

Program = tuple[Any, ...]
CELLS = 3


@kernel
def execute(cell: Cell, program: Program) -> int:
    """Runs a random program; what it returns depends on everything it saw."""
    return interpret(cell, program)


@atomic
def at_once(cell: Cell, program: Program) -> int:
    return interpret(cell, program)


def interpret(cell: Cell, program: Program) -> int:
    world, seen = cell.world, 0
    cells = [world.at(Cell, number) for number in range(CELLS)]
    for word, *rest in program:
        if word == "read":
            seen = seen * 31 + cells[rest[0]].value
        elif word == "write":
            cells[rest[0]].value = (seen + rest[1]) % 1009
        elif word == "point":
            world.tape.point("point")
        elif word == "wait":
            other = cells[rest[0]]
            world.tape.wait(lambda other=other: other.value >= 0, "a value")  # type: ignore[misc]
        elif word == "choose":
            seen = seen * 3 + world.tape.choose(2, "coin")
        elif word == "toggle":
            item = world.at(Item, rest[0])
            if item.exists:
                seen += item.value
                world.drop(item)
            else:
                world.new(Item, rest[0], value=seen % 1009)
        elif word == "list":
            seen = seen * 7 + sum(item.value for item in world.all(Item)) + world.lowest_free(Item)
        elif word == "signal":
            world.signal("seen", number=seen % 1009)
        elif word == "call":
            seen = seen * 5 + execute(cells[rest[0]], rest[1])
        elif word == "atomic":
            seen = seen * 5 + at_once(cells[rest[0]], rest[1])
        elif word == "if":
            seen += interpret(cell, rest[1] if cells[rest[0]].value % 2 else rest[2])
        elif word == "guard":
            with set_to(cells[rest[0]], seen % 1009, 3):
                seen += interpret(cell, rest[1])
    return seen % 100003


number = st.integers(0, CELLS - 1)
quiet = st.one_of(
    st.tuples(st.just("read"), number),
    st.tuples(st.just("write"), number, st.integers(0, 9)),
    st.tuples(st.just("choose")),
    st.tuples(st.just("toggle"), number),
    st.just(("list",)),
    st.just(("signal",)),
)


def programs(words: st.SearchStrategy[Any]) -> st.SearchStrategy[Program]:
    return st.lists(words, max_size=5).map(tuple)


def nested(words: st.SearchStrategy[Any], *calls: str) -> st.SearchStrategy[Any]:
    inner = programs(words)
    return st.one_of(
        words,
        st.tuples(st.sampled_from(calls), number, inner),
        st.tuples(st.just("if"), number, inner, inner),
        st.tuples(st.just("guard"), number, inner),
    )


unstopped = st.recursive(quiet, lambda words: nested(words, "call", "atomic"), max_leaves=6)
stoppable = st.recursive(
    st.one_of(
        quiet,
        st.just(("point",)),
        st.tuples(st.just("wait"), number),
        st.tuples(st.just("atomic"), number, programs(unstopped)),
    ),
    lambda words: nested(words, "call"),
    max_leaves=25,
)

Ending = tuple[Any, list[Any], list[int], Any]


def fresh() -> World:
    world = World()
    for index in range(CELLS):
        world.new(Cell, index, value=index)
    world.new(Kept)
    world.commit()
    return world


def straight(program: Program, script: tuple[int, ...]) -> Ending:
    """The result, the signals, the choices and the World after a run without stops."""
    world = fresh()
    world.begin(script)
    value = execute(world.at(Cell, 0), program)
    world.commit()
    return value, world.signals, [chosen for _, chosen, _ in world.choices], world.dump()


def stopped(program: Program, script: tuple[int, ...]) -> Ending:
    """The same of a run that is stopped at every point and each time restored from the stored state."""
    world = fresh()
    world.may_stop = lambda kind: True
    start, kept, signals, chosen = world.state(), world.at(Kept), [], []
    state = start
    while True:
        world.restore(start)
        world.restore(state)
        world.begin(script[len(chosen) :])
        tape = world.step(kept, execute, (world.at(Cell, 0), program), kept.log)
        kept.log = tape.stored()
        delta = world.commit()
        assert world.successor(state, delta) == world.state()
        signals += world.signals
        chosen += [made for _, made, _ in world.choices]
        state = world.state()
        if tape.end is End.DONE:
            return tape.value, signals, chosen, world.dump()
        assert tape.end is End.POINT


@settings(max_examples=300, deadline=None)
@given(programs(stoppable), st.lists(st.integers(0, 1), max_size=6).map(tuple))
@example((("call", 1, (("guard", 0, (("point",), ("call", 2, (("read", 1), ("point",))))), ("read", 0))),), ())
@example((("atomic", 0, (("call", 1, (("read", 1),)), ("read", 2))), ("point",), ("write", 0, 1)), ())
def test_a_call_stopped_at_every_point_ends_like_one_that_never_was(program: Program, script: tuple[int, ...]) -> None:
    assert stopped(program, script) == straight(program, script)
