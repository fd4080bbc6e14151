"""Follow and swap, over a store that does what a test tells it."""

from __future__ import annotations

import threading
import time

import duckdb
import pytest
from ldt_api.following import Following

from ldt_graph.errors import NoSuchVersion, RecordError, ServerError, Unavailable
from ldt_graph.model import Version
from ldt_graph.testing import graph_of


class Told:
    """A store that holds what it is told to, fails when it is told to, and counts what is asked of it."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = list(numbers)
        self.fault: Exception | None = None
        self.opened: list[int] = []
        self.closed = False
        self.wait = threading.Event()
        self.wait.set()

    def _asked(self) -> None:
        if self.fault is not None:
            raise self.fault

    def mark(self):
        self._asked()
        if not self.numbers:
            raise RecordError("There is no record.", hint="Build one.")
        return self.numbers[-1]

    def versions(self):
        self._asked()
        return [Version(n, f"2026-01-0{n + 1}T00:00:00Z", 1, ()) for n in self.numbers]

    def open(self, version=None):
        self._asked()
        number = version.number if version else self.numbers[-1]
        self.opened.append(number)
        self.wait.wait(5)
        graph = graph_of("<a> a ldt:Pump .")
        graph._version = Version(number, "", 1, ())
        return graph

    def datasets(self, version):
        return []

    def violations(self, version, where, *, first=None, after=None):
        raise NotImplementedError

    def violation_groups(self, version, where, by):
        raise NotImplementedError

    def close(self):
        self.closed = True


@pytest.fixture
def follow():
    started = []

    def start(store, **options):
        following = Following(store, poll=0.01, **options)
        following.start()
        started.append(following)
        return following

    yield start
    for following in started:
        following.stop()


def until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    assert condition()


def test_a_newer_version_is_swapped_in_and_whoever_has_the_old_one_keeps_it(follow):
    store = Told(0)
    following = follow(store)
    before = following.graph()
    store.numbers.append(1)
    until(lambda: following.graph().version.number == 1)
    assert before.version.number == 0
    assert store.opened == [0, 1]


@pytest.mark.parametrize(
    "fault",
    [
        RecordError("torn"),
        ServerError("no"),
        Unavailable("gone"),
        duckdb.IOException("no such file"),
        OSError(5, "I/O"),
        ValueError("odd"),
        MemoryError("full"),
    ],
)
def test_a_store_that_fails_is_survived_and_told_and_found_again(follow, fault, caplog):
    store = Told(0)
    following = follow(store)
    store.fault = fault
    until(lambda: following.fault is fault)
    time.sleep(0.05)
    assert sum(str(fault) in r.message for r in caplog.records) == 1
    assert following.ready() == (not isinstance(fault, Unavailable))
    if following.ready():
        assert following.graph().version.number == 0
    else:
        with pytest.raises(Unavailable):
            following.graph()
    store.fault = None
    store.numbers.append(1)
    until(lambda: following.ready() and following.graph().version.number == 1)
    assert following.fault is None


def test_a_store_without_a_version_is_not_ready_until_it_has_one(follow):
    store = Told()
    following = follow(store)
    assert not following.ready()
    with pytest.raises(Unavailable, match="No version can be asked yet: There is no record"):
        following.graph()
    store.numbers.append(0)
    until(following.ready)
    assert following.graph().version.number == 0


def test_older_versions_are_kept_so_many_at_a_time(follow):
    store = Told(0, 1, 2, 3)
    following = follow(store, keep=2)
    for number in (0, 1, 0, 2, 0):
        assert following.graph(str(number)).version.number == number
    assert store.opened == [3, 0, 1, 2]
    assert following.graph("1").version.number == 1
    assert following.graph("2026-01-03T12:00:00Z").version.number == 2
    assert store.opened == [3, 0, 1, 2, 1, 2]
    assert following.graph("3") is following.graph()
    with pytest.raises(NoSuchVersion):
        following.graph("9")


def test_a_version_in_memory_is_answered_while_another_is_loaded(follow):
    store = Told(0, 1, 2)
    following = follow(store)
    known = following.graph("0")
    store.wait.clear()
    slow = threading.Thread(target=following.graph, args=("1",))
    slow.start()
    until(lambda: store.opened[-1] == 1)
    assert following.graph("0") is known
    assert following.graph().version.number == 2
    store.wait.set()
    slow.join()


def test_a_slow_look_never_replaces_what_a_later_one_found(follow):
    store = Told(0)
    following = follow(store)
    store.wait.clear()
    store.numbers.append(1)
    until(lambda: store.opened == [0, 1])  # the thread is on its way with version 1
    store.numbers.append(2)
    newer = threading.Thread(target=following.renew)
    newer.start()
    until(lambda: 2 in store.opened)
    store.wait.set()
    newer.join()
    until(lambda: following.graph().version.number == 2)
    time.sleep(0.05)
    assert following.graph().version.number == 2


def test_the_store_is_closed_at_the_end():
    store = Told(0)
    following = Following(store, poll=0.01)
    following.start()
    following.stop()
    assert store.closed
