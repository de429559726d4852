"""Variables of the kernel: what is known of their content, and that the rest is not made up."""

from __future__ import annotations

from irq_rig import IrqRig

from irqlab.guest.domainops import ops_at
from irqlab.guest.memory import Fault
from irqlab.kernel.irq.translate import irq_domain_simple_ops


def test_there_is_one_cpu():
    rig = IrqRig()
    assert rig.g.number(rig.symbols["nr_cpu_ids"], 4) == 1
    bits = rig.symbols["cpu_bit_bitmap"]
    assert (rig.g.number(bits, 8), rig.g.number(bits + 8, 8), rig.g.number(bits + 16, 8)) == (0, 1, 2)
    assert rig.g.number(bits + 64 * 8, 8) == 1 << 63


def test_a_variable_that_nobody_knows_is_not_modelled():
    rig = IrqRig()
    fault = rig.g.memory.prepare(rig.symbols["jiffies"], 8, False)
    assert fault == Fault("not-modelled", rig.symbols["jiffies"], 8, False, "the kernel's variable jiffies")
    assert rig.g.memory.load(rig.symbols["jiffies"] + 4, 4) == Fault(
        "not-modelled", rig.symbols["jiffies"] + 4, 4, False, "the kernel's variable jiffies"
    )
    assert rig.g.memory.prepare(rig.symbols["jiffies"], 8, True) is None


def test_operations_that_are_the_kernels_go_by_their_address():
    rig = IrqRig()
    assert ops_at(rig.g, rig.symbols["irq_domain_simple_ops"]) is irq_domain_simple_ops
