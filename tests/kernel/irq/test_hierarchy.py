"""Domains on top of each other (kernel/irq/irqdomain.c; 6.1.192 and 6.12.117).

Left out: the root domain's mutex (6.1: ``irq_domain_mutex``), ``irq_domain_push_irq()`` and ``irq_domain_pop_irq()``, MSI.
"""

from __future__ import annotations

import pytest
from irqrig import FRESH
from stackrig import LEVELS, STACK_OPS, alloc, make_stack

from irqlab.kernel.errno import EEXIST, EINVAL, ENOENT, ENOMEM, ENOSYS, EPERM
from irqlab.kernel.irq import hierarchy as hier
from irqlab.kernel.irq.desc import IrqDesc, ParentIrqData, irq_alloc_desc, irq_alloc_descs, no_irq_chip
from irqlab.kernel.irq.domain import IrqDomainOps, irq_domain_add_linear, irq_set_default_host
from irqlab.kernel.irq.flags import HWIRQ_ANY, IRQ_DOMAIN_FLAG_HIERARCHY, IRQ_DOMAIN_FLAG_MSI
from irqlab.kernel.irq.flow import handle_level_irq
from irqlab.kernel.irq.mapping import irq_create_fwspec_mapping, irq_create_mapping, irq_dispose_mapping, irq_find_mapping

RELEASES = pytest.mark.parametrize("release", ["6.1", "6.12"])
NOTHING = (0, 0, 0)


def spec(hwirq, *more):
    return ("top", (hwirq, *more))


# -- domains ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "hwirq_max"), [(0, HWIRQ_ANY), (8, 8)])
def test_irq_domain_create_hierarchy_a_tree_without_size_on_its_parent(size, hwirq_max):
    stack = make_stack(sizes={"top": size})
    assert (stack.top.size, stack.top.hwirq_max, stack.top.parent) == (size, hwirq_max, stack.domains["mid"])
    assert stack.domains["root"].parent is None


def test_irq_domain_check_hierarchy_only_ops_with_alloc_make_a_hierarchical_domain():
    stack = make_stack()
    plain = hier.irq_domain_create_hierarchy(stack.k, stack.top, IRQ_DOMAIN_FLAG_MSI, 4, "plain", IrqDomainOps("plain"), 0x1000)
    assert plain.flags & (IRQ_DOMAIN_FLAG_HIERARCHY | IRQ_DOMAIN_FLAG_MSI) == IRQ_DOMAIN_FLAG_MSI and plain.host_data == 0x1000
    assert stack.top.flags & (IRQ_DOMAIN_FLAG_HIERARCHY | IRQ_DOMAIN_FLAG_MSI) == IRQ_DOMAIN_FLAG_HIERARCHY


def test_irq_domain_create_hierarchy_without_memory_is_null(monkeypatch):
    stack = make_stack()
    monkeypatch.setattr(type(stack.k), "fails", lambda self, what: True)
    assert hier.irq_domain_create_hierarchy(stack.k, None, 0, 4, "x", STACK_OPS, None) is None


# -- allocating --------------------------------------------------------------------------------------------------------


@RELEASES
def test_irq_domain_alloc_irqs_fills_a_level_for_each_domain_and_then_maps_them_all(release):
    stack = make_stack(release)
    irq = hier.irq_domain_alloc_irqs(stack.k, stack.top, 1, spec(3))
    assert irq == 1 and stack.entries() == ("top alloc", "mid alloc", "root alloc")
    assert stack.chain(irq) == (("top", 3, "top"), ("mid", 103, "mid"), ("root", 203, "root"))
    assert stack.maps() == {"top": ((3, 1),), "mid": ((103, 1),), "root": ((203, 1),)}
    assert stack.rig.core(irq) == FRESH and stack.rig.desc(irq).handle_irq is handle_level_irq
    assert (stack.rig.desc(irq).name, stack.rig.desc(irq).norequest) == ("level", False)


