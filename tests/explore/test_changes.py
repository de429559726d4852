"""What a step changes is told per Record, and what stood before it."""

from __future__ import annotations

from irqlab.board import load
from irqlab.drivers import controller
from irqlab.explore.changes import INPUT, Change, Look, changes, rows
from irqlab.explore.graph import Step
from irqlab.explore.linux import LinuxModel
from irqlab.explore.scope import SCOPES
from irqlab.explore.trace import Trace, retrace, run
from irqlab.kernel.release import release

IRQSTEER = "interrupt-controller@32e2d000"

#: The controller is suspended behind the back of a line that is being requested.
REQUEST = [Step("task a: request"), Step("task a goes on"), Step("task a goes on")]
SUSPENDS = [*REQUEST, Step(f"kworker {IRQSTEER} runs"), *[Step(f"kworker {IRQSTEER} goes on")] * 5]


def model() -> LinuxModel:
    return LinuxModel(controller("irqsteer@unlinked-2020"), release("6.1"), load("irqsteer"), SCOPES["small"])


def change(trace: Trace, step: int, kind: str, *key: int | str) -> Change:
    [found] = [one for one in trace.steps[step - 1].changes if (one.kind, one.key) == (kind, key)]
    return found


def test_a_step_tells_the_fields_that_differ_and_no_others():
    trace = retrace(model(), SUSPENDS)
    assert change(trace, 2, "RpmState", IRQSTEER) == Change(
        "RpmState",
        (IRQSTEER,),
        (("status", "active"), ("request", 3), ("request_pending", True), ("queued", True)),
        (("status", "suspending"), ("request", 0), ("request_pending", False), ("queued", False)),
    )


def test_a_record_that_comes_is_told_whole():
    came = change(retrace(model(), REQUEST), 1, "HeldLock", "desc 2 request_mutex")
    assert came == Change("HeldLock", ("desc 2 request_mutex",), None, (("owner", "task a"), ("where", "")))


def test_of_a_context_only_what_a_reader_asks_for_is_told():
    came = change(retrace(model(), REQUEST), 1, "Context", "task a")
    assert came.was is None and came.now is not None
    assert [name for name, _ in came.now] == ["waits_for", "irqs_off", "preempt_count", "hardirq"]


def test_segments_in_a_row_are_one_step_with_the_changes_of_all():
    made = model()
    before = Look.at(made)
    [step] = retrace(made, REQUEST).steps
    assert len(step.raw) == 3 and step.changes == changes(made, before, Look.at(made))


def test_the_changes_lead_from_the_first_state_to_the_last():
    made = model()
    trace = retrace(made, [*SUSPENDS, Step("crash (sysrq)")])
    state = {(row.kind, row.key): dict(row.fields) for row in trace.first}
    for step in trace.steps:
        for one in step.changes:
            if one.now is None:
                assert state.pop((one.kind, one.key)) == dict(one.was or ())
                continue
            known = state.setdefault((one.kind, one.key), {})
            assert {name: known[name] for name, _ in one.was or ()} == dict(one.was or ())
            known.update(one.now)
    assert state == {(row.kind, row.key): dict(row.fields) for row in rows(made, Look.at(made))}


def test_the_level_at_an_input_is_told_though_no_record_holds_it():
    made = model()
    before = Look.at(made)
    made.k.machine.blocks["a"].store(made.k.machine.blocks["a"].offset("CONTROL"), 1)
    made.world.commit()
    run(made, Step("device a raises its line"), "here")
    found = changes(made, before, Look.at(made))
    assert Change(INPUT, (IRQSTEER, 8), (("level", False),), (("level", True),)) in found


def test_nothing_changes_where_nothing_happens():
    made = model()
    assert changes(made, Look.at(made), Look.at(made)) == ()
