"""The tree's own build, with real compilers: every architecture, configured by irqlab and by the user, edited and built again.

What is edited is a copy: a tree of links, which is made in seconds.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from irqlab.board import Board, parse
from irqlab.errors import TreeError
from irqlab.tree import (
    ARCHES,
    Built,
    Tree,
    boards,
    build,
    build_many,
    compile_dts,
    compile_text,
    drivers,
    examples,
    get,
    open_tree,
    shadow,
    with_flags,
)

IRQSTEER = "drivers/irqchip/irq-imx-irqsteer.c"
INTMUX = "drivers/irqchip/irq-imx-intmux.c"

#: ``e_machine`` and ``EI_CLASS`` of each architecture's objects.
ELF = {"arm64": (183, 2), "arm": (40, 1), "riscv64": (243, 2), "x86_64": (62, 2)}


@pytest.fixture(scope="module")
def copied(linux: Tree, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A place with a clean copy of the tree, and a cache for it."""
    place = tmp_path_factory.mktemp("copy")
    shadow.update(linux.path, place)
    yield place
    shutil.rmtree(place)


@pytest.fixture
def copy(copied: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """The copy, for all that changes something; each test leaves it as it was."""
    monkeypatch.setenv("IRQLAB_CACHE", str(copied / "cache"))
    return open_tree(copied / "tree")


@pytest.fixture
def edited(copy: Tree) -> Iterator[Edits]:
    """Edits files of the copy, and puts them back."""
    edits = Edits(copy)
    yield edits
    edits.put_back()


class Edits:
    """Files of a tree of links that were replaced."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._links: dict[Path, str] = {}

    def replace(self, name: str, old: str, new: str) -> None:
        path = self.tree.path / name
        text = path.read_text()
        assert text.count(old) == 1
        if path.is_symlink():
            self._links[path] = os.readlink(path)
            path.unlink()
        path.write_text(text.replace(old, new))

    def put_back(self) -> None:
        for path, target in self._links.items():
            path.unlink()
            path.symlink_to(target)
        self._links.clear()


def undefined(built: Built) -> set[str]:
    """The symbols an object lacks."""
    nm = ARCHES[built.arch].tool("nm")
    said = subprocess.run([nm, "-u", built.object], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1] for line in said.splitlines()}


@pytest.mark.parametrize("arch", ELF)
def test_irqsteer_is_built_for(linux: Tree, arch: str):
    built = build(linux, IRQSTEER, arch)
    data = built.object.read_bytes()
    assert data[:4] == b"\x7fELF"
    assert (struct.unpack_from("<H", data, 18)[0], data[4]) == ELF[arch]
    assert {"devm_clk_get", "irq_domain_instantiate", "_raw_spin_lock_irqsave", "__pm_runtime_resume"} <= undefined(built)
    assert not {"__stack_chk_fail", "_mcount", "__fentry__", "__asan_load8", "__aeabi_unwind_cpp_pr0"} & undefined(built)
    # Struct layouts from headers are whole: a member the driver never names is in the debug information.
    assert b"irq_bus_sync_unlock" in data and b"irq_set_vcpu_affinity" in data
    assert (built.arch, built.version, built.own_config, len(built.config)) == (arch, linux.version, False, 64)
    assert ARCHES[arch].linker().exists()


def test_debug_information_names_sources_as_the_tree_does(linux: Tree):
    built = build(linux, IRQSTEER)
    said = subprocess.run(
        ["aarch64-linux-gnu-readelf", "--debug-dump=info", "--dwarf-depth=1", built.object],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert f": {IRQSTEER}" in said
    assert str(linux.path).encode() not in built.object.read_bytes()
    assert str(built.directory).encode() not in built.object.read_bytes()


def test_nothing_is_run_when_nothing_changed(linux: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    first = build(linux, IRQSTEER)
    (tmp_path / "aarch64-linux-gnu-gcc").symlink_to(ARCHES["arm64"].tool("gcc"))
    monkeypatch.setenv("PATH", str(tmp_path))
    told: list[str] = []
    assert build(linux, IRQSTEER, progress=told.append) == first and told == []


@pytest.mark.parametrize(
    "source", ["kernel/irq/generic-chip.c", "kernel/irq/chip.c", "lib/bitmap.c", "drivers/base/power/runtime.c"]
)
def test_other_objects_of_the_kernel_are_built_the_same_way(linux: Tree, source: str):
    generic, driver = build(linux, source), build(linux, IRQSTEER)
    assert generic.object.read_bytes()[:4] == b"\x7fELF" and generic.config == driver.config


def test_many_are_built_at_once_and_each_has_its_object_or_its_error(linux: Tree):
    told: list[str] = []
    wrong = "drivers/irqchip/irq-mips-gic.c"
    many = build_many(linux, [IRQSTEER, wrong, INTMUX], jobs=2, progress=told.append)
    assert isinstance(many[IRQSTEER], Built) and isinstance(many[INTMUX], Built)
    assert isinstance(many[wrong], TreeError)
    assert str(many[wrong]).startswith(f"{wrong}: does not compile for arm64: {wrong}:")
    assert ": fatal error: asm/mips-cps.h: No such file or directory (the whole log: " in str(many[wrong])
    assert any(step.startswith(f"CC {wrong.removesuffix('.c')}.o") for step in told)


def test_every_irqchip_driver_is_known_to_the_build(linux: Tree):
    known = drivers(linux)
    assert {IRQSTEER, INTMUX, "drivers/irqchip/irq-gic-v3.c"} <= set(known)
    assert known == sorted(str(path.relative_to(linux.path)) for path in (linux.path / "drivers/irqchip").glob("*.c"))


def test_an_edited_source_is_built_and_putting_it_back_gives_the_same_object(copy: Tree, edited: Edits):
    told: list[str] = []
    first = build(copy, IRQSTEER, progress=told.append).object.read_bytes()
    assert told[0] == f"configuring Linux {copy.version} for arm64"
    assert told[-1] == f"CC {IRQSTEER.removesuffix('.c')}.o"
    edited.replace(
        IRQSTEER, "static int imx_irqsteer_probe(", "static noinline int irqlab_edited(void) { return 1; }\n#define X "
    )
    with pytest.raises(TreeError) as error:
        build(copy, IRQSTEER)
    assert str(error.value).startswith(f"{IRQSTEER}: does not compile for arm64: {IRQSTEER}:")
    assert "\n" not in str(error.value)
    edited.put_back()
    edited.replace(IRQSTEER, "static int imx_irqsteer_probe(", "int irqlab_edited;\nstatic int imx_irqsteer_probe(")
    assert b"irqlab_edited" in build(copy, IRQSTEER).object.read_bytes()
    edited.put_back()
    assert build(copy, IRQSTEER).object.read_bytes() == first


def test_an_edited_header_rebuilds_what_includes_it(copy: Tree, edited: Edits):
    build_many(copy, [IRQSTEER, INTMUX])
    edited.replace("include/linux/irq.h", "struct irq_chip {\n", "struct irq_chip {\n\tint irqlab_member;\n")
    assert b"irqlab_member" in build(copy, IRQSTEER).object.read_bytes()
    assert b"irqlab_member" in build(copy, INTMUX).object.read_bytes()


def test_an_edited_kconfig_is_configured_anew(copy: Tree, edited: Edits):
    before = build(copy, IRQSTEER)
    edited.replace("drivers/irqchip/Kconfig", "config IRQCHIP\n", 'config IRQLAB_TEST\n\tbool "a test"\n\nconfig IRQCHIP\n')
    after = build(copy, IRQSTEER)
    assert after.config != before.config and "CONFIG_IRQLAB_TEST=y" in (after.directory / ".config").read_text()
    edited.put_back()
    assert build(copy, IRQSTEER).config == before.config


def test_two_processes_build_in_the_same_cache(copy: Tree):
    code = "import sys; from irqlab.tree import *; print(build(open_tree(sys.argv[1]), sys.argv[2], 'arm').object)"
    names = [IRQSTEER, INTMUX]
    running = [
        subprocess.Popen([sys.executable, "-c", code, copy.path, name], stdout=subprocess.PIPE, text=True) for name in names
    ]
    said = [process.communicate(timeout=500)[0].strip() for process in running]
    assert [Path(path).name for path in said] == ["irq-imx-irqsteer.o", "irq-imx-intmux.o"]
    assert [Path(path).read_bytes()[:4] for path in said] == [b"\x7fELF"] * 2
    assert [process.returncode for process in running] == [0, 0]


def test_an_interrupted_build_is_done_again(copy: Tree, edited: Edits):
    first = build(copy, INTMUX).object.read_bytes()

    def stop(step: str) -> None:
        raise KeyboardInterrupt

    edited.replace("include/linux/irq.h", "struct irq_chip {\n", "struct irq_chip {\n\tint irqlab_member;\n")
    with pytest.raises(KeyboardInterrupt):
        build(copy, INTMUX, progress=stop)
    edited.put_back()
    assert build(copy, INTMUX).object.read_bytes() == first


def test_a_tree_configured_and_built_in_place_is_built_with_its_config_and_left_alone(linux: Tree, tmp_path: Path):
    shadow.update(linux.path, tmp_path)
    tree = open_tree(tmp_path / "tree")
    make = ["make", "-s", f"-j{os.cpu_count()}", "-C", tree.path, "ARCH=arm64", "CROSS_COMPILE=aarch64-linux-gnu-"]
    subprocess.run([*make, "defconfig"], check=True, env={"PATH": os.environ["PATH"]}, stdout=subprocess.DEVNULL)
    subprocess.run([*make, IRQSTEER.replace(".c", ".o")], check=True, env={"PATH": os.environ["PATH"]}, stdout=subprocess.DEVNULL)
    before = state(tree)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IRQLAB_CACHE", str(tmp_path / "cache"))
        built = build(tree, IRQSTEER)
        assert built.own_config and b"irq_bus_sync_unlock" in built.object.read_bytes()
        config = (built.directory / ".config").read_text()
        assert "CONFIG_ACPI=y\n" in config and "CONFIG_DEBUG_INFO_REDUCED=y\n" not in config and "=m\n" in config
        assert str(tmp_path).encode() not in built.object.read_bytes()
        (tree.path / "include/linux/irqlab.h").write_text("#define IRQLAB 1\n")
        source = tree.path / IRQSTEER
        text = source.read_text()
        source.unlink()
        source.write_text("#include <linux/irqlab.h>\nint irqlab_edited = IRQLAB;\n" + text)
        assert b"irqlab_edited" in build(tree, IRQSTEER).object.read_bytes()
        source.write_text(text)
        (tree.path / "include/linux/irqlab.h").unlink()
    before.pop(IRQSTEER)
    after = state(tree)
    after.pop(IRQSTEER)
    assert after == before
    shutil.rmtree(tmp_path)


def state(tree: Tree) -> dict[str, tuple[int, int]]:
    """Every file of a tree."""
    found: dict[str, tuple[int, int]] = {}
    for place, _, names in os.walk(tree.path):
        for name in names:
            path = os.path.join(place, name)
            stat = os.lstat(path)
            found[os.path.relpath(path, tree.path)] = (stat.st_mtime_ns, stat.st_size)
    return found


def test_a_text_of_ones_own_sees_what_the_driver_saw(linux: Tree):
    like = build(linux, "kernel/irq/chip.c")
    text = "#include <linux/irq.h>\nint irqlab_size = sizeof(struct irq_desc);\n"
    made = compile_text(like, "sizes.c", text)
    assert b"irqlab_size" in made.object.read_bytes() and b"sizes.c" in made.object.read_bytes()
    began = time.monotonic()
    assert compile_text(like, "sizes.c", text) == made
    assert time.monotonic() - began < 0.5
    with pytest.raises(TreeError, match="sizes.c: does not compile for arm64: .*error: .*irqlab_none"):
        compile_text(like, "sizes.c", "int x = irqlab_none;\n")
    assert compile_text(like, "entry.S", "#include <linux/linkage.h>\nSYM_FUNC_START(irqlab)\n\tret\nSYM_FUNC_END(irqlab)\n")


def test_flags_are_added_to_a_source_of_the_tree(linux: Tree):
    plain = build(linux, "kernel/kexec_core.c")
    again = with_flags(plain, ["-DIRQLAB_FLAG", "-fno-inline-functions-called-once"])
    assert again.object != plain.object and again.command.count("-fno-inline-functions-called-once") == 1


def test_the_example_of_irqsteer_is_a_board(linux: Tree):
    found = examples(linux, ["fsl,imx-irqsteer"])
    assert found.refused == ()
    (example,) = found.found
    assert (example.binding, example.number) == ("Documentation/devicetree/bindings/interrupt-controller/fsl,irqsteer.yaml", 0)
    assert example.assumptions == (
        "&clk is not in the example: a node with #clock-cells = <1> stands in for it",
        "the example names no interrupt parent: a controller with 3 cells stands in for it, taken as arm,gic-v3",
    )
    board = Board.of("example", parse(example.dtb, "example"))
    (steer,) = [part for part in board.parts if part.kind == "irqsteer"]
    assert [(wire.output, wire.hwirq) for wire in steer.wires] == [(0, 50)]
    assert [name for name, _ in steer.clocks] == ["ipg"]


def test_examples_of_every_kind_of_controller_compile(linux: Tree):
    wanted = ["fsl,imx-intmux", "brcm,bcm7120-l2-intc", "renesas,irqc", "snps,dw-apb-gpio", "ti,sci-inta", "arm,gic-v3"]
    for compatible in wanted:
        found = examples(linux, [compatible])
        assert found.found and found.refused == (), compatible


def test_the_boards_with_an_irqsteer_are_found_and_compiled(linux: Tree):
    found = boards(linux, ["fsl,imx-irqsteer"])
    names = [path.name for path in found]
    assert {"imx8mq-evk.dts", "imx8mp-evk.dts", "imx8qm-mek.dts"} <= set(names)
    assert "imx8mm-evk.dts" not in names and names == sorted(names)
    data = compile_dts(linux, next(path for path in found if path.name == "imx8mq-evk.dts"))
    assert data[:4] == b"\xd0\x0d\xfe\xed" and b"fsl,imx8m-irqsteer" in data


def test_a_dts_of_ones_own_may_include_the_trees(linux: Tree, tmp_path: Path):
    mine = tmp_path / "mine.dts"
    mine.write_text('/dts-v1/;\n#include <arm64/freescale/imx8mq.dtsi>\n/ { model = "mine"; };\n')
    assert b"mine\0" in compile_dts(linux, mine)
    mine.write_text("/dts-v1/;\n/ { a = <&none>; };\n")
    with pytest.raises(TreeError, match=r"mine\.dts: does not compile \(.*none.*\): mend it"):
        compile_dts(linux, mine)


def test_debians_sources_are_got_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("IRQLAB_CACHE", str(tmp_path))
    told: list[str] = []
    tree = get("6.12", told.append)
    assert tree.version.startswith("6.12.") and told[-1] == "unpacking linux-source-6.12.tar.xz"
    count = len(told)
    assert get("6.12", told.append) == tree and len(told) == count
    shutil.rmtree(tmp_path)
