"""The Python kernel's side: the same chip, consumer and devices on :mod:`irqlab.kernel`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from irqlab.conform import devices
from irqlab.conform.chips import STATES, Wired, line_of, map_line, wired
from irqlab.conform.devices import nothing
from irqlab.conform.script import WAKER, Op, callback, handle
from irqlab.conform.side import DEVICES
from irqlab.conform.step import NO_HINT, STRIDE, Setup, where
from irqlab.kernel.context import SLEEPS, Context, local_irq_restore, local_irq_save, start
from irqlab.kernel.cpu import add_cpu, remove_cpu
from irqlab.kernel.cpumask import Cpus, cpu_possible_mask
from irqlab.kernel.device import of_platform_populate
from irqlab.kernel.errno import EINVAL, ENOENT
from irqlab.kernel.irq import (
    chip,
    desc,
    flow,
    irqchip_state,
    kexec,
    manage,
    mapping,
    nmi,
    percpu,
    pm,
    resend,
    setup,
    spurious,
    synchronize,
)
from irqlab.kernel.irq import thread as threads
from irqlab.kernel.irq import trigger as triggers
from irqlab.kernel.irq.affinity import (
    irq_force_affinity,
    irq_set_affinity,
    irq_set_affinity_and_hint,
    irq_set_vcpu_affinity,
    irq_update_affinity_desc,
    irq_update_affinity_hint,
)
from irqlab.kernel.irq.desc import IrqAction, IrqData, IrqDesc, ParentIrqData, irq_to_desc
from irqlab.kernel.irq.domain import IrqDomain
from irqlab.kernel.irq.flags import (
    IRQ_DISABLE_UNLAZY,
    IRQ_LEVEL,
    IRQ_NOAUTOEN,
    IRQ_NOPROBE,
    IRQ_NOREQUEST,
)
from irqlab.kernel.irq.state import irqd_state
from irqlab.kernel.kernel import Kernel
from irqlab.kernel.pm import sleep
from irqlab.kernel.pm.power import WakeIrq, WakeupSource
from irqlab.state import Call, Record, atomic, kernel

# -- the handlers --------------------------------------------------------------------------------------------------------


@kernel
def primary(k: Kernel, irq: int, dev_id: Any) -> int:
    return handle(k, irq, int(dev_id or 0), False)


@kernel
def threaded(k: Kernel, irq: int, dev_id: Any) -> int:
    return handle(k, irq, int(dev_id or 0), True)


@kernel
def demux(k: Kernel, d: IrqDesc) -> None:
    line = desc.chip_of(d)
    flow.chained_irq_enter(k, line, d)
    callback(k, "demux", line_of(d.irq_data), 0)
    flow.chained_irq_exit(k, line, d)


# -- operations --------------------------------------------------------------------------------------------------------------


def _request(k: Kernel, irq: int, handler: int, thread: int, flags: int, user: int) -> int:
    return manage.request_threaded_irq(k, irq, primary if handler else None, threaded if thread else None, flags, "user", user)


def _free(k: Kernel, irq: int, user: int) -> int:
    manage.free_irq(k, irq, user)
    return 0


def _state(k: Kernel, irq: int, which: int) -> int:
    return int(irqchip_state.irq_get_irqchip_state(k, irq, STATES[which]))


@atomic
def _spurious(k: Kernel, irq: int, count: int, unhandled: int) -> int:
    line = irq_to_desc(k, irq)
    if line is None:
        return -EINVAL
    line.irq_count, line.irqs_unhandled, line.unhandled_aged = count, unhandled, False
    return 0


@atomic
def _age(k: Kernel) -> int:
    for line in k.world.all(IrqDesc):
        if spurious.unhandled_may_age(line):
            spurious.unhandled_ages(line)
    return 0


def _request_nmi(k: Kernel, irq: int, flags: int, user: int) -> int:
    return nmi.request_nmi(k, irq, primary, flags, "user", user)


def _interrupt(k: Kernel, irq: int) -> int:
    if _taken_for_granted(k, irq):
        return -ENOENT
    flags = local_irq_save(k)
    error = desc.generic_handle_irq(k, irq)
    local_irq_restore(k, flags)
    return error


_NMI_FLOWS = (flow.handle_fasteoi_nmi, percpu.handle_percpu_devid_fasteoi_nmi)


@atomic
def _taken_for_granted(k: Kernel, irq: int) -> bool:
    """Whether the flow of a line relies on an action that is not there."""
    line = irq_to_desc(k, irq)
    return line is not None and line.handle_irq in _NMI_FLOWS and not line.actions


def _chain(k: Kernel, irq: int, install: int) -> int:
    setup.irq_set_chained_handler_and_data(k, irq, demux if install else None, irq)
    return 0


def _hint(k: Kernel, irq: int, mask: int, apply: int) -> int:
    hint = mask if mask < NO_HINT else None
    return irq_set_affinity_and_hint(k, irq, hint) if apply else irq_update_affinity_hint(k, irq, hint)


def _handle_domain(k: Kernel, number: int) -> int:
    if _taken_for_granted(k, mapping.irq_find_mapping(k, wired(k).domain, number * STRIDE)):
        return -ENOENT
    return mapping.generic_handle_domain_irq_safe(k, wired(k).domain, number * STRIDE)


OPERATIONS: dict[str, Callable[..., int]] = {
    **devices.OPERATIONS,
    "request": _request,
    "free": _free,
    "disable": nothing(manage.disable_irq),
    "disable_nosync": nothing(manage.disable_irq_nosync),
    "disable_hardirq": lambda k, irq: int(manage.disable_hardirq(k, irq)),
    "enable": nothing(manage.enable_irq),
    "synchronize": nothing(synchronize.synchronize_irq),
    "synchronize_hardirq": lambda k, irq: int(synchronize.synchronize_hardirq(k, irq)),
    "set_type": setup.irq_set_irq_type,
    "set_wake": lambda k, irq, on: triggers.irq_set_irq_wake(k, irq, bool(on)),
    "set_affinity": irq_set_affinity,
    "interrupt": _interrupt,
    "nested": nothing(flow.handle_nested_irq),
    "suspend": nothing(pm.suspend_device_irqs),
    "resume": nothing(pm.resume_device_irqs),
    "resume_early": nothing(pm.irq_pm_syscore_resume),
    "get_state": _state,
    "set_state": lambda k, irq, which, value: irqchip_state.irq_set_irqchip_state(k, irq, STATES[which], bool(value)),
    "status": nothing(setup.irq_modify_status),
    "chain": _chain,
    "kexec": nothing(kexec.machine_kexec_mask_interrupts),
    "request_any": lambda k, irq, flags, user: manage.request_any_context_irq(k, irq, primary, flags, "user", user),
    "percpu_enabled": lambda k, irq: int(percpu.irq_percpu_is_enabled(k, irq)),
    "request_percpu": lambda k, irq, user: percpu.request_percpu_irq(k, irq, primary, "user", user),
    "free_percpu": nothing(percpu.free_percpu_irq),
    "enable_percpu": nothing(percpu.enable_percpu_irq),
    "disable_percpu": nothing(percpu.disable_percpu_irq),
    "request_nmi": _request_nmi,
    "free_nmi": nothing(nmi.free_nmi),
    "rearm_wake": nothing(pm.rearm_wake_irq),
    "softirq": nothing(resend.resend_irqs),
    "force_affinity": irq_force_affinity,
    "hint": _hint,
    "manage": lambda k, irq, mask, managed: irq_update_affinity_desc(k, irq, (mask, bool(managed))),
    "offline": remove_cpu,
    "online": add_cpu,
    "map": map_line,
    "dispose": nothing(mapping.irq_dispose_mapping),
    "handle_domain": _handle_domain,
    "vcpu": irq_set_vcpu_affinity,
    "poll": nothing(spurious.poll_spurious_irqs),
    "spurious": _spurious,
    "age": _age,
    "request_percpu_nmi": lambda k, irq, user: nmi.request_percpu_nmi(k, irq, primary, "user", user),
    "free_percpu_nmi": nothing(nmi.free_percpu_nmi),
    "prepare_percpu_nmi": nmi.prepare_percpu_nmi,
    "teardown_percpu_nmi": nothing(nmi.teardown_percpu_nmi),
    "enable_percpu_nmi": nothing(nmi.enable_percpu_nmi),
    "disable_percpu_nmi": nothing(nmi.disable_percpu_nmi),
    "enable_nmi": nothing(nmi.enable_nmi),
    "disable_nmi": nothing(nmi.disable_nmi_nosync),
}


class ModelSide(Wired):
    """The Python kernel."""

    name = "model"

    def boot(self, wanted: Setup) -> int:
        """Sets everything up."""
        k = self.k
        k.config = replace(k.config, spurious=100_000, irqfixup=wanted.fixup)
        of_platform_populate(k)
        for number in range(DEVICES):
            devices.device(k, number).driver = devices.ASKED if wanted.idle[number] else devices.PLAIN
        if wanted.cpus > 1:
            self.world.new(Cpus, possible=(1 << wanted.cpus) - 1, online=(1 << wanted.cpus) - 1)
        self.wire(wanted)
        for number in range(len(wanted.lines)):
            if number not in wanted.absent:
                map_line(k, number, 0, 0)
        return 0

    def perform(self, k: Kernel, op: Op) -> int:
        name, args = op
        return OPERATIONS[name](k, *args)

    def see(self) -> list[tuple[str, str]]:
        facts = []
        for irq in self.irqs:
            line = irq_to_desc(self.k, irq)
            if line is None:
                facts.append((f"irq {irq}", "no descriptor"))
                continue
            settings = line.settings & ~IRQ_NOPROBE | sum(
                bit
                for bit, on in (
                    (IRQ_LEVEL, line.irq_data.level),
                    (IRQ_NOREQUEST, line.norequest),
                    (IRQ_NOAUTOEN, line.noautoen),
                    (IRQ_DISABLE_UNLAZY, line.disable_unlazy),
                )
                if on
            )
            istate = 0x200 * line.pending | 0x40 * line.replay | 0x20 * line.oneshot | 0x800 * line.suspended | 0x2000 * line.nmi
            istate |= 0x2 * line.spurious_disabled | 0x8 * line.poll_inprogress
            actions = [_action(action) for action in line.actions if not action.chained]
            facts.append(
                (
                    f"irq {irq}",
                    f"irqd={irqd_state(line.irq_data):#x} istate={istate:#x} depth={line.depth} wake={line.wake_depth} "
                    f"threads={line.threads_active}/{line.threads_oneshot:#x} settings={settings:#x} "
                    f"percpu={int(line.percpu_enabled)} unhandled={line.irqs_unhandled}/{line.irq_count} "
                    f"deferred={int(line.deferred)} handled={int(line.threads_handled)} actions={' '.join(actions)}",
                )
            )
        facts += [(f"line {at}", self._line(at, irq)) for at, irq in enumerate(self.irqs)]
        facts += [(f"module {at}", f"references={self.owner(at).refcnt}") for at in range(len(self.lines))]
        return [*facts, *devices.seen(self.k)]

    def _line(self, at: int, irq: int) -> str:
        """Where a line goes, and what it has on the way to the CPU."""
        inner = self.world.at(IrqDomain, "below", 0)
        below = mapping.irq_find_mapping(self.k, inner, at * STRIDE) if inner.exists else 0
        desc = irq_to_desc(self.k, irq)
        if desc is None:
            return where(irq, below)
        d: IrqData | None = desc.irq_data
        levels = []
        while d is not None:
            levels.append(line_of(d))
            d = d.parent_data
        possible, d = cpu_possible_mask(self.k), desc.irq_data
        return where(
            irq,
            below,
            d.affinity & possible,
            d.effective_affinity & possible,
            desc.affinity_hint,
            levels,
            desc.handler_data if isinstance(desc.handler_data, int) else 0,
        )

    def _actions(self) -> list[IrqAction]:
        return [action for action in self.world.known(IrqAction) if action.exists]

    def thread(self, irq: int, user: int) -> Context | None:
        for action in self._actions():
            if action.irq != irq or _user(action) != user:
                continue
            if threads.thread_pending(self.k, action):
                return start(self.k, action.thread_name, threads.irq_thread, (action,))
            running = self.world.at(Context, action.thread_name)
            return running if running.exists else None
        return None

    def housekeeping(self) -> bool:
        """A thread that somebody waits for to stop takes its last turn."""
        went = False
        waits = {context.waits_for for context in self.world.all(Context)}
        for action in self._actions():
            awaited = f"{SLEEPS}thread {action.thread_name} has stopped" in waits
            if awaited and threads.thread_pending(self.k, action):
                went = self.go_on(start(self.k, action.thread_name, threads.irq_thread, (action,))) or went
        return went

    def allocated(self) -> tuple[int, ...]:
        actions = sum(not action.chained for action in self._actions())
        others: tuple[type[Record], ...] = (ParentIrqData, WakeIrq, WakeupSource)
        return actions, *(sum(one.exists for one in self.world.known(kind)) for kind in others)

    def softirq(self) -> bool:
        return resend.resend_pending(self.k)

    def polls(self) -> bool:
        return spurious.poll_pending(self.k)

    def woken(self) -> bool:
        woken = sleep.pm_wakeup_pending(self.k)
        sleep.pm_wakeup_clear(self.k)
        return woken


def _action(action: IrqAction) -> str:
    return f"({_user(action)},{action.flags:#x},{action.thread_mask},{int(action.thread)},{int(action.run_thread)})"


def _user(action: IrqAction) -> int:
    return action.dev_id if isinstance(action.dev_id, int) else WAKER


__all__ = ["Call", "ModelSide", "chip"]
