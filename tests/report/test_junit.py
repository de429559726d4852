"""JUnit XML: a testcase a rule, which failed with its proof, was skipped with the reason, or passed."""

from __future__ import annotations

from dataclasses import replace

from junitparser import Failure, JUnitXml, Skipped

from irqlab.explore.check import Checked
from irqlab.properties import RULES
from irqlab.report.junit import dumps
from irqlab.report.lines import plain
from irqlab.report.scope import left_out
from irqlab.report.text import covered, proof, subject


def test_a_small_result_to_the_letter(small: Checked):
    covers = covered(small.runs[0], False)
    out = "\n".join(
        f'   <property name="not looked at" value="{what}" />' for what in left_out(small.setup.scope, small.setup.board)
    )
    driver = 'classname="drivers/irqchip/irq-x.c"'
    passed = "\n".join(f'  <testcase {driver} name="{name}" />' for name in list(RULES)[3:])
    assert dumps(small) == (
        f"""\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
 <testsuite name="{subject(small.setup)}" tests="18" failures="1" errors="0" skipped="1">
  <properties>
   <property name="covered" value="{covers}" />
{out}
  </properties>
  <testcase {driver} name="dead-register-access">
   <failure message="x_mask reads MASK0 of x at drivers/irqchip/irq-x.c:91 on the crash path, but clock ipg is stopped." \
type="dead-register-access">
1. dead-register-access in x_mask
  x_mask reads MASK0 of x at drivers/irqchip/irq-x.c:91 on the crash path, but clock ipg is stopped.
  blames the driver: the driver touches its registers without resuming its device
  needs a crash: sysrq (where another task may run: sysrq, or a BUG() there)

   1  task a calls request_irq()
      request_threaded_irq &gt; x_unmask: MASK0 read 0x00000001                    irq-x.c:70
   2  the kernel crashes here (sysrq)
      crash_kexec &gt; x_mask
!!      MASK0 of x: read while clock ipg is stopped: the bus never answers      irq-x.c:91
</failure>
  </testcase>
  <testcase {driver} name="armed-at-handover">
   <system-out>
2. armed-at-handover in x
  A line of x is unmasked in hardware.
  note about the architecture: so it is

   1  task a calls request_irq()
      request_threaded_irq &gt; x_unmask: MASK0 read 0x00000001                    irq-x.c:70
</system-out>
  </testcase>
  <testcase {driver} name="successor-storm">
   <skipped message="not looked at: the successor kernel" />
  </testcase>
{passed}
 </testsuite>
</testsuites>
"""
    )


def test_others_read_what_is_written(unlinked: Checked):
    [suite] = JUnitXml.fromstring(dumps(unlinked).encode())
    assert suite.name == subject(unlinked.setup) and suite.tests == len(list(suite)) == len(RULES)
    broken = {told.breach.rule for told in unlinked.broken}
    failed = {case.name: case.result[0] for case in suite if isinstance(next(iter(case.result), None), Failure)}
    assert set(failed) == broken and suite.failures == len(broken)
    for number, told in enumerate(unlinked.broken, 1):
        assert plain(proof(unlinked.setup, number, told)) in failed[told.breach.rule].text


def test_what_is_not_decided_is_skipped_with_the_reason(kept: Checked):
    [suite] = JUnitXml.fromstring(dumps(replace(kept, unknown=(("a lock of x", 1),))).encode())
    results = [case.result[0] for case in suite]
    assert all(isinstance(result, Skipped) for result in results) and suite.skipped == len(RULES)
    assert results[0].message == "not modelled: a lock of x (seen in 1 way)"


def test_there_is_no_time_in_it(unlinked: Checked):
    said = dumps(unlinked)
    assert " time=" not in said and " timestamp=" not in said and said == dumps(unlinked)
