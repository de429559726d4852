"""``lock-left-held``: a call ends with a spinlock still held."""

from __future__ import annotations

from irqlab.properties.rule import DRIVER, Breach, Facts, Promise, Rule, when


def judge(kind: str, facts: Facts) -> Breach:
    taken = str(facts["where"])
    return Breach(
        "lock-left-held",
        taken.partition("()")[0] or str(facts["lock"]),
        (str(facts["lock"]), when(facts)),
        f"{facts['context']} ends {when(facts)} and holds {facts['lock']}"
        f"{f', which {taken} took' if taken else ''}: whoever wants it next spins for ever, and preemption stays off.",
        DRIVER,
        "a way out of the function does not unlock",
    )


RULE = Rule(
    "lock-left-held",
    "a system call, a worker, a thread or an interrupt ends with a spinlock held",
    "The next who wants the lock spins for ever; the scheduler complains of a preemption count that is not zero.",
    "Unlock on every way out, error paths too.",
    ("lock-left-held",),
    judge,
    promise=Promise(
        "A spinlock is released before whoever took it is done.",
        "the driver, on every way out of its functions",
        ("lockdep_sys_exit() in kernel/locking/lockdep.c",),
        "every release that is modelled; lockdep says so at the end of a system call",
    ),
)
