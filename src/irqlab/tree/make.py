"""One run of the kernel's make, in a clean environment, with progress and a log.

Tests: ``tests/tree/test_make.py``.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from irqlab.errors import TreeError
from irqlab.tree.arch import Arch
from irqlab.tree.cache import Progress, silent

#: Headers that come with a package, as they are named when they are missing.
_HEADERS = (("openssl/", "libssl-dev"), ("libelf.h", "libelf-dev"), ("gelf.h", "libelf-dev"), ("gmp.h", "libgmp-dev"))

_STEP = re.compile(r"^  ([A-Z][A-Z0-9_.\[\]-]*) +(\S+)$")
_COMPILER = re.compile(r"^(?:.*: )?(?:fatal )?error: .*|^.*: (?:undefined reference to|Error:|Fatal error:) .*", re.IGNORECASE)
_FAILED = re.compile(r"^make(?:\[\d+\])?: \*\*\* \[(?:[^\]:]*:\d+: )?([^\]]+)\] (?:Error|Interrupt|Terminated|Killed)\b.*")
_MAKE = re.compile(r"^(?:make(?:\[\d+\])?|\S*[Mm]akefile\S*): \*\*\* .*|^\*\*\* \S.*")


#: Seconds one file may take to compile.
COMPILER_PATIENCE = 300


@dataclass(frozen=True)
class Made:
    """What one run of make did.

    :ivar status: 0, or make's exit status.
    :ivar log: everything it printed; ``path`` is where that lies too.
    """

    status: int
    log: str
    path: Path

    def error(self) -> str:
        """The first error on one line; empty where nothing was said."""
        return first_error(self.log)

    def errors(self) -> dict[str, str]:
        """The first error of each target that failed."""
        return target_errors(self.log)


def environment() -> dict[str, str]:
    """What make is given of the user's environment: where programs are, and nothing that changes what they make."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {
        "PATH": os.defpath,
        **kept,
        "LC_ALL": "C",
        "TZ": "UTC",
        "KBUILD_BUILD_TIMESTAMP": "1970-01-01",
        "KBUILD_BUILD_USER": "irqlab",
        "KBUILD_BUILD_HOST": "irqlab",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def variables(arch: Arch, build: Path) -> dict[str, str]:
    """What is given on make's command line."""
    return {
        "O": str(build),
        "ARCH": arch.karch,
        "CROSS_COMPILE": arch.cross(),
        # Neither compiles C, and each would make the configuration depend on what else is installed.
        "RUSTC": "false",
        "PAHOLE": "false",
    }


def run(
    source: Path,
    given: Mapping[str, str],
    targets: Iterable[str],
    log: Path,
    *,
    jobs: int = 1,
    keep_going: bool = False,
    progress: Progress = silent,
    holding: int = -1,
) -> Made:
    """Runs make.

    :param source: the top of the source tree; ``given`` are variables on the command line.
    :param log: where all it prints is kept.
    :param holding: the lock of the build directory, which make holds too.
    :raises KeyboardInterrupt: it was interrupted.
    """
    flags = ["--no-print-directory", "--output-sync=target", f"-j{jobs}"] + (["-k"] if keep_going else [])
    line = ["make", *flags, "-C", str(source), *(f"{name}={value}" for name, value in given.items()), *targets]
    log.parent.mkdir(parents=True, exist_ok=True)
    said: list[str] = []
    try:
        process = subprocess.Popen(
            line,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            pass_fds=(holding,) if holding >= 0 else (),
        )
    except OSError as error:
        raise TreeError(f"make: cannot be run ({error.strerror}): sudo apt-get install make") from None
    with process, open(log, "w", encoding="utf-8", errors="replace") as file:
        assert process.stdout is not None
        try:
            for text in process.stdout:
                file.write(text)
                said.append(text.rstrip("\n"))
                step = _STEP.match(said[-1])
                if step is not None:
                    progress(f"{step[1]} {step[2]}")
        except BaseException:
            # Whoever stops listening takes make and all its compilers along; make removes what is half made.
            process.stdout.close()
            _end(process)
            raise
    if process.returncode and any(_interrupted(text) for text in said[-20:]):
        raise KeyboardInterrupt
    return Made(process.returncode, "\n".join(said), log)


def _end(process: subprocess.Popen[str]) -> None:
    for number in (signal.SIGINT, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
            return


def _interrupted(text: str) -> bool:
    return text.startswith("make") and "*** [" in text and text.endswith("Interrupt")


def compiler(line: Sequence[str], place: Path) -> str:
    """Runs one line of a compiler; what it says first of what is wrong, and nothing where it compiles.

    :raises TreeError: it cannot be run, or does not end.
    """
    try:
        done = subprocess.run(
            line,
            cwd=place,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=COMPILER_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TreeError(f"{line[-1]}: the compiler did not end within {COMPILER_PATIENCE} s: look at it") from None
    except OSError as error:
        raise TreeError(f"{line[0]}: cannot be run ({error.strerror}): give a compiler that can") from None
    return (first_error(done.stdout) or f"status {done.returncode}") if done.returncode else ""


def first_error(log: str) -> str:
    """The line of a log that says what went wrong first: the compiler's, else make's, else the last there is."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    for pattern in (_COMPILER, _MAKE):
        for line in lines:
            if pattern.match(line) and line != "***":
                return _with_package(line)
    return lines[-1] if lines else ""


def _with_package(line: str) -> str:
    """Names the package of a header that is missing."""
    if "No such file" in line:
        for header, package in _HEADERS:
            if header in line:
                return f"{line} (sudo apt-get install {package})"
    return line


def target_errors(log: str) -> dict[str, str]:
    """The first error of each target that failed, by the target's name; make groups the lines of a target."""
    found: dict[str, str] = {}
    error = ""
    for line in log.splitlines():
        if _STEP.match(line):
            error = ""
            continue
        failed = _FAILED.match(line)
        if failed is not None:
            found.setdefault(failed[1], error or line.strip())
            error = ""
        elif not error and _COMPILER.match(line):
            error = _with_package(line.strip())
    return found
