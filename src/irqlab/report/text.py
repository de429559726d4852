"""The report of one check, for a reader with ten minutes: verdict first, then each finding with its proof.

Tests: ``tests/report/test_text.py``.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator

from irqlab.explore.check import Checked, Run, Setup, Told
from irqlab.explore.origin import MODEL
from irqlab.explore.scope import SCOPES
from irqlab.properties import Breach
from irqlab.report.about import about
from irqlab.report.lines import BAD, DIM, GOOD, HEAD, PLAIN, WARN, WIDTH, Line, wrap
from irqlab.report.places import inside
from irqlab.report.scope import changes, left_out, title
from irqlab.report.trace import trace_lines
from irqlab.report.words import KERNEL_NAMES

_KERNEL_NAME = re.compile(rf"\b({'|'.join(KERNEL_NAMES)})\b")
_OURS = re.compile(r"(?<![\w(])(?:(?:_(?!_)\w+|call|request|free|disable|enable|synchronize) > )+")

#: What a crash needs to be possible; printed where a finding depends on one.
CAUSES = {
    "sysrq": "where another task may run: sysrq, or a BUG() there",
    "oops": "at a fault, with panic_on_oops",
    "remote": "on another CPU, which stops this one where its interrupts are on",
    "nmi": "anywhere: an NMI, or a panic with interrupts off",
}

_LABEL = 10


def report(checked: Checked, file: str = "") -> list[Line]:
    """The whole report.

    :param file: the finding file that was written, if any; the commands name it.
    """
    lines = [*_verdict(checked), Line(), *_about(checked), Line()]
    if checked.told:
        lines += [*_overview(checked), Line()]
    for number, told in enumerate(checked.told, 1):
        lines += [*finding(checked.setup, number, told, file), Line()]
    lines += _rest(checked)
    while lines and not lines[-1].text:
        lines.pop()
    return lines


# -- the verdict ---------------------------------------------------------------------------------------------------


def subject(setup: Setup) -> str:
    """What was checked, in a few words."""
    pm = "" if setup.config.pm else ", CONFIG_PM=n"
    where = f"{setup.config.arch}{pm}, board {setup.board.name}, scope {title(setup.scope)}"
    core = " and its own core" if setup.origin is not None and setup.origin.beneath else ""
    return f"{title_of(setup)} on Linux {setup.release}{core}, {where}"


def title_of(setup: Setup) -> str:
    """What the driver is called: its name, or the source it was compiled from."""
    origin = setup.origin
    return setup.driver.name if origin is None else inside(origin.source or origin.driver.path)


def verdict(checked: Checked) -> tuple[str, str, str]:
    """The verdict in a word, how it looks, and the sentence that goes with it."""
    count, where = len(checked.broken), subject(checked.setup)
    if count:
        return "BROKEN", BAD, f"{counted(count, 'promise')} broken in {where}"
    if not checked.decided:
        return "NOT DECIDED", WARN, f"no promise seen broken in {where}, but not all of it was looked at"
    return "KEPT", GOOD, f"no promise broken in {where}"


def _verdict(checked: Checked) -> Iterator[Line]:
    word, style, said = verdict(checked)
    yield from wrap(said, style, first=f"{word}  ")
    for run in checked.runs:
        yield from wrap(covered(run, len(checked.runs) > 1), first="  ", rest="    ")
    if not checked.broken:
        yield from wrap(
            f"not looked at: {'; '.join(left_out(checked.setup.scope, checked.setup.board))}", first="  ", rest="    "
        )


def covered(run: Run, several: bool) -> str:
    """What one exploration covered."""
    where = f"output when gated {run.output}: " if several else ""
    size = f"{run.states} states, {run.successors} successors, depth {run.depth}"
    return f"{where}stopped: {run.stopped} ({size})" if run.stopped else f"{where}exhausted: {size}"


OUTPUT_WORDS = {"low": "low", "held": "the level it had (held)", "follows": "what its inputs say (follows)"}


def _about(checked: Checked) -> Iterator[Line]:
    for label, text in about(checked):
        yield from wrap(text, DIM, first=f"  {label:<{_LABEL}}")


def _overview(checked: Checked) -> Iterator[Line]:
    yield Line("Findings", HEAD)
    yield from overview(checked.told)


def overview(several: Iterable[Told], first: int = 1) -> Iterator[Line]:
    """Findings at a glance, numbered."""
    for number, told in enumerate(several, first):
        breach = told.breach
        whose = f"a note about the {breach.blame}" if breach.note else f"blames the {breach.blame}"
        yield Line(f"{number:>4}  {breach.rule} in {place_of(breach)}; {whose}", PLAIN if breach.note else BAD)
        if breach.cause:
            yield from wrap(prose(", ".join(word for word in breach.cause if word)), DIM, first="      ")


# -- one finding -----------------------------------------------------------------------------------------------------


def finding(setup: Setup, number: int, told: Told, file: str = "", own: int = 0) -> list[Line]:
    """One finding in full: what, where, whose, the trace, how to see it again.  ``replay`` prints the same.

    :param own: its number in the check it is of, where that is another.
    """
    return [*proof(setup, number, told), Line(), *_repeat(setup, own or number, file)]


def proof(setup: Setup, number: int, told: Told, width: int = WIDTH) -> list[Line]:
    """What, where, whose, and the trace: the same wherever the check was made.  Without a number where it is 0."""
    numbered = f"{number}. " if number else ""
    head = Line(f"{numbered}{told.breach.rule} in {place_of(told.breach)}", HEAD)
    said = [line for sentence in statement(told) for line in wrap(sentence, first="  ", width=width)]
    return [head, *said, Line(), *trace_lines(setup, told, width)]


def statement(told: Told) -> Iterator[str]:
    """What is broken, whose it is and what it takes, a paragraph each."""
    breach = told.breach
    yield prose(breach.text)
    yield f"{'note about' if breach.note else 'blames'} the {breach.blame}: {breach.why_blame}"
    if told.finding.crash:
        yield f"needs a crash: {told.finding.crash} ({CAUSES[told.finding.crash]})"
    if told.under:
        words = " or ".join(OUTPUT_WORDS[output] for output in told.under)
        yield f"only if a controller with its clock stopped drives {words}; the board does not say"


def place_of(breach: Breach) -> str:
    """Where it happened, by the kernel's name."""
    return KERNEL_NAMES.get(breach.place, breach.place)


