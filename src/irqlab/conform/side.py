"""What both cores have in common: how a step is run, and how contexts take turns."""

from __future__ import annotations

from abc import abstractmethod

from irqlab.board import Board, parse
from irqlab.conform.script import Asleep, Handling, Op, Result, Script, Side, call, script, wake
from irqlab.conform.step import KINDS, Seen, Setup, Step
from irqlab.kernel.context import SPINS, Context, Cpu, cpu, push_hardirq, start, step
from irqlab.kernel.irq.resend import SOFTIRQ, push_softirq
from irqlab.kernel.kernel import Budget, Config, Kernel, System
from irqlab.kernel.release import Release
from irqlab.state import World, kernel

#: Two devices, one in the other: the controller is the inner one; and one that may supply both.
DTS = """/dts-v1/;
/ {
	interrupt-parent = <&gic>;
	gic: gic@0 { compatible = "arm,gic-v3"; interrupt-controller; #interrupt-cells = <3>; };
	d0: d0 {
		compatible = "irqlab,peripheral";
		interrupts = <0 20 4>;
		d1: d1 { compatible = "irqlab,peripheral"; interrupts = <0 21 4>; };
	};
	d2: d2 { compatible = "irqlab,peripheral"; interrupts = <0 22 4>; };
};
"""

#: The signals that are a WARN or a message of the kernel's log.
WARNINGS = ("warning", "unbalanced-enable", "pm-reference-underflow")

#: How many devices there are.
DEVICES = 3


class Bench(Side):
    """One core with the chip, the consumer and the devices on it."""

    name: str

    def __init__(self, release: Release) -> None:
        self.world = World()
        board = Board.of("conform", parse(DTS.encode(), "conform.dts"))
        config = Config(fw_devlink="off")
        self.k = Kernel(self.world, board.build(self.world), board, release, config, ())
        self.k.quiet = True
        self.world.new(System)
        self.world.new(Cpu)
        self.world.new(Budget, left=0)
        self.world.new(Script, side=self)
        #: What the last step signalled to rules.
        self.said: tuple[tuple[str, tuple[tuple[str, object], ...]], ...] = ()

    # -- what the cores do differently -------------------------------------------------------------------------

    @abstractmethod
    def see(self) -> list[tuple[str, str]]:
        """What the core believes."""

    @abstractmethod
    def thread(self, irq: int, user: int) -> Context | None:
        """The context in which the thread of a user takes its turn; None if it has nothing to do."""

    @abstractmethod
    def housekeeping(self) -> bool:
        """What goes on by itself and is no step: threads that begin and end; whether anything did."""

    @abstractmethod
    def softirq(self) -> bool:
        """Whether a software resend waits."""

    @abstractmethod
    def polls(self) -> bool:
        """Whether the timer that polls lines which were shut down is armed."""

    @abstractmethod
    def allocated(self) -> tuple[int, ...]:
        """How many of each of :data:`~irqlab.conform.step.KINDS` are allocated."""

    @abstractmethod
    def woken(self) -> bool:
        """Whether the system was woken since this was asked last."""

    # -- running -----------------------------------------------------------------------------------------------

    def go_on(self, context: Context) -> bool:
        """Lets a context go on until it ends or waits; whether it came anywhere: one that polls and goes on polling did not."""
        went = False
        while context.exists and step(self.k, context):
            if context.exists and context.waits_for.startswith(SPINS):
                break
            went = True
            if context.exists and context.waits_for:
                break
        return went

    def settle(self) -> None:
        """Everybody who can go on does, in the order of names, until nobody can."""
        again = True
        while again and not self.k.system.hung:
            again = self.housekeeping()
            for context in self.world.all(Context):
                if context.exists and context.name.startswith("task") and self.go_on(context):
                    again = True

    def run(self, one: Step) -> Seen:
        """Does a step."""
        self.world.begin()
        running = script(self.k)
        running.answers, running.handlers, running.journal = one.answers, one.handlers, ()
        name, args = one.op
        told = ""
        match one.how:
            case "task":
                if name == "dispose":
                    self._soft()  # 6.12 has the line in the list of the software resend still
                told = self._task(one.op)
            case "hardirq":
                self.go_on(push_hardirq(self.k, call, ("hardirq 0", one.op)))
                self.settle()
                told = self._result("hardirq 0")
            case "machine" if name == "wake":
                told = "woke" if wake(self.k, *args) else "nobody slept"
                self._turn(*args)
            case "machine" if name == "thread":
                self._turn(*args)
            case "machine":
                self._soft(name)
        self.settle()
        seen = self.seen(told)
        self.world.commit()
        return seen

    def handled(self, one: Step) -> tuple[Handling, ...]:
        """What handlers did in a step, which was the last."""
        return one.handlers[: len(one.handlers) - len(script(self.k).handlers)]

    def _soft(self, name: str = "softirq") -> None:
        """The softirq, if it was raised: the software resend, or the timer that polls."""
        if self.polls() if name == "poll" else self.softirq():
            self.go_on(push_softirq(self.k, poll if name == "poll" else soft))

    def _turn(self, irq: int, user: int) -> None:
        """The thread runs until it has nothing to do, or sleeps."""
        sleeper = self.world.at(Asleep, irq, user)
        while not sleeper.exists and (context := self.thread(irq, user)) is not None and self.go_on(context):
            pass

    def _task(self, op: Op) -> str:
        number = 0
        while self.world.at(Context, f"task {number}").exists:
            number += 1
        name = f"task {number}"
        self.go_on(start(self.k, name, call, (name, op)))
        self.settle()
        return self._result(name)

    def _result(self, name: str) -> str:
        result = self.world.at(Result, name)
        if not result.exists:
            return "waits"
        value = result.value
        self.world.drop(result)
        return str(value)

    def seen(self, told: str) -> Seen:
        """What can be seen now."""
        for result in self.world.all(Result):  # of calls that waited and have ended meanwhile
            told += f", {result.key[0]}: {result.value}"
            self.world.drop(result)
        waiting = [context.name for context in self.world.all(Context) if context.name.startswith("task")]
        journal = " ".join(f"{what}({line},{argument})" for what, line, argument in script(self.k).journal)
        warnings = sum(1 for kind, said in self.world.signals if kind in WARNINGS and not dict(said).get("silent"))
        facts = [("returns", told), ("calls", journal), ("waiting", " ".join(waiting)), ("hung", self._hung())]
        facts.append(("warnings", str(warnings)))
        facts.append(("wakeup", "reported" if self.woken() else ""))
        if not waiting and not self.stuck:  # a call under way has what is not seen yet
            held = zip(KINDS, self.allocated(), strict=True)
            facts.append(("memory", " ".join(f"{kind}={count}" for kind, count in held)))
        self.said = tuple(self.world.signals)
        return Seen((*facts, *self.see()))

    def _hung(self) -> str:
        """What the CPU hangs in: what it spins on has other names on either side."""
        hung = self.k.system.hung
        if not hung.startswith(SPINS):
            return hung
        return "spins on a lock" if " lock " in hung else "spins"

    @property
    def stuck(self) -> bool:
        """The core is hung or has crashed: nothing more can be asked of it."""
        return bool(self.k.system.hung) or cpu(self.world).stack != ()


@kernel
def soft(k: Kernel) -> None:
    """The softirq: an entry."""
    script(k).side.perform(k, ("softirq", ()))


@kernel
def poll(k: Kernel) -> None:
    """The softirq, of the timer that polls: an entry."""
    script(k).side.perform(k, ("poll", ()))


__all__ = ["DEVICES", "SOFTIRQ", "Bench", "Setup", "soft"]
