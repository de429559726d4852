"""Numbers of ``include/linux/interrupt.h``, ``irq.h`` and ``irqdomain.h`` (6.12.117; 6.1.192 where nothing else is said)."""

from __future__ import annotations

# -- trigger types ---------------------------------------------------------------------------------------------------

IRQ_TYPE_NONE = 0x0
IRQ_TYPE_EDGE_RISING, IRQ_TYPE_EDGE_FALLING = 0x1, 0x2
IRQ_TYPE_EDGE_BOTH = IRQ_TYPE_EDGE_RISING | IRQ_TYPE_EDGE_FALLING
IRQ_TYPE_LEVEL_HIGH, IRQ_TYPE_LEVEL_LOW = 0x4, 0x8
IRQ_TYPE_LEVEL_MASK = IRQ_TYPE_LEVEL_HIGH | IRQ_TYPE_LEVEL_LOW
#: ``IRQF_TRIGGER_*`` are the ``IRQ_TYPE_*`` of the same name.
IRQF_TRIGGER_MASK = IRQ_TYPE_SENSE_MASK = 0xF
#: Some ``map`` callbacks ask ``irq_set_type`` for a sane default with it.
IRQ_TYPE_DEFAULT = IRQ_TYPE_SENSE_MASK

# -- flags of a request ----------------------------------------------------------------------------------------------

IRQF_SHARED = 0x80
IRQF_PROBE_SHARED = 0x100
IRQF_PERCPU = 0x400
IRQF_NOBALANCING = 0x800
IRQF_IRQPOLL = 0x1000
IRQF_ONESHOT = 0x2000
IRQF_NO_SUSPEND = 0x4000
IRQF_FORCE_RESUME = 0x8000
IRQF_NO_THREAD = 0x10000
IRQF_EARLY_RESUME = 0x20000
IRQF_COND_SUSPEND = 0x40000
IRQF_NO_AUTOEN = 0x80000
IRQF_NO_DEBUG = 0x100000
#: Not in 6.1.
IRQF_COND_ONESHOT = 0x200000
#: ``__IRQF_TIMER`` alone.
IRQF_TIMER_BIT = 0x200
IRQF_TIMER = IRQF_TIMER_BIT | IRQF_NO_SUSPEND | IRQF_NO_THREAD

IRQ_NONE, IRQ_HANDLED, IRQ_WAKE_THREAD = 0, 1, 2
#: What ``request_any_context_irq()`` answers.
IRQC_IS_HARDIRQ, IRQC_IS_NESTED = 0, 1
#: An interrupt number that says "there is no such line" (``request_irq()`` answers -ENOTCONN).
IRQ_NOTCONNECTED = 1 << 31

# -- settings of a line (irq_modify_status()) --------------------------------------------------------------------------

IRQ_LEVEL = 1 << 8
IRQ_PER_CPU = 1 << 9
IRQ_NOPROBE = 1 << 10
IRQ_NOREQUEST = 1 << 11
IRQ_NOAUTOEN = 1 << 12
IRQ_NO_BALANCING = 1 << 13
IRQ_MOVE_PCNTXT = 1 << 14
IRQ_NESTED_THREAD = 1 << 15
IRQ_NOTHREAD = 1 << 16
IRQ_PER_CPU_DEVID = 1 << 17
IRQ_IS_POLLED = 1 << 18
IRQ_DISABLE_UNLAZY = 1 << 19
IRQ_HIDDEN = 1 << 20
IRQ_NO_DEBUG = 1 << 21
#: What ``irq_modify_status()`` may change: everything but NO_DEBUG.
IRQF_MODIFY_MASK = IRQ_TYPE_SENSE_MASK | (IRQ_NO_DEBUG - IRQ_LEVEL)

# -- state of a line (``irq_common_data.state_use_accessors``) ----------------------------------------------------------

