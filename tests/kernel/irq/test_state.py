"""The bits of a line as the kernel has them (include/linux/irq.h, kernel/irq/settings.h; 6.12.117; 6.1 has one fewer)."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given
from irqrig import chip, make_irqs

from irqlab.kernel.irq import flags
from irqlab.kernel.irq.desc import IrqChip, IrqData, ParentIrqData
from irqlab.kernel.irq.setup import irq_clear_status_flags, irq_modify_status, irq_set_status_flags
from irqlab.kernel.irq.state import irqd_state, set_irqd_state

#: Every ``IRQD_*`` bit of 6.12, from include/linux/irq.h: bits 8 to 30 and the trigger type.
ALL = 0xF | sum(1 << bit for bit in range(8, 31))


def test_the_numbers_of_irq_h():
    bits = {name: value for name, value in vars(flags).items() if name.startswith("IRQD_")}
    assert bits.pop("IRQD_TRIGGER_MASK") == 0xF
    assert sorted(bits.values()) == [1 << bit for bit in range(8, 31)]
    chips = {value for name, value in vars(flags).items() if name.startswith("IRQCHIP_") and isinstance(value, int)}
    assert sorted(chips) == [1 << bit for bit in range(12)]
    assert flags.IRQF_MODIFY_MASK == 0x1FFF0F


def test_struct_irq_chip_has_the_callbacks_of_6_12():
    """include/linux/irq.h, with CONFIG_DEPRECATED_IRQ_CPU_ONOFFLINE."""
    assert len(IrqChip.CALLBACKS) == 33 and len(set(IrqChip.CALLBACKS)) == 33
    with pytest.raises(TypeError, match="irq_masc"):
        IrqChip("typo", irq_masc=None)


def test_a_fresh_line_is_disabled_and_masked():
    rig = make_irqs()
    irq = rig.line(chip(), level=False)
    assert irqd_state(rig.data(irq)) == flags.IRQD_IRQ_DISABLED | flags.IRQD_IRQ_MASKED


@given(value=st.integers(0, ALL).map(lambda number: number & ALL))
def test_what_is_written_into_state_use_accessors_is_what_is_read_from_it(value):
    rig = make_irqs()
    data = rig.data(rig.line(chip(), level=False))
    set_irqd_state(data, value)
    assert irqd_state(data) == value
    assert (data.masked, data.started) == (bool(value & flags.IRQD_IRQ_MASKED), bool(value & flags.IRQD_IRQ_STARTED))
    assert (data.trigger, data.level) == (value & 0xF, bool(value & flags.IRQD_LEVEL))
    assert data.flags & (flags.IRQD_IRQ_MASKED | flags.IRQD_LEVEL | 0xF) == 0  # those have fields of their own


def test_a_parents_irq_data_has_only_what_is_its_own():
    own = ("hwirq", "chip", "chip_data", "domain", "parent_data", "mask")
    assert tuple(field.name for field in ParentIrqData.fields) == own
    assert tuple(field.name for field in IrqData.fields[: len(own)]) == own


# -- irq_modify_status() -----------------------------------------------------------------------------------------------

PASSED_ON = [
    (flags.IRQ_PER_CPU, flags.IRQD_PER_CPU),
    (flags.IRQ_NO_BALANCING, flags.IRQD_NO_BALANCING),
    (flags.IRQ_MOVE_PCNTXT, flags.IRQD_MOVE_PCNTXT),
    (flags.IRQ_NOPROBE, 0),
    (flags.IRQ_NESTED_THREAD, 0),
    (flags.IRQ_NOTHREAD, 0),
    (flags.IRQ_PER_CPU_DEVID, 0),
    (flags.IRQ_IS_POLLED, 0),
    (flags.IRQ_HIDDEN, 0),
]


@pytest.mark.parametrize(("setting", "bit"), PASSED_ON)
def test_irq_modify_status_keeps_settings_and_passes_three_of_them_on(irqs, setting, bit):
    rig = irqs()
    irq = rig.line(chip(), level=False)
    rig.set_data(irq, flags=flags.IRQD_SINGLE_TARGET)
    irq_set_status_flags(rig.k, irq, setting)
    assert (rig.desc(irq).settings, rig.data(irq).flags) == (setting, flags.IRQD_SINGLE_TARGET | bit)
    irq_set_status_flags(rig.k, irq, flags.IRQ_NOPROBE)
    assert rig.desc(irq).settings == setting | flags.IRQ_NOPROBE
    irq_clear_status_flags(rig.k, irq, setting)
    assert rig.desc(irq).settings == flags.IRQ_NOPROBE & ~setting and rig.data(irq).flags == flags.IRQD_SINGLE_TARGET


def test_irq_modify_status_cannot_set_no_debug(irqs):
    """IRQF_MODIFY_MASK."""
    rig = irqs()
    irq = rig.line(chip(), level=False)
    irq_set_status_flags(rig.k, irq, flags.IRQ_NO_DEBUG)
    assert rig.desc(irq).settings == 0


@pytest.mark.parametrize(("before", "clear", "set_", "after"), [(4, 0, 0, 4), (4, 0xF, 1, 1), (4, 0xF, 0, 4), (0, 0, 8, 8)])
def test_irq_modify_status_with_a_trigger_type_replaces_the_lines_and_without_one_keeps_it(irqs, before, clear, set_, after):
    rig = irqs()
    irq = rig.line(chip(), level=False)
    rig.set_data(irq, trigger=before)
    irq_modify_status(rig.k, irq, clear, set_)
    assert rig.data(irq).trigger == after
