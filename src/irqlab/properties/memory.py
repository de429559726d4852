"""``memory-error``: what was freed is used (compiled drivers: out of bounds and uninitialised memory too)."""

from __future__ import annotations

from irqlab.properties.rule import DRIVER, Breach, Facts, Rule, caller, chain, road, when


def judge(kind: str, facts: Facts) -> Breach:
    place = caller(facts)
    return Breach(
        "memory-error",
        place,
        (road(facts), when(facts), str(facts["what"]).partition("(")[0]),
        f"{place} uses {facts['what']} {when(facts)}, which does not exist any more. Reached through {chain(facts)}.",
        DRIVER,
        "something that still refers to it outlived it",
    )


RULE = Rule(
    "memory-error",
    "memory is used after it was freed",
    "Anything: usually an oops, sometimes another object's data.",
    "Free and unmap what refers to it first: dispose of mappings before the domain goes.",
    ("use-after-free",),
    judge,
)
