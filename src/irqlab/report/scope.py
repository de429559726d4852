"""Scopes in words and in options: ``--set calls=request,free``, and what a scope leaves out.

Tests: ``tests/report/test_scope.py``.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from irqlab.board import Board
from irqlab.drivers.consumer import KINDS
from irqlab.errors import InputError
from irqlab.explore.scope import SCOPES, Scope

#: Calls a consumer may make, and causes of a crash a scope may hold.
CALLS = ("request", "free", "disable", "enable", "synchronize")
CAUSES = ("sysrq", "remote", "nmi")

_ON, _OFF = ("on", "yes", "true", "1"), ("off", "no", "false", "0")

#: The most a count of a scope may be set to.
MOST = 1000


def fields() -> tuple[str, ...]:
    """What ``--set`` can change."""
    return tuple(field.name for field in dataclasses.fields(Scope) if field.name != "name")


def changed(scope: Scope, assignments: list[str]) -> Scope:
    """The scope with ``field=value`` assignments carried out."""
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals or name not in fields():
            raise InputError(f"--set {assignment}: is no field=value of a scope: the fields are {', '.join(fields())}")
        scope = dataclasses.replace(scope, **{name: _value(name, text)})
    return scope


def _value(name: str, text: str) -> Any:
    old = getattr(Scope(), name)
    words = tuple(word for word in text.split(",") if word)
    if name == "consumers":
        return tuple(_consumer(word) for word in words)
    if name in ("calls", "crash"):
        known = CALLS if name == "calls" else CAUSES
        for word in words:
            if word not in known:
                raise InputError(f"--set {name}={text}: '{word}' is not known: take some of {', '.join(known)}")
        return tuple(word for word in known if word in words)
    if isinstance(old, bool):
        if text.lower() not in (*_ON, *_OFF):
            raise InputError(f"--set {name}={text}: is neither on nor off: write {name}=on or {name}=off")
        return text.lower() in _ON
    if not text.isascii() or not text.isdigit() or len(text) > 4 or int(text) > MOST:
        raise InputError(f"--set {name}={text}: is no number from 0 to {MOST}: write {name}=1")
    if name == "tasks" and int(text) == 0:
        raise InputError("--set tasks=0: nobody could call the kernel: write tasks=1, or calls= for no calls of consumers")
    return int(text)


def _consumer(word: str) -> tuple[str, str]:
    label, _, kind = word.partition(":")
    if (kind or "plain") not in KINDS:
        raise InputError(f"--set consumers={word}: there is no kind of consumer '{kind}': take {', '.join(KINDS)}")
    return label, kind or "plain"


def shown(value: Any) -> str:
    """A field's value as ``--set`` takes it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ",".join(":".join(item) if isinstance(item, tuple) else item for item in value)
    return str(value)


def changes(scope: Scope, base: Scope) -> list[str]:
    """The assignments that make ``scope`` of ``base``."""
    return [f"{name}={shown(getattr(scope, name))}" for name in fields() if getattr(scope, name) != getattr(base, name)]


def title(scope: Scope) -> str:
    """The scope's name, with what was changed in it."""
    base = SCOPES.get(scope.name)
    if base is None:
        return scope.name
    return " ".join([scope.name, *changes(scope, base)])


def left_out(scope: Scope, board: Board) -> list[str]:
    """What the scope does not look at, a phrase each."""
    said: list[str] = []
    missing = [call for call in CALLS if call not in scope.calls]
    if missing:
        said.append("calls " + ", ".join(f"{call}_irq()" for call in missing))
    if "disable" in scope.calls:
        said.append(f"disable depth beyond {scope.depth}")
    said.append(f"more than {scope.tasks} call{'s' if scope.tasks > 1 else ''} of user space at a time")
    for on, words in (
        (scope.raises, "interrupts that arrive"),
        (scope.raises_anywhere or not scope.raises, "lines that rise while interrupts are off"),
        (scope.runtime_pm, "runtime PM's workers and timers"),
        (scope.sleep, "system sleep"),
        (scope.unbind, "unbind and bind"),
        (scope.clock_user, "another user of a shared clock"),
        (scope.kexec, "orderly kexec"),
        (scope.successor, "the successor kernel"),
    ):
        if not on:
            said.append(words)
    causes = [cause for cause in CAUSES if cause not in scope.crash]
    if causes:
        said.append(f"crashes by {', '.join(causes)}")
    said.append("failures of allocations and callbacks" if not scope.failures else f"more than {scope.failures} failures")
    said.append("nested interrupts" if not scope.nested else f"interrupts nested deeper than {scope.nested}")
    used = {label for label, _ in scope.consumers}
    idle = [
        part.label or part.name for part in board.parts if part.kind == "peripheral" and (part.label or part.name) not in used
    ]
    if idle:
        said.append(f"users of {', '.join(idle)}")
    kinds = {kind for _, kind in scope.consumers}
    said.append("consumers " + ", ".join(kind for kind in KINDS if kind not in kinds))
    said.append("more than one CPU, PREEMPT_RT")
    return said
