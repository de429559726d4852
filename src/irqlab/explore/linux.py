"""Linux on a board as a model to explore: who may do what, and when.

Every action is one segment: it begins a call, lets one go on, or moves the hardware.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from irqlab.board import Board
from irqlab.drivers import IRQCHIPS, PERIPHERALS, clock_user, consumer
from irqlab.drivers.consumer import KINDS, Consumer
from irqlab.errors import IncompatibleError, InputError
from irqlab.explore.action import Action, Actor, Signal
from irqlab.explore.scope import Scope
from irqlab.hardware import Peripheral
from irqlab.kernel.context import (
    INTERRUPTS,
    PREEMPTION,
    Context,
    cpu,
    level,
    may_run,
    push_hardirq,
    start,
    step,
)
from irqlab.kernel.core import TASK
from irqlab.kernel.crash import crash, kernel_kexec
from irqlab.kernel.dd import device_unbind, driver_bind, match_driver
from irqlab.kernel.device import Device, Driver
from irqlab.kernel.init import first_boot, next_kernel
from irqlab.kernel.irq.desc import IrqAction, IrqDesc
from irqlab.kernel.irq.resend import ResendList, push_softirq, resend_irqs, resend_pending
from irqlab.kernel.irq.root import do_interrupt_handler
from irqlab.kernel.irq.spurious import PollTimer, poll_pending, poll_spurious_irqs, unhandled_ages, unhandled_may_age
from irqlab.kernel.irq.thread import irq_thread, thread_pending
from irqlab.kernel.kernel import HANDOVER, RUNNING, Budget, Config, Kernel
from irqlab.kernel.pm.control import (
    autosuspend_delay_expires,
    delay_running,
    pm_runtime_work,
    pm_suspend_timer_fn,
    timer_armed,
    work_pending,
    worker_name,
)
from irqlab.kernel.pm.domain import Genpd, genpd_power_off_work_fn, genpd_work_pending, genpd_worker_name
from irqlab.kernel.pm.power import RpmState
from irqlab.kernel.pm.sleep import frozen, pm_suspend
from irqlab.kernel.release import SWITCHES, Release
from irqlab.state import Directory, Record, World

Check = Callable[[Kernel], None]

INTERRUPT = "the CPU takes an interrupt"
NEXT_KERNEL = "the next kernel starts"

#: Conditions that many actions need, found out once a state (:meth:`LinuxModel.conditions`).
ALIVE = 1  #: the kernel has not crashed, hung or handed over
INTERRUPTED = 2  #: the CPU takes an interrupt now, before anything else
CALM = 4  #: it does not
FREE = 8  #: another context may run: the kernel is alive, nothing holds the CPU, and no interrupt is to be taken first
CALLS = 16  #: a new call of user space may begin: free, up and running, tasks not frozen and not too many of them
TIMERS = 32  #: a timer may fire: the kernel is alive, interrupts are on, and none is being handled
FIRST = 64  #: it is the first kernel
CLOSED, HALF_OPEN, OPEN = 128, 256, 512  #: what the CPU lets in: nothing, interrupts, other tasks too
ENDED = 1024  #: the first kernel has handed over

#: Where a crash of each cause may happen, in the first kernel.
_CRASHES = {"sysrq": OPEN, "remote": HALF_OPEN, "nmi": CLOSED, "oops": 0}


class LinuxModel:
    """A driver under a release on a board, with a scope.

    :ivar k: the kernel; its World stands in the state after the first boot.
    """

    def __init__(
        self,
        driver: Driver,
        release: Release,
        board: Board,
        scope: Scope,
        config: Config | None = None,
        *,
        checks: tuple[tuple[str, Check], ...] = (),
        output_when_gated: str = "low",
    ) -> None:
        refuse_impossible(driver, release)
        self.driver, self.release, self.board, self.scope = driver, release, board, scope
        self.config = config or Config()
        self.world = World()
        machine = board.build(self.world, output_when_gated)  # type: ignore[arg-type]
        self.world.commit()
        self.labels = {part.label or part.name: part.name for part in board.parts if part.kind == "peripheral"}
        consumers = dict.fromkeys(self.labels.values(), "plain")
        for label, kind in scope.consumers:
            if label not in self.labels:
                raise InputError(f"board '{board.name}' has no peripheral '{label}': it has {', '.join(self.labels)}")
            if kind not in KINDS:
                raise InputError(f"no kind of consumer named '{kind}'; known: {', '.join(KINDS)}")
            consumers[self.labels[label]] = kind
        self.k = Kernel(self.world, machine, board, release, self.config, PERIPHERALS, irqchips=IRQCHIPS, consumers=consumers)
        driver.insert(self.k)
        self.k.nmi_points = "nmi" in scope.crash
        if not self.config.pm:
            for domain in machine.domains:
                machine.domain_on(domain)  # nobody else would: left on by the boot loader
            self.world.commit()
        first_boot(self.k, scope.failures)
        if scope.raises and scope.raises_anywhere:
            rising = (machine.blocks[self.labels[label]] for label, _ in scope.consumers)
            self.k.rising = tuple(block for block in rising if isinstance(block, Peripheral))
        self.controllers = tuple(
            part.name for part in board.parts if set(part.node.compatible) & set(driver.compatible) and part.kind != "gic"
        )
        if not self.controllers:
            raise InputError(f"board '{board.name}' has no node for driver '{driver.name}' ({', '.join(driver.compatible)})")
        self.boot_signals = self._boot_signals()
        if scope.unbind:
            self.world.new(Budget, "unbind", left=1)
            self.world.commit()
        self._fixed = self._fixed_actions()
        self._grown: list[Action] = []
        self._known_slots = -1
        quiet = self.world.at(Directory, Context.kind()).slot
        self._checks = [Action(name, Actor.KERNEL, self._check, (check,), slot=quiet) for name, check in checks]

    def _boot_signals(self) -> tuple[Signal, ...]:
        """What the first boot signalled, and that a controller has no driver after it."""
        signals = list(self.world.signals)
        for name in self.controllers:
            if self.k.irqchip_of(self.board.part(name)) is not None:
                continue  # no device: that its IRQCHIP_DECLARE() failed is told by itself
            if not self.world.at(Device, name).exists or not self.world.at(Device, name).bound:
                signals.append(("unprobed", (("device", name), ("driver", self.driver.name))))
        return tuple(signals)

    # -- Model ------------------------------------------------------------------------------------------------------

    def actions(self) -> list[Action]:
        """Every action, in canonical order: users, devices, the CPU, workers, calls under way, crashes."""
        if self.world.slots != self._known_slots:
            self._known_slots = self.world.slots
            known = {action.name: action for action in self._grown}
            grown = self._growing_actions()
            self._grown = [known.get(action.name, action) for action in grown]
            self._all = [*self._fixed, *self._grown]
        return self._all

    def checks(self) -> list[Action]:
        """Looks at states in which no call is under way."""
        return self._checks

    def _check(self, check: Check) -> bool:
        check(self.k)
        return True

    def named(self, name: str) -> Action | None:
        """The action of that name, if it may exist now."""
        return next((action for action in self.actions() if action.name == name), None)

    # -- what there is ----------------------------------------------------------------------------------------------

    def _action(
        self, name: str, actor: Actor, function: Callable[..., bool], *args: Any, needs: int = 0, slot: int = -1, field: str = ""
    ) -> Action:
        return Action(name, actor, function, args, slot, field, needs, self.conditions)

    def _fixed_actions(self) -> list[Action]:
        scope, actions = self.scope, []

        def user(name: str, function: Callable[..., bool], *args: Any, needs: int = CALLS | FIRST) -> None:
            actions.append(self._action(f"task {name}", Actor.USER, function, *args, needs=needs))

        for label, _ in scope.consumers:
            for call in scope.calls:
                user(f"{label}: {call}", self._call, label, self.labels[label], call, needs=CALLS)
        if scope.clock_user:
            for part in self.board.parts:
                if part.kind == "clock-user":
                    clock = part.clocks[0][1].name
                    user("clock: hold", self._clock, part.name, clock, True)
                    user("clock: release", self._clock, part.name, clock, False)
        if scope.sleep:
            user("sleep: echo mem > /sys/power/state", self._system, "task sleep", pm_suspend)
        if scope.unbind:
            for name in self.controllers:
                user(f"bind: unbind {name}", self._bind, name, False)
                user(f"bind: bind {name}", self._bind, name, True)
        if scope.kexec:
            user("kexec: reboot into the next kernel", self._system, "task kexec", kernel_kexec)
        if scope.raises:
            for label, _ in scope.consumers:
                block = self.k.machine.blocks[self.labels[label]]
                assert isinstance(block, Peripheral)
                actions.append(self._action(f"device {label} raises its line", Actor.DEVICE, self._raise, block))
        actions.append(self._action(INTERRUPT, Actor.KERNEL, self._interrupt, needs=INTERRUPTED))
        for cause in scope.crash:
            needs = ALIVE | FIRST | _CRASHES[cause]
            actions.append(self._action(f"crash ({cause})", Actor.CRASH, self._crash, cause, needs=needs))
        if scope.successor:
            actions.append(self._action(NEXT_KERNEL, Actor.KERNEL, self._next_kernel, needs=ENDED))
        return actions

    def _growing_actions(self) -> list[Action]:
        world, actions = self.world, []

        def kernel(
            name: str, function: Callable[..., bool], subject: Record, needs: int, record: Record, field: str = ""
        ) -> None:
            actions.append(self._action(name, Actor.KERNEL, function, subject, needs=needs, slot=record.slot, field=field))

        for context in world.known(Context):
            kernel(f"{context.name} goes on", self._go_on, context, CALM, context)
        for action in world.known(IrqAction) if self.k.core is None else ():
            kernel(f"thread {action.thread_name} runs", self._thread, action, FREE, action, "run_thread")
        for waiting in world.known(ResendList):
            kernel("the resend tasklet runs", self._resend, waiting, TIMERS | CALM, waiting)
        if self.config.spurious:
            for timer in world.known(PollTimer):
                kernel("the poll timer fires", self._poll, timer, TIMERS | CALM, timer)
            for desc in world.known(IrqDesc):
                kernel(f"100 ms pass without irq {desc.irq}", self._age, desc, ALIVE, desc, "irqs_unhandled")
        for turn in self.k.core.turns() if self.k.core is not None else ():
            kernel(turn.name, turn.run, turn.record, FREE if turn.when == TASK else TIMERS | CALM, turn.record)
        if self.scope.runtime_pm:
            for device in world.known(Device):
                state = world.at(RpmState, device.name)
                kernel(f"{worker_name(device)} runs", self._worker, device, FREE, state, "queued")
                kernel(f"autosuspend timer of {device.name}", self._timer, device, TIMERS, state, "timer")
                kernel(f"autosuspend delay of {device.name} passes", self._delay, device, ALIVE, state, "last_busy")
            for genpd in world.known(Genpd):
                kernel(f"{genpd_worker_name(genpd)} runs", self._genpd_worker, genpd, FREE, genpd, "work")
        return actions

    # -- when it may happen -------------------------------------------------------------------------------------------

    def conditions(self) -> int:
        """What holds of the conditions above."""
        k = self.k
        system = k.system
        if not system.exists or system.hung:
            return 0
        if system.phase == HANDOVER:
            return ENDED if not system.boot else 0
        stack = cpu(self.world).stack
        open_ = level(stack[-1]) if stack else PREEMPTION
        hardirqs = sum(1 for context in stack if context.hardirq)
        gic = k.machine.gic  # without one nothing can signal
        signalled = gic is not None and open_ >= INTERRUPTS and gic.signalled() >= 0
        interrupted = signalled and hardirqs <= self.scope.nested
        conditions = (INTERRUPTED if interrupted else CALM) | (CLOSED, HALF_OPEN, OPEN)[open_]
        if not system.boot:
            conditions |= FIRST
        if system.crash:
            return conditions
        conditions |= ALIVE
        if open_ == PREEMPTION and not interrupted:
            conditions |= FREE
            if system.phase == RUNNING and not frozen(k) and self._tasks() < self.scope.tasks:
                conditions |= CALLS
        if open_ >= INTERRUPTS and not hardirqs:
            conditions |= TIMERS
        return conditions

    def _tasks(self) -> int:
        """How many calls of user space are under way."""
        return sum(1 for key in self.world.keys(Context) if str(key[0]).startswith("task "))

    def _begin(self, name: str, entry: Callable[..., Any], args: tuple[Any, ...]) -> bool:
        context = self.world.at(Context, name)
        if context.exists:
            return False
        start(self.k, name, entry, args)
        return step(self.k, context)

    def _call(self, label: str, device: str, call: str) -> bool:
        user = self.world.at(Consumer, device)
        if not user.exists or (self.k.system.boot and call != "request"):
            return False
        if user.leaving or user.requested is (call == "request"):
            return False
        if call == "disable" and user.disabled >= self.scope.depth:
            return False
        if call == "enable" and user.disabled == 0:
            return False
        return self._begin(f"task {label}", consumer.call, (user, call))

    def _clock(self, node: str, clock: str, hold: bool) -> bool:
        if self.world.at(clock_user.ClockUser, node).exists is hold:
            return False
        return self._begin("task clock", clock_user.hold if hold else clock_user.release, (node, clock))

    def _system(self, task: str, entry: Callable[..., Any]) -> bool:
        return self._begin(task, entry, ())

    def _bind(self, name: str, bind: bool) -> bool:
        device = self.world.at(Device, name)
        if device.bound is bind:
            return False
        budget = self.world.at(Budget, "unbind")
        if not bind:
            if budget.left == 0:
                return False
            budget.left -= 1
        if bind:
            return self._begin("task bind", driver_bind, (device, match_driver(self.k, device)))
        return self._begin("task bind", device_unbind, (device,))

    def _raise(self, block: Peripheral) -> bool:
        system = self.k.system
        if not system.exists or system.hung or (system.crash and system.phase != HANDOVER):
            return False
        if block.asserted() or not block.can_raise():
            return False
        block.raise_event()
        self.world.trace("raise", block=block.name)
        return True

    def _interrupt(self) -> bool:
        self.world.trace("interrupt")
        return step(self.k, push_hardirq(self.k, do_interrupt_handler))

    def _go_on(self, context: Context) -> bool:
        if not may_run(self.k, context) or not step(self.k, context):
            return False
        if self.k.core is not None:
            self.k.core.rest(context)
        return True

    def _thread(self, action: IrqAction) -> bool:
        return thread_pending(self.k, action) and self._begin(action.thread_name, irq_thread, (action,))

    def _resend(self, waiting: ResendList) -> bool:
        return resend_pending(self.k) and step(self.k, push_softirq(self.k, resend_irqs))

    def _poll(self, timer: PollTimer) -> bool:
        return poll_pending(self.k) and step(self.k, push_softirq(self.k, poll_spurious_irqs))

    def _age(self, desc: IrqDesc) -> bool:
        if not unhandled_may_age(desc):
            return False
        unhandled_ages(desc)
        return True

    def _worker(self, device: Device) -> bool:
        return work_pending(self.k, device) and self._begin(worker_name(device), pm_runtime_work, (device,))

    def _genpd_worker(self, genpd: Genpd) -> bool:
        return genpd_work_pending(self.k, genpd) and self._begin(genpd_worker_name(genpd), genpd_power_off_work_fn, (genpd,))

    def _timer(self, device: Device) -> bool:
        k = self.k
        return timer_armed(k, device) and step(k, push_hardirq(k, pm_suspend_timer_fn, (device,)))

    def _delay(self, device: Device) -> bool:
        if not delay_running(self.k, device):
            return False
        autosuspend_delay_expires(self.k, device)
        return True

    def _crash(self, cause: str) -> bool:
        crash(self.k, cause)
        return True

    def _next_kernel(self) -> bool:
        next_kernel(self.k)
        return True


def refuse_impossible(driver: Driver, release: Release) -> None:
    """Raises :class:`~irqlab.errors.IncompatibleError` where a driver needs what the release lacks."""
    for need in driver.needs:
        if not release.has(need):
            raise IncompatibleError(
                f"driver '{driver.name}' cannot be built for kernel {release}: it needs '{need}' "
                f"({SWITCHES[need].origin}); choose another kernel or driver"
            )
    for forbidden in driver.forbids:
        if release.has(forbidden):
            raise IncompatibleError(f"driver '{driver.name}' cannot be built for kernel {release}: it forbids '{forbidden}'")
