"""What is made of a graph once, and kept as long as the graph."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from ldt_graph.deadline import unpaused

if TYPE_CHECKING:
    from collections.abc import Callable

    from ldt_graph.graph import Graph

T = TypeVar("T")

_kept: WeakKeyDictionary[Graph, _Kept] = WeakKeyDictionary()
_lock = threading.Lock()


class _Kept:
    def __init__(self) -> None:
        self.lock = threading.RLock()  # what is made may be made of something that is kept too
        self.made: dict[Any, Any] = {}


def once(graph: Graph, make: Callable[[Graph], T]) -> T:
    """Return `make(graph)`, computed at the first call; others who ask meanwhile wait for it.

    The graph is only pointed at weakly: what is kept goes when it goes, and must not hold it.
    """
    with _lock:
        kept = _kept.setdefault(graph, _Kept())
    with unpaused(), kept.lock:
        if make not in kept.made:
            kept.made[make] = make(graph)
        return kept.made[make]
