"""Masking everything before the next kernel (machine_kexec_mask_interrupts()).

6.1.192: arch/arm/kernel/machine_kexec.c and arch/arm64/kernel/machine_kexec.c; 6.12.117: kernel/irq/kexec.c with
CONFIG_GENERIC_IRQ_KEXEC_CLEAR_VM_FORWARD on arm64; since b4706d814921 (6.14; here "6.18") what is not started is skipped.

The other architectures: test_kexec_arch.py.  Left out: x86, interrupts forwarded to a guest.
"""

from __future__ import annotations

from itertools import product

import pytest
from irqrig import BUS, FRESH, LAZY, MASKED, RUNNING, chip, demux

from irqlab.kernel.context import start
from irqlab.kernel.irq import manage
from irqlab.kernel.irq.desc import irq_alloc_desc
from irqlab.kernel.irq.kexec import machine_kexec_mask_interrupts
from irqlab.kernel.irq.setup import irq_set_chained_handler_and_data
from irqlab.kernel.locking import HeldLock
from irqlab.kernel.pm.sleep import pm_wakeup_pending

CLEAR = "irq_set_irqchip_state active False"
#: Every version of the loop: release, switches added, architecture.
OLD = [("5.8", (), "arm"), ("6.1", (), "arm"), ("6.1", (), "arm64"), ("6.12", (), "arm"), ("6.12", (), "arm64")]
PROPOSED = [("5.8", ("kexec-skip-masked",), "arm64"), ("6.12", ("kexec-skip-masked",), "arm")]
NEW = [("6.18", (), "arm64"), ("6.18", (), "arm"), ("6.12", ("kexec-started-check",), "arm64")]


def boot(irqs, version):
    release, switches, arch = version
    rig = irqs(release, arch=arch)
    rig.k.release = rig.k.release.with_(*switches)
    return rig


def crash(rig):
    """The loop in the panic context; the journal since before."""
    rig.entries()
    context = start(rig.k, "panic", machine_kexec_mask_interrupts, (), panic=True)
    rig.go_on(context)
    return rig.entries()


def lazily_disabled(rig, irq):
    assert rig.request(irq) == 0
    manage.disable_irq(rig.k, irq)
    assert rig.core(irq) == LAZY and rig.open(irq)


def masked(rig, irq):
    rig.set_desc(irq, disable_unlazy=True)
    assert rig.request(irq) == 0
    manage.disable_irq(rig.k, irq)
    assert rig.core(irq) == MASKED and not rig.open(irq)


def requested(rig, irq):
    assert rig.request(irq) == 0
    assert rig.core(irq) == RUNNING and rig.open(irq)


def inherited(rig, irq):
    """Never started here, and open since firmware or an earlier kernel."""
    rig.set_line(irq, open=True)
    assert rig.core(irq) == FRESH


def freed(rig, irq):
    assert rig.request(irq) == 0
    rig.free(irq)
    assert rig.core(irq) == FRESH and not rig.open(irq)


def uninstalled(rig, irq):
    irq_set_chained_handler_and_data(rig.k, irq, demux, None)
    irq_set_chained_handler_and_data(rig.k, irq, None, None)
    assert rig.core(irq) == MASKED and not rig.open(irq)


MASK = ("irq_mask",)


@pytest.mark.parametrize(
    ("version", "state"), list(product(OLD, [requested, lazily_disabled, masked, inherited, freed, uninstalled]))
)
def test_until_6_13_every_line_is_masked_whatever_is_believed(irqs, version, state):
    rig = boot(irqs, version)
    irq = rig.line(chip())
    state(rig, irq)
    beliefs = rig.core(irq)
    assert crash(rig) == MASK and not rig.open(irq)
    assert rig.core(irq) == beliefs  # nobody is told


@pytest.mark.parametrize("version", [*PROPOSED, *NEW])
@pytest.mark.parametrize(
    ("state", "calls", "opened"),
    [
        (requested, MASK, False),
        (lazily_disabled, MASK, False),  # 4a: STARTED, MASKED=0
        (masked, (), False),  # 4b: no chip call in either
        (inherited, (), True),  # 4c: both leave it open
        (freed, (), False),
        (uninstalled, (), False),  # 4d: still STARTED, and masked
    ],
)
def test_the_proposal_of_2020_and_6_14_touch_the_same_lines(irqs, version, state, calls, opened):
    rig = boot(irqs, version)
    irq = rig.line(chip())
    state(rig, irq)
    assert crash(rig) == calls and rig.open(irq) is opened


@pytest.mark.parametrize(
    ("version", "calls"), [(PROPOSED[0], ()), (PROPOSED[1], ()), (NEW[0], ("irq_shutdown",)), (NEW[1], ("irq_shutdown",))]
)
def test_an_uninstalled_chained_line_is_shut_down_by_6_14_because_it_is_started_still(irqs, version, calls):
    """4d: a chip with ``irq_shutdown`` is called, which the mask test alone would not do."""
    rig = boot(irqs, version)
    irq = rig.line(chip("irq_shutdown"))
    uninstalled(rig, irq)
    assert crash(rig) == calls


@pytest.mark.parametrize(("version", "disabled"), list(product([*OLD, *PROPOSED], [False, True])))
def test_irq_disable_follows_irq_mask_unless_disabled(irqs, version, disabled):
    rig = boot(irqs, version)
    irq = rig.line(chip("irq_disable"))
    assert rig.request(irq) == 0
    rig.set_data(irq, disabled=disabled)
    assert crash(rig) == MASK + (() if disabled else ("irq_disable",))


