"""``include/uapi/asm-generic/errno.h``: what kernel functions return negated when they fail."""

from __future__ import annotations

EPERM = 1
ENOENT = 2
EIO = 5
ENXIO = 6
EAGAIN = 11
ENOMEM = 12
EACCES = 13
EFAULT = 14
EBUSY = 16
EEXIST = 17
ENODEV = 19
EINVAL = 22
ENOSPC = 28
ENOSYS = 38
ENODATA = 61
EOVERFLOW = 75
EILSEQ = 84
EOPNOTSUPP = 95
ENOTCONN = 107
ESHUTDOWN = 108
ETIMEDOUT = 110
EINPROGRESS = 115
#: ``include/linux/errno.h``: the driver wants to be probed again later.
EPROBE_DEFER = 517
ENOTSUPP = 524

_NAMES = {value: name for name, value in sorted(globals().items()) if name.startswith("E") and isinstance(value, int)}


def errno_name(code: int) -> str:
    """``-13`` → ``-EACCES``; a number without a name stays a number."""
    name = _NAMES.get(abs(code))
    return str(code) if name is None else f"-{name}" if code < 0 else name
