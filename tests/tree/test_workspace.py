"""Where a tree is configured, when again, and when a tree of its own is used for each."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from irqlab.errors import TreeError
from irqlab.tree import Tree, workspace
from irqlab.tree.workspace import locate, opened

Kernel = Callable[..., Tree]

pytestmark = pytest.mark.usefixtures("tools")


def calls(space: workspace.Workspace) -> list[str]:
    """What make was asked for so far."""
    path = space.objects / "calls"
    return path.read_text().split() if path.exists() else []


def refused(what: Callable[[], object]) -> str:
    with pytest.raises(TreeError) as error:
        what()
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_tree_is_configured_once_and_options_are_built_in(kernel: Kernel):
    told: list[str] = []
    tree = kernel()
    space = opened(tree, "arm64", told.append)
    assert calls(space) == ["defconfig", "olddefconfig", "olddefconfig", "prepare"]
    assert told == ["configuring Linux 6.12.3-rc1 for arm64", "preparing Linux 6.12.3-rc1 for arm64"]
    config = (space.objects / ".config").read_text()
    assert "CONFIG_DRIVER=y\n" in config and "CONFIG_ONE=y\n" in config and "CONFIG_COMPILE_TEST=y\n" in config
    assert opened(tree, "arm64", told.append) == space
    assert len(calls(space)) == 4 and len(told) == 2
    assert len(space.config()) == 64 and space.base == ""


def test_each_architecture_has_a_place_of_its_own(kernel: Kernel):
    tree = kernel()
    first, second = opened(tree, "arm64"), opened(tree, "arm")
    assert first.path != second.path
    assert calls(second)[0] == "multi_v7_defconfig"


@pytest.mark.parametrize("name", ["Kconfig", "drivers/irqchip/Kconfig", "Makefile"])
def test_it_is_configured_again_when_its_kconfig_or_makefile_changed(kernel: Kernel, name: str):
    tree = kernel()
    space = opened(tree)
    (tree.path / name).write_text((tree.path / name).read_text() + "# changed\n")
    assert opened(tree) == space
    assert calls(space) == ["defconfig", "olddefconfig", "olddefconfig", "prepare"] * 2


def test_a_new_option_of_irqchip_is_switched_on(kernel: Kernel):
    tree = kernel()
    opened(tree)
    (tree.path / "drivers/irqchip/Kconfig").write_text('config TWO\n\tbool "two"\n')
    config = (opened(tree).objects / ".config").read_text()
    assert "CONFIG_TWO=y\n" in config and "CONFIG_ONE" not in config


def test_a_configuration_that_came_out_the_same_keeps_its_age(kernel: Kernel):
    tree = kernel()
    path = opened(tree).objects / ".config"
    os.utime(path, ns=(10**18, 10**18))
    (tree.path / "Kconfig").write_text("# changed\n")
    opened(tree)
    assert path.stat().st_mtime_ns == 10**18


def test_a_preparation_that_failed_is_done_again(kernel: Kernel):
    tree = kernel({"Kconfig": "BROKEN\n"})
    said = refused(lambda: opened(tree))
    assert said.startswith(f"{tree.path}: Linux 6.12.3-rc1 cannot be prepared for arm64: make: *** [Makefile:")
    log = Path(said.rpartition("the whole log: ")[2].rstrip(")"))
    assert "BROKEN" in log.read_text()
    (tree.path / "Kconfig").write_text("")
    assert calls(opened(tree))[-1] == "prepare"


def test_a_users_config_is_the_base_and_the_tree_is_left_alone(kernel: Kernel):
    mine = "CONFIG_ARM64=y\nCONFIG_DRIVER=m\n# CONFIG_ONE is not set\nCONFIG_DEBUG_INFO_NONE=y\n"
    tree = kernel({".config": mine})
    space = opened(tree)
    assert calls(space) == ["olddefconfig", "prepare"]
    config = (space.objects / ".config").read_text()
    assert config.startswith("CONFIG_ARM64=y\nCONFIG_DRIVER=m\n# CONFIG_ONE is not set\n")
    assert "# CONFIG_DEBUG_INFO_NONE is not set\n" in config and "COMPILE_TEST" not in config
    assert space.base == mine and space.source != tree.path
    assert (tree.path / ".config").read_text() == mine


def test_a_users_config_for_another_architecture_is_not_used(kernel: Kernel):
    space = opened(kernel({".config": "CONFIG_ARM=y\n"}), "arm64")
    assert space.base == "" and calls(space)[0] == "defconfig"


def test_another_config_is_another_place_and_the_first_one_stays(kernel: Kernel):
    tree = kernel({".config": "CONFIG_ARM64=y\n"})
    first = opened(tree)
    (tree.path / ".config").write_text("CONFIG_ARM64=y\nCONFIG_PM=y\n")
    second = opened(tree)
    assert second.path != first.path
    (tree.path / ".config").write_text("CONFIG_ARM64=y\n")
    assert opened(tree) == first and len(calls(first)) == 2


def test_another_compiler_is_another_place(kernel: Kernel, tools: Path):
    tree = kernel()
    first = locate(tree, "arm64")
    (tools / "aarch64-linux-gnu-gcc").write_text("#!/bin/sh\nexit 12\n")
    assert locate(tree, "arm64").path != first.path


def test_what_is_missing_is_refused(kernel: Kernel, tools: Path, monkeypatch: pytest.MonkeyPatch):
    tree = kernel()
    assert refused(lambda: opened(tree, "riscv64")).endswith("Linux 6.12.3-rc1 has no arch/riscv: take another architecture")
    assert refused(lambda: opened(tree, "z80")) == "architecture 'z80' is not known: take arm64, arm, riscv64, x86_64"
    monkeypatch.setenv("PATH", str(tools))
    (tools / "flex").unlink()
    assert refused(lambda: opened(tree)) == (
        "make, flex: not installed, the kernel's build needs it: sudo apt-get install make flex"
    )


def test_what_is_built_is_listed(kernel: Kernel):
    tree = kernel({".config": "CONFIG_ARM64=y\n"})
    assert workspace.listed() == []
    first, second = opened(tree, "arm64"), opened(tree, "arm")
    assert workspace.listed() == [
        workspace.Kept(str(tree.path), "6.12.3-rc1", "arm", False, 0, second.path),
        workspace.Kept(str(tree.path), "6.12.3-rc1", "arm64", True, 0, first.path),
    ]
