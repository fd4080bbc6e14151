"""Columns that go on where others end; the others are shared, and copied only if a whole column is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, TypeVar, overload

import numpy as np

if TYPE_CHECKING:
    from ldt_graph.graph.columns import Ints, NetworkColumns

T = TypeVar("T")


class Longer(Sequence[T]):
    """A sequence, and what comes after it."""

    def __init__(self, first: Sequence[T], more: Sequence[T]) -> None:
        self._first, self._more = first, tuple(more)

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[T]: ...
    def __getitem__(self, at: int | slice) -> T | Sequence[T]:
        """Return what stands at a position."""
        if isinstance(at, slice):
            return [*self][at]
        at = at + len(self) if at < 0 else at
        return self._first[at] if at < len(self._first) else self._more[at - len(self._first)]

    def __len__(self) -> int:
        return len(self._first) + len(self._more)

    def __iter__(self) -> Iterator[T]:
        return chain(self._first, self._more)


class Statements(Mapping[str, "Ints"]):
    """The columns of a network's statements, and more at their end.

    Attributes:
        first: The columns that are gone on with.
        more: What comes after them, by the same names.
    """

    def __init__(self, first: Mapping[str, Ints], more: Mapping[str, Ints]) -> None:
        self.first, self.more = first, dict(more)
        self._whole: dict[str, Ints] = {}

    def __getitem__(self, name: str) -> Ints:
        if name not in self._whole:
            self._whole[name] = np.concatenate([self.first[name], self.more[name]])
        return self._whole[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.first)

    def __len__(self) -> int:
        return len(self.first)


def shifted(start: Ints, at: Ints, by: Ints) -> Ints:
    """Return starts of sparse rows, each behind rows that are longer or shorter now: rows `at`, sorted, each once, `by` so many."""
    if not len(at):
        return start
    made = start.copy()
    until = [*(at[1:] + 1).tolist(), len(start)]
    for low, high, more in zip((at + 1).tolist(), until, np.cumsum(by).tolist(), strict=True):
        made[low:high] += more
    return made


def statements(columns: NetworkColumns) -> int:
    """Return how many statements there are."""
    edges = columns.edges
    if isinstance(edges, Statements):
        return len(edges.first["subject"]) + len(edges.more["subject"])
    return len(edges["subject"])


def chosen(
    columns: NetworkColumns, which: Ints, names: Sequence[str] | None = None
) -> dict[str, Ints]:
    """Return some of the statements, as columns: all of them, or those of these names."""
    edges = columns.edges
    names = [*edges] if names is None else names
    if not isinstance(edges, Statements):
        return {name: edges[name][which] for name in names}
    size = len(edges.first["subject"])
    known, fresh = which[which < size], which[which >= size] - size
    place = np.argsort(np.concatenate([np.nonzero(p)[0] for p in (which < size, which >= size)]))
    return {
        name: np.concatenate([edges.first[name][known], edges.more[name][fresh]])[place]
        for name in names
    }


def said(columns: NetworkColumns, name: str, edge: int) -> int:
    """Return what one column says of one statement."""
    edges = columns.edges
    if not isinstance(edges, Statements):
        return int(edges[name][edge])
    size = len(edges.first[name])
    return int(edges.first[name][edge] if edge < size else edges.more[name][edge - size])


def about(columns: NetworkColumns, subject: int) -> Ints:
    """Return the statements of a subject, in order."""
    edges = columns.edges
    if not isinstance(edges, Statements):
        return np.nonzero(edges["subject"] == subject)[0]
    size = len(edges.first["subject"])
    found = [np.nonzero(part["subject"] == subject)[0] for part in (edges.first, edges.more)]
    return np.concatenate([found[0], found[1] + size])


def stating(
    columns: NetworkColumns, new: Sequence[tuple[int, str, int]], source: str
) -> NetworkColumns:
    """Return columns with statements (subject, relation, object) at their end, which a source is named for."""
    if not new:
        return columns
    predicates = list(columns.predicates)
    predicates += sorted({p for _, p, _ in new} - set(predicates))
    number = {p: i for i, p in enumerate(predicates)}
    fresh = {
        "subject": [s for s, _, _ in new],
        "object": [o for _, _, o in new],
        "predicate": [number[p] for _, p, _ in new],
        "inferred": [0] * len(new),
        "source": [len(columns.texts)] * len(new),
    }
    old, texts = columns.edges, [*columns.texts, source]
    names = [*old]
    more = {k: np.array(fresh.get(k, [-1] * len(new)), dtype=np.int64) for k in names}
    if isinstance(old, Statements):  # what was gone on with stays shared
        more = {k: np.append(old.more[k], more[k]) for k in names}
        old = old.first
    return replace(columns, edges=Statements(old, more), predicates=predicates, texts=texts)
