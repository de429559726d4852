"""Stubs run in the emulated CPU itself; arguments lie where the architecture's procedure call standard says."""

from __future__ import annotations

import pytest
import unicorn

from irqlab.guest.abi import ABIS, ARM, ARM64, RISCV64, STUB, Abi, signed


@pytest.mark.parametrize("abi", ABIS.values(), ids=list(ABIS))
@pytest.mark.parametrize("number", [0, 1, 0x7FF, 0x800, 0x1234, 0x8000, 0xFFFF])
@pytest.mark.parametrize("distance", [0x100, 0x40000, -0x40000])
def test_a_stub_leaves_its_number_and_ends_at_the_common_address(abi: Abi, number: int, distance: int) -> None:
    here = 0x1010_0000
    common = here + distance
    engine = unicorn.Uc(*abi.engine)
    engine.mem_map(0x1000_0000, 0x20_0000)
    code = abi.stub(number, here, common)
    assert len(code) == STUB
    engine.mem_write(here, code)
    engine.emu_start(here, common)
    assert engine.reg_read(abi.registers[abi.pc]) == common
    assert engine.reg_read(abi.registers[abi.scratch]) & 0xFFFF == number


def test_arm64_passes_eight_arguments_in_registers_and_the_rest_on_the_stack() -> None:
    assert ARM64.place([8] * 10) == [(0,), (1,), (2,), (3,), (4,), (5,), (6,), (7,), (-1,), (-9,)]


def test_arm_passes_a_64_bit_argument_in_an_even_pair() -> None:
    assert ARM.place([4, 8]) == [(0,), (2, 3)]
    assert ARM.place([8, 4]) == [(0, 1), (2,)]


def test_arm_aligns_a_64_bit_argument_on_the_stack() -> None:
    assert ARM.place([4, 4, 4, 4, 4, 8]) == [(0,), (1,), (2,), (3,), (-1,), (-9, -13)]


def test_arm_splits_no_64_bit_argument() -> None:
    assert ARM.place([4, 4, 4, 8]) == [(0,), (1,), (2,), (-1, -5)]


def test_riscv_passes_eight_arguments_in_registers() -> None:
    assert RISCV64.place([4] * 9)[7:] == [(7,), (-1,)]


@pytest.mark.parametrize(("value", "bits", "number"), [(0xFFFFFFFF, 32, -1), (0x7FFFFFFF, 32, 0x7FFFFFFF), (0xFFEA, 16, -22)])
def test_a_register_as_a_signed_number(value: int, bits: int, number: int) -> None:
    assert signed(value, bits) == number


def test_what_a_function_must_leave_as_it_was_has_the_stack_pointer_and_the_frame() -> None:
    for abi in ABIS.values():
        assert {abi.sp, abi.frame} <= set(abi.saved)
        assert abi.scratch not in abi.saved
