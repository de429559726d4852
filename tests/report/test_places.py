"""Which place in a source file a reader wants, and how it is written."""

from __future__ import annotations

from irqlab.guest.types import Place
from irqlab.report.places import beside, frames, own

DRIVER = "drivers/irqchip/irq-imx-irqsteer.c"
READL = Place("__raw_readl", "arch/arm64/include/asm/io.h", 79)
SAVE = Place("imx_irqsteer_save_regs", DRIVER, 272)
SUSPEND = Place("imx_irqsteer_suspend", DRIVER, 290)


def test_the_drivers_own_line_is_wanted_not_that_of_a_header():
    assert own((READL, SAVE, SUSPEND)) is SAVE
    assert own((READL,)) is READL
    assert own(()) is None


def test_a_function_the_compiler_put_into_another_is_a_call_of_it():
    assert frames((READL, SAVE, SUSPEND), "imx_irqsteer_suspend") == [("imx_irqsteer_save_regs", SUSPEND)]
    assert frames((READL, SUSPEND), "imx_irqsteer_suspend") == []
    assert frames((), "imx_irqsteer_suspend") == []


def test_the_compilers_copy_of_a_function_is_the_function():
    assert frames((SUSPEND,), "imx_irqsteer_suspend.isra.0") == []


def test_after_a_tail_call_the_function_that_was_called_is_shown():
    assert frames((SAVE,), "imx_irqsteer_suspend") == [("imx_irqsteer_save_regs", None)]


def test_recursion_is_shown_as_it_is():
    again = Place("imx_irqsteer_suspend", DRIVER, 300)
    assert frames((again, SUSPEND), "imx_irqsteer_suspend") == [("imx_irqsteer_suspend", SUSPEND)]


def test_places_of_one_file_share_its_name():
    assert beside([SAVE, SUSPEND, SAVE]) == "irq-imx-irqsteer.c:272,290"
    assert beside([SAVE, Place("irq_gc_mask_set_bit", "kernel/irq/generic-chip.c", 80)]) == (
        "irq-imx-irqsteer.c:272 generic-chip.c:80"
    )
    assert beside([]) == ""


def test_many_lines_are_cut():
    places = [Place("f", DRIVER, line) for line in range(1, 8)]
    assert beside(places) == "irq-imx-irqsteer.c:1,2,3,4,…"
