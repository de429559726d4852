"""Both cores, the same orders: the kernel in Python held against the tree's own ``kernel/irq`` and runtime PM.

* ``chip.c`` is the chip and the consumer on the tree's core, ``devices.c`` the devices, :mod:`~irqlab.conform.real` runs them
  in a guest; :mod:`~irqlab.conform.model` is the same on the Python kernel, with :mod:`~irqlab.conform.chips` and
  :mod:`~irqlab.conform.devices`.
* :mod:`~irqlab.conform.step` says what one step is, :mod:`~irqlab.conform.script` what callbacks and handlers do in it.
* :mod:`~irqlab.conform.orders` makes random orders, :mod:`~irqlab.conform.compare` runs them on both, and
  :mod:`~irqlab.conform.shrink` makes one in which they differ short.
"""
