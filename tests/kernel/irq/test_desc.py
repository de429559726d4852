"""Fresh descriptors, their settings and the chip nobody has set (kernel/irq/irqdesc.c, dummychip.c; 6.1.192, 6.12.117).

Left out: NMI, spurious counts, sysfs and debugfs, numbering by hint
(``irq_domain_alloc_descs()`` begins at the hardware number, irqlab at 1).
"""

from __future__ import annotations

import pytest
from irqrig import FRESH, RUNNING, chip, handled

from irqlab.kernel.errno import EEXIST, EINVAL
from irqlab.kernel.irq.desc import (
    IrqDesc,
    dummy_irq_chip,
    handle_bad_irq,
    handle_irq_desc,
    irq_alloc_desc,
    irq_alloc_descs,
    irq_free_desc,
    irq_free_descs,
    irq_get_irq_data,
    irq_to_desc,
    no_irq_chip,
)
from irqlab.kernel.irq.flags import IRQ_DISABLE_UNLAZY, IRQ_LEVEL, IRQ_NOAUTOEN, IRQ_NOREQUEST, IRQCHIP_SKIP_SET_WAKE, IRQF_SHARED
from irqlab.kernel.irq.flow import handle_simple_irq
from irqlab.kernel.irq.manage import enable_irq
from irqlab.kernel.irq.setup import irq_clear_status_flags, irq_set_status_flags
from irqlab.kernel.irq.trigger import irq_set_irq_wake


def test_desc_set_defaults_a_fresh_descriptor_is_believed_masked_and_nobody_has_touched_a_chip(irqs):
    rig = irqs()
    irq = irq_alloc_desc(rig.k)
    desc, data = rig.desc(irq), rig.data(irq)
    assert rig.core(irq) == FRESH and rig.entries() == ()
    assert (desc.handle_irq, desc.handler_data, desc.actions) == (handle_bad_irq, None, ())
    assert (data.chip, data.chip_data, data.domain, data.hwirq) == (no_irq_chip, None, None, 0)
    assert (desc.wake_depth, desc.threads_active, desc.threads_oneshot, desc.owner_refs) == (0, 0, 0, 0)
    assert (desc.norequest, desc.noautoen, desc.disable_unlazy) == (False, False, False)
    assert (data.level, data.trigger, data.trigger_set) == (False, 0, False)
    assert (data.enabled_on_suspend, data.resend_when_in_progress) == (False, False)
    assert (desc.nmi, desc.spurious_disabled, desc.poll_inprogress) == (False, False, False)
    assert (desc.irq_count, desc.irqs_unhandled, desc.pending_mask, data.flags) == (0, 0, 0, 0)


def test_a_mapped_line_is_as_fresh_while_the_hardware_is_as_firmware_left_it(irqs):
    rig = irqs()
    irq = rig.line(chip())
    rig.set_line(irq, open=True)
    assert rig.core(irq) == FRESH and rig.open(irq)


def test_irq_to_desc_and_handle_irq_desc_of_a_number_nobody_has(irqs):
    rig = irqs()
    irq = irq_alloc_desc(rig.k)
    assert irq_to_desc(rig.k, irq) is rig.desc(irq)
    irq_free_desc(rig.k, irq)
    assert irq_to_desc(rig.k, irq) is None
    assert handle_irq_desc(rig.k, irq_to_desc(rig.k, irq)) == -EINVAL


def test_handle_bad_irq_is_what_runs_before_a_flow_handler_is_set(irqs):
    rig = irqs()
    irq = irq_alloc_desc(rig.k)
    rig.interrupt(irq)
    assert [facts["irq"] for facts in rig.signals("unexpected-irq")] == [irq]


def test_no_irq_chip_has_callbacks_that_do_nothing_and_needs_no_set_wake():
    assert no_irq_chip.flags == IRQCHIP_SKIP_SET_WAKE
    there = {name for name in no_irq_chip.CALLBACKS if no_irq_chip.has(name)}
    assert there == {"irq_startup", "irq_shutdown", "irq_enable", "irq_disable", "irq_ack"}


def test_enable_irq_of_a_descriptor_without_a_chip_starts_it_and_says_only_that_it_is_not_activated(irqs):
    """6.12.117: the WARN for a NULL chip never comes: a descriptor without a chip has ``no_irq_chip``."""
    rig = irqs()
    irq = irq_alloc_desc(rig.k)
    enable_irq(rig.k, irq)
    assert rig.core(irq) == "STARTED depth=0"
    assert rig.warnings() == ["irq_startup: !irqd_is_activated(d)"]


