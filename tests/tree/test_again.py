"""What was compiled once is compiled once more, with other flags or another text; also only when something changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from irqlab.errors import TreeError
from irqlab.tree import Built, Tree, compile_text, with_flags

#: A compiler that copies its source, and writes down how it was called.
COMPILER = """\
#!/bin/sh
echo "$*" >> calls
while [ $# -gt 1 ]; do
	case "$1" in -o) out=$2;; -MF) listed=$2;; esac
	shift
done
grep -q BROKEN "$1" && { echo "$1:1:1: error: BROKEN" >&2; exit 1; }
cat "$1" > "$out"
printf 'x.o: %s \\\\\\n  header.h\\n' "$1" > "$listed"
"""


@pytest.fixture
def built(tmp_path: Path) -> Built:
    """An object that was built in ``obj/``, with a source beside it."""
    folder = tmp_path / "build/obj"
    folder.mkdir(parents=True)
    (folder / "cc").write_text(COMPILER)
    (folder / "cc").chmod(0o755)
    (folder / "header.h").write_text("")
    source = tmp_path / "x.c"
    source.write_text("text\n")
    command = f"./cc -Wp,-MMD,.x.o.d -O2 -DNAME='\"a b\"' -c -o drivers/x.o {source}"
    return Built(folder / "drivers/x.o", "drivers/x.c", Tree(tmp_path, "6.12.3"), "arm64", "6.12.3", "0", False, command, folder)


def calls(built: Built) -> list[str]:
    path = built.directory / "calls"
    return path.read_text().splitlines() if path.exists() else []


def test_more_flags_come_last(built: Built, tmp_path: Path):
    again = with_flags(built, ["-fno-inline", "-O0"])
    assert again.object.read_text() == "text\n" and again.object != built.object
    assert (again.source, again.arch, again.config) == ("drivers/x.c", "arm64", "0")
    (line,) = calls(built)
    assert line.startswith('-O2 -DNAME="a b" -c -o ') and line.endswith(f" -MT x.o {tmp_path}/x.c")
    assert " -fno-inline -O0 -MD -MF " in line and "-Wp,-MMD" not in line


def test_it_is_compiled_once_until_something_changes(built: Built, tmp_path: Path):
    first = with_flags(built, ["-O0"])
    assert with_flags(built, ["-O0"]) == first and len(calls(built)) == 1
    assert f" -o {first.object} " in first.command
    assert with_flags(built, ["-O1"]).object != first.object and len(calls(built)) == 2
    (tmp_path / "x.c").write_text("changed\n")
    assert with_flags(built, ["-O0"]).object.read_text() == "changed\n"
    (built.directory / "header.h").write_text("changed\n")
    with_flags(built, ["-O0"])
    assert len(calls(built)) == 4
    first.object.unlink()
    assert with_flags(built, ["-O0"]).object.read_text() == "changed\n"


def test_a_text_is_compiled_as_the_driver_was(built: Built):
    made = compile_text(built, "glue.c", "int one = 1;\n", ["-O1"])
    assert made.object.read_text() == "int one = 1;\n" and made.object.name == "glue.o" and made.source == "glue.c"
    assert compile_text(built, "glue.c", "int one = 1;\n", ["-O1"]).object == made.object and len(calls(built)) == 1
    assert compile_text(built, "glue.c", "int two = 2;\n", ["-O1"]).object != made.object
    assert "-D__ASSEMBLY__" not in calls(built)[0] and f"-fdebug-prefix-map={made.object.parent}/=" in calls(built)[0]
    compile_text(built, "entry.S", "nop\n")
    assert "-D__ASSEMBLY__" in calls(built)[-1]


def test_what_does_not_compile_is_one_line_and_leaves_nothing(built: Built):
    with pytest.raises(TreeError) as error:
        compile_text(built, "glue.c", "BROKEN\n")
    said = str(error.value)
    assert said.startswith("glue.c: does not compile for arm64: ") and said.endswith("error: BROKEN: mend it, or its flags")
    assert sorted(path.name for path in (built.directory.parent / "again").rglob("*") if path.is_file()) == ["glue.c"]


@pytest.mark.parametrize("name", ["glue", "glue.h", "a/glue.c"])
def test_what_is_no_name_of_a_source_is_refused(built: Built, name: str):
    with pytest.raises(TreeError, match="is no name of a source"):
        compile_text(built, name, "")
