"""Shapes files: read, checked for what the engine covers, and asked what they are about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox
import shacl

from ldt_graph.errors import Place, ShapeError
from ldt_graph.namespaces import OWL, RDF_TYPE, RDFS, SH
from ldt_graph.validate.ends import read_ends

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from ldt_graph.validate.ends import Ends

# SHACL (W3C Recommendation 2017): all of Core, SPARQL-based constraints and components.
_COVERED = """
    targetClass targetNode targetSubjectsOf targetObjectsOf property path severity message
    deactivated name description group order defaultValue class datatype nodeKind minCount maxCount
    minExclusive minInclusive maxExclusive maxInclusive minLength maxLength pattern flags languageIn
    uniqueLang equals disjoint lessThan lessThanOrEquals not and or xone node qualifiedValueShape
    qualifiedValueShapesDisjoint qualifiedMinCount qualifiedMaxCount closed ignoredProperties
    hasValue in inversePath alternativePath zeroOrMorePath oneOrMorePath zeroOrOnePath sparql select
    prefixes declare prefix namespace suggestedShapesGraph shapesGraph entailment parameter optional
    labelTemplate validator nodeValidator propertyValidator ask
"""
_REPORT = """
    conforms result focusNode resultPath value resultMessage resultSeverity sourceConstraint
    sourceConstraintComponent sourceShape detail
"""
"""The words of a report that a file may hold beside its shapes."""
_WORDS = frozenset(SH + word for word in _COVERED.split())
_KNOWN = _WORDS | {SH + word for word in _REPORT.split()}
_CLASSES = frozenset(
    SH + word
    for word in [
        "Shape",
        "NodeShape",
        "PropertyShape",
        "PropertyGroup",
        "PrefixDeclaration",
        "SPARQLConstraint",
        "SPARQLExecutable",
        "SPARQLSelectExecutable",
        "SPARQLAskExecutable",
        "ConstraintComponent",
        "Parameter",
        "Parameterizable",
        "Validator",
        "SPARQLSelectValidator",
        "SPARQLAskValidator",
        "ValidationReport",
        "ValidationResult",
        "AbstractResult",
    ]
)
LABEL = "urn:ldt-graph:label"
NODE = "urn:ldt-graph:node:"
_LABELS = f"""
<{LABEL}s> a <{SH}NodeShape> ; <{SH}targetSubjectsOf> <{LABEL}> ;
    <{SH}property> [ <{SH}path> <{LABEL}> ; <{SH}nodeKind> <{SH}IRI> ] .
"""
"""A shape whose results tell under which name the engine knows each blank node, since it gives them names of its own.

`<NODE + name> <LABEL> _:name` goes with the data: of the blank node itself nothing more is said.
"""
_SUBQUERY = re.compile(r"\{\s*SELECT\b(?P<projection>[^{}]*?)(?:\bWHERE\b\s*)?\{", re.IGNORECASE)


class Targets(NamedTuple):
    """What a shapes file is about (SHACL, section 2.1.3)."""

    classes: frozenset[str]
    nodes: frozenset[str]
    subjects_of: frozenset[str]
    objects_of: frozenset[str]


@dataclass(frozen=True, slots=True)
class ShapeSet:
    """A shapes file, ready to run.

    Attributes:
        targets: What it is about.
        mentioned: Every IRI in it that is no word of SHACL: classes, relations and attributes among others.
        local: Whether a focus node is judged by its own statements and its objects' types alone.
        ends: What it asks where that is nothing but ends: judged by the statements of a node and those that name it.
    """

    path: Path
    engine: shacl.Shapes
    targets: Targets
    mentioned: frozenset[str]
    local: bool
    ends: tuple[Ends, ...] | None

    def judge(self, ntriples: str) -> list[shacl.Result]:
        """Return what the engine finds in a data graph.

        Raises:
            ShapeError: The engine can't run one of the shapes: a query that pre-binding forbids, for instance.
        """
        try:
            return self.engine.validate_text(ntriples, "ntriples").results
        except ValueError as error:
            raise ShapeError(
                f"The shapes can't be run: {error}.", place=Place(self.path.name)
            ) from None


def read_shapes(path: Path) -> ShapeSet:
    """Read a shapes file.

    Raises:
        ShapeError: Missing, not Turtle (with its line), or a SHACL term that the engine does not cover: it
            would conform in silence.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ShapeError(f"The shapes can't be read: {error}.", place=Place(str(path))) from None
    try:
        quads = list(ox.parse(text, format=ox.RdfFormat.TURTLE, base_iri="urn:ldt-graph:shapes"))
        engine = shacl.Shapes.from_text(text + _LABELS, "turtle")
    except SyntaxError as error:
        raise ShapeError(
            f"Not valid Turtle: {error.msg}.", place=Place(path.name, error.lineno)
        ) from None
    except ValueError as error:
        raise ShapeError(f"Not valid shapes: {error}.", place=Place(path.name)) from None
    _refuse(path, text, quads)
    targets = _targets(quads)
    local = _local(quads) and not targets.objects_of
    return ShapeSet(path, engine, targets, _mentioned(quads), local, read_ends(quads))


