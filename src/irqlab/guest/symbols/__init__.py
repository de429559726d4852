"""Kernel functions exported to compiled drivers: one module a subsystem, named as the kernel names it.

Importing this package imports every module in it, and so fills :data:`irqlab.guest.exports.EXPORTS`.
"""

from __future__ import annotations

import importlib
import pkgutil

#: The modules, by name: the order in which they are imported decides nothing but which of several prototypes is tried first.
MODULES = tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))

for _name in MODULES:
    importlib.import_module(f"{__name__}.{_name}")

__all__ = ["MODULES"]
