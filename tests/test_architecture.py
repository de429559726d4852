"""The house is as ARCHITECTURE.md says: rooms import in one direction, and every file it names exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "irqlab"

#: A room imports only from those before it.
ROOMS = (
    "errors",
    "state",
    "hardware",
    "board",
    "kernel",
    "drivers",
    "guest",
    "tree",
    "core",
    "conform",
    "properties",
    "explore",
    "verdict",
    "report",
    "cli",
    "pytest_plugin",
)


def imports(path: Path) -> set[str]:
    """The rooms a file imports from, inside functions and for type checking too."""
    rooms: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("irqlab"):
            parts = node.module.split(".")
            rooms.update([parts[1]] if len(parts) > 1 else [alias.name for alias in node.names])
        elif isinstance(node, ast.Import):
            rooms.update(alias.name.split(".")[1] for alias in node.names if alias.name.startswith("irqlab."))
    return rooms & set(ROOMS)


@pytest.mark.parametrize("room", ROOMS[1:])
def test_a_room_imports_only_from_those_above_it(room: str) -> None:
    above = set(ROOMS[: ROOMS.index(room) + 1])
    for path in sorted((SOURCE / room).rglob("*.py")):
        assert imports(path) <= above, path.relative_to(ROOT)


def test_architecture_names_every_room_and_only_files_that_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    assert re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE) == list(ROOMS[1:])
    for name in re.findall(r"^  (\w+(?:/\w+)*\.py) ", text, flags=re.MULTILINE):
        assert (SOURCE / name).exists(), name
    for name in re.findall(r"`(tests/[\w/]+\.py)`", text):
        assert (ROOT / name).exists(), name


def test_no_file_has_outgrown_its_room() -> None:
    """Past 600 lines a file wants a second room."""
    assert not [path.name for path in SOURCE.rglob("*.py") if len(path.read_text().splitlines()) > 600]


def test_every_switch_is_used() -> None:
    from irqlab.kernel.release import SWITCHES

    code = "".join(path.read_text() for path in SOURCE.rglob("*.py") if path.name != "release.py")
    assert not [name for name in SWITCHES if f'"{name}"' not in code]
