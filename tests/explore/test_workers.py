"""Tasks side by side give what they give one after the other, and whatever happens to a worker is told."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from setups import SMALL

from irqlab.board import load
from irqlab.cli.guard import guarded
from irqlab.drivers import controller
from irqlab.errors import DriverError, InputError, IrqlabError, WorkerError
from irqlab.explore.check import Setup, check
from irqlab.explore.search import Bounds, Progress, Search
from irqlab.explore.workers import Task, run, usable
from irqlab.kernel.device import Driver
from irqlab.kernel.kernel import Config
from irqlab.kernel.release import release
from irqlab.state import kernel

JOBS = pytest.mark.parametrize("jobs", [1, 2, 3])


class Signpost:
    """Lets a task wait until another has come somewhere."""

    def __init__(self) -> None:
        self.reads, self.writes = os.pipe()

    def wait(self) -> None:
        os.read(self.reads, 1)

    def reached(self) -> None:
        os.write(self.writes, b"!")


def task(function: Callable[[Progress | None], Any]) -> Task[Any]:
    return Task(f"task {function.__name__}", function)


def constant(value: object, progress: Progress | None) -> object:
    return value


# -- results -----------------------------------------------------------------------------------------------------


@JOBS
def test_results_come_in_the_order_of_the_tasks(jobs: int) -> None:
    assert run([Task("one", partial(constant, number)) for number in range(5)], jobs) == [0, 1, 2, 3, 4]


def test_the_order_in_which_tasks_end_does_not_matter() -> None:
    post = Signpost()

    def slow(progress: Progress | None) -> str:
        post.wait()
        return "slow"

    def quick(progress: Progress | None) -> str:
        post.reached()
        return "quick"

    assert run([task(slow), task(quick)], 2) == ["slow", "quick"]


def test_one_task_or_one_job_needs_no_other_process() -> None:
    here = os.getpid()
    assert run([Task("me", lambda progress: os.getpid())], 2) == [here]
    assert run([Task("me", lambda progress: os.getpid())] * 2, 1) == [here, here]
    assert here not in run([Task("me", lambda progress: os.getpid())] * 2, 2)


@JOBS
def test_after_the_last_result_no_further_task_is_begun(jobs: int) -> None:
    results = run([Task("one", partial(constant, number)) for number in range(9)], jobs, last=lambda result: result == 1)
    assert results[:2] == [0, 1]
    assert len(results) <= 1 + jobs


def test_there_is_a_processor_to_run_on() -> None:
    assert usable() >= 1


# -- what goes wrong ---------------------------------------------------------------------------------------------


def fails(progress: Progress | None) -> None:
    raise InputError("as it is")


@JOBS
def test_an_error_of_a_task_is_the_error(jobs: int) -> None:
    with pytest.raises(InputError, match="^as it is$"):
        run([task(fails), Task("another", partial(constant, 1))], jobs)


def test_an_unforeseen_error_says_where_in_the_worker_it_was_raised() -> None:
    def breaks(progress: Progress | None) -> float:
        return 1 / 0

    with pytest.raises(ZeroDivisionError) as caught:
        run([task(breaks), task(fails)], 2)
    (note,) = caught.value.__notes__
    assert note.startswith("in a worker:\nTraceback") and "in breaks" in note


def test_what_cannot_travel_is_an_error_and_no_silence() -> None:
    lock = threading.Lock()

    def raises(progress: Progress | None) -> None:
        raise ValueError(lock)

    with pytest.raises(TypeError, match="cannot pickle"):
        run([Task("lock", partial(constant, lock)), task(fails)], 2)
    with pytest.raises(IrqlabError, match="^task raises: ValueError: <unlocked"):
        run([task(raises), task(fails)], 2)


def test_of_several_errors_the_first_task_s_is_told_whichever_comes_first() -> None:
    post = Signpost()

    def late(progress: Progress | None) -> None:
        post.wait()
        raise InputError("late")

    def early(progress: Progress | None) -> None:
        try:
            raise InputError("early")
        finally:
            post.reached()

    with pytest.raises(InputError, match="late"):
        run([task(late), task(early)], 2)


def test_what_comes_after_a_task_that_failed_is_not_waited_for() -> None:
    post = Signpost()

    def for_ever(progress: Progress | None) -> None:
        post.reached()
        signal.pause()

    def waits_and_fails(progress: Progress | None) -> None:
        post.wait()
        raise InputError("done for")

    with pytest.raises(InputError, match="done for"):
        run([task(waits_and_fails), task(for_ever), task(for_ever)], 2)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)  # nobody is left


def test_a_killed_worker_is_one_clear_line() -> None:
    def is_killed(progress: Progress | None) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def gives_up(progress: Progress | None) -> None:
        os._exit(3)

    with pytest.raises(WorkerError) as caught:
        run([task(is_killed), Task("another", partial(constant, 1))], 2)
    assert str(caught.value) == "task is_killed was killed by signal 9 (Killed): if memory ran out, give a smaller --max-memory"
    with pytest.raises(WorkerError, match="^task gives_up ended with status 3 before it was done: run it again$"):
        run([Task("another", partial(constant, 1)), task(gives_up)], 2)


# -- on the way ----------------------------------------------------------------------------------------------------


def reports(progress: Progress | None) -> str:
    """Tells how far it is until it is asked to stop."""
    assert progress is not None
    try:
        for number in range(10**9):
            progress(100 + number, 10, 3)
    except KeyboardInterrupt:
        return "stopped"
    return "ended"


@JOBS
def test_progress_is_told_and_stops_all_that_run(jobs: int) -> None:
    told: list[tuple[int, int, int]] = []

    def progress(states: int, waiting: int, depth: int) -> None:
        told.append((states, waiting, depth))
        if states >= 100 * jobs + 1000:
            raise KeyboardInterrupt

    results = run([task(reports)] * 3, jobs, progress, last=lambda result: result == "stopped")
    assert results == ["stopped"] * jobs
    assert {one[1:] for one in told} <= {(10 * running, 3 if running else 0) for running in range(jobs + 1)}


def test_a_worker_does_not_hear_ctrl_c() -> None:
    def is_interrupted(progress: Progress | None) -> str:
        os.kill(os.getpid(), signal.SIGINT)
        return "not disturbed"

    assert run([task(is_interrupted)] * 2, 2) == ["not disturbed"] * 2


def test_the_interval_timer_runs_in_the_workers_while_the_parent_waits() -> None:
    previous = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    try:
        signal.setitimer(signal.ITIMER_REAL, 5, 7)
        timers = run([Task("timer", lambda progress: signal.getitimer(signal.ITIMER_REAL)[1])] * 2, 2)
        assert timers == [7.0, 7.0]
        assert signal.getitimer(signal.ITIMER_REAL)[1] == 7.0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


# -- checks ----------------------------------------------------------------------------------------------------------


def setup(driver: str = "irqsteer@unlinked-2020") -> Setup:
    return Setup(controller(driver), release("6.1"), Config(), load("irqsteer"), SMALL)


def test_possibilities_explored_side_by_side_are_told_as_one_after_the_other() -> None:
    what = setup()
    alone, together = (check(what, memo=True, jobs=jobs) for jobs in (1, 2))
    assert len(alone.runs) == 3 and alone.broken
    assert together == alone
    assert [told.breach.facts for told in together.told] == [told.breach.facts for told in alone.told]


def test_a_finding_is_told_where_it_is_reached_soonest_and_names_where_it_was_seen() -> None:
    what = setup()
    together = check(what, memo=True, jobs=2)
    alone = {output: check(replace(what, output=output), memo=True) for output in what.outputs()}
    for told in together.told:
        same = {output: other for output, one in alone.items() for other in one.told if other.breach.key == told.breach.key}
        soonest = min(other.finding.depth for other in same.values())
        assert told.output == next(output for output, other in same.items() if other.finding.depth == soonest)
        assert told.finding == same[told.output].finding
        assert told.under == (() if len(same) == 3 else tuple(same))


@pytest.mark.parametrize(("jobs", "seconds", "memory"), [(1, 4.0, 3000), (2, 6.0, 1500), (3, 12.0, 1000)])
def test_those_at_the_same_time_share_the_memory_and_those_in_turn_the_time(jobs: int, seconds: float, memory: int) -> None:
    def beginning(search: Search, output: str, several: int) -> None:
        raise InputError(f"{search.bounds.seconds} s, {search.bounds.memory} MiB")

    with pytest.raises(InputError, match=f"^{seconds} s, {memory} MiB$"):
        check(setup(), Bounds(seconds=12.0, memory=3000), jobs=jobs, beginning=beginning)


def test_a_bound_that_is_reached_is_told_as_it_was_given() -> None:
    bounds = Bounds(states=500, seconds=3600.0, memory=3000)
    checked = check(setup(), bounds, memo=True, jobs=1)
    assert all(run.states >= 500 for run in checked.runs)
    assert all(run.stopped.startswith("--max-states 500 reached after ") for run in checked.runs)
    for jobs in (1, 2, 3):
        for given in (Bounds(memory=1), Bounds(seconds=-3)):
            said = "--max-memory 1 MiB" if given.memory else "--max-seconds -3"
            stopped = [run.stopped for run in check(setup(), given, jobs=jobs).runs]
            assert stopped == [f"{said} reached after 0 of 1 states were expanded, at depth 0"] * 3


@JOBS
def test_an_interrupted_check_tells_what_it_has(jobs: int) -> None:
    def progress(states: int, waiting: int, depth: int) -> None:
        if states > 1000:
            raise KeyboardInterrupt

    runs = check(setup(), memo=True, progress=progress, jobs=jobs).runs
    assert [run.output for run in runs] == ["low", "held", "follows"][:jobs]
    assert any(run.stopped.startswith("interrupted by the user after ") for run in runs)


@kernel
def _probe(k: Any, pdev: Any) -> int:
    raise RuntimeError("no")


BROKEN = Driver("mine", compatible=("fsl,imx-irqsteer",), probe=_probe)


@JOBS
def test_what_stands_around_a_driver_stands_around_it_in_the_worker(jobs: int) -> None:
    def around() -> AbstractContextManager[None]:
        return guarded("mine")

    broken = replace(setup(), driver=BROKEN)
    with pytest.raises(DriverError, match=r"driver 'mine' raised RuntimeError: no"):
        check(broken, jobs=jobs, around=around)
    with pytest.raises(RuntimeError, match="^no"):
        check(broken, jobs=jobs, around=nullcontext)
