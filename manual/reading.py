"""How to read a trace: one finding, line by line, as irqlab prints it.

What is explained is quoted, and has to be in the output: the page cannot be written if irqlab no longer says it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from manual.session import CUT, console, session

_SCOPE = "--set raises=off --output-when-gated low"
CHECK = f"irqlab check irqsteer@unlinked-2020 --kernel 6.1 {_SCOPE} --json finding.json"
NUMBER = 7
REPLAY = f"irqlab replay finding.json --finding {NUMBER}"
CIRCLE = "irqlab check irqsteer@5.19 --kernel 6.12 --set consumers=a:never-quiet --set crash= --output-when-gated low"

Rows = tuple[tuple[str, str], ...]

HEAD: Rows = (
    (
        "BROKEN",
        "The verdict. `KEPT`: everything in scope was looked at and nothing is broken. `NOT DECIDED`: nothing was seen broken, "
        "and not all was looked at.",
    ),
    ("scope small", "What may happen: who calls what, whether lines rise, sleep, unbind, crashes. Nothing is claimed beyond it."),
    (
        "exhausted:",
        "Every state that can be reached was reached and every action tried in it. A *state* is everything that can change, "
        "hardware included; *successors* are the moves between states; *depth* is how many moves the farthest state is away. "
        "`stopped:` stands here if a bound cut the search short, and says which and where.",
    ),
    (
        "  kernel",
        "The release, and whether it is claimed whole or is another one plus switches. `switches` are the differences between "
        "releases that are on.",
    ),
    ("  names", "What the board calls things, and the short names the trace has for them."),
    ("  lines", "Interrupt numbers: irq 2 is input 8 of irqsteer, to which peripheral a is wired."),
)

FINDING: Rows = (
    (
        "dead-register-access in imx_irqsteer_irq_mask",
        "The promise that is broken, which has [a page](rules/README.md), and the function, or the device, it is broken in.",
    ),
    ("Reached through", "The calls that are open there, the outermost first."),
    ("On this board the access is", "What this hardware does then: abort, hang, or lose the access. The board says so."),
    ("blames the driver", "Whose it is, and why. The blame is an opinion with a reason; the trace is a fact."),
    (
        "needs a crash: sysrq",
        "The weakest cause of a crash that reaches it. With `nmi` it takes one that strikes where interrupts are off.",
    ),
)

TRACE: Rows = (
    (
        "   1  task a calls request_irq()",
        "A numbered step: who moves now. *task a* is user space using peripheral a; *kworker*, *irq/…* and *the CPU takes an "
        "interrupt* are the kernel's own. One CPU: whoever is not named stands still.",
    ),
    (
        "segments)",
        "A segment is one uninterrupted run, from one place where somebody else may act (a lock, a register access, a call that "
        "may sleep) to the next. Many of them in a row are one step.",
    ),
    (
        "      request_threaded_irq",
        "Calls are indented below who calls them. `a > b` is a call in a call; after `:` stands what happened in the innermost.",
    ),
    ("irq_chip_pm_get: no PM device", "What matters is said in words where the kernel would say nothing."),
    ("irq 2: depth 1 -> 0", "What the core *believes*: depth, DISABLED and MASKED are software. The hardware may differ."),
    ("CHANMASK1 read 0x00000000,", "Accesses are what *is*: the register, and the value that was read or written."),
    (
        "irq 2: MASKED 1 -> 0",
        "The belief follows the access. Where the two part, [mask-incoherent](rules/mask-incoherent.md) is broken.",
    ),
    (
        "… task a stops after it has released desc 2 lock",
        "Where a step stands still and somebody else moves. It goes on later, as `task a goes on`, or never.",
    ),
    ("irqsteer active -> suspending", "The device's runtime PM status."),
    ("clock ipg stops", "What that does to the hardware: from here on an access to irqsteer is dead."),
    (
        "the kernel crashes here (sysrq)",
        "A crash drops every task and worker where it stands: nothing of the old kernel goes on but the crash path.",
    ),
    ("irq_set_irqchip_state = -EINVAL", "A call that failed, with what it returned."),
    (
        "irqsteer: irq_mask(irq 2) > imx_irqsteer_irq_mask",
        "The core calls the chip `irqsteer`, which is this function of the driver.",
    ),
    ("!!", "The promise breaks in this line. A single `!` is another promise that broke on the way, in brackets which."),
)

CIRCLES: Rows = (
    ("device a raises its line", "The world moves too: a device, a crash, a failing allocation."),
    (
        "and then for ever:",
        "The steps below lead back to where they began. No step of it breaks anything; that there is no other way out does.",
    ),
    ("and again from step 3", "The circle closes."),
)

REPEAT: Rows = (
    ("  made by", "The command that makes the finding file."),
    ("  repeat", "The command that runs the steps again."),
)


def page() -> str:
    """The page."""
    with tempfile.TemporaryDirectory() as folder:
        made, again = session(CHECK, Path(folder)), session(REPLAY, Path(folder))
    circle = session(CIRCLE)
    finding, repeat = made.numbered(NUMBER)
    blank = finding.index("")
    statement, trace = finding[:blank], finding[blank + 1 :]
    head = made.output.partition("\nFindings\n")[0].splitlines()
    return (
        "\n".join(
            [
                "# How to read a trace",
                "",
                "One finding of one check, from the verdict to the line that breaks a promise. irqlab printed all that is shown.",
                "Written by `python -m manual`.",
                "",
                "## The verdict and what it covers",
                "",
                *console(CHECK, [*head, CUT]),
                "",
                *_explained(HEAD, head),
                "",
                "## The finding",
                "",
                *_block(statement),
                "",
                *_explained(FINDING, statement),
                "",
                "## The trace, line by line",
                "",
                "It begins after the first boot, with every driver bound. It is a shortest one: the search is breadth first.",
                "",
                *_block(trace),
                "",
                *_explained(TRACE, trace),
                "",
                "## Traces that never end",
                "",
                *_block(circle.finding("interrupt-storm")),
                "",
                *_explained(CIRCLES, circle.output.splitlines()),
                "* `and there it rests`: in place of a circle: nothing the kernel does by itself leads on.",
                "",
                "## Seeing it again",
                "",
                *_block(repeat),
                "",
                *_explained(REPEAT, repeat),
                "",
                *console(REPLAY, [CUT, *again.output.rpartition("\n\n")[2].splitlines()]),
                "",
                *_REPLAY,
                "",
                *_REST,
            ]
        )
        + "\n"
    )


_REPLAY = (
    "`replay` builds the same model from the file, runs exactly these steps, and prints the same trace, to the byte. It refuses",
    "(status 2) if the promise does not break there or the state it ends in is another: each finding carries the digest of that",
    "state. The *seal* is the sha256 of everything else in the file, so damage is seen wherever it is. It is no signature.",
    "Code is never taken from the file: a driver that is a Python file, or compiled, is given again.",
)

_REST = (
    "## What else a report says",
    "",
    "* *Notes* are numbered after the broken promises: worth telling, and nobody suffers. They do not change the exit status.",
    "* *Not modelled, and reached*: unknowns. Something was asked for that irqlab does not model; it is named and counted, and",
    "  without a broken promise the verdict is NOT DECIDED.",
    "* *Assumed, because the board does not say*: what was taken for granted. Say it in the board if it is otherwise.",
    "* *Not looked at*: what is outside of the scope. `--scope`, `--set` and `--board` change that.",
    "* *only if a controller with its clock stopped drives …*: the board does not say what a gated controller does. Each",
    "  possibility is explored, and a finding names those it was seen under.",
    "",
    "| exit status | |",
    "|---|---|",
    "| 0 | kept: everything in scope was exhausted, and no promise is broken |",
    "| 1 | broken: also if the search was cut short, since a trace is a proof |",
    "| 2 | the input or the command is wrong: one line says what, where, and what to do |",
    "| 3 | not decided: a bound was hit, or something that was reached is not modelled |",
)


def _explained(rows: Rows, lines: list[str]) -> list[str]:
    """A point for each quotation, all of which are in the lines, in this order."""
    at = 0
    for quoted, _ in rows:
        at = next((number for number in range(at, len(lines)) if quoted in lines[number]), -1)
        assert at >= 0, f"irqlab does not print '{quoted}', or not there"
    return [f"* `{quoted.strip()}`: {meaning}" for quoted, meaning in rows]


def _block(lines: list[str]) -> list[str]:
    return ["```", *lines, "```"]
