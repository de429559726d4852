"""Whatever is wrong with a command or a file ends in one line: what, where, what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Irqlab = Callable[..., Any]

CHECK = ("check", "irqsteer@6.11", "--kernel", "6.12")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "the following arguments are required: COMMAND"),
        (("chek",), "irqlab 'chek' is not known: did you mean 'check'"),
        (("check",), "check: give a driver (a name, a .c, a .o) or --driver-file FILE.py, one of them"),
        (("check", "--kernel", "6.1"), "check: give a driver (a name, a .c, a .o) or --driver-file FILE.py, one of them"),
        (("check", "irqsteer@6.11"), "driver 'irqsteer@6.11' is in Python: give --kernel, a release ('irqlab list kernels')"),
        ((*CHECK, "--tree", "linux"), "--tree linux: driver 'irqsteer@6.11' is in Python: leave --tree away"),
        (("check", "irqster@6.11", "--kernel", "6.1"), "there is no driver 'irqster@6.11': did you mean 'irqsteer@6.11'"),
        (("check", "irqsteer", "--kernel", "6.1"), "there is no driver 'irqsteer': did you mean 'irqsteer@mainline-2020' or"),
        (("check", "mine.py", "--kernel", "6.1"), "mine.py: is a file: give it with --driver-file mine.py"),
        (("check", "irqsteer@6.11", "--kernel", "2.4"), "there is no kernel '2.4'"),
        (("check", "irqsteer@6.11", "--kernel", "5.8"), "cannot be built for kernel 5.8: it needs 'domain-pm-device'"),
        (("check", "irqsteer@vendor-2020", "--kernel", "6.12"), "cannot be built for kernel 6.12: it needs 'parent-device'"),
        ((*CHECK, "--with", "kexec-skip-mask"), "there is no switch 'kexec-skip-mask': did you mean 'kexec-skip-masked'?"),
        ((*CHECK, "--with", "domain-pm-device"), "kernel 6.12 has it anyway"),
        ((*CHECK, "--without", "kexec-skip-masked"), "kernel 6.12 does not have it"),
        ((*CHECK, "--with", "parent-device", "--without", "parent-device"), "is given with --with and with --without"),
        ((*CHECK, "--without", "domain-pm-device"), "it needs 'domain-pm-device'"),
        (
            (*CHECK, "--arch", "x86"),
            "--arch 'x86' is not known: take one of arm64, arm, riscv64, riscv, loongarch, powerpc,",
        ),
        (
            ("check", "irq-x.c", "--arch", "loongarch"),
            "--arch loongarch: irq-x.c is compiled, which is for arm64, arm or riscv64: take one of these, or a driver in Python",
        ),
        (("check", "irq-x.o", "--arch", "riscv"), "--arch riscv: irq-x.o is compiled, which is for arm64, arm or riscv64"),
        ((*CHECK, "--board", "irqster"), "there is no board 'irqster': give the path of a .dts or .dtb, or a name: did you mean"),
        ((*CHECK, "--board", "intmux"), "board 'intmux' has no node for driver 'irqsteer@6.11'"),
        ((*CHECK, "--board", "/none.dts"), "/none.dts: there is no such file"),
        ((*CHECK, "--set", "tasks=0"), "nobody could call the kernel"),
        ((*CHECK, "--board", "/"), "/: is a directory"),
        ((*CHECK, "--board", "a\0b.dts"), "there is no such file"),
        ((*CHECK, "--scope", "big"), "there is no scope 'big': take one of small, normal, deep"),
        ((*CHECK, "--set", "depht=2"), "--set depht=2: is no field=value of a scope"),
        ((*CHECK, "--set", "consumers=z"), "board 'irqsteer' has no peripheral 'z': it has a, b"),
        ((*CHECK, "--fw-devlink", "maybe"), "--fw-devlink 'maybe' is not known"),
        ((*CHECK, "--output-when-gated", "high"), "--output-when-gated 'high' is not known"),
        ((*CHECK, "--max-states", "0"), "argument --max-states: '0' is no number above 0"),
        ((*CHECK, "--max-states", "many"), "'many' is no number above 0"),
        ((*CHECK, "--max-seconds", "nan"), "'nan' is no time in seconds above 0"),
        ((*CHECK, "--max-sec", "3"), "unrecognized arguments: --max-sec 3"),
        ((*CHECK, "--driver-file", "x.py"), "check: give a driver (a name, a .c, a .o) or --driver-file FILE.py"),
        (("check", "--driver-file", "/none.py", "--kernel", "6.1"), "/none.py: cannot be read (No such file or directory)"),
        (("check", "--driver-file", "/", "--kernel", "6.1"), "/: cannot be read (Is a directory)"),
        (("list", "driver"), "irqlab list 'driver' is not known: did you mean 'drivers'?"),
        (("explain", "dead"), "there is nothing named 'dead': did you mean 'dead-register-access' or 'deadlock'?"),
        (("explain", ""), "there is nothing named ''"),
        (("replay",), "the following arguments are required: finding.json"),
        (("replay", "/none.json"), "/none.json: cannot be read (No such file or directory)"),
        (("replay", "/"), "/: is a directory"),
        (("replay", "x", "--finding", "-1"), "'-1' is no number above 0"),
    ],
)
def test_a_wrong_command_is_one_line_and_status_2(irqlab: Irqlab, words: tuple[str, ...], said: str):
    ran = irqlab(*words)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.startswith("irqlab: ") and ran.err.count("\n") == 1


def test_a_broken_device_tree_is_one_line_with_its_place(irqlab: Irqlab, tmp_path: Path):
    board = tmp_path / "broken.dts"
    board.write_text("/dts-v1/;\n/ { a = <1; };\n")
    ran = irqlab(*CHECK, "--board", str(board))
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"irqlab: {board}:2") and ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def f(:\n", ":1: is no Python (invalid syntax)"),
        ("\0", "is no Python"),
        ("x = 1\n", "has no module-level 'driver'"),
        ("driver = 3\n", "'driver' is int, no Driver"),
        ("from irqlab.kernel.device import Driver\ndriver = Driver('x')\n", "its driver has no compatible strings"),
        (
            "from irqlab.kernel.device import Driver\ndriver = Driver('x', ('no,such',))\n",
            "no board of irqlab's own has a node for driver 'x'",
        ),
        ("\n\nraise ValueError('one\\ntwo')\n", ":3, in <module>(): driver "),
        ("import sys\nsys.exit(0)\n", ":2, in <module>(): driver "),
        ("def f():\n    f()\nf()\n", ":2, in f(): driver "),
        ("import nothing_of_that_name\n", "ModuleNotFoundError: No module named 'nothing_of_that_name'"),
    ],
    ids=range(10),
)
def test_a_driver_file_that_is_none_is_one_line(irqlab: Irqlab, tmp_path: Path, source: str, said: str):
    path = tmp_path / "mine.py"
    path.write_text(source)
    ran = irqlab("check", "--driver-file", str(path), "--kernel", "6.1")
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.startswith("irqlab: ") and ran.err.count("\n") == 1


def test_help_and_version_are_no_errors(irqlab: Irqlab):
    assert irqlab("--version").out.startswith("irqlab ")
    assert irqlab("--help").status == 0
    for command in ("check", "replay", "list", "explain", "thread"):
        assert irqlab(command, "--help").status == 0
