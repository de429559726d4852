"""The report: the verdict first, nothing hidden, nothing wider than a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from irqlab.explore.check import Checked
from irqlab.explore.origin import Linked, Origin
from irqlab.explore.scope import SCOPES
from irqlab.kernel.kernel import Config
from irqlab.report.lines import WIDTH, Line, plain, wrap
from irqlab.report.text import command, prose, report

Make = Callable[..., Checked]


def text(checked: Checked, file: str = "") -> str:
    return plain(report(checked, file))


def test_the_first_line_is_the_verdict(unlinked: Checked, kept: Checked, make: Make):
    cut = make("irqsteer@6.11", "6.12", states=100, scope=SCOPES["small"].but(crash=(), raises=False))
    assert text(unlinked).startswith(
        f"BROKEN  {len(unlinked.broken)} promises broken in irqsteer@unlinked-2020 on Linux 6.1, arm64"
    )
    assert text(kept).startswith("KEPT  no promise broken in irqsteer@6.11 on Linux 6.12, arm64, board irqsteer, scope small")
    assert text(cut).startswith("NOT DECIDED  no promise seen broken in irqsteer@6.11 on Linux 6.12")
    assert "\n  stopped: --max-states 100 reached after " in text(cut)


def test_it_says_what_was_exhausted(unlinked: Checked):
    run = unlinked.runs[0]
    assert f"\n  exhausted: {run.states} states, {run.successors} successors, depth {run.depth}\n" in text(unlinked)


def test_a_clean_verdict_is_never_bare(kept: Checked):
    said = " ".join(text(kept).split())
    assert "not looked at: calls disable_irq(), enable_irq(), synchronize_irq(); more than 1 call of user space" in said
    assert "system sleep; unbind and bind; another user of a shared clock; orderly kexec; the successor kernel" in said


def test_what_is_broken_does_not_hide_what_was_not_looked_at(unlinked: Checked):
    assert "\nNot looked at\n  - calls disable_irq(), enable_irq(), synchronize_irq()\n" in text(unlinked)


def test_kernel_claim_switches_config_and_names_are_told(unlinked: Checked):
    said = text(unlinked)
    assert "\n  kernel    6.1: claimed whole, read as 6.1.170 and 6.1.192\n" in said
    assert "\n  switches  chained-pm-reference, domain-pm-device, kexec-clear-active\n" in said
    assert "\n  config    arm64, CONFIG_PM=y, fw_devlink=on\n" in said
    assert "irqsteer = interrupt-controller@32e2d000" in said
    assert "irq 2 = irqsteer hwirq 8, from a" in said


def test_spurious_detection_is_told_where_it_is_on(unlinked: Checked):
    setup = replace(unlinked.setup, config=Config(spurious=3, irqfixup=2))
    said = text(replace(unlinked, setup=setup))
    assert ", fw_devlink=on, stuck after 3 unhandled interrupts, irqpoll\n" in said
    assert "--spurious 3 --irqfixup 2" in command(setup)


def test_each_finding_says_rule_place_blame_crash_and_commands(unlinked: Checked):
    said = text(unlinked, "out.json")
    number = next(n for n, told in enumerate(unlinked.told, 1) if told.finding.crash == "sysrq")
    assert f"\n{number}. dead-register-access in imx_irqsteer_irq_mask\n" in said
    assert "\n  needs a crash: sysrq (where another task may run: sysrq, or a BUG() there)\n" in said
    assert f"\n  repeat    irqlab replay out.json --finding {number}\n" in said
    assert said.count("\n  made by ") == len(unlinked.told)


def test_nothing_is_wider_than_a_page(unlinked: Checked, kept: Checked, storming: Checked):
    for checked in (unlinked, kept, storming):
        assert max(map(len, text(checked).splitlines())) <= WIDTH


def test_unknown_is_counted_and_located(kept: Checked):
    checked = replace(kept, unknown=(("register at offset 0x44 of irqsteer was never described; it reads as 0", 2),))
    said = text(checked)
    assert said.startswith("NOT DECIDED")
    assert "\nNot modelled, and reached\n  - register at offset 0x44 of irqsteer was never described" in said
    assert "it reads as 0 (seen in 2 ways)\n" in said


def test_a_finding_says_under_which_gated_output_it_was_seen(unlinked: Checked):
    told = replace(unlinked.broken[0], under=("held", "follows"))
    said = " ".join(text(replace(unlinked, broken=(told,), notes=())).split())
    assert (
        "only if a controller with its clock stopped drives the level it had (held) or what its inputs say (follows); "
        "the board does not say"
    ) in said


def test_the_command_makes_the_same_check(unlinked: Checked, storming: Checked):
    assert command(unlinked.setup) == (
        "irqlab check irqsteer@unlinked-2020 --kernel 6.1 --board irqsteer --scope small --output-when-gated low"
    )
    setup = replace(storming.setup, release=storming.setup.release.with_("kexec-skip-masked").without("kexec-clear-active"))
    assert command(setup) == (
        "irqlab check irqsteer@mainline-2020 --kernel 6.1 --with kexec-skip-masked --without kexec-clear-active "
        "--board irqsteer --scope small --set consumers=a:never-quiet --set crash= --output-when-gated low"
    )


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("call > free > free_irq > __free_irq > _detach > irq_shutdown", "free_irq > __free_irq > irq_shutdown"),
        ("rpm_callback > rpm_run_callback > x", "rpm_callback > __rpm_callback > x"),
        ("machine_kexec_mask_interrupts > _mask_one > readl", "machine_kexec_mask_interrupts > readl"),
    ],
)
def test_chains_in_a_rules_text_have_the_kernels_names(said: str, meant: str):
    assert prose(f"Reached through {said}.") == f"Reached through {meant}."


def test_wrapped_lines_are_indented_like_the_first():
    lines = wrap("word " * 30, first="  key  ")
    assert lines[0].text.startswith("  key  word") and lines[1].text.startswith("       word")


ORIGIN = Origin(
    Linked("drivers/irqchip/irq-imx-irqsteer.o", "1" * 64),
    "arm",
    "drivers/irqchip/irq-imx-irqsteer.c",
    "6.1.192",
    "2" * 64,
    (Linked("lib/bsearch.o", "3" * 64),),
    "irq-imx-irqsteer.c",
    "linux",
)


def compiled(checked: Checked, origin: Origin, **more: Any) -> Checked:
    """The same result, as if the driver had been compiled."""
    return replace(checked, setup=replace(checked.setup, origin=origin, **more))


def test_a_compiled_driver_says_where_it_and_its_board_come_from(unlinked: Checked):
    said = text(compiled(unlinked, ORIGIN, board_file="arch/arm/boot/dts/x.dts", dts="/dts-v1/;"))
    assert said.startswith(f"BROKEN  {len(unlinked.broken)} promises broken in drivers/irqchip/irq-imx-irqsteer.c on Linux 6.1")
    words = " ".join(said.split())
    assert (
        "driver drivers/irqchip/irq-imx-irqsteer.o of Linux 6.1.192, compiled for arm (sha256 111111111111, config 222222222222) "
        "linked lib/bsearch.o (sha256 333333333333) board arch/arm/boot/dts/x.dts kernel 6.1"
    ) in words
    assert "\n  board     irqsteer, of irqlab's own\n" in text(compiled(unlinked, ORIGIN))


def test_what_was_assumed_beside_the_board_is_told(unlinked: Checked):
    said = text(compiled(unlinked, ORIGIN, notes=("Linux 6.6.1 is run as 6.1",)))
    assert "\nAssumed, because nothing says otherwise\n  - Linux 6.6.1 is run as 6.1\n" in said


def test_the_commands_of_a_compiled_driver_name_what_the_user_gave(unlinked: Checked):
    source = compiled(unlinked, ORIGIN)
    assert command(replace(source.setup, config=Config(arch="arm"))) == (
        "irqlab check irq-imx-irqsteer.c --tree linux --kernel 6.1 --arch arm "
        "--board irqsteer --scope small --output-when-gated low"
    )
    assert "repeat    irqlab replay f.json --finding 1 --tree linux\n" in text(source, "f.json")
    known = compiled(unlinked, replace(ORIGIN, target="my irq.o", tree=""))
    assert command(replace(known.setup, config=Config(arch="arm"))).startswith("irqlab check 'my irq.o' --kernel 6.1 --board")
    assert "repeat    irqlab replay f.json --finding 1 --object 'my irq.o'\n" in text(known, "f.json")


def test_what_stands_beside_a_line_is_in_a_column_where_there_is_room():
    lines = [
        Line("short", aside="irq-x.c:1"),
        *wrap("word " * 30, first="  ", aside="irq-x.c:2"),
        Line("x" * 90, aside="irq-x.c:3"),
    ]
    assert plain(lines).splitlines() == [
        f"{'short':<80}irq-x.c:1",
        "  " + " ".join(["word"] * 19),
        f"{'  ' + ' '.join(['word'] * 11):<80}irq-x.c:2",
        "x" * 90 + "  irq-x.c:3",
    ]
