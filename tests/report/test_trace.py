"""A trace is what a kernel developer would write down: real functions, beliefs, counts, registers by name."""

from __future__ import annotations

import re

import pytest

from irqlab.errors import FindingError
from irqlab.explore.check import Checked, Told
from irqlab.explore.graph import Step
from irqlab.explore.trace import BOOTS, BREAKS, CALL, CIRCLES, RESTS, Event, Trace, TraceStep, retrace
from irqlab.guest.types import Place
from irqlab.properties import Breach
from irqlab.report.lines import WIDTH, plain
from irqlab.report.trace import Layout, layout, trace_lines
from irqlab.report.tree import shaped, tree
from irqlab.report.words import Say


def text(checked: Checked, told: Told) -> str:
    """The trace without the number of segments, which is no fact of Linux."""
    return re.sub(r"  \(\d+ segments\)", "", plain(trace_lines(checked.setup, told)))


def only(checked: Checked, rule: str, *causes: str) -> Told:
    found = [told for told in checked.told if told.breach.rule == rule and set(causes) <= set(told.breach.cause)]
    return found[0]


def test_a_crash_with_the_chip_suspended_is_told_in_two_steps(unlinked: Checked):
    told = only(unlinked, "dead-register-access", "machine_kexec_mask_interrupts", "suspended", "unused")
    assert text(unlinked, told) == (
        """\
   1  kworker irqsteer runs
      pm_runtime_work > rpm_suspend: irqsteer active -> suspending
        rpm_callback > genpd_runtime_suspend(irqsteer)
          imx_irqsteer_suspend(irqsteer)
            imx_irqsteer_save_regs: CHANMASK0 read 0x00000000; CHANMASK1 read 0x00000000
            clk_disable_unprepare
              clk_disable: clk ipg enable 1 -> 0; clock ipg stops
              clk_unprepare: clk ipg prepare 1 -> 0
          genpd_power_off: power domain pd_mix off
        irqsteer suspending -> suspended
      … kworker irqsteer stops after it has released irqsteer power.lock
   2  the kernel crashes here (sysrq)
      crash_kexec > machine_crash_shutdown > machine_kexec_mask_interrupts
        irq_set_irqchip_state: GICv3: irq_set_irqchip_state(irq 1)
        GICv3: irq_mask(irq 1); GICD_ICENABLER1 write 0x00040000
        irq_set_irqchip_state = -EINVAL
        irqsteer: irq_mask(irq 2) > imx_irqsteer_irq_mask
!!        CHANMASK1 of irqsteer: read while power domain pd_mix is off: synchronous external abort
          the CPU is stuck: synchronous external abort at CHANMASK1, on the crash path
"""
    )


def test_request_irq_without_a_pm_device_says_so(unlinked: Checked):
    told = only(unlinked, "lost-interrupt")
    assert "irq_chip_pm_get: no PM device, nothing to take a reference on\n" in text(unlinked, told)


def test_where_the_kernel_rests_the_trace_says_so(unlinked: Checked):
    told = only(unlinked, "lost-interrupt")
    assert told.trace.ending == RESTS and told.trace.circle == ()
    assert text(unlinked, told).endswith("!!    and there it rests: nothing the kernel does by itself leads on\n")


def test_a_storm_is_a_way_in_and_a_circle(storming: Checked):
    told = only(storming, "interrupt-storm")
    assert told.trace.ending == CIRCLES
    lines = text(storming, told).splitlines()
    number = told.trace.circle[0].number
    assert "      and then for ever:" in lines
    assert lines[-1] == f"      and again from step {number}"
    assert number == len(told.trace.steps) + 1
    assert "            handle_irq_event: handler of a (irq 2) is called" in lines


def test_a_task_that_is_preempted_says_where_it_stands_and_goes_on_there(unlinked: Checked):
    told = only(unlinked, "dead-register-access", "free_irq", "suspended")
    said = text(unlinked, told)
    assert "      … task a stops before it takes desc 2 lock\n" in said
    assert "task a goes on, in free_irq > __free_irq\n" in said


def test_exactly_one_line_is_marked_as_what_breaks_the_promise(unlinked: Checked, storming: Checked):
    for checked in (unlinked, storming):
        for told in checked.told:
            marked = [line for line in text(checked, told).splitlines() if line.startswith("!!")]
            assert len(marked) == (0 if told.trace.ending == CIRCLES else 1)


def test_lines_are_not_wider_than_a_terminal(unlinked: Checked, storming: Checked):
    for checked in (unlinked, storming):
        for told in checked.told:
            assert max(map(len, text(checked, told).splitlines())) <= WIDTH


def test_irqlabs_own_plumbing_is_not_shown(unlinked: Checked):
    for told in unlinked.told:
        words = text(unlinked, told).replace(">", " ").replace(":", " ").split()
        assert not [word for word in words if word.startswith("_") and not word.startswith("__")]


