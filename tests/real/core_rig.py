"""Drivers on the tree's own core, with patches of ours to either, and the thread's claims asked of them."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache

from real_rig import HERE, IRQSTEER

from irqlab.core.build import beneath_driver
from irqlab.core.linux import OnLinux
from irqlab.explore.check import Setup
from irqlab.guest.image import load as load_image
from irqlab.kernel.release import release
from irqlab.tree import Tree, build, get, lay, open_tree, patched
from irqlab.verdict import thread
from irqlab.verdict.thread import CLAIMS, Claim

RELEASES = ("6.12", "6.1")

#: What the drivers and cores of the claims are in C: patches to irqsteer, and to the mask loop.
PATCHES: dict[Setup, tuple[str, str]] = {
    thread.UNLINKED: ("irqsteer-unlinked", ""),
    thread.PATCHED: ("irqsteer-unlinked", "kexec-skip-masked"),
    thread.UNLINKED_ASLEEP: ("irqsteer-unlinked", "kexec-skip-masked"),
    thread.LINKED_ASLEEP: ("irqsteer-no-bus-lock", ""),
    thread.NO_RUNTIME_PM: ("irqsteer-no-runtime-pm", ""),
    thread.STARTED: ("irqsteer-no-bus-lock", "kexec-started"),
    thread.UNLINKED_STARTED: ("irqsteer-unlinked", "kexec-started"),
}

#: The claims that the tree's own core is asked.
ASKED = tuple(claim for claim in CLAIMS if claim.number in ("1", "2", "3a", "3b", "7", "8"))


@cache
def tree(kernel: str) -> Tree:
    """Debian's tree of a release, or the one that an environment variable names."""
    named = os.environ.get(f"IRQLAB_TREE_{kernel.replace('.', '_')}")
    return open_tree(named) if named else get(kernel)


@cache
def on_linux(source: str, kernel: str = "6.12", driver: str = "", loop: str = "") -> OnLinux:
    """A driver on its tree's own core; ``driver`` is a patch to it, ``loop`` one to the mask loop."""
    names = [*([driver] if driver else []), *([loop + ("-6.1" if kernel == "6.1" else "")] if loop else [])]
    patches = [(HERE / "patches" / f"{name}.patch").read_bytes() for name in names]
    own = lay(tree(kernel), {path: after for path, (_, after) in patched(tree(kernel), *patches).files.items()})
    objects = beneath_driver(own)
    return OnLinux.of(load_image(build(own, source).object, [path for _, path in objects], spins=True))


def asked(claim: Claim, kernel: str) -> Claim:
    """A claim whose questions are put to drivers in C on the core of a release's tree."""

    def on_core(what: Setup) -> Setup:
        driver = on_linux(IRQSTEER, kernel, *PATCHES[what])
        return replace(what, driver=driver, release=release(kernel))

    questions = tuple(replace(question, setup=on_core(question.setup)) for question in claim.questions)
    return replace(claim, questions=questions)


def on_release(claim: Claim, kernel: str) -> Claim:
    """A claim whose questions are put to the kernel in Python, in another release."""

    def there(what: Setup) -> Setup:
        return replace(what, release=release(kernel).with_(*what.release.added))

    return replace(claim, questions=tuple(replace(question, setup=there(question.setup)) for question in claim.questions))
