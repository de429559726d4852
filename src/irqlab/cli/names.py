"""Names and files the user gives: found and read, or refused with the closest there is.

Tests: ``tests/cli/test_bad_input.py``.
"""

from __future__ import annotations

import difflib
import sys
import types
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from irqlab.board import Board, load, names
from irqlab.cli.guard import guarded
from irqlab.drivers import CONTROLLERS
from irqlab.errors import InputError
from irqlab.kernel.device import Driver
from irqlab.kernel.release import RELEASES, SWITCHES, Release
from irqlab.report.board import embedded

T = TypeVar("T")

#: The largest driver file that is read, in bytes.
MAX_DRIVER = 1 << 20


def close(name: str, known: Iterable[str]) -> str:
    """``did you mean 'x' or 'y'?``, or what there is."""
    known = list(dict.fromkeys(known))
    near = [word for word in known if name and (name in word or word in name)]
    near = (near or difflib.get_close_matches(name, known, n=3, cutoff=0.5))[:3]
    if near:
        return f"did you mean {' or '.join(map(repr, near))}?"
    return f"take one of {', '.join(known)}"


def find(kind: str, name: str, table: Mapping[str, T]) -> T:
    """What is called ``name``; :class:`~irqlab.errors.InputError` with the closest name otherwise."""
    if name in table:
        return table[name]
    raise InputError(f"there is no {kind} '{name}': {close(name, table)}")


def driver(target: str) -> Driver:
    """The driver in Python of that name; ``DRIVER+GIFT`` is one that was given what it takes."""
    if target not in CONTROLLERS and Path(target).suffix == ".py":
        raise InputError(f"{target}: is a file: give it with --driver-file {target}")
    plain, *gifts = target.split("+")
    found = find("driver", plain, CONTROLLERS)
    for gift in gifts:
        if not found.takes:
            raise InputError(f"driver '{found.name}': takes no gift: leave +{gift} away")
        found = find(f"gift that '{found.name}' takes, named", gift, found.takes)(found)
    return found


def driver_file(path: str) -> Driver:
    """The module-level ``driver`` of a Python file.  The file is run: it is code of the user's own choice."""
    try:
        with open(path, "rb") as file:
            source = file.read(MAX_DRIVER + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise InputError(
            f"{path}: cannot be read ({reason}): give the path of a Python file with a module-level 'driver'"
        ) from None
    if len(source) > MAX_DRIVER:
        raise InputError(f"{path}: is larger than {MAX_DRIVER >> 20} MiB, which no driver is: give a Python file")
    try:
        code = compile(source, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise InputError(f"{path}:{error.lineno or 1}: is no Python ({error.msg}): correct the line") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise InputError(f"{path}: is no Python ({error}): give a Python file") from None
    name = f"driver_file_{Path(path).stem}"
    module = types.ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module
    with guarded(path, path):
        exec(code, module.__dict__)
    found = getattr(module, "driver", None)
    if not isinstance(found, Driver):
        what = "has no module-level 'driver'" if found is None else f"'driver' is {type(found).__name__}, no Driver"
        raise InputError(f"{path}: {what}: write driver = irqlab.kernel.device.Driver(...)")
    if not found.name or not found.compatible:
        raise InputError(f"{path}: its driver has no {'compatible strings' if found.name else 'name'}: give them to Driver(...)")
    return found


def release(name: str, with_: Iterable[str] = (), without: Iterable[str] = ()) -> Release:
    """A release with switches set and taken away."""
    found = find("kernel", name, RELEASES)
    with_, without = list(with_), list(without)
    switches(with_, without)
    for switch in with_:
        if switch in found.switches:
            raise InputError(f"switch '{switch}': kernel {name} has it anyway: leave --with {switch} away")
    for switch in without:
        if switch not in found.switches:
            raise InputError(f"switch '{switch}': kernel {name} does not have it: leave --without {switch} away")
    if with_:
        found = found.with_(*dict.fromkeys(with_))
    if without:
        found = found.without(*dict.fromkeys(without))
    return found


def board_name(wanted: str) -> None:
    """Refuses what is neither a board of irqlab's own nor a path, which is looked at where it is read; empty is none."""
    if wanted and wanted not in names() and "/" not in wanted and "." not in wanted and not Path(wanted).exists():
        raise InputError(f"there is no board '{wanted}': give the path of a .dts or .dtb, or a name: {close(wanted, names())}")


def switches(with_: Iterable[str], without: Iterable[str]) -> None:
    """Refuses switches that no release has, and one that is both set and taken away."""
    with_, without = list(with_), list(without)
    for switch in (*with_, *without):
        find("switch", switch, SWITCHES)
    for switch in with_:
        if switch in without:
            raise InputError(f"switch '{switch}': is given with --with and with --without: leave one away")


def board(wanted: str, for_driver: Driver) -> tuple[Board, str, str]:
    """A board, the path it was read from and its text (both empty for irqlab's own).

    Without a name it is the first of irqlab's own that has a node for the driver.
    """
    if not wanted:
        for name in names():
            found = load(name)
            if any(set(part.node.compatible) & set(for_driver.compatible) for part in found.parts if part.kind != "gic"):
                return found, "", ""
        raise InputError(f"no board of irqlab's own has a node for driver '{for_driver.name}': give --board FILE.dts")
    if wanted in names():
        return load(wanted), "", ""
    board_name(wanted)
    found, text = embedded(wanted)
    return found, wanted, text
