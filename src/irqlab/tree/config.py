"""What a kernel is configured as: the user's own ``.config``, or a default one on which drivers are easy to run.

Every option is written as ``NAME=y``, ``NAME=n`` or ``NAME="…"``; Kconfig drops those a release or an architecture
does not have and those whose dependencies say no.

Tests: ``tests/tree/test_config.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from irqlab.tree.arch import Arch

#: Struct layouts from headers are wanted whole, in the object itself, as plain DWARF.
DEBUG_INFO = (
    "DEBUG_INFO_NONE=n",
    "DEBUG_INFO_REDUCED=n",
    "DEBUG_INFO_SPLIT=n",
    "DEBUG_INFO_BTF=n",
    "DEBUG_INFO_COMPRESSED=n",
    "DEBUG_INFO_COMPRESSED_ZLIB=n",
    "DEBUG_INFO_COMPRESSED_ZSTD=n",
    "DEBUG_INFO_COMPRESSED_NONE=y",
)

#: The DWARF version where the user's configuration names none.
DWARF = ("DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT=n", "DEBUG_INFO_DWARF4=n", "DEBUG_INFO_DWARF5=y")

#: What irqlab's own configuration adds to the architecture's default one.
OPTIONS = (
    # Drivers of other architectures too.
    "COMPILE_TEST=y",
    "WERROR=n",
    # Device trees, power management and the cores drivers lean on.
    "OF=y",
    "ACPI=n",
    "PM=y",
    "PM_SLEEP=y",
    "SUSPEND=y",
    "PM_GENERIC_DOMAINS=y",
    "KEXEC=y",
    "COMMON_CLK=y",
    "RESET_CONTROLLER=y",
    "REGMAP_MMIO=y",
    "GPIOLIB=y",
    "PINCTRL=y",
    # Locks are calls, not inlined.
    "PREEMPT_NONE=n",
    "PREEMPT_VOLUNTARY=n",
    "PREEMPT_LAZY=n",
    "PREEMPT=y",
    "PREEMPT_DYNAMIC=n",
    # Nothing the compiler or a checker adds to a driver's code.
    "FTRACE=n",
    "KPROBES=n",
    "KVM=n",
    "DEBUG_PREEMPT=n",
    "PROVE_LOCKING=n",
    "DEBUG_LOCK_ALLOC=n",
    "DEBUG_SPINLOCK=n",
    "DEBUG_MUTEXES=n",
    "KASAN=n",
    "KCSAN=n",
    "KMSAN=n",
    "KFENCE=n",
    "UBSAN=n",
    "KCOV=n",
    "GCOV_KERNEL=n",
    "GCC_PLUGINS=n",
    "FORTIFY_SOURCE=n",
    "STACKPROTECTOR=n",
    "STACKPROTECTOR_PER_TASK=n",
    "SHADOW_CALL_STACK=n",
    "CFI_CLANG=n",
    "ZERO_CALL_USED_REGS=n",
    "RANDSTRUCT_FULL=n",
    "RANDSTRUCT_PERFORMANCE=n",
    # A variable that was never written stays so: that it is read is a finding.
    "INIT_STACK_ALL_PATTERN=n",
    "INIT_STACK_ALL_ZERO=n",
    "INIT_STACK_NONE=y",
    # What only costs time, or packages.
    "MODULE_SIG=n",
    "MODVERSIONS=n",
    "SYSTEM_TRUSTED_KEYRING=n",
    "SYSTEM_REVOCATION_LIST=n",
    "LOCALVERSION_AUTO=n",
)

_ENTRY = re.compile(r"^(?:menu)?config[ \t]+(\w+)$")
_SWITCHABLE = re.compile(r"^[ \t]+(?:(?:def_)?bool|(?:def_)?tristate)\b")
_LINE = re.compile(r"^(?:CONFIG_(\w+)=(.*)|# CONFIG_(\w+) is not set)$")


def switchable(kconfig: str) -> list[str]:
    """The options of a Kconfig file that are on or off, in its order."""
    found: list[str] = []
    name = ""
    for line in kconfig.splitlines():
        entry = _ENTRY.match(line)
        if entry is not None:
            name = entry[1]
        elif name and _SWITCHABLE.match(line):
            found.append(name)
            name = ""
    return list(dict.fromkeys(found))


def options(arch: Arch, irqchip: str) -> list[str]:
    """What irqlab's own configuration adds for ``arch``.

    :param irqchip: the text of the tree's ``drivers/irqchip/Kconfig``: every controller there is switched on if it can be.
    """
    return [*(f"{name}=y" for name in switchable(irqchip)), *OPTIONS, *DEBUG_INFO, *DWARF, *arch.options]


def lines(wanted: Iterable[str]) -> str:
    """Options as lines of a ``.config``."""
    text = ""
    for option in wanted:
        name, _, value = option.partition("=")
        text += f"# CONFIG_{name} is not set\n" if value == "n" else f"CONFIG_{name}={value}\n"
    return text


def parse(text: str) -> dict[str, str]:
    """The options of a ``.config``; ``n`` for those that are not set."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _LINE.match(line)
        if match is not None:
            found[match[1] or match[3]] = match[2] if match[1] else "n"
    return found


def is_for(config: str, arch: Arch) -> bool:
    """Whether a ``.config`` configures a kernel for ``arch``."""
    return parse(config).get(arch.symbol) == "y"


def with_debug_info(config: str) -> list[str]:
    """What a user's ``.config`` is corrected by: full debug information, in the DWARF version it names."""
    has = parse(config)
    named = any(has.get(f"DEBUG_INFO_{name}") == "y" for name in ("DWARF_TOOLCHAIN_DEFAULT", "DWARF4", "DWARF5"))
    return ["DEBUG_KERNEL=y", *DEBUG_INFO, *(() if named else DWARF)]


def built_in(config: str) -> str:
    """A ``.config`` with nothing left as a module."""
    return re.sub(r"=m$", "=y", config, flags=re.MULTILINE)


def merged(config: str, wanted: Iterable[str]) -> str:
    """A ``.config`` in which ``wanted`` replaces what was said."""
    wanted = list(wanted)
    names = {option.partition("=")[0] for option in wanted}
    kept: list[str] = []
    for line in config.splitlines():
        match = _LINE.match(line)
        if match is None or (match[1] or match[3]) not in names:
            kept.append(line)
    return "\n".join(kept) + "\n" + lines(dict.fromkeys(wanted))


def kconfig(top: Path) -> str:
    """The text of the tree's list of interrupt controllers; empty where it has none."""
    try:
        return (top / "drivers" / "irqchip" / "Kconfig").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
