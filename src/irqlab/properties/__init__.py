"""The promises: one module a promise or a family of them.  Rule names are stable."""

from __future__ import annotations

from dataclasses import replace

from irqlab.properties import atomic_context, balance, coherence, dead_register_access, forever, handover, locks, memory
from irqlab.properties.rule import Breach, Facts, Promise, Rule

RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        dead_register_access.RULE,
        handover.RULE,
        forever.SUCCESSOR,
        balance.LEAK,
        balance.UNDERFLOW,
        forever.NEVER_SUSPENDS,
        atomic_context.SLEEP,
        atomic_context.WAIT_CONTEXT,
        atomic_context.IRQS_ENABLED,
        forever.LOST,
        forever.STORM,
        forever.DEADLOCK,
        coherence.RULE,
        balance.UNBALANCED,
        balance.WARNING,
        memory.RULE,
        memory.LEAK,
        locks.RULE,
    )
}

CHECKS = tuple((rule.name, rule.check) for rule in RULES.values() if rule.check is not None)

_JUDGES = {kind: rule for rule in RULES.values() for kind in rule.signals}


def judge(kind: str, facts: Facts) -> Breach | None:
    """What a signal means: a broken promise, or nothing."""
    rule = _JUDGES.get(kind)
    breach = None if rule is None else rule.judge(kind, facts)
    return None if breach is None else replace(breach, facts=facts)


__all__ = ["CHECKS", "RULES", "Breach", "Facts", "Promise", "Rule", "judge"]