def test_the_numbers_of_every_level_are_found_only_after_every_driver_has_said_yes():
    seen = []

    def peek(k, domain, irq, nr_irqs, arg):
        seen.append((stack.maps()["mid"], irq_find_mapping(k, stack.top, 3)))
        return alloc(k, domain, irq, nr_irqs, arg)

    stack = make_stack(ops={"root": IrqDomainOps("peek", alloc=peek, free=STACK_OPS.free)})
    irq = hier.irq_domain_alloc_irqs(stack.k, stack.top, 1, spec(3))
    assert seen == [((), 0)] and irq_find_mapping(stack.k, stack.top, 3) == irq


def test_irq_domain_alloc_irqs_of_several_gives_numbers_in_a_row():
    stack = make_stack()
    for _ in range(3):
        irq_alloc_desc(stack.k)
    hole = hier.irq_domain_alloc_irqs(stack.k, stack.top, 1, spec(9))
    assert hole == 4
    for taken in (1, 3):
        hier.irq_free_descs(stack.k, taken, 1)
    irq = hier.irq_domain_alloc_irqs(stack.k, stack.top, 3, spec(0))
    assert irq == 5 and stack.entries("alloc") == ()
    assert [stack.chain(irq + i)[2] for i in range(3)] == [("root", 200 + i, "root") for i in range(3)]
    assert stack.maps()["root"] == ((200, 5), (201, 6), (202, 7), (209, 4))


@pytest.mark.parametrize(("taken", "result"), [(False, 7), (True, -EEXIST)])
def test_irq_domain_alloc_irqs_from_a_number_on(taken, result):
    stack = make_stack()
    if taken:
        irq_alloc_descs(stack.k, 8, 1)
    assert hier.irq_domain_alloc_irqs(stack.k, stack.top, 2, spec(3), 7) == result
    assert stack.left() == ((1, 0, 0) if taken else (2, 4, 6))


def test_irq_domain_alloc_irqs_onto_descriptors_that_are_there():
    """``realloc``: for legacy interrupts."""
    stack = make_stack()
    base = irq_alloc_descs(stack.k, 16, 2)
    stack.rig.set_desc(17, norequest=True)
    assert hier.irq_domain_alloc_irqs(stack.k, stack.top, 2, spec(3), base, True) == 16
    assert stack.chain(17)[0] == ("top", 4, "top") and not stack.rig.desc(17).norequest


@pytest.mark.parametrize("default", [False, True])
def test_irq_domain_alloc_irqs_without_domain_is_the_default_domains(default):
    stack = make_stack()
    if default:
        irq_set_default_host(stack.k, stack.top)
    assert hier.irq_domain_alloc_irqs(stack.k, None, 1, spec(3)) == (1 if default else -EINVAL)
    assert stack.rig.warnings() == ([] if default else ["domain is NULL; cannot allocate IRQ"])


@RELEASES
@pytest.mark.parametrize("nr_irqs", [1, 3])
@pytest.mark.parametrize("failing", LEVELS)
def test_an_alloc_that_fails_at_any_level_leaves_nothing(release, failing, nr_irqs):
    """The drivers undo what is theirs; ``free`` is not called."""
    stack = make_stack(release)
    stack.rig.answer(f"{failing} alloc", -EPERM)
    assert hier.irq_domain_alloc_irqs(stack.k, stack.top, nr_irqs, spec(3)) == -EPERM
    reached = LEVELS[: LEVELS.index(failing) + 1]
    assert stack.left() == NOTHING and stack.entries() == tuple(f"{level} alloc" for level in reached)
    stack.rig.answer(f"{failing} alloc", 0)
    assert hier.irq_domain_alloc_irqs(stack.k, stack.top, nr_irqs, spec(3)) == 1


@pytest.mark.parametrize("attempt", [1, 2, 3, 4])
def test_memory_that_runs_out_at_any_level_leaves_nothing(monkeypatch, attempt):
    """irq_domain_alloc_irq_data(): two lines of three levels need four more ``struct irq_data``."""
    stack = make_stack()
    asked = []

    def fails(self, what):
        asked.append(what)
        return len(asked) == attempt

    monkeypatch.setattr(type(stack.k), "fails", fails)
    assert hier.irq_domain_alloc_irqs(stack.k, stack.top, 2, spec(3)) == -ENOMEM
    assert asked == ["kzalloc(struct irq_data)"] * attempt
    assert stack.left() == NOTHING and stack.entries() == ()


