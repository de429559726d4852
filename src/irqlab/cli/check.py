"""``irqlab check``: explores one driver and reports.

Tests: ``tests/cli/test_check.py``, ``tests/cli/test_compiled.py``, ``tests/real/test_check.py``.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from irqlab.cli import boards, compiled, formats, names, versions
from irqlab.cli.answer import Answer, give
from irqlab.cli.child import Request
from irqlab.cli.guard import COMPILED_PATIENCE, Watchdog, guarded
from irqlab.cli.help import Help
from irqlab.cli.link import Link
from irqlab.cli.memory import three_quarters
from irqlab.cli.options import count, seconds
from irqlab.cli.progress import Progress
from irqlab.cli.status import status
from irqlab.errors import InputError
from irqlab.explore.check import OUTPUTS, Checked, Setup
from irqlab.explore.check import check as explore_all
from irqlab.explore.origin import CORES, LINUX, MODEL
from irqlab.explore.scope import SCOPES, Scope
from irqlab.explore.search import Bounds, Search
from irqlab.kernel.arch import ARCHES
from irqlab.kernel.kernel import Config
from irqlab.report.scope import changed

if TYPE_CHECKING:
    from argparse import _SubParsersAction

#: What each possibility is when nothing was said.
FOLLOWS_BOARD = ""

#: What drivers may be compiled for; one in Python runs on every architecture of the model.
COMPILED = ("arm64", "arm", "riscv64")

HELP = Help(
    {
        0: "everything in scope was exhausted, and no promise is broken",
        1: "a promise is broken; it wins over 3",
        2: "the input or the command is wrong: one line says what, where, and what to do",
        3: "not decided: a bound was hit, or something that was reached is not modelled",
    },
    (
        "irqlab check irqsteer@6.11 --kernel 6.12",
        "irqlab check drivers/irqchip/irq-imx-irqsteer.c --tree ~/linux",
        "irqlab check ~/linux/drivers/irqchip/irq-imx-intmux.c --arch arm",
        "irqlab check drivers/irqchip/irq-imx-intmux.c --tree ~/linux --core linux",
        "irqlab check build/irq-mine.ko --tree ~/linux --board mine.dts --scope normal --json mine.json",
    ),
    "A .c is compiled as its kernel tree would (nothing is written there), a .o or .ko needs its debug information. What the "
    "driver asks of the kernel is modelled ('irqlab list symbols'); what is not, and is reached, is named in the report.",
)


def add(commands: _SubParsersAction[Any]) -> None:
    """Adds the sub-command."""
    command = commands.add_parser(
        "check",
        help="explore one driver under one kernel, and report every broken promise",
        description="Explores one driver under one kernel on one board within a scope, and reports every broken promise.",
        epilog=HELP.epilog(),
        allow_abbrev=False,
    )
    command.add_argument(
        "target",
        metavar="TARGET",
        nargs="?",
        default="",
        help="a driver in Python ('irqlab list drivers'), a .c of a kernel tree, or a .o or .ko",
    )
    subject(command)
    bounds(command)
    formats.add(command.add_argument)
    command.set_defaults(run=run, answer=answer)


def subject(command: argparse.ArgumentParser, scope: str = "small") -> None:
    """Adds what says what is checked, but for the target.

    :param scope: what ``--scope`` is if it is not given.
    """
    option = command.add_argument
    option("--driver-file", metavar="FILE.py", default="", help="a Python file with a module-level 'driver', instead of TARGET")
    option("--tree", metavar="DIR", default="", help="the kernel tree of a compiled driver; that around a .c if not given")
    option(
        "--kernel",
        metavar="R",
        default="",
        help="a release ('irqlab list kernels'); for a compiled driver the nearest at or below its own if not given",
    )
    option("--with", metavar="S", action="append", default=[], dest="with_", help="set a switch ('irqlab list switches')")
    option("--without", metavar="S", action="append", default=[], help="take a switch away")
    option(
        "--arch",
        choices=tuple(ARCHES),
        default="",
        help="whose mask loops and resends run, and what a .c is compiled for; arm64 if not given; a .o knows its own",
    )
    option(
        "--core",
        choices=CORES,
        default=MODEL,
        help="whose interrupt core and runtime PM a compiled driver runs on: irqlab's model, or the tree's own, compiled",
    )
    option(
        "--board",
        metavar="NAME|FILE",
        default="",
        help="a board of irqlab's ('irqlab list boards'), a .dts or .dtb, also one of the tree, or a binding (.yaml#N) with an "
        "example; if not given irqlab's own with such a node, then the tree's, then an example",
    )
    option("--scope", metavar="NAME", default=scope, help=f"what may happen ('irqlab list scopes'); {scope} if not given")
    option("--set", metavar="FIELD=VALUE", action="append", default=[], dest="changes", help="change the scope")
    option("--fw-devlink", choices=("off", "on", "rpm"), default="", help="fw_devlink=; the release's default if not given")
    option("--spurious", metavar="N", type=count, default=0, help="N unhandled of N interrupts shut a line down; if given")
    option("--irqfixup", type=int, choices=(0, 1, 2), default=0, help="irqfixup (1) or irqpoll (2), with --spurious")
    option("--no-pm", action="store_true", help="CONFIG_PM=n; a compiled driver's own configuration counts if not given")
    option(
        "--output-when-gated",
        choices=OUTPUTS,
        default=FOLLOWS_BOARD,
        help="what a controller drives while its clock is stopped, where the board does not say; each is explored if not given",
    )


def bounds(command: argparse.ArgumentParser) -> None:
    """Adds what bounds an exploration."""
    option = command.add_argument
    option("--memo", action=argparse.BooleanOptionalAction, default=True, help="remember segments: the same result, sooner")
    option("--max-states", metavar="N", type=count, help="stop after N states")
    option("--max-seconds", metavar="S", type=seconds, help="stop after S seconds")
    option("--max-depth", metavar="N", type=count, help="stop at depth N")
    option("--max-memory", metavar="MiB", type=count, help="stop at MiB of memory; 75 %% of what is available if not given")


def setup(args: argparse.Namespace, tell: compiled.Tell = lambda what: None, changed: compiled.Files | None = None) -> Setup:
    """What the arguments say is to be checked.

    :param tell: hears what takes its time; ``changed`` are files that take the place of the tree's own.
    """
    if bool(args.target) == bool(args.driver_file):
        raise InputError(
            "check: give a driver (a name, a .c, a .o) or --driver-file FILE.py, one of them ('irqlab list drivers', "
            "'irqlab check --help')"
        )
    if compiled.is_compiled(args.target):
        return _compiled(args, tell, changed)
    if args.core == LINUX:
        raise InputError("--core linux: is for compiled drivers: give a .c or .o, and --tree")
    driver = names.driver_file(args.driver_file) if args.driver_file else names.driver(args.target)
    if args.tree:
        raise InputError(f"--tree {args.tree}: driver '{driver.name}' is in Python: leave --tree away")
    if not args.kernel:
        raise InputError(f"driver '{driver.name}' is in Python: give --kernel, a release ('irqlab list kernels')")
    release = names.release(args.kernel, args.with_, args.without)
    scope = scope_of(args)
    board, file, text = names.board(args.board, driver)
    config = _config(args, args.arch or next(iter(ARCHES)), not args.no_pm)
    return Setup(driver, release, config, board, scope, args.output_when_gated, args.driver_file, file, text)


def scope_of(args: argparse.Namespace) -> Scope:
    """The scope; its name may be followed by changes, as reports title it: ``small sleep=on``."""
    name, *changes = args.scope.split() or [""]
    return changed(names.find("scope", name, SCOPES), [*changes, *args.changes])


def _config(args: argparse.Namespace, arch: str, pm: bool) -> Config:
    """The kernel's configuration and command line."""
    return Config(arch, pm, args.fw_devlink, args.spurious, args.irqfixup)


