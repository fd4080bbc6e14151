"""How far a verdict looks: the statements that a shape reads, by their distance from the focus node."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from ldt_graph.namespaces import RDF_TYPE, SH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ldt_graph.validate.graph import ShapesGraph, Term

_PAIRS = (SH.equals, SH.disjoint, SH.lessThan, SH.lessThanOrEquals)
_REPEATED = (SH.zeroOrMorePath, SH.oneOrMorePath)


class Step(NamedTuple):
    """Statements with a predicate (None: any) from a node, or to it."""

    predicate: str | None
    inverse: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """Nodes at one distance from a focus node.

    Attributes:
        steps: What leads here from the level before.
        reads: What is read of the nodes here.
    """

    steps: frozenset[Step]
    reads: frozenset[Step]


@dataclass(frozen=True, slots=True)
class Reach:
    """What a verdict may depend on; more is harmless, less is not.

    Where a change is outside of this, the verdict is what it was; and what is inside of this is all that the
    engine needs to know for it.

    Attributes:
        levels: By distance; the first is the focus node itself.
        targets: What makes a node a focus node.
        bounded: Whether the levels are all; else a path repeats, and its predicates are read wherever they are.
        queried: Whether a SPARQL query reads what it likes.
    """

    levels: tuple[Level, ...]
    targets: frozenset[Step] = frozenset()
    bounded: bool = True
    queried: bool = False

    @classmethod
    def of(cls, graph: ShapesGraph, shape: Term, components: frozenset[str]) -> Reach:
        """Return how far a shape with targets looks; `components` are the parameters of components by query."""
        reader = _Reader(graph, components)
        reader.shape(shape, 0)
        levels = tuple(Level(frozenset(s), frozenset(r)) for s, r in reader.levels)
        return cls(levels, frozenset(_targets(graph, shape)), reader.bounded, reader.queried)

    @classmethod
    def union(cls, all_of: Iterable[Reach]) -> Reach:
        """Return what several look at together."""
        held = list(all_of)
        depth = max((len(r.levels) for r in held), default=0)
        at = [[r.levels[n] for r in held if n < len(r.levels)] for n in range(depth)]
        return cls(
            tuple(
                Level(
                    frozenset().union(*(level.steps for level in levels)),
                    frozenset().union(*(level.reads for level in levels)),
                )
                for levels in at
            ),
            frozenset().union(*(r.targets for r in held)),
            all(r.bounded for r in held),
            any(r.queried for r in held),
        )

    def widened(self, below: Callable[[str], Iterable[str]]) -> Reach:
        """Return this with what is `below` a property wherever it is itself."""

        def all_of(steps: frozenset[Step]) -> frozenset[Step]:
            return frozenset(
                Step(b, s.inverse)
                for s in steps
                for b in ((None,) if s.predicate is None else below(s.predicate))
            )

        levels = tuple(Level(all_of(v.steps), all_of(v.reads)) for v in self.levels)
        return replace(self, levels=levels, targets=all_of(self.targets))

    @property
    def predicates(self) -> frozenset[str] | None:
        """All predicates that are read; None: any."""
        read = {step.predicate for level in self.levels for step in level.reads}
        return None if self.queried or None in read else frozenset(p for p in read if p)


_ENDS = {False: ("subject", "object"), True: ("object", "subject")}


def directions(
    steps: Iterable[Step],
) -> list[tuple[bool, tuple[str, str], list[str | None]]]:
    """Return for each direction in which there are steps: the end where they start and where they lead, and their predicates."""
    held = [(i, ends, [s.predicate for s in steps if s.inverse is i]) for i, ends in _ENDS.items()]
    return [way for way in held if way[2]]


def _targets(graph: ShapesGraph, shape: Term) -> Iterable[Step]:
    yield Step(RDF_TYPE)  # sh:targetClass, and a shape that is a class
    for word, inverse in ((SH.targetSubjectsOf, False), (SH.targetObjectsOf, True)):
        for value in graph.values(shape, word):
            if isinstance(value, ox.NamedNode):
                yield Step(value.value, inverse)


class _Reader:
    """Follows a shape, its paths and the shapes that it refers to."""

    def __init__(self, graph: ShapesGraph, components: frozenset[str]) -> None:
        self.graph, self.components = graph, components
        self.levels: list[tuple[set[Step], set[Step]]] = [(set(), set())]
        self.bounded, self.queried = True, False

    def shape(self, node: Term, depth: int) -> None:
        """Follow a shape that is asked of nodes at a distance."""
        graph = self.graph
        words = graph.words_of(node)
        if SH.sparql in words or words & self.components:
            self.queried = True
        path = graph.value(node, SH.path)
        ends = {depth} if path is None else self.path(path, depth)
        for word in _PAIRS:
            for value in graph.values(node, word):
                if isinstance(value, ox.NamedNode):
                    self.read(depth, Step(value.value))
        for end in ends:
            if SH["class"] in words:
                self.read(end, Step(RDF_TYPE))
            if graph.value(node, SH.closed):
                self.read(end, Step(None))
            for _, part in graph.parts(node):
                self.shape(part, end)

    def path(self, path: Term, depth: int, *, inverse: bool = False) -> set[int]:
        """Follow a path (SHACL, section 2.3.1) from a distance; return the distances where it may end."""
        graph = self.graph
        if isinstance(path, ox.NamedNode):
            step = Step(path.value, inverse)
            self.read(depth, step)
            self.at(depth + 1)[0].add(step)
            return {depth + 1}
        if steps := graph.items(path):
            ends = {depth}
            for step in reversed(steps) if inverse else steps:
                ends = set().union(*(self.path(step, e, inverse=inverse) for e in ends))
            return ends
        if turned := graph.value(path, SH.inversePath):
            return self.path(turned, depth, inverse=not inverse)
        if one := graph.value(path, SH.zeroOrOnePath):
            return {depth} | self.path(one, depth, inverse=inverse)
        if ways := graph.items(graph.value(path, SH.alternativePath)):
            return set().union(*(self.path(w, depth, inverse=inverse) for w in ways))
        for word in _REPEATED:
            if (again := graph.value(path, word)) is not None:
                self.bounded = False
                return {depth} | self.path(again, depth, inverse=inverse)
        return {depth}

    def read(self, depth: int, step: Step) -> None:
        self.at(depth)[1].add(step)

    def at(self, depth: int) -> tuple[set[Step], set[Step]]:
        while len(self.levels) <= depth:
            self.levels.append((set(), set()))
        return self.levels[depth]
