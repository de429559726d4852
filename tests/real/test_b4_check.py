"""Patches to real sources, judged as ``b4 review`` has them judged: a mail in, an array out, the tree as it was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from difflib import unified_diff
from pathlib import Path
from typing import Any

from real_rig import HERE, IRQSTEER

import irqlab
from irqlab.tree import Tree

HEADERS = "From: A <a@example.org>\nSubject: [PATCH] irqchip: x\nMessage-ID: <1@example.org>\n\nText.\n---\n"


def judged(tree: Tree, patch: str, **settings: str) -> list[dict[str, Any]]:
    """What the command says of a patch, under settings of git's."""
    environment = {**os.environ, "PYTHONPATH": str(Path(irqlab.__file__).parent.parent), "GIT_CONFIG_GLOBAL": os.devnull}
    environment["GIT_CONFIG_COUNT"] = str(len(settings))
    for number, (name, value) in enumerate(settings.items()):
        environment |= {f"GIT_CONFIG_KEY_{number}": f"irqlab.{name}", f"GIT_CONFIG_VALUE_{number}": value}
    command = [sys.executable, "-m", "irqlab", "b4-check"]
    mail = HEADERS + patch
    ran = subprocess.run(command, input=mail, cwd=tree.path, env=environment, capture_output=True, text=True, timeout=1200)
    assert (ran.returncode, ran.stderr) == (0, "")
    found: list[dict[str, Any]] = json.loads(ran.stdout)
    return found


def test_a_patch_that_breaks_promises_fails_with_their_traces(linux: Tree):
    before = (linux.path / IRQSTEER).read_bytes()
    [entry] = judged(linux, (HERE / "patches/irqsteer-unlinked.patch").read_text())
    assert entry["status"] == "fail"
    assert entry["summary"] == f"{IRQSTEER}: promises broken: 11 new, 5 gone"
    assert "6. dead-register-access in imx_irqsteer_irq_mask\n" in entry["details"]
    assert "imx_irqsteer_irq_mask reads CHANMASK1" in entry["details"] and "finding.json" not in entry["details"]
    assert (linux.path / IRQSTEER).read_bytes() == before


def test_a_patch_to_the_mask_loop_is_judged_under_a_driver(linux: Tree):
    assert (linux.path / "kernel/irq/kexec.c").is_file(), "6.12.78 and later have the mask loop there: take such a tree"
    [entry] = judged(linux, (HERE / "patches/kexec-skip-masked.patch").read_text())
    assert (entry["status"], entry["summary"]) == ("pass", "kernel/irq/kexec.c under irq-imx-irqsteer.c: promises broken: 5 left")


def test_a_new_driver_is_compiled_as_those_beside_it(linux: Tree):
    lines = (linux.path / IRQSTEER).read_text().splitlines()
    new = "".join(f"+{line}\n" for line in lines)
    [entry] = judged(linux, f"--- /dev/null\n+++ b/drivers/irqchip/irq-new.c\n@@ -0,0 +1,{len(lines)} @@\n{new}")
    assert (entry["status"], entry["summary"]) == ("fail", "drivers/irqchip/irq-new.c (new): 5 promises broken")
    assert "drivers/irqchip/irq-new.c:80" in entry["details"]
    assert not (linux.path / "drivers/irqchip/irq-new.c").exists()


def test_a_driver_of_another_name_breaks_nothing_anew(linux: Tree):
    new = IRQSTEER.replace("irq-imx-irqsteer", "irq-imx-steer")
    git = f"diff --git a/{IRQSTEER} b/{new}\nsimilarity index 100%\nrename from {IRQSTEER}\nrename to {new}\n"
    [entry] = judged(linux, git)
    assert (entry["status"], entry["summary"]) == ("pass", f"{new}: promises broken: 5 left")


def test_what_does_not_compile_is_said(linux: Tree):
    before = (linux.path / IRQSTEER).read_text().splitlines(keepends=True)
    after = [line.replace("irq_unmask(struct irq_data *d)", "irq_unmask(struct irq_data *)") for line in before]
    diff = "".join(unified_diff(before, after, f"a/{IRQSTEER}", f"b/{IRQSTEER}"))
    [entry] = judged(linux, diff)
    assert entry["status"] == "warn"
    assert entry["summary"].startswith(f"{IRQSTEER}: not judged: {IRQSTEER}: does not compile for arm64: ")
    assert "error: " in entry["summary"]


def test_what_does_not_apply_or_is_cut_short_is_a_warning(linux: Tree):
    patch = (HERE / "patches/irqsteer-unlinked.patch").read_text()
    [entry] = judged(linux, patch.replace("\n };", "\n }};", 1))
    assert (entry["status"], entry["summary"].split(": give")[0]) == ("warn", _NOT_APPLIED)
    [entry] = judged(linux, patch, seconds="0.01")
    assert entry["status"] == "warn" and entry["summary"].endswith("not all was looked at")
    [entry] = judged(linux, patch, scpoe="small")
    assert entry["summary"] == "not judged: git config irqlab.scpoe: is no setting: did you mean 'scope' or 'core'? (docs/b4.md)"


_NOT_APPLIED = f"not judged: the patch does not apply to Linux 6.12.117: patch failed: {IRQSTEER}:93"