def _compiled(args: argparse.Namespace, tell: compiled.Tell, changed: compiled.Files | None) -> Setup:
    """The same for a compiled driver."""
    if args.arch and args.arch not in COMPILED:
        *more, last = COMPILED
        raise InputError(
            f"--arch {args.arch}: {args.target} is compiled, which is for {', '.join(more)} or {last}: take one of these, "
            "or a driver in Python"
        )
    scope_of(args)
    if args.kernel:
        names.release(args.kernel, args.with_, args.without)  # said before anything is compiled
    if args.core == LINUX and (args.with_ or args.without):
        raise InputError("--core linux: the core is as its source says: change that, and leave --with and --without away")
    if args.core == LINUX and args.spurious:
        raise InputError("--core linux: its own threshold is 100 000 interrupts, too many to explore: leave --spurious away")
    return for_target(args, compiled.load(args.target, args.tree, args.arch, tell, args.core, changed), tell)


def for_target(args: argparse.Namespace, target: compiled.Target, tell: compiled.Tell) -> Setup:
    """What is to be checked of a compiled driver that was loaded."""
    origin = target.origin
    release, note = args.kernel, ""
    if not release:
        if not origin.version:
            raise InputError(f"{origin.target}: nothing says which kernel it was compiled for: give --kernel, or --tree")
        release, note = versions.modelled(origin.version)
    elif args.core == LINUX:
        _same_kernel(args.kernel, origin.version)
    if args.no_pm and target.pm:
        raise InputError(f"{origin.target}: was compiled with CONFIG_PM=y: leave --no-pm away, or configure its tree without")
    pm = not args.no_pm and target.pm is not False
    chosen = boards.choose(args.board, target.driver, target.tree, origin.arch, tell)
    return Setup(
        target.driver,
        names.release(release, args.with_, args.without),
        _config(args, origin.arch, pm),
        chosen.board,
        scope_of(args),
        args.output_when_gated,
        board_file=chosen.file,
        dts=chosen.text,
        origin=origin,
        notes=tuple(text for text in (note, *chosen.notes) if text),
    )


