"""Turns: who is at work, who waits, who goes first; and that no place is ever lost."""

from __future__ import annotations

import asyncio
import time

import pytest
from anyio import CapacityLimiter
from hypothesis import given
from hypothesis import strategies as st
from ldt_api import lanes
from ldt_api.lanes import Full, Lane

from ldt_graph.deadline import Deadline, Ended, go_on, unpaused, within
from tests.examples import examples


@pytest.fixture(autouse=True)
def short_slices(monkeypatch):
    monkeypatch.setattr(lanes, "SLICE", 0.01)


def working(seconds: float, deadline: Deadline, name: str = "", done: list | None = None):
    """Return work of so many seconds of the processor, that looks at the clock as a question does."""

    def work() -> str:
        with within(deadline):
            end = time.thread_time() + seconds
            while time.thread_time() < end:
                go_on()
        if done is not None:
            done.append(name)
        return name

    return work


def free(lane: Lane) -> int:
    assert lane._heap == []
    return lane._free


def test_a_short_question_passes_a_long_one_that_is_at_work():
    done: list[str] = []

    async def main() -> None:
        lane = Lane(1)
        runs = []
        for name, seconds in (("long", 0.12), ("second long", 0.12), ("short", 0.0)):
            deadline = Deadline(30)
            runs.append(asyncio.create_task(lane.run(working(seconds, deadline, name, done), deadline)))  # fmt: skip
            await asyncio.sleep(0.02)
        await asyncio.gather(*runs)
        assert free(lane) == 1

    asyncio.run(main())
    assert done == ["short", "long", "second long"]


def test_a_question_that_turns_out_to_be_dear_leaves_its_place_to_others():
    done: list[str] = []

    async def main() -> None:
        dear = Lane(1)
        quick = Lane(1, then=dear)
        first, second, third = Deadline(30), Deadline(30), Deadline(30)
        runs = [
            asyncio.create_task(quick.run(working(0.12, first, "first", done), first)),
            asyncio.create_task(quick.run(working(0.08, second, "second", done), second)),
            asyncio.create_task(quick.run(working(0.0, third, "third", done), third)),
        ]
        await asyncio.gather(*runs)
        assert (free(quick), free(dear)) == (1, 1)

    asyncio.run(main())
    assert done == ["third", "first", "second"]


def test_who_is_paused_ends_when_nobody_waits_for_it_any_more():
    async def main() -> None:
        dear = Lane(1)
        quick = Lane(1, then=dear)
        holding, leaving = Deadline(30), Deadline(30)
        held = asyncio.create_task(dear.run(working(0.2, holding), holding))
        await asyncio.sleep(0.01)
        paused = asyncio.create_task(quick.run(working(5, leaving), leaving))
        await asyncio.sleep(0.1)
        leaving.cancel()
        paused.cancel()
        begun = time.monotonic()
        with pytest.raises(asyncio.CancelledError):
            await paused
        await held
        assert time.monotonic() - begun < 3
        await asyncio.sleep(0.05)
        assert (free(quick), free(dear)) == (1, 1)

    asyncio.run(main())


def test_what_others_wait_for_is_not_paused():
    deadline, passed = Deadline(30), []
    deadline.every(0.001, lambda: passed.append(1))
    with within(deadline):
        with unpaused():
            working(0.02, deadline)()
        assert passed == []
        working(0.02, deadline)()
        assert passed
        deadline.cancel()
        with pytest.raises(Ended), unpaused():
            go_on()


def test_no_more_wait_than_may(monkeypatch):
    monkeypatch.setattr(lanes, "QUEUE", 2)

    async def main() -> None:
        lane, deadline = Lane(1), Deadline(30)
        runs = [asyncio.create_task(lane.run(working(0.04, deadline), deadline)) for _ in range(4)]
        done = await asyncio.gather(*runs, return_exceptions=True)
        assert [isinstance(d, Full) for d in done] == [False, False, False, True]
        assert free(lane) == 1

    asyncio.run(main())


WORKS = st.lists(
    st.tuples(st.floats(0, 0.02), st.floats(0, 0.03), st.sampled_from(["stay", "leave", "late"])),
    max_size=12,
)


@examples(100)
@given(WORKS)
def test_every_place_is_free_again_whatever_its_questions_did(works):
    """Law: work, lateness and leaving at any moment, paused or not, lose no place and leave nobody waiting."""

    async def one(lane: Lane, threads: CapacityLimiter, seconds: float, wait: float, how: str) -> None:  # fmt: skip
        deadline = Deadline(wait if how == "late" else 30)
        run = asyncio.create_task(lane.run(working(seconds, deadline), deadline, threads))
        if how == "leave":
            await asyncio.sleep(wait)
            deadline.cancel()
            run.cancel()
        await asyncio.gather(run, return_exceptions=True)

    async def main() -> None:
        dear = Lane(1)
        quick = Lane(2, then=dear)
        threads = CapacityLimiter(20)
        await asyncio.gather(*(one(dear if n % 3 == 2 else quick, threads, *w) for n, w in enumerate(works)))  # fmt: skip
        end = time.monotonic() + 5
        while threads.borrowed_tokens and time.monotonic() < end:
            await asyncio.sleep(0.002)
        await asyncio.sleep(0.002)
        assert (free(quick), free(dear)) == (2, 1)

    asyncio.run(main())
