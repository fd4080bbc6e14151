"""Shapes files: read, checked for what the engine covers, and asked what they are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
import shacl

from ldt_graph.errors import Place, ShapeError
from ldt_graph.namespaces import OWL, RDF_TYPE, RDFS, SH

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

# SHACL (W3C Recommendation 2017): all of Core, and SPARQL-based constraints.
_COVERED = frozenset(
    SH + word
    for word in [
        "targetClass",
        "targetNode",
        "targetSubjectsOf",
        "targetObjectsOf",
        "property",
        "path",
        "severity",
        "message",
        "deactivated",
        "name",
        "description",
        "group",
        "order",
        "defaultValue",
        "class",
        "datatype",
        "nodeKind",
        "minCount",
        "maxCount",
        "minExclusive",
        "minInclusive",
        "maxExclusive",
        "maxInclusive",
        "minLength",
        "maxLength",
        "pattern",
        "flags",
        "languageIn",
        "uniqueLang",
        "equals",
        "disjoint",
        "lessThan",
        "lessThanOrEquals",
        "not",
        "and",
        "or",
        "xone",
        "node",
        "qualifiedValueShape",
        "qualifiedValueShapesDisjoint",
        "qualifiedMinCount",
        "qualifiedMaxCount",
        "closed",
        "ignoredProperties",
        "hasValue",
        "in",
        "inversePath",
        "alternativePath",
        "zeroOrMorePath",
        "oneOrMorePath",
        "zeroOrOnePath",
        "sparql",
        "select",
        "prefixes",
        "declare",
        "prefix",
        "namespace",
        "suggestedShapesGraph",
        "shapesGraph",
        "entailment",
    ]
)


@dataclass(frozen=True, slots=True)
class ShapeSet:
    """A shapes file, ready to run.

    Attributes:
        classes: The classes that it targets; None where it targets nodes in other ways too.
        local: Whether a focus node is judged by its own statements and its objects' types alone.
    """

    path: Path
    engine: shacl.Shapes
    classes: frozenset[str] | None
    local: bool


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
        engine = shacl.Shapes.from_text(text, "turtle")
    except SyntaxError as error:
        raise ShapeError(
            f"Not valid Turtle: {error.msg}.", place=Place(path.name, error.lineno)
        ) from None
    except ValueError as error:
        raise ShapeError(f"Not valid shapes: {error}.", place=Place(path.name)) from None
    _refuse(path, text, quads)
    return ShapeSet(path, engine, _classes(quads), _local(quads))


def _refuse(path: Path, text: str, quads: Iterable[ox.Quad]) -> None:
    for quad in quads:
        term = quad.predicate.value
        if term.startswith(SH) and term not in _COVERED:
            name = term.removeprefix(SH)
            line = next((i for i, t in enumerate(text.splitlines(), 1) if f":{name}" in t), None)
            raise ShapeError(
                f"sh:{name} is not supported.",
                place=Place(path.name, line),
                hint="SHACL Core and sh:sparql are.",
            )


def _local(quads: Sequence[ox.Quad]) -> bool:
    """Tell whether no shape looks at a statement whose subject is not the focus node.

    A path of more than a predicate may, and so may a shape with a path of its own that a property shape
    asks of its values (by sh:node, sh:qualifiedValueShape, sh:or and the like, or nested sh:property).
    """
    if any(q.predicate.value == SH.sparql for q in quads):
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


def _classes(quads: Iterable[Any]) -> frozenset[str] | None:
    """Return the targeted classes (SHACL, section 2.1.3); None for other kinds of targets."""
    quads = list(quads)
    others = {SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf}
    if any(q.predicate.value in others for q in quads):
        return None
    types = {
        (q.subject, q.object.value)
        for q in quads
        if q.predicate.value == RDF_TYPE and isinstance(q.object, ox.NamedNode)
    }
    implicit = {
        s.value
        for s, t in types
        if t == SH.NodeShape and ((s, RDFS.Class) in types or (s, OWL.Class) in types)
    }
    return frozenset(
        implicit | {q.object.value for q in quads if q.predicate.value == SH.targetClass}
    )