@pytest.mark.parametrize(
    ("callbacks", "calls"),
    [((), MASK), (("irq_disable",), ("irq_disable",)), (("irq_disable", "irq_shutdown"), ("irq_shutdown",))],
)
@pytest.mark.parametrize("version", NEW)
def test_6_14_shuts_a_started_line_down_by_the_callback_it_has_and_notes_it(irqs, version, callbacks, calls):
    """6: without desc->lock, and the state it marks is that of a kernel that is gone."""
    rig = boot(irqs, version)
    irq = rig.line(chip(*callbacks))
    requested(rig, irq)
    rig.entries()
    context = start(rig.k, "panic", machine_kexec_mask_interrupts, (), panic=True)
    rig.go_on(context)
    assert rig.places() == tuple(f"{call}:" for call in calls)
    assert rig.core(irq) == "DISABLED MASKED ACTIVATED depth=1"


@pytest.mark.parametrize("version", [*OLD, *PROPOSED])
def test_without_6_14_a_chip_without_irq_mask_is_left_open(irqs, version):
    rig = boot(irqs, version)
    irq = rig.line(chip(without=("irq_mask",)))
    requested(rig, irq)
    assert crash(rig) == () and rig.open(irq)


# -- in progress, active -------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [*OLD, *PROPOSED, *NEW])
@pytest.mark.parametrize("inprogress", [True, False])
def test_an_interrupt_in_progress_is_ended_before_it_is_masked(irqs, version, inprogress):
    rig = boot(irqs, version)
    irq = rig.line(chip("irq_eoi"))
    requested(rig, irq)
    rig.set_data(irq, inprogress=inprogress)
    assert crash(rig) == (("irq_eoi",) if inprogress else ()) + MASK


@pytest.mark.parametrize(
    ("release", "arch", "clears"),
    [("6.1", "arm64", True), ("6.12", "arm64", True), ("6.18", "arm64", True), ("6.12", "arm", False)],
)
@pytest.mark.parametrize(("answer", "ended"), [(0, False), (-22, True)])
def test_arm64_clears_the_active_state_first_and_ends_the_interrupt_only_if_that_fails(
    irqs, release, arch, clears, answer, ended
):
    rig = irqs(release, arch=arch)
    irq = rig.line(chip("irq_eoi", "irq_set_irqchip_state"))
    requested(rig, irq)
    rig.set_data(irq, inprogress=True)
    rig.answer(CLEAR, answer)
    assert crash(rig) == ((CLEAR,) if clears else ()) + (("irq_eoi",) if ended or not clears else ()) + MASK


# -- 1: the locks it takes on arm64 -------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "state"), list(product([*OLD, *PROPOSED, *NEW], [requested, inherited])))
def test_arm64_takes_the_bus_lock_of_every_line_and_since_6_14_of_every_started_one(irqs, version, state):
    """irq_set_irqchip_state() in panic: a bus lock may sleep, resume a controller, turn interrupts on."""
    rig = boot(irqs, version)
    irq = rig.line(chip(*BUS))
    state(rig, irq)
    locks = version[2] == "arm64" and (state is requested or not rig.k.release.has("kexec-started-check"))
    masks = state is requested or version in OLD
    assert crash(rig) == (BUS if locks else ()) + (MASK if masks else ())


@pytest.mark.parametrize(("version", "state"), list(product([*OLD, *NEW], [requested, inherited])))
def test_a_desc_lock_that_died_with_the_kernel_is_a_deadlock_on_arm64(irqs, version, state):
    rig = boot(irqs, version)
    irq = rig.line(chip())
    state(rig, irq)
    rig.world.new(HeldLock, f"desc {irq} lock", owner="task a")
    calls = crash(rig)
    takes = version[2] == "arm64" and (state is requested or not rig.k.release.has("kexec-started-check"))
    assert bool(rig.signals("stuck")) is bool(rig.k.system.hung) is takes
    assert calls == (() if takes or (version in NEW and state is inherited) else MASK)


def test_nothing_takes_a_reference_and_nobody_is_resumed(irqs):
    rig = irqs("6.12")
    irq = rig.line(chip())
    requested(rig, irq)
    rig.controller()
    assert crash(rig) == MASK and (rig.usage("ctl"), rig.status("ctl")) == (0, "suspended")
    assert not pm_wakeup_pending(rig.k)


# -- the loop -------------------------------------------------------------------------------


def test_descriptors_come_in_order_of_their_numbers(irqs):
    rig = irqs("6.12", arch="arm")
    for hwirq in (5, 2):
        rig.line(chip("irq_disable") if hwirq == 2 else chip(), hwirq=hwirq)
        rig.set_data((hwirq == 2 and 2) or 1, disabled=False)
    assert crash(rig) == ("irq_mask", "irq_mask", "irq_disable")


@pytest.mark.parametrize("version", [OLD[4], NEW[0]])
def test_a_descriptor_without_a_chip_is_gone_through_like_any_other(irqs, version):
    """Its chip is no_irq_chip, not NULL: on arm64 its desc->lock is taken (until 6.13), and nothing else happens."""
    rig = boot(irqs, version)
    irq = irq_alloc_desc(rig.k)
    assert crash(rig) == () and rig.core(irq) == FRESH
    rig.world.new(HeldLock, f"desc {irq} lock", owner="task a")
    crash(rig)
    assert bool(rig.k.system.hung) is (version is OLD[4])
