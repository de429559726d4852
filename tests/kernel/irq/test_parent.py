"""``irq_chip_*_parent()`` (kernel/irq/chip.c, last part; 6.1.192 and 6.12.117): who is called, and what if nobody can be."""

from __future__ import annotations

import pytest
from stackrig import LEVELS, PASSED_ON, level_chip, make_stack, passing

from irqlab.kernel.errno import EINVAL, ENOSYS
from irqlab.kernel.irq import parent
from irqlab.kernel.irq.affinity import irq_set_vcpu_affinity
from irqlab.kernel.irq.flags import IRQCHIP_SKIP_SET_WAKE
from irqlab.kernel.irq.hierarchy import irq_domain_alloc_irqs, irq_domain_disconnect_hierarchy
from irqlab.state import kernel

#: Helper, the parent's callback, arguments, the answer where the parent lacks it ("oops" for a NULL pointer).
HELPERS = [
    (parent.irq_chip_mask_parent, "irq_mask", (), "oops"),
    (parent.irq_chip_unmask_parent, "irq_unmask", (), "oops"),
    (parent.irq_chip_ack_parent, "irq_ack", (), "oops"),
    (parent.irq_chip_mask_ack_parent, "irq_mask_ack", (), "oops"),
    (parent.irq_chip_eoi_parent, "irq_eoi", (), "oops"),
    (parent.irq_chip_enable_parent, "irq_enable", (), "irq_unmask"),
    (parent.irq_chip_disable_parent, "irq_disable", (), "irq_mask"),
    (parent.irq_chip_set_type_parent, "irq_set_type", (4,), -ENOSYS),
    (parent.irq_chip_set_affinity_parent, "irq_set_affinity", (1, False), -ENOSYS),
    (parent.irq_chip_set_vcpu_affinity_parent, "irq_set_vcpu_affinity", (0x1000,), -ENOSYS),
    (parent.irq_chip_set_wake_parent, "irq_set_wake", (True,), -ENOSYS),
    (parent.irq_chip_request_resources_parent, "irq_request_resources", (), 0),
    (parent.irq_chip_release_resources_parent, "irq_release_resources", (), None),
    (parent.irq_chip_set_parent_state, "irq_set_irqchip_state", ("pending", True), 0),
    (parent.irq_chip_get_parent_state, "irq_get_irqchip_state", ("pending",), 0),
    (parent.irq_chip_retrigger_hierarchy, "irq_retrigger", (), 0),
]
NAMES = [helper.__name__ for helper, *_ in HELPERS]
#: Those that look whether there is a parent at all.
CAREFUL = (parent.irq_chip_set_parent_state, parent.irq_chip_get_parent_state, parent.irq_chip_retrigger_hierarchy)


def stacked(*callbacks, flags=0, release="6.12"):
    """A line whose middle chip has the callbacks named, its journal empty."""
    stack = make_stack(release, chips={"mid": level_chip("mid", *callbacks, flags=flags)})
    irq = irq_domain_alloc_irqs(stack.k, stack.top, 1, ("top", (3,)))
    stack.entries()
    return stack, irq


@kernel
def call(k, helper, d, args):
    """A helper, called as a chip callback is; what it answers goes into the journal."""
    from irqrig import log

    answer = helper(k, d, *args)
    log(k, d.irq, f"= {answer}")


def run(stack, irq, helper, args):
    """Calls a helper on the line in a task; the journal, and what was NULL."""
    stack.rig.task("caller", call, helper, stack.rig.data(irq), args)
    return stack.entries(), [facts["what"] for facts in stack.rig.signals("null-pointer")]


@pytest.mark.parametrize("release", ["6.1", "6.12"])
@pytest.mark.parametrize(("helper", "callback", "args", "lacking"), HELPERS, ids=NAMES)
def test_the_parents_callback_is_given_the_parents_irq_data_and_answers(release, helper, callback, args, lacking):
    stack, irq = stacked(callback, release=release)
    what = " ".join([f"mid {callback}", *map(str, args)])
    silent = lacking in ("oops", None) or isinstance(lacking, str)
    stack.rig.answer(what, -EINVAL if callback != "irq_retrigger" else 1)
    entries, null = run(stack, irq, helper, args)
    expected = None if silent else 1 if callback == "irq_retrigger" else -EINVAL
    assert (entries, null) == ((what, f"= {expected}"), [])


@pytest.mark.parametrize(("helper", "callback", "args", "lacking"), HELPERS, ids=NAMES)
def test_a_parent_that_lacks_the_callback(helper, callback, args, lacking):
    others = [name for name in ("irq_mask", "irq_unmask") if name != callback]
    stack, irq = stacked(*others)
    entries, null = run(stack, irq, helper, args)
    if lacking == "oops":
        assert (entries, null) == ((), [f"chip->{callback}"]) and stack.k.system.crash == "oops"
    elif isinstance(lacking, str):
        assert (entries, null) == ((f"mid {lacking}", "= None"), [])
    else:
        assert (entries, null) == ((f"= {lacking}",), [])


