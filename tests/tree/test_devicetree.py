"""Which boards of a tree have a device, through what they include."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from irqlab.errors import TreeError
from irqlab.tree import Tree, boards, compile_dts
from irqlab.tree.arch import ARCHES

Kernel = Callable[..., Tree]

DTS = "arch/arm64/boot/dts"

BOARDS = {
    f"{DTS}/one.dts": '#include "soc.dtsi"\n',
    f"{DTS}/two.dts": '/ { compatible = "board,two"; };\n',
    f"{DTS}/fsl/three.dts": '#include "../two.dts"\n#include <arm/old.dtsi>\n',
    f"{DTS}/soc.dtsi": '#include "deep.dtsi"\n',
    f"{DTS}/deep.dtsi": '#include "soc.dtsi"\nsteer { compatible = "fsl,imx8m-irqsteer", "fsl,imx-irqsteer"; };\n',
    "arch/arm/boot/dts/old.dtsi": 'old { compatible = "fsl,old"; };\n',
}


def names(tree: Tree, *compatible: str) -> list[str]:
    return [str(path.relative_to(tree.path / DTS)) for path in boards(tree, compatible)]


@pytest.fixture
def tree(kernel: Kernel) -> Tree:
    tree = kernel(BOARDS)
    (tree.path / "scripts/dtc/include-prefixes").mkdir(parents=True)
    (tree.path / "scripts/dtc/include-prefixes/arm").symlink_to("../../../arch/arm/boot/dts")
    return tree


def test_includes_are_followed_and_may_go_in_a_circle(tree: Tree):
    assert names(tree, "fsl,imx-irqsteer") == ["one.dts"]
    assert names(tree, "board,two") == ["fsl/three.dts", "two.dts"]


def test_an_include_of_another_architecture_is_followed(tree: Tree):
    assert names(tree, "fsl,old") == ["fsl/three.dts"]


def test_one_compatible_of_several_is_enough(tree: Tree):
    assert names(tree, "none", "fsl,old", "fsl,imx8m-irqsteer") == ["fsl/three.dts", "one.dts"]
    assert names(tree, "none") == [] and names(tree) == []
    assert boards(tree, ["fsl,imx-irqsteer"], "arm") == []


def test_what_cannot_be_compiled_is_refused(tree: Tree, tools: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(TreeError, match=r"none\.dts: there is no such file: give a \.dts of"):
        compile_dts(tree, "none.dts")
    with pytest.raises(TreeError, match=r"one\.dts: does not compile \(aarch64-linux-gnu-gcc ended with 1\): mend it"):
        compile_dts(tree, tree.path / DTS / "one.dts")
    # A preprocessor that works, and no dtc.
    (tools / "aarch64-linux-gnu-gcc").write_text("#!/bin/sh\ncat\n")
    monkeypatch.setenv("PATH", str(tools))
    (tools / "cat").symlink_to("/bin/cat")
    with pytest.raises(TreeError, match="dtc: is not installed, .*: sudo apt-get install device-tree-compiler"):
        compile_dts(tree, f"{DTS}/one.dts", ARCHES["arm64"])
