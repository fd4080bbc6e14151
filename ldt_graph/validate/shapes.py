"""Shapes files: read, checked, and made ready for an engine, so that it judges the nodes that are marked and no other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import pyoxigraph as ox

from ldt_graph.errors import Place, ShapeError
from ldt_graph.namespaces import OWL, RDF_TYPE, RDFS, SH
from ldt_graph.validate.engine import Unrunnable, engine_of
from ldt_graph.validate.graph import TARGETS, ShapesGraph
from ldt_graph.validate.queries import prologue
from ldt_graph.validate.reach import Reach
from ldt_graph.validate.wellformed import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from ldt_graph.validate.engine import Engine, Judge, Result
    from ldt_graph.validate.graph import Term

_T = TypeVar("_T")

LABEL = "urn:ldt-graph:label"
NODE = "urn:ldt-graph:node:"
MARK = "urn:ldt-graph:mark:"
BATCH = "urn:ldt-graph:batch"
_SHAPE = "urn:ldt-graph:shape:"
_LABELS = f"""\
<{LABEL}s> <{RDF_TYPE}> <{SH}NodeShape> .
<{LABEL}s> <{SH}targetSubjectsOf> <{LABEL}> .
<{LABEL}s> <{SH}property> <{LABEL}p> .
<{LABEL}p> <{SH}path> <{LABEL}> .
<{LABEL}p> <{SH}nodeKind> <{SH}IRI> .
"""
"""A shape whose results tell under which name the engine knows each blank node, since it gives them names of its own.

`<NODE + name> <LABEL> _:name` goes with the data: of the blank node itself nothing more is said.
"""


class Targets(NamedTuple):
    """What a shape is about (SHACL, section 2.1.3)."""

    classes: frozenset[str]
    nodes: frozenset[ox.NamedNode | ox.Literal]
    subjects_of: frozenset[str]
    objects_of: frozenset[str]


@dataclass(frozen=True, slots=True)
class Root:
    """A shape with targets. Of a data graph it judges what `BATCH` points at by its mark."""

    number: int
    node: Term
    targets: Targets
    reach: Reach

    @property
    def mark(self) -> str:
        """The relation that makes something a focus node of this shape."""
        return f"{MARK}{self.number}"


@dataclass(frozen=True, slots=True)
class ShapeSet:
    """A shapes file, ready to run.

    Attributes:
        marked: Judges what is marked, by the shapes that read no more than their reach says.
        queried: Judges all that the other shapes are about, those with a SPARQL query: it may read whatever it
            likes, so that it is given the data as they are and finds its focus nodes itself.
        mentioned: Every IRI in it that is no word of SHACL: classes, relations and attributes among others.
    """

    path: Path
    graph: ShapesGraph
    roots: tuple[Root, ...]
    marked: Judge
    queried: Judge | None
    mentioned: frozenset[str]

    def judge(self, engine: Judge, data: str) -> Sequence[Result]:
        """Return what an engine finds in a data graph.

        Raises:
            ShapeError: It can't run one of the shapes: a query that pre-binding forbids, for instance.
        """
        return _running(self.path, lambda: engine.judge(data))

    def shape_of(self, term: str) -> Term:
        """Return the shape that a result names."""
        if not term.startswith("<"):
            return ox.BlankNode(term.removeprefix("_:"))
        named = term.startswith(f"<{_SHAPE}")
        return ox.BlankNode(term[len(_SHAPE) + 1 : -1]) if named else ox.NamedNode(term[1:-1])


def read_shapes(path: Path, engine: str = "shacl") -> ShapeSet:
    """Read a shapes file.

    Raises:
        ShapeError: Missing, not Turtle, no shape in it, or a shape that is not well formed or asks for what is not
            supported: it would conform in silence. With the shape and its line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ShapeError(f"The shapes can't be read: {error}.", place=Place(str(path))) from None
    return _ready(path, text, engine)


@lru_cache(maxsize=64)
def _ready(path: Path, text: str, engine: str) -> ShapeSet:
    graph = ShapesGraph.read(path, text)
    check(graph)
    components = frozenset(_parameters(graph))
    roots = tuple(
        Root(n, node, targets, Reach.of(graph, node, components))
        for n, (node, targets) in enumerate(_targeted(graph))
    )
    marked = [r for r in roots if not r.reach.queried]
    queried = [r for r in roots if r.reach.queried]
    compiler = engine_of(engine)
    _check_patterns(graph, compiler)

    def compiled(shapes: Iterable[str]) -> Judge:
        return _running(path, lambda: compiler.compile(_LABELS + "".join(shapes)))

    return ShapeSet(
        path,
        graph,
        roots,
        compiled(_triples(graph, roots, marked)),
        compiled(_triples(graph, roots, (), kept=queried)) if queried else None,
        _mentioned(graph),
    )


