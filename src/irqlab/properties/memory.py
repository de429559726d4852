"""``memory-error``, ``memory-leak``: what was freed is used; in compiled drivers also what is out of bounds or was never
written, and what nobody frees.
"""

from __future__ import annotations

from irqlab.properties.rule import DRIVER, Breach, Facts, Promise, Rule, at, chain, place, road, when

#: What a compiled driver did, by the first word of what is told; why, and what the kernel does then.
_WHY = {
    "out-of-bounds": "it reaches over the end of its memory",
    "use-after-free": "something that still refers to it outlived it",
    "uninitialised": "it is read before it is written",
    "wild": "the pointer was never set, or was overwritten",
    "read-only": "it is constant",
    "null": "it is called before it is set up, or after it is gone",
}


def judge(kind: str, facts: Facts) -> Breach:
    where = place(facts)
    if kind == "bug":
        return Breach(
            "memory-error",
            where,
            (road(facts), when(facts), "BUG()", str(facts["where"])),
            f"{where} comes to a BUG(){at(facts)} {when(facts)}: the kernel oopses. Reached through {chain(facts)}.",
            DRIVER,
            "it says itself that this must not be",
        )
    what = str(facts["what"])
    if facts.get("at"):
        return _compiled("null" if kind == "null-pointer" else what.partition(":")[0], where, what, facts)
    return Breach(
        "memory-error",
        where,
        (road(facts), when(facts), what.partition("(")[0]),
        f"{where} uses {what} {when(facts)}, which "
        f"{'is NULL' if kind == 'null-pointer' else 'does not exist any more'}. Reached through {chain(facts)}.",
        DRIVER,
        _WHY["null" if kind == "null-pointer" else "use-after-free"],
    )


def _compiled(error: str, where: str, what: str, facts: Facts) -> Breach:
    """An access of a compiled driver."""
    told = f"NULL pointer dereference ({what.partition(' in ')[0]})" if error == "null" else what
    after = "The kernel goes on with whatever was there." if error == "uninitialised" else "The kernel oopses there."
    return Breach(
        "memory-error",
        where,
        (road(facts), when(facts), error, str(facts["at"])),
        f"{told} in {where}{at(facts)} {when(facts)}. Reached through {chain(facts)}. {after}",
        DRIVER,
        _WHY.get(error, "it does what no code may do"),
    )


def judge_leak(kind: str, facts: Facts) -> Breach:
    places = tuple(facts["where"])
    what = "its probe has failed" if facts["failed"] else "its driver was unbound"
    several = f"{facts['count']} allocations of {facts['bytes']} bytes" if facts["count"] > 1 else f"{facts['bytes']} bytes"
    return Breach(
        "memory-leak",
        facts["device"],
        ("probe fails" if facts["failed"] else "unbind", *places),
        f"{several} that the driver of {facts['device']} allocated are still there when {what} ({when(facts)}): "
        f"{'; '.join(places)}.",
        DRIVER,
        "nobody frees them, and nobody can any more",
    )


RULE = Rule(
    "memory-error",
    "memory is used after it was freed, or before there is any (NULL); in compiled drivers also out of bounds, or never written",
    "Anything: usually an oops, sometimes another object's data.",
    "Free and unmap what refers to it first: dispose of mappings before the domain goes.",
    ("use-after-free", "null-pointer", "memory-error", "bug"),
    judge,
    promise=Promise(
        "Memory is used from its allocation to its release, and never outside of it.",
        "the driver: what refers to its data goes before the data does",
        (
            "irq_domain_remove() in kernel/irq/irqdomain.c",
            "irq_dispose_mapping() in kernel/irq/irqdomain.c",
        ),
        "every release that is modelled",
    ),
)
LEAK = Rule(
    "memory-leak",
    "what a compiled driver allocated since it was bound is still there when it is unbound, or its probe has failed",
    "Each time it is bound and unbound some memory is gone for good.",
    "Allocate with devm_, or free in remove and on every error path of probe.",
    ("memory-leak",),
    judge_leak,
    promise=Promise(
        "What a driver has allocated for a device is free again when it lets go of the device.",
        "the driver",
        ("devres_release_all() in drivers/base/devres.c",),
        "every release that is modelled",
    ),
)
