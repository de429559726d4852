"""KTAP: a suite, a test a rule, the trace of what is broken before its result."""

from __future__ import annotations

from dataclasses import replace

from irqlab.explore.check import Checked
from irqlab.properties import RULES
from irqlab.report.ktap import dumps


def test_a_small_result_to_the_letter(small: Checked):
    run = small.runs[0]
    said = dumps(small)
    assert said == (
        f"""\
KTAP version 1
1..1
  KTAP version 1
  # Subtest: drivers/irqchip/irq-x.c
  1..18
  # exhausted: {run.states} states, {run.successors} successors, depth {run.depth}
  # 1. dead-register-access in x_mask
  #   x_mask reads MASK0 of x at drivers/irqchip/irq-x.c:91 on the crash path, but clock ipg is stopped.
  #   blames the driver: the driver touches its registers without resuming its device
  #   needs a crash: sysrq (where another task may run: sysrq, or a BUG() there)
  #
  #    1  task a calls request_irq()
  #       request_threaded_irq > x_unmask: MASK0 read 0x00000001                    irq-x.c:70
  #    2  the kernel crashes here (sysrq)
  #       crash_kexec > x_mask
  # !!      MASK0 of x: read while clock ipg is stopped: the bus never answers      irq-x.c:91
  not ok 1 dead-register-access
  # 2. armed-at-handover in x
  #   A line of x is unmasked in hardware.
  #   note about the architecture: so it is
  #
  #    1  task a calls request_irq()
  #       request_threaded_irq > x_unmask: MASK0 read 0x00000001                    irq-x.c:70
  ok 2 armed-at-handover
  ok 3 successor-storm # SKIP not looked at: the successor kernel
  ok 4 pm-reference-leak
  ok 5 pm-reference-underflow
  ok 6 never-suspends
  ok 7 sleep-in-atomic
  ok 8 wait-context
  ok 9 irqs-enabled
  ok 10 lost-interrupt
  ok 11 interrupt-storm
  ok 12 deadlock
  ok 13 mask-incoherent
  ok 14 unbalanced-enable
  ok 15 warning
  ok 16 memory-error
  ok 17 memory-leak
  ok 18 lock-left-held
not ok 1 drivers/irqchip/irq-x.c
"""
    )
    assert dumps(small) == said


def test_what_is_not_decided_is_skipped_with_the_reason(kept: Checked):
    said = dumps(replace(kept, unknown=(("lock #3 of x", 1),)))
    assert said.count(" # SKIP not modelled: lock _3 of x (seen in 1 way)\n") == len(RULES) - 2 + 1
    assert said.endswith("\nok 1 irqsteer@6.11 # SKIP not modelled: lock _3 of x (seen in 1 way)\n")


def test_what_is_kept_is_ok(kept: Checked):
    assert dumps(kept).endswith("\nok 1 irqsteer@6.11\n") and "not ok" not in dumps(kept)