def _check_patterns(graph: ShapesGraph, engine: Engine) -> None:
    """Refuse a pattern that the engine can't read: of the file as a whole it would not say which."""
    for shape in graph.shapes:
        for pattern in graph.values(shape, SH.pattern):
            alone = f"<urn:s> <{SH.path}> <urn:p> .\n<urn:s> <{SH.pattern}> {pattern} .\n"
            try:
                engine.compile(alone)
            except Unrunnable as error:
                reason = str(error).strip().splitlines()[-1].removeprefix("error: ")
                graph.refuse(
                    shape,
                    f"sh:pattern is {pattern}, which can't be read: {reason}.",
                    SH.pattern,
                    pattern,
                )


def _running(path: Path, call: Callable[[], _T]) -> _T:
    try:
        return call()
    except Unrunnable as error:
        raise ShapeError(
            f"The shapes can't be run: {str(error).rstrip('.')}.", place=Place(path.name)
        ) from None


def _parameters(graph: ShapesGraph) -> Iterable[str]:
    """Return the predicates that use a constraint component of the file's own (SHACL, section 6.2)."""
    for node in graph.said:
        for parameter in graph.values(node, SH.parameter):
            path = graph.value(parameter, SH.path)
            if isinstance(path, ox.NamedNode):
                yield path.value


def _targeted(graph: ShapesGraph) -> Iterable[tuple[Term, Targets]]:
    for node in graph.shapes:
        implicit = {str(node)[1:-1]} if _is_class(graph, node) else set()

        def iris(word: str, of: Term = node) -> frozenset[str]:
            return frozenset(v.value for v in graph.values(of, word) if isinstance(v, ox.NamedNode))

        nodes = (
            v
            for v in graph.values(node, SH.targetNode)
            if isinstance(v, (ox.NamedNode, ox.Literal))
        )
        found = Targets(
            iris(SH.targetClass) | implicit,
            frozenset(nodes),
            iris(SH.targetSubjectsOf),
            iris(SH.targetObjectsOf),
        )
        if any(found):
            yield node, found


def _is_class(graph: ShapesGraph, node: Term) -> bool:
    """Tell whether a shape is about its own instances (SHACL, section 2.1.3.3)."""
    return (
        isinstance(node, ox.NamedNode)
        and (graph.is_a(node, RDFS.Class) or graph.is_a(node, OWL.Class))
        and (graph.is_a(node, SH.NodeShape) or graph.is_a(node, SH.PropertyShape))
    )


def _triples(
    graph: ShapesGraph, roots: Iterable[Root], marked: Iterable[Root], kept: Iterable[Root] = ()
) -> Iterable[str]:
    """Write the shapes: the `marked` with a mark for their target, the `kept` as they are, all others without.

    A shape without a name gets one, so that a result tells which it was.
    """
    names = {
        n: ox.NamedNode(f"{_SHAPE}{n.value}") for n in graph.shapes if isinstance(n, ox.BlankNode)
    }
    kept_nodes, all_nodes = {r.node for r in kept}, {r.node for r in roots}
    classes = (ox.NamedNode(RDFS.Class), ox.NamedNode(OWL.Class))
    for node, said in graph.triples():
        aims = said.word in TARGETS or (said.word == RDF_TYPE and said.value in classes)
        if (aims and node in all_nodes and node not in kept_nodes) or _reported(graph, node):
            continue
        value = names.get(said.value, said.value)
        if said.word in (SH.select, SH.ask) and isinstance(value, ox.Literal):
            value = ox.Literal(prologue(graph, node) + value.value)
        yield f"{names.get(node, node)} <{said.word}> {value} .\n"
    for root in marked:
        yield f"{names.get(root.node, root.node)} <{SH.targetObjectsOf}> <{root.mark}> .\n"


def _reported(graph: ShapesGraph, node: Term) -> bool:
    """Tell whether a node is of a report that the file holds beside its shapes."""
    return graph.is_a(node, SH.ValidationReport) or graph.is_a(node, SH.ValidationResult)


def _mentioned(graph: ShapesGraph) -> frozenset[str]:
    terms = (t for node, said in graph.triples() for t in (node, said.value))
    return frozenset(
        t.value for t in terms if isinstance(t, ox.NamedNode) and not t.value.startswith(SH)
    )
