"""Speed and memory of five named runs, with and without remembering; ratios side by side in one run.

Machines are shared and noisy: each run is made in a process of its own, three times in turn, and medians are printed.
A *segment* is one run of kernel, driver or check code from one schedule point to the next; trying an action that is not
possible counts as none.  ``wide`` is ``bus-lock-sleep`` beside 400 Records that stand still, as lines of guest memory do.
``compiled-sleep`` is ``bus-lock-sleep`` with irqsteer compiled from Linux 6.12 (``make test-guest`` installs what that takes).
After these come whole checks, of the driver in Python and of the compiled object: every possibility the board
leaves open, side by side, and the largest process of it; how many steps of conform each core takes
in a second; and how soon a browser has a large page (:mod:`bench.pages`).
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench.cores import cores, explored
from bench.pages import page
from irqlab.errors import IrqlabError
from irqlab.state import Record
from irqlab.tree import Tree

sys.path[:0] = [str(Path(__file__).parent.parent / "tests" / "explore")]

ROUNDS = 3
RUNS = ("reference-4", "unlinked-small", "bus-lock-sleep", "wide")
COMPILED = "compiled-sleep"
DRIVER = "irqsteer@6.11"
CHECK = ("--kernel", "6.12", "--scope", "normal")


class Still(Record):
    """Something that never changes."""

    content: int


def tree() -> Tree:
    """Linux 6.12: Debian's, or the one that IRQLAB_TREE_6_12 names."""
    from irqlab.tree import get, open_tree

    named = os.environ.get("IRQLAB_TREE_6_12")
    return open_tree(named) if named else get("6.12")


def compiled() -> Path:
    """irqsteer of Linux 6.12, compiled for arm64; an error of irqlab's where that cannot be."""
    from irqlab.tree import build

    return build(tree(), "drivers/irqchip/irq-imx-irqsteer.c").object


def model(name: str):  # type: ignore[no-untyped-def]
    """The model of one named run."""
    if name == "reference-4":
        from reference import Reference

        return Reference(4)
    from irqlab.board import load
    from irqlab.drivers import controller
    from irqlab.explore.linux import LinuxModel
    from irqlab.explore.scope import Scope
    from irqlab.kernel.release import release
    from irqlab.properties import CHECKS

    if name == "unlinked-small":
        return LinuxModel(controller("irqsteer@unlinked-2020"), release("6.1"), load("irqsteer"), Scope("small"), checks=CHECKS)
    scope = Scope("small").but(sleep=True)
    driver = controller(DRIVER)
    if name == COMPILED:
        from irqlab.guest.image import load as load_image
        from irqlab.guest.module import Compiled

        driver = Compiled.of(load_image(compiled()))
    made = LinuxModel(driver, release("6.12"), load("irqsteer"), scope, checks=CHECKS)
    if name == "wide":
        for number in range(400):
            made.world.new(Still, number, content=number % 7)
        made.world.commit()
    return made


def measure(name: str, memo: bool) -> dict[str, float]:
    """One run in this process."""
    from irqlab.explore.search import Search, resident

    subject = model(name)
    before = resident()
    started = time.process_time()
    result = Search(subject, memo=memo).run()
    seconds = time.process_time() - started
    graph = result.graph
    states = sum(map(sys.getsizeof, (subject.world.chunks, graph.number, *graph.number, *graph.number.values())))
    return {
        "states": result.states,
        "segments": result.segments,
        "seconds": seconds,
        "bytes": states / result.states,
        "resident": (resident() - before) * 2**20 / result.states,
    }


def check(target: str) -> str:
    """A whole check: seconds by the clock, and MiB of its largest process."""
    started = time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", "irqlab", "check", target, *CHECK], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    name = Path(target).name
    return f"check {name} {' '.join(CHECK)}: {time.monotonic() - started:.0f} s, {used.ru_maxrss >> 10} MiB"


def main() -> int:
    if len(sys.argv) == 3:
        print(json.dumps(measure(sys.argv[1], sys.argv[2] == "memo")))
        return 0
    print(
        f"{'run':16} {'memo':4} {'states':>8} {'segments':>9} {'states/s':>9} {'segments/s':>10} {'B/state':>8} {'RSS/state':>9}"
    )
    try:
        built = compiled()
    except IrqlabError as error:
        built = None
        print(f"{COMPILED:16} not measured: {error}")
    for name in (*RUNS, *((COMPILED,) if built else ())):
        measured: dict[bool, list[dict[str, float]]] = {False: [], True: []}
        for _ in range(ROUNDS):
            for memo in (False, True):
                command = [sys.executable, "-m", "bench", name, "memo" if memo else "plain"]
                output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                measured[memo].append(json.loads(output))
        for memo, rounds in measured.items():
            median = {key: statistics.median(row[key] for row in rounds) for key in rounds[0]}
            print(
                f"{name:16} {'yes' if memo else 'no':4} {median['states']:8.0f} {median['segments']:9.0f} "
                f"{median['states'] / median['seconds']:9.0f} {median['segments'] / median['seconds']:10.0f} "
                f"{median['bytes']:8.0f} {median['resident']:9.0f}",
                flush=True,
            )
        ratio = statistics.median(p["seconds"] / m["seconds"] for p, m in zip(measured[False], measured[True], strict=True))
        print(f"{name:16} remembering is {ratio:.1f} times as fast", flush=True)
    print(check(DRIVER), flush=True)
    if built:
        print(check(str(built)), flush=True)
        print(cores(tree(), "6.12"))
        print(explored(tree(), "6.12"))
    print(page())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
