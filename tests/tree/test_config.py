"""What a kernel is configured as."""

from __future__ import annotations

import pytest

from irqlab.tree import config
from irqlab.tree.arch import ARCHES

KCONFIG = """\
menu "IRQ chip support"

config IRQCHIP
	def_bool y
	depends on OF_IRQ

config ARM_GIC_MAX_NR
	int
	default 1

config IMX_IRQSTEER
	bool "i.MX IRQSTEER support"
	help
	bool of a different kind

menuconfig IMX_INTMUX
	tristate "i.MX INTMUX" if COMPILE_TEST
"""


def test_only_options_that_are_on_or_off_are_switched_on():
    assert config.switchable(KCONFIG) == ["IRQCHIP", "IMX_IRQSTEER", "IMX_INTMUX"]


def test_every_controller_is_wanted_and_the_architecture_has_the_last_word():
    wanted = config.options(ARCHES["arm64"], KCONFIG)
    assert wanted[:3] == ["IRQCHIP=y", "IMX_IRQSTEER=y", "IMX_INTMUX=y"]
    assert wanted[-1] == "ARM64_PA_BITS_48=y"
    said = dict(option.split("=", 1) for option in wanted)
    assert len(said) == len(wanted)
    assert {name: said[name] for name in ("COMPILE_TEST", "PREEMPT", "ACPI", "FTRACE", "DEBUG_INFO_REDUCED")} == {
        "COMPILE_TEST": "y",
        "PREEMPT": "y",
        "ACPI": "n",
        "FTRACE": "n",
        "DEBUG_INFO_REDUCED": "n",
    }


@pytest.mark.parametrize("name", ARCHES)
def test_no_architecture_contradicts_itself(name: str):
    wanted = config.options(ARCHES[name], KCONFIG)
    names = [option.partition("=")[0] for option in wanted]
    assert len(set(names)) == len(names)
    assert all(option.partition("=")[2] for option in wanted)


def test_a_config_is_for_the_architecture_it_names():
    text = "# Linux/arm64 6.12.3 Kernel Configuration\nCONFIG_ARM64=y\n# CONFIG_ARM is not set\n"
    assert config.is_for(text, ARCHES["arm64"]) and not config.is_for(text, ARCHES["arm"])


def test_what_is_wanted_replaces_what_was_said():
    before = "# a comment\nCONFIG_A=y\nCONFIG_B=m\n# CONFIG_C is not set\nCONFIG_AA=y\n"
    after = config.merged(before, ["A=n", "C=y", 'D="text"'])
    assert after == '# a comment\nCONFIG_B=m\nCONFIG_AA=y\n# CONFIG_A is not set\nCONFIG_C=y\nCONFIG_D="text"\n'
    assert config.parse(after) == {"B": "m", "AA": "y", "A": "n", "C": "y", "D": '"text"'}


def test_nothing_is_left_as_a_module():
    assert config.built_in('CONFIG_A=m\nCONFIG_B="=m"\nCONFIG_C=y\n') == 'CONFIG_A=y\nCONFIG_B="=m"\nCONFIG_C=y\n'


def test_of_a_users_config_only_debug_information_is_corrected():
    names = {option.partition("=")[0] for option in config.with_debug_info("CONFIG_KASAN=y\nCONFIG_DEBUG_INFO_NONE=y\n")}
    assert names - {"DEBUG_KERNEL"} == {name for name in names if name.startswith("DEBUG_INFO")} - {"DEBUG_KERNEL"}
    assert "DEBUG_INFO_DWARF5" in names


def test_the_dwarf_version_a_user_names_is_kept():
    assert not [option for option in config.with_debug_info("CONFIG_DEBUG_INFO_DWARF4=y\n") if "DWARF" in option]
