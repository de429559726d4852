"""``memory-error``: what was freed is used (compiled drivers: out of bounds and uninitialised memory too)."""

from __future__ import annotations

from irqlab.properties.rule import DRIVER, Breach, Facts, Rule, chain, place, road, when


def judge(kind: str, facts: Facts) -> Breach:
    where = place(facts)
    return Breach(
        "memory-error",
        where,
        (road(facts), when(facts), str(facts["what"]).partition("(")[0]),
        f"{where} uses {facts['what']} {when(facts)}, which "
        f"{'is NULL' if kind == 'null-pointer' else 'does not exist any more'}. Reached through {chain(facts)}.",
        DRIVER,
        "it is called before it is set up" if kind == "null-pointer" else "something that still refers to it outlived it",
    )


RULE = Rule(
    "memory-error",
    "memory is used after it was freed, or before there is any (NULL)",
    "Anything: usually an oops, sometimes another object's data.",
    "Free and unmap what refers to it first: dispose of mappings before the domain goes.",
    ("use-after-free", "null-pointer"),
    judge,
)
