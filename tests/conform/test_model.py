"""The Python kernel's side of conform alone: what a step does, and that it does it again."""

from __future__ import annotations

from irqlab.conform.model import ModelSide
from irqlab.conform.orders import order
from irqlab.conform.script import HELD
from irqlab.conform.step import Line, Seen, Setup, Step
from irqlab.kernel.release import release

LEVEL = Line(("irq_mask", "irq_unmask"), "handle_level_irq")


def side(*lines: Line, power: int = -1) -> ModelSide:
    made = ModelSide(release("6.12"))
    made.world.begin()
    made.boot(Setup(lines, power))
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