@pytest.mark.parametrize(("helper", "callback", "args", "lacking"), HELPERS, ids=NAMES)
def test_a_line_without_a_level_below(helper, callback, args, lacking):
    """A trimmed hierarchy: the helper of the last level that is left."""
    stack = make_stack()
    stack.rig.answer("mid chip", 2)
    stack.rig.answer("root chip", 1)
    irq = irq_domain_alloc_irqs(stack.k, stack.top, 1, ("top", (3,)))
    stack.entries()
    entries, null = run(stack, irq, helper, args)
    if helper in CAREFUL:
        assert (entries, null) == (("= 0",), [])
    else:
        assert (entries, null) == ((), ["data->parent_data"])


@pytest.mark.parametrize("helper", [parent.irq_chip_set_type_parent, parent.irq_chip_mask_parent])
def test_a_parent_without_any_chip_is_a_null_pointer(helper):
    """While ``alloc`` runs a level has none: not even "it lacks the callback" can be asked."""
    stack, irq = stacked("irq_set_type", "irq_mask")
    irq_domain_disconnect_hierarchy(stack.k, stack.domains["mid"], irq)
    assert run(stack, irq, helper, (4,)[: helper is parent.irq_chip_set_type_parent]) == ((), ["data->parent_data->chip"])


@pytest.mark.parametrize(("flags", "entries"), [(0, ("mid irq_set_wake True", "= 0")), (IRQCHIP_SKIP_SET_WAKE, ("= 0",))])
def test_irq_chip_set_wake_parent_asks_no_parent_that_needs_no_set_wake(flags, entries):
    stack, irq = stacked("irq_set_wake", flags=flags)
    assert run(stack, irq, parent.irq_chip_set_wake_parent, (True,)) == (entries, [])


@pytest.mark.parametrize(("answer", "result"), [(0, 0), (1, 1), (-EINVAL, -EINVAL)])
def test_irq_chip_get_parent_state_answers_the_state_or_an_error(answer, result):
    stack, irq = stacked("irq_get_irqchip_state")
    stack.rig.answer("mid irq_get_irqchip_state active", answer)
    entries, _ = run(stack, irq, parent.irq_chip_get_parent_state, ("active",))
    assert entries[-1] == f"= {result}"


@pytest.mark.parametrize(("having", "asked"), [(("mid", "root"), "mid"), (("root",), "root"), (("top",), "")])
def test_irq_chip_retrigger_hierarchy_asks_the_next_chip_further_in_that_can(having, asked):
    stack = make_stack(chips={level: level_chip(level, *(["irq_retrigger"] if level in having else [])) for level in LEVELS})
    irq = irq_domain_alloc_irqs(stack.k, stack.top, 1, ("top", (3,)))
    stack.entries()
    entries, _ = run(stack, irq, parent.irq_chip_retrigger_hierarchy, ())
    assert entries[:-1] == ((f"{asked} irq_retrigger",) if asked else ())


@pytest.mark.parametrize(("having", "result", "asked"), [("top", 0, "top"), ("root", 0, "root"), ("", -ENOSYS, "")])
def test_irq_set_vcpu_affinity_asks_the_first_chip_that_can(having, result, asked):
    stack = make_stack(chips={level: level_chip(level, *["irq_set_vcpu_affinity"][: level == having]) for level in LEVELS})
    irq = irq_domain_alloc_irqs(stack.k, stack.top, 1, ("top", (3,)))
    stack.entries()
    assert irq_set_vcpu_affinity(stack.k, irq, 0x1000) == result
    assert stack.entries() == ((f"{asked} irq_set_vcpu_affinity 4096",) if asked else ())
    assert irq_set_vcpu_affinity(stack.k, 99, 0x1000) == -EINVAL


@pytest.mark.parametrize("release", ["6.1", "6.12"])
def test_a_stack_that_passes_everything_on_is_worked_by_its_innermost_chip(release):
    """Request, interrupt, free: only the root's callbacks run, under the outermost's beliefs."""
    chips = {"root": level_chip("root", "irq_mask", "irq_unmask", "irq_ack")}
    chips |= {level: passing(level, "irq_mask", "irq_unmask", "irq_ack") for level in ("top", "mid")}
    stack = make_stack(release, chips=chips)
    irq = irq_domain_alloc_irqs(stack.k, stack.top, 1, ("top", (3,)))
    stack.entries()
    assert stack.rig.request(irq) == 0
    stack.rig.interrupt(irq)
    stack.rig.free(irq)
    assert stack.entries("activate") == (
        "root irq_unmask",
        "root irq_mask",
        "root irq_ack",
        "handler",
        "root irq_unmask",
        "root irq_mask",
    )


def test_every_helper_of_the_kernel_is_here():
    assert {helper.__name__ for helper, *_ in HELPERS} >= {function.__name__ for function in PASSED_ON.values()}
