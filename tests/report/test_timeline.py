"""A timeline says what becomes of each lane at each step, and who did it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from irqlab.explore.check import Checked, Told
from irqlab.explore.trace import Event, TraceStep
from irqlab.report.lanes import FIELDS, GROUPS, SUBJECTS
from irqlab.report.timeline import Cell, Lane, Moment, Timeline, timeline
from irqlab.report.words import RENDERERS


def found(checked: Checked, *words: str) -> Told:
    """The finding whose cause has all these words."""
    [told] = [told for told in checked.told if {*words} <= {*told.breach.cause, told.breach.place}]
    return told


@pytest.fixture(scope="module")
def crashed(unlinked: Checked) -> Told:
    """The mask loop touches a requested line of a chip that is just being suspended."""
    return found(
        unlinked, "imx_irqsteer_irq_mask", "requested", "in the middle of a PM callback", "machine_kexec_mask_interrupts"
    )


def lane(made: Timeline, name: str) -> Lane:
    [only] = [lane for lane in made.lanes if lane.name == name]
    return only


def test_a_moment_is_a_step_of_the_trace(crashed: Told):
    assert timeline(crashed).moments == (
        Moment(1, "task a calls request_irq()", "task a"),
        Moment(2, "kworker irqsteer runs", "kworker irqsteer"),
        Moment(3, "the kernel crashes here (sysrq)", "panic", broken=True),
    )


def test_lanes_stand_in_their_groups(crashed: Told):
    made = timeline(crashed)
    positions = [GROUPS.index(lane.group) for lane in made.lanes]
    assert positions == sorted(positions)
    assert [lane.name for lane in made.lanes if lane.group == "What the core believes"] == [
        "irq 2 depth",
        "irq 2 DISABLED",
        "irq 2 MASKED",
        "irq 2 STARTED",
    ]


def test_a_context_runs_stands_and_is_gone(crashed: Told):
    made = timeline(crashed)
    assert [(cell.step, cell.text) for cell in lane(made, "task a").cells] == [(0, "runs"), (1, "stands"), (2, "")]
    assert lane(made, "kworker irqsteer").cells == (
        Cell(1, "runs", told=("kworker irqsteer stops after it has released clk enable_lock",)),
        Cell(2, ""),
    )
    assert [(cell.step, cell.text) for cell in lane(made, "panic").cells] == [(2, "runs")]


def test_what_the_core_believes_is_told_with_the_event_that_changed_it(crashed: Told):
    made = timeline(crashed)
    assert lane(made, "irq 2 MASKED") == Lane(
        "What the core believes",
        "irq 2 MASKED",
        "bit",
        Cell(-1, "1", True),
        (Cell(0, "0", False, ("irq 2: MASKED 1 -> 0",)),),
    )
    assert lane(made, "irq 2 depth").cells == (Cell(0, "0", False, ("irq 2: depth 1 -> 0",)),)


def test_a_change_that_no_event_tells_says_from_what_to_what(crashed: Told):
    assert lane(timeline(crashed), "irq 2 STARTED").cells == (Cell(0, "1", True, ("0 -> 1",)),)


def test_power_and_clocks_and_locks(crashed: Told):
    made = timeline(crashed)
    assert lane(made, "irqsteer status").first.text == "active"
    assert lane(made, "irqsteer status").cells == (Cell(1, "suspending", False, ("irqsteer active -> suspending",)),)
    assert lane(made, "irqsteer usage") == Lane("Runtime PM", "irqsteer usage", "value", Cell(-1, "0"))
    assert lane(made, "ipg clock").cells == (Cell(1, "stopped", False, ("clock ipg stops",)),)
    assert lane(made, "ipg enable count").cells == (Cell(1, "0", False, ("clk ipg enable 1 -> 0",)),)
    assert not [lane for lane in made.lanes if lane.name.startswith("osc24m")], "a clock without a gate"


def test_accesses_of_a_register_share_a_cell_and_the_bad_one_is_marked(crashed: Told):
    made = timeline(crashed)
    registers = [lane.name for lane in made.lanes if lane.group == "Registers accessed"]
    assert registers[:2] == ["irqsteer CHANMASK1", "irqsteer CHANMASK0"]
    first, second, last = lane(made, "irqsteer CHANMASK1").cells
    assert first == Cell(0, "R 0x0, W 0x100", told=("CHANMASK1 read 0x00000000", "CHANMASK1 write 0x00000100"))
    assert second == Cell(1, "R 0x100", told=("CHANMASK1 read 0x00000100",))
    assert (last.step, last.text, last.bad) == (2, "!! read", True)
    assert last.told == ("CHANMASK1 of irqsteer: read while clock ipg is stopped: synchronous external abort",)


def test_many_accesses_are_shortened_in_the_cell_and_told_in_full(crashed: Told):
    reads = tuple(Event(0, "read", facts=(("block", "b"), ("register", "R"), ("value", value))) for value in range(4))
    step = TraceStep(1, "task a goes on", "task a", (), reads)
    trace = replace(crashed.trace, steps=(step,))
    [cell] = lane(timeline(replace(crashed, trace=trace)), "b R").cells
    assert cell.text == "R 0x0, … R 0x3" and len(cell.told) == 4


def test_a_circle_goes_on_after_the_steps(storming: Checked):
    [told] = [told for told in storming.told if told.breach.rule == "interrupt-storm"]
    made = timeline(told)
    steps, circle = told.trace.steps, told.trace.circle
    assert circle and [one.circle for one in made.moments] == [False] * len(steps) + [True] * len(circle)
    assert [one.number for one in made.moments] == list(range(1, len(steps) + len(circle) + 1))
    assert lane(made, "a asserts").cells[0].text == "high"


def test_nothing_moves_in_a_finding_without_steps(small: Checked):
    told = replace(small.notes[0], trace=replace(small.notes[0].trace, steps=()))
    assert timeline(told) == Timeline((), ())


def test_the_table_of_lanes_names_what_there_is():
    """A field or an event that is renamed elsewhere would leave a lane that never moves."""
    from irqlab.drivers.consumer import Consumer  # every Record of the model is imported with it
    from irqlab.explore.linux import LinuxModel
    from irqlab.state import Record

    assert Consumer and LinuxModel
    known: dict[str, type[Record]] = {}
    waiting: list[type[Record]] = [Record]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        known[kind.kind()] = kind
    for kind, field in FIELDS:
        assert kind == "Input" or field in [one.name for one in known[kind].fields], (kind, field)
    assert {*SUBJECTS} <= {*RENDERERS}