def test_irq_domain_alloc_irqs_parent_of_the_innermost_domain_and_of_a_parent_without_alloc():
    stack = make_stack()
    assert hier.irq_domain_alloc_irqs_parent(stack.k, stack.domains["root"], 1, 1, spec(3)) == -ENOSYS
    plain = irq_domain_add_linear(stack.k, "plain", 8, IrqDomainOps("plain"), None)
    above = hier.irq_domain_create_hierarchy(stack.k, plain, 0, 8, "above", STACK_OPS, None)
    assert hier.irq_domain_alloc_irqs_parent(stack.k, above, 1, 1, spec(3)) == -ENOSYS
    assert hier.irq_domain_alloc_irqs(stack.k, plain, 1, spec(3)) == -ENOSYS and stack.left() == NOTHING


# -- what drivers set of a level ---------------------------------------------------------------------------------------


def test_the_bits_of_a_line_are_the_same_at_every_level():
    """struct irq_common_data: a parent's beliefs are the outermost chip's, both ways."""
    stack = make_stack()
    irq = hier.irq_domain_alloc_irqs(stack.k, stack.top, 1, spec(3))
    root = stack.level(irq, "root")
    assert isinstance(root, ParentIrqData) and (root.irq, root.desc) == (irq, stack.rig.desc(irq))
    assert root.masked and root.disabled and not root.started
    assert stack.rig.request(irq) == 0
    assert not root.masked and not root.disabled and root.started and root.activated
    root.masked = True
    assert stack.rig.data(irq).masked and stack.level(irq, "mid").masked


def test_irq_domain_get_irq_data_finds_the_level_of_a_domain():
    stack = make_stack()
    irq = hier.irq_domain_alloc_irqs(stack.k, stack.top, 1, spec(3))
    assert hier.irq_domain_get_irq_data(stack.k, stack.top, irq) is stack.rig.data(irq)
    assert hier.irq_domain_get_irq_data(stack.k, stack.domains["mid"], irq).hwirq == 103
    assert hier.irq_domain_get_irq_data(stack.k, stack.rig.domain, irq) is None
    assert hier.irq_domain_get_irq_data(stack.k, stack.top, 99) is None


def test_irq_domain_set_hwirq_and_chip_of_a_level_the_line_has_not():
    stack = make_stack()
    irq = hier.irq_domain_alloc_irqs(stack.k, stack.top, 1, spec(3))
    assert hier.irq_domain_set_hwirq_and_chip(stack.k, stack.rig.domain, irq, 1, None, None) == -ENOENT
    assert hier.irq_domain_set_hwirq_and_chip(stack.k, stack.domains["mid"], irq, 7, None, 0x2000) == 0
    mid = stack.level(irq, "mid")
    assert (mid.hwirq, mid.chip, mid.chip_data) == (7, no_irq_chip, 0x2000)
    hier.irq_domain_set_hwirq_and_chip(stack.k, stack.domains["mid"], irq, 7, stack.rig.data(irq).chip, 0x2000)
    hier.irq_domain_reset_irq_data(stack.k, mid)
    assert (mid.hwirq, mid.chip, mid.chip_data) == (0, no_irq_chip, None)


def test_irq_domain_set_info_needs_a_chip_on_some_level():
    """__irq_do_set_handler(): the outermost may come later, a line without any is refused."""
    stack = make_stack()
    irq = hier.irq_domain_alloc_irqs(stack.k, stack.top, 1, spec(3))
    hier.irq_domain_set_info(stack.k, stack.top, irq, 3, None, None, handle_level_irq, 0x3000)
    assert stack.rig.warnings() == [] and stack.rig.desc(irq).handler_data == 0x3000
    bare = irq_alloc_desc(stack.k)
    hier.irq_domain_set_info(stack.k, stack.top, bare, 3, None, None, handle_level_irq, None)
    assert stack.rig.warnings() == ["__irq_do_set_handler: no chip"]


