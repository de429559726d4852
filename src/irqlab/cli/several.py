"""Several setups explored for one answer: bounds, progress and guards around them, as ``check`` has them around one."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from irqlab.cli.check import cut_short
from irqlab.cli.child import Request
from irqlab.cli.guard import Watchdog, guarded
from irqlab.cli.memory import three_quarters
from irqlab.cli.progress import Progress
from irqlab.explore.check import Checked, Measure, Setup, check_each
from irqlab.explore.search import Bounds, Search


class Explorer:
    """Explores what it is given (an :data:`irqlab.verdict.compare.Explore`).

    :ivar title: what is going on, for a terminal.
    """

    def __init__(self, args: argparse.Namespace, watchdog: Watchdog, progress: Progress, request: Request | None = None) -> None:
        self.title = ""
        self._memo, self._watchdog, self._progress = args.memo, watchdog, progress
        self._bounds = Bounds(args.max_states, args.max_seconds, args.max_depth, args.max_memory or three_quarters())
        self._cut, self._why = (request.states, request.why) if request is not None else (0, "")
        if self._cut:
            self._bounds = replace(self._bounds, states=self._cut)

    def __call__(self, setups: Sequence[Setup], measure: Measure | None) -> list[Checked]:
        first = setups[0]
        compiled = any(setup.origin is not None for setup in setups)

        def beginning(search: Search, output: str, several: int) -> None:
            result = search.result
            self._watchdog.moves = lambda: (
                object() if result.expanded else (result.segments, result.successors, len(result.graph.first))
            )

        self._progress.begin(self.title or first.driver.name)
        results = check_each(
            setups,
            self._bounds,
            memo=self._memo,
            progress=self._progress.tell,
            beginning=beginning,
            around=partial(guarded, first.driver.name, first.driver_file, compiled=compiled),
            jobs=1 if compiled else None,
            measure=measure,
        )
        return [cut_short(checked, self._cut, self._why) for checked in results] if self._cut else results
