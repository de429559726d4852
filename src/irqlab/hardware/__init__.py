"""The hardware of a board: clocks, power, resets, register blocks and interrupt lines.  It knows nothing of Linux.

Every public function that a kernel context may call is :func:`~irqlab.state.atomic`: hardware has no schedule points.
"""

from irqlab.hardware.block import Block, Held, OnDead, OutputWhenGated, Supplies
from irqlab.hardware.clock import ClockGate
from irqlab.hardware.expander import Expander
from irqlab.hardware.gic import SPURIOUS, EdgeInput, Gic, Spi
from irqlab.hardware.gpio import GpioBank, MaskedEdges, Seen
from irqlab.hardware.intmux import Intmux
from irqlab.hardware.irqsteer import Irqsteer
from irqlab.hardware.machine import Bus, Machine
from irqlab.hardware.peripheral import Event, Peripheral
from irqlab.hardware.power import PowerDomain
from irqlab.hardware.regfile import RegisterFile
from irqlab.hardware.reset import ResetLine
from irqlab.hardware.words import Register, Words, Written

__all__ = [
    "SPURIOUS",
    "Block",
    "Bus",
    "ClockGate",
    "EdgeInput",
    "Event",
    "Expander",
    "Gic",
    "GpioBank",
    "Held",
    "Intmux",
    "Irqsteer",
    "Machine",
    "MaskedEdges",
    "OnDead",
    "OutputWhenGated",
    "Peripheral",
    "PowerDomain",
    "Register",
    "RegisterFile",
    "ResetLine",
    "Seen",
    "Spi",
    "Supplies",
    "Words",
    "Written",
]