def _same_kernel(name: str, version: str) -> None:
    """Refuses another release than that of the core which runs.

    :raises InputError: it is another.
    """
    own, _ = versions.modelled(version)
    if name != own:
        raise InputError(f"--kernel {name}: --core linux runs the core of Linux {version}, which is a {own}: leave --kernel away")


def run(args: argparse.Namespace) -> int:
    """Runs the sub-command."""
    to = formats.destinations(args)
    if compiled.is_compiled(args.target) and not args.driver_file:
        from irqlab.cli import isolated

        return isolated.run(args.words, compiled.name(args.target), to)
    return give(answer(args), to)


def answer(args: argparse.Namespace, link: Link | None = None, request: Request | None = None) -> Answer:
    """What the sub-command has to say.

    :param link: the line to the parent, in a child; ``request`` is what it asks for.
    """
    watchdog = Watchdog(COMPILED_PATIENCE if link is not None else 0)
    if link is not None:
        what = setup(args, link.tell)
        with link.watching(watchdog):
            checked = explored(what, args, watchdog, link, request)
    else:
        with watchdog.running():
            checked = explored(setup(args), args, watchdog)
    return Answer.of(status(checked), formats.lines(checked, args), formats.texts(checked, args))


def explored(
    what: Setup, args: argparse.Namespace, watchdog: Watchdog, link: Link | None = None, request: Request | None = None
) -> Checked:
    """The result of the exploration, with bounds, progress and guards around it."""
    bounds = Bounds(args.max_states, args.max_seconds, args.max_depth, args.max_memory or three_quarters())
    cut = request.states if request is not None else 0
    if cut:
        bounds = replace(bounds, states=cut)
    progress = Progress(link)

    def beginning(search: Search, output: str, several: int) -> None:
        result = search.result
        watchdog.moves = lambda: object() if result.expanded else (result.segments, result.successors, len(result.graph.first))
        progress.begin(f"{what.driver.name} on {what.release}" + (f", gated output {output}" if several > 1 else ""))

    around = partial(guarded, what.driver.name, what.driver_file, compiled=what.origin is not None)
    jobs = (
        1 if what.origin is not None else None
    )  # the parent must see it where an emulator ends this process, and how far it was
    with progress:
        progress.begin(f"{what.driver.name} on {what.release}")
        checked = explore_all(what, bounds, memo=args.memo, progress=progress.tell, beginning=beginning, around=around, jobs=jobs)
    return cut_short(checked, cut, request.why) if cut and request is not None else checked


def cut_short(checked: Checked, states: int, why: str) -> Checked:
    """The result of an exploration that was cut where the emulator had ended: nobody asked for that bound."""
    bound = f"--max-states {states} reached"
    runs = tuple(
        replace(run, stopped=run.stopped.replace(bound, f"{why} beyond {states} states; stopped there")) for run in checked.runs
    )
    return replace(checked, runs=runs)
