"""``sleep-in-atomic``, ``wait-context``, ``irqs-enabled``: what must not be done where one stands."""

from __future__ import annotations

from irqlab.properties.rule import ARCHITECTURE, CORE, DRIVER, Breach, Facts, Promise, Rule, at, chain, place, road, when

_PLUMBING = (
    "spin_lock",
    "spin_unlock",
    "mutex_lock",
    "mutex_unlock",
    "rpm_run_callback",
    "rpm_callback",
    "rpm_resume",
    "pm_runtime_resume_flags",
)


def _blame(facts: Facts) -> tuple[str, str]:
    calls = facts["calls"]
    if "irq_set_irqchip_state" in calls and "machine_kexec_mask_interrupts" in calls:
        return ARCHITECTURE, "the mask loop takes the bus lock of every chip on the crash path; the driver's bus lock may sleep"
    if "irq_set_chained_handler_and_data" in calls and "irq_chip_pm_get" in calls:
        return CORE, "__irq_do_set_handler() takes the PM reference with the raw desc->lock held (668a9fe5c6a1, v5.19)"
    return DRIVER, "the driver's callback does what its context forbids"


def judge_sleep(kind: str, facts: Facts) -> Breach:
    where = place(facts, *_PLUMBING)
    blame, why = _blame(facts)
    state = "on the crash path" if facts["crash"] else "once the system is on its way down"
    silent = f" The kernel prints nothing: __might_resched() is silent {state}, the price is real." if facts["silent"] else ""
    return Breach(
        "sleep-in-atomic",
        where,
        (road(facts), when(facts)),
        f"{facts['what']} may sleep, but {where}{at(facts)} runs {when(facts)} where sleeping is forbidden. Reached through {chain(facts)}.{silent}",
        blame,
        why,
    )


def judge_wait_context(kind: str, facts: Facts) -> Breach:
    where = place(facts, *_PLUMBING)
    blame, why = _blame(facts)
    under = "in a hard interrupt" if facts["hardirq"] else "under a raw spinlock"
    return Breach(
        "wait-context",
        where,
        (road(facts), when(facts), under),
        f"{where} takes '{facts['lock']}'{at(facts)}, which sleeps on PREEMPT_RT, {under}. Reached through {chain(facts)}.",
        blame,
        why,
    )


def judge_irqs_enabled(kind: str, facts: Facts) -> Breach:
    where = place(facts, *_PLUMBING)
    blame, why = _blame(facts)
    under = (
        "in a hard interrupt"
        if facts["hardirq"]
        else "on the crash path"
        if facts["panic"]
        else "under a caller that had them off"
    )
    return Breach(
        "irqs-enabled",
        where,
        (road(facts), when(facts)) if facts["panic"] else (road(facts), when(facts), under),
        f"interrupts are turned on {under}: the spin_unlock_irq() below {where}{at(facts)} does not ask what its caller needs. "
        f"Reached through {chain(facts)}.",
        blame,
        why,
    )


SLEEP = Rule(
    "sleep-in-atomic",
    "a call that may sleep is made with interrupts off, in a hard interrupt, under a raw spinlock or on the crash path",
    "The scheduler may switch away in the middle of what must not be interrupted: a lock is held for ever, or the crash dump never starts.",
    "Resume the device before the lock is taken (irq_chip_pm_get() in process context), or use what does not sleep.",
    ("sleep-in-atomic",),
    judge_sleep,
    promise=Promise(
        "What may sleep is called only where sleeping is allowed.",
        "the driver in chip callbacks, which run under the raw desc->lock (irq_bus_lock, irq_bus_sync_unlock and irq_request_resources do not); the architecture on the crash path",
        ("__might_resched() in kernel/sched/core.c",),
        "every release that is modelled, with CONFIG_DEBUG_ATOMIC_SLEEP; silent on the crash path",
    ),
)
WAIT_CONTEXT = Rule(
    "wait-context",
    "a lock that sleeps on PREEMPT_RT (spinlock_t, mutex) is taken under a raw spinlock or in a hard interrupt",
    "On PREEMPT_RT this is a sleep in atomic context; lockdep says so with PROVE_RAW_LOCK_NESTING, on any configuration.",
    "Do the power management outside the raw lock.",
    ("wait-context",),
    judge_wait_context,
    promise=Promise(
        "A lock that sleeps on PREEMPT_RT is taken neither under a raw spinlock nor in a hard interrupt.",
        "the driver, in chip callbacks and handlers",
        ("check_wait_context() in kernel/locking/lockdep.c",),
        "de8f5e4f2dc1 (v5.7), with CONFIG_PROVE_RAW_LOCK_NESTING",
    ),
)
IRQS_ENABLED = Rule(
    "irqs-enabled",
    "a callee turned interrupts on under its caller",
    "The caller's critical section is open: its handler may run in the middle of it, in the mask loop of a crash even a driver's handler.",
    "Do not resume a device that is not irq_safe where interrupts are off.",
    ("irqs-enabled",),
    judge_irqs_enabled,
    promise=Promise(
        "Whoever is called with interrupts off leaves them off.",
        "every callee; the resume of a device that is not irq_safe cannot keep it, as __rpm_callback() turns interrupts on",
        (
            "__rpm_callback() in drivers/base/power/runtime.c",
            "__handle_irq_event_percpu() in kernel/irq/handle.c",
        ),
        "every release that is modelled; the kernel warns of handlers only",
    ),
)