def test_raw_steps_are_those_of_the_finding(unlinked: Checked):
    for told in unlinked.told:
        raw = tuple(step for group in told.trace.steps for step in group.raw)
        assert raw == told.finding.steps
        assert [group.number for group in told.trace.steps] == list(range(1, len(told.trace.steps) + 1))


def test_the_last_step_breaks_the_promise(unlinked: Checked):
    for told in unlinked.told:
        if told.trace.ending == BREAKS:
            events = told.trace.steps[-1].events
            assert [event.breach.key for event in events if event.breach is not None][-1:] == [told.breach.key]


def test_a_step_that_is_not_possible_is_refused(unlinked: Checked):
    model = unlinked.setup.model("low")
    with pytest.raises(FindingError, match=r"^step 1: 'task a goes on' is no action here: "):
        retrace(model, [Step("task a goes on")])
    with pytest.raises(FindingError, match=r"^step 2: 'task a: request' is not possible here: "):
        retrace(unlinked.setup.model("low"), [Step("task a: request"), Step("task a: request")])
    with pytest.raises(FindingError, match=r"^step 1: 'task a: request' has no choice \[1\]: "):
        retrace(unlinked.setup.model("low"), [Step("task a: request", (1,))])


def call(depth: int, name: str, module: str = "irqlab.kernel.irq.manage", **more: object) -> Event:
    return Event(depth, CALL, name, module, **more)  # type: ignore[arg-type]


def fact(level: int, kind: str, **facts: object) -> Event:
    return Event(level, kind, facts=tuple(facts.items()))


def test_events_form_a_tree_of_calls():
    nodes = tree([call(0, "a"), call(1, "b"), fact(2, "x"), fact(1, "y"), call(0, "c")])
    assert [node.event.name for node in nodes] == ["a", "c"]
    assert [part.event.kind for part in nodes[0].parts] == [CALL, "y"]
    assert nodes[0].parts[0].parts[0].event.kind == "x"


def test_plumbing_gives_way_to_what_happened_in_it():
    nodes = shaped([call(0, "free_irq"), call(1, "_detach"), call(2, "irq_shutdown"), fact(3, "depth", irq=2, depth=1)])
    assert [part.event.name for part in nodes[0].parts] == ["irq_shutdown"]


def test_a_reference_taken_and_given_back_in_a_row_is_left_out():
    up = fact(2, "rpm_usage", device="d", usage=1, was=0)
    down = fact(2, "rpm_usage", device="d", usage=0, was=1)
    assert (
        shaped([call(0, "pm_suspend"), call(1, "pm_runtime_barrier"), up, down, fact(1, "phase", phase="noirq")])[0]
        .parts[0]
        .event.kind
        == "phase"
    )


def test_references_of_two_devices_are_both_told():
    one = fact(1, "rpm_usage", device="d", usage=1, was=0)
    other = fact(1, "rpm_usage", device="e", usage=0, was=1)
    assert len(shaped([call(0, "pm_suspend"), one, other])[0].parts) == 2


def test_counts_of_clocks_without_a_gate_are_left_out():
    events = [call(0, "clk_enable"), fact(1, "clk_enable", clk="osc", count=1), fact(1, "clk_enable", clk="ipg", count=1)]
    assert [part.event["clk"] for part in shaped(events, frozenset({"osc"}))[0].parts] == ["ipg"]


def test_a_mask_that_does_nothing_is_shown_and_other_idle_calls_are_not():
    nodes = shaped([call(0, "handle_level_irq"), call(1, "irq_may_run"), call(1, "mask_irq")])
    assert [part.event.name for part in nodes[0].parts] == ["mask_irq"]


def test_calls_in_which_the_same_thing_happens_share_a_line():
    up = {"usage": 1, "was": 0}
    events = [call(0, "dpm_prepare")]
    for device in ("d", "e"):
        events += [call(1, "device_prepare"), fact(2, "rpm_usage", device=device, **up)]
    step = TraceStep(1, "task sleep goes on", "task sleep", (Step("x"),), tuple(events))
    assert plain(Layout(Say()).step(step)) == (
        "   1  task sleep goes on\n      dpm_prepare\n        device_prepare: d usage 0 -> 1; e usage 0 -> 1\n"
    )


def test_calls_in_which_nothing_happens_are_counted():
    events = (call(0, "handle_level_irq"), call(1, "mask_irq"), call(1, "mask_irq"))
    step = TraceStep(1, "hardirq 0 goes on", "hardirq 0", (Step("x"), Step("y")), events)
    assert plain(Layout(Say()).step(step)) == (
        "   1  hardirq 0 goes on  (2 segments)\n      handle_level_irq\n        mask_irq: nothing to do (2 times)\n"
    )


def test_an_error_is_told_once_in_a_chain():
    events = (
        call(0, "pm_runtime_get_sync", result=-13),
        call(1, "pm_runtime_resume_flags", result=-13),
        fact(2, "rpm_usage", device="d", usage=1, was=0),
    )
    step = TraceStep(1, "task a goes on", "task a", (Step("x"),), events)
    assert plain(Layout(Say()).step(step)).splitlines()[1] == (
        "      pm_runtime_get_sync = -EACCES > __pm_runtime_resume: d usage 0 -> 1"
    )


