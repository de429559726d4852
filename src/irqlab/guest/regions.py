"""Which region of the mirrored memory is whose (see :mod:`irqlab.guest.mirror`)."""

from __future__ import annotations

DESC, DOMAIN, DEVICE, NODE, RESOURCE, HANDLE, CHIP, PARENT, CPUMASK, PROPERTY, CLAIMED, ABSENT, LINK = range(13)
