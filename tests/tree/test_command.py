"""What Kbuild wrote down beside an object."""

from __future__ import annotations

from pathlib import Path

import pytest

from irqlab.tree import command

NEW = """\
savedcmd_drivers/x.o := gcc -Wp,-MMD,x.d -DKBUILD_MODNAME='"x;y"' -DA='$$5' -D'H=\\#' -c -o drivers/x.o x.c ; tools/objtool x.o

source_drivers/x.o := /src/x.c

deps_drivers/x.o := \\
    $(wildcard include/config/PM) \\
    $(wildcard include/config/OF_IRQ) \\
  /src/include/linux/irq.h \\
  include/generated/bounds.h \\
  /src/include/linux/irq.h \\

drivers/x.o: $(deps_drivers/x.o)

$(deps_drivers/x.o):
"""


def test_the_command_is_the_compilers_and_as_a_shell_wants_it():
    recorded = command.parse(NEW)
    assert recorded is not None
    assert recorded.command == ("gcc -Wp,-MMD,x.d -DKBUILD_MODNAME='\"x;y\"' -DA='$5' -D'H=#' -c -o drivers/x.o x.c")


def test_every_dependency_is_there_once_options_too():
    recorded = command.parse(NEW)
    assert recorded is not None
    assert recorded.source == "/src/x.c"
    assert recorded.dependencies == (
        "include/config/PM",
        "include/config/OF_IRQ",
        "/src/include/linux/irq.h",
        "include/generated/bounds.h",
    )
    assert recorded.paths(Path("/build")) == [
        "/src/x.c",
        "/build/include/config/PM",
        "/build/include/config/OF_IRQ",
        "/src/include/linux/irq.h",
        "/build/include/generated/bounds.h",
    ]


def test_the_name_before_v6_3_is_read_too():
    recorded = command.parse("cmd_x.o := gcc -c -o x.o x.c\n\nsource_x.o := x.c\n\ndeps_x.o := \\\n  x.h \\\n\n")
    assert recorded == command.Recorded("gcc -c -o x.o x.c", "x.c", ("x.h",))


@pytest.mark.parametrize("text", ["", "source_x.o := x.c\n", "nothing of the kind\n"])
def test_what_is_no_record_is_none(text: str):
    assert command.parse(text) is None


def test_the_record_lies_beside_the_object():
    assert command.beside(Path("/build/drivers/x.o")) == Path("/build/drivers/.x.o.cmd")
