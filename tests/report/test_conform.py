"""What conform says: a difference side by side, or how much was compared."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from irqlab.conform.compare import Difference, Tally
from irqlab.conform.orders import Order
from irqlab.conform.step import Line, Seen, Setup, Step
from irqlab.report.conform import report
from irqlab.report.lines import plain

ORDER = Order(
    "seed 1, order 5",
    Setup((Line(("irq_mask", "irq_unmask"), "handle_level_irq", 0x40, 0x100),), 1),
    (
        Step("task", ("pm", (1, 13))),
        Step("task", ("request", (1, 1, 0, 0x2000, 2)), (("irq_set_type", 0, -22),)),
        Step("hardirq", ("interrupt", (1,)), handlers=(((("enable", (1,)),), 2, True),)),
    ),
)


def difference(hung: str = "") -> Difference:
    facts = (("irq 1", "depth=1", "depth=0"),)
    return Difference(ORDER, 2, facts, Seen(), Seen((("hung", hung),)))


def test_a_difference_is_told_with_its_order_and_both_sides() -> None:
    text = plain(report(difference(), Tally(83, 1, 1, Counter()), "6.12.117", "6.12"))
    assert text == (
        "The cores differ: after 83 steps in 1 orders on Linux 6.12.117 and on the kernel in Python (6.12)\n"
        "\n"
        "seed 1, order 5, made short\n"
        "  irq 1  handle_level_irq, irq_mask irq_unmask, IRQCHIP flags 0x40, settings 0x100\n"
        "  PM device of the lines: device 1\n"
        "   1  pm_runtime_enable(device 1)\n"
        "   2  request_threaded_irq(irq 1, handler, NULL, 0x2000, user 2); irq_set_type of 0 answers -22\n"
        "   3  interrupt(1) in a hard interrupt; handlers: enable(1), sleeps in a thread, returns\n"
        "      IRQ_WAKE_THREAD\n"
        "\n"
        "irq 1\n"
        "  model  depth=1\n"
        "  linux  depth=0\n"
    )


def test_what_is_around_the_lines_is_told_where_there_is_anything() -> None:
    line = Line(("irq_mask",), "handle_level_irq", below=("irq_mask", "irq_eoi"), below_flags=0x10, passes=("irq_mask",))
    line = replace(line, marks=("single_target",), affinity=((2, True),))
    order = replace(ORDER, setup=Setup((line,), cpus=2, hierarchy=True, inactive=3, absent=(0,)))
    text = plain(report(replace(difference(), order=order), Tally(83, 1), "6.12.117", "6.12"))
    assert (
        "  irq 1  handle_level_irq, irq_mask, single target, managed to 0x2, passes on irq_mask, below\n"
        "         irq_mask irq_eoi, flags below 0x10\n"
        "  PM device of the lines: none\n"
        "  2 CPUs\n"
        "  a domain below that of the lines\n"
        "  no activation of the lines' domain\n"
        "  no activation of the domain below\n"
        "  line 0 is not mapped\n"
    ) in text


def test_what_is_not_modelled_is_no_difference_and_no_success() -> None:
    found = difference("not modelled: kernfs_get(), reached in kobject_get()")
    lines = plain(report(found, Tally(3), "6.12.117", "6.12")).splitlines()
    assert lines[0] == "Not decided: the tree's core reached what irqlab does not model"
    assert lines[1] == "  not modelled: kernfs_get(), reached in kobject_get()"


def test_no_difference_says_how_often_each_operation_was_done() -> None:
    text = plain(report(None, Tally(10, 2, 2, Counter({"request": 4, "free": 3})), "6.1.192", "6.1"))
    assert text.startswith("No difference: 10 steps in 2 orders on Linux 6.1.192 and on the kernel in Python (6.1)\n")
    assert "operations: request 4, request_any 0, free 3, disable 0," in text