@pytest.mark.parametrize("flag", [IRQ_LEVEL, IRQ_NOREQUEST, IRQ_NOAUTOEN, IRQ_DISABLE_UNLAZY])
def test_irq_modify_status_sets_and_clears_one_setting_and_leaves_the_rest(irqs, flag):
    rig = irqs()
    irq = rig.line(chip(), level=False)
    fields = {IRQ_LEVEL: 0, IRQ_NOREQUEST: 1, IRQ_NOAUTOEN: 2, IRQ_DISABLE_UNLAZY: 3}

    def settings():
        desc = rig.desc(irq)
        return [rig.data(irq).level, desc.norequest, desc.noautoen, desc.disable_unlazy]

    assert settings() == [False] * 4
    irq_set_status_flags(rig.k, irq, flag)
    assert settings() == [number == fields[flag] for number in range(4)]
    irq_clear_status_flags(rig.k, irq, flag)
    assert settings() == [False] * 4
    assert rig.warnings() == []


def test_irq_modify_status_warns_of_noautoen_on_an_enabled_line_only(irqs):
    rig = irqs()
    irq = rig.line(chip())
    irq_set_status_flags(rig.k, irq, IRQ_NOAUTOEN)
    irq_clear_status_flags(rig.k, irq, IRQ_NOAUTOEN)
    assert rig.request(irq) == 0
    irq_set_status_flags(rig.k, irq, IRQ_DISABLE_UNLAZY)
    assert rig.warnings() == []
    irq_set_status_flags(rig.k, irq, IRQ_NOAUTOEN)
    assert rig.warnings() == ["irq_modify_status: IRQ_NOAUTOEN of an enabled interrupt"]


def test_irq_noautoen_leaves_a_requested_line_disabled_and_the_first_enable_starts_it(irqs):
    """__setup_irq() and __enable_irq(), 6.1 and 6.12: depth 1, activated, not started."""
    rig = irqs()
    irq = rig.line(chip())
    irq_set_status_flags(rig.k, irq, IRQ_NOAUTOEN)
    assert rig.request(irq) == 0
    assert rig.core(irq) == "DISABLED MASKED ACTIVATED depth=1" and not rig.open(irq)
    enable_irq(rig.k, irq)
    assert rig.core(irq) == RUNNING and rig.open(irq)


def test_irq_noautoen_of_a_shared_line_warns(irqs):
    rig = irqs()
    irq = rig.line(chip())
    irq_set_status_flags(rig.k, irq, IRQ_NOAUTOEN)
    assert rig.request(irq, handled, flags=IRQF_SHARED) == 0
    assert rig.warnings() == ["__setup_irq: a shared interrupt without auto-enable"]
    assert rig.core(irq) == "DISABLED MASKED ACTIVATED depth=1"


def test_irq_norequest_refuses_and_its_absence_does_not(irqs):
    rig = irqs()
    irq = rig.line(chip())
    irq_set_status_flags(rig.k, irq, IRQ_NOREQUEST)
    assert rig.request(irq) == -EINVAL and rig.entries() == ()
    irq_clear_status_flags(rig.k, irq, IRQ_NOREQUEST)
    assert rig.request(irq) == 0


# -- numbers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("taken", "irq", "count", "result"),
    [
        ((), -1, 1, 1),
        ((1, 2, 4), -1, 1, 3),
        ((1, 2, 4), -1, 2, 5),
        ((2,), 1, 1, 1),
        ((2,), 1, 2, -EEXIST),
        ((), 16, 3, 16),
        ((), -1, 0, -EINVAL),
    ],
)
def test_irq_alloc_descs_gives_numbers_in_a_row(irqs, taken, irq, count, result):
    rig = irqs()
    for number in taken:
        assert irq_alloc_descs(rig.k, number, 1) == number
    assert irq_alloc_descs(rig.k, irq, count) == result
    made = {result + i for i in range(count)} if result > 0 else set()
    assert {desc.irq for desc in rig.world.all(IrqDesc)} == {*taken, *made}
    for number in made:
        assert rig.core(number) == FRESH
    irq_free_descs(rig.k, max(result, 1), len(made))
    assert {desc.irq for desc in rig.world.all(IrqDesc)} == set(taken)


def test_irq_get_irq_data_is_the_outermost_chips(irqs):
    rig = irqs()
    irq = rig.line(chip())
    assert irq_get_irq_data(rig.k, irq) is rig.data(irq) and irq_get_irq_data(rig.k, 99) is None


def test_dummy_irq_chip_does_nothing_and_needs_no_set_wake(irqs):
    there = {name for name in dummy_irq_chip.CALLBACKS if dummy_irq_chip.has(name)}
    assert there == {"irq_startup", "irq_shutdown", "irq_enable", "irq_disable", "irq_ack", "irq_mask", "irq_unmask"}
    rig = irqs()
    irq = rig.line(dummy_irq_chip, handle_simple_irq, level=False)
    assert rig.request(irq) == 0 and rig.core(irq) == RUNNING
    assert irq_set_irq_wake(rig.k, irq, True) == 0
