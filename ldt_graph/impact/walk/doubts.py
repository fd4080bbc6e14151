"""What the build could not use, said in the answers that it touches: groups that can't hold, relations that were set aside."""

from __future__ import annotations

from collections import deque
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.impact.structure.network import working
from ldt_graph.impact.structure.rows import rows
from ldt_graph.impact.structure.shares import WHOLE, say_share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ldt_graph.graph.columns import Ints
    from ldt_graph.impact.structure.network import Network
    from ldt_graph.impact.walk.undisturbed import Undisturbed

_MOST = 3
_FAR = 10_000
"""Assets that are looked at to say why one was off; the nearest first."""


class Doubts:
    """The doubts of one network; immutable, shared between questions."""

    def __init__(self, before: Undisturbed) -> None:
        self._before = before
        self._network: Network = before.network

    @cached_property
    def notes(self) -> list[str]:
        """What holds of every answer, in sentences."""
        notes = [
            f"{text}: what requires it is off from the start." for text in self._short.values()
        ]
        if len(notes) > _MOST:
            notes[_MOST:] = [f"So it is with {len(notes) - _MOST} groups more."]
        if gaps := self._gaps:
            told = "; ".join(f"of {self._called(v)}: {some(gaps[v])}" for v in islice(gaps, _MOST))
            more = "" if len(gaps) <= _MOST else "; and so on"
            notes.append(
                f"The build set aside something of {len(gaps):,} {'entity' if len(gaps) == 1 else 'entities'} that "
                f"impact would read; {told}{more}. `ldt violations` says why."
            )
        return notes

    def of_holding(self, vertex: int) -> str | None:
        """Say what the build set aside of a vertex that holds, or of what it hangs on: with it, it might have failed."""
        if not self._gaps:
            return None
        for behind in islice(_nearest(vertex, self._needed), _FAR):
            if behind in self._gaps:
                of = "it" if behind == vertex else f"{self._called(behind)}, which it hangs on,"
                return f"Of {of} the build set aside: {some(self._gaps[behind])}."
        return None

    def _needed(self, vertex: int) -> Iterator[int]:
        gates, (start, owned) = self._network.gates, self._owned
        for gate in owned[start[vertex] : start[vertex + 1]].tolist():
            yield from gates.members(gate).tolist()
        for joints in self._before.judged:
            yield from joints.into[
                joints.into_start[vertex] : joints.into_start[vertex + 1]
            ].tolist()

    def of_seed(self, vertex: int) -> str | None:
        """Say why a seed was off already: what the build set aside, a group that can't hold, what is out of service."""
        if self._before.on[vertex]:
            return None
        called, off = self._called(vertex), list[int]()
        for behind in islice(self._behind(vertex), _FAR):
            if behind in self._short:
                return f"{called} was off already: {self._short[behind]}."
            if behind in self._gaps and self._can_stop(behind):
                of = "it" if behind == vertex else self._called(behind)
                told = some(self._gaps[behind])
                return f"{called} was off already; of {of} the build set aside: {told}."
            if self._network.columns.off[behind]:
                off.append(behind)
        if not off:
            return f"{called} was off already: no source reaches it, nor what it hangs on."
        told = "it" if off[0] == vertex else f"{self._called(off[0])}, which it hangs on,"
        return f"{called} was off already: {told} is open or out of service."

    def _behind(self, vertex: int) -> Iterator[int]:
        """Yield what is off and may be why a vertex is: by the gates that it lacks and the joints that lead to it."""
        off = self._network.columns.off
        yield from _nearest(vertex, lambda v: () if off[v] else self._feeders(v))

    def _can_stop(self, vertex: int) -> bool:
        """Whether a relation that a vertex lacks may stop something: a member of a group, or a joint; a dependency never."""
        return vertex in self._network.gates.group or any(
            j.member[vertex] for j in self._before.judged
        )

    def _feeders(self, vertex: int) -> Iterator[int]:
        gates, on = self._network.gates, self._before.on
        start, owned = self._owned
        for gate in owned[start[vertex] : start[vertex + 1]].tolist():
            members = gates.members(gate)
            if int(gates.weights(gate)[on[members]].sum()) < gates.required[gate]:
                if gates.group[gate] >= 0:
                    yield int(gates.group[gate])
                yield from members[~on[members]].tolist()
        for joints in self._before.judged:
            feeders = joints.into[joints.into_start[vertex] : joints.into_start[vertex + 1]]
            yield from feeders[~on[feeders]].tolist()

    @cached_property
    def _owned(self) -> tuple[Ints, Ints]:
        """Rows of the gates that a vertex has."""
        return rows(self._network.gates.owner, self._network.size)

    @cached_property
    def _short(self) -> dict[int, str]:
        """The groups that ask for more than they have, of members or of their shares, by vertex."""
        gates = self._network.gates
        every = np.ones(self._network.size, dtype=bool)
        has = working(self._network, np.arange(len(gates.owner)), every)
        found = np.nonzero((gates.group >= 0) & (gates.required > has))[0]
        order = found[np.argsort(gates.group[found], kind="stable")].tolist()
        return {int(gates.group[g]): self._lack(g, int(has[g])) for g in order}

    def _lack(self, gate: int, has: int) -> str:
        gates = self._network.gates
        name, required = self._called(int(gates.group[gate])), int(gates.required[gate])
        if not gates.shared[gate]:
            return f"Group {name} needs {required} members and has {has}"
        asked, held = (say_share(x / WHOLE) for x in (required, has))
        return f"Group {name} needs {asked} and the shares of its members come to {held}"

    @cached_property
    def _gaps(self) -> dict[int, list[str]]:
        gaps: dict[int, list[str]] = {}
        for vertex, relation in self._network.columns.gaps:
            gaps.setdefault(vertex, []).append(relation)
        return gaps

    def _called(self, vertex: int) -> str:
        c = self._network.columns
        return c.names[vertex] or c.identifiers[vertex] or c.iris[vertex]


def _nearest(vertex: int, feeders: Callable[[int], Iterable[int]]) -> Iterator[int]:
    """Yield a vertex and what feeds it, the nearest first."""
    seen, todo = {vertex}, deque([vertex])
    while todo:
        vertex = todo.popleft()
        yield vertex
        fresh = dict.fromkeys(v for v in feeders(vertex) if v not in seen)
        seen.update(fresh)
        todo += fresh


def some(texts: list[str], most: int = _MOST) -> str:
    """Name the first few of many."""
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more
