"""Every error irqlab raises on purpose; each message says what happened, where, and what to do next."""

from __future__ import annotations


class IrqlabError(Exception):
    """Base of all errors that are shown to the user as one line and end the command with exit status 2."""


class InputError(IrqlabError):
    """A name, file or option the user gave is wrong: correct it and run the command again."""


class BoardError(InputError):
    """A device tree cannot be read or describes no machine irqlab can build: correct the named node."""


class FindingError(InputError):
    """A finding file is damaged, foreign, or does not fit this irqlab: make it anew with ``irqlab check --json``."""


class TreeError(InputError):
    """A kernel tree, a source in it, a compiler or a package is missing or does not do: correct what the message names."""


class CompileError(TreeError):
    """A source does not compile.

    :ivar source: which, below the top of its tree.
    :ivar reason: what the compiler says first.
    """

    def __init__(self, source: str, arch: str, reason: str, remedy: str = ": mend it, or its flags") -> None:
        super().__init__(f"{source}: does not compile for {arch}: {reason}{remedy}")
        self.source, self.arch, self.reason = source, arch, reason


class NoDeviceError(InputError):
    """A compiled driver names no device it is for, so there is no board to put it on: give one that does."""


class IncompatibleError(InputError):
    """A driver and a kernel release do not go together: choose a release that has what the driver needs."""


class DriverError(IrqlabError):
    """A driver in Python raised, looped or recursed: mend the driver at the named line."""


class WorkerError(IrqlabError):
    """A process that explored was killed from outside, mostly for want of memory: give less to explore, or less memory."""


class ModelError(IrqlabError):
    """Kernel or driver code broke a rule of the state layer (a mutable value, an undeclared type, a misaligned replay).

    It is a defect of the code that is run, never of the state it was run in.
    """


class GuestError(InputError):
    """A compiled driver cannot be run: its object is damaged, foreign, or lacks what irqlab needs of it."""