def _refuse(path: Path, text: str, quads: Sequence[ox.Quad]) -> None:
    """Refuse what the engine would pass over in silence."""
    shapes = _shapes(quads)
    for quad in quads:
        word = quad.predicate.value
        if word == RDF_TYPE:
            word = quad.object.value if isinstance(quad.object, ox.NamedNode) else ""
        if word.startswith(SH) and word not in _KNOWN | _CLASSES and quad.subject in shapes:
            name = word.removeprefix(SH)
            line = next((i for i, t in enumerate(text.splitlines(), 1) if f":{name}" in t), None)
            raise ShapeError(
                f"sh:{name} is not supported.",
                place=Place(path.name, line),
                hint="SHACL Core and SHACL-SPARQL are.",
            )
        if word in (SH.select, SH.ask):
            _refuse_subqueries(path, _text(quad.object))


def _shapes(quads: Iterable[ox.Quad]) -> frozenset[object]:
    """Return what is a shape or a part of one: it has a type or a known word of SHACL, or a shape points at it."""
    found: set[object] = set()
    parts = (SH.property, SH.node, SH["not"], SH.qualifiedValueShape)
    for quad in quads:
        word = quad.predicate.value
        if word in _WORDS or (word == RDF_TYPE and _text(quad.object).startswith(SH)):
            found.add(quad.subject)
            if word in parts or isinstance(quad.object, ox.BlankNode):
                found.add(quad.object)
    return frozenset(found)


def _refuse_subqueries(path: Path, query: str) -> None:
    """Refuse a subquery that does not hand on what is bound before (SHACL, section 5.2.1)."""
    for match in _SUBQUERY.finditer(query):
        if not re.search(r"\*|[?$]this\b", match["projection"]):
            raise ShapeError(
                "A subquery of sh:select or sh:ask does not return $this, which SHACL binds beforehand.",
                place=Place(path.name),
                hint="Add $this to what the subquery selects.",
            )


def _local(quads: Sequence[ox.Quad]) -> bool:
    """Tell whether no shape looks at a statement whose subject is not the focus node.

    A path of more than a predicate may, and so may a shape with a path of its own that a property shape
    asks of its values (by sh:node, sh:qualifiedValueShape, sh:or and the like, or nested sh:property).
    """
    if any(q.predicate.value in (SH.sparql, SH.parameter) for q in quads):
        return False
    said: dict[object, list[ox.Quad]] = {}
    for quad in quads:
        said.setdefault(quad.subject, []).append(quad)
    with_path = {q.subject: q.object for q in quads if q.predicate.value == SH.path}
    if not all(isinstance(path, ox.NamedNode) for path in with_path.values()):
        return False
    todo = [q.object for s in with_path for q in said[s] if q.predicate.value != SH.path]
    seen = set()
    while todo:
        node = todo.pop()
        if node in with_path:
            return False
        if node not in seen:
            seen.add(node)
            todo += [q.object for q in said.get(node, ())]
    return True


def _targets(quads: Sequence[ox.Quad]) -> Targets:
    types = {
        (q.subject, q.object.value)
        for q in quads
        if q.predicate.value == RDF_TYPE and isinstance(q.object, ox.NamedNode)
    }
    implicit = {
        _text(s)
        for s, t in types
        if t in (SH.NodeShape, SH.PropertyShape) and {(s, RDFS.Class), (s, OWL.Class)} & types
    }

    def named(word: str) -> frozenset[str]:
        return frozenset(_text(q.object) for q in quads if q.predicate.value == word)

    return Targets(
        named(SH.targetClass) | implicit,
        named(SH.targetNode),
        named(SH.targetSubjectsOf),
        named(SH.targetObjectsOf),
    )


def _mentioned(quads: Iterable[ox.Quad]) -> frozenset[str]:
    terms = (t for q in quads for t in (q.subject, q.object) if isinstance(t, ox.NamedNode))
    return frozenset(t.value for t in terms if not t.value.startswith(SH))


def _text(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    return term.value if isinstance(term, (ox.NamedNode, ox.Literal)) else str(term)
