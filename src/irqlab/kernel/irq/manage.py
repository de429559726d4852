"""Requesting, freeing, enabling and disabling interrupts (kernel/irq/manage.c)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from irqlab.kernel.context import in_hardirq, might_sleep
from irqlab.kernel.core import core
from irqlab.kernel.errno import EBUSY, EINVAL, ENODEV, ENOMEM, ENOSYS, ENOTCONN
from irqlab.kernel.irq.activate import irq_domain_deactivate_irq
from irqlab.kernel.irq.chip import __irq_disable as _disable
from irqlab.kernel.irq.chip import _unlazy, irq_activate, irq_chip_pm_get, irq_chip_pm_put, irq_shutdown, irq_startup
from irqlab.kernel.irq.desc import (
    IrqAction,
    IrqDesc,
    buslock,
    chip_bus_lock,
    chip_bus_sync_unlock,
    chip_of,
    desc_lock,
    free_slot,
    global_desc,
    irq_to_desc,
    no_irq_chip,
    request_mutex,
)
from irqlab.kernel.irq.flags import (
    IRQ_NESTED_THREAD,
    IRQ_NO_BALANCING,
    IRQ_NO_DEBUG,
    IRQ_NONE,
    IRQ_NOTCONNECTED,
    IRQ_PER_CPU,
    IRQ_PER_CPU_DEVID,
    IRQC_IS_HARDIRQ,
    IRQC_IS_NESTED,
    IRQCHIP_ONESHOT_SAFE,
    IRQD_NO_BALANCING,
    IRQD_PER_CPU,
    IRQF_COND_ONESHOT,
    IRQF_COND_SUSPEND,
    IRQF_NO_AUTOEN,
    IRQF_NO_DEBUG,
    IRQF_NO_SUSPEND,
    IRQF_NOBALANCING,
    IRQF_ONESHOT,
    IRQF_PERCPU,
    IRQF_SHARED,
    IRQF_TRIGGER_MASK,
)
from irqlab.kernel.irq.pm import irq_pm_install_action
from irqlab.kernel.irq.spurious import reset_detection, take_spurious_disabled
from irqlab.kernel.irq.state import add_settings, has_setting, set_depth, set_flag, set_trigger_type, trigger_of
from irqlab.kernel.irq.synchronize import __synchronize_hardirq, synchronize_desc, synchronize_hardirq, synchronize_irq
from irqlab.kernel.irq.thread import stop_thread
from irqlab.kernel.irq.trigger import __irq_set_trigger
from irqlab.kernel.locking import irqsave, mutex
from irqlab.kernel.module import module_put, try_module_get
from irqlab.kernel.pointer import Pointer
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


#: ``thread_mask`` is an unsigned long.
BITS_PER_LONG = 64


# -- request -------------------------------------------------------------------------------------------------------

Handler = Callable[..., Any]
#: What is requested, as ``struct irqaction`` has it: handler, thread function, flags, name, ``dev_id``.
Request = tuple[Handler | None, Handler | None, int, str, Pointer]


@kernel
def request_irq(k: Kernel, irq: int, handler: Handler, flags: int, name: str, dev_id: Pointer) -> int:
    """``request_irq()``; 6.12 adds ``IRQF_COND_ONESHOT``, which 6.1 does not know.  May sleep."""
    if k.release.has("cond-oneshot"):
        flags |= IRQF_COND_ONESHOT
    return request_threaded_irq(k, irq, handler, None, flags, name, dev_id)


@core
@kernel
def request_any_context_irq(k: Kernel, irq: int, handler: Handler, flags: int, name: str, dev_id: Pointer) -> int:
    """``request_any_context_irq()``: which kind it is (``IRQC_IS_*``), or a negative errno.  May sleep."""
    if irq == IRQ_NOTCONNECTED:
        return -ENOTCONN
    desc = irq_to_desc(k, irq)
    if desc is None:
        return -EINVAL
    if has_setting(desc, IRQ_NESTED_THREAD):
        return request_threaded_irq(k, irq, None, handler, flags, name, dev_id) or IRQC_IS_NESTED
    return request_irq(k, irq, handler, flags, name, dev_id) or IRQC_IS_HARDIRQ


@core
@kernel
def request_threaded_irq(
    k: Kernel, irq: int, handler: Handler | None, thread_fn: Handler | None, flags: int, name: str, dev_id: Pointer
) -> int:
    """``request_threaded_irq()``: 0 or a negative errno.  May sleep.

    The reference on the chip's device is taken before ``__setup_irq()``, outside every lock.
    """
    if irq == IRQ_NOTCONNECTED:
        return -ENOTCONN
    if flags & IRQF_SHARED and (not dev_id or flags & IRQF_NO_AUTOEN):
        return -EINVAL
    if flags & IRQF_COND_SUSPEND and (not flags & IRQF_SHARED or flags & IRQF_NO_SUSPEND):
        return -EINVAL
    desc = irq_to_desc(k, irq)
    if desc is None or _norequest(desc):
        return -EINVAL
    if has_setting(desc, IRQ_PER_CPU_DEVID):
        k.warn(f"request_threaded_irq: irq {irq} is per CPU")
        return -EINVAL
    if handler is None and thread_fn is None:
        return -EINVAL
    return _request(k, desc, (handler, thread_fn, flags, name, dev_id))


@kernel
def _request(k: Kernel, desc: IrqDesc, new: Request) -> int:
    """What every request does once its arguments are right: memory, power, ``__setup_irq()``.  May sleep."""
    might_sleep(k, "kzalloc(struct irqaction)")
    if k.fails("kzalloc(struct irqaction)"):
        return -ENOMEM
    error = irq_chip_pm_get(k, desc.irq_data)
    if error < 0:
        return error
    error = __setup_irq(k, desc, new)
    if error:
        irq_chip_pm_put(k, desc.irq_data)
    return error


@atomic
def _norequest(desc: IrqDesc) -> bool:
    return desc.norequest


@atomic
def _module_get(k: Kernel, desc: IrqDesc) -> bool:
    """``try_module_get(desc->owner)``."""
    if not try_module_get(k, desc.owner):
        return False
    desc.owner_refs += 1
    return True


@atomic
def _module_put(k: Kernel, desc: IrqDesc) -> None:
    """``module_put(desc->owner)``."""
    module_put(k, desc.owner)
    desc.owner_refs -= 1


@kernel
def irq_nested_primary_handler(k: Kernel, irq: int, dev_id: Pointer) -> int:
    """``irq_nested_primary_handler()``: the hard handler of a nested line; never runs."""
    k.warn(f"Primary handler called for nested irq {irq}")
    return IRQ_NONE


@kernel
def __setup_irq(k: Kernel, desc: IrqDesc, new: Request) -> int:  # noqa: N807
    """``__setup_irq()``: request_mutex, bus lock, ``desc->lock``, in this order."""
    handler, thread_fn, flags, name, dev_id = new
    chip = chip_of(desc)
    if chip is no_irq_chip:
        return -ENOSYS
    if not _module_get(k, desc):
        return -ENODEV
    if not flags & IRQF_TRIGGER_MASK:
        flags |= trigger_of(desc.irq_data)
    nested = has_setting(desc, IRQ_NESTED_THREAD)
    if nested:
        if thread_fn is None:
            _module_put(k, desc)
            return -EINVAL
        handler = irq_nested_primary_handler
    elif thread_fn is not None:
        might_sleep(k, "kthread_create()")
        if k.fails("kthread_create"):
            _module_put(k, desc)
            return -ENOMEM
    if chip.flags & IRQCHIP_ONESHOT_SAFE:
        flags &= ~IRQF_ONESHOT
    with mutex(k, request_mutex(k, desc)):
        error = _install(k, desc, (handler, thread_fn, flags, name, dev_id))
    if error:
        if thread_fn is not None and not nested:
            might_sleep(k, "kthread_stop()")
        _module_put(k, desc)
    return error


@kernel
def _install(k: Kernel, desc: IrqDesc, new: Request) -> int:
    """The part of ``__setup_irq()`` under the bus lock."""
    chip = chip_of(desc)
    chip_bus_lock(k, desc)
    error = 0
    if not _shared(desc) and chip.has("irq_request_resources"):
        error = int(chip.call(k, "irq_request_resources", desc.irq_data))
    if not error:
        with irqsave(k, desc_lock(k, desc)):
            error = _install_locked(k, desc, new)
        if error and not _shared(desc) and chip.has("irq_release_resources"):
            chip.call(k, "irq_release_resources", desc.irq_data)
    chip_bus_sync_unlock(k, desc)
    return error


@atomic
def _shared(desc: IrqDesc) -> bool:
    return desc.actions != ()


@atomic
def _sharing(k: Kernel, desc: IrqDesc, flags: int) -> int:
    """The checks of a line that is in use: its flags to go on with, or -EBUSY; -EINVAL of an NMI.

    Trigger types are compared with the default; where nobody has said one, the newcomer's becomes it.
    """
    if desc.nmi:
        return -EINVAL
    old = desc.actions[0].flags
    data = desc.irq_data
    if not data.trigger_set:
        set_trigger_type(data, flags & IRQF_TRIGGER_MASK)
    if not old & flags & IRQF_SHARED or data.trigger != flags & IRQF_TRIGGER_MASK:
        return -EBUSY
    if old & IRQF_ONESHOT and flags & IRQF_COND_ONESHOT and k.release.has("cond-oneshot"):
        flags |= IRQF_ONESHOT
    elif (old ^ flags) & IRQF_ONESHOT:
        return -EBUSY
    return -EBUSY if (old ^ flags) & IRQF_PERCPU else flags


@atomic
def _thread_mask(desc: IrqDesc) -> int:
    """The lowest bit no action of the line uses."""
    taken = 0
    for action in desc.actions:
        taken |= action.thread_mask
    return ~taken & (taken + 1)


@atomic
def _reset_state(desc: IrqDesc, oneshot: bool) -> None:
    desc.oneshot = oneshot
    desc.irq_data.inprogress = False


@atomic
def _append(k: Kernel, desc: IrqDesc, new: Request, thread_mask: int) -> None:
    handler, thread_fn, flags, name, dev_id = new
    action = k.world.new(
        IrqAction,
        desc.irq,
        free_slot(k, desc.irq),
        handler=handler,
        thread_fn=thread_fn,
        flags=flags,
        name=name,
        dev_id=dev_id,
        thread_mask=thread_mask,
        thread=thread_fn is not None and handler is not irq_nested_primary_handler,
    )
    desc.actions = (*desc.actions, action)
    k.world.trace("action", irq=desc.irq, name=name, added=True)


@atomic
def _autoenable(desc: IrqDesc, flags: int) -> bool:
    return not flags & IRQF_NO_AUTOEN and not desc.noautoen


@atomic
def _adopt(desc: IrqDesc, flags: int) -> None:
    """The settings that come with the flags of the first request."""
    d = desc.irq_data
    if flags & IRQF_PERCPU:
        add_settings(desc, IRQ_PER_CPU | (IRQ_NO_DEBUG if flags & IRQF_NO_DEBUG else 0))
        set_flag(d, IRQD_PER_CPU)
    if flags & IRQF_NOBALANCING:
        add_settings(desc, IRQ_NO_BALANCING)
        set_flag(d, IRQD_NO_BALANCING)


@kernel
def _install_locked(k: Kernel, desc: IrqDesc, new: Request) -> int:
    """The part of ``__setup_irq()`` under ``desc->lock``."""
    handler, thread_fn, flags, name, dev_id = new
    shared = _shared(desc)
    if shared:
        flags = _sharing(k, desc, flags)
        if flags < 0:
            return flags
    thread_mask = 0
    if flags & IRQF_ONESHOT:
        thread_mask = _thread_mask(desc)
        if thread_mask >> BITS_PER_LONG:
            return -EBUSY
    elif handler is None and not chip_of(desc).flags & IRQCHIP_ONESHOT_SAFE:
        return -EINVAL
    if not shared:
        error = _first(k, desc, flags)
        if error:
            return error
    _append(k, desc, (handler, thread_fn, flags, name, dev_id), thread_mask)
    irq_pm_install_action(k, desc)
    if k.config.spurious:
        reset_detection(desc)
        if shared and take_spurious_disabled(desc):
            __enable_irq(k, desc)
    return 0


@kernel
def _first(k: Kernel, desc: IrqDesc, flags: int) -> int:
    """What the first action of a line brings: trigger type, activation, settings, and the start."""
    if flags & IRQF_TRIGGER_MASK:
        error = __irq_set_trigger(k, desc, flags & IRQF_TRIGGER_MASK)
        if error:
            return error
    error = irq_activate(k, desc)
    if error:
        return error
    _reset_state(desc, bool(flags & IRQF_ONESHOT))
    if k.config.spurious:
        take_spurious_disabled(desc)
    if flags & (IRQF_PERCPU | IRQF_NOBALANCING):
        _adopt(desc, flags)
    if _autoenable(desc, flags):
        irq_startup(k, desc, True)
    else:
        if flags & IRQF_SHARED:
            k.warn("__setup_irq: a shared interrupt without auto-enable")
        set_depth(k, desc, 1)
    return 0


# -- free ------------------------------------------------------------------------------------------------------------


@core
@kernel
def free_irq(k: Kernel, irq: int, dev_id: Pointer) -> None:
    """``free_irq()``: returns when no handler of this action runs any more.  May sleep."""
    desc = irq_to_desc(k, irq)
    if desc is None:
        return
    if has_setting(desc, IRQ_PER_CPU_DEVID):
        k.warn(f"free_irq: irq {irq} is per CPU")
        return
    __free_irq(k, desc, dev_id)


@atomic
def _unlink(k: Kernel, desc: IrqDesc, dev_id: Pointer) -> IrqAction | None:
    for action in desc.actions:
        if action.dev_id == dev_id:
            desc.actions = tuple(other for other in desc.actions if other is not action)
            k.world.trace("action", irq=desc.irq, name=action.name, added=False)
            return action
    return None


@atomic
def _clear_unlazy(desc: IrqDesc) -> None:
    desc.disable_unlazy = False


@kernel
def _detach(k: Kernel, desc: IrqDesc, dev_id: Pointer) -> IrqAction | None:
    """The first part of ``__free_irq()``: the action leaves the line, the last one shuts it down."""
    with buslock(k, desc):
        action = _unlink(k, desc, dev_id)
        if action is None:
            k.warn(f"Trying to free already-free IRQ {desc.irq}")
            return None
        if not _shared(desc):
            _clear_unlazy(desc)
            irq_shutdown(k, desc)
        if _forget_hint(desc):
            k.warn(f"__free_irq: IRQ {desc.irq} has an affinity hint still")
        return action


@atomic
def _forget_hint(desc: IrqDesc) -> bool:
    """Whether there was a hint: a driver takes its own back first."""
    if desc.affinity_hint is None:
        return False
    desc.affinity_hint = None
    return True


@kernel
def __free_irq(k: Kernel, desc: IrqDesc, dev_id: Pointer) -> None:  # noqa: N807
    """``__free_irq()``: shutdown, synchronise, stop the thread, deactivate, release, ``irq_chip_pm_put()``, module.

    Waits for the threaded handlers too where ``free-waits-for-threads`` is set.
    """
    if in_hardirq(k):
        k.warn(f"Trying to free IRQ {desc.irq} from IRQ context!")
    with mutex(k, request_mutex(k, desc)):
        action = _detach(k, desc, dev_id)
        if action is None:
            return
        if k.release.has("free-waits-for-threads"):
            synchronize_desc(k, desc)
        else:
            __synchronize_hardirq(k, desc, True)
        if _has_thread(action):
            stop_thread(k, action)
        if not _shared(desc):
            _release(k, desc)
    irq_chip_pm_put(k, desc.irq_data)
    _module_put(k, desc)
    _kfree(k, action)


@atomic
def _has_thread(action: IrqAction) -> bool:
    return action.thread


@atomic
def _kfree(k: Kernel, action: IrqAction) -> None:
    k.world.drop(action)


@kernel
def _release(k: Kernel, desc: IrqDesc) -> None:
    """The last part of ``__free_irq()`` for the last action."""
    with _just_bus(k, desc):
        with irqsave(k, desc_lock(k, desc)):
            irq_domain_deactivate_irq(k, desc)
        chip = chip_of(desc)
        if chip.has("irq_release_resources"):
            chip.call(k, "irq_release_resources", desc.irq_data)


class _just_bus:  # noqa: N801
    def __init__(self, k: Kernel, desc: IrqDesc) -> None:
        self.k, self.desc = k, desc

    def __enter__(self) -> None:
        chip_bus_lock(self.k, self.desc)

    def __exit__(self, kind: object, *exc: object) -> None:
        if kind is not None:
            return  # the stack is thrown away, or irqlab has a defect: the lock stays held
        chip_bus_sync_unlock(self.k, self.desc)


# -- enable and disable --------------------------------------------------------------------------------------------------


@atomic
def _bump_depth(k: Kernel, desc: IrqDesc) -> bool:
    """``desc->depth++``; True when it was 0."""
    depth = desc.depth
    desc.depth = depth + 1
    k.world.trace("depth", irq=desc.key[0], depth=depth + 1)
    return depth == 0


@kernel
def __disable_irq(k: Kernel, desc: IrqDesc) -> None:  # noqa: N807
    """``__disable_irq()``.  ``desc->lock`` held."""
    if _bump_depth(k, desc):
        _disable(k, desc, _unlazy(desc))


@atomic
def _enable_case(k: Kernel, desc: IrqDesc) -> str:
    if desc.depth == 0 or (desc.depth == 1 and desc.suspended):
        return "unbalanced"
    if desc.depth == 1:
        return "startup"
    desc.depth -= 1
    k.world.trace("depth", irq=desc.key[0], depth=desc.depth)
    return "nested"


@kernel
def __enable_irq(k: Kernel, desc: IrqDesc) -> None:  # noqa: N807
    """``__enable_irq()``: at depth 1 ``irq_startup()``; at 0, or 1 while suspended, a WARN.  ``desc->lock`` held."""
    case = _enable_case(k, desc)
    if case == "unbalanced":
        k.signal("unbalanced-enable", irq=desc.irq)
    elif case == "startup":
        irq_startup(k, desc, True, force=True)


@kernel
def disable_irq_nosync(k: Kernel, irq: int) -> int:
    """``disable_irq_nosync()``: 0, or -EINVAL for a line that is none, or per CPU (``__disable_irq_nosync()``)."""
    desc = global_desc(k, irq)
    if desc is None:
        return -EINVAL
    with buslock(k, desc):
        __disable_irq(k, desc)
    return 0


@core
@kernel
def disable_irq(k: Kernel, irq: int) -> None:
    """``disable_irq()``: lazy, then ``synchronize_irq()``; says might_sleep() in 6.12, not in 6.1."""
    if k.release.has("disable-irq-might-sleep"):
        might_sleep(k, "disable_irq()")
    if not disable_irq_nosync(k, irq):
        synchronize_irq(k, irq)


@kernel
def disable_hardirq(k: Kernel, irq: int) -> bool:
    """``disable_hardirq()``: waits for hard handlers only; False while a threaded one runs."""
    return not disable_irq_nosync(k, irq) and synchronize_hardirq(k, irq)


@core
@kernel
def enable_irq(k: Kernel, irq: int) -> None:
    """``enable_irq()``: from a hard interrupt only on chips without a bus lock."""
    desc = global_desc(k, irq)
    if desc is None:
        return
    with buslock(k, desc):
        __enable_irq(k, desc)
