"""Objects that are damaged, foreign or hostile: one line each, never a traceback, a hang or a crash of irqlab."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from real_rig import IRQSTEER, built

from irqlab.errors import GuestError
from irqlab.guest.image import load
from irqlab.tree import make

#: How many damaged objects are tried; each is a linker run.
TRIES = 250


def check(*args: str) -> subprocess.CompletedProcess[str]:
    """``irqlab check`` in a process of its own."""
    command = [sys.executable, "-m", "irqlab", "check", *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def refused(path: Path) -> str:
    """What ``irqlab check`` says of an object it cannot run."""
    done = check(str(path), "--kernel", "6.12")
    assert done.returncode == 2, (done.returncode, done.stdout[-400:], done.stderr[-400:])
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("irqlab: "), done.stderr
    return done.stderr


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copy(built(IRQSTEER).object, tmp_path / "driver.o"))


def test_truncated(copy: Path) -> None:
    data = copy.read_bytes()
    for length in (0, 3, 63, 64, 1000, len(data) // 2, len(data) - 1):
        copy.write_bytes(data[:length])
        assert "is cut off" in refused(copy) or "is no ELF file" in refused(copy)


def test_stripped(copy: Path) -> None:
    subprocess.run(["aarch64-linux-gnu-strip", "--strip-debug", str(copy)], check=True)
    assert "has no debug info" in refused(copy)
    subprocess.run(["aarch64-linux-gnu-strip", "--strip-all", str(copy)], check=True)
    assert "is stripped" in refused(copy) or "has no debug info" in refused(copy)


def test_big_endian_and_another_architecture(copy: Path) -> None:
    data = bytearray(copy.read_bytes())
    data[5] = 2
    copy.write_bytes(data)
    assert "is big-endian" in refused(copy)
    data[5], data[18] = 1, 62
    copy.write_bytes(data)
    assert "is for another architecture" in refused(copy)


def test_no_object_and_no_file(tmp_path: Path) -> None:
    text = tmp_path / "text.o"
    text.write_text("int main;\n" * 20)
    assert "is no ELF file" in refused(text)
    assert "cannot be read" in refused(tmp_path / "none.o")


def test_damaged_objects_are_refused_or_linked(copy: Path) -> None:
    """Bytes of headers, tables and debug info changed at random: load() raises GuestError or gives an image."""
    data = copy.read_bytes()
    chance = random.Random(1)
    linked = refused_ = 0
    for _ in range(TRIES):
        damaged = bytearray(data)
        for _ in range(chance.choice((1, 2, 8, 64))):
            where = chance.choice((chance.randrange(64), chance.randrange(len(data)), len(data) - 1 - chance.randrange(4096)))
            damaged[where] = chance.randrange(256)
        copy.write_bytes(damaged)
        try:
            linked += bool(load(copy).functions)
        except GuestError as error:
            assert "\n" not in str(error)
            refused_ += 1
    assert linked > TRIES // 10 and refused_ > TRIES // 10, (linked, refused_)


def test_damaged_code_is_a_finding_a_refusal_or_harmless(copy: Path) -> None:
    """Bytes of the code changed at random: whatever it does, the command ends with a status of its own."""
    data = copy.read_bytes()
    chance = random.Random(2)
    for _ in range(6):
        damaged = bytearray(data)
        for _ in range(4):
            damaged[0x40 + chance.randrange(0x800)] = chance.randrange(256)
        copy.write_bytes(damaged)
        done = check(str(copy), "--kernel", "6.12", "--max-states", "3000")
        assert done.returncode in (0, 1, 2, 3), (done.returncode, done.stderr)
        assert "Traceback" not in done.stderr and "report the defect" not in done.stderr


def test_a_hostile_name_reaches_no_linker_script(copy: Path) -> None:
    data = copy.read_bytes()
    name = b"irq_domain_remove\0"
    hostile = b"x=.;}INPUT(/etc/p\0"
    assert len(name) == len(hostile) and name in data
    copy.write_bytes(data.replace(name, hostile))
    assert "which no C symbol has" in refused(copy)


def test_sources_and_trees_that_are_none(tmp_path: Path) -> None:
    outside = tmp_path / "driver.c"
    outside.write_text("int x;\n")
    for args in (
        (str(outside), "--tree", str(make.__file__)),
        (str(outside), "--tree", str(tmp_path)),
        (str(outside),),
        (IRQSTEER, "--tree", str(tmp_path / "none")),
        ("drivers/irqchip/no-such-driver.c", "--tree", str(built(IRQSTEER).tree.path)),
        (str(outside), "--tree", str(built(IRQSTEER).tree.path)),
    ):
        done = check(*args)
        assert done.returncode == 2, (args, done.stderr)
        assert done.stderr.count("\n") == 1 and done.stderr.startswith("irqlab: "), done.stderr
