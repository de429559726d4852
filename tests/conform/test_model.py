"""The Python kernel's side of conform alone: what a step does, and that it does it again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from irqlab.conform.model import ModelSide
from irqlab.conform.orders import order
from irqlab.conform.script import HELD
from irqlab.conform.step import CUT, Line, Seen, Setup, Step
from irqlab.kernel.release import release

LEVEL = Line(("irq_mask", "irq_unmask"), "handle_level_irq")


def side(*lines: Line, power: int = -1, **around: Any) -> ModelSide:
    made = ModelSide(release("6.12"))
    made.world.begin()
    made.boot(Setup(lines, power, **around))
    made.world.commit()
    return made


def request(user: int = 1, thread: int = 0, flags: int = 0) -> Step:
    return Step("task", ("request", (1, 1, thread, flags, user)))


def told(seen: Seen, what: str) -> str:
    return dict(seen.facts)[what]


def test_an_interrupt_of_a_requested_line_masks_handles_and_unmasks() -> None:
    core = side(LEVEL)
    assert told(core.run(request()), "returns") == "0"
    seen = core.run(Step("hardirq", ("interrupt", (1,))))
    assert told(seen, "calls") == "irq_mask(0,0) handler(1,1) irq_unmask(0,0)"


def test_a_handler_does_what_the_step_wants() -> None:
    core = side(LEVEL)
    core.run(request())
    step = Step("hardirq", ("interrupt", (1,)), handlers=(((("disable_nosync", (1,)),), 1, False),))
    seen = core.run(step)
    assert told(seen, "calls") == "irq_mask(0,0) handler(1,1)"  # disabled by its handler, so not unmasked
    assert "depth=1" in told(seen, "irq 1")


def test_free_irq_waits_for_a_thread_that_sleeps_and_goes_on_when_it_is_woken() -> None:
    core = side(LEVEL)
    core.run(request(thread=1, flags=0x2000))
    core.run(Step("hardirq", ("interrupt", (1,)), handlers=(((), 2, False),)))
    core.run(Step("machine", ("thread", (1, 1)), handlers=(((), 1, True),)))
    seen = core.run(Step("task", ("free", (1, 1))))
    assert (told(seen, "returns"), told(seen, "waiting")) == ("waits", "task 0")
    seen = core.run(Step("machine", ("wake", (1, 1))))
    assert (told(seen, "returns"), told(seen, "waiting")) == ("woke, task 0: 0", "")


def test_a_user_requests_a_line_only_once() -> None:
    core = side(LEVEL)
    core.run(request())
    assert told(core.run(request()), "returns") == str(HELD)


def test_a_line_behind_a_device_that_does_not_resume_is_not_requested() -> None:
    core = side(LEVEL, power=1)
    for number in (0, 1):
        core.run(Step("task", ("pm", (number, 13))))
    step = Step("task", ("request", (1, 1, 0, 0, 1)), answers=(("runtime_resume", 1, -5),))
    seen = core.run(step)
    assert (told(seen, "returns"), told(seen, "calls")) == ("-5", "runtime_resume(0,0) runtime_resume(1,0)")


def test_a_managed_line_is_shut_down_when_its_cpu_goes_and_starts_when_it_comes() -> None:
    core = side(replace(LEVEL, callbacks=(*LEVEL.callbacks, "irq_set_affinity"), affinity=((0b10, True),)), cpus=2)
    assert told(core.run(request()), "calls") == "activate(0,0) irq_set_affinity(0,4) irq_unmask(0,0)"
    assert told(core.run(Step("task", ("offline", (1,)))), "calls") == "irq_mask(0,0) deactivate(0,0)"
    assert told(core.run(Step("task", ("offline", (1,)))), "returns") == "1"
    assert "irq_unmask(0,0)" in told(core.run(Step("task", ("online", (1,)))), "calls")


def test_a_chip_above_another_passes_on_what_it_is_to() -> None:
    line = Line(("irq_mask", "irq_unmask"), "handle_level_irq", below=("irq_mask", "irq_unmask"), passes=("irq_mask",))
    core = side(line, hierarchy=True)
    assert told(core.seen(""), "line 0") == "irq=1/1 affinity=0x1/0x0 hint=None levels=0 0 data=0"
    assert told(core.run(request()), "calls") == "parent activate(0,0) activate(0,0) irq_unmask(0,0)"
    assert told(core.run(Step("task", ("disable", (1,)))), "calls") == ""
    seen = core.run(Step("hardirq", ("interrupt", (1,))))
    assert told(seen, "calls") == "irq_mask(0,0) parent irq_mask(0,0)"


def test_a_line_may_be_cut_off_the_domain_below() -> None:
    core = side(Line(("irq_mask", "irq_unmask"), "handle_level_irq"), hierarchy=True, absent=(0,))
    seen = core.run(Step("task", ("map", (0, 0, 0)), answers=(("parent alloc", 0, CUT),)))
    assert (told(seen, "returns"), told(seen, "line 0")) == ("1", "irq=1/0 affinity=0x1/0x0 hint=None levels=0 data=0")


def test_a_line_that_somebody_has_is_not_disposed_of() -> None:
    core = side(LEVEL, LEVEL)
    core.run(request())
    assert told(core.run(Step("task", ("dispose", (1,)))), "returns") == str(HELD)
    seen = core.run(Step("task", ("dispose", (2,))))
    assert (told(seen, "returns"), told(seen, "calls")) == ("0", "unmap(1,0)")
    assert told(seen, "line 1") == "irq=0/0 affinity=0x0/0x0 hint=None levels= data=0"


def test_the_same_order_is_seen_in_the_same_way() -> None:
    def go(number: int) -> list[Seen]:
        one = order(3, number)
        core = ModelSide(release("6.12"))
        core.world.begin()
        core.boot(one.setup)
        core.world.commit()
        return [core.run(step) for step in one.steps if not core.stuck]

    for number in range(5):
        assert go(number) == go(number)
