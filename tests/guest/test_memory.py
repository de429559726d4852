"""A guest's memory: lines, allocations, and what may not be."""

from __future__ import annotations

from guest_rig import bare
from hypothesis import given, settings
from hypothesis import strategies as st

from irqlab.guest.layout import HEAP, IMAGE, STACK
from irqlab.guest.memory import Allocation, Fault, Line, Memory
from irqlab.state import Tape, World

DATA = IMAGE + 0x1000


def what(found: Fault | bytes | None) -> str:
    """What is wrong; empty if nothing is."""
    return found.what if isinstance(found, Fault) else ""


def test_data_of_the_image_read_as_they_were_linked(memory: Memory) -> None:
    assert memory.load(DATA, 6) == bytes((1, 2, 3, 4, 0, 0))
    assert not memory.world.at(Line, DATA // 64).exists


def test_a_write_makes_a_line(memory: Memory) -> None:
    assert memory.store(DATA + 1, b"\xaa\xbb") is None
    assert memory.load(DATA, 4) == bytes((1, 0xAA, 0xBB, 4))
    assert memory.world.at(Line, DATA // 64).exists


def test_code_cannot_be_written(memory: Memory) -> None:
    assert what(memory.store(IMAGE, b"\0")) == "read-only"


def test_the_first_page_is_a_null_pointer(memory: Memory) -> None:
    assert what(memory.load(8, 4)) == "null"
    assert what(memory.store(0, b"\0")) == "null"
    assert what(memory.load(0x1000, 4)) == "wild"


def test_allocations_take_the_lowest_free_place(memory: Memory) -> None:
    first = memory.allocate(200, zero=True, where="probe")
    second = memory.allocate(8, zero=True, where="probe")
    assert (first, second) == (HEAP, HEAP + 384)
    assert memory.release(first)
    assert memory.allocate(64, zero=True, where="again") == HEAP
    assert memory.allocate(200, zero=True, where="too large for the hole beside it") == HEAP + 512


def test_between_two_allocations_lies_what_belongs_to_nobody(memory: Memory) -> None:
    first = memory.allocate(100, zero=True, where="probe")
    assert memory.load(first + 99, 1) == b"\0"
    assert what(memory.load(first + 100, 1)) == "out-of-bounds"
    assert what(memory.store(first + 98, b"abcd")) == "out-of-bounds"
    assert what(memory.store(first + 128, b"a")) == "out-of-bounds"


def test_a_fault_names_the_allocation(memory: Memory) -> None:
    first = memory.allocate(100, zero=True, where="imx_irqsteer_probe() (drivers/irqchip/irq-imx-irqsteer.c:152)")
    found = memory.load(first + 104, 4)
    assert isinstance(found, Fault)
    assert found.detail == "0x68 4 bytes behind the 100 bytes of imx_irqsteer_probe() (drivers/irqchip/irq-imx-irqsteer.c:152)"


def test_what_was_freed_cannot_be_used(memory: Memory) -> None:
    first = memory.allocate(64, zero=True, where="probe")
    assert memory.release(first)
    assert what(memory.load(first, 8)) == "use-after-free"
    assert not memory.release(first)
    assert not memory.world.at(Allocation, first).exists


def test_what_was_never_written_cannot_be_read(memory: Memory) -> None:
    first = memory.allocate(64, zero=False, where="probe")
    assert what(memory.prepare(first, 8, write=False)) == "uninitialised"
    assert memory.store(first + 4, b"\1") is None
    assert memory.prepare(first, 8, write=False) is None  # padding: some of it is known
    assert what(memory.prepare(first + 8, 8, write=False)) == "uninitialised"
    assert memory.prepare(first + 8, 8, write=True) is None


def test_a_zeroed_allocation_may_be_read(memory: Memory) -> None:
    first = memory.allocate(64, zero=True, where="probe")
    assert memory.prepare(first, 8, write=False) is None


def test_what_is_known_is_said_byte_by_byte(memory: Memory) -> None:
    first = memory.allocate(16, zero=False, where="probe")
    memory.store(first + 2, b"ab")
    assert memory.known(first, 8) == 0b1100


def test_the_emulator_sees_what_a_restored_state_has(memory: Memory) -> None:
    world = memory.world
    first = memory.allocate(64, zero=True, where="probe")
    world.commit()
    before = world.state()
    world.begin()
    memory.prepare(first, 4, write=True)
    memory.wrote(first, b"\x11\x22\x33\x44")
    memory.heap.put(first, b"\x11\x22\x33\x44")  # the CPU does that
    world.commit()
    after = world.state()
    world.restore(before)
    world.begin()
    assert memory.prepare(first, 4, write=False) is None
    assert memory.heap.get(first, 4) == bytes(4)
    world.restore(after)
    assert memory.prepare(first, 4, write=False) is None
    assert memory.heap.get(first, 4) == b"\x11\x22\x33\x44"


def test_a_store_that_may_not_be_leaves_nothing_behind_in_the_emulator(memory: Memory) -> None:
    """The CPU finishes the instruction it is stopped at: what it stored must not be read in another state."""
    first = memory.allocate(64, zero=True, where="probe")
    assert memory.prepare(first, 8, write=False) is None
    memory.heap.put(first + 62, b"\xff\xff\xff\xff")  # a store of 4 bytes of which 2 lie behind: the CPU did that
    assert what(memory.prepare(first + 62, 4, write=True)) == "out-of-bounds"
    memory.spoilt(first + 62, 4)
    assert memory.prepare(first + 56, 8, write=False) is None
    assert memory.heap.get(first + 56, 8) == bytes(8)


def test_a_counter_is_kept_in_no_state_and_what_lies_behind_it_is(memory: Memory) -> None:
    """A compiler makes one store of two zeroes side by side: ``tot_count`` and ``irq_count`` of ``struct irq_desc``."""
    address = memory.allocate(16, True, "")
    memory.store(address, bytes(range(16)))
    memory.only_counts(address, 4)
    memory.wrote(address, b"\xff" * 4)
    assert memory.load(address, 8) == bytes(range(8))
    memory.wrote(address, bytes(8))
    assert memory.load(address, 8) == bytes(8)


def test_an_access_across_lines_sees_both(memory: Memory) -> None:
    first = memory.allocate(128, zero=True, where="probe")
    memory.store(first + 60, bytes(range(8)))
    assert memory.load(first + 60, 8) == bytes(range(8))
    assert memory.prepare(first + 60, 8, write=False) is None
    assert memory.heap.get(first + 60, 8) == bytes(range(8))


def test_the_stack_is_nobodys_record(memory: Memory) -> None:
    assert memory.store(STACK + 8, b"abc") is None
    assert memory.load(STACK + 8, 3) == b"abc"
    assert what(memory.load(STACK - 8, 4)) == "wild"


def test_a_string_has_one_address(memory: Memory) -> None:
    one = memory.intern("interrupt-controller@32e2d000")
    assert memory.intern("gic") != one
    assert memory.intern("interrupt-controller@32e2d000") == one
    assert memory.load(one, 5) == b"inter"


OPS = st.lists(
    st.one_of(
        st.tuples(st.just("alloc"), st.integers(1, 300), st.booleans()),
        st.tuples(st.just("free"), st.integers(0, 5), st.just(False)),
        st.tuples(st.just("write"), st.integers(0, 5), st.booleans()),
    ),
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(OPS)
def test_allocations_never_overlap_and_keep_what_was_written(ops: list[tuple[str, int, bool]]) -> None:
    memory = Memory(World(), bare())
    memory.world.begin()
    live: dict[int, tuple[int, bytes]] = {}
    for op, number, flag in ops:
        if op == "alloc":
            address = memory.allocate(number, flag, "test")
            assert all(address + number + 64 <= start or start + len(kept) + 64 <= address for start, (_, kept) in live.items())
            live[address] = (number, bytes(number))
        elif live:
            address = sorted(live)[number % len(live)]
            size = live[address][0]
            if op == "free":
                assert memory.release(address)
                del live[address]
                assert what(memory.load(address, 1)) in ("use-after-free", "out-of-bounds")
            else:
                content = bytes((at * 7 + size) & 0xFF for at in range(size))
                assert memory.store(address, content) is None
                live[address] = (size, content)
        for start, (_, kept) in live.items():
            assert memory.load(start, len(kept)) == kept
    for address in list(live):
        assert memory.release(address)
    assert memory.world.keys(Allocation) == ()
    assert memory.world.keys(Allocation) == ()


# -- numbers that only count -----------------------------------------------------------------------------------------------


def test_a_number_that_only_counts_stays_as_it_is_in_every_state(memory: Memory) -> None:
    """desc->tot_count: every interrupt adds one, and without this no exploration would end."""
    address = memory.allocate(128, True, "alloc_desc()")
    memory.only_counts(address + 8, 4)
    memory.wrote(address + 8, b"\x01\0\0\0")
    memory.wrote(address + 12, b"\x02\0\0\0")
    assert memory.load(address + 8, 8) == b"\0\0\0\0\x02\0\0\0"


def test_memory_that_is_given_out_again_counts_no_more(memory: Memory) -> None:
    address = memory.allocate(64, True, "alloc_desc()")
    memory.only_counts(address, 4)
    memory.release(address)
    assert memory.allocate(64, True, "probe()") == address
    memory.wrote(address, b"\x01\0\0\0")
    assert memory.load(address, 4) == b"\x01\0\0\0"


def test_the_lines_that_were_stored_to_are_those_of_this_segment(memory: Memory) -> None:
    """What another segment stored says nothing about this one."""
    address = memory.allocate(256, True, "probe()")
    memory.store(address + 70, b"\1\2")
    assert memory.stored_lines() == {address // 64 + 1}
    assert memory.stored_lines() == set()
    memory.store(address, b"\1")
    memory.world.tape = Tape(memory.world)
    assert memory.stored_lines() == set()


def test_a_glance_leaves_no_note(memory: Memory) -> None:
    address = memory.allocate(64, True, "probe()")
    memory.store(address, b"\x2a")
    memory.world.commit()
    memory.world.begin()
    assert memory.glance(address, 2) == b"\x2a\0"
    assert memory.glance(DATA, 4) == bytes((1, 2, 3, 4))
    assert memory.world.reads == {}
