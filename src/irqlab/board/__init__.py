"""Boards: what is soldered.  Device tree → nodes → parts and wires → a machine.  It knows nothing of Linux."""

from irqlab.board.board import Board
from irqlab.board.devicetree import parse, read
from irqlab.board.library import load, names
from irqlab.board.node import Node
from irqlab.board.parts import Clock, Domain, Part, Reset

__all__ = ["Board", "Clock", "Domain", "Node", "Part", "Reset", "load", "names", "parse", "read"]
