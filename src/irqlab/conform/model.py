"""The Python kernel's side: the same chip, consumer and devices on :mod:`irqlab.kernel`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from irqlab.conform.script import WAKER, Op, callback, handle, power_callback
from irqlab.conform.side import DEVICES, Bench
from irqlab.conform.step import FLOWS, LINKS, POWER, Line, Setup
from irqlab.kernel.context import SLEEPS, Context, local_irq_restore, local_irq_save, start
from irqlab.kernel.device import Device, DevPmOps, Driver, device_link_add, device_link_del, of_platform_populate
from irqlab.kernel.device_link import DeviceLink
from irqlab.kernel.errno import EEXIST, EIO, ENOENT
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
from irqlab.kernel.irq.affinity import irq_set_affinity
from irqlab.kernel.irq.desc import IrqAction, IrqChip, IrqData, IrqDesc, irq_to_desc
from irqlab.kernel.irq.domain import IrqDomain, IrqDomainOps, irq_domain_add_linear
from irqlab.kernel.irq.flags import (
    IRQ_DISABLE_UNLAZY,
    IRQ_LEVEL,
    IRQ_NOAUTOEN,
    IRQ_NOPROBE,
    IRQ_NOREQUEST,
    IRQCHIP_STATE_ACTIVE,
    IRQCHIP_STATE_LINE_LEVEL,
    IRQCHIP_STATE_MASKED,
    IRQCHIP_STATE_PENDING,
)
from irqlab.kernel.irq.state import irqd_state
from irqlab.kernel.kernel import Kernel
from irqlab.kernel.pm import control, force, runtime, sleep, wakeirq, wakeup
from irqlab.kernel.pm import power as powers
from irqlab.kernel.pm.power import ACTIVE, REQ_NONE, RESUMING, SUSPENDED, SUSPENDING, RpmSetup, WakeIrq
from irqlab.state import Call, atomic, kernel

STATES = (IRQCHIP_STATE_PENDING, IRQCHIP_STATE_ACTIVE, IRQCHIP_STATE_MASKED, IRQCHIP_STATE_LINE_LEVEL)

#: ``enum rpm_status`` by its numbers.
_STATUS = {ACTIVE: 0, RESUMING: 1, SUSPENDED: 2, SUSPENDING: 3, "blocked": 4, "invalid": -1}


# -- the chip ----------------------------------------------------------------------------------------------------------


def _named(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = name
    return kernel(function)


def _plain(name: str) -> Callable[..., Any]:
    return _named(lambda k, d: callback(k, name, d.hwirq, 0), name)


def _with_argument(name: str) -> Callable[..., Any]:
    return _named(lambda k, d, argument: callback(k, name, d.hwirq, int(argument)), name)


@kernel
def irq_retrigger(k: Kernel, d: IrqData) -> int:
    return callback(k, "irq_retrigger", d.hwirq, 0)


@kernel
def irq_get_irqchip_state(k: Kernel, d: IrqData, which: str) -> Any:
    found = callback(k, "irq_get_irqchip_state", d.hwirq, STATES.index(which))
    return found if found < 0 else bool(found)


@kernel
def irq_set_irqchip_state(k: Kernel, d: IrqData, which: str, value: bool) -> int:
    return callback(k, "irq_set_irqchip_state", d.hwirq, STATES.index(which) << 1 | value)


@kernel
def irq_set_affinity_callback(k: Kernel, d: IrqData, mask: int, force: bool) -> int:
    from irqlab.kernel.irq.affinity import irq_data_update_effective_affinity

    error = callback(k, "irq_set_affinity", d.hwirq, mask)
    if error >= 0:
        irq_data_update_effective_affinity(k, d, mask)
    return error


_ARGUMENT = ("irq_set_type", "irq_set_wake")
CHIP: dict[str, Callable[..., Any]] = {
    **{
        name: _with_argument(name) if name in _ARGUMENT else _plain(name)
        for name in IrqChip.CALLBACKS
        if not name.startswith(("irq_compose", "irq_write", "ipi"))
    },
    "irq_get_irqchip_state": irq_get_irqchip_state,
    "irq_set_irqchip_state": irq_set_irqchip_state,
    "irq_set_affinity": irq_set_affinity_callback,
}


# -- the domain, the handlers, the devices -------------------------------------------------------------------------------


@kernel
def domain_map(k: Kernel, domain: IrqDomain, irq: int, hwirq: int) -> int:
    error = callback(k, "map", hwirq, 0)
    side = _side(k)
    if not error:
        setup.irq_set_chip_and_handler(k, irq, side.chips[hwirq], side.flows[hwirq])
    return error


@kernel
def domain_activate(k: Kernel, domain: IrqDomain, d: IrqData, reserve: bool) -> int:
    return callback(k, "activate", d.hwirq, int(reserve))


@kernel
def domain_deactivate(k: Kernel, domain: IrqDomain, d: IrqData) -> None:
    callback(k, "deactivate", d.hwirq, 0)


OPS = IrqDomainOps("conform", map=domain_map, activate=domain_activate, deactivate=domain_deactivate)


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
    callback(k, "demux", d.irq_data.hwirq, 0)
    flow.chained_irq_exit(k, line, d)


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


def _side(k: Kernel) -> ModelSide:
    from irqlab.conform.script import script

    side = script(k).side
    assert isinstance(side, ModelSide)
    return side


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
        case "block_if_disabled" | "unblock":
            function = getattr(control, f"pm_runtime_{name}")
        case "active" | "suspended" | "status_suspended" | "enabled" | "get_suppliers" | "put_suppliers" | "reinit":
            function = getattr(force, f"pm_runtime_{name}")
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


def _timer(k: Kernel, number: int) -> int:
    dev = k.world.at(Device, f"d{number}")
    if not control.timer_armed(k, dev):
        return 0
    control.pm_suspend_timer_fn(k, dev)
    return 1


def _delay(k: Kernel, number: int) -> int:
    dev = k.world.at(Device, f"d{number}")
    if not control.delay_running(k, dev):
        return 0
    control.autosuspend_delay_expires(k, dev)
    return 1


@atomic
def _spurious(k: Kernel, irq: int, count: int, unhandled: int) -> int:
    line = irq_to_desc(k, irq)
    assert line is not None
    line.irq_count, line.irqs_unhandled, line.unhandled_aged = count, unhandled, False
    return 0


@atomic
def _age(k: Kernel) -> int:
    for line in k.world.all(IrqDesc):
        if spurious.unhandled_may_age(line):
            spurious.unhandled_ages(line)
    return 0


# -- links and wakeup ----------------------------------------------------------------------------------------------------


def _link(k: Kernel, number: int, consumer: int, supplier: int, how: int) -> int:
    ends = (k.world.at(Device, f"d{consumer}"), k.world.at(Device, f"d{supplier}"))
    if _link_at(k, number).exists:
        return -EEXIST
    if how == 3 and runtime.pm_runtime_get_sync(k, ends[1]) < 0:
        runtime.pm_runtime_put_noidle(k, ends[1])
        return -EIO
    device_link_add(k, *ends, bool(how & 1))
    if how == 3:
        _hold(_link_at(k, number))
    return 0


@atomic
def _hold(link: DeviceLink) -> None:
    """``DL_FLAG_RPM_ACTIVE``."""
    link.rpm_active += 1


@atomic
def _link_at(k: Kernel, number: int) -> DeviceLink:
    consumer, supplier = LINKS[number]
    return k.world.at(DeviceLink, f"d{consumer}", f"d{supplier}")


def _unlink(k: Kernel, number: int) -> int:
    link = _link_at(k, number)
    if not link.exists:
        return -ENOENT
    device_link_del(k, link)
    return 0


def _wake_irq(k: Kernel, irq: int, number: int, how: int) -> int:
    dev = k.world.at(Device, f"d{number}")
    match how:
        case 0:
            return wakeirq.dev_pm_set_wake_irq(k, dev, irq)
        case 1:
            return wakeirq.dev_pm_set_dedicated_wake_irq(k, dev, irq)
    return wakeirq.dev_pm_set_dedicated_wake_irq_reverse(k, dev, irq)


def _clear_wake_irq(k: Kernel, number: int) -> int:
    wakeirq.dev_pm_clear_wake_irq(k, k.world.at(Device, f"d{number}"))
    return 0


def _wakeup(k: Kernel, number: int, what: int) -> int:
    dev = k.world.at(Device, f"d{number}")
    match what:
        case 0 | 1:
            wakeup.device_set_wakeup_capable(k, dev, bool(what))
        case 2 | 3:
            return wakeup.device_set_wakeup_enable(k, dev, what == 3)
        case 4 | 5:
            return wakeup.device_init_wakeup(k, dev, what == 5)
        case _:
            wakeup.pm_wakeup_event(k, dev)
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


@atomic
def _taken_for_granted(k: Kernel, irq: int) -> bool:
    """Whether the flow of a line relies on an action that is not there."""
    line = irq_to_desc(k, irq)
    return (
        line is not None
        and line.handle_irq in (flow.handle_fasteoi_nmi, percpu.handle_percpu_devid_fasteoi_nmi)
        and not line.actions
    )


def _chain(k: Kernel, irq: int, install: int) -> int:
    setup.irq_set_chained_handler_and_data(k, irq, demux if install else None, None)
    return 0


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
    "request_any": lambda k, irq, flags, user: manage.request_any_context_irq(k, irq, primary, flags, "user", user),
    "percpu_enabled": lambda k, irq: int(percpu.irq_percpu_is_enabled(k, irq)),
    "request_percpu": lambda k, irq, user: percpu.request_percpu_irq(k, irq, primary, "user", user),
    "free_percpu": _nothing(percpu.free_percpu_irq),
    "enable_percpu": _nothing(percpu.enable_percpu_irq),
    "disable_percpu": _nothing(percpu.disable_percpu_irq),
    "request_nmi": _request_nmi,
    "free_nmi": _nothing(nmi.free_nmi),
    "rearm_wake": _nothing(pm.rearm_wake_irq),
    "timer": _timer,
    "delay": _delay,
    "softirq": _nothing(resend.resend_irqs),
    "poll": _nothing(spurious.poll_spurious_irqs),
    "spurious": _spurious,
    "age": _age,
    "link": _link,
    "unlink": _unlink,
    "wake_irq": _wake_irq,
    "clear_wake_irq": _clear_wake_irq,
    "wakeup": _wakeup,
    "arm": _nothing(wakeup.device_wakeup_arm_wake_irqs),
    "disarm": _nothing(wakeup.device_wakeup_disarm_wake_irqs),
    "request_percpu_nmi": lambda k, irq, user: nmi.request_percpu_nmi(k, irq, primary, "user", user),
    "free_percpu_nmi": _nothing(nmi.free_percpu_nmi),
    "prepare_percpu_nmi": nmi.prepare_percpu_nmi,
    "teardown_percpu_nmi": _nothing(nmi.teardown_percpu_nmi),
    "enable_percpu_nmi": _nothing(nmi.enable_percpu_nmi),
    "disable_percpu_nmi": _nothing(nmi.disable_percpu_nmi),
    "enable_nmi": _nothing(nmi.enable_nmi),
    "disable_nmi": _nothing(nmi.disable_nmi_nosync),
}


class ModelSide(Bench):
    """The Python kernel."""

    name = "model"

    def boot(self, wanted: Setup) -> int:
        """Sets everything up."""
        k = self.k
        k.config = replace(k.config, spurious=100_000, irqfixup=wanted.fixup)
        of_platform_populate(k)
        for number in range(DEVICES):
            self.world.at(Device, f"d{number}").driver = ASKED if wanted.idle[number] else PLAIN
        self.chips = [_chip(at, line) for at, line in enumerate(wanted.lines)]
        self.flows = [_FLOWS[line.flow] for line in wanted.lines]
        domain = irq_domain_add_linear(k, "conform", 8, OPS, None)
        assert domain is not None
        if wanted.power >= 0:
            domain.pm_dev = self.world.at(Device, f"d{wanted.power}")
        self.irqs = tuple(mapping.irq_create_mapping(k, domain, at) for at in range(len(wanted.lines)))
        for irq, line in zip(self.irqs, wanted.lines, strict=True):
            if "percpu_devid" in line.flow:
                percpu.irq_set_percpu_devid(k, irq)
            setup.irq_modify_status(k, irq, 0, line.settings)
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
        for number in range(DEVICES):
            dev = self.world.at(Device, f"d{number}")
            usage, machine, made = powers.usage(dev), powers.state(dev), powers.setup(dev)
            request = machine.request if machine.request_pending else REQ_NONE
            facts.append(
                (
                    f"device {number}",
                    f"usage={usage.usage_count} children={usage.child_count} disabled={made.disable_depth} "
                    f"status={_STATUS[machine.status]} error={machine.runtime_error} request={request} "
                    f"deferred={int(machine.deferred_resume)} last={_STATUS[made.last_status]} "
                    f"idle={int(machine.idle_notification)} timer={int(machine.timer)} "
                    f"busy={int(powers.autosuspend_expiration(self.k, dev))} links={made.links_count} "
                    f"wakeirq={_wake_irq_of(made.wakeirq):#x} wakeup={_wakeup_of(made)} "
                    f"forced={int(made.needs_force_resume)}",
                )
            )
        for number in range(len(LINKS)):
            link = _link_at(self.k, number)
            state = f"active={link.rpm_active} preactivated={int(link.supplier_preactivated)}" if link.exists else "none"
            facts.append((f"link {number}", state))
        return facts

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

    def softirq(self) -> bool:
        return resend.resend_pending(self.k)

    def polls(self) -> bool:
        return spurious.poll_pending(self.k)

    def woken(self) -> bool:
        woken = sleep.pm_wakeup_pending(self.k)
        sleep.pm_wakeup_clear(self.k)
        return woken


_NMI_FLOWS = (flow.handle_fasteoi_nmi, percpu.handle_percpu_devid_fasteoi_nmi)
_FLOWS: dict[str, Callable[..., Any]] = {name: getattr(percpu if "percpu" in name else flow, name) for name in FLOWS}


def _action(action: IrqAction) -> str:
    return f"({_user(action)},{action.flags:#x},{action.thread_mask},{int(action.thread)},{int(action.run_thread)})"


def _user(action: IrqAction) -> int:
    return action.dev_id if isinstance(action.dev_id, int) else WAKER


def _wake_irq_of(wirq: WakeIrq | None) -> int:
    """``0x100 | wirq->status``."""
    if wirq is None:
        return 0
    return 0x100 | wirq.dedicated | wirq.managed << 1 | wirq.reverse << 2 | wirq.enabled << 3


def _wakeup_of(made: RpmSetup) -> int:
    """Whether a device can wake the system, whether its source has a wake irq, whether it has a source."""
    attached = made.wakeup is not None and made.wakeup.wakeirq is not None
    return made.can_wakeup << 2 | attached << 1 | (made.wakeup is not None)


def _chip(number: int, line: Line) -> IrqChip:
    callbacks: dict[str, Any] = {name: CHIP[name] for name in line.callbacks}
    return IrqChip(f"conform {number}", flags=line.flags, **callbacks)


__all__ = ["Call", "ModelSide", "chip"]