IRQD_TRIGGER_MASK = 0xF
IRQD_SETAFFINITY_PENDING = 1 << 8
IRQD_ACTIVATED = 1 << 9
IRQD_NO_BALANCING = 1 << 10
IRQD_PER_CPU = 1 << 11
IRQD_AFFINITY_SET = 1 << 12
IRQD_LEVEL = 1 << 13
IRQD_WAKEUP_STATE = 1 << 14
IRQD_MOVE_PCNTXT = 1 << 15
IRQD_IRQ_DISABLED = 1 << 16
IRQD_IRQ_MASKED = 1 << 17
IRQD_IRQ_INPROGRESS = 1 << 18
IRQD_WAKEUP_ARMED = 1 << 19
IRQD_FORWARDED_TO_VCPU = 1 << 20
IRQD_AFFINITY_MANAGED = 1 << 21
IRQD_IRQ_STARTED = 1 << 22
IRQD_MANAGED_SHUTDOWN = 1 << 23
IRQD_SINGLE_TARGET = 1 << 24
IRQD_DEFAULT_TRIGGER_SET = 1 << 25
IRQD_CAN_RESERVE = 1 << 26
IRQD_HANDLE_ENFORCE_IRQCTX = 1 << 27
IRQD_AFFINITY_ON_ACTIVATE = 1 << 28
IRQD_IRQ_ENABLED_ON_SUSPEND = 1 << 29
#: Not in 6.1.
IRQD_RESEND_WHEN_IN_PROGRESS = 1 << 30

# -- flags of a chip ---------------------------------------------------------------------------------------------------

IRQCHIP_SET_TYPE_MASKED = 1 << 0
IRQCHIP_EOI_IF_HANDLED = 1 << 1
IRQCHIP_MASK_ON_SUSPEND = 1 << 2
IRQCHIP_ONOFFLINE_ENABLED = 1 << 3
IRQCHIP_SKIP_SET_WAKE = 1 << 4
IRQCHIP_ONESHOT_SAFE = 1 << 5
IRQCHIP_EOI_THREADED = 1 << 6
IRQCHIP_SUPPORTS_LEVEL_MSI = 1 << 7
IRQCHIP_SUPPORTS_NMI = 1 << 8
IRQCHIP_ENABLE_WAKEUP_ON_SUSPEND = 1 << 9
IRQCHIP_AFFINITY_PRE_STARTUP = 1 << 10
IRQCHIP_IMMUTABLE = 1 << 11

#: What ``irq_set_type`` and ``irq_set_affinity`` answer: the core notes it, it is noted already, or stacked chips stop here.
IRQ_SET_MASK_OK, IRQ_SET_MASK_OK_NOCOPY, IRQ_SET_MASK_OK_DONE = 0, 1, 2

#: ``enum irqchip_irq_state``.
IRQCHIP_STATE_PENDING, IRQCHIP_STATE_ACTIVE, IRQCHIP_STATE_MASKED, IRQCHIP_STATE_LINE_LEVEL = (
    "pending",
    "active",
    "masked",
    "line-level",
)

# -- domains -----------------------------------------------------------------------------------------------------------

IRQ_DOMAIN_FLAG_HIERARCHY = 1 << 0
IRQ_DOMAIN_NAME_ALLOCATED = 1 << 1
IRQ_DOMAIN_FLAG_IPI_PER_CPU = 1 << 2
IRQ_DOMAIN_FLAG_IPI_SINGLE = 1 << 3
IRQ_DOMAIN_FLAG_MSI = 1 << 4
IRQ_DOMAIN_FLAG_ISOLATED_MSI = 1 << 5
IRQ_DOMAIN_FLAG_NO_MAP = 1 << 6
IRQ_DOMAIN_FLAG_MSI_PARENT = 1 << 8
IRQ_DOMAIN_FLAG_MSI_DEVICE = 1 << 9
#: Not in 6.1.
IRQ_DOMAIN_FLAG_DESTROY_GC = 1 << 10
IRQ_DOMAIN_FLAG_NONCORE = 1 << 16

#: ``enum irq_domain_bus_token``: the tokens that the core itself knows.
DOMAIN_BUS_ANY, DOMAIN_BUS_WIRED = 0, 1

#: ``hwirq_max`` of a domain without a limit (a tree).
HWIRQ_ANY = 0xFFFFFFFF
