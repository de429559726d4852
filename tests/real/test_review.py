"""``irqlab review`` of three patches to Debian's 6.12: one that cures, one that papers over, one that breaks.

The replies are those of ``docs/review/``, to the byte.
"""

from __future__ import annotations

import difflib
import json
import shutil
from pathlib import Path

import pytest
from real_rig import HERE, INTMUX, tree

from irqlab.cli import main
from irqlab.errors import TreeError
from irqlab.tree import build, lay

DOCS = Path(__file__).parent.parent.parent / "docs" / "review"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the tree as ``linux`` and the patches, as a reader has them."""
    (tmp_path / "linux").symlink_to(tree().path)
    for patch in DOCS.glob("*.patch"):
        shutil.copy(patch, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "status", "verdict", "counts"),
    [
        ("cures", 0, "CURES", [(5, 5, 0, 0), (2, 2, 0, 0)]),
        ("papers-over", 1, "PAPERS OVER", [(5, 2, 3, 0), (2, 1, 1, 0)]),
        ("breaks", 1, "BREAKS", [(5, 0, 5, 2)]),
    ],
)
def test_the_verdict_and_the_reply(
    place: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    status: int,
    verdict: str,
    counts: list[tuple[int, int, int, int]],
) -> None:
    assert main(["review", "--tree", "linux", f"{name}.patch", "--json", "review.json"]) == status
    said = capsys.readouterr().out.replace(" --json review.json", "")
    found = json.loads((place / "review.json").read_text())
    assert found["verdict"] == verdict
    compared = [driver["comparison"] for driver in found["drivers"]]
    numbers = [(len(one["gone"]) + len(one["left"]), *(len(one[part]) for part in ("gone", "left", "new"))) for one in compared]
    assert numbers == counts
    assert all(len(line) <= 72 for line in said.splitlines())
    assert said == (DOCS / f"{name}.txt").read_text()


@pytest.mark.parametrize(
    ("name", "status", "verdict", "lost"),
    [
        ("kexec-masks-nothing", 3, "REMOVES", {"irq_mask of the driver's chip, on the crash path"}),
        ("request-refused", 1, "REMOVES", {"a line is requested", "irq_unmask of the driver's chip, while the kernel runs"}),
        ("intmux-renamed", 1, "CHANGES NOTHING", set()),
    ],
)
def test_a_defect_does_not_go_by_taking_away_what_has_it_or_its_name(
    place: Path, name: str, status: int, verdict: str, lost: set[str]
) -> None:
    """No mask loop, no request that succeeds, another name for a function: none of these is a cure."""
    patch = HERE / "patches" / f"{name}.patch"
    assert main(["review", "--tree", "linux", str(patch), "--driver", INTMUX, "--json", "review.json"]) == status
    found = json.loads((place / "review.json").read_text())
    (driver,) = found["drivers"]
    assert (found["verdict"], lost <= set(driver["lost"])) == (verdict, True)
    renamed = ["imx_intmux_irq_mask", "imx_intmux_mask"]
    assert driver["moved"] == ([renamed, renamed] if name == "intmux-renamed" else [])


def test_a_patch_that_does_not_compile_says_the_first_error(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = "drivers/irqchip/irq-imx-irqsteer.c"
    line = '\t.name\t\t\t= "irqsteer",\n'
    text = (tree().path / path).read_text()
    number = text[: text.index(line)].count("\n") + 1
    changed = text.replace(line, line.replace(",", ";"))
    diff = difflib.unified_diff(text.splitlines(True), changed.splitlines(True), f"a/{path}", f"b/{path}")
    Path("fix.patch").write_text("".join(diff))
    assert main(["review", "--tree", "linux", "fix.patch"]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith(f"DOES NOT COMPILE: {path}: {path}:{number}:") and f" {path} does not compile " in said


def test_what_is_changed_is_compiled_and_the_headers_beside_it() -> None:
    """A header beside the sources is seen by those that are as they were, too; nothing of it reaches the tree's own objects."""
    own = tree()
    header, source, other = "kernel/irq/internals.h", "kernel/irq/chip.c", "kernel/irq/kexec.c"
    text = (own.path / header).read_text()
    plain = build(own, source).object
    before = (plain.read_bytes(), plain.stat().st_mtime_ns)
    with pytest.raises(TreeError, match=f'^{source}: does not compile for arm64: {header}:\\d+.* #error "irqlab was here"'):
        build(lay(own, {header: f'{text}\n#error "irqlab was here"\n'}), source)
    defined = f"{text}\n#define IRQLAB_CHANGED 1\n"
    used = (own.path / other).read_text() + "\nint irqlab_changed = IRQLAB_CHANGED;\n"
    assert b"irqlab_changed" in build(lay(own, {header: defined, other: used}), other).object.read_bytes()
    assert build(own, source).object == plain and (plain.read_bytes(), plain.stat().st_mtime_ns) == before
    assert b"irqlab_changed" not in build(own, other).object.read_bytes()
    assert (own.path / header).read_text() == text
