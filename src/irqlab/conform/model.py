"""The Python kernel's side: the same chip, consumer and devices on :mod:`irqlab.kernel`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from irqlab.conform.chips import STATES, Wired, line_of, map_line, wired
from irqlab.conform.script import Asleep, Op, callback, handle, power_callback
from irqlab.conform.side import DEVICES
from irqlab.conform.step import NO_HINT, POWER, STRIDE, Setup, where
from irqlab.kernel.context import SLEEPS, Context, local_irq_restore, local_irq_save, start
from irqlab.kernel.cpu import add_cpu, remove_cpu
from irqlab.kernel.cpumask import Cpus, cpu_possible_mask
from irqlab.kernel.device import Device, DevPmOps, Driver, of_platform_populate
from irqlab.kernel.irq import chip, desc, flow, irqchip_state, kexec, manage, mapping, nmi, percpu, pm, resend, setup, synchronize
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
from irqlab.kernel.irq.desc import IrqAction, IrqData, IrqDesc, irq_to_desc
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
from irqlab.kernel.pm import control, force, runtime
from irqlab.kernel.pm import power as powers
from irqlab.kernel.pm.power import ACTIVE, REQ_NONE, RESUMING, SUSPENDED, SUSPENDING
from irqlab.state import Call, kernel

#: ``enum rpm_status`` by its numbers.
_STATUS = {ACTIVE: 0, RESUMING: 1, SUSPENDED: 2, SUSPENDING: 3, "blocked": 4, "invalid": -1}


# -- the handlers, the devices -------------------------------------------------------------------------------------------


@kernel
def primary(k: Kernel, irq: int, dev_id: Any) -> int:
    return handle(k, irq, int(dev_id or 0), False)


@kernel
def threaded(k: Kernel, irq: int, dev_id: Any) -> int:
    return handle(k, irq, int(dev_id or 0), True)


@kernel
def demux(k: Kernel, d: IrqDesc) -> None:
    callback(k, "demux", line_of(d.irq_data), 0)


@kernel
def runtime_suspend(k: Kernel, dev: Device) -> int:
    return power_callback(k, "runtime_suspend", int(dev.name[1:]))


@kernel
def runtime_resume(k: Kernel, dev: Device) -> int:
    return power_callback(k, "runtime_resume", int(dev.name[1:]))


@kernel
def runtime_idle(k: Kernel, dev: Device) -> int:
    return power_callback(k, "runtime_idle", int(dev.name[1:]))


PLAIN = Driver("plain", pm=DevPmOps("plain", runtime_suspend=runtime_suspend, runtime_resume=runtime_resume))
ASKED = Driver(
    "asked", pm=DevPmOps("asked", runtime_suspend=runtime_suspend, runtime_resume=runtime_resume, runtime_idle=runtime_idle)
)


# -- operations --------------------------------------------------------------------------------------------------------------


def _request(k: Kernel, irq: int, handler: int, thread: int, flags: int, user: int) -> int:
    return manage.request_threaded_irq(k, irq, primary if handler else None, threaded if thread else None, flags, "user", user)


def _free(k: Kernel, irq: int, user: int) -> int:
    manage.free_irq(k, irq, user)
    return 0


def _nothing(function: Callable[..., Any]) -> Callable[..., int]:
    def run(k: Kernel, *args: int) -> int:
        function(k, *args)
        return 0

    return run


def _state(k: Kernel, irq: int, which: int) -> int:
    return int(irqchip_state.irq_get_irqchip_state(k, irq, STATES[which]))


def _power(k: Kernel, number: int, what: int) -> int:
    dev = k.world.at(Device, f"d{number}")
    name = POWER[what]
    match name:
        case "set_active" | "set_suspended" | "enable" | "disable" | "barrier":
            function = getattr(control, f"pm_runtime_{name}")
        case "request_idle" | "request_resume":
            function = getattr(runtime, f"pm_{name}")
        case "idle":
            from irqlab.kernel.pm.rpm import pm_runtime_idle_flags

            return pm_runtime_idle_flags(k, dev, 0)
        case "delay_100" | "delay_0" | "delay_never":
            delay = {"delay_100": 1, "delay_0": 0, "delay_never": -1}[name]
            runtime.pm_runtime_set_autosuspend_delay(k, dev, delay)
            return 0
        case "ignore_children" | "heed_children":
            runtime.pm_suspend_ignore_children(k, dev, name == "ignore_children")
            return 0
        case "force_suspend" | "force_resume":
            function = getattr(force, f"pm_runtime_{name}")
        case _:
            function = getattr(runtime, f"pm_runtime_{name}")
    return int(function(k, dev) or 0)


def _pm_work(k: Kernel, number: int) -> int:
    dev = k.world.at(Device, f"d{number}")
    if not control.work_pending(k, dev):
        return 0
    control.pm_runtime_work(k, dev)
    return 1


def _timer(k: Kernel) -> int:
    for number in range(DEVICES):
        dev = k.world.at(Device, f"d{number}")
        if control.timer_armed(k, dev):
            control.pm_suspend_timer_fn(k, dev)
            return 0
    return 0


def _request_nmi(k: Kernel, irq: int, flags: int, user: int) -> int:
    return nmi.request_nmi(k, irq, primary, flags, "user", user)


def _interrupt(k: Kernel, irq: int) -> int:
    flags = local_irq_save(k)
    error = desc.generic_handle_irq(k, irq)
    local_irq_restore(k, flags)
    return error


def _chain(k: Kernel, irq: int, install: int) -> int:
    setup.irq_set_chained_handler_and_data(k, irq, demux if install else None, None)
    return 0


def _hint(k: Kernel, irq: int, mask: int, apply: int) -> int:
    hint = mask if mask < NO_HINT else None
    return irq_set_affinity_and_hint(k, irq, hint) if apply else irq_update_affinity_hint(k, irq, hint)


def _handle_domain(k: Kernel, number: int) -> int:
    return mapping.generic_handle_domain_irq_safe(k, wired(k).domain, number * STRIDE)


OPERATIONS: dict[str, Callable[..., int]] = {
    "request": _request,
    "free": _free,
    "disable": _nothing(manage.disable_irq),
    "disable_nosync": _nothing(manage.disable_irq_nosync),
    "disable_hardirq": lambda k, irq: int(manage.disable_hardirq(k, irq)),
    "enable": _nothing(manage.enable_irq),
    "synchronize": _nothing(synchronize.synchronize_irq),
    "synchronize_hardirq": lambda k, irq: int(synchronize.synchronize_hardirq(k, irq)),
    "set_type": setup.irq_set_irq_type,
    "set_wake": lambda k, irq, on: triggers.irq_set_irq_wake(k, irq, bool(on)),
    "set_affinity": irq_set_affinity,
    "interrupt": _interrupt,
    "nested": _nothing(flow.handle_nested_irq),
    "suspend": _nothing(pm.suspend_device_irqs),
    "resume": _nothing(pm.resume_device_irqs),
    "resume_early": _nothing(pm.irq_pm_syscore_resume),
    "get_state": _state,
    "set_state": lambda k, irq, which, value: irqchip_state.irq_set_irqchip_state(k, irq, STATES[which], bool(value)),
    "status": _nothing(setup.irq_modify_status),
    "chain": _chain,
    "kexec": _nothing(kexec.machine_kexec_mask_interrupts),
    "pm": _power,
    "pm_work": _pm_work,
    "request_percpu": lambda k, irq, user: percpu.request_percpu_irq(k, irq, primary, "user", user),
    "free_percpu": _nothing(percpu.free_percpu_irq),
    "enable_percpu": _nothing(percpu.enable_percpu_irq),
    "disable_percpu": _nothing(percpu.disable_percpu_irq),
    "request_nmi": _request_nmi,
    "free_nmi": _nothing(nmi.free_nmi),
    "rearm_wake": _nothing(pm.rearm_wake_irq),
    "timer": _timer,
    "softirq": _nothing(resend.resend_irqs),
    "force_affinity": irq_force_affinity,
    "hint": _hint,
    "manage": lambda k, irq, mask, managed: irq_update_affinity_desc(k, irq, (mask, bool(managed))),
    "offline": remove_cpu,
    "online": add_cpu,
    "map": map_line,
    "dispose": _nothing(mapping.irq_dispose_mapping),
    "handle_domain": _handle_domain,
    "vcpu": irq_set_vcpu_affinity,
}


class ModelSide(Wired):
    """The Python kernel."""

    name = "model"

    def boot(self, wanted: Setup) -> int:
        """Sets everything up."""
        k = self.k
        of_platform_populate(k)
        for number in range(DEVICES):
            self.world.at(Device, f"d{number}").driver = ASKED if wanted.idle[number] else PLAIN
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
            actions = [_action(action) for action in line.actions if not action.chained]
            facts.append(
                (
                    f"irq {irq}",
                    f"irqd={irqd_state(line.irq_data):#x} istate={istate:#x} depth={line.depth} wake={line.wake_depth} "
                    f"threads={line.threads_active}/{line.threads_oneshot:#x} settings={settings:#x} "
                    f"percpu={int(line.percpu_enabled)} actions={' '.join(actions)}",
                )
            )
        facts += [(f"line {at}", self._line(at, irq)) for at, irq in enumerate(self.irqs)]
        for number in range(DEVICES):
            dev = self.world.at(Device, f"d{number}")
            usage, machine, made = powers.usage(dev), powers.state(dev), powers.setup(dev)
            request = machine.request if machine.request_pending else REQ_NONE
            facts.append(
                (
                    f"device {number}",
                    f"usage={usage.usage_count} children={usage.child_count} disabled={made.disable_depth} "
                    f"status={_STATUS[machine.status]} error={machine.runtime_error} request={request} "
                    f"deferred={int(machine.deferred_resume)} last={_STATUS[made.last_status]}",
                )
            )
        return facts

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
        return where(irq, below, d.affinity & possible, d.effective_affinity & possible, desc.affinity_hint, levels)

    def _actions(self) -> list[IrqAction]:
        return [action for action in self.world.known(IrqAction) if action.exists]

    def thread(self, irq: int, user: int) -> Context | None:
        for action in self._actions():
            if action.irq != irq or action.dev_id != user:
                continue
            if threads.thread_pending(self.k, action):
                return start(self.k, action.thread_name, threads.irq_thread, (action,))
            running = self.world.at(Context, action.thread_name)
            return running if running.exists and not self.world.at(Asleep, irq, user).exists else None
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

    def softirq(self) -> bool:
        return resend.resend_pending(self.k)


def _action(action: IrqAction) -> str:
    user = action.dev_id
    assert isinstance(user, int)
    return f"({user},{action.flags:#x},{action.thread_mask},{int(action.thread)},{int(action.run_thread)})"


__all__ = ["Call", "ModelSide", "chip"]