# -- trimming ----------------------------------------------------------------------------------------------------------


@RELEASES
@pytest.mark.parametrize(
    ("mid", "root", "levels"),
    [(0, 0, ("top", "mid", "root")), (0, 2, ("top", "mid")), (2, 1, ("top",))],
    ids=["nobody", "from root on", "from mid on"],
)
def test_irq_domain_trim_hierarchy_cuts_off_from_the_mark_on(release, mid, root, levels):
    """irq_domain_disconnect_hierarchy() in ``alloc``; what is cut off is neither mapped nor freed later."""
    stack = make_stack(release)
    stack.rig.answer("mid chip", mid)
    stack.rig.answer("root chip", root)
    irq = hier.irq_domain_alloc_irqs(stack.k, stack.top, 1, spec(3))
    assert irq == 1 and tuple(row[0] for row in stack.chain(irq)) == levels
    assert {level for level, pairs in stack.maps().items() if pairs} == set(levels)
    assert stack.left() == (1, len(levels) - 1, len(levels))
    stack.entries()
    hier.irq_domain_free_irqs(stack.k, irq, 1)
    assert stack.left() == NOTHING and stack.entries() == tuple(f"{level} free 1" for level in levels)


@pytest.mark.parametrize(
    ("top", "mid", "root"),
    [(2, 0, 0), (0, 1, 0), (0, 0, 1), (0, 2, 0), (0, 2, 2)],
    ids=["the outermost", "no chip in the middle", "no chip at the root", "a chip behind the mark", "two marks"],
)
@pytest.mark.parametrize(("release", "freed"), [("6.1", ()), ("6.12", ("top free 1", "mid free 1", "root free 1"))])
def test_irq_domain_trim_hierarchy_refuses_chips_and_marks_that_do_not_fit(release, freed, top, mid, root):
    """6.1 forgets what the drivers have allocated, 6.12 gives it back to them."""
    stack = make_stack(release)
    for level, how in (("top", top), ("mid", mid), ("root", root)):
        stack.rig.answer(f"{level} chip", how)
    assert hier.irq_domain_alloc_irqs(stack.k, stack.top, 1, spec(3)) == -EINVAL
    assert stack.entries("alloc") == freed and stack.left() == NOTHING


def test_irq_domain_disconnect_hierarchy_of_a_domain_the_line_is_not_in():
    stack = make_stack()
    irq = hier.irq_domain_alloc_irqs(stack.k, stack.top, 1, spec(3))
    assert hier.irq_domain_disconnect_hierarchy(stack.k, stack.rig.domain, irq) == -EINVAL


# -- freeing -----------------------------------------------------------------------------------------------------------


@RELEASES
@pytest.mark.parametrize("dispose", [False, True])
def test_irq_domain_free_irqs_and_irq_dispose_mapping_leave_nothing(release, dispose):
    stack = make_stack(release)
    irq = hier.irq_domain_alloc_irqs(stack.k, stack.top, 1, spec(3))
    stack.entries()
    if dispose:
        irq_dispose_mapping(stack.k, irq)
    else:
        hier.irq_domain_free_irqs(stack.k, irq, 1)
    assert stack.entries() == ("top free 1", "mid free 1", "root free 1")
    assert stack.left() == NOTHING and stack.rig.warnings() == []


def test_irq_domain_free_irqs_of_several_frees_one_after_the_other_outermost_level_first():
    stack = make_stack()
    irq = hier.irq_domain_alloc_irqs(stack.k, stack.top, 3, spec(0))
    stack.entries()
    hier.irq_domain_free_irqs(stack.k, irq, 2)
    assert stack.entries() == ("top free 1", "mid free 1", "root free 1") * 2
    assert stack.left() == (1, 2, 3) and stack.maps()["mid"] == ((102, 3),)