def prose(text: str) -> str:
    """A rule's text with the kernel's names of functions, and without irqlab's own in chains of calls."""
    return _KERNEL_NAME.sub(lambda found: KERNEL_NAMES[found[1]], _OURS.sub("", text))


def commands(setup: Setup, number: int, file: str = "") -> tuple[tuple[str, list[str]], ...]:
    """How a finding is made, and how it is seen again: a label and the words of a command each."""
    name = file or "finding.json"
    again = ["irqlab", "replay", name, "--finding", str(number), *_given(setup)]
    return ("made by", [*_words(setup), "--json", name]), ("repeat", again)


def _repeat(setup: Setup, number: int, file: str) -> Iterator[Line]:
    for label, words in commands(setup, number, file):
        yield from _command(words, label)


def _given(setup: Setup) -> list[str]:
    """What a finding file does not carry: a compiled driver is given again."""
    origin = setup.origin
    if origin is None:
        return []
    tree = ["--tree", origin.tree] if origin.tree else []
    return tree if origin.target.endswith(".c") else ["--object", origin.target, *tree]


def _command(words: list[str], label: str) -> Iterator[Line]:
    """A command to copy, over several lines if need be."""
    text = f"  {label:<{_LABEL}}"
    for number, word in enumerate(map(shlex.quote, words)):
        if len(text) + len(word) > WIDTH - 3 and number:
            yield Line(f"{text} \\", DIM)
            text = " " * (_LABEL + 6) + word
        else:
            text += word if not number else f" {word}"
    yield Line(text, DIM)


def command(setup: Setup) -> str:
    """The command that makes this check."""
    return shlex.join(_words(setup))


def _words(setup: Setup) -> list[str]:
    words = ["irqlab", "check"]
    origin = setup.origin
    if origin is not None:
        words += [origin.target, *(["--tree", origin.tree] if origin.tree else [])]
        words += ["--core", origin.core] if origin.core != MODEL else []
    else:
        words += ["--driver-file", setup.driver_file] if setup.driver_file else [setup.driver.name]
    words += ["--kernel", setup.release.name]
    for switch in setup.release.added:
        words += ["--with", switch]
    for switch in setup.release.removed:
        words += ["--without", switch]
    known = origin is not None and not origin.target.endswith(".c")
    words += ["--arch", setup.config.arch] if setup.config.arch != "arm64" and not known else []
    words += ["--board", setup.board_file or setup.board.name]
    base = setup.scope.name if setup.scope.name in SCOPES else "small"
    words += ["--scope", base]
    for change in changes(setup.scope, SCOPES[base]):
        words += ["--set", change]
    words += ["--fw-devlink", setup.config.fw_devlink] if setup.config.fw_devlink else []
    words += ["--spurious", str(setup.config.spurious)] if setup.config.spurious else []
    words += ["--irqfixup", str(setup.config.irqfixup)] if setup.config.irqfixup else []
    words += [] if setup.config.pm else ["--no-pm"]
    words += ["--output-when-gated", setup.output] if setup.output else []
    return words


# -- what else there is to know ----------------------------------------------------------------------------------------


_ASSUMED = "Assumed, because nothing says otherwise"


def _rest(checked: Checked) -> Iterator[Line]:
    setup = checked.setup
    sections: list[tuple[str, list[str]]] = [
        ("Not modelled, and reached", reached(checked)),
        (_ASSUMED if setup.origin is not None else "Assumed, because the board does not say", list(setup.assumptions)),
    ]
    if checked.broken:
        sections.append(("Not looked at", left_out(setup.scope, setup.board)))
    for head, items in sections:
        if items:
            yield Line(head, HEAD)
            for item in items:
                yield from wrap(item, first="  - ")
            yield Line()


def reached(checked: Checked) -> list[str]:
    """What was reached and is not modelled."""
    return [f"{what} (seen in {counted(count, 'way')})" for what, count in checked.unknown]


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