# -- compiled code ---------------------------------------------------------------------------------------------------

C = "drivers/irqchip/irq-x.c"
MODULE = "irqlab.guest:irq-x"
SAVE, SUSPEND, HEADER = (
    Place("x_save", C, 272),
    Place("x_suspend", C, 290),
    Place("__raw_readl", "arch/arm64/include/asm/io.h", 79),
)


def suspend() -> tuple[Event, ...]:
    """A compiled function reads two registers in one that was inlined, and stops a clock itself."""
    return (
        call(0, "rpm_callback", "irqlab.kernel.pm.rpm"),
        call(1, "x_suspend", MODULE),
        call(2, "readl", "irqlab.kernel.io", chain=(HEADER, SAVE, SUSPEND)),
        fact(3, "read", block="x", register="MASK0", value=0),
        call(2, "readl", "irqlab.kernel.io", chain=(HEADER, SAVE, SUSPEND)),
        fact(3, "read", block="x", register="MASK1", value=1),
        call(2, "clk_disable", "irqlab.kernel.clk", chain=(Place("x_suspend", C, 291),)),
        fact(3, "clock", name="ipg", on=False),
    )


def test_a_function_that_was_inlined_is_a_call_of_its_own():
    [outer] = shaped(suspend())
    [function] = outer.parts
    assert [part.event.name for part in function.parts] == ["x_save", "clk_disable"]
    assert [part.event["register"] for part in function.parts[0].parts] == ["MASK0", "MASK1"]


def test_two_calls_of_an_inlined_function_are_two():
    elsewhere = Place("x_suspend", C, 300)
    events = (
        call(0, "x_suspend", MODULE),
        fact(1, "printk", text="one"),
        call(1, "readl", "irqlab.kernel.io", chain=(SAVE, SUSPEND)),
        fact(2, "read", block="x", register="MASK0", value=0),
        call(1, "readl", "irqlab.kernel.io", chain=(SAVE, elsewhere)),
        fact(2, "read", block="x", register="MASK0", value=0),
    )
    [function] = shaped(events)
    assert [(part.event.name, part.caller) for part in function.parts[1:]] == [("x_save", SUSPEND), ("x_save", elsewhere)]


def test_what_compiled_code_does_has_its_line_beside_it():
    step = TraceStep(1, "kworker x runs", "kworker x", (Step("x"),), suspend(), "kworker x stops", (SUSPEND,))
    lines = list(Layout(Say()).step(step))
    assert [(line.text, line.aside) for line in lines] == [
        ("   1  kworker x runs", ""),
        ("      rpm_callback > x_suspend", ""),
        ("        x_save: MASK0 read 0x00000000; MASK1 read 0x00000001", "irq-x.c:272"),
        ("        clk_disable: clock ipg stops", "irq-x.c:291"),
        ("      … kworker x stops", "irq-x.c:290"),
    ]


def test_a_broken_promise_has_the_line_of_the_access():
    breach = Breach("dead-register-access", "x_suspend", (), "", "driver", "")
    told = {"register": "MASK0", "block": "x", "access": "read", "reason": "off", "bus": "hang"}
    events = (
        call(0, "x_suspend", MODULE, open=True),
        call(1, "readl", "irqlab.kernel.io", chain=(HEADER, SAVE, SUSPEND), open=True),
        Event(2, "dead-access", facts=tuple(told.items()), breach=breach),
    )
    step = TraceStep(1, "kworker x runs", "kworker x", (Step("x"),), events)
    *_, last = Layout(Say(), breach.key).step(step, broken=True)
    assert last.text.startswith("!!") and last.aside == "irq-x.c:272"


def test_a_compiled_function_is_shown_whatever_its_name():
    [node] = shaped((call(0, "_mask", MODULE),))
    assert node.event.name == "_mask"


def test_kernel_functions_that_compiled_code_did_not_call_itself_have_no_line():
    events = (
        call(0, "x_suspend", MODULE),
        call(1, "clk_disable_unprepare", "irqlab.kernel.clk", chain=(SUSPEND,)),
        call(2, "clk_disable", "irqlab.kernel.clk"),
        fact(3, "clock", name="ipg", on=False),
        call(2, "clk_unprepare", "irqlab.kernel.clk"),
        fact(3, "clk_unprepare", clk="ipg", count=0),
    )
    step = TraceStep(1, "kworker x runs", "kworker x", (Step("x"),), events)
    assert [line.aside for line in Layout(Say()).step(step)] == ["", "irq-x.c:290", "", ""]


def test_what_the_first_boot_breaks_is_said_to_be_of_the_boot():
    breach = Breach("warning", "x_probe", (), "", "driver", "")
    event = Event(0, "warning", facts=(("text", "no clock"),), breach=breach)
    said = plain(layout(Trace((), (), BOOTS, (event,), "0" * 64), breach.key))
    assert said == "      while the first kernel boots:\n!!    WARN: no clock\n"