def test_a_line_is_no_longer_found_nor_handled_while_its_drivers_free_it():
    """irq_domain_remove_irq(): NOREQUEST, no chip, the bad handler, unmapped; only then ``free``."""
    seen = []

    def peek(k, domain, irq, nr_irqs):
        desc = k.world.at(IrqDesc, irq)
        seen.append((desc.norequest, desc.irq_data.chip.name, desc.handle_irq.__name__, stack.left()))

    stack = make_stack(ops={"top": IrqDomainOps("peek", alloc=alloc, free=peek)})
    irq = hier.irq_domain_alloc_irqs(stack.k, stack.top, 1, spec(3))
    hier.irq_domain_free_irqs(stack.k, irq, 1)
    assert seen == [(True, "none", "handle_bad_irq", (1, 2, 0))]


@pytest.mark.parametrize("why", ["no descriptor", "no domain", "no free"])
def test_irq_domain_free_irqs_of_what_cannot_be_freed_warns(why):
    stack = make_stack(ops={"top": IrqDomainOps("keeps", alloc=alloc)})
    irq = {"no descriptor": 99, "no domain": 1, "no free": 2}[why]
    assert irq_alloc_desc(stack.k) == 1
    assert hier.irq_domain_alloc_irqs(stack.k, stack.top, 1, spec(3)) == 2
    hier.irq_domain_free_irqs(stack.k, irq, 1)
    assert stack.rig.warnings() == ["NULL pointer, cannot free irq"] and stack.left() == (2, 2, 3)


def test_irq_domain_free_irqs_top_clears_the_handler_and_common_only_its_level():
    stack = make_stack()
    irq = hier.irq_domain_alloc_irqs(stack.k, stack.top, 1, spec(3))
    stack.rig.set_desc(irq, handler_data=0x1000)
    hier.irq_domain_free_irqs_common(stack.k, stack.domains["mid"], irq, 1)
    assert stack.chain(irq) == (("top", 3, "top"), ("mid", 0, "none"), ("root", 0, "none"))
    assert stack.rig.desc(irq).handle_irq is handle_level_irq and stack.rig.desc(irq).handler_data == 0x1000
    hier.irq_domain_free_irqs_top(stack.k, stack.top, irq, 1)
    assert stack.chain(irq)[0] == ("top", 0, "none")
    assert stack.rig.desc(irq).handle_irq.__name__ == "handle_bad_irq" and stack.rig.desc(irq).handler_data is None


# -- mappings ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "found"), [(0, 1), (300, 2)], ids=["a tree keeps the first", "a table has the last"])
def test_two_lines_on_one_number_of_a_parent(size, found):
    """irq_domain_set_mapping(): radix_tree_insert() fails unheard, a table is overwritten."""
    stack = make_stack(sizes={"root": size})
    hier.irq_domain_alloc_irqs(stack.k, stack.top, 1, spec(3))
    hier.irq_domain_alloc_irqs(stack.k, stack.domains["mid"], 1, ("mid", (103,)))
    assert stack.maps()["root"] == ((203, found),)
    hier.irq_domain_free_irqs(stack.k, 2, 1)
    assert stack.maps()["root"] == ()  # whichever line was there


@RELEASES
def test_irq_create_fwspec_mapping_allocates_in_a_hierarchy_and_notes_the_trigger_type(release):
    stack = make_stack(release)
    irq = irq_create_fwspec_mapping(stack.k, spec(3, 4))
    assert stack.entries() == ("top alloc", "mid alloc", "root alloc")
    assert (irq, stack.rig.data(irq).trigger, stack.rig.data(irq).trigger_set) == (1, 4, True)
    assert irq_create_fwspec_mapping(stack.k, spec(3, 4)) == 1 and stack.entries() == ()
    stack.rig.answer("root alloc", -EPERM)
    assert irq_create_fwspec_mapping(stack.k, spec(4, 4)) == 0 and stack.left() == (1, 2, 3)


def test_irq_create_mapping_of_a_hierarchical_domain_maps_its_own_level_only():
    """The old interface knows nothing of hierarchies: no ``map``, no chip, no parents."""
    stack = make_stack()
    irq = irq_create_mapping(stack.k, stack.top, 3)
    assert stack.chain(irq) == (("top", 3, "none"),) and stack.entries() == ()
