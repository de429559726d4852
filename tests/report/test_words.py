"""Every kind of thing the code tells has its words; one nobody has thought of is told as it is."""

from __future__ import annotations

import re
from pathlib import Path

import irqlab
from irqlab.explore.trace import Event
from irqlab.properties import unknown
from irqlab.report.words import KERNEL_NAMES, RENDERERS, Say, action, function, ours, told

_TOLD = re.compile(r"\.(?:trace|signal)\(\s*\"([\w-]+)\"")

#: Told for the sake of ``irqlab thread``, never in a trace of a check.
_ASIDE = {"observed"}


def test_every_kind_in_the_code_base_has_a_renderer():
    source = "\n".join(path.read_text() for path in sorted(Path(irqlab.__file__).parent.rglob("*.py")))
    kinds = set(_TOLD.findall(source)) - _ASIDE
    assert len(kinds) > 50
    assert kinds - set(RENDERERS) == set()


def test_a_kind_nobody_knows_is_told_generically():
    event = Event(0, "new-kind", facts=(("calls", ("a",)), ("what", "irqsteer@1"), ("phase", "running"), ("count", 3)))
    assert told(event, Say((("irqsteer@1", "steer"),))) == "new-kind: what steer, count 3"
    assert told(Event(0, "newer"), Say()) == "newer"


def test_beliefs_say_what_they_were():
    assert told(Event(0, "belief", facts=(("irq", 2), ("masked", False))), Say()) == "irq 2: MASKED 1 -> 0"
    assert told(Event(0, "belief", facts=(("irq", 2), ("disabled", True))), Say()) == "irq 2: DISABLED 0 -> 1"


def test_counts_say_what_they_were_where_it_is_known():
    assert told(Event(0, "rpm_usage", facts=(("device", "d"), ("usage", 1), ("was", 0))), Say()) == "d usage 0 -> 1"
    assert told(Event(0, "rpm_usage", facts=(("device", "d"), ("usage", 1))), Say()) == "d usage 1"


def test_register_accesses_name_the_register_and_the_word():
    facts = (("block", "x"), ("register", "CHANMASK1"), ("value", 256))
    assert told(Event(0, "write", facts=facts), Say()) == "CHANMASK1 write 0x00000100"


def test_kernel_functions_have_the_kernels_names():
    assert function("rpm_run_callback") == "__rpm_callback"
    assert function("__setup_irq") == "__setup_irq"
    assert all(not name.startswith("_") or name.startswith("__") for name in KERNEL_NAMES.values())


def test_plumbing_is_known_as_such():
    assert ours(Event(0, "call", "_install", "irqlab.kernel.irq.manage"))
    assert not ours(Event(0, "call", "__free_irq", "irqlab.kernel.irq.manage"))
    assert ours(Event(0, "call", "request", "irqlab.drivers.consumer"))
    assert not ours(Event(0, "call", "request", "my_driver"))


def test_actions_are_told_in_plain_words():
    say = Say((("interrupt-controller@1", "irqsteer"),))
    assert action("task a: request", say) == "task a calls request_irq()"
    assert action("crash (sysrq)", say) == "the kernel crashes here (sysrq)"
    assert action("panic goes on", say) == "the crash path goes on"
    assert action("kworker interrupt-controller@1 goes on", say) == "kworker irqsteer goes on"
    assert action("task bind: unbind interrupt-controller@1", say) == "task bind: unbind irqsteer"


def test_what_compiled_drivers_do_wrong_is_told_in_words():
    say = Say((("chip@1", "chip"),))
    leak = (("device", "chip@1"), ("count", 2), ("bytes", 96), ("where", ("a() (x.c:1)", "b() (x.c:2)")), ("failed", False))
    assert told(Event(0, "memory-leak", facts=leak), say) == (
        "96 bytes of chip's driver are still allocated: a() (x.c:1); b() (x.c:2)"
    )
    held = (("context", "task a"), ("lock", "chip@1 lock"), ("where", "f() (x.c:3)"))
    assert told(Event(0, "lock-left-held", facts=held), say) == "task a ends and holds chip lock"
    assert told(Event(0, "irqchip-failed", facts=(("device", "chip@1"), ("error", -12))), say) == (
        "IRQCHIP_DECLARE() of chip failed: -ENOMEM"
    )
    assert (
        told(Event(0, "memory-error", facts=(("what", "wild: read of 4 bytes at 0x70"),)), say) == "wild: read of 4 bytes at 0x70"
    )
    assert told(Event(0, "bug", facts=(("where", "f() (x.c:3)"),)), say) == "BUG(): the kernel oopses"


def test_what_is_unknown_is_told_with_its_line():
    what = "foo(), reached in x_probe() (drivers/irqchip/irq-x.c:3)"
    assert unknown.tell("not-modelled", {"what": what}) == what
    assert unknown.tell("not-modelled", {"what": "edge interrupts"}) == "edge interrupts is not modelled"
    assert unknown.tell("irqchip-failed", {"device": "chip@1", "error": -22}) == (
        "the IRQCHIP_DECLARE() of chip@1 failed (-EINVAL), so nothing of it was explored"
    )
